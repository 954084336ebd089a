/** RFC 9420 sections 7.9.2 and 12.4.3.1 word by word: what a ratchet tree has to be, written for trees of plain objects. */
import { equalPublic, toHex } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { ParentHashInput } from '../../src/mls/ratchet-tree.ts'
import { directPath, isInSubtree, left, level, type NodeIndex, right } from '../../src/tree/math.ts'
import type { ObjectTree } from './object-tree.ts'

const nodesOf = (tree: ObjectTree): NodeIndex[] => tree.nodes.map((_, x) => x as NodeIndex)
export const isBelow = (leaf: number, node: NodeIndex): boolean => isInSubtree((2 * leaf) as NodeIndex, node)

/** All keys to encrypt to differ, and so do all keys to sign with. */
function keysDiffer(tree: ObjectTree): boolean {
  const keys = nodesOf(tree).flatMap(node => tree.publicKeyAt(node) ?? [])
  const signers = tree.members().map(leaf => tree.leaf(leaf)!.signatureKey)
  return [keys, signers].every(list => new Set(list.map(toHex)).size === list.length)
}

/** Section 12.4.3.1: each unmerged leaf of a node is a member below it, and unmerged at every keyed node between; lists rise. */
function unmergedLeavesHold(tree: ObjectTree): boolean {
  return nodesOf(tree).every(node => {
    const list = tree.unmergedLeaves(node)
    if (list.some((leaf, i) => i > 0 && leaf <= list[i - 1]!)) return false
    return list.every(leaf => {
      if (!isBelow(leaf, node) || tree.leaf(leaf) === undefined) return false
      const between = directPath((2 * leaf) as NodeIndex, tree.leafCount).filter(at => level(at) < level(node))
      return between.every(at => tree.isBlank(at) || tree.unmergedLeaves(at).includes(leaf))
    })
  })
}

/** Section 7.9: the parent hash of `node` with respect to one of its children. */
function parentHashOf(tree: ObjectTree, node: NodeIndex, sibling: NodeIndex): Uint8Array {
  const { encryptionKey, parentHash, unmergedLeaves } = tree.parent(node)!
  const originalSiblingTreeHash = tree.treeHash(sibling, new Set(unmergedLeaves.filter(leaf => isBelow(leaf, sibling))))
  return tree.suite.hash.digest(encode(ParentHashInput, { encryptionKey, parentHash, originalSiblingTreeHash }))
}

/** Section 7.9.2: how many nodes below a parent it is parent-hash valid with respect to. */
function ties(tree: ObjectTree, node: NodeIndex): number {
  let found = 0
  const [l, r] = [left(node), right(node, tree.leafCount)]
  for (const [child, sibling] of [[l, r] as const, [r, l] as const]) {
    const expected = parentHashOf(tree, node, sibling)
    const unmerged = tree.unmergedLeaves(node).filter(leaf => isBelow(leaf, child))
    for (const below of tree.resolution(child)) {
      const leaf = tree.leaf(below / 2)
      const carried =
        leaf === undefined ? tree.parent(below)!.parentHash : leaf.leafNodeSource === 'commit' && leaf.parentHash
      if (carried === false || !equalPublic(carried, expected)) continue
      const others = tree.resolution(child).filter(at => at !== below)
      if (others.join() === unmerged.map(at => 2 * at).join()) found++
    }
  }
  return found
}

/** The tree is as wide as its last member needs, and not empty. */
function isTight(tree: ObjectTree): boolean {
  const last = tree.members().at(-1)
  return (
    last !== undefined &&
    (tree.leafCount === 1 || 2 * last >= tree.leafCount - 1) &&
    last >= tree.leafCount / 2 === tree.leafCount > 1
  )
}

/** Whether a tree is one that a newcomer may take, as far as it can be told without a group. */
export function holds(tree: ObjectTree): boolean {
  const parents = nodesOf(tree).filter(node => tree.parent(node) !== undefined)
  return isTight(tree) && keysDiffer(tree) && unmergedLeavesHold(tree) && parents.every(node => ties(tree, node) === 1)
}
