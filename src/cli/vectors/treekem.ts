/** Vectors of TreeKEM: RFC 9420 sections 7.4 to 7.9, update paths that are given and paths that are made here. */
import { equalPublic, toHex } from '../../base/bytes.ts'
import { decode, encode } from '../../codec/codec.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { type AppliedPath, applyUpdatePath } from '../../mls/apply-path.ts'
import { preparePath } from '../../mls/create-path.ts'
import { GroupContext } from '../../mls/group-context.ts'
import { encodeTree, type GroupTree, type StagedTree } from '../../mls/group-tree.ts'
import { HeldKeys, NewKeys } from '../../mls/held-keys.ts'
import { checkLeafSignature } from '../../mls/leaf-signature.ts'
import { derivePath } from '../../mls/path-secrets.ts'
import { openUpdatePath } from '../../mls/process-path.ts'
import { UpdatePath } from '../../mls/update-path.ts'
import { isInSubtree, type LeafIndex, type NodeIndex, nodeOfLeaf, width } from '../../tree/math.ts'
import { filteredDirectPath } from '../../tree/resolution.ts'
import type { Given } from './given.ts'
import { checkKeyPair, checkSigner } from './key-pairs.ts'
import { present, privateKeyOf, suiteOf, type VectorKind } from './kind.ts'
import { validTree } from './trees.ts'

/** Nobody is added. */
const NONE: ReadonlySet<number> = new Set()

export const treekem: VectorKind = {
  name: 'treekem',
  fields: [
    'cipher_suite',
    'group_id',
    'epoch',
    'confirmed_transcript_hash',
    'ratchet_tree',
    'leaves_private',
    'update_paths',
  ],
  check(given, suites) {
    const scene = new Scene(suiteOf(given, suites), given)
    for (const path of given.at('update_paths').list()) scene.checkGivenPath(path)
    for (const leaf of scene.members()) scene.checkOwnPath(leaf)
  },
}

class Scene {
  readonly #suite: CipherSuite
  readonly #given: Given
  readonly #groupId: Uint8Array
  readonly #before: GroupTree
  /** What `leaves_private` says of each member. */
  readonly #private: ReadonlyMap<LeafIndex, Given>
  readonly #held = new Map<LeafIndex, HeldKeys>()

  constructor(suite: CipherSuite, given: Given) {
    this.#suite = suite
    this.#given = given
    this.#groupId = given.at('group_id').bytes()
    this.#before = validTree(suite, given.at('ratchet_tree'), this.#groupId)
    const leaves = given.at('leaves_private').list()
    this.#private = new Map(leaves.map(leaf => [this.#memberAt(leaf.at('index')), leaf]))
    const count = this.#before.memberCount
    given.at('leaves_private').require(this.#private.size === count, `should be of all ${count} members`)
  }

  members(): IterableIterator<LeafIndex> {
    return this.#private.keys() as IterableIterator<LeafIndex>
  }

  #memberAt(field: Given): LeafIndex {
    const index = field.uint()
    const isMember = index < this.#before.leafCount && this.#before.leafNode(index as LeafIndex) !== undefined
    field.require(isMember, `should be a member's leaf, not ${index}`)
    return index as LeafIndex
  }

