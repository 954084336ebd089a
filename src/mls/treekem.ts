/** RFC 9420 sections 7.4 to 7.6 and 7.9: what making and processing update paths have in common. */
import { EMPTY } from '../base/bytes.ts'
import { encode } from '../codec/codec.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { NodeIndex } from '../tree/math.ts'
import { type FilteredPath, resolution, type TreeShape } from '../tree/resolution.ts'
import type { PublicKeys } from './held-keys.ts'
import type { LeafNode } from './leaf-node.ts'
import { ParentHashInput } from './ratchet-tree.ts'

/** What an update path changes in a tree. */
export interface PathChange {
  readonly path: FilteredPath
  readonly leafNode: LeafNode
  /** The key and the parent hash of each node of the path; the rest of the direct path becomes blank. */
  readonly publicKeys: readonly Uint8Array[]
  readonly parentHashes: readonly Uint8Array[]
}

/** A staged tree that update paths are applied to: the tree after the proposals of the commit. */
export interface KemTree extends TreeShape, PublicKeys {
  treeHash(node: NodeIndex): Uint8Array
  /** Whether any node has this encryption key. */
  usesEncryptionKey(key: Uint8Array): boolean
  applyPath(change: PathChange): void
}

/** The parent hashes along a path. */
export interface PathParentHashes {
  /** The one that goes into the leaf. */
  readonly leaf: Uint8Array
  /** The one that goes into each node. */
  readonly nodes: readonly Uint8Array[]
}

/** The parent hashes of a filtered direct path that gets these keys, from the top down. Nothing needs to be in the tree yet. */
export function pathParentHashes(
  suite: CipherSuite,
  tree: KemTree,
  path: FilteredPath,
  publicKeys: readonly Uint8Array[],
): PathParentHashes {
  const nodes: Uint8Array[] = []
  let parentHash: Uint8Array = EMPTY
  for (let i = path.nodes.length - 1; i >= 0; i--) {
    nodes[i] = parentHash
    // an updated node has no unmerged leaves, so the sibling's hash is the one it has now
    const originalSiblingTreeHash = tree.treeHash(path.copath[i]!)
    const input = { encryptionKey: publicKeys[i]!, parentHash, originalSiblingTreeHash }
    parentHash = suite.hash.digest(encode(ParentHashInput, input))
  }
  return { leaf: parentHash, nodes }
}

/** Whom the secret of each node of a path goes to. copath-mls-7.5-01: not to leaves in `excluded`, which joined in the same commit and learn it otherwise. */
export function pathRecipients(
  tree: TreeShape,
  path: FilteredPath,
  excluded: ReadonlySet<number>,
): readonly (readonly NodeIndex[])[] {
  return path.copath.map(node => resolution(tree, node, excluded))
}
