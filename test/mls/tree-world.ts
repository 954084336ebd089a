/** A group simulated in full: the tree, and of every member the private keys that it has come to know. */
import { expect } from 'vitest'
import { EMPTY, equalPublic, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { preparePath } from '../../src/mls/create-path.ts'
import { HeldKeys, NewKeys } from '../../src/mls/held-keys.ts'
import { applyUpdatePath, keysFromWelcome, openUpdatePath } from '../../src/mls/process-path.ts'
import { UpdatePath } from '../../src/mls/update-path.ts'
import { directPath, isInSubtree, type LeafIndex, type NodeIndex, nodeOfLeaf } from '../../src/tree/math.ts'
import { keyPairOf, makeLeaf, signerOf } from './leaves.ts'
import { ObjectTree } from './object-tree.ts'

interface Member {
  readonly seed: number
  readonly held: HeldKeys
}

/** What one commit does, besides its update path. */
export interface Change {
  readonly adds: number
  readonly removes: readonly LeafIndex[]
  readonly updates: readonly LeafIndex[]
}

/** What a member knows, to be used against the group later. */
export function stolenFrom(held: HeldKeys): HeldKeys {
  const copies = held.nodes().map(node => {
    const { privateKey, publicKey } = held.at(node)!
    return [node, { privateKey: privateKey.slice(), publicKey }] as const
  })
  const own = copies.find(([node]) => node === nodeOfLeaf(held.leaf))!
  const stolen = new HeldKeys(held.leaf, own[1])
  stolen.adopt(new NewKeys(new Map(copies)), {
    publicKeyAt: node => copies.find(([at]) => at === node)?.[1].publicKey,
  })
  return stolen
}

export class World {
  readonly suite: CipherSuite
  readonly groupId = utf8('group')
  readonly members = new Map<LeafIndex, Member>()
  /** The last keys of those who were removed. */
  readonly removed: HeldKeys[] = []
  tree: ObjectTree
  /** How many encryptions the last commit took. */
  encryptions = 0
  #seed = 0
  #epoch = 0
  #updates = 0

  constructor(suite: CipherSuite) {
    this.suite = suite
    this.tree = new ObjectTree(suite)
    this.#join(this.tree)
  }

  #join(tree: ObjectTree): LeafIndex {
    const seed = this.#seed++
    const leaf = tree.add(makeLeaf(this.suite, seed))
    this.members.set(leaf, { seed, held: new HeldKeys(leaf, keyPairOf(this.suite, seed)) })
    return leaf
  }

  /** One commit: proposals, update path, every member follows. */
  commit(sender: LeafIndex, { adds, removes, updates }: Change): void {
    const { suite, groupId } = this
    const before = this.tree
    const staged = before.clone()
    for (const leaf of updates) {
      const { seed, held } = this.members.get(leaf)!
      const pair = keyPairOf(suite, -++this.#updates)
      const changes = { leafNodeSource: 'update', encryptionKey: pair.publicKey } as const
      staged.update(leaf, makeLeaf(suite, seed, changes, { groupId, leafIndex: leaf }))
      held.adopt(new NewKeys(new Map([[nodeOfLeaf(leaf), pair]])), staged)
    }
    for (const leaf of removes) {
      staged.remove(leaf)
      this.removed.push(this.members.get(leaf)!.held)
      this.members.delete(leaf)
    }
    const added = new Set(Array.from({ length: adds }, () => this.#join(staged)))
    const received = staged.clone()

    const { seed, held } = this.members.get(sender)!
    const current = staged.leaf(sender)!
    const prepared = preparePath(suite, staged, {
      leaf: sender,
      groupId,
      current,
      signer: signerOf(suite, seed),
      added,
    })
    const groupContext = utf8(`epoch ${++this.#epoch}`)
    const update = decode(UpdatePath, encode(UpdatePath, prepared.seal(staged, groupContext)))
    this.encryptions = prepared.encryptions

    const applied = applyUpdatePath(suite, received, update, { sender, added })
    expect(received.nodes).toEqual(staged.nodes)
    for (const [leaf, member] of this.members) {
      if (leaf === sender) continue
      if (added.has(leaf)) {
        const pathSecret = prepared.pathSecretFor(leaf)
        member.held.adopt(keysFromWelcome(suite, received, { leaf, committer: sender, pathSecret }), received)
      } else {
        const secrets = openUpdatePath(suite, received, applied, { held: member.held, groupContext })
        expect(secrets.commitSecret.bytes).toEqual(prepared.commitSecret.bytes)
        member.held.adopt(secrets.newKeys, received)
      }
    }
    for (const keys of this.removed) {
      expect(() => openUpdatePath(suite, received, applied, { held: keys, groupContext })).toThrow()
    }
    held.adopt(prepared.newKeys(), staged)
    prepared.wipe()
    this.tree = received
  }

  /** Every member holds the keys of its leaf and of the nodes above where it is not unmerged, and no others; nobody else does. */
  checkInvariant(): void {
    for (const [leaf, { held }] of this.members) {
      const expected = [nodeOfLeaf(leaf), ...directPath(nodeOfLeaf(leaf), this.tree.leafCount)].filter(
        node => !this.tree.isBlank(node) && !this.tree.unmergedLeaves(node).includes(leaf),
      )
      expect(held.nodes().sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b))
      for (const node of held.nodes()) {
        expect(isInSubtree(nodeOfLeaf(leaf), node)).toBe(true)
        const { privateKey, publicKey } = held.at(node)!
        expect(this.tree.publicKeyAt(node)).toEqual(publicKey)
        // the private key belongs to it, and has not been wiped
        const probe = this.suite.hpke.seal(publicKey, EMPTY, EMPTY, this.groupId)
        expect(this.suite.hpke.open({ privateKey, publicKey }, probe, EMPTY, EMPTY)).toEqual(this.groupId)
      }
    }
    for (const held of this.removed) expect(this.keysInForce(held)).toEqual([])
  }

  /** The nodes of the tree, wherever they are, whose private keys somebody knows. */
  keysInForce(held: HeldKeys): NodeIndex[] {
    return held.nodes().filter(node => {
      const own = held.at(node)!.publicKey
      return this.tree.nodes.some((_, x) =>
        equalPublic(this.tree.publicKeyAt(x as NodeIndex) ?? new Uint8Array(0), own),
      )
    })
  }
}
