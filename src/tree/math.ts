/**
 * Left-balanced binary trees of any number of leaves as an array (RFC 9420 appendix C is the case of 2^d leaves).
 *
 * Nodes are numbered in order: leaf i is node 2i, and an inner node lies between its left and its right subtree, so the
 * subtree of a node is one range of indices. A node at level k ends in k one bits. A tree of n leaves has nodes 0 to 2n-2:
 * the part of the infinite tree below 2n-1, in which a node whose parent is cut off hangs on its nearest ancestor left.
 * No function allocates (but for paths), recurses or depends on n by more than a logarithm. Bit operations end in `>>> 0`:
 * indices reach 2^32 - 2.
 */
import { UsageError } from '../base/errors.ts'

declare const leafCountBrand: unique symbol
declare const leafIndexBrand: unique symbol
declare const nodeIndexBrand: unique symbol

/** How many leaves a tree has: an integer of 1 to 2^31. */
export type LeafCount = number & { readonly [leafCountBrand]: true }
/** A leaf of a tree, counted from 0 at the left. */
export type LeafIndex = number & { readonly [leafIndexBrand]: true }
/** A node of a tree in array order. */
export type NodeIndex = number & { readonly [nodeIndexBrand]: true }

/** The largest number of leaves: node indices and leaf indices stay within 32 bits. */
export const MAX_LEAVES = 2 ** 31

/** A checked number of leaves. */
export function leafCount(value: number): LeafCount {
  if (!Number.isInteger(value) || value < 1 || value > MAX_LEAVES) {
    throw new UsageError('wrong-argument', { expected: 'a number of leaves from 1 to 2^31', got: value })
  }
  return value as LeafCount
}

/** `value` as a leaf of a tree of n leaves, or undefined where there is no such leaf: for indices from outside. */
export function asLeafIndex(value: number, n: LeafCount): LeafIndex | undefined {
  return Number.isInteger(value) && value >= 0 && value < n ? (value as LeafIndex) : undefined
}

/** `value` as a node of a tree of n leaves, or undefined where there is no such node: for indices from outside. */
export function asNodeIndex(value: number, n: LeafCount): NodeIndex | undefined {
  return Number.isInteger(value) && value >= 0 && value < width(n) ? (value as NodeIndex) : undefined
}

/** A leaf of a tree of n leaves; an index outside of it is the caller's mistake. */
export function leafIndex(value: number, n: LeafCount): LeafIndex {
  const leaf = asLeafIndex(value, n)
  if (leaf === undefined) throw new UsageError('outside-tree', { leaf: value, leaves: n })
  return leaf
}

/** A node of a tree of n leaves; an index outside of it is the caller's mistake. */
export function nodeIndex(value: number, n: LeafCount): NodeIndex {
  const node = asNodeIndex(value, n)
  if (node === undefined) throw new UsageError('outside-tree', { node: value, leaves: n })
  return node
}

/** How many nodes a tree of n leaves has. */
export function width(n: LeafCount): number {
  return 2 * n - 1
}

/** Whether a node is a leaf. */
export function isLeaf(x: NodeIndex): boolean {
  return (x & 1) === 0
}

/** The node of a leaf. */
export function nodeOfLeaf(leaf: LeafIndex): NodeIndex {
  return (2 * leaf) as NodeIndex
}

/** The leaf at a node, which must be one. */
export function leafOfNode(x: NodeIndex): LeafIndex {
  if (!isLeaf(x)) throw new UsageError('wrong-argument', { expected: 'a leaf', node: x })
  return (x >>> 1) as LeafIndex
}

/** The level of a node: 0 for leaves, one more than the higher child's for inner nodes of a full tree. */
export function level(x: NodeIndex): number {
  // the lowest zero bit of x stands at position k
  return 31 - Math.clz32(~x & (x + 1))
}

/** The root of a tree of n leaves. */
export function root(n: LeafCount): NodeIndex {
  return ((0x80000000 >>> Math.clz32(width(n))) - 1) as NodeIndex
}

