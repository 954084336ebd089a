/** docs/persistence.md: the places of a saved group's records, what stands there, and which of it may be shown. */
import { toHex } from '../../../base/bytes.ts'
import type { Inside } from '../../../codec/annotate.ts'
import type { Codec } from '../../../codec/codec.ts'
import { KeyPackage } from '../../../mls/key-package.ts'
import { SECRET_NAMES } from '../../../mls/key-schedule.ts'
import { LeafNode } from '../../../mls/leaf-node.ts'
import { MLSMessage } from '../../../mls/message.ts'
import { EpochPart, Place } from '../../../mls/saved/keys.ts'
import * as structs from '../../../mls/saved/structs.ts'
import { RatchetTree } from '../../../mls/tree-structs.ts'

/** Where a record belongs. */
export interface Placed {
  /** What there is at this place, for people; records are counted under it. */
  readonly place: string
  /** Which of them it is; empty where there is one only. */
  readonly which: string
  /** What its value is. Without a codec it is the bytes of a secret, or of something unknown, or of a reference. */
  readonly codec?: Codec<unknown>
  /** How a value without a codec is called. */
  readonly raw?: 'secret' | 'proposal_ref'
}

export const STATE = 'state'
export const EPOCHS = 'epochs'
export const LEAVES = 'leaves of the tree'
export const INNER_NODES = 'inner nodes of the tree'
export const UNKNOWN = 'unknown places'

const EPOCH_PARTS = new Map<number, Omit<Placed, 'which'>>([
  [EpochPart.core, { place: EPOCHS, codec: structs.SavedEpoch }],
  [EpochPart.replaced, { place: 'signature keys changed since', codec: structs.SavedReplaced }],
  [EpochPart.subtree, { place: 'secrets of subtrees', raw: 'secret' }],
  [EpochPart.ratchets, { place: 'ratchets of senders', codec: structs.SavedRatchets }],
])

const NAMED_BY_NUMBER = new Map<number, Omit<Placed, 'which'>>([
  [Place.heldKey, { place: 'private keys of nodes', codec: structs.SavedKeyPair }],
  [Place.proposal, { place: 'proposals that wait', codec: structs.SavedProposal }],
])

const NAMED_BY_DIGEST = new Map<number, Omit<Placed, 'which'>>([
  [Place.ownProposal, { place: 'own proposals', codec: structs.SavedOwnProposal }],
  [Place.sentProposal, { place: 'own proposals as they were sent', raw: 'proposal_ref' }],
])

const ONCE = new Map<number, Omit<Placed, 'which'>>([
  [Place.state, { place: STATE, codec: structs.SavedState }],
  [Place.pending, { place: 'commit that waits', codec: structs.SavedPending }],
  [Place.invitation, { place: 'what its Welcome is made of', codec: structs.SavedInvitation }],
])

const EPOCH_PREFIX = 9
const UNKNOWN_PLACE: Placed = { place: UNKNOWN, which: '' }

const viewOf = (key: Uint8Array): DataView => new DataView(key.buffer, key.byteOffset, key.byteLength)

function epochPart(key: Uint8Array): Placed {
  const part = EPOCH_PARTS.get(key[EPOCH_PREFIX]!)
  const isIndexed = part?.raw === 'secret' || part?.codec === structs.SavedRatchets
  if (part === undefined || key.length !== EPOCH_PREFIX + (isIndexed ? 5 : 1)) return UNKNOWN_PLACE
  const epoch = `epoch ${viewOf(key).getBigUint64(1)}`
  if (!isIndexed) return { ...part, which: epoch }
  const index = viewOf(key).getUint32(EPOCH_PREFIX + 1)
  return { ...part, which: `${epoch}, ${part.raw === 'secret' ? 'node' : 'leaf'} ${index}` }
}

