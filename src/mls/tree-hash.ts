/** RFC 9420 section 7.8: tree hashes, kept for every subtree; what is not known is computed level by level in bulk. */
import { BugError } from '../base/errors.ts'
import type { Writer } from '../codec/writer.ts'
import type { Hash } from '../crypto/provider.ts'
import { isLeaf, type LeafIndex, left, level, type NodeIndex, right, root } from '../tree/math.ts'
import type { TreeView } from '../tree/view.ts'
import { BulkHash } from './bulk-hash.ts'
import { NodeType } from './ratchet-tree.ts'

/** A tree that keeps the hashes of its subtrees. */
export interface HashedTree extends TreeView {
  setTreeHash(node: NodeIndex, hash: Uint8Array): void
}

/** The hash of a subtree that has been computed. */
export function knownHash(tree: TreeView, node: NodeIndex): Uint8Array {
  const hash = tree.treeHashAt(node)
  if (hash === undefined) throw new BugError('broken-invariant', { unhashed: node })
  return hash
}

/** Writes the TreeHashInput of a leaf; its content is undefined where it is blank. */
export function writeLeafInput(writer: Writer, leaf: number, content: Uint8Array | undefined): void {
  writer.uint8(NodeType.numbers.leaf)
  writer.uint32(leaf)
  writer.uint8(content === undefined ? 0 : 1)
  if (content !== undefined) writer.raw(content)
}

/** Writes the TreeHashInput of an inner node but for the hashes of its children, which come next. */
export function writeParentInput(
  writer: Writer,
  tree: TreeView,
  node: NodeIndex,
  unmerged: readonly number[] | Uint32Array,
): void {
  const publicKey = tree.publicKeyAt(node)
  writer.uint8(NodeType.numbers.parent)
  writer.uint8(publicKey === undefined ? 0 : 1)
  if (publicKey !== undefined) writeParentNode(writer, tree, node, { publicKey, unmerged })
}

/** Section 7.1: writes the ParentNode of an inner node, with these unmerged leaves. */
export function writeParentNode(
  writer: Writer,
  tree: TreeView,
  node: NodeIndex,
  { publicKey, unmerged }: { readonly publicKey: Uint8Array; readonly unmerged: readonly number[] | Uint32Array },
): void {
  writer.opaque(publicKey)
  writer.opaque(tree.parentHashAt(node))
  writer.length(4 * unmerged.length)
  for (let i = 0; i < unmerged.length; i++) writer.uint32(unmerged[i]!)
}

function writeInput(writer: Writer, tree: TreeView, node: NodeIndex): void {
  if (isLeaf(node)) writeLeafInput(writer, node / 2, tree.leafAt((node / 2) as LeafIndex))
  else {
    writeParentInput(writer, tree, node, tree.unmergedLeaves(node))
    writer.opaque(knownHash(tree, left(node)))
    writer.opaque(knownHash(tree, right(node, tree.leafCount)))
  }
}

/** The nodes at or below a node whose hash is not known, by level. Costs what it finds: a known hash is not looked behind. */
function unknownByLevel(tree: TreeView, top: NodeIndex): NodeIndex[][] {
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

/** Above this level the two halves are hashed one after the other, so that no list of the nodes of a large tree is held. */
const LEVEL_AT_ONCE = 11

/** The tree hash of a subtree, or of the whole tree, in a view of the tree's own. Whatever had to be computed is kept. */
export function treeHash(
  tree: HashedTree,
  hash: Hash,
  top: NodeIndex = root(tree.leafCount),
  bulk: BulkHash = new BulkHash(hash),
): Uint8Array {
  const known = tree.treeHashAt(top)
  if (known !== undefined) return known
  if (level(top) > LEVEL_AT_ONCE) {
    treeHash(tree, hash, left(top), bulk)
    treeHash(tree, hash, right(top, tree.leafCount), bulk)
  }
  for (const nodes of unknownByLevel(tree, top)) {
    if (nodes === undefined) continue
    bulk.each(
      nodes,
      (writer, node) => writeInput(writer, tree, node),
      (node, digest) => tree.setTreeHash(node, digest),
    )
  }
  return knownHash(tree, top)
}
