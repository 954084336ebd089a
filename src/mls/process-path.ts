/** RFC 9420 sections 7.5 and 12.4.2, everybody but the committer: checking an update path, applying it, learning its secrets. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { type SecretBytes, wipingAfter } from '../base/secret.ts'
import type { KeyPair } from '../crypto/kem.ts'
import { checkKemPublicKey } from '../crypto/public-keys.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { isInSubtree, type LeafIndex, type NodeIndex, nodeOfLeaf } from '../tree/math.ts'
import { type FilteredPath, filteredDirectPath } from '../tree/resolution.ts'
import { type HeldKeys, NewKeys, type PublicKeys } from './held-keys.ts'
import { type DerivedPath, derivePath, wipeDerivedPath } from './path-secrets.ts'
import { type KemTree, pathParentHashes, pathRecipients } from './treekem.ts'
import type { HPKECiphertext, UpdatePath } from './update-path.ts'

/** An update path that has been checked and is in the staged tree. */
export interface AppliedPath {
  readonly path: FilteredPath
  readonly update: UpdatePath
  /** Whom each node's secret was encrypted to. */
  readonly recipients: readonly (readonly NodeIndex[])[]
}

/** What a member learns from an update path. The caller owns both and wipes what it does not keep. */
export interface LearntSecrets {
  readonly commitSecret: SecretBytes
  readonly newKeys: NewKeys
}

/** The path has a node for each of the filtered direct path, and for each a ciphertext for every recipient. */
function checkCounts(path: FilteredPath, recipients: AppliedPath['recipients'], update: UpdatePath): void {
  if (update.nodes.length !== path.nodes.length) {
    throw new RejectedError('wrong-path-length', { expected: path.nodes.length, got: update.nodes.length })
  }
  update.nodes.forEach(({ encryptedPathSecret }, i) => {
    const expected = recipients[i]!.length
    const got = encryptedPathSecret.length
    if (got !== expected) throw new RejectedError('wrong-ciphertext-count', { node: path.nodes[i]!, expected, got })
  })
}

/** Every ciphertext has the length that the suite makes, so that members agree about the path even where they cannot open it. */
function checkCiphertexts({ kem, kdf, aead }: CipherSuite, path: FilteredPath, update: UpdatePath): void {
  const length = kdf.length + aead.tagLength
  update.nodes.forEach(({ encryptedPathSecret }, i) => {
    for (const { kemOutput, ciphertext } of encryptedPathSecret) {
      if (kemOutput.length !== kem.outputLength || ciphertext.length !== length) {
        throw new RejectedError('wrong-ciphertext-length', { node: path.nodes[i]! })
      }
    }
  })
}

/** The keys have the right form and occur nowhere else, neither in the path nor in the tree. */
function checkKeys(suite: CipherSuite, tree: KemTree, path: FilteredPath, update: UpdatePath): void {
  const keys = [update.leafNode.encryptionKey, ...update.nodes.map(({ encryptionKey }) => encryptionKey)]
  keys.forEach((key, i) => {
    const where = { node: i === 0 ? nodeOfLeaf(path.leaf) : path.nodes[i - 1]! }
    checkKemPublicKey(suite.kem, key, where)
    const repeated = keys.slice(0, i).some(other => equalPublic(other, key))
    if (repeated || tree.usesEncryptionKey(key)) {
      throw new RejectedError('duplicate-key', { ...where, field: 'encryption_key' })
    }
  })
}

/**
 * Checks an update path against the tree after the commit's proposals, and puts its public part in. The new leaf is
 * validated by itself (section 7.3) but for its parent hash. On refusal the tree is as it was.
 */
export function applyUpdatePath(
  suite: CipherSuite,
  tree: KemTree,
  update: UpdatePath,
  { sender, added }: { readonly sender: LeafIndex; readonly added: ReadonlySet<number> },
): AppliedPath {
  const { leafNode, nodes } = update
  if (leafNode.leafNodeSource !== 'commit') {
    throw new RejectedError('wrong-leaf-source', { expected: 'commit', got: leafNode.leafNodeSource })
  }
  const path = filteredDirectPath(tree, sender)
  const recipients = pathRecipients(tree, path, added)
  checkCounts(path, recipients, update)
  checkCiphertexts(suite, path, update)
  checkKeys(suite, tree, path, update)
  const publicKeys = nodes.map(({ encryptionKey }) => encryptionKey)
  const hashes = pathParentHashes(suite, tree, path, publicKeys)
  if (!equalPublic(hashes.leaf, leafNode.parentHash)) {
    throw new RejectedError('wrong-parent-hash', { node: nodeOfLeaf(sender) })
  }
  tree.applyPath({ path, leafNode, publicKeys, parentHashes: hashes.nodes })
  return { path, update, recipients }
}

