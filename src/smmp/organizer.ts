/** SMMP steps 1 to 12 and 15: the organizer, who forms the group and forgets everything about it. */
import { copyOf, equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import { fixedRules, historicalRules, maskedShares, type PublicKeys, transcriptOf } from './shares.ts'
import { type Bytes, KEY, type SmmpSuite } from './suite.ts'
import {
  MAX_MEMBERS,
  MaskedShare,
  OrganizerHello,
  ParticipantKeys,
  RatchetKey,
  route,
  TO_ORGANIZER,
  unroute,
} from './wire.ts'

/** What an organizer is made from. */
export interface OrganizerOptions {
  readonly suite: SmmpSuite
  /** A name of this group that no other group of these members has. */
  readonly groupId: Uint8Array
  /** How many participants there are. The organizer takes part as one of them, with keys of its own. */
  readonly n: number
  /** Whether participant `index` is the owner of identity key `b`. */
  readonly authenticate: (index: number, b: Uint8Array) => boolean
  /** The protocol of 2014, whose keys leak: for attacks and measurements only. */
  readonly unsafeHistorical?: boolean
}

/** Checks the keys of one more participant against those that are there. */
export function checkNewKey(key: Uint8Array, known: readonly (Uint8Array | undefined)[], index: number): void {
  checkX25519Key(key, { index })
  if (known.some(other => other !== undefined && equalPublic(other, key))) {
    throw new RejectedError('duplicate-key', { index })
  }
}

/** Whether every one of `n` places is filled. */
export const isComplete = (values: readonly (Uint8Array | undefined)[], n: number): boolean =>
  values.length === n && Object.keys(values).length === n

/** Forms one group. After `shares` it knows nothing any more. */
export class SmmpOrganizer {
  readonly #options: OrganizerOptions
  #u: Bytes
  #w: Bytes
  readonly #publicU: Bytes
  readonly #publicW: Bytes
  readonly #b: Uint8Array[] = []
  readonly #k: Uint8Array[] = []
  readonly #r: Uint8Array[] = []
  #done = false

  constructor(options: OrganizerOptions) {
    const { suite, n } = options
    if (!(Number.isSafeInteger(n) && n >= 2 && n <= MAX_MEMBERS)) throw new UsageError('wrong-argument', { n })
    this.#options = options
    this.#u = randomBytes(suite.random, KEY)
    this.#w = randomBytes(suite.random, KEY)
    this.#publicU = suite.dh.publicKey(this.#u)
    this.#publicW = suite.dh.publicKey(this.#w)
  }

  /** What participants are asked to authenticate. */
  get publicKey(): Bytes {
    return copyOf(this.#publicU)
  }

  /** Whether the keys of all participants are there. */
  get complete(): boolean {
    const { n } = this.#options
    return [this.#b, this.#r].every(keys => isComplete(keys, n))
  }

  /** The first packets, one for each participant. */
  hellos(): Bytes[] {
    const { n } = this.#options
    return Array.from({ length: n }, (_, index) =>
      route('organizer_hello', encode(OrganizerHello, { u: this.#publicU, w: this.#publicW, n, index }), index),
    )
  }

  /** Takes keys of a participant. */
  receive(bytes: Uint8Array): void {
    const { type, packet } = unroute(bytes, TO_ORGANIZER)
    if (this.#done) throw new RejectedError('unexpected-packet', { type })
    if (type === 'participant_keys') this.#receiveKeys(packet)
    else if (type === 'ratchet_key') {
      const { index, r } = decode(RatchetKey, packet)
      this.#check(index, this.#r, r)
      this.#r[index] = copyOf(r)
    } else throw new RejectedError('unexpected-packet', { type })
  }

  #receiveKeys(packet: Uint8Array): void {
    const { index, b, k } = decode(ParticipantKeys, packet)
    this.#check(index, this.#b, b)
    this.#check(index, this.#k, k)
    if (!this.#options.authenticate(index, b)) throw new RejectedError('unknown-identity', { index })
    this.#b[index] = copyOf(b)
    this.#k[index] = copyOf(k)
  }

  #check(index: number, known: readonly Uint8Array[], key: Uint8Array): void {
    if (index >= this.#options.n) throw new RejectedError('unknown-sender', { index })
    if (known[index] !== undefined) throw new RejectedError('repeated-sender', { index })
    if (this.#options.unsafeHistorical !== true) checkNewKey(key, known, index)
  }

  /** The last packets, one for each participant; then everything is erased. */
  shares(): Bytes[] {
    if (!this.complete || this.#done) throw new UsageError('setup-incomplete')
    const { suite, groupId, n, unsafeHistorical } = this.#options
    const participants = this.#b.map((b, i): PublicKeys => ({ b, k: this.#k[i]!, r: this.#r[i]! }))
    const transcript = () => transcriptOf(suite, { groupId, u: this.#publicU, w: this.#publicW, n, participants })
    const rules = unsafeHistorical === true ? historicalRules(suite) : fixedRules(suite, transcript())
    const masked = maskedShares(rules, { u: this.#u, w: this.#w }, participants)
    const packets = masked.map((g, index) => route('masked_share', encode(MaskedShare, { index, g }), index))
    this.wipe()
    return packets
  }

  /** Erases the private keys. */
  wipe(): void {
    wipe(this.#u, this.#w)
    this.#done = true
  }
}