/** What a key says about its record. */
export function placeOf(key: Uint8Array): Placed {
  const [first = 0] = key
  if (first === Place.epoch && key.length > EPOCH_PREFIX) return epochPart(key)
  if (first === Place.resumption && key.length === EPOCH_PREFIX) {
    return { place: 'resumption keys', which: `epoch ${viewOf(key).getBigUint64(1)}`, raw: 'secret' }
  }
  const once = ONCE.get(first)
  if (once !== undefined && key.length === 1) return { ...once, which: '' }
  const byDigest = NAMED_BY_DIGEST.get(first)
  if (byDigest !== undefined && key.length > 1) return { ...byDigest, which: `${toHex(key.subarray(1, 5))}…` }
  if (key.length !== 5) return UNKNOWN_PLACE
  const number = viewOf(key).getUint32(1)
  if (first === Place.node) {
    const place = number % 2 === 0 ? LEAVES : INNER_NODES
    return { place, which: number % 2 === 0 ? `leaf ${number / 2}` : `node ${number}`, codec: structs.SavedNode }
  }
  const byNumber = NAMED_BY_NUMBER.get(first)
  return byNumber === undefined ? UNKNOWN_PLACE : { ...byNumber, which: String(number) }
}

/** What a delta that clears a prefix of keys forgets. */
export function clearedBy(prefix: Uint8Array): string {
  const [first = 0] = prefix
  const name = Object.entries(Place).find(([, place]) => place === first)?.[0]
  if (prefix.length === 0 || name === undefined) return 'unknown places'
  if (prefix.length === 1) return `every ${name}`
  if (first !== Place.epoch || prefix.length < EPOCH_PREFIX) return `some of ${name}`
  const part = EPOCH_PARTS.get(prefix[EPOCH_PREFIX] ?? 0)
  return `epoch ${viewOf(prefix).getBigUint64(1)}${part === undefined ? '' : `: ${part.place}`}`
}

/** The byte strings of saved files that are no secrets. All others in structs of the format are: what is forgotten here stays hidden. */
const PUBLIC = new Set([
  'SavedHead.magic',
  'SavedMark.chain',
  'SavedFile.digest',
  'SavedRecord.key',
  'SavedRecord.proposal_ref',
  'SavedEpoch.interim_transcript_hash',
  'SavedEpoch.confirmation_tag',
  'ReplacedKey.signature_key',
  'SavedNode.leaf_node',
  'SavedNode.encryption_key',
  'SavedNode.parent_hash',
  'SavedKeyPair.public_key',
  'SavedProposal.ref',
  'SavedRequest.key_package',
  'SavedRequest.psk_id',
  'SavedRequest.group_id',
  'SavedRequest.signer',
  'SavedRequest.data',
  'SavedLeafChanges.signature_key',
  'SavedUpdate.signer',
  'SavedPending.message',
  'SavedPending.signer',
  'SavedInvitation.signature',
  'SavedFollower.interim_transcript_hash',
  'SavedFollower.ratchet_tree',
])

/** The type of a list of keys: names of places, all of them public. */
export const KEYS = 'SavedKeys'
/** Structs of the format, and the vectors without names in them. */
const OF_THE_FORMAT = /^(?:Saved|ReplacedKey$|optional<Bytes>)/

/** Whether only the length of this byte string of a saved file may be shown. */
export function isSavedSecret(parentType: string, name: string): boolean {
  return OF_THE_FORMAT.test(parentType) && parentType !== KEYS && !PUBLIC.has(`${parentType}.${name}`)
}

const INSIDE = new Map<string, Codec<unknown>>([
  ['SavedNode.leaf_node', LeafNode],
  ['SavedRequest.key_package', KeyPackage],
  ['SavedPending.message', MLSMessage],
  ['SavedFollower.ratchet_tree', RatchetTree],
])

/** What stands inside byte strings of saved structs. */
export function insideOfSaved({ struct, field }: Inside): Codec<unknown> | undefined {
  return INSIDE.get(`${struct}.${field}`)
}

/** The names of an epoch's secrets, in the order in which they are saved, as RFC 9420 section 8 writes them. */
export const NAMES_OF_SECRETS: readonly string[] = SECRET_NAMES.map(
  name => `${name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}`,
)
