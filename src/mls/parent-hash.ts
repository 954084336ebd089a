/** RFC 9420 section 7.9: parent hashes, which tie each node to those above it, and their check in one pass over a tree. */
import { EMPTY, equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import type { Hash } from '../crypto/provider.ts'
import { type LeafIndex, left, type NodeIndex, nodeOfLeaf, right, subtreeEnd, subtreeStart } from '../tree/math.ts'
import { hasLeaves } from '../tree/resolution.ts'
import type { TreeStore } from '../tree/store.ts'
import type { TreeView } from '../tree/view.ts'
import { BulkHash } from './bulk-hash.ts'
import { type EventualHash, includes, leavesBelow, OriginalHashes } from './original-hashes.ts'
import { ParentHashInput } from './ratchet-tree.ts'
import { parentHashOfLeaf } from './tree-format.ts'

/** How many nodes are looked at together; bounds what is held of them. */
const NODES_AT_ONCE = 256

/** The resolution of a subtree, or undefined where it has more than `most` nodes. */
function shortResolution(tree: TreeView, top: NodeIndex, most: number): NodeIndex[] | undefined {
  const found: NodeIndex[] = []
  const pending = [top]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (!tree.isBlank(node)) {
      found.push(node)
      for (const leaf of (node & 1) === 1 ? tree.unmergedLeaves(node) : []) {
        found.push(nodeOfLeaf(leaf as LeafIndex))
        if (found.length > most) return undefined
      }
    } else if ((node & 1) === 1 && hasLeaves(tree, node)) pending.push(right(node, tree.leafCount), left(node))
    if (found.length > most) return undefined
  }
  return found
}

function parentHashOf(tree: TreeView, node: NodeIndex): Uint8Array {
  if ((node & 1) === 1) return tree.parentHashAt(node)
  const leaf = tree.leafAt((node / 2) as LeafIndex)
  return leaf === undefined ? EMPTY : parentHashOfLeaf(leaf)
}

/**
 * The node below `child` that could carry the parent hash of `node`: the one that is left of the child's resolution when the
 * unmerged leaves of `node` are taken away, where there is exactly one (section 7.9.2).
 */
function carrier(tree: TreeStore, node: NodeIndex, child: NodeIndex): NodeIndex | undefined {
  const unmerged = leavesBelow(tree.unmergedLeaves(node), child)
  const nodes = shortResolution(tree, child, unmerged.length + 1)
  if (nodes?.length !== unmerged.length + 1) return undefined
  const rest = nodes.filter(candidate => (candidate & 1) === 1 || !includes(unmerged, candidate / 2))
  return rest.length === 1 ? rest[0] : undefined
}

/** That `carried` is the parent hash of a node, made when its sibling had the hash that is asked for. */
interface Claim {
  readonly node: NodeIndex
  readonly carried: Uint8Array
  readonly sibling: EventualHash
}

type Side = 'left' | 'right'

/** Checks inner nodes of a tree, some at a time. */
class ParentHashCheck {
  readonly #tree: TreeStore
  readonly #originals: OriginalHashes
  readonly #bulk: BulkHash

  constructor(tree: TreeStore, hash: Hash) {
    this.#tree = tree
    this.#originals = new OriginalHashes(tree, hash)
    this.#bulk = new BulkHash(hash)
  }

  /** The nodes that nothing on this side is tied to. */
  untied(side: Side, nodes: readonly NodeIndex[]): NodeIndex[] {
    const claims: Claim[] = []
    const bad: NodeIndex[] = []
    for (const node of nodes) {
      const claim = this.#claim(side, node)
      if (claim === undefined) bad.push(node)
      else claims.push(claim)
    }
    this.#originals.compute()
    this.#bulk.each(
      claims,
      (writer, { node, sibling }) =>
        ParentHashInput.write(writer, {
          encryptionKey: this.#tree.publicKeyAt(node)!,
          parentHash: this.#tree.parentHashAt(node),
          originalSiblingTreeHash: sibling.hash!,
        }),
      ({ node, carried }, digest) => {
        if (!equalPublic(carried, digest)) bad.push(node)
      },
    )
    return bad
  }

  #claim(side: Side, node: NodeIndex): Claim | undefined {
    const tree = this.#tree
    const [l, r] = [left(node), right(node, tree.leafCount)]
    const [child, sibling] = side === 'left' ? [l, r] : [r, l]
    const carrying = carrier(tree, node, child)
    const carried = carrying === undefined ? EMPTY : parentHashOf(tree, carrying)
    if (carried.length === 0) return undefined
    return { node, carried, sibling: this.#originals.ask(sibling, leavesBelow(tree.unmergedLeaves(node), sibling)) }
  }
}

/**
 * copath-mls-7.9.2-01: every inner node that is not blank is tied to exactly one node below it. Throws `untied-node` with the
 * first node that is not. Costs a few hashes per node; the tree hashes must have been computed.
 */
export function checkParentHashes(tree: TreeStore, hash: Hash): void {
  const check = new ParentHashCheck(tree, hash)
  let nodes: NodeIndex[] = []
  const width = 2 * tree.leafCount - 1
  for (let node = 1; node < width; node += 2) {
    if (!tree.isBlank(node as NodeIndex)) nodes.push(node as NodeIndex)
    if (nodes.length < NODES_AT_ONCE && node + 2 < width) continue
    const bad = check.untied('right', check.untied('left', nodes))
    if (bad.length > 0) throw new RejectedError('untied-node', { node: Math.min(...bad) })
    nodes = []
  }
}

/**
 * Section 12.4.3.1: the unmerged leaves of every inner node are copath-mls-7.1-01: in rising order, below it, not blank, and listed by the inner
 * nodes between as well.
 */
export function checkUnmergedLeaves(tree: TreeStore): void {
  const width = 2 * tree.leafCount - 1
  for (let node = 1; node < width; node += 2) {
    if (tree.unmergedLeaves(node as NodeIndex).length > 0) checkOrder(tree, node as NodeIndex)
  }
  for (let node = 1; node < width; node += 2) {
    for (const leaf of tree.unmergedLeaves(node as NodeIndex)) checkBetween(tree, node as NodeIndex, leaf)
  }
}

function checkOrder(tree: TreeView, node: NodeIndex): void {
  const [first, last] = [subtreeStart(node), subtreeEnd(node, tree.leafCount)]
  let previous = -1
  for (const leaf of tree.unmergedLeaves(node)) {
    if (leaf <= previous) throw new RejectedError('wrong-unmerged-leaves', { node, leaf, reason: 'order' })
    if (2 * leaf < first || 2 * leaf > last) {
      throw new RejectedError('wrong-unmerged-leaves', { node, leaf, reason: 'not below the node' })
    }
    if (tree.isBlank((2 * leaf) as NodeIndex))
      throw new RejectedError('wrong-unmerged-leaves', { node, leaf, reason: 'blank' })
    previous = leaf
  }
}

/** The next inner node on the way down lists the leaf as well, and is checked in its turn, so that all between do. */
function checkBetween(tree: TreeStore, node: NodeIndex, leaf: number): void {
  const end = nodeOfLeaf(leaf as LeafIndex)
  let between = node
  do between = end < between ? left(between) : right(between, tree.leafCount)
  while (tree.isBlank(between))
  if (between !== end && !includes(tree.unmergedLeaves(between), leaf)) {
    throw new RejectedError('wrong-unmerged-leaves', { node, leaf, reason: 'missing between', between })
  }
}
