/** RFC 9420 section 7.8: tree hashes, kept for every subtree; what is not known is computed level by level in bulk. */
import { ByteList } from '../base/byte-list.ts'
import { BugError } from '../base/errors.ts'
import { Writer } from '../codec/writer.ts'
import type { Hash } from '../crypto/provider.ts'
import { isLeaf, type LeafIndex, left, level, type NodeIndex, right, root } from '../tree/math.ts'
import type { Overlay } from '../tree/overlay.ts'
import type { TreeView } from '../tree/view.ts'
import { NodeType } from './ratchet-tree.ts'

// bounds the buffer of inputs: leaves have some 250 bytes
const NODES_AT_ONCE = 4096

/** What a subtree is hashed from; `treeHashInput` reads through it, so that it can differ from the tree itself. */
export interface HashedTree {
  leafAt(leaf: LeafIndex): Uint8Array | undefined
  publicKeyAt(node: NodeIndex): Uint8Array | undefined
  parentHashAt(node: NodeIndex): Uint8Array
  unmergedLeaves(node: NodeIndex): readonly number[] | Uint32Array
  treeHashAt(node: NodeIndex): Uint8Array | undefined
  readonly leafCount: TreeView['leafCount']
}

function knownHash(tree: HashedTree, node: NodeIndex): Uint8Array {
  const hash = tree.treeHashAt(node)
  if (hash === undefined) throw new BugError('broken-invariant', { unhashed: node })
  return hash
}

/** Writes the TreeHashInput of a node; the hashes of its children must be known. */
export function writeTreeHashInput(writer: Writer, tree: HashedTree, node: NodeIndex): void {
  if (isLeaf(node)) {
    const leaf = tree.leafAt((node / 2) as LeafIndex)
    writer.uint8(NodeType.numbers.leaf)
    writer.uint32(node / 2)
    writer.uint8(leaf === undefined ? 0 : 1)
    if (leaf !== undefined) writer.raw(leaf)
    return
  }
  const publicKey = tree.publicKeyAt(node)
  writer.uint8(NodeType.numbers.parent)
  writer.uint8(publicKey === undefined ? 0 : 1)
  if (publicKey !== undefined) {
    const unmerged = tree.unmergedLeaves(node)
    writer.opaque(publicKey)
    writer.opaque(tree.parentHashAt(node))
    writer.length(4 * unmerged.length)
    for (const leaf of unmerged) writer.uint32(leaf)
  }
  writer.opaque(knownHash(tree, left(node)))
  writer.opaque(knownHash(tree, right(node, tree.leafCount)))
}

/** The hashes of nodes of one level, in bulk. */
export function hashNodes(hash: Hash, tree: HashedTree, nodes: readonly NodeIndex[]): Uint8Array {
  const writer = new Writer()
  const offsets = new Uint32Array(nodes.length + 1)
  nodes.forEach((node, i) => {
    writeTreeHashInput(writer, tree, node)
    offsets[i + 1] = writer.at
  })
  return hash.digestMany(ByteList.packed(writer.bytes, offsets))
}

/** The nodes at or below a node whose hash is not known, by level. Costs what it finds: a known hash is not looked behind. */
function unknownByLevel(tree: Overlay, top: NodeIndex): NodeIndex[][] {
  const levels: NodeIndex[][] = []
  const pending = [top]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (tree.treeHashAt(node) !== undefined) continue
    const height = level(node)
    levels[height] ??= []
    levels[height].push(node)
    if (height > 0) pending.push(right(node, tree.leafCount), left(node))
  }
  return levels
}

/** The tree hash of a subtree, or of the whole tree. Whatever had to be computed is kept in the overlay. */
export function treeHash(tree: Overlay, hash: Hash, top: NodeIndex = root(tree.leafCount)): Uint8Array {
  for (const nodes of unknownByLevel(tree, top)) {
    if (nodes === undefined) continue
    for (let from = 0; from < nodes.length; from += NODES_AT_ONCE) {
      const chunk = nodes.slice(from, from + NODES_AT_ONCE)
      const digests = hashNodes(hash, tree, chunk)
      chunk.forEach((node, i) => {
        tree.setTreeHash(node, digests.subarray(i * hash.length, (i + 1) * hash.length))
      })
    }
  }
  return knownHash(tree, top)
}
