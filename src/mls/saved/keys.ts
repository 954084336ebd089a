/** The places of a saved state: what each record is called. Numbers are big-endian, so that the order of keys is the order of numbers. */
import type { NodeIndex } from '../../tree/math.ts'
import type { KeySpan } from './cursor.ts'
import { refuseSaved } from './refuse.ts'

/** The first byte of a key. */
export const Place = {
  state: 1,
  epoch: 2,
  node: 3,
  heldKey: 4,
  resumption: 5,
  proposal: 6,
  ownProposal: 7,
  sentProposal: 8,
  pending: 9,
  invitation: 10,
} as const

/** What an epoch consists of. */
export const EpochPart = { core: 1, replaced: 2, subtree: 3, ratchets: 4 } as const

/** The parts of an epoch that make up its secret tree. */
export const SECRET_TREE_PARTS = [EpochPart.subtree, EpochPart.ratchets] as const

/** The keys of all places, as prefixes. */
export const EVERY_PLACE: readonly Uint8Array[] = Object.values(Place).map(place => Uint8Array.of(place))

export const stateKey = (): Uint8Array => Uint8Array.of(Place.state)
export const pendingKey = (): Uint8Array => Uint8Array.of(Place.pending)
export const invitationKey = (): Uint8Array => Uint8Array.of(Place.invitation)

function numbered(place: number, number: number): Uint8Array {
  const key = new Uint8Array(5)
  key[0] = place
  new DataView(key.buffer).setUint32(1, number)
  return key
}

export const nodeKey = (node: number): Uint8Array => numbered(Place.node, node)
export const heldKey = (node: number): Uint8Array => numbered(Place.heldKey, node)
export const proposalKey = (order: number): Uint8Array => numbered(Place.proposal, order)

/** The prefix of all that belongs to one epoch, or the key of its resumption secret. */
export function epochKey(place: typeof Place.epoch | typeof Place.resumption, epoch: bigint): Uint8Array {
  const key = new Uint8Array(9)
  key[0] = place
  new DataView(key.buffer).setBigUint64(1, epoch)
  return key
}

/** Core and replaced keys have no index; the parts of the secret tree do. */
export function epochPartKey(epoch: bigint, part: number, index?: number): Uint8Array {
  const key = new Uint8Array(index === undefined ? 10 : 14)
  key.set(epochKey(Place.epoch, epoch))
  key[9] = part
  if (index !== undefined) new DataView(key.buffer).setUint32(10, index)
  return key
}

/** A place that is named by a digest. */
export function digestKey(place: typeof Place.ownProposal | typeof Place.sentProposal, digest: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + digest.length)
  key[0] = place
  key.set(digest, 1)
  return key
}

/** The number in a key of this length. */
export function numberIn(key: Uint8Array, at: number, length: number): number {
  if (key.length !== length) throw refuseSaved('a key has the wrong length')
  return new DataView(key.buffer, key.byteOffset, key.length).getUint32(at)
}

/** The node in a key where it lies. */
export function nodeIn({ bytes, keyStart: at, keyEnd }: KeySpan): NodeIndex {
  if (keyEnd - at !== 5) throw refuseSaved('a key has the wrong length')
  return (((bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!) >>> 0) as NodeIndex
}

/** The epoch in a key. */
export function epochIn(key: Uint8Array): bigint {
  if (key.length < 9) throw refuseSaved('a key is too short')
  return new DataView(key.buffer, key.byteOffset, key.length).getBigUint64(1)
}
