/** X3DH and Double Ratchet: what travels. */
import type { ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { named, opaque, opaqueOf, optional, uint32 } from '../codec/primitives.ts'
import { select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { KEY } from './suite.ts'

export const SESSION_ID = 8
const SIGNATURE = 64

const key = opaqueOf(KEY)
export const SessionId = named('SessionId', opaqueOf(SESSION_ID))

/** Who a member is: a name that the application gives meaning to, an Ed25519 key and an X25519 key. */
export const Identity = struct('Identity', { id: opaque, sigKey: key, kxKey: key })
export type Identity = ValueOf<typeof Identity>

/** A key of some weeks' life that its owner signed. */
export const SignedPreKey = struct('SignedPreKey', { prekeyId: uint32, key, signature: opaqueOf(SIGNATURE) })
export type SignedPreKey = ValueOf<typeof SignedPreKey>

/** What that signature covers, after its label. */
export const PreKeyTBS = struct('PreKeyTBS', { prekeyId: uint32, key })

/** A key that serves one session. */
export const OneTimePreKey = struct('OneTimePreKey', { prekeyId: uint32, key })
export type OneTimePreKey = ValueOf<typeof OneTimePreKey>

/** What the delivery service hands out so that a session can start while its owner is offline. */
export const PreKeyBundle = struct('PreKeyBundle', {
  identity: Identity,
  signedPrekey: SignedPreKey,
  oneTimePrekey: optional(OneTimePreKey),
})
export type PreKeyBundle = ValueOf<typeof PreKeyBundle>

/** Which keys a session started from: stands before every message until the first answer. */
export const Opening = struct('Opening', {
  identity: Identity,
  ephemeral: key,
  signedPrekeyId: uint32,
  oneTimePrekeyId: optional(named('PreKeyId', uint32)),
  /** The session that this one is to replace. */
  after: optional(SessionId),
})
export type Opening = ValueOf<typeof Opening>

/** What the session is bound to: both ends and all keys that it started from. */
export const SessionContext = struct('SessionContext', {
  opening: Opening,
  responder: Identity,
  signedPrekey: key,
  oneTimePrekey: optional(named('Key', key)),
})

/** The Double Ratchet's header. */
export const RatchetHeader = struct('RatchetHeader', { ratchetKey: key, previousCount: uint32, index: uint32 })
export type RatchetHeader = ValueOf<typeof RatchetHeader>

const PacketType = enumeration('PacketType', { opening: 1, message: 2 })

export const PairwisePacket = struct('PairwisePacket', {
  type: select(PacketType, {
    opening: { opening: Opening, header: RatchetHeader, ciphertext: opaque },
    message: { sessionId: opaqueOf(SESSION_ID), header: RatchetHeader, ciphertext: opaque },
  }),
})
export type PairwisePacket = ValueOf<typeof PairwisePacket>
