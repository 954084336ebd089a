/** SMMP steps 3 to 14: a participant during the key agreement. */
import { concat, copyOf } from '../base/bytes.ts'
import { type ErrorDetails, RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { SecretBytes, wipe, wipingAfter } from '../base/secret.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import { type Confirming, firstRoot, masterTag, openShare, pairKey, sealShare } from './confirm.ts'
import { SmmpGroup } from './group.ts'
import { HistoricalGroup } from './historical.ts'
import { checkNewKey, isComplete } from './organizer.ts'
import { fixedRules, historicalRules, masterKey, type PublicKeys, transcriptOf } from './shares.ts'
import { type Bytes, KEY, type SmmpSuite } from './suite.ts'
import {
  Confirm,
  MaskedShare,
  OrganizerHello,
  ParticipantKeys,
  RatchetKey,
  route,
  TO_ORGANIZER,
  unroute,
} from './wire.ts'

/** A participant's identity key. It belongs to the application, which stores and wipes it. */
export class SmmpIdentity {
  readonly privateKey: SecretBytes
  readonly publicKey: Bytes

  constructor(suite: SmmpSuite, privateKey: Uint8Array) {
    this.publicKey = suite.dh.publicKey(privateKey)
    this.privateKey = new SecretBytes(copyOf(privateKey))
  }

  /** A fresh identity. */
  static generate(suite: SmmpSuite): SmmpIdentity {
    const privateKey = randomBytes(suite.random, KEY)
    return wipingAfter([privateKey], () => new SmmpIdentity(suite, privateKey))
  }
}

/** What a participant is made from. */
export interface ParticipantOptions {
  readonly suite: SmmpSuite
  readonly identity: SmmpIdentity
  readonly groupId: Uint8Array
  /** Whether participant `index` is the owner of identity key `b`. The historical profile asks the organizer only. */
  readonly authenticate: (index: number, b: Uint8Array) => boolean
  /** Whether `u` is the organizer's key. */
  readonly authenticateOrganizer: (u: Uint8Array) => boolean
  /** The protocol of 2014, whose keys leak: for attacks and measurements only. */
  readonly unsafeHistorical?: boolean
}

interface Started {
  readonly hello: ValueOf<typeof OrganizerHello>
  readonly k: Bytes
  readonly r: Bytes
  readonly publicKeys: PublicKeys
}

/** One key agreement of one participant. */
export class SmmpParticipant {
  readonly #options: ParticipantOptions
  #started: Started | undefined
  readonly #b: Uint8Array[] = []
  readonly #k: Uint8Array[] = []
  readonly #r: Uint8Array[] = []
  #g: Bytes | undefined
  #master: Bytes | undefined
  #confirming: Confirming | undefined
  /** Of all members, for the first root key. */
  readonly #shares: Bytes[] = []
  #finished = false

  constructor(options: ParticipantOptions) {
    this.#options = options
  }

  /** Whether the group can be had with `finish`. */
  get ready(): boolean {
    if (this.#finished || this.#started === undefined) return false
    if (this.#options.unsafeHistorical === true) return this.#master !== undefined
    return isComplete(this.#shares, this.#started.hello.n)
  }

  /** Takes a packet and returns those to send. */
  receive(bytes: Uint8Array): Bytes[] {
    const { type, packet } = unroute(bytes, this.#started?.hello.index)
    if (this.#finished) throw new RejectedError('unexpected-packet', { type })
    if (type === 'organizer_hello' && this.#started === undefined) return this.#start(packet)
    if (this.#started === undefined) throw new RejectedError('missing-stage', { type })
    if (type === 'participant_keys' && this.#options.unsafeHistorical !== true) {
      this.#receiveKeys(this.#started, packet)
    } else if (type === 'ratchet_key') this.#receiveRatchetKey(this.#started, packet)
    else if (type === 'masked_share') this.#receiveShare(this.#started, packet)
    else if (type === 'confirm' && this.#options.unsafeHistorical !== true) this.#receiveConfirm(packet)
    else throw new RejectedError('unexpected-packet', { type })
    return this.#agree(this.#started)
  }

  #start(packet: Uint8Array): Bytes[] {
    const { suite, identity, authenticateOrganizer, unsafeHistorical } = this.#options
    const { u, w, n, index } = decode(OrganizerHello, packet)
    if (n < 2 || index >= n) throw new RejectedError('not-a-member', { n, index })
    if (unsafeHistorical !== true) for (const key of [u, w]) checkX25519Key(key, { key: 'organizer' })
    if (!authenticateOrganizer(u)) throw new RejectedError('unknown-identity', { key: 'organizer' })
    const k = randomBytes(suite.random, KEY)
    const r = randomBytes(suite.random, KEY)
    const publicKeys = { b: identity.publicKey, k: suite.dh.publicKey(k), r: suite.dh.publicKey(r) }
    this.#started = { hello: { u: copyOf(u), w: copyOf(w), n, index }, k, r, publicKeys }
    this.#b[index] = publicKeys.b
    this.#k[index] = publicKeys.k
    this.#r[index] = publicKeys.r
    const keys = encode(ParticipantKeys, { index, b: publicKeys.b, k: publicKeys.k })
    return [
      route('participant_keys', keys, unsafeHistorical === true ? TO_ORGANIZER : undefined),
      route('ratchet_key', encode(RatchetKey, { index, r: publicKeys.r })),
    ]
  }

  #checkSender({ hello }: Started, index: number, known: readonly unknown[]): void {
    const where: ErrorDetails = { index }
    if (index === hello.index) throw new RejectedError('own-message', where)
    if (index >= hello.n) throw new RejectedError('unknown-sender', where)
    if (known[index] !== undefined) throw new RejectedError('repeated-sender', where)
  }

  #receiveKeys(started: Started, packet: Uint8Array): void {
    const { index, b, k } = decode(ParticipantKeys, packet)
    this.#checkSender(started, index, this.#b)
    checkNewKey(b, this.#b, index)
    checkNewKey(k, this.#k, index)
    if (!this.#options.authenticate(index, b)) throw new RejectedError('unknown-identity', { index })
    this.#b[index] = copyOf(b)
    this.#k[index] = copyOf(k)
  }

  #receiveRatchetKey(started: Started, packet: Uint8Array): void {
    const { index, r } = decode(RatchetKey, packet)
    this.#checkSender(started, index, this.#r)
    if (this.#options.unsafeHistorical !== true) checkNewKey(r, this.#r, index)
    this.#r[index] = copyOf(r)
  }

  #receiveShare({ hello }: Started, packet: Uint8Array): void {
    const { index, g } = decode(MaskedShare, packet)
    if (index !== hello.index) throw new RejectedError('unexpected-packet', { index })
    if (this.#g !== undefined) throw new RejectedError('repeated-sender', { type: 'masked_share' })
    this.#g = copyOf(g)
  }

  #receiveConfirm(packet: Uint8Array): void {
    const { index, tag, boxes } = decode(Confirm, packet)
    if (this.#confirming === undefined) throw new RejectedError('missing-stage', { type: 'confirm' })
    this.#checkSender(this.#started!, index, this.#shares)
    this.#shares[index] = openShare(this.#confirming, { index, tag, boxes })
  }

  /** Goes on as soon as the share and all keys are there. */
  #agree(started: Started): Bytes[] {
    const { suite, identity, groupId, unsafeHistorical } = this.#options
    const { u, w, n, index } = started.hello
    const needed = unsafeHistorical === true ? [this.#r] : [this.#b, this.#k, this.#r]
    const waiting = this.#g === undefined || !needed.every(keys => isComplete(keys, n))
    if (waiting || this.#master !== undefined) return []
    const own = { index, b: identity.privateKey.bytes, k: started.k, r: started.r }
    const received = { u, w, g: this.#g! }
    if (unsafeHistorical === true) {
      this.#master = masterKey(historicalRules(suite), own, received)
      return []
    }
    const participants = this.#b.map((b, i): PublicKeys => ({ b, k: this.#k[i]!, r: this.#r[i]! }))
    const transcript = transcriptOf(suite, { groupId, u, w, n, participants })
    const pairKeys = new Uint8Array(KEY * n)
    participants.forEach((keys, i) => {
      if (i === index) return
      const pair = pairKey({ suite, transcript }, own, { ...keys, index: i })
      pairKeys.set(pair, KEY * i)
      wipe(pair)
    })
    const master = masterKey(fixedRules(suite, transcript), own, received)
    const confirming: Confirming = { suite, own: index, transcript, master, pairKeys }
    const share = randomBytes(suite.random, KEY)
    const confirm = { index, tag: masterTag(confirming, index), boxes: sealShare(confirming, share) }
    this.#shares[index] = share
    this.#confirming = confirming
    this.#master = master
    return [route('confirm', encode(Confirm, confirm))]
  }

  /** The group. `replaces` is the one that it was set up anew for: its keys are erased. */
  finish(replaces?: { wipe(): void }): SmmpGroup {
    const confirming = this.#confirming
    if (!this.ready || confirming === undefined) throw new UsageError('setup-incomplete')
    const { suite, groupId } = this.#options
    const { r } = this.#started!
    const group = new SmmpGroup(suite, {
      groupId: copyOf(groupId),
      transcript: confirming.transcript,
      own: confirming.own,
      seq: 0n,
      root: firstRoot(confirming, this.#shares),
      digest: confirming.transcript,
      r: copyOf(r),
      publicR: concat(...this.#r),
      pairKeys: copyOf(confirming.pairKeys),
      reinitRequired: false,
      left: false,
    })
    this.wipe()
    replaces?.wipe()
    return group
  }

  /** The group of the historical profile. */
  finishHistorical(replaces?: { wipe(): void }): HistoricalGroup {
    if (this.#options.unsafeHistorical !== true) throw new UsageError('unsafe-historical')
    if (!this.ready) throw new UsageError('setup-incomplete')
    const { suite, groupId } = this.#options
    const { r, hello } = this.#started!
    const keys = { own: hello.index, r, publicR: this.#r }
    const group = HistoricalGroup.create(suite, { groupName: groupId, master: this.#master!, ...keys })
    this.wipe()
    replaces?.wipe()
    return group
  }

  /** Erases everything secret; the identity key belongs to the application. */
  wipe(): void {
    wipe(this.#started?.k, this.#started?.r, this.#g, this.#master, this.#confirming?.pairKeys, ...this.#shares)
    this.#finished = true
  }
}
