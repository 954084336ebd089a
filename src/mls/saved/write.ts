/** A member's state, piece by piece, as records. Their values are copies, for whoever asks for them to wipe. */
import { concat, fromHex } from '../../base/bytes.ts'
import { wipe } from '../../base/secret.ts'
import { encode } from '../../codec/codec.ts'
import type { LeafIndex, NodeIndex } from '../../tree/math.ts'
import type { TreeStore } from '../../tree/store.ts'
import type { Epoch, PastEpoch } from '../epoch.ts'
import type { GroupCore } from '../group-core.ts'
import { type EpochSecrets, SECRET_NAMES } from '../key-schedule.ts'
import type { StoredProposal } from '../proposal-cache.ts'
import type { Ratchets } from '../secret-tree.ts'
import type { SavedRecord } from './cursor.ts'
import * as keys from './keys.ts'
import { EpochPart, Place } from './keys.ts'
import { saveRequest } from './requests.ts'
import * as structs from './structs.ts'

const compareHex = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1)
const rising = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b)

/** What there is once. */
export function stateRecord({ leaf, status, epoch, tree, reinit }: GroupCore): SavedRecord {
  const state = { leaf, status, epoch: epoch.number, leafCount: tree.leafCount, reinit }
  return { key: keys.stateKey(), value: encode(structs.SavedState, state) }
}

// the encryption secret is the root of the secret tree: it is saved there
const secretsOf = (secrets: EpochSecrets): (Uint8Array | undefined)[] =>
  SECRET_NAMES.map(name => (name === 'encryption' || secrets[name].wiped ? undefined : secrets[name].bytes))

/** An epoch without its secret tree. */
export function epochRecord({
  number,
  context,
  interimTranscriptHash,
  confirmationTag,
  leaves,
  secrets,
}: Epoch): SavedRecord {
  const saved = {
    context: context.context,
    interimTranscriptHash,
    confirmationTag,
    leaves,
    secrets: secretsOf(secrets),
  }
  return { key: keys.epochPartKey(number, EpochPart.core), value: encode(structs.SavedEpoch, saved) }
}

/** The signature keys that the epoch after it has changed. */
export function replacedRecord({ number }: Epoch, replaced: PastEpoch['replaced']): SavedRecord {
  const list = [...replaced].sort(([a], [b]) => a - b).map(([leaf, signatureKey]) => ({ leaf, signatureKey }))
  return { key: keys.epochPartKey(number, EpochPart.replaced), value: encode(structs.SavedReplaced, list) }
}

/** The secret of a subtree that nobody has sent from. */
export const subtreeRecord = (epoch: bigint, node: number, secret: Uint8Array): SavedRecord => ({
  key: keys.epochPartKey(epoch, EpochPart.subtree, node),
  value: secret.slice(),
})

const savedRatchet = ({ secret, generation, kept }: Ratchets['handshake']) => ({
  secret,
  generation: BigInt(generation),
  kept: [...kept.values()],
})

/** The ratchets of a sender. */
export const ratchetsRecord = (epoch: bigint, leaf: number, { handshake, application }: Ratchets): SavedRecord => ({
  key: keys.epochPartKey(epoch, EpochPart.ratchets, leaf),
  value: encode(structs.SavedRatchets, { handshake: savedRatchet(handshake), application: savedRatchet(application) }),
})

/** The secret tree of an epoch. */
export function* secretTreeRecords(epoch: Epoch): Generator<SavedRecord> {
  if (!epoch.isReadable) return
  const { subtrees, ratchets } = epoch.secretTree.parts
  for (const node of rising(subtrees.keys())) yield subtreeRecord(epoch.number, node, subtrees.get(node)!)
  for (const leaf of rising(ratchets.keys())) yield ratchetsRecord(epoch.number, leaf, ratchets.get(leaf)!)
}

/** The epochs that are known, from the oldest to the present one, which after leaving is over too. */
export function* knownEpochs({
  past,
  epoch,
}: GroupCore): Generator<{ epoch: Epoch; replaced: PastEpoch['replaced'] | undefined }> {
  yield* past.epochs
  if (!past.epochs.some(known => known.epoch === epoch)) yield { epoch, replaced: undefined }
}

