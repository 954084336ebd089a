/**
 * A large group that has been at work for a while, made directly: every leaf is signed, every node has a key and a valid parent
 * hash, so that newcomers accept it. Only its first member has private keys, to let others in.
 */
import { EMPTY, utf8 } from '../../base/bytes.ts'
import { wipe } from '../../base/secret.ts'
import { encode } from '../../codec/codec.ts'
import type { KeyPair } from '../../crypto/kem.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { Epoch } from '../../mls/epoch.ts'
import { epochContext, readContextExtensions } from '../../mls/epoch-context.ts'
import { type GroupConfig, settingsOf } from '../../mls/group-config.ts'
import { GroupCore } from '../../mls/group-core.ts'
import { GroupTree, type StagedTree } from '../../mls/group-tree.ts'
import { HeldKeys, NewKeys } from '../../mls/held-keys.ts'
import { createFirstEpoch } from '../../mls/key-schedule.ts'
import { signLeaf } from '../../mls/leaf-signature.ts'
import { ParentHashInput } from '../../mls/ratchet-tree.ts'
import { isLeaf, type LeafIndex, left, type NodeIndex, nodeOfLeaf, right, root, subtreeStart } from '../../tree/math.ts'

const FIRST = 0 as LeafIndex
const HASH_LENGTH = 32

/** Makes the tree, a leaf at a time. */
class Builder {
  readonly suite: CipherSuite
  readonly groupId: Uint8Array
  readonly tree: GroupTree
  /** The key pairs of the first member. */
  readonly pairs = new Map<NodeIndex, KeyPair>()
  readonly #members: number
  readonly #staged: StagedTree
  /** The private signature key of the first member. */
  firstKey: Uint8Array = EMPTY

  constructor(suite: CipherSuite, members: number) {
    this.suite = suite
    this.groupId = this.#random(16)
    this.tree = new GroupTree(suite)
    this.#members = members
    this.#staged = this.tree.stage()
    this.#staged.nodes.resize(2 ** Math.ceil(Math.log2(members)))
  }

  /** Builds everything; yields after every leaf. */
  *build(): Generator<void> {
    yield* this.#fill(root(this.#staged.leafCount), { parentHash: EMPTY, isFirst: true })
    this.#staged.treeHash()
    this.#staged.merge()
  }

  #random(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length)
    this.suite.random(bytes)
    return bytes
  }

  /** A key of which nobody has the other half, but for those of the first member. */
  #publicKey(node: NodeIndex, isFirst: boolean): Uint8Array {
    if (isFirst) {
      const pair = this.suite.kem.generateKeyPair()
      this.pairs.set(node, pair)
      return pair.publicKey
    }
    const key = this.#random(this.suite.kem.publicKeyLength)
    // X25519 has 255 bits
    key[key.length - 1]! &= 0x7f
    return key
  }

  /** Fills a subtree, to which what is above is tied by `parentHash`; where both children have members, the left one carries the tie. */
  *#fill(node: NodeIndex, { parentHash, isFirst }: { parentHash: Uint8Array; isFirst: boolean }): Generator<void> {
    const staged = this.#staged
    if (isLeaf(node)) {
      this.#leaf(node, parentHash, isFirst)
      yield
      return
    }
    const other = right(node, staged.leafCount)
    if (subtreeStart(other) / 2 >= this.#members) {
      yield* this.#fill(left(node), { parentHash, isFirst })
      return
    }
    const { hash } = this.suite
    const encryptionKey = this.#publicKey(node, isFirst)
    staged.nodes.setParent(node, encryptionKey, parentHash)
    // the right child was last updated by somebody below it, when the node above was another
    yield* this.#fill(other, { parentHash: hash.digest(encryptionKey), isFirst: false })
    const originalSiblingTreeHash = staged.treeHash(other)
    const tie = encode(ParentHashInput, { encryptionKey, parentHash, originalSiblingTreeHash })
    yield* this.#fill(left(node), { parentHash: hash.digest(tie), isFirst })
  }

  #leaf(node: NodeIndex, parentHash: Uint8Array, isFirst: boolean): void {
    const { suite, groupId } = this
    const leafIndex = (node / 2) as LeafIndex
    const key = suite.generateSignatureKey()
    const signer = suite.signature.signer(key)
    const content = {
      encryptionKey: this.#publicKey(node, isFirst),
      signatureKey: signer.publicKey,
      credential: { credentialType: 'basic', identity: utf8(`m${leafIndex}`) },
      capabilities: { versions: [1], cipherSuites: [suite.id], extensions: [], proposals: [], credentials: [1] },
      leafNodeSource: 'commit',
      parentHash,
      extensions: [],
    } as const
    this.#staged.put(leafIndex, signLeaf(suite, signer, content, { groupId, leafIndex }))
    signer.wipe()
    if (isFirst) this.firstKey = key
    else wipe(key)
  }
}

/** Makes a group; yields after every member, and returns its first member, the only one that can act. */
export function* makeStandingGroup(
  suite: CipherSuite,
  members: number,
  config: GroupConfig,
): Generator<void, GroupCore> {
  const builder = new Builder(suite, members)
  yield* builder.build()
  const { tree, groupId, pairs, firstKey } = builder
  const settings = settingsOf(config)
  const context = epochContext(readContextExtensions(suite.id, []), {
    groupId,
    epoch: 1n,
    treeHash: tree.stage().treeHash(),
    confirmedTranscriptHash: new Uint8Array(HASH_LENGTH),
  })
  const parts = {
    context,
    secrets: createFirstEpoch(suite),
    interimTranscriptHash: new Uint8Array(HASH_LENGTH),
    confirmationTag: new Uint8Array(HASH_LENGTH),
    leaves: tree.leafCount,
  }
  const own = pairs.get(nodeOfLeaf(FIRST))!
  const held = new HeldKeys(FIRST, own)
  held.adopt(new NewKeys(new Map([...pairs].filter(([node]) => !isLeaf(node)))), tree.store)
  const epoch = new Epoch(suite, parts, settings.ratchetLimits)
  return new GroupCore({ suite, settings, tree, leaf: FIRST, held, epoch, signer: suite.signature.signer(firstKey) })
}
