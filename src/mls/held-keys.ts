/** RFC 9420 section 4.2: the private keys that a member holds: its leaf's, and those of nodes above that it was told. */
import { EMPTY, equalPublic } from '../base/bytes.ts'
import { wipe } from '../base/secret.ts'
import type { KeyPair } from '../crypto/kem.ts'
import { isInSubtree, type LeafIndex, type NodeIndex, nodeOfLeaf } from '../tree/math.ts'

/** The public keys of a tree. */
export interface PublicKeys {
  /** The key at a node, or undefined where there is no such node or it is blank. */
  publicKeyAt(node: NodeIndex): Uint8Array | undefined
}

/** New private keys that a commit brings, not in force until they are adopted. Wiped by whoever gives them up. */
export class NewKeys {
  readonly pairs: ReadonlyMap<NodeIndex, KeyPair>

  constructor(pairs: ReadonlyMap<NodeIndex, KeyPair>) {
    this.pairs = pairs
  }

  wipe(): void {
    for (const { privateKey } of this.pairs.values()) wipe(privateKey)
  }
}

/**
 * The private keys of one member by node.
 *
 * Invariant: every node is the member's leaf or above it. There are at most as many keys as the tree is high, plus one.
 */
export class HeldKeys {
  readonly leaf: LeafIndex
  readonly #pairs = new Map<NodeIndex, KeyPair>()

  /** Takes over the key pair of the member's leaf. */
  constructor(leaf: LeafIndex, pair: KeyPair) {
    this.leaf = leaf
    this.#pairs.set(nodeOfLeaf(leaf), pair)
  }

  /** Takes over pairs that were stored: none where the member has left. */
  static restore(leaf: LeafIndex, pairs: ReadonlyMap<NodeIndex, KeyPair>): HeldKeys {
    const held = new HeldKeys(leaf, { privateKey: EMPTY, publicKey: EMPTY })
    held.#pairs.clear()
    for (const [node, pair] of pairs) held.#pairs.set(node, pair)
    return held
  }

  /** The key pair of a node, where the member has it. */
  at(node: NodeIndex): KeyPair | undefined {
    return this.#pairs.get(node)
  }

  /** The nodes whose keys the member has, in no order. */
  nodes(): NodeIndex[] {
    return [...this.#pairs.keys()]
  }

  /**
   * Moves on to a new tree: takes over new keys and, copath-mls-7.5-04: wipes those that the tree does not have any more. Costs
   * the height of the tree.
   */
  adopt(keys: NewKeys | undefined, tree: PublicKeys): void {
    for (const [node, pair] of keys?.pairs ?? []) {
      if (isInSubtree(nodeOfLeaf(this.leaf), node)) this.#replace(node, pair)
      else wipe(pair.privateKey)
    }
    for (const [node, pair] of this.#pairs) {
      const current = tree.publicKeyAt(node)
      if (current !== undefined && equalPublic(current, pair.publicKey)) continue
      wipe(pair.privateKey)
      this.#pairs.delete(node)
    }
  }

  #replace(node: NodeIndex, pair: KeyPair): void {
    const old = this.#pairs.get(node)
    if (old !== pair) wipe(old?.privateKey)
    this.#pairs.set(node, pair)
  }

  /** Forgets all keys: the member leaves the group. */
  wipe(): void {
    for (const { privateKey } of this.#pairs.values()) wipe(privateKey)
    this.#pairs.clear()
  }
}
