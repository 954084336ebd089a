/** SMMP of 2014 (sections VII to X), aligned where the text contradicts itself. Insecure: its attacks are tests. Never for messages that matter. */
import { copyOf, equalPublic } from '../base/bytes.ts'
import { CopathError, RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import {
  checkMac,
  initialKeys,
  maskOf,
  nextDigest,
  nextKeys,
  openBox,
  type RkMode,
  resyncKeys,
  resyncPrivateKey,
  sealBox,
  tagged,
} from './historical-keys.ts'
import { type Copy, type HistoricalState, loadHistorical, MAX_COPIES, saveHistorical } from './historical-state.ts'
import { sharedOrZero } from './shares.ts'
import { type Bytes, KEY, type SmmpSuite, xor } from './suite.ts'
import { Box, Boxes, GroupMessage, Header, Housekeeping, PrivateContent, route, unroute } from './wire.ts'

const TAGS = { resync: 0, private: 1, add: 2, remove: 3 } as const

/** What a packet turned out to be. */
export type HistoricalEvent =
  | { readonly type: 'message' | 'private'; readonly sender: number; readonly content: Bytes }
  /** It has the group's MAC and cannot be read: the group is out of step, and `resync` will be needed. */
  | { readonly type: 'undecryptable' }
  | { readonly type: 'resynced' }
  /** Somebody asks for a group with one member more or less. */
  | { readonly type: 'add' | 'remove'; readonly content: Bytes }

export interface HistoricalOptions {
  readonly groupName: Uint8Array
  readonly master: Uint8Array
  readonly own: number
  readonly r: Uint8Array
  readonly publicR: readonly Uint8Array[]
}

/** A member of a group. */
export class HistoricalGroup {
  readonly #suite: SmmpSuite
  #state: HistoricalState
  /** How root keys are made; all members must have the same. */
  rkMode: RkMode = 'text'

  private constructor(suite: SmmpSuite, state: HistoricalState) {
    this.#suite = suite
    this.#state = state
  }

  /** Step 14. Copies what it is given. */
  static create(suite: SmmpSuite, { groupName, master, own, r, publicR }: HistoricalOptions): HistoricalGroup {
    return new HistoricalGroup(suite, {
      ...initialKeys(suite, master),
      digest: new Uint8Array(KEY),
      r: copyOf(r),
      publicKeys: publicR.map(copyOf),
      own,
      groupName: copyOf(groupName),
      resyncRequired: false,
      reinitRequired: false,
      copies: [],
    })
  }

  /** The place of this member. */
  get index(): number {
    return this.#state.own
  }

  /** The XOR of the hashes of all messages since the last resynchronisation. */
  get digest(): Bytes {
    return copyOf(this.#state.digest)
  }

  /** Whether a message was lost, so that nobody can go on before a resynchronisation. */
  get resyncRequired(): boolean {
    return this.#state.resyncRequired
  }

  /** Whether somebody left or asked for another group. */
  get reinitRequired(): boolean {
    return this.#state.reinitRequired
  }

  /** Section VII: one packet for each other member; a shared secret for each, one more and a new key. */
  send(message: Uint8Array): Bytes[] {
    const suite = this.#suite
    const state = this.#state
    if (state.reinitRequired) throw new UsageError('reinit-required')
    const { own, publicKeys, headerKey, messageKey } = state
    const r = randomBytes(suite.random, KEY)
    const publicR = suite.dh.publicKey(r)
    const digest = nextDigest(suite, state.digest, message)
    const packets: Bytes[] = []
    publicKeys.forEach((theirs, i) => {
      if (i === own) return
      const mask = maskOf(suite, state.r, theirs, digest)
      const header = wipingAfter([mask], () => encode(Header, { sender: own, maskedR: xor(publicR, mask) }))
      const boxes = { header: sealBox(suite, headerKey, header), body: sealBox(suite, messageKey, message) }
      const mac = suite.kdf.hmac(state.v, encode(Boxes, boxes))
      packets.push(route('group_message', encode(GroupMessage, { ...boxes, mac }), i))
    })
    this.#advance({ sender: own, publicR, digest, r })
    return packets
  }

  #advance({ sender, publicR, digest, r }: { sender: number; publicR: Bytes; digest: Bytes; r: Bytes }): void {
    const state = this.#state
    const publicKeys = state.publicKeys.with(sender, publicR)
    const keys = nextKeys(this.#suite, state, { v: state.v, publicKeys, rkMode: this.rkMode })
    this.#install({ ...state, ...keys, publicKeys, digest, r })
  }

  #install(state: HistoricalState): void {
    const secrets = ({ root, headerKey, nextHeaderKey, messageKey, v, r }: HistoricalState) =>
      [root, headerKey, nextHeaderKey, messageKey, v, r] as const
    const kept = new Set<Uint8Array>(secrets(state))
    wipe(...secrets(this.#state).filter(secret => !kept.has(secret)))
    this.#state = state
  }

  /** Sections VIII and X A. A packet without the group's MAC is an error and changes nothing. */
  receive(bytes: Uint8Array): HistoricalEvent {
    const { type, packet } = unroute(bytes, this.#state.own)
    if (type === 'group_message') return this.#receiveMessage(packet)
    if (type === 'housekeeping') return this.#receiveHousekeeping(packet)
    throw new RejectedError('unexpected-packet', { type })
  }

  #receiveMessage(packet: Uint8Array): HistoricalEvent {
    const suite = this.#suite
    const state = this.#state
    const { header, body, mac } = decode(GroupMessage, packet)
    checkMac(suite, state.v, encode(Boxes, { header, body }), mac)
    const opened = this.#open(header, body)
    if (opened === undefined) {
      this.#state = { ...state, resyncRequired: true }
      return { type: 'undecryptable' }
    }
    const { sender, maskedR, message } = opened
    const theirs = state.publicKeys[sender]
    if (theirs === undefined || sender === state.own) throw new RejectedError('unknown-sender', { sender })
    const digest = nextDigest(suite, state.digest, message)
    const mask = maskOf(suite, state.r, theirs, digest)
    const publicR = wipingAfter([mask], () => xor(maskedR, mask))
    this.#advance({ sender, publicR, digest, r: state.r })
    return { type: 'message', sender, content: message }
  }

  /** Header and body, or nothing where either cannot be decrypted. */
  #open(header: Box, body: Box): (ValueOf<typeof Header> & { readonly message: Bytes }) | undefined {
    const { headerKey, messageKey } = this.#state
    try {
      const opened = decode(Header, openBox(this.#suite, headerKey, header))
      return { ...opened, message: openBox(this.#suite, messageKey, body) }
    } catch (error) {
      if (error instanceof CopathError && error.code === 'invalid-tag') return undefined
      throw error
    }
  }

  #housekeeping(tag: number, content: Uint8Array, to?: number): Bytes {
    const box = sealBox(this.#suite, this.#state.v, tagged(tag, content))
    const mac = this.#suite.kdf.hmac(this.#state.v, encode(Box, box))
    return route('housekeeping', encode(Housekeeping, { box, mac }), to)
  }

  #receiveHousekeeping(packet: Uint8Array): HistoricalEvent {
    const state = this.#state
    const { box, mac } = decode(Housekeeping, packet)
    checkMac(this.#suite, state.v, encode(Box, box), mac)
    const plaintext = openBox(this.#suite, state.v, box)
    return wipingAfter([plaintext], (): HistoricalEvent => {
      const content = plaintext.slice(1)
      if (plaintext[0] === TAGS.resync) return this.#receiveResync(content)
      if (plaintext[0] === TAGS.private) return this.#receivePrivate(content)
      if (plaintext[0] !== TAGS.add && plaintext[0] !== TAGS.remove) {
        throw new RejectedError('unknown-value', { field: 'HousekeepingTag' })
      }
      // undefined in the text; nobody sends before there is a new group
      this.#state = { ...state, reinitRequired: true }
      return { type: plaintext[0] === TAGS.add ? 'add' : 'remove', content }
    })
  }

  /** How long to wait before `resync`, so that one member of many does it: anything below N slots. */
  backOff(slot: number): number {
    const random = new DataView(randomBytes(this.#suite.random, 4).buffer).getUint32(0)
    return (random / 0x100000000) * this.#state.publicKeys.length * slot
  }

  /** Section X B: a new v under the old one, and private keys that are no secret. */
  resync(): Bytes {
    if (!this.#state.resyncRequired) throw new UsageError('resync-not-required')
    const v = randomBytes(this.#suite.random, KEY)
    const packet = this.#housekeeping(TAGS.resync, v)
    this.#resynchronise(v)
    return packet
  }

  #receiveResync(v: Bytes): HistoricalEvent {
    if (v.length !== KEY) throw new RejectedError('malformed-content')
    this.#resynchronise(v)
    return { type: 'resynced' }
  }

  #resynchronise(v: Bytes): void {
    const suite = this.#suite
    const { own } = this.#state
    const privateKeys = this.#state.publicKeys.map((_, i) => resyncPrivateKey(suite, i))
    const publicKeys = privateKeys.map(key => suite.dh.publicKey(key))
    const keys = resyncKeys(suite, v, publicKeys)
    const digest = new Uint8Array(KEY)
    this.#install({ ...this.#state, ...keys, v, r: privateKeys[own]!, publicKeys, digest, resyncRequired: false })
  }

  /** Section IX: a message for one member, under copies of both ratchet keys; no key of it ever changes. */
  sendPrivate(to: number, message: Uint8Array): Bytes {
    const suite = this.#suite
    const { own, r, publicKeys } = this.#state
    const theirS = publicKeys[to]
    if (theirS === undefined || to === own) throw new UsageError('wrong-argument', { to })
    // the text sends a T and never uses it
    const unused = randomBytes(suite.random, KEY)
    const t = wipingAfter([unused], () => suite.dh.publicKey(unused))
    const shared = sharedOrZero(suite, r, theirS)
    const key = wipingAfter([shared], () => suite.hash.digest(shared))
    const box = wipingAfter([key], () => sealBox(suite, key, message))
    this.#keepCopy({ privateKey: r, publicKey: publicKeys[own]! })
    const content = encode(PrivateContent, { sender: own, ownS: publicKeys[own]!, theirS, t, box })
    return this.#housekeeping(TAGS.private, content, to)
  }

  #receivePrivate(content: Bytes): HistoricalEvent {
    const suite = this.#suite
    const { own, r, publicKeys, copies } = this.#state
    const { sender, ownS, theirS, box } = decode(PrivateContent, content)
    const current = { privateKey: r, publicKey: publicKeys[own]! }
    const used = [current, ...copies].find(({ publicKey }) => equalPublic(publicKey, theirS))
    if (used === undefined) throw new RejectedError('generation-consumed')
    const shared = sharedOrZero(suite, used.privateKey, ownS)
    const key = wipingAfter([shared], () => suite.hash.digest(shared))
    const message = wipingAfter([key], () => openBox(suite, key, box))
    this.#keepCopy(used)
    return { type: 'private', sender, content: message }
  }

  #keepCopy({ privateKey, publicKey }: ValueOf<typeof Copy>): void {
    const { copies } = this.#state
    if (copies.some(copy => equalPublic(copy.publicKey, publicKey))) return
    const copy = { privateKey: copyOf(privateKey), publicKey: copyOf(publicKey) }
    const kept = [copy, ...copies]
    for (const old of kept.splice(MAX_COPIES)) wipe(old.privateKey)
    this.#state = { ...this.#state, copies: kept }
  }

  /** Announces a departure and erases everything. Nothing in the text keeps the leaver from reading on. */
  leave(): Bytes {
    const { own } = this.#state
    const packet = this.#housekeeping(TAGS.remove, Uint8Array.of(own >> 8, own))
    this.wipe()
    return packet
  }

  /** Asks for a group with one member more. */
  requestAdd(content: Uint8Array): Bytes {
    const packet = this.#housekeeping(TAGS.add, content)
    this.#state = { ...this.#state, reinitRequired: true }
    return packet
  }

  /** The state of section V, all secrets included. */
  save(): Bytes {
    return saveHistorical(this.#state)
  }

  static load(suite: SmmpSuite, bytes: Uint8Array, options: { readonly unsafeHistorical: true }): HistoricalGroup {
    if (options.unsafeHistorical !== true) throw new UsageError('unsafe-historical')
    return new HistoricalGroup(suite, loadHistorical(bytes))
  }

  /** Erases everything secret; nothing more is sent. */
  wipe(): void {
    const { root, headerKey, nextHeaderKey, messageKey, v, r, copies } = this.#state
    wipe(root, headerKey, nextHeaderKey, messageKey, v, r, ...copies.map(({ privateKey }) => privateKey))
    this.#state = { ...this.#state, copies: [], reinitRequired: true }
  }
}