interface OwnCiphertext {
  /** The place in the filtered direct path of the node whose secret it is. */
  readonly place: number
  readonly pair: KeyPair
  readonly ciphertext: HPKECiphertext
}

/** The one ciphertext that a member opens: of the lowest node it shares with the sender, for a node whose key it holds. */
function findOwn({ path, update, recipients }: AppliedPath, held: HeldKeys): OwnCiphertext {
  const own = nodeOfLeaf(held.leaf)
  const place = path.copath.findIndex(node => isInSubtree(own, node))
  const nodes = recipients[place] ?? []
  for (let k = 0; k < nodes.length; k++) {
    const node = nodes[k]!
    const pair = isInSubtree(own, node) ? held.at(node) : undefined
    if (pair !== undefined) return { place, pair, ciphertext: update.nodes[place]!.encryptedPathSecret[k]! }
  }
  throw new UsageError('no-path-key', { leaf: held.leaf })
}

/** Derives the rest of a path from one of its secrets and compares the keys with those that were announced. */
function deriveAndCheck(
  suite: CipherSuite,
  secret: Uint8Array,
  nodes: readonly NodeIndex[],
  tree: PublicKeys,
): DerivedPath {
  if (secret.length !== suite.kdf.length) throw new RejectedError('wrong-path-secret', { length: secret.length })
  const derived = derivePath(suite, secret, nodes.length)
  const wrong = nodes.find((node, i) => {
    const announced = tree.publicKeyAt(node)
    return announced === undefined || !equalPublic(announced, derived.keyPairs[i]!.publicKey)
  })
  if (wrong === undefined) return derived
  wipeDerivedPath(derived)
  throw new RejectedError('wrong-path-secret', { node: wrong })
}

function learnt(nodes: readonly NodeIndex[], derived: DerivedPath): LearntSecrets {
  derived.secrets.wipe()
  const pairs = new Map(nodes.map((node, i) => [node, derived.keyPairs[i]!] as const))
  return { commitSecret: derived.commitSecret, newKeys: new NewKeys(pairs) }
}

/**
 * Decrypts the one path secret that is meant for this member and derives what follows. `tree` has the path applied, and
 * `groupContext` is the provisional one, encoded. `held` stays as it is.
 */
export function openUpdatePath(
  suite: CipherSuite,
  tree: PublicKeys,
  applied: AppliedPath,
  { held, groupContext }: { readonly held: HeldKeys; readonly groupContext: Uint8Array },
): LearntSecrets {
  const { place, pair, ciphertext } = findOwn(applied, held)
  const secret = suite.labels.decryptWithLabel(pair, 'UpdatePathNode', groupContext, ciphertext)
  const nodes = applied.path.nodes.slice(place)
  return wipingAfter([secret], () => learnt(nodes, deriveAndCheck(suite, secret, nodes, tree)))
}

/**
 * Section 12.4.3.1: what a new member derives from the path secret in its welcome message, given the tree that it joins.
 * The commit secret is wiped: the key schedule of a new member starts after it.
 */
export function keysFromWelcome(
  suite: CipherSuite,
  tree: KemTree,
  {
    leaf,
    committer,
    pathSecret,
  }: { readonly leaf: LeafIndex; readonly committer: LeafIndex; readonly pathSecret: Uint8Array },
): NewKeys {
  const path = filteredDirectPath(tree, committer)
  const place = path.copath.findIndex(node => isInSubtree(nodeOfLeaf(leaf), node))
  if (place < 0) throw new UsageError('wrong-argument', { expected: 'a leaf other than the committer', leaf })
  const nodes = path.nodes.slice(place)
  const { commitSecret, newKeys } = learnt(nodes, deriveAndCheck(suite, pathSecret, nodes, tree))
  commitSecret.wipe()
  return newKeys
}
