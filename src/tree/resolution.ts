/** RFC 9420 sections 4.1.1 and 4.1.2: resolutions and filtered direct paths, without recursion, in time that follows the answer. */
import {
  type LeafCount,
  type LeafIndex,
  leafIndex,
  left,
  type NodeIndex,
  nodeOfLeaf,
  parent,
  right,
  subtreeEnd,
  subtreeStart,
} from './math.ts'

/** What resolutions look at. */
export interface TreeShape {
  /** How many leaves the tree has, blank ones included. */
  readonly leafCount: LeafCount
  /** Whether a node has no key. */
  isBlank(node: NodeIndex): boolean
  /** Leaf indices in rising order; parents that are not blank only. */
  unmergedLeaves(node: NodeIndex): Iterable<number>
  /** The first leaf at or after `from` that is not blank. */
  nextLeaf(from: number): number | undefined
}

/** Whether there is any leaf below a node, or at it. */
export function hasLeaves(tree: TreeShape, node: NodeIndex): boolean {
  const next = tree.nextLeaf(subtreeStart(node) / 2)
  return next !== undefined && 2 * next <= subtreeEnd(node, tree.leafCount)
}

/**
 * The nodes that together cover the members below a node, from left to right: node indices. Leaves in `excluded` are left
 * out. Costs the length of the answer times the height of the tree at most; empty subtrees are not walked.
 */
export function resolution(tree: TreeShape, node: NodeIndex, excluded?: ReadonlySet<number>): NodeIndex[] {
  const found: NodeIndex[] = []
  const pending: NodeIndex[] = [node]
  // the walk goes from left to right, so one look for the next leaf serves all nodes that begin before it
  let next = -1
  for (let x = pending.pop(); x !== undefined; x = pending.pop()) {
    if (!tree.isBlank(x)) {
      if ((x & 1) === 1 || excluded?.has(x / 2) !== true) found.push(x)
      if ((x & 1) === 1) {
        for (const leaf of tree.unmergedLeaves(x)) {
          if (excluded?.has(leaf) !== true) found.push(nodeOfLeaf(leaf as LeafIndex))
        }
      }
    } else if ((x & 1) === 1) {
      const first = subtreeStart(x) / 2
      if (next < first) next = tree.nextLeaf(first) ?? Number.POSITIVE_INFINITY
      if (2 * next <= subtreeEnd(x, tree.leafCount)) pending.push(right(x, tree.leafCount), left(x))
    }
  }
  return found
}

/** A filtered direct path: node `i` and its child on the copath. */
export interface FilteredPath {
  readonly leaf: LeafIndex
  readonly nodes: readonly NodeIndex[]
  readonly copath: readonly NodeIndex[]
}

/** The direct path of a leaf without the nodes whose other child has no leaves below it. A leaf outside of the tree is the caller's mistake. */
export function filteredDirectPath(tree: TreeShape, leaf: LeafIndex): FilteredPath {
  const nodes: NodeIndex[] = []
  const copath: NodeIndex[] = []
  // without this check, a leaf that is not in the tree would have a path without end
  let below = nodeOfLeaf(leafIndex(leaf, tree.leafCount))
  for (let p = parent(below, tree.leafCount); p !== undefined; p = parent(p, tree.leafCount)) {
    const other = below < p ? right(p, tree.leafCount) : left(p)
    if (hasLeaves(tree, other)) {
      nodes.push(p)
      copath.push(other)
    }
    below = p
  }
  return { leaf, nodes, copath }
}
