/** RFC 9420 section 7.9: parent hashes, which tie each node to those above it, and their check in one pass over a tree. */
import { ByteList } from '../base/byte-list.ts'
import { EMPTY, equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import type { Hash } from '../crypto/provider.ts'
import {
  isInSubtree,
  type LeafIndex,
  left,
  level,
  type NodeIndex,
  nodeOfLeaf,
  parent,
  right,
  subtreeEnd,
  subtreeStart,
} from '../tree/math.ts'
import type { Overlay } from '../tree/overlay.ts'
import { hasLeaves } from '../tree/resolution.ts'
import type { TreeView } from '../tree/view.ts'
import { ParentHashInput } from './ratchet-tree.ts'
import { leafNodeAt } from './tree-format.ts'
import { type HashedTree, hashNodes, treeHash } from './tree-hash.ts'

// bounds the buffer of inputs
const NODES_AT_ONCE = 4096

/** The leaves of `unmerged` below a node, in their order. */
function below(unmerged: readonly number[] | Uint32Array, node: NodeIndex): number[] {
  const found: number[] = []
  for (const leaf of unmerged) if (isInSubtree((2 * leaf) as NodeIndex, node)) found.push(leaf)
  return found
}

/**
 * Section 7.9, `original_sibling_tree_hash`: the tree hash of a subtree as it was before some leaves were added to it. Only the
 * paths of those leaves are hashed again; without any, the hash is known.
 */
export function originalTreeHash(tree: Overlay, hash: Hash, top: NodeIndex, added: readonly number[]): Uint8Array {
  if (added.length === 0) return treeHash(tree, hash, top)
  treeHash(tree, hash, top)
  const without = new Set(added)
  const changed = new Map<number, Uint8Array>()
  const before: HashedTree = {
    leafCount: tree.leafCount,
    leafAt: leaf => (without.has(leaf) ? undefined : tree.leafAt(leaf)),
    publicKeyAt: node => tree.publicKeyAt(node),
    parentHashAt: node => tree.parentHashAt(node),
    unmergedLeaves: node => [...tree.unmergedLeaves(node)].filter(leaf => !without.has(leaf)),
    treeHashAt: node => changed.get(node) ?? tree.treeHashAt(node),
  }
  let nodes = added.map(leaf => nodeOfLeaf(leaf as LeafIndex))
  for (let height = 0; height <= level(top); height++) {
    const digests = hashNodes(hash, before, nodes)
    nodes.forEach((node, i) => {
      changed.set(node, digests.subarray(i * hash.length, (i + 1) * hash.length))
    })
    if (height < level(top)) nodes = [...new Set(nodes.map(node => parent(node, tree.leafCount)!))]
  }
  return changed.get(top)!
}

/** What a node's parent hash is made of, encoded. `sibling` is the child of `node` that is not on the path. */
function inputOf(tree: Overlay, hash: Hash, node: NodeIndex, sibling: NodeIndex): Uint8Array {
  return encode(ParentHashInput, {
    encryptionKey: tree.publicKeyAt(node)!,
    parentHash: tree.parentHashAt(node),
    originalSiblingTreeHash: originalTreeHash(tree, hash, sibling, below(tree.unmergedLeaves(node), sibling)),
  })
}

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
  const leaf = leafNodeAt(tree, (node / 2) as LeafIndex)
  return leaf?.leafNodeSource === 'commit' ? leaf.parentHash : EMPTY
}

/**
 * The node below `child` that could carry the parent hash of `node`: the one that is left of the child's resolution when the
 * unmerged leaves of `node` are taken away, where there is exactly one (section 7.9.2).
 */
function carrier(tree: TreeView, node: NodeIndex, child: NodeIndex): NodeIndex | undefined {
  const unmerged = new Set(below(tree.unmergedLeaves(node), child))
  const nodes = shortResolution(tree, child, unmerged.size + 1)
  if (nodes?.length !== unmerged.size + 1) return undefined
  const rest = nodes.filter(candidate => (candidate & 1) === 1 || !unmerged.has(candidate / 2))
  return rest.length === 1 ? rest[0] : undefined
}

interface Claim {
  readonly node: NodeIndex
  readonly carried: Uint8Array
  readonly sibling: NodeIndex
}

/** The nodes whose claim does not hold. */
function failing(tree: Overlay, hash: Hash, claims: readonly Claim[]): NodeIndex[] {
  const bad: NodeIndex[] = []
  for (let from = 0; from < claims.length; from += NODES_AT_ONCE) {
    const chunk = claims.slice(from, from + NODES_AT_ONCE)
    const digests = hash.digestMany(ByteList.of(chunk.map(({ node, sibling }) => inputOf(tree, hash, node, sibling))))
    chunk.forEach(({ node, carried }, i) => {
      if (!equalPublic(carried, digests.subarray(i * hash.length, (i + 1) * hash.length))) bad.push(node)
    })
  }
  return bad
}

/** The claims on one side of the given nodes, and the nodes that have none there. */
function claimsOn(
  side: 'left' | 'right',
  tree: Overlay,
  nodes: readonly NodeIndex[],
): { claims: Claim[]; none: NodeIndex[] } {
  const claims: Claim[] = []
  const none: NodeIndex[] = []
  for (const node of nodes) {
    const [l, r] = [left(node), right(node, tree.leafCount)]
    const [child, sibling] = side === 'left' ? [l, r] : [r, l]
    const carrying = carrier(tree, node, child)
    const carried = carrying === undefined ? EMPTY : parentHashOf(tree, carrying)
    if (carried.length > 0) claims.push({ node, carried, sibling })
    else none.push(node)
  }
  return { claims, none }
}

/**
 * Section 7.9.2: every inner node that is not blank is tied to exactly one node below it. Throws `untied-node` with the
 * first node that is not. Costs a few hashes per node; the tree hashes must have been computed.
 */
export function checkParentHashes(tree: Overlay, hash: Hash): void {
  const nodes: NodeIndex[] = []
  for (let node = 1; node < 2 * tree.leafCount - 1; node += 2) {
    if (!tree.isBlank(node as NodeIndex)) nodes.push(node as NodeIndex)
  }
  const leftSide = claimsOn('left', tree, nodes)
  const unproven = [...leftSide.none, ...failing(tree, hash, leftSide.claims)]
  const rightSide = claimsOn('right', tree, unproven)
  const bad = [...rightSide.none, ...failing(tree, hash, rightSide.claims)]
  if (bad.length > 0) throw new RejectedError('untied-node', { node: bad.reduce((a, b) => (a < b ? a : b)) })
}

/**
 * Section 12.4.3.1: the unmerged leaves of every inner node are in rising order, below it, not blank, and listed by the inner
 * nodes between as well.
 */
export function checkUnmergedLeaves(tree: TreeView): void {
  const width = 2 * tree.leafCount - 1
  for (let node = 1; node < width; node += 2) checkOrder(tree, node as NodeIndex)
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

/** All lists are known to be in order, so that looking up is a binary search whatever their length. */
function checkBetween(tree: TreeView, node: NodeIndex, leaf: number): void {
  for (let p = parent((2 * leaf) as NodeIndex, tree.leafCount)!; p !== node; p = parent(p, tree.leafCount)!) {
    if (!tree.isBlank(p) && !includes(tree.unmergedLeaves(p), leaf)) {
      throw new RejectedError('wrong-unmerged-leaves', { node, leaf, reason: 'missing between', between: p })
    }
  }
}

function includes(sorted: readonly number[] | Uint32Array, value: number): boolean {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (sorted[middle]! < value) from = middle + 1
    else to = middle
  }
  return sorted[from] === value
}
