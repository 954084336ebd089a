/** RFC 9420 sections 7.4 to 7.6, the committer: new keys for its direct path, their secrets for everybody else. */
import { ByteList } from '../base/byte-list.ts'
import { copyOf } from '../base/bytes.ts'
import { BugError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { type SecretBytes, wipe, wipingAfter } from '../base/secret.ts'
import type { HpkeCiphertexts } from '../crypto/hpke.ts'
import type { KeyPair } from '../crypto/kem.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { isInSubtree, type LeafIndex, type NodeIndex, nodeOfLeaf } from '../tree/math.ts'
import { type FilteredPath, filteredDirectPath } from '../tree/resolution.ts'
import { NewKeys } from './held-keys.ts'
import type { LeafNode } from './leaf-node.ts'
import { signLeaf } from './leaf-signature.ts'
import { type DerivedPath, derivePath, wipeDerivedPath } from './path-secrets.ts'
import { type KemTree, pathParentHashes, pathRecipients } from './treekem.ts'
import { packedCiphertexts, type UpdatePath } from './update-path.ts'

/** What a committer decides about its own leaf; what its current leaf says stays where nothing else is given. */
export type LeafChanges = Partial<Pick<LeafNode, 'signatureKey' | 'credential' | 'capabilities' | 'extensions'>>

/** A commit to be. */
export interface PathRequest {
  /** The committer. */
  readonly leaf: LeafIndex
  readonly groupId: Uint8Array
  readonly current: LeafNode
  readonly changes?: LeafChanges
  /** Belongs to the signature key of the new leaf. */
  readonly signer: Signer
  /** Leaves that the same commit adds. */
  readonly added: ReadonlySet<number>
}

/**
 * An update path whose public part is in the tree. Next, the tree hash makes the provisional group context, and `seal`
 * makes the path. Whoever holds it calls `wipe` when the commit is made or given up.
 */
export class PreparedPath {
  readonly path: FilteredPath
  readonly leafNode: LeafNode
  readonly #suite: CipherSuite
  readonly #derived: DerivedPath
  readonly #leafPair: KeyPair
  readonly #recipients: readonly (readonly NodeIndex[])[]

  constructor(parts: {
    suite: CipherSuite
    path: FilteredPath
    leafNode: LeafNode
    derived: DerivedPath
    leafPair: KeyPair
    recipients: readonly (readonly NodeIndex[])[]
  }) {
    this.path = parts.path
    this.leafNode = parts.leafNode
    this.#suite = parts.suite
    this.#derived = parts.derived
    this.#leafPair = parts.leafPair
    this.#recipients = parts.recipients
  }

  /** Owned by this path: clone it to keep it. */
  get commitSecret(): SecretBytes {
    return this.#derived.commitSecret
  }

  /** How many encryptions `seal` makes. */
  get encryptions(): number {
    return this.#recipients.reduce((sum, nodes) => sum + nodes.length, 0)
  }

  /** The private keys that come into force with the commit: copies, for `HeldKeys.adopt`. */
  newKeys(): NewKeys {
    const copy = ({ privateKey, publicKey }: KeyPair): KeyPair => ({ privateKey: privateKey.slice(), publicKey })
    const pairs = new Map<NodeIndex, KeyPair>([[nodeOfLeaf(this.path.leaf), copy(this.#leafPair)]])
    this.path.nodes.forEach((node, i) => {
      pairs.set(node, copy(this.#derived.keyPairs[i]!))
    })
    return new NewKeys(pairs)
  }

  /** Section 12.4.3.1: a copy of the path secret that lets a new member derive all keys it shares with the committer. */
  pathSecretFor(newLeaf: LeafIndex): Uint8Array<ArrayBuffer> {
    return pathSecretFor(this.#suite, this.path, this.#derived.secrets.bytes, newLeaf)
  }

  /** All path secrets, from the bottom up, one after the other: a copy. */
  pathSecrets(): SecretBytes {
    return this.#derived.secrets.clone()
  }

  /** Encrypts the path secrets, all in one bulk call. `tree` is the one the path was made for, with it or without. */
  seal(tree: KemTree, groupContext: Uint8Array): UpdatePath {
    const { kem, kdf, labels } = this.#suite
    const total = this.encryptions
    const publicKeys = new Uint8Array(total * kem.publicKeyLength)
    const plaintexts = new Uint8Array(total * kdf.length)
    let at = 0
    this.#recipients.forEach((nodes, i) => {
      const secret = this.#derived.secrets.bytes.subarray(i * kdf.length, (i + 1) * kdf.length)
      for (const node of nodes) {
        const key = tree.publicKeyAt(node)
        if (key === undefined) throw new BugError('broken-invariant', { node })
        publicKeys.set(key, at * kem.publicKeyLength)
        plaintexts.set(secret, at++ * kdf.length)
      }
    })
    const sealed = wipingAfter([plaintexts], () =>
      labels.encryptManyWithLabel({
        publicKeys: ByteList.fixed(publicKeys, kem.publicKeyLength),
        label: 'UpdatePathNode',
        context: groupContext,
        plaintexts: ByteList.fixed(plaintexts, kdf.length),
      }),
    )
    return this.#assemble(sealed)
  }

  #assemble({ kemOutputs, ciphertexts }: HpkeCiphertexts): UpdatePath {
    let at = 0
    const nodes = this.#recipients.map((recipients, i) => ({
      encryptionKey: this.#derived.keyPairs[i]!.publicKey,
      encryptedPathSecret: packedCiphertexts(
        recipients.map(() => {
          const item = at++
          return { kemOutput: kemOutputs.at(item), ciphertext: ciphertexts.at(item) }
        }),
      ),
    }))
    return { leafNode: this.leafNode, nodes }
  }

  /** Forgets all secrets. */
  wipe(): void {
    wipeDerivedPath(this.#derived)
    wipe(this.#leafPair.privateKey)
  }
}

/** Of the path secrets the one that a new member is given: a copy. */
export function pathSecretFor(
  { kdf }: CipherSuite,
  { copath }: FilteredPath,
  secrets: Uint8Array,
  newLeaf: LeafIndex,
): Uint8Array<ArrayBuffer> {
  const i = copath.findIndex(node => isInSubtree(nodeOfLeaf(newLeaf), node))
  if (i < 0) throw new UsageError('wrong-argument', { expected: 'a leaf other than the committer', leaf: newLeaf })
  return copyOf(secrets.subarray(i * kdf.length, (i + 1) * kdf.length))
}

/** Makes fresh keys for the committer's leaf and filtered direct path, and puts their public part into the staged tree. */
export function preparePath(suite: CipherSuite, tree: KemTree, request: PathRequest): PreparedPath {
  const { leaf, current, changes = {}, signer, groupId } = request
  const path = filteredDirectPath(tree, leaf)
  const recipients = pathRecipients(tree, path, request.added)
  const first = randomBytes(suite.random, suite.kdf.length)
  const derived = wipingAfter([first], () => derivePath(suite, first, path.nodes.length))
  const leafPair = suite.kem.generateKeyPair()
  try {
    const publicKeys = derived.keyPairs.map(({ publicKey }) => publicKey)
    const hashes = pathParentHashes(suite, tree, path, publicKeys)
    const { signatureKey, credential, capabilities, extensions } = { ...current, ...changes }
    const content = {
      encryptionKey: leafPair.publicKey,
      signatureKey,
      credential,
      capabilities,
      leafNodeSource: 'commit',
      parentHash: hashes.leaf,
      extensions,
    } as const
    const leafNode = signLeaf(suite, signer, content, { groupId, leafIndex: leaf })
    tree.applyPath({ path, leafNode, publicKeys, parentHashes: hashes.nodes })
    return new PreparedPath({ suite, path, leafNode, derived, leafPair, recipients })
  } catch (error) {
    wipeDerivedPath(derived)
    wipe(leafPair.privateKey)
    throw error
  }
}
