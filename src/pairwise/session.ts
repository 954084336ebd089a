/** One session with one peer: a Double Ratchet, and what it was opened with. */
import { concat, copyOf } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipingAfter } from '../base/secret.ts'
import type { ValueOf } from '../codec/codec.ts'
import { named, opaqueOf, optional, uint8, uint32, uint64, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import type { PairwiseMember } from './members.ts'
import { checkBundle, type FoundPreKeys } from './prekeys.ts'
import { answeringState, MAX_KEPT, MAX_PAST, openingState, type RatchetState } from './ratchet.ts'
import { type Bytes, KEY, NONCE, type PairwiseSuite } from './suite.ts'
import { type Identity, Opening, type PreKeyBundle, SESSION_ID, SessionId } from './wire.ts'
import { agree, bindingOf, sessionIdOf } from './x3dh.ts'

/** A session as a value. */
export interface Session {
  readonly id: Bytes
  readonly binding: Bytes
  /** The one that its opener preferred until then. */
  readonly after: Bytes | undefined
  /** Whether this end opened it. */
  readonly isOwn: boolean
  /** Set where this end opened it and has had no answer. */
  readonly opening: Opening | undefined
  readonly ratchet: RatchetState
}

/** Whose session, with which peer. */
export interface Ends {
  readonly suite: PairwiseSuite
  readonly member: PairwiseMember
}

/** Opens a session with the owner of a bundle, to replace another: three multiplications, four where it has a one-time prekey. */
export function openSession({ suite, member }: Ends, bundle: PreKeyBundle, after: Bytes | undefined): Session {
  checkBundle(suite, bundle)
  const { identity: responder, signedPrekey, oneTimePrekey } = bundle
  const ephemeralPrivate = randomBytes(suite.random, KEY)
  return wipingAfter([ephemeralPrivate], () => {
    const opening: Opening = {
      identity: member.identity,
      ephemeral: suite.dh.publicKey(ephemeralPrivate),
      signedPrekeyId: signedPrekey.prekeyId,
      oneTimePrekeyId: oneTimePrekey?.prekeyId,
      after,
    }
    const keys = { signedPrekey: signedPrekey.key, oneTimePrekey: oneTimePrekey?.key }
    const binding = bindingOf(suite, { opening, responder, ...keys })
    const root = agree(
      suite,
      [
        [member.kxPrivate.bytes, signedPrekey.key],
        [ephemeralPrivate, responder.kxKey],
        [ephemeralPrivate, signedPrekey.key],
        ...(oneTimePrekey === undefined ? [] : [[ephemeralPrivate, oneTimePrekey.key] as const]),
      ],
      binding,
    )
    const id = sessionIdOf(suite, opening, responder)
    return { id, binding, after, isOwn: true, opening, ratchet: openingState(root, signedPrekey.key) }
  })
}

/** The other end of `openSession`. */
export function answerSession({ suite, member }: Ends, opening: Opening, { signed, oneTime }: FoundPreKeys): Session {
  checkX25519Key(opening.identity.kxKey, { key: 'identity' })
  checkX25519Key(opening.ephemeral, { key: 'ephemeral' })
  const responder = member.identity
  const keys = { signedPrekey: signed.publicKey, oneTimePrekey: oneTime?.publicKey }
  const binding = bindingOf(suite, { opening, responder, ...keys })
  const root = agree(
    suite,
    [
      [signed.privateKey, opening.identity.kxKey],
      [member.kxPrivate.bytes, opening.ephemeral],
      [signed.privateKey, opening.ephemeral],
      ...(oneTime === undefined ? [] : [[oneTime.privateKey, opening.ephemeral] as const]),
    ],
    binding,
  )
  const id = sessionIdOf(suite, opening, responder)
  const after = opening.after && copyOf(opening.after)
  return { id, binding, after, isOwn: false, opening: undefined, ratchet: answeringState(root, signed) }
}

/** What a message of a session is bound to beside its header. */
export const contextOf = ({ binding }: Session, context: Uint8Array): Bytes => concat(binding, context)

const Key = named('Key', opaqueOf(KEY))
const KeyPair = struct('KeyPair', { privateKey: opaqueOf(KEY), publicKey: opaqueOf(KEY) })
// an index may be one more than the last that can be sent
const SavedChain = struct('SavedChain', { key: opaqueOf(KEY), index: uint64 })
const SavedSkipped = struct('SavedSkipped', { ratchetKey: opaqueOf(KEY), index: uint32, key: opaqueOf(KEY + NONCE) })

/** A session as it is stored. */
export const SavedSession = struct('SavedSession', {
  id: opaqueOf(SESSION_ID),
  binding: opaqueOf(KEY),
  after: optional(SessionId),
  isOwn: uint8,
  opening: optional(Opening),
  root: opaqueOf(KEY),
  own: optional(KeyPair),
  theirs: optional(Key),
  sending: optional(SavedChain),
  receiving: optional(SavedChain),
  previousCount: uint32,
  skipped: vector(SavedSkipped),
  past: vector(Key),
})
type SavedSession = ValueOf<typeof SavedSession>

const savedChain = (chain: RatchetState['sending']) =>
  chain === undefined ? undefined : { key: chain.key, index: BigInt(chain.index) }

function loadedChain(saved: SavedSession['sending']): RatchetState['sending'] {
  if (saved === undefined) return undefined
  if (saved.index > 0x100000000n) throw new RejectedError('unknown-value', { field: 'SavedChain.index' })
  return { key: copyOf(saved.key), index: Number(saved.index) }
}

/** The value to encode; its byte strings are those of the session. */
export function savedSession({ isOwn, ratchet, ...session }: Session): SavedSession {
  const { sending, receiving, ...rest } = ratchet
  return { ...rest, ...session, isOwn: isOwn ? 1 : 0, sending: savedChain(sending), receiving: savedChain(receiving) }
}

/** The session of a decoded value, with byte strings of its own. */
export function loadedSession(saved: SavedSession): Session {
  const copy = (bytes: Uint8Array): Bytes => copyOf(bytes)
  const { skipped, past, own, theirs, sending, receiving } = saved
  if (skipped.length > MAX_KEPT || past.length > MAX_PAST || saved.isOwn > 1) {
    throw new RejectedError('unknown-value', { field: 'SavedSession.skipped' })
  }
  // a sending chain belongs to an own key, and a session without their key can only have been answered
  if ((sending !== undefined && own === undefined) || (theirs === undefined && own === undefined)) {
    throw new RejectedError('unknown-value', { field: 'SavedSession.sending' })
  }
  return {
    id: copy(saved.id),
    binding: copy(saved.binding),
    after: saved.after && copy(saved.after),
    isOwn: saved.isOwn === 1,
    opening: saved.opening === undefined ? undefined : clonedOpening(saved.opening),
    ratchet: {
      root: copy(saved.root),
      own: own && { privateKey: copy(own.privateKey), publicKey: copy(own.publicKey) },
      theirs: theirs && copy(theirs),
      sending: loadedChain(sending),
      receiving: loadedChain(receiving),
      previousCount: saved.previousCount,
      skipped: skipped.map(({ ratchetKey, index, key }) => ({ ratchetKey: copy(ratchetKey), index, key: copy(key) })),
      past: past.map(copy),
    },
  }
}

/** An identity with byte strings of its own. */
export const clonedIdentity = ({ id, sigKey, kxKey }: Identity): Identity => ({
  id: copyOf(id),
  sigKey: copyOf(sigKey),
  kxKey: copyOf(kxKey),
})

const clonedOpening = (opening: Opening): Opening => ({
  ...opening,
  identity: clonedIdentity(opening.identity),
  ephemeral: copyOf(opening.ephemeral),
  after: opening.after && copyOf(opening.after),
})
