/** SMMP, fixed profile: messages in one order, each with its sender's next ratchet key in a box for each other member. */

import { ByteList } from '../base/byte-list.ts'
import { concat, copyOf, equalConstantTime } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import { BOX, boxFor, pairKeyAt } from './confirm.ts'
import { type FixedState, loadFixed, saveFixed } from './fixed-state.ts'
import { type Bytes, deriveFromShared, KEY, NONCE, type SmmpSuite, withJoined } from './suite.ts'
import { FixedContent, FixedContext, type FixedKind, FixedMessage, HopContext, route, SALT, unroute } from './wire.ts'

/** Every so many messages the sender says which conversation it has seen. */
export const DIGEST_EVERY = 16n
/** A message that was sent or received. */
export interface FixedEvent {
  readonly kind: FixedKind
  readonly seq: bigint
  readonly sender: number
  readonly content: Bytes
}

interface Pending {
  readonly packet: Bytes
  readonly state: FixedState
}

/** Which message: its place, its sender, and what sets it apart from another attempt. */
type Context = ValueOf<typeof FixedContext>

/** A member of a group. Messages count when the echo server has given them their place. */
export class SmmpGroup {
  readonly #suite: SmmpSuite
  #state: FixedState
  #pending: Pending | undefined

  /** Takes ownership of the state. */
  constructor(suite: SmmpSuite, state: FixedState) {
    this.#suite = suite
    this.#state = state
  }

  /** The place of this member. */
  get index(): number {
    return this.#state.own
  }

  /** How many members the group has. */
  get size(): number {
    return this.#state.publicR.length / KEY
  }

  /** The number of the next message. */
  get seq(): bigint {
    return this.#state.seq
  }

