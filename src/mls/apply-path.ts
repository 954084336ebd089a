/** RFC 9420 sections 7.5 and 12.4.2: checking an update path and applying its public part. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import type { Packed } from '../codec/packed.ts'
import { checkKemPublicKey } from '../crypto/public-keys.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { type LeafIndex, type NodeIndex, nodeOfLeaf } from '../tree/math.ts'
import { type FilteredPath, filteredDirectPath } from '../tree/resolution.ts'
import { type KemTree, pathParentHashes, pathRecipients } from './treekem.ts'
import type { HPKECiphertext, UpdatePath } from './update-path.ts'

/** An update path that has been checked and is in the staged tree. */
export interface AppliedPath {
  readonly path: FilteredPath
  readonly update: UpdatePath
  /** Whom each node's secret was encrypted to. */
  readonly recipients: readonly (readonly NodeIndex[])[]
}

/** The path has copath-mls-7.6-01: a node for each of the filtered direct path, and copath-mls-7.6-02: for each a ciphertext for every recipient. */
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

/** Whether all ciphertexts have these lengths: told from what stands before their parts. */
function haveLengths(list: Packed<HPKECiphertext>, kemOutput: number, ciphertext: number): boolean {
  const reader = list.reader()
  while (reader.at < reader.limit) {
    if (reader.length() !== kemOutput) return false
    reader.step(kemOutput)
    if (reader.length() !== ciphertext) return false
    reader.step(ciphertext)
  }
  return true
}

/** copath-mls-7.6-03: every ciphertext has the length that the suite makes, so that members agree about the path even where they cannot open it. */
function checkCiphertexts({ kem, kdf, aead }: CipherSuite, path: FilteredPath, update: UpdatePath): void {
  const length = kdf.length + aead.tagLength
  update.nodes.forEach(({ encryptedPathSecret }, i) => {
    if (!haveLengths(encryptedPathSecret, kem.outputLength, length)) {
      throw new RejectedError('wrong-ciphertext-length', { node: path.nodes[i]! })
    }
  })
}

/** The keys have copath-mls-5.1.1-01: the right form, and copath-mls-7.3-03: occur nowhere else, neither in the path nor in the tree. */
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
 * Checks an update path against the tree after the commit's proposals, and puts its public part in. copath-mls-12.4.2-08: its leaf
 * was made by a commit; copath-mls-12.4.2-09: its keys are at no other node. The new leaf is validated by itself (section 7.3) but
 * for its parent hash. On refusal the tree is as it was.
 */
export function applyUpdatePath(
  suite: CipherSuite,
  tree: KemTree,
  update: UpdatePath,
  { sender, added }: { readonly sender: LeafIndex; readonly added: ReadonlySet<number> },
): AppliedPath {
  const { leafNode, nodes } = update
  // copath-mls-7.3-09: the leaf was made for a path
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
  // copath-mls-7.9.2-02: and is tied to the nodes above it
  if (!equalPublic(hashes.leaf, leafNode.parentHash)) {
    throw new RejectedError('wrong-parent-hash', { node: nodeOfLeaf(sender) })
  }
  tree.applyPath({ path, leafNode, publicKeys, parentHashes: hashes.nodes })
  return { path, update, recipients }
}
