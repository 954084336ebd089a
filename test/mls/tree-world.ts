/** A group simulated in full: the tree and its oracle, and of every member the private keys that it has come to know. */
import { expect } from 'vitest'
import { EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { applyUpdatePath } from '../../src/mls/apply-path.ts'
import { preparePath } from '../../src/mls/create-path.ts'
import { encodeTree, GroupTree, type StagedTree } from '../../src/mls/group-tree.ts'
import { HeldKeys, NewKeys } from '../../src/mls/held-keys.ts'
import type { LeafNode } from '../../src/mls/leaf-node.ts'
import { loadTree } from '../../src/mls/load-tree.ts'
import { keysFromWelcome, openUpdatePath } from '../../src/mls/process-path.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
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
  /** What the tree has to be equal to: it goes through the same history. */
  oracle: ObjectTree
  /** How many encryptions the last commit took. */
  encryptions = 0
  #seed = 0
  #epoch = 0
  #updates = 0

  constructor(suite: CipherSuite) {
    this.suite = suite
    this.tree = new GroupTree(suite)
    this.oracle = new ObjectTree(suite)
    const staged = this.tree.stage()
    const first = makeLeaf(suite, this.#seed)
    this.oracle.add(first)
    this.#enter(staged.add(first), this.#seed++)
    staged.merge()
  }

  #enter(leaf: LeafIndex, seed: number): void {
    this.members.set(leaf, { seed, held: new HeldKeys(leaf, keyPairOf(this.suite, seed)) })
  }

  /** A tree with the proposals of a commit, and the leaves that they add. */
  #propose<T extends StagedTree | ObjectTree>(staged: T, { updated, removes, joining }: Proposals) {
    for (const [leaf, leafNode] of updated) staged.update(leaf, leafNode)
    for (const leaf of removes) staged.remove(leaf)
    return { staged, added: new Set(joining.map(leafNode => staged.add(leafNode))) }
  }

  #expectEqual(tree: StagedTree, oracle: ObjectTree): void {
    expect(toHex(encodeTree(tree.nodes))).toBe(toHex(encode(RatchetTree, oracle.sent)))
    expect(toHex(tree.treeHash())).toBe(toHex(oracle.treeHash(oracle.root)))
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
    const { staged, added } = this.#propose(this.tree.stage(), proposals)
    ;[...added].forEach((leaf, i) => {
      this.#enter(leaf, seeds[i]!)
    })
    const received = this.#propose(this.tree.stage(), proposals).staged
    const oracle = this.#propose(this.oracle.clone(), proposals).staged
    this.#expectEqual(staged, oracle)

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
    expect(applyUpdatePath(suite, oracle, update, { sender, added })).toEqual(applied)
    this.#expectEqual(staged, oracle)
    this.#expectEqual(received, oracle)
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
    this.oracle = oracle
    this.#expectEqual(this.tree.stage(), oracle)
  }

  /** What a new member makes of the tree as it is sent: all checks of a received tree hold. */
  load(): GroupTree {
    const { suite, groupId, tree } = this
    const group = { version: 1, cipherSuite: suite.id, extensionTypes: [], required: undefined }
    return loadTree(tree.encode(), { suite, groupId, group, treeHash: tree.stage().treeHash() })
  }

  /** Every member holds the keys of its leaf and of the nodes above where it is not unmerged, and no others; nobody else does. */
  checkInvariant(): void {
    const { store } = this.tree
    this.#expectEqual(this.load().stage(), this.oracle)
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