/** A node of the tree; undefined where it is blank. */
export function nodeRecord(store: TreeStore, node: NodeIndex): SavedRecord | undefined {
  const encryptionKey = store.publicKeyAt(node)
  if (encryptionKey === undefined) return undefined
  const value =
    (node & 1) === 0
      ? encode(structs.SavedNode, { kind: 'leaf', leafNode: store.leafAt((node >>> 1) as LeafIndex)! })
      : encode(structs.SavedNode, {
          kind: 'parent',
          encryptionKey,
          parentHash: store.parentHashAt(node),
          unmergedLeaves: [...store.unmergedLeaves(node)],
        })
  return { key: keys.nodeKey(node), value }
}

/** All nodes that are not blank. */
export function* nodeRecords(store: TreeStore): Generator<SavedRecord> {
  for (let node = 0; node < 2 * store.leafCount - 1; node++) {
    const record = nodeRecord(store, node as NodeIndex)
    if (record !== undefined) yield record
  }
}

/** The private keys of nodes. */
export function* heldRecords({ held }: GroupCore): Generator<SavedRecord> {
  for (const node of rising(held.nodes())) {
    yield { key: keys.heldKey(node), value: encode(structs.SavedKeyPair, held.at(node as NodeIndex)!) }
  }
}

/** The resumption keys. */
export function* resumptionRecords({ resumption }: GroupCore): Generator<SavedRecord> {
  for (const [epoch, key] of resumption.keys)
    yield { key: keys.epochKey(Place.resumption, epoch), value: key.bytes.slice() }
}

/** A received proposal. */
export function proposalRecord({ cached, order, setAside }: StoredProposal): SavedRecord {
  const { ref, proposal, sender } = cached
  const saved = { ref, proposal, sender, setAside: setAside ? 1 : 0 }
  return { key: keys.proposalKey(order), value: encode(structs.SavedProposal, saved) }
}

/** What this member proposed itself, and the messages that it did it by. */
export function* ownRecords({ own, sent }: GroupCore): Generator<SavedRecord> {
  for (const [name, { request, update }] of [...own].sort(compareHex)) {
    const saved = {
      request: saveRequest(request),
      update: update && { pair: update.pair, signer: update.signer?.publicKey },
    }
    yield { key: keys.digestKey(Place.ownProposal, fromHex(name)), value: encode(structs.SavedOwnProposal, saved) }
  }
  for (const [name, { ref, message }] of [...sent].sort(compareHex)) {
    yield { key: keys.digestKey(Place.sentProposal, fromHex(name)), value: concat(ref, message) }
  }
}

/** The commit that waits to be accepted, and what its Welcome is made of. */
export function* pendingRecords({ pending }: GroupCore): Generator<SavedRecord> {
  if (pending === undefined) return
  const { signed, message, transition, invitation } = pending.created
  const { epoch, newKeys, signer } = transition
  const encryption = epoch.secretTree.parts.subtrees.get(epoch.leaves - 1)
  const secrets = SECRET_NAMES.map(name => (name === 'encryption' ? encryption : epoch.secrets[name].bytes))
  const saved = {
    content: signed,
    message,
    requests: pending.requests.map(saveRequest),
    newKeys: [...newKeys.pairs].sort(([a], [b]) => a - b).map(([node, pair]) => ({ node, pair })),
    secrets,
    signer: signer?.publicKey,
  }
  yield { key: keys.pendingKey(), value: encode(structs.SavedPending, saved) }
  if (invitation === undefined) return
  const { joinerSecret, welcomeSecret, pathSecrets } = invitation
  const invited = {
    ...invitation,
    joinerSecret: joinerSecret.bytes,
    welcomeSecret: welcomeSecret.bytes,
    pathSecrets: pathSecrets?.bytes,
  }
  yield { key: keys.invitationKey(), value: encode(structs.SavedInvitation, invited) }
}

/** All records of a state in the order of their keys. */
export function* allRecords(core: GroupCore): Generator<SavedRecord> {
  yield stateRecord(core)
  for (const { epoch, replaced } of knownEpochs(core)) {
    yield epochRecord(epoch)
    if (replaced !== undefined) yield replacedRecord(epoch, replaced)
    yield* secretTreeRecords(epoch)
  }
  yield* nodeRecords(core.tree.store)
  yield* heldRecords(core)
  yield* resumptionRecords(core)
  for (const order of core.cache.orders()) yield proposalRecord(core.cache.at(order)!)
  yield* ownRecords(core)
  yield* pendingRecords(core)
}

/** Wipes each value when the next one is asked for. */
export function* wipingEach(records: Iterable<SavedRecord>): Generator<SavedRecord> {
  for (const record of records) {
    yield record
    wipe(record.value)
  }
}