/** The left child of an inner node. */
export function left(x: NodeIndex): NodeIndex {
  const k = level(x)
  if (k === 0) throw new UsageError('wrong-argument', { expected: 'an inner node', node: x })
  return (x - 2 ** (k - 1)) as NodeIndex
}

/** The right child of an inner node of a tree of n leaves. */
export function right(x: NodeIndex, n: LeafCount): NodeIndex {
  const k = level(x)
  if (k === 0) throw new UsageError('wrong-argument', { expected: 'an inner node', node: x })
  // the root of what is left of the right subtree, a left-balanced tree of `size` nodes that starts at x + 1
  const size = Math.min(2 ** k - 1, width(n) - x - 1)
  return (x + (0x80000000 >>> Math.clz32(size))) as NodeIndex
}

/** The parent of a node of a tree of n leaves, or undefined for the root. */
export function parent(x: NodeIndex, n: LeafCount): NodeIndex | undefined {
  if (x === root(n)) return undefined
  const k = level(x)
  if (((x >>> (k + 1)) & 1) === 0 && x + 2 ** k < width(n)) return (x + 2 ** k) as NodeIndex
  // all ancestors to the right are cut off: the parent is the nearest one to the left, at the next one bit above k
  const above = (x >>> (k + 1)) << (k + 1)
  const bit = above & -above
  return (((x & ~((bit << 1) - 1)) | (bit - 1)) >>> 0) as NodeIndex
}

/** The other child of the parent of a node, or undefined for the root. */
export function sibling(x: NodeIndex, n: LeafCount): NodeIndex | undefined {
  const p = parent(x, n)
  if (p === undefined) return undefined
  return x < p ? right(p, n) : left(p)
}

/** All ancestors of a node, from its parent to the root. */
export function directPath(x: NodeIndex, n: LeafCount): NodeIndex[] {
  const path: NodeIndex[] = []
  for (let p = parent(x, n); p !== undefined; p = parent(p, n)) path.push(p)
  return path
}

/** The siblings of a node and of its ancestors but for the root, from the bottom up: one for each node of the direct path. */
export function copath(x: NodeIndex, n: LeafCount): NodeIndex[] {
  const path: NodeIndex[] = []
  let below = x
  for (let p = parent(x, n); p !== undefined; p = parent(p, n)) {
    path.push(below < p ? right(p, n) : left(p))
    below = p
  }
  return path
}

/** How many edges lie between a node and the root. */
export function depth(x: NodeIndex, n: LeafCount): number {
  let edges = 0
  for (let p = parent(x, n); p !== undefined; p = parent(p, n)) edges++
  return edges
}

/** The first node of the subtree of a node: its leftmost leaf. */
export function subtreeStart(x: NodeIndex): NodeIndex {
  return (x - 2 ** level(x) + 1) as NodeIndex
}

/** The last node of the subtree of a node in a tree of n leaves: its rightmost leaf. */
export function subtreeEnd(x: NodeIndex, n: LeafCount): NodeIndex {
  return Math.min(x + 2 ** level(x) - 1, width(n) - 1) as NodeIndex
}

/** Whether `x` is `head` or below it. */
export function isInSubtree(x: NodeIndex, head: NodeIndex): boolean {
  const reach = 2 ** level(head)
  return x > head - reach && x < head + reach
}

/** The lowest node that has both nodes in its subtree (a node is in its own). */
export function commonAncestor(x: NodeIndex, y: NodeIndex): NodeIndex {
  if (isInSubtree(x, y)) return y
  if (isInSubtree(y, x)) return x
  // the bits above the highest difference, a zero, ones: between x and y in order, so in every tree that has both
  const bit = 0x80000000 >>> Math.clz32(x ^ y)
  return (((x & ~((bit << 1) - 1)) | (bit - 1)) >>> 0) as NodeIndex
}
