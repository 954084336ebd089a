/** RFC 9420 section 12.4.3.1, Joining via Welcome Message: everything a newcomer receives is checked before it is in. */
import { copyOf, equalConstantTime, equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { wipingAfter } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { directPath, type LeafIndex, nodeOfLeaf } from '../tree/math.ts'
import { Epoch } from './epoch.ts'
import type { Settings } from './group-config.ts'
import { type GroupInfo, type ReceivedGroupInfo, receiveGroupInfo } from './group-info.ts'
import type { GroupTree } from './group-tree.ts'
import { HeldKeys } from './held-keys.ts'
import type { OwnKeyPackage } from './key-package-create.ts'
import {
  confirmationTag,
  deriveFromJoiner,
  type EpochSecrets,
  welcomeKey,
  welcomeSecretOf,
  wipeEpoch,
  wipeWelcomeKey,
} from './key-schedule.ts'
import { LeafNode } from './leaf-node.ts'
import { loadGroup } from './load-group.ts'
import { keysFromWelcome } from './process-path.ts'
import { PreSharedKeyIDs } from './psk.ts'
import { mixPsks, type PskSource } from './resumption.ts'
import { interimTranscriptHash } from './transcript-hash.ts'
import type { HPKECiphertext } from './update-path.ts'
import { GroupSecrets } from './welcome.ts'
import { scanWelcome } from './welcome-scan.ts'

/** What a client needs to join by a Welcome. */
export interface WelcomeParts {
  readonly suite: CipherSuite
  readonly settings: Settings
  /** The client's key packages that may be the one used. They stay the caller's. */
  readonly keyPackages: readonly OwnKeyPackage[]
  readonly signer: Signer
  /** The encoded tree, where the Welcome does not carry it. */
  readonly ratchetTree: Uint8Array | undefined
  readonly findPsk: PskSource
  /** Whether the client is in a group with this name already. */
  readonly isKnown: (groupId: Uint8Array) => boolean
}

/** A newcomer's first state. */
export interface JoinedGroup {
  readonly tree: GroupTree
  readonly leaf: LeafIndex
  readonly held: HeldKeys
  readonly epoch: Epoch
  readonly keyPackage: OwnKeyPackage
  readonly secrets: Pick<GroupSecrets, 'psks'>
}

interface FoundEntry {
  readonly keyPackage: OwnKeyPackage
  readonly ciphertext: HPKECiphertext
  readonly encryptedGroupInfo: Uint8Array
}

/** Finds the entry of one of the client's key packages. */
function findEntry(message: Uint8Array, { suite, keyPackages }: WelcomeParts): FoundEntry {
  const scanned = scanWelcome(message, ref => keyPackages.find(own => equalPublic(own.ref, ref)))
  const { cipherSuite, found, encryptedGroupInfo } = scanned
  // copath-mls-12.4.3.1-01: the Welcome is of the suite of the key package
  if (cipherSuite !== suite.id) throw new RejectedError('wrong-suite', { rule: 'copath-mls-12.4.3.1-01', cipherSuite })
  // copath-mls-12.4.3.1-02: one of the entries is for this client
  if (found === undefined) throw new RejectedError('no-key-package', { rule: 'copath-mls-12.4.3.1-02' })
  return { keyPackage: found.own, ciphertext: found.ciphertext, encryptedGroupInfo }
}

function refuse(rule: string, details: Record<string, string | number> = {}): RejectedError {
  return new RejectedError('invalid-welcome', { rule, ...details })
}

/** copath-mls-12.4.3.1-03: at most one pre-shared key continues another group; copath-mls-12.4.3.1-09: nonces are as long as the KDF says. */
function checkPsks({ suite }: WelcomeParts, { psks }: GroupSecrets): void {
  const continuing = psks.filter(id => id.psktype === 'resumption' && id.usage !== 'application')
  if (continuing.length > 1) throw refuse('copath-mls-12.4.3.1-03')
  if (psks.some(({ pskNonce }) => pskNonce.length !== suite.kdf.length)) throw refuse('copath-mls-12.4.3.1-09')
}

function openGroupSecrets(suite: CipherSuite, { keyPackage, ciphertext, encryptedGroupInfo }: FoundEntry): Uint8Array {
  return suite.labels.decryptWithLabel(keyPackage.initKeys, 'Welcome', encryptedGroupInfo, ciphertext)
}

function openGroupInfo(
  suite: CipherSuite,
  joinerSecret: Uint8Array,
  psk: Uint8Array,
  encrypted: Uint8Array,
): ReceivedGroupInfo {
  const welcomeSecret = welcomeSecretOf(suite, joinerSecret, psk)
  const key = wipingAfter([welcomeSecret.bytes], () => welcomeKey(suite, welcomeSecret.bytes))
  try {
    return receiveGroupInfo(suite.aead.open(key.key, key.nonce, new Uint8Array(0), encrypted))
  } finally {
    wipeWelcomeKey(key)
  }
}

/** copath-mls-12.4.3.1-05: the tree has the leaf of the key package. */
function ownLeaf(tree: GroupTree, { keyPackage }: OwnKeyPackage): LeafIndex {
  const leaf = tree.store.findSignatureKey(keyPackage.leafNode.signatureKey)
  const bytes = leaf === undefined ? undefined : tree.store.leafAt(leaf)
  if (bytes === undefined || !equalPublic(bytes, encode(LeafNode, keyPackage.leafNode))) {
    throw refuse('copath-mls-12.4.3.1-05')
  }
  return leaf!
}

/**
 * copath-mls-12.4.3.1-10: the newcomer has the keys of the nodes above it, but for those that do not count on its leaf yet.
 * Without them it could not follow the next commit.
 */
function checkComplete(tree: GroupTree, held: HeldKeys): void {
  const { store } = tree
  for (const node of directPath(nodeOfLeaf(held.leaf), store.leafCount)) {
    if (store.isBlank(node) || held.at(node) !== undefined) continue
    if (!store.unmergedLeaves(node).includes(held.leaf)) throw refuse('copath-mls-12.4.3.1-10', { node })
  }
}

/** The private keys that a newcomer has: its leaf's, and those that the path secret gives. */
function heldBy(
  suite: CipherSuite,
  tree: GroupTree,
  {
    keyPackage,
    leaf,
    committer,
    secrets,
  }: { keyPackage: OwnKeyPackage; leaf: LeafIndex; committer: number; secrets: GroupSecrets },
): HeldKeys {
  const { privateKey, publicKey } = keyPackage.leafKeys
  // applications that keep key packages by themselves may give a Buffer, of which slice is no copy, and wipe it
  const held = new HeldKeys(leaf, { privateKey: copyOf(privateKey), publicKey: copyOf(publicKey) })
  try {
    if (secrets.pathSecret !== undefined) {
      // copath-mls-12.4.3.1-06: a path secret is of another member's path, and gives the keys that are in the tree
      if (committer === leaf) throw refuse('copath-mls-12.4.3.1-06', { leaf })
      const { pathSecret } = secrets.pathSecret
      const staged = tree.stage()
      held.adopt(keysFromWelcome(suite, staged, { leaf, committer: committer as LeafIndex, pathSecret }), staged)
    }
    checkComplete(tree, held)
    return held
  } catch (error) {
    held.wipe()
    throw error
  }
}

/** copath-mls-12.4.3.1-07: the confirmation tag shows that the secrets belong to this epoch. */
function checkTag(suite: CipherSuite, secrets: EpochSecrets, info: GroupInfo): void {
  const expected = confirmationTag(suite, secrets, info.groupContext.confirmedTranscriptHash)
  if (equalConstantTime(expected, info.confirmationTag)) return
  wipeEpoch(secrets)
  throw new RejectedError('invalid-confirmation-tag', { rule: 'copath-mls-12.4.3.1-07' })
}

function enter(parts: WelcomeParts, entry: FoundEntry, secrets: GroupSecrets): JoinedGroup {
  const { suite, settings, findPsk, isKnown, ratchetTree } = parts
  const { joinerSecret, psks } = secrets
  const { keyPackage } = entry
  const pskSecret = mixPsks(suite, psks, findPsk)
  return wipingAfter([pskSecret], () => {
    const info = openGroupInfo(suite, joinerSecret, pskSecret, entry.encryptedGroupInfo)
    // copath-mls-12.4.3.1-08: the client is not in a group of that name
    if (isKnown(info.groupContext.groupId)) throw refuse('copath-mls-12.4.3.1-08')
    const { tree, context } = loadGroup(parts, info, ratchetTree)
    const leaf = ownLeaf(tree, keyPackage)
    const { encoded } = context
    const { secrets: derived, welcomeSecret } = deriveFromJoiner(suite, joinerSecret, {
      pskSecret,
      groupContext: encoded,
    })
    welcomeSecret.wipe()
    checkTag(suite, derived, info)
    try {
      const held = heldBy(suite, tree, { keyPackage, leaf, committer: info.signer, secrets })
      const { confirmationTag: tag, groupContext } = info
      const interim = interimTranscriptHash(suite, groupContext.confirmedTranscriptHash, tag)
      const epochParts = {
        context,
        secrets: derived,
        interimTranscriptHash: interim,
        confirmationTag: tag,
        leaves: tree.leafCount,
      }
      return {
        tree,
        leaf,
        held,
        epoch: new Epoch(suite, epochParts, settings.ratchetLimits),
        keyPackage,
        secrets: { psks },
      }
    } catch (error) {
      wipeEpoch(derived)
      throw error
    }
  })
}

/** Joins by a Welcome message. Nothing is kept where anything is wrong. */
export function joinByWelcome(message: Uint8Array, parts: WelcomeParts): JoinedGroup {
  const entry = findEntry(message, parts)
  // copath-mls-6.1-08: what it says in the group is signed by the key that the group knows
  if (!equalPublic(parts.signer.publicKey, entry.keyPackage.keyPackage.leafNode.signatureKey)) {
    throw new UsageError('wrong-argument', { expected: 'the signer of the key package' })
  }
  const plaintext = openGroupSecrets(parts.suite, entry)
  return wipingAfter([plaintext], () => {
    const secrets = decode(GroupSecrets, plaintext)
    checkPsks(parts, secrets)
    // what outlives the plaintext must not be a view of it
    const psks = decode(PreSharedKeyIDs, encode(PreSharedKeyIDs, secrets.psks))
    return enter(parts, entry, { ...secrets, psks })
  })
}
