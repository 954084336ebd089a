/** A group simulated in full: the tree, and of every member the private keys that it has come to know. */
import { expect } from 'vitest'
import { EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { preparePath } from '../../src/mls/create-path.ts'
import { GroupTree, type StagedTree } from '../../src/mls/group-tree.ts'
import { HeldKeys, NewKeys } from '../../src/mls/held-keys.ts'
import type { LeafNode } from '../../src/mls/leaf-node.ts'
import { applyUpdatePath, keysFromWelcome, openUpdatePath } from '../../src/mls/process-path.ts'
import { RatchetTree } from '../../src/mls/ratchet-tree.ts'
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

/** What both sides of a commit do to their trees before its path. */
interface Proposals {
  readonly updated: ReadonlyMap<LeafIndex, LeafNode>
  readonly removes: readonly LeafIndex[]
  readonly joining: readonly LeafNode[]
}

export class World {
  readonly suite: CipherSuite
  readonly groupId = utf8('group')
  readonly members = new Map<LeafIndex, Member>()
  /** The last keys of those who were removed. */
  readonly removed: HeldKeys[] = []
  readonly tree: GroupTree
  /** How many encryptions the last commit took. */
  encryptions = 0
  #seed = 0
  #epoch = 0
  #updates = 0

  constructor(suite: CipherSuite) {
    this.suite = suite
    this.tree = new GroupTree(suite)
    const staged = this.tree.stage()
    this.#enter(staged.add(makeLeaf(suite, this.#seed)), this.#seed++)
    staged.merge()
  }

  /** A tree that knows no shortcuts, with the same nodes. */
  get oracle(): ObjectTree {
    return new ObjectTree(this.suite, decode(RatchetTree, this.tree.encode()))
  }

  #enter(leaf: LeafIndex, seed: number): void {
    this.members.set(leaf, { seed, held: new HeldKeys(leaf, keyPairOf(this.suite, seed)) })
  }

  /** The tree with the proposals of a commit, and the leaves that they add. */
  #propose({ updated, removes, joining }: Proposals): { staged: StagedTree; added: Set<LeafIndex> } {
    const staged = this.tree.stage()
    for (const [leaf, leafNode] of updated) staged.update(leaf, leafNode)
    for (const leaf of removes) staged.remove(leaf)
    return { staged, added: new Set(joining.map(leafNode => staged.add(leafNode))) }
  }

  /** New keys for those who propose updates. */
  #update(leaf: LeafIndex): LeafNode {
    const { suite, groupId } = this
    const { seed, held } = this.members.get(leaf)!
    const pair = keyPairOf(suite, -++this.#updates)
    const leafNode = makeLeaf(
      suite,
      seed,
      { leafNodeSource: 'update', encryptionKey: pair.publicKey },
      { groupId, leafIndex: leaf },
    )
    const publicKeyAt = (node: NodeIndex) => (node === nodeOfLeaf(leaf) ? pair.publicKey : undefined)
    held.adopt(new NewKeys(new Map([[nodeOfLeaf(leaf), pair]])), { publicKeyAt })
    return leafNode
  }

  /** One commit: proposals, update path, every member follows on a tree of its own. */
  commit(sender: LeafIndex, { adds, removes, updates }: Change): void {
    const { suite, groupId } = this
    const seeds = Array.from({ length: adds }, () => this.#seed++)
    const proposals = {
      updated: new Map(updates.map(leaf => [leaf, this.#update(leaf)] as const)),
      removes,
      joining: seeds.map(seed => makeLeaf(suite, seed)),
    }
    for (const leaf of removes) {
      this.removed.push(this.members.get(leaf)!.held)
      this.members.delete(leaf)
    }
    const { staged, added } = this.#propose(proposals)
    ;[...added].forEach((leaf, i) => {
      this.#enter(leaf, seeds[i]!)
    })
    const received = this.#propose(proposals).staged

    const { seed, held } = this.members.get(sender)!
    const current = staged.leafNode(sender)!
    const prepared = preparePath(suite, staged, {
      leaf: sender,
      groupId,
      current,
      signer: signerOf(suite, seed),
      added,
    })
    const groupContext = utf8(`epoch ${++this.#epoch} ${toHex(staged.treeHash())}`)
    const update = decode(UpdatePath, encode(UpdatePath, prepared.seal(staged, groupContext)))
    this.encryptions = prepared.encryptions

    const applied = applyUpdatePath(suite, received, update, { sender, added })
    expect(toHex(received.treeHash())).toBe(toHex(staged.treeHash()))
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
    received.merge()
  }

  /** Every member holds the keys of its leaf and of the nodes above where it is not unmerged, and no others; nobody else does. */
  checkInvariant(): void {
    const { store } = this.tree
    for (const [leaf, { held }] of this.members) {
      const expected = [nodeOfLeaf(leaf), ...directPath(nodeOfLeaf(leaf), store.leafCount)].filter(
        node => !store.isBlank(node) && ![...store.unmergedLeaves(node)].includes(leaf),
      )
      expect(held.nodes().sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b))
      for (const node of held.nodes()) {
        expect(isInSubtree(nodeOfLeaf(leaf), node)).toBe(true)
        const { privateKey, publicKey } = held.at(node)!
        expect(store.publicKeyAt(node)).toEqual(publicKey)
        // the private key belongs to it, and has not been wiped
        const probe = this.suite.hpke.seal(publicKey, EMPTY, EMPTY, this.groupId)
        expect(this.suite.hpke.open({ privateKey, publicKey }, probe, EMPTY, EMPTY)).toEqual(this.groupId)
      }
    }
    for (const held of this.removed) expect(this.keysInForce(held)).toEqual([])
  }

  /** The nodes whose private keys somebody knows and that are anywhere in the tree. */
  keysInForce(held: HeldKeys): NodeIndex[] {
    return held.nodes().filter(node => this.tree.store.findPublicKey(held.at(node)!.publicKey) !== undefined)
  }
}
