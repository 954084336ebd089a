/** What happens to a simulated tree and to its members' keys, collected first, so that a failure leaves both as they were. */

import { utf8 } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import type { KeyPair } from '../crypto/kem.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { type LeafIndex, leafIndex, nodeOfLeaf } from '../tree/math.ts'
import type { GroupTree, StagedTree } from './group-tree.ts'
import { HeldKeys, NewKeys } from './held-keys.ts'
import { signLeaf } from './leaf-signature.ts'
import { CredentialType, ProtocolVersion } from './registries.ts'
import { decodeLeaf } from './study-inputs.ts'

/** A member whose keys are known here. */
export interface Simulated {
  readonly signer: Signer
  readonly held: HeldKeys
}

export const STUDY_GROUP: Uint8Array = utf8('copath/tree')
const LAST_SECOND = 0xffffffffffffffffn

function freshSigner(suite: CipherSuite): Signer {
  const key = suite.generateSignatureKey()
  return wipingAfter([key], () => suite.signature.signer(key))
}

/** Changes that are not in force yet. `settle` makes them so, `drop` forgets them. */
export class StudyDraft {
  readonly staged: StagedTree
  readonly #suite: CipherSuite
  readonly #members: Map<LeafIndex, Simulated>
  readonly #joined = new Map<LeafIndex, Simulated>()
  readonly #gone = new Set<LeafIndex>()
  readonly #pairs = new Map<LeafIndex, KeyPair>()
  readonly #learnt = new Map<LeafIndex, NewKeys>()
  readonly #proposals: ((staged: StagedTree) => void)[] = []

  constructor(tree: GroupTree, members: Map<LeafIndex, Simulated>) {
    this.staged = tree.stage()
    this.#suite = tree.suite
    this.#members = members
  }

  /** New members by leaf. */
  get joined(): ReadonlyMap<LeafIndex, Simulated> {
    return this.#joined
  }

  /** Does to another tree what was done to this one so far, update paths apart: what the recipients of a commit do. */
  repeatOn(staged: StagedTree): void {
    for (const proposal of this.#proposals) proposal(staged)
  }

  /** Section 12.1.1: a new member with fresh keys. */
  join(name: string): LeafIndex {
    const suite = this.#suite
    const signer = freshSigner(suite)
    const pair = suite.kem.generateKeyPair()
    const content = {
      encryptionKey: pair.publicKey,
      signatureKey: signer.publicKey,
      credential: { credentialType: 'basic', identity: utf8(name) },
      capabilities: {
        versions: [ProtocolVersion.of.mls10],
        cipherSuites: [suite.id],
        extensions: [],
        proposals: [],
        credentials: [CredentialType.of.basic],
      },
      leafNodeSource: 'key_package',
      lifetime: { notBefore: 0n, notAfter: LAST_SECOND },
      extensions: [],
    } as const
    const leafNode = signLeaf(suite, signer, content)
    const leaf = this.staged.add(leafNode)
    this.#proposals.push(staged => void staged.add(leafNode))
    this.#joined.set(leaf, { signer, held: new HeldKeys(leaf, pair) })
    return leaf
  }

  /** Section 12.1.2: a fresh key pair for a member's leaf. */
  renew(place: number): void {
    const leaf = this.#memberAt(place)
    const { signer } = this.simulated(leaf)
    const pair = this.#suite.kem.generateKeyPair()
    this.#forgetPair(leaf)
    this.#pairs.set(leaf, pair)
    const { signatureKey, credential, capabilities, extensions } = this.staged.leafNode(leaf)!
    const content = {
      encryptionKey: pair.publicKey,
      signatureKey,
      credential,
      capabilities,
      leafNodeSource: 'update',
      extensions,
    } as const
    const leafNode = signLeaf(this.#suite, signer, content, { groupId: STUDY_GROUP, leafIndex: leaf })
    this.staged.update(leaf, leafNode)
    this.#proposals.push(staged => staged.update(leaf, leafNode))
  }

  /** Section 12.1.3: a member leaves. */
  leave(place: number): void {
    const leaf = this.#memberAt(place)
    this.staged.remove(leaf)
    this.#proposals.push(staged => staged.remove(leaf))
    this.#gone.add(leaf)
    this.#forgetPair(leaf)
  }

  /** Section 12.1.1 for an encoded leaf from elsewhere. */
  joinEncoded(encoded: Uint8Array): LeafIndex {
    const leafNode = decodeLeaf(this.staged, encoded)
    this.#proposals.push(staged => void staged.add(leafNode))
    return this.staged.add(leafNode)
  }

  /** Section 12.1.2 for an encoded leaf from elsewhere: whoever is simulated there is so no more. */
  renewEncoded(place: number, encoded: Uint8Array): void {
    const leaf = this.#memberAt(place)
    const leafNode = decodeLeaf(this.staged, encoded, leaf)
    this.staged.update(leaf, leafNode)
    this.#proposals.push(staged => staged.update(leaf, leafNode))
    this.#gone.add(leaf)
    this.#forgetPair(leaf)
  }

  /** A member whose keys are known; others can be looked at, but not act. */
  simulated(leaf: LeafIndex): Simulated {
    const member = this.#joined.get(leaf) ?? this.#members.get(leaf)
    if (member === undefined) throw new UsageError('no-path-key', { leaf })
    return member
  }

  /** The members that live through these changes and can follow a commit, with the keys that they open it with. */
  *followers(): Iterable<{ leaf: LeafIndex; held: HeldKeys }> {
    for (const [leaf, { held }] of this.#members) {
      if (this.#gone.has(leaf)) continue
      const pair = this.#pairs.get(leaf)
      // everything above a renewed leaf is blank, so that its own key is all it can use
      yield { leaf, held: pair === undefined ? held : new HeldKeys(leaf, pair) }
    }
  }

  /** Keys that a member learns, besides that of a leaf it renewed. Taken over. */
  learn(leaf: LeafIndex, keys: NewKeys): void {
    this.#learnt.set(leaf, keys)
  }

  /** Merges the tree and lets every member move on to it. */
  settle(tree: GroupTree): void {
    this.staged.treeHash()
    this.staged.merge()
    for (const leaf of this.#gone) {
      this.#members.get(leaf)?.held.wipe()
      this.#members.get(leaf)?.signer.wipe()
      this.#members.delete(leaf)
    }
    for (const [leaf, member] of this.#joined) this.#members.set(leaf, member)
    for (const [leaf, { held }] of this.#members) {
      const pairs = new Map(this.#learnt.get(leaf)?.pairs)
      const own = this.#pairs.get(leaf)
      if (own !== undefined && !pairs.has(nodeOfLeaf(leaf))) pairs.set(nodeOfLeaf(leaf), own)
      held.adopt(new NewKeys(pairs), tree.store)
    }
  }

  /** Wipes the keys of changes that failed. */
  drop(): void {
    for (const { privateKey } of this.#pairs.values()) wipe(privateKey)
    for (const keys of this.#learnt.values()) keys.wipe()
    for (const { held, signer } of this.#joined.values()) {
      held.wipe()
      signer.wipe()
    }
  }

  #forgetPair(leaf: LeafIndex): void {
    wipe(this.#pairs.get(leaf)?.privateKey)
    this.#pairs.delete(leaf)
  }

  #memberAt(place: number): LeafIndex {
    const leaf = leafIndex(place, this.staged.leafCount)
    if (this.staged.leafNode(leaf) === undefined) {
      throw new UsageError('wrong-argument', { expected: 'a leaf with a member', leaf })
    }
    return leaf
  }
}
