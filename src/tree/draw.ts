/** A tree as text: one line per node in array order, the root at the left, large or far subtrees folded into one line. */
import {
  directPath,
  isInSubtree,
  isLeaf,
  type LeafIndex,
  leafOfNode,
  left,
  level,
  type NodeIndex,
  nodeOfLeaf,
  right,
  root,
  sibling,
  subtreeEnd,
  subtreeStart,
} from './math.ts'
import { filteredDirectPath, hasLeaves, type TreeShape } from './resolution.ts'

/** How to draw. */
export interface DrawOptions {
  /** What stands beside a leaf that is not blank. One line; the caller makes it safe to print. */
  readonly label?: (leaf: LeafIndex) => string
  /** Marks the direct path and the copath of this leaf. */
  readonly highlight?: LeafIndex
  /** Trees with more leaves than this are drawn with folded subtrees; 64 by default. */
  readonly maxLeaves?: number
}

const DEFAULT_MAX_LEAVES = 64
// beside a highlighted leaf of a folded drawing, subtrees of this height are drawn in full
const NEAR = 2

const MARKS = { self: '*', path: '>', filtered: '-', copath: '+', none: ' ' } as const
const LEGEND = '* leaf  > its direct path  - left out of the filtered direct path  + copath'

/** Which nodes of a drawing are marked, and how. */
function marksFor(tree: TreeShape, leaf: LeafIndex | undefined): Map<NodeIndex, string> {
  const marks = new Map<NodeIndex, string>()
  if (leaf === undefined) return marks
  const self = nodeOfLeaf(leaf)
  const kept = new Set(filteredDirectPath(tree, leaf).nodes)
  const path = directPath(self, tree.leafCount)
  for (const node of path) marks.set(node, kept.has(node) ? MARKS.path : MARKS.filtered)
  for (const node of [self, ...path]) {
    const other = sibling(node, tree.leafCount)
    if (other !== undefined) marks.set(other, MARKS.copath)
  }
  return marks.set(self, MARKS.self)
}

/** Whether a subtree takes one line in a drawing that folds. */
function foldsAt(
  tree: TreeShape,
  node: NodeIndex,
  { highlight, maxLeaves = DEFAULT_MAX_LEAVES }: DrawOptions,
): boolean {
  if (tree.leafCount <= maxLeaves || isLeaf(node)) return false
  if (highlight === undefined) {
    return !hasLeaves(tree, node) || 2 ** level(node) * maxLeaves <= 2 ** level(root(tree.leafCount))
  }
  return level(node) > NEAR && !isInSubtree(nodeOfLeaf(highlight), node)
}

/** The lines of a drawing in array order: nodes that are drawn, those that stand for their subtree among them. */
function drawnNodes(tree: TreeShape, options: DrawOptions): { node: NodeIndex; folded: boolean }[] {
  const lines: { node: NodeIndex; folded: boolean }[] = []
  // in order without recursion: a node comes back, ready to be drawn, after its left subtree
  const pending: { node: NodeIndex; ready: boolean }[] = [{ node: root(tree.leafCount), ready: false }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, ready } = next
    const folded = foldsAt(tree, node, options)
    if (ready || folded || isLeaf(node)) lines.push({ node, folded })
    else {
      pending.push({ node: right(node, tree.leafCount), ready: false }, { node, ready: true })
      pending.push({ node: left(node), ready: false })
    }
  }
  return lines
}

/** The lines that lead from the root to a node. */
function branches(tree: TreeShape, node: NodeIndex): string {
  const lineage = [node, ...directPath(node, tree.leafCount)].reverse()
  let text = ''
  for (let i = 1; i < lineage.length; i++) {
    const [above, at] = [lineage[i - 1]!, lineage[i]!]
    if (at === node) text += at < above ? '┌─ ' : '└─ '
    // the line from `at` to its parent passes by those nodes of its subtree that lie between the two
    else text += at < above === node > at ? '│  ' : '   '
  }
  return text
}

function membersFrom(tree: TreeShape, first: number, last: number): number {
  let members = 0
  for (let leaf = tree.nextLeaf(first); leaf !== undefined && leaf <= last; leaf = tree.nextLeaf(leaf + 1)) members++
  return members
}

function describe(tree: TreeShape, node: NodeIndex, folded: boolean, label: (leaf: LeafIndex) => string): string {
  const blank = tree.isBlank(node)
  if (isLeaf(node)) {
    const leaf = leafOfNode(node)
    return blank ? `_ leaf ${leaf}` : `■ leaf ${leaf} ${label(leaf)}`.trimEnd()
  }
  const unmerged = blank ? [] : [...tree.unmergedLeaves(node)]
  const shown =
    unmerged.length > 8 ? `${unmerged.slice(0, 8).join(' ')} … ${unmerged.length} in all` : unmerged.join(' ')
  const kind = (blank ? '_' : '●') + (unmerged.length > 0 ? ` [${shown}]` : '')
  if (!folded) return kind
  const first = subtreeStart(node) / 2
  const last = subtreeEnd(node, tree.leafCount) / 2
  const members = membersFrom(tree, first, last)
  return `${kind} … leaves ${first}-${last}: ${members === 0 ? 'all blank' : members === 1 ? '1 member' : `${members} members`}`
}

/**
 * Draws a tree. `●` is an inner node with a key and `■` a leaf with a member, `_` is blank; unmerged leaves stand in brackets,
 * numbers at the left are nodes. With `highlight`, marks say what the nodes are to that leaf.
 */
export function drawTree(tree: TreeShape, options: DrawOptions = {}): string {
  const { label = () => '', highlight } = options
  const marks = marksFor(tree, highlight)
  const digits = String(2 * tree.leafCount - 2).length
  const lines = drawnNodes(tree, options).map(({ node, folded }) => {
    const mark = highlight === undefined ? '' : `${marks.get(node) ?? MARKS.none} `
    return `${mark}${String(node).padStart(digits)}  ${branches(tree, node)}${describe(tree, node, folded, label)}`
  })
  if (highlight !== undefined) lines.push('', LEGEND)
  return `${lines.join('\n')}\n`
}