  #context(tree: StagedTree): Uint8Array {
    return encode(GroupContext, {
      cipherSuite: this.#suite.id,
      groupId: this.#groupId,
      epoch: this.#given.at('epoch').uint64(),
      treeHash: tree.treeHash(),
      confirmedTranscriptHash: this.#given.at('confirmed_transcript_hash').bytes(),
      extensions: [],
    })
  }

  /** The private state of a member, consistent with the tree. Opening paths leaves it as it is. */
  #heldBy(leaf: LeafIndex): HeldKeys {
    const known = this.#held.get(leaf) ?? this.#initialize(leaf)
    this.#held.set(leaf, known)
    return known
  }

  #initialize(leaf: LeafIndex): HeldKeys {
    const suite = this.#suite
    const { store } = this.#before
    const given = this.#private.get(leaf)!
    const publicKey = this.#before.leafNode(leaf)!.encryptionKey as Uint8Array<ArrayBuffer>
    const pair = { privateKey: privateKeyOf(given.at('encryption_priv'), suite.kem), publicKey }
    checkKeyPair(suite, pair, given.at('encryption_priv'))
    const held = new HeldKeys(leaf, pair)
    const pairs = given
      .at('path_secrets')
      .list()
      .map(item => {
        const node = item.at('node').uint(width(store.leafCount) - 1) as NodeIndex
        item.at('node').require(isInSubtree(nodeOfLeaf(leaf), node), `is not above leaf ${leaf}`)
        const [keys] = derivePath(suite, item.at('path_secret').bytes(), 1).keyPairs
        const inTree = store.publicKeyAt(node)
        const agrees = inTree !== undefined && equalPublic(inTree, keys!.publicKey)
        item.at('path_secret').require(agrees, `does not give the key of node ${node}`)
        return [node, keys!] as const
      })
    held.adopt(new NewKeys(new Map(pairs)), store)
    given.at('path_secrets').require(held.nodes().length === 1 + pairs.length, 'name a node twice')
    return held
  }

  checkGivenPath(given: Given): void {
    const suite = this.#suite
    const sender = this.#memberAt(given.at('sender'))
    const update = decode(UpdatePath, given.at('update_path').bytes())
    checkLeafSignature(suite, update.leafNode, { groupId: this.#groupId, leafIndex: sender }, { leaf: sender })
    const after = this.#before.stage()
    const applied = applyUpdatePath(suite, after, update, { sender, added: NONE })
    given.at('tree_hash_after').mustBe(after.treeHash())
    const secrets = given.at('path_secrets').list()
    /** Private keys by the path secrets they come from, of which several leaves have the same. */
    const keys = new Map<string, Uint8Array>()
    for (const leaf of this.members()) {
      if (leaf === sender) continue
      const learnt = this.#open(after, applied, leaf)
      given.at('commit_secret').mustBe(learnt.commitSecret.bytes)
      const secret = present(secrets[leaf], given.at('path_secrets'), `says nothing of leaf ${leaf}`)
      const bytes = secret.bytes()
      const known = keys.get(toHex(bytes)) ?? derivePath(suite, bytes, 1).keyPairs[0]!.privateKey
      keys.set(toHex(bytes), known)
      const [lowest] = learnt.newKeys.pairs.values()
      const agrees = lowest !== undefined && equalPublic(lowest.privateKey, known)
      secret.require(agrees, 'is not the path secret that this leaf decrypts')
    }
    secrets.forEach((secret, leaf) => {
      const expected = leaf !== sender && this.#private.has(leaf as LeafIndex)
      if (!expected) secret.require(secret.isNull, `should be null: leaf ${leaf} decrypts nothing`)
    })
  }

  #open(after: StagedTree, applied: AppliedPath, leaf: LeafIndex) {
    return openUpdatePath(this.#suite, after, applied, { held: this.#heldBy(leaf), groupContext: this.#context(after) })
  }

  checkOwnPath(leaf: LeafIndex): void {
    const suite = this.#suite
    const given = this.#private.get(leaf)!
    const current = this.#before.leafNode(leaf)!
    const priv = given.at('signature_priv')
    const signer = suite.signature.signer(privateKeyOf(priv, suite.signature, current.signatureKey))
    checkSigner(signer, current.signatureKey, priv)
    const made = this.#before.stage()
    const prepared = preparePath(suite, made, { leaf, groupId: this.#groupId, current, signer, added: NONE })
    const update = decode(UpdatePath, encode(UpdatePath, prepared.seal(made, this.#context(made))))
    checkLeafSignature(suite, update.leafNode, { groupId: this.#groupId, leafIndex: leaf }, { leaf })
    const { nodes } = filteredDirectPath(this.#before.store, leaf)
    given.require(update.nodes.length === nodes.length, 'makes a path of the wrong length')
    const after = this.#before.stage()
    const applied = applyUpdatePath(suite, after, update, { sender: leaf, added: NONE })
    given.require(equalPublic(encodeTree(after.nodes), encodeTree(made.nodes)), 'makes a path that gives another tree')
    for (const other of this.members()) {
      if (other === leaf) continue
      const { commitSecret } = this.#open(after, applied, other)
      const agrees = equalPublic(commitSecret.bytes, prepared.commitSecret.bytes)
      given.require(agrees, `makes a path whose commit secret leaf ${other} does not find`)
    }
    prepared.wipe()
    signer.wipe()
  }
}