  /** What members compare to see whether they have read the same conversation. Public to members. */
  get digest(): Bytes {
    return copyOf(this.#state.digest)
  }

  /** Whether somebody left or asked for another group: nobody sends in this one any more. */
  get reinitRequired(): boolean {
    return this.#state.reinitRequired
  }

  /** Whether a message of this member waits for the server's verdict. */
  get pending(): boolean {
    return this.#pending !== undefined
  }

  /** Encrypts a message: a shared secret for each other member and one new key. It counts when `accept` is called. */
  send(content: Uint8Array): Bytes {
    return this.#compose('text', content)
  }

  /** Tells the others that this member leaves. After `accept` its keys are erased. */
  leave(): Bytes {
    return this.#compose('leave', new Uint8Array(0))
  }

  /** Asks the others to set the group up anew, for a reason that the application understands. */
  requestReinit(content: Uint8Array): Bytes {
    return this.#compose('reinit', content)
  }

  #compose(kind: FixedKind, content: Uint8Array): Bytes {
    const state = this.#state
    if (state.left) throw new UsageError('group-left')
    if (state.reinitRequired) throw new UsageError('reinit-required')
    if (this.#pending !== undefined) throw new UsageError('pending-change')
    const { own, seq } = state
    const digest = seq > 0n && seq % DIGEST_EVERY === 0n ? state.digest : undefined
    const plaintext = encode(FixedContent, { kind, digest, content })
    const salt = randomBytes(this.#suite.random, SALT)
    const context: Context = { transcript: state.transcript, seq, sender: own, salt }
    const r = randomBytes(this.#suite.random, KEY)
    try {
      const publicKey = this.#suite.dh.publicKey(r)
      const ciphertext = this.#withBodyKey(context, (key, nonce, bound) =>
        this.#suite.aead.seal(key, nonce, bound, plaintext),
      )
      const boxes = this.#sealBoxes(context, publicKey, ciphertext)
      const packet = route('group_message', encode(FixedMessage, { seq, sender: own, salt, ciphertext, boxes }))
      const after = this.#after(context, publicKey, plaintext, r)
      this.#pending = { packet, state: { ...after, left: kind === 'leave', reinitRequired: kind !== 'text' } }
      return packet
    } catch (error) {
      wipe(r)
      throw error
    } finally {
      wipe(plaintext)
    }
  }

  #withBodyKey<T>(context: Context, use: (key: Bytes, nonce: Bytes, bound: Bytes) => T): T {
    const bound = encode(FixedContext, context)
    const both = this.#suite.labels.expand(this.#state.root, 'body', bound, KEY + NONCE)
    return wipingAfter([both], () => use(both.subarray(0, KEY), both.subarray(KEY), bound))
  }

  /** The key of the box for member `to`; `shared` is what its ratchet key and the sender's make. */
  #withBoxKey<T>(
    shared: Uint8Array,
    { context, to, ciphertext }: { readonly context: Context; readonly to: number; readonly ciphertext: Uint8Array },
    use: (key: Bytes, nonce: Bytes, bound: Bytes) => T,
  ): T {
    const { own, pairKeys } = this.#state
    const pair = pairKeyAt(pairKeys, to === own ? context.sender : to)
    const hop = encode(HopContext, { message: context, to })
    const secret = withJoined([shared, pair], joined => deriveFromShared(this.#suite, joined, 'hdr', hop))
    const both = wipingAfter([secret], () => this.#suite.labels.expand(secret, 'box', undefined, KEY + NONCE))
    const bound = concat(encode(FixedContext, context), this.#suite.hash.digest(ciphertext))
    return wipingAfter([both], () => use(both.subarray(0, KEY), both.subarray(KEY), bound))
  }

  #sealBoxes(context: Context, publicKey: Uint8Array, ciphertext: Uint8Array): Bytes {
    const { own, r, publicR } = this.#state
    const others = concat(publicR.subarray(0, KEY * own), publicR.subarray(KEY * (own + 1)))
    const shared = this.#suite.dh.sharedMany(ByteList.fixed(r, KEY), ByteList.fixed(others, KEY))
    return wipingAfter([shared], () => {
      const boxes = new Uint8Array(BOX * (this.size - 1))
      for (let i = 0; i < this.size - 1; i++) {
        const hop = { context, to: i < own ? i : i + 1, ciphertext }
        const secret = shared.subarray(KEY * i, KEY * (i + 1))
        const box = this.#withBoxKey(secret, hop, (key, nonce, bound) =>
          this.#suite.aead.seal(key, nonce, bound, publicKey),
        )
        boxes.set(box, BOX * i)
      }
      return boxes
    })
  }

  /** The state after a message whose sender's next ratchet key is `publicKey`. */
  #after(context: Context, publicKey: Uint8Array, plaintext: Uint8Array, r: Bytes): FixedState {
    const { hash, kdf, labels } = this.#suite
    const state = this.#state
    const publicR = copyOf(state.publicR)
    publicR.set(publicKey, KEY * context.sender)
    const digest = hash.digest(concat(state.digest, encode(FixedContext, context), hash.digest(plaintext)))
    const extracted = kdf.extract(state.root, publicR)
    const root = wipingAfter([extracted], () => labels.expand(extracted, 'root', digest))
    return { ...state, seq: state.seq + 1n, publicR, digest, root, r }
  }

  /** The server has given the own message its place. */
  accept(): void {
    if (this.#pending === undefined) throw new UsageError('no-pending-change')
    this.#install(this.#pending.state)
    if (this.#state.left) this.wipe()
  }

  /** The own message got no place; everything is as before. */
  discard(): void {
    if (this.#pending === undefined) throw new UsageError('no-pending-change')
    const { root, r } = this.#pending.state
    wipe(root, r)
    this.#pending = undefined
  }

  /** Takes the next message. An own one that waits has lost its place and is dropped: send it again. */
  receive(bytes: Uint8Array): FixedEvent {
    const { type, packet } = unroute(bytes, this.#state.own)
    const state = this.#state
    if (state.left) throw new UsageError('group-left')
    if (type !== 'group_message') throw new RejectedError('unexpected-packet', { type })
    const { seq, sender, salt, ciphertext, boxes } = decode(FixedMessage, packet)
    if (sender === state.own) throw new RejectedError('own-message')
    if (sender >= this.size) throw new RejectedError('unknown-sender', { sender })
    if (seq !== state.seq) throw new RejectedError(seq < state.seq ? 'stale-stage' : 'missing-stage')
    if (state.reinitRequired) throw new RejectedError('reinit-required')
    const box = boxFor(boxes, this.size, sender, state.own)
    const context: Context = { transcript: state.transcript, seq, sender, salt }
    const publicKey = this.#openBox(context, box, ciphertext)
    checkX25519Key(publicKey, { sender })
    const plaintext = this.#withBodyKey(context, (key, nonce, bound) =>
      this.#suite.aead.open(key, nonce, bound, ciphertext),
    )
    return wipingAfter([plaintext], () => {
      const { kind, digest, content } = decode(FixedContent, plaintext)
      const due = seq > 0n && seq % DIGEST_EVERY === 0n
      if (due !== (digest !== undefined)) throw new RejectedError('malformed-content')
      if (digest !== undefined && !equalConstantTime(digest, state.digest))
        throw new RejectedError('transcript-mismatch')
      const after = this.#after(context, publicKey, plaintext, state.r)
      this.#install({ ...after, reinitRequired: kind !== 'text' })
      return { kind, seq, sender, content: copyOf(content) }
    })
  }

  /** Only the sender and this member can have made the box: that is what authenticates the message, deniably. */
  #openBox(context: Context, box: Uint8Array, ciphertext: Uint8Array): Bytes {
    const { own, r, publicR } = this.#state
    const shared = this.#suite.dh.shared(r, publicR.subarray(KEY * context.sender, KEY * (context.sender + 1)))
    return wipingAfter([shared], () =>
      this.#withBoxKey(shared, { context, to: own, ciphertext }, (key, nonce, bound) =>
        this.#suite.aead.open(key, nonce, bound, box),
      ),
    )
  }

  #install(state: FixedState): void {
    if (this.#pending !== undefined && this.#pending.state !== state) this.discard()
    this.#pending = undefined
    const old = this.#state
    this.#state = state
    wipe(old.root)
    if (old.r !== state.r) wipe(old.r)
  }

  /** Everything, secrets included. A message that waits for its verdict is not part of it: accept or discard it first. */
  save(): Bytes {
    if (this.#pending !== undefined) throw new UsageError('pending-change')
    return saveFixed(this.#state)
  }

  /** What `save` returned comes back to life. */
  static load(suite: SmmpSuite, bytes: Uint8Array): SmmpGroup {
    return new SmmpGroup(suite, loadFixed(bytes))
  }

  /** Erases everything secret; the group cannot be used afterwards. */
  wipe(): void {
    if (this.#pending !== undefined) this.discard()
    const { root, r, pairKeys } = this.#state
    wipe(root, r, pairKeys)
    this.#state = { ...this.#state, left: true, reinitRequired: true }
  }
}
