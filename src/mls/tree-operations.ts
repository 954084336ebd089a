/** RFC 9420 sections 7.7 and 12.1.1 to 12.1.3: what Add, Update and Remove do to the ratchet tree. */
import { UsageError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import { directPath, type LeafIndex, type NodeIndex, nodeOfLeaf, parent } from '../tree/math.ts'
import type { Overlay } from '../tree/overlay.ts'
import { LeafNode } from './leaf-node.ts'

/** Section 12.1.1: puts a member into the leftmost blank leaf, the tree doubling where there is none. Returns its leaf. */
export function addLeaf(tree: Overlay, leafNode: LeafNode): LeafIndex {
  const leaf = tree.firstBlankLeaf() as LeafIndex
  if (leaf === tree.leafCount) tree.resize(2 * tree.leafCount)
  for (const node of directPath(nodeOfLeaf(leaf), tree.leafCount)) {
    if (!tree.isBlank(node)) tree.addUnmerged(node, leaf)
  }
  tree.setLeaf(leaf, encode(LeafNode, leafNode), leafNode.encryptionKey)
  return leaf
}

/** Section 12.1.2: replaces a member's leaf and blanks what is above it. */
export function updateLeaf(tree: Overlay, leaf: LeafIndex, leafNode: LeafNode): void {
  checkOccupied(tree, leaf)
  tree.setLeaf(leaf, encode(LeafNode, leafNode), leafNode.encryptionKey)
  blankPath(tree, nodeOfLeaf(leaf))
}

/** Section 12.1.3: blanks a member's leaf and what is above it, and halves the tree while its right half is empty. */
export function removeLeaf(tree: Overlay, leaf: LeafIndex): void {
  checkOccupied(tree, leaf)
  tree.blank(nodeOfLeaf(leaf))
  blankPath(tree, nodeOfLeaf(leaf))
  truncate(tree)
}

/** Section 7.7: no right half without members. A tree without members keeps one leaf. */
export function truncate(tree: Overlay): void {
  const members = (tree.lastLeaf() ?? 0) + 1
  let leaves: number = tree.leafCount
  while (leaves > 1 && leaves / 2 >= members) leaves /= 2
  if (leaves !== tree.leafCount) tree.resize(leaves)
}

function blankPath(tree: Overlay, below: NodeIndex): void {
  for (let p = parent(below, tree.leafCount); p !== undefined; p = parent(p, tree.leafCount)) tree.blank(p)
}

function checkOccupied(tree: Overlay, leaf: LeafIndex): void {
  if (tree.isBlank(nodeOfLeaf(leaf))) throw new UsageError('wrong-argument', { expected: 'a leaf with a member', leaf })
}
