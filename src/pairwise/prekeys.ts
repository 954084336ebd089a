/** X3DH section 3.2: keys that a member publishes so that others can open sessions while it is offline. */
import { copyOf, equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe } from '../base/secret.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { opaqueOf, uint32, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import type { PairwiseMember } from './members.ts'
import { type Bytes, KEY, type PairwiseSuite } from './suite.ts'
import { type OneTimePreKey, type Opening, type PreKeyBundle, PreKeyTBS, SessionId, type SignedPreKey } from './wire.ts'

const LABEL = 'PreKey'
/** Signed prekeys that still open sessions: the current one and those before it. */
const KEPT_SIGNED = 2
/** Sessions that one signed prekey opens without a one-time prekey; each is remembered, so that none opens twice. */
export const MAX_OPENED = 4096

const SavedSigned = struct('SavedSigned', {
  prekeyId: uint32,
  privateKey: opaqueOf(KEY),
  opened: vector(SessionId),
})
const SavedOneTime = struct('SavedOneTime', { prekeyId: uint32, privateKey: opaqueOf(KEY) })
const SavedPreKeys = struct('SavedPreKeys', {
  nextId: uint32,
  signed: vector(SavedSigned),
  oneTime: vector(SavedOneTime),
})

interface PreKey {
  readonly prekeyId: number
  readonly privateKey: Bytes
  readonly publicKey: Bytes
}

interface ReusablePreKey extends PreKey {
  /** Which sessions it opened without a one-time prekey. */
  readonly opened: Uint8Array[]
}

/** The private keys that an opening calls for. Not to be kept. */
export interface FoundPreKeys {
  readonly signed: PreKey
  readonly oneTime: PreKey | undefined
}

/** The private parts of published prekeys. */
export class PairwisePreKeys {
  readonly #suite: PairwiseSuite
  readonly #member: PairwiseMember
  /** Newest first. */
  readonly #signed: ReusablePreKey[] = []
  readonly #oneTime = new Map<number, PreKey>()
  #nextId = 0

  constructor(suite: PairwiseSuite, member: PairwiseMember) {
    this.#suite = suite
    this.#member = member
  }

  /** How many one-time prekeys are unused. */
  get oneTimeCount(): number {
    return this.#oneTime.size
  }

  /** Makes a new signed prekey to be published; sessions still open from the one before it, and from none older. */
  rotate(): SignedPreKey {
    const made = this.#make()
    this.#signed.unshift({ ...made, opened: [] })
    for (const old of this.#signed.splice(KEPT_SIGNED)) wipe(old.privateKey)
    const { prekeyId, publicKey: key } = made
    return { prekeyId, key, signature: this.#member.signer.sign(signedContent(this.#suite, prekeyId, key)) }
  }

  /** Makes one-time prekeys to be published. */
  publish(count: number): OneTimePreKey[] {
    if (!(Number.isSafeInteger(count) && count >= 0)) throw new UsageError('wrong-argument', { count })
    return Array.from({ length: count }, () => {
      const made = this.#make()
      this.#oneTime.set(made.prekeyId, made)
      return { prekeyId: made.prekeyId, key: copyOf(made.publicKey) }
    })
  }

  #make(): PreKey {
    if (this.#nextId >= 0xffffffff) throw new UsageError('ratchet-exhausted')
    const privateKey = randomBytes(this.#suite.random, KEY)
    return { prekeyId: this.#nextId++, privateKey, publicKey: this.#suite.dh.publicKey(privateKey) }
  }

  /** The keys that an opening names; nothing changes. */
  find({ signedPrekeyId, oneTimePrekeyId }: Opening, sessionId: Uint8Array): FoundPreKeys {
    const signed = this.#signed.find(({ prekeyId }) => prekeyId === signedPrekeyId)
    if (signed === undefined) throw new RejectedError('unknown-prekey', { prekeyId: signedPrekeyId })
    if (oneTimePrekeyId === undefined) {
      if (signed.opened.some(id => equalPublic(id, sessionId))) throw new RejectedError('session-replayed')
      if (signed.opened.length >= MAX_OPENED) throw new RejectedError('prekey-worn-out', { prekeyId: signedPrekeyId })
      return { signed, oneTime: undefined }
    }
    const oneTime = this.#oneTime.get(oneTimePrekeyId)
    if (oneTime === undefined) throw new RejectedError('unknown-prekey', { prekeyId: oneTimePrekeyId })
    return { signed, oneTime }
  }

  /** Notes that a session was opened: its one-time prekey is erased, and it cannot be opened again. */
  consume({ signedPrekeyId, oneTimePrekeyId }: Opening, sessionId: Uint8Array): void {
    if (oneTimePrekeyId === undefined) {
      this.#signed.find(({ prekeyId }) => prekeyId === signedPrekeyId)?.opened.push(copyOf(sessionId))
      return
    }
    wipe(this.#oneTime.get(oneTimePrekeyId)?.privateKey)
    this.#oneTime.delete(oneTimePrekeyId)
  }

  /** Everything, private keys included. */
  save(): Bytes {
    return encode(SavedPreKeys, { nextId: this.#nextId, signed: this.#signed, oneTime: [...this.#oneTime.values()] })
  }

  /** What `save` returned comes back to life. */
  static load(suite: PairwiseSuite, member: PairwiseMember, bytes: Uint8Array): PairwisePreKeys {
    const saved: ValueOf<typeof SavedPreKeys> = decode(SavedPreKeys, bytes)
    const loaded = new PairwisePreKeys(suite, member)
    const keyOf = ({ prekeyId, privateKey }: ValueOf<typeof SavedOneTime>): PreKey => ({
      prekeyId,
      privateKey: copyOf(privateKey),
      publicKey: suite.dh.publicKey(privateKey),
    })
    loaded.#nextId = saved.nextId
    for (const signed of saved.signed) {
      loaded.#signed.push({ ...keyOf(signed), opened: signed.opened.map(id => copyOf(id)) })
    }
    for (const oneTime of saved.oneTime) loaded.#oneTime.set(oneTime.prekeyId, keyOf(oneTime))
    return loaded
  }

  /** Erases all of them. */
  wipe(): void {
    for (const { privateKey } of [...this.#signed, ...this.#oneTime.values()]) wipe(privateKey)
    this.#signed.length = 0
    this.#oneTime.clear()
  }
}

const signedContent = ({ labels }: PairwiseSuite, prekeyId: number, key: Uint8Array): Bytes =>
  labels.content(LABEL, encode(PreKeyTBS, { prekeyId, key }))

/** Refuses a bundle with keys that nobody has, or that its owner did not sign. */
export function checkBundle(suite: PairwiseSuite, { identity, signedPrekey, oneTimePrekey }: PreKeyBundle): void {
  if (identity.id.length === 0) throw new RejectedError('invalid-identity')
  checkX25519Key(identity.kxKey, { key: 'identity' })
  checkX25519Key(signedPrekey.key, { key: 'signed prekey' })
  if (oneTimePrekey !== undefined) checkX25519Key(oneTimePrekey.key, { key: 'one-time prekey' })
  const content = signedContent(suite, signedPrekey.prekeyId, signedPrekey.key)
  if (!suite.signature.verify(identity.sigKey, content, signedPrekey.signature)) {
    throw new RejectedError('invalid-signature', { prekeyId: signedPrekey.prekeyId })
  }
}
