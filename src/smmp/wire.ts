/** SMMP: what travels. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { named, opaque, opaqueOf, optional, uint16, uint64 } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { type Bytes, KEY, NONCE } from './suite.ts'

const key = opaqueOf(KEY)
/** Fresh for every message: one that got no place and one sent instead must not share keys. */
export const SALT = 16

export const SmmpType = enumeration('SmmpType', {
  organizer_hello: 1,
  participant_keys: 2,
  ratchet_key: 3,
  masked_share: 4,
  confirm: 5,
  group_message: 6,
  housekeeping: 7,
})
export type SmmpType = ValueOf<typeof SmmpType>

/** What an echo server reads: whom a packet is for. An empty `to` means everyone else. */
export const Routed = struct('Routed', { to: opaque, type: SmmpType, packet: opaque })
export type Routed = ValueOf<typeof Routed>

export const OrganizerHello = struct('OrganizerHello', { u: key, w: key, n: uint16, index: uint16 })
export const ParticipantKeys = struct('ParticipantKeys', { index: uint16, b: key, k: key })
export const RatchetKey = struct('RatchetKey', { index: uint16, r: key })
export const MaskedShare = struct('MaskedShare', { index: uint16, g: key })
/** Fixed profile: what the sender got for a master key, and its own share of the first root key, in a box for each other member. */
export const Confirm = struct('Confirm', { index: uint16, tag: key, boxes: opaque })

/** An AEAD ciphertext under a random nonce. */
export const Box = struct('Box', { nonce: opaqueOf(NONCE), ciphertext: opaque })
export type Box = ValueOf<typeof Box>

export const Header = struct('Header', { sender: uint16, maskedR: key })
/** Historical profile: one for each recipient; the MAC is over both boxes as they are here. */
export const GroupMessage = struct('GroupMessage', { header: Box, body: Box, mac: key })
export const Boxes = struct('Boxes', { header: Box, body: Box })
export const Housekeeping = struct('Housekeeping', { box: Box, mac: key })
/** Historical profile: a message for one member, inside a housekeeping box. */
export const PrivateContent = struct('PrivateContent', { sender: uint16, ownS: key, theirS: key, t: key, box: Box })

/** What happens to a group as a whole. */
export const FixedKind = enumeration('FixedKind', { text: 1, leave: 2, reinit: 3 })
export type FixedKind = ValueOf<typeof FixedKind>
/** Fixed profile: what is encrypted. The digest stands in every 16th message. */
export const FixedContent = struct('FixedContent', {
  kind: FixedKind,
  digest: optional(named('Digest', key)),
  content: opaque,
})
/** Fixed profile: one for all; a box of 48 bytes for each other member, by index. */
export const FixedMessage = struct('FixedMessage', {
  seq: uint64,
  sender: uint16,
  salt: opaqueOf(SALT),
  ciphertext: opaque,
  boxes: opaque,
})
/** Fixed profile: what ciphertexts of a message are bound to, and their keys. */
export const FixedContext = struct('FixedContext', {
  transcript: key,
  seq: uint64,
  sender: uint16,
  salt: opaqueOf(SALT),
})
export const PairContext = struct('PairContext', { transcript: key, from: uint16, to: uint16 })
export const HopContext = struct('HopContext', { message: FixedContext, to: uint16 })

/** The organizer is no member and has no index; this stands for it. */
export const TO_ORGANIZER = 0xffff
/** Indices below this one. */
export const MAX_MEMBERS = 0xffff

const address = (index: number): Bytes => Uint8Array.of(index >> 8, index)

/** A packet for everyone else, or for one member. */
export function route(type: SmmpType, packet: Uint8Array, to?: number): Bytes {
  return encode(Routed, { to: to === undefined ? new Uint8Array(0) : address(to), type, packet })
}

/** Opens what the echo server delivered to a member. */
export function unroute(bytes: Uint8Array, own: number | undefined): Routed {
  const routed = decode(Routed, bytes)
  const { to } = routed
  if (to.length !== 0 && own !== undefined && !equalPublic(to, address(own))) {
    throw new RejectedError('unexpected-packet', { type: routed.type })
  }
  return routed
}
