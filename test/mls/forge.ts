/** Trees made by somebody who holds all keys and means harm: whatever is wrong with them is hashed, tied and signed correctly. */
import { encode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import type { LeafContent } from '../../src/mls/leaf-signature.ts'
import { ParentHashInput, type ParentNode } from '../../src/mls/ratchet-tree.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import { left, level, type NodeIndex, right, root, subtreeEnd, subtreeStart } from '../../src/tree/math.ts'
import { keyPairOf, makeLeaf } from './leaves.ts'
import { ObjectTree } from './object-tree.ts'

/** What a forger puts at its nodes. Leaves and parents that are not named are blank. */
export interface Plan {
  /** How many leaves the tree is made for; a power of two. */
  readonly leaves: number
  /** By leaf index: what is unusual about it. The signature is made for that. */
  readonly members: Readonly<Record<number, Partial<LeafContent>>>
  /** By node index: what is unusual about it. */
  readonly parents: Readonly<Record<number, Partial<ParentNode>>>
  /** Changes a parent hash on its way from a node to the node that carries it. */
  readonly bend?: (parentHash: Uint8Array, from: number) => Uint8Array
}

/** A plan for a tree in which all nodes have keys. */
export function fullPlan(leaves: number): Plan {
  const numbers = Array.from({ length: leaves }, (_, i) => i)
  return {
    leaves,
    members: Object.fromEntries(numbers.map(i => [i, {}])),
    parents: Object.fromEntries(numbers.slice(1).map(i => [2 * i - 1, {}])),
  }
}

/** The seed of a member's keys, and of a parent's. */
export const seedOfLeaf = (leaf: number): number => leaf
export const seedOfParent = (node: number): number => 1000 + node

/** How a tree is tied. */
export interface Ties {
  /** Puts the parent hash that it has to carry into a leaf, and signs it. */
  carry(leaf: number, parentHash: Uint8Array): void
  /** The parent hash that a node keeps, whatever it has to carry. */
  fixed?(node: number): Uint8Array | undefined
  /** Changes a parent hash on its way from a node to the node that carries it. */
  bend?(parentHash: Uint8Array, from: number): Uint8Array
}

/** Ties each parent of a tree to one node below it by a right parent hash, from the copath upwards. */
class Tier {
  readonly #tree: ObjectTree
  readonly #ties: Ties

  constructor(tree: ObjectTree, ties: Ties) {
    this.#tree = tree
    this.#ties = ties
  }

  /** Whether exactly one node covers the subtree when `unmerged` leaves are not counted. */
  #carries(node: NodeIndex, unmerged: ReadonlySet<number>): boolean {
    return this.#tree.resolution(node).filter(at => at % 2 === 1 || !unmerged.has(at / 2)).length === 1
  }

  /** Makes a subtree right; `carried` is the parent hash that it has to carry, for a node above with these unmerged leaves. */
  tie(node: NodeIndex, carried: Uint8Array | undefined, unmerged: ReadonlySet<number>): void {
    const tree = this.#tree
    if (level(node) === 0) {
      if (carried !== undefined && tree.leaf(node / 2) !== undefined) this.#ties.carry(node / 2, carried)
      return
    }
    const [l, r] = [left(node), right(node, tree.leafCount)]
    const parentNode = tree.parent(node)
    const without = parentNode === undefined ? unmerged : new Set(parentNode.unmergedLeaves)
    const [carrier, sibling] = this.#carries(l, without) ? [l, r] : [r, l]
    this.tie(sibling, undefined, new Set())
    if (parentNode === undefined) {
      this.tie(carrier, carried, unmerged)
      return
    }
    const parentHash = this.#ties.fixed?.(node) ?? carried ?? parentNode.parentHash
    tree.nodes[node] = { nodeType: 'parent', parentNode: { ...parentNode, parentHash } }
    const originalSiblingTreeHash = tree.treeHash(sibling, this.#below(sibling, without))
    const input = { encryptionKey: parentNode.encryptionKey, parentHash, originalSiblingTreeHash }
    const made = tree.suite.hash.digest(encode(ParentHashInput, input))
    this.tie(carrier, this.#ties.bend?.(made, node) ?? made, without)
  }

  #below(node: NodeIndex, leaves: ReadonlySet<number>): Set<number> {
    const [first, last] = [subtreeStart(node), subtreeEnd(node, this.#tree.leafCount)]
    return new Set([...leaves].filter(leaf => 2 * leaf >= first && 2 * leaf <= last))
  }
}

/** Ties a tree anew: whatever its nodes say, its parent hashes are right, as far as they can be. */
export function tieTree(tree: ObjectTree, ties: Ties): void {
  new Tier(tree, ties).tie(root(tree.leafCount), undefined, new Set())
}

/** Puts a plan into practice. */
class Forger {
  readonly tree: ObjectTree
  readonly #suite: CipherSuite
  readonly #plan: Plan
  readonly #groupId: Uint8Array

  constructor(suite: CipherSuite, plan: Plan, groupId: Uint8Array) {
    this.#suite = suite
    this.#plan = plan
    this.#groupId = groupId
    this.tree = new ObjectTree(suite)
    this.tree.nodes.length = 2 * plan.leaves - 1
    for (const leaf of Object.keys(plan.members)) this.#setLeaf(Number(leaf), undefined)
    for (const [node, changes] of Object.entries(plan.parents)) {
      const encryptionKey = keyPairOf(suite, seedOfParent(Number(node))).publicKey
      const parentNode = { encryptionKey, parentHash: new Uint8Array(0), unmergedLeaves: [], ...changes }
      this.tree.nodes[Number(node)] = { nodeType: 'parent', parentNode }
    }
    const { bend } = plan
    tieTree(this.tree, {
      carry: (leaf, parentHash) => this.#setLeaf(leaf, parentHash),
      fixed: node => plan.parents[node]?.parentHash,
      ...(bend === undefined ? {} : { bend }),
    })
  }

  #setLeaf(leaf: number, parentHash: Uint8Array | undefined): void {
    const source = parentHash === undefined ? {} : ({ leafNodeSource: 'commit', parentHash } as Partial<LeafContent>)
    const content = { ...source, ...this.#plan.members[leaf] } as Partial<LeafContent>
    const leafNode = makeLeaf(this.#suite, seedOfLeaf(leaf), content, { groupId: this.#groupId, leafIndex: leaf })
    this.tree.nodes[2 * leaf] = { nodeType: 'leaf', leafNode }
  }
}

/** A forged tree: its encoding, and the tree hash that the forger would announce with it. */
export interface Forgery {
  readonly tree: ObjectTree
  readonly bytes: Uint8Array
  readonly treeHash: Uint8Array
}

/** Makes a tree after a plan. */
export function forge(suite: CipherSuite, plan: Plan, groupId: Uint8Array): Forgery {
  const { tree } = new Forger(suite, plan, groupId)
  return { tree, bytes: encode(RatchetTree, tree.sent), treeHash: tree.treeHash(tree.root) }
}
