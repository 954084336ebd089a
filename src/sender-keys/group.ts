/** A group in which every member encrypts once for all, under a key that it gave to each of them through a pairwise channel. */
import { copyOf, equalPublic, toHex } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { wipingAfter } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import { named, opaque, optional, uint8, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import type { PairChannels } from './channels.ts'
import { HeldKey, OwnKey, SavedHeldKey, SavedOwnKey } from './keys.ts'
import type { Bytes, SenderKeysSuite } from './suite.ts'
import {
  DISTRIBUTION,
  DistributionContext,
  MessageContext,
  SenderKey,
  SenderKeyMessage,
  SenderKeyMessageTBS,
} from './wire.ts'

const FORMAT = 1
const LABEL = 'Message'
/** Keys of one sender that are kept: the newest and the one before it, for what is still under way. */
export const MAX_KEYS = 2

const SavedMember = struct('SavedMember', { id: opaque, hasOwnKey: uint8, keys: vector(SavedHeldKey) })
const SavedGroup = struct('SavedGroup', {
  format: uint8,
  groupId: opaque,
  own: opaque,
  key: optional(named('SavedOwnKey', SavedOwnKey)),
  others: vector(SavedMember),
})

/** A packet and the name of whom it is for. */
export interface Addressed {
  readonly to: Uint8Array
  readonly packet: Bytes
}

/** What a group with sender keys is made from. */
export interface SenderKeyGroupOptions {
  readonly suite: SenderKeysSuite
  readonly channels: PairChannels
  /** This member's name. */
  readonly own: Uint8Array
  readonly groupId: Uint8Array
  /** The names of all members, this one included. */
  readonly members: readonly Uint8Array[]
}

interface Other {
  readonly id: Uint8Array
  /** Newest first. */
  keys: HeldKey[]
}

/** Sender keys are changed when a member is removed, when the application asks for it, and never otherwise. */
export class SenderKeyGroup {
  readonly groupId: Uint8Array
  readonly own: Uint8Array
  readonly #suite: SenderKeysSuite
  readonly #channels: PairChannels
  readonly #distribution: Bytes
  readonly #others = new Map<string, Other>()
  /** Those who were not given the current key of this member. */
  readonly #due = new Map<string, Other>()
  #key: OwnKey | undefined

  constructor({ suite, channels, own, groupId, members }: SenderKeyGroupOptions) {
    this.groupId = copyOf(groupId)
    this.own = copyOf(own)
    this.#suite = suite
    this.#channels = channels
    this.#distribution = encode(DistributionContext, { purpose: DISTRIBUTION, groupId })
    if (own.length === 0 || members.filter(id => equalPublic(id, own)).length !== 1) {
      throw new UsageError('not-a-member')
    }
    for (const id of members) if (!equalPublic(id, own)) this.add(id)
  }

  /** The names of all members; this one is the first. */
  get members(): Uint8Array[] {
    return [copyOf(this.own), ...[...this.#others.values()].map(({ id }) => copyOf(id))]
  }

  /** The names of the members that lack this member's current key. */
  get due(): Uint8Array[] {
    return [...this.#due.values()].map(({ id }) => copyOf(id))
  }

  /** Adds a name. It will get the keys from the next message on: what was said before stays closed to it. */
  add(id: Uint8Array): void {
    if (id.length === 0) throw new UsageError('wrong-argument', { expected: 'a name that is not empty' })
    const name = toHex(id)
    if (this.#others.has(name) || equalPublic(id, this.own)) throw new UsageError('duplicate-member')
    const other = { id: copyOf(id), keys: [] }
    this.#others.set(name, other)
    this.#due.set(name, other)
  }

  /** Takes a name off the list, forgets its keys and drops the own one, which it knows. Every member must do this. */
  remove(id: Uint8Array): void {
    const other = this.#others.get(toHex(id))
    if (other === undefined) throw new UsageError('not-a-member')
    for (const key of other.keys) key.wipe()
    this.#others.delete(toHex(id))
    this.rotate()
  }

  /** Drops the own key: the next `distribute` makes a new one, one pairwise packet for each other member. */
  rotate(): void {
    this.#key?.wipe()
    this.#key = undefined
    this.#due.clear()
    for (const [name, other] of this.#others) this.#due.set(name, other)
  }

  /** Packets with the own key for all who lack it. */
  distribute(): Addressed[] {
    const key = this.#key ?? OwnKey.generate(this.#suite)
    const due = [...this.#due.values()]
    try {
      const plaintext = encode(SenderKey, key.share())
      const items = due.map(({ id: to }) => ({ to, plaintext }))
      const packets = wipingAfter([plaintext], () => this.#channels.sealMany(items, this.#distribution))
      this.#due.clear()
      this.#key = key
      return due.map(({ id }, i) => ({ to: copyOf(id), packet: packets[i]! }))
    } catch (error) {
      if (key !== this.#key) key.wipe()
      throw error
    }
  }

  /** Takes the sender key in a pairwise packet of another member. */
  receiveKey(from: Uint8Array, packet: Uint8Array): void {
    const other = this.#member(from)
    this.#channels.open(from, packet, this.#distribution, plaintext => {
      wipingAfter([plaintext], () => {
        const shared = decode(SenderKey, plaintext)
        if (other.keys.some(({ keyId }) => keyId === shared.keyId)) throw new RejectedError('repeated-sender-key')
        const kept = [new HeldKey(this.#suite, shared), ...other.keys]
        for (const old of kept.splice(MAX_KEYS)) old.wipe()
        other.keys = kept
      })
    })
  }

  #member(id: Uint8Array): Other {
    const other = this.#others.get(toHex(id))
    if (other === undefined) throw new RejectedError('unknown-sender')
    return other
  }

  /** One packet for all other members: one encryption, one signature. */
  send(plaintext: Uint8Array): Bytes {
    const key = this.#key
    const { groupId, own: sender } = this
    if (key === undefined || this.#due.size > 0) {
      throw new UsageError('key-not-distributed', { members: this.#due.size })
    }
    const { keyId } = key
    const { index, ciphertext } = key.seal(plaintext, at =>
      encode(MessageContext, { groupId, sender, keyId, index: at }),
    )
    const content = encode(SenderKeyMessageTBS, { context: { groupId, sender, keyId, index }, ciphertext })
    const signature = key.sign(this.#suite.labels.content(LABEL, content))
    return encode(SenderKeyMessage, { groupId, keyId, index, ciphertext, signature })
  }

  /** Decrypts a member's packet. */
  receive(from: Uint8Array, packet: Uint8Array): Bytes {
    const { groupId, keyId, index, ciphertext, signature } = decode(SenderKeyMessage, packet)
    if (!equalPublic(groupId, this.groupId)) throw new RejectedError('wrong-group')
    const key = this.#member(from).keys.find(held => held.keyId === keyId)
    if (key === undefined) throw new RejectedError('unknown-sender-key', { keyId })
    const context = { groupId, sender: from, keyId, index }
    const content = encode(SenderKeyMessageTBS, { context, ciphertext })
    if (!this.#suite.signature.verify(key.sigKey, this.#suite.labels.content(LABEL, content), signature)) {
      throw new RejectedError('invalid-signature')
    }
    return key.open(index, ciphertext, encode(MessageContext, context))
  }

  /** Forgets the keys of others before their newest: nothing under them is expected any more. */
  forgetOldKeys(): void {
    for (const other of this.#others.values()) for (const old of other.keys.splice(1)) old.wipe()
  }

  /** Everything, secrets included; the channels are saved by themselves. */
  save(): Bytes {
    const others = [...this.#others].map(([name, { id, keys }]) => ({
      id,
      hasOwnKey: this.#due.has(name) ? 0 : 1,
      keys: keys.map(key => key.save()),
    }))
    const { groupId, own } = this
    return encode(SavedGroup, { format: FORMAT, groupId, own, key: this.#key?.save(), others })
  }

  /** What `save` returned comes back to life, over channels that were loaded before. */
  static load(suite: SenderKeysSuite, channels: PairChannels, bytes: Uint8Array): SenderKeyGroup {
    const { format, groupId, own, key, others } = decode(SavedGroup, bytes)
    const sound = others.every(
      ({ hasOwnKey, keys }) => hasOwnKey <= (key === undefined ? 0 : 1) && keys.length <= MAX_KEYS,
    )
    const names = new Set([own, ...others.map(({ id }) => id)].map(toHex))
    if (format !== FORMAT || !sound || names.has('') || names.size !== others.length + 1) {
      throw new RejectedError('unknown-value', { field: 'SavedGroup' })
    }
    const members = [own, ...others.map(({ id }) => id)]
    const group = new SenderKeyGroup({ suite, channels, own, groupId, members })
    group.#key = key && OwnKey.load(suite, key)
    for (const { id, hasOwnKey, keys } of others) {
      const name = toHex(id)
      if (hasOwnKey === 1) group.#due.delete(name)
      group.#others.get(name)!.keys = keys.map(saved => HeldKey.load(suite, saved))
    }
    return group
  }

  /** Wipes all keys. */
  wipe(): void {
    this.rotate()
    for (const other of this.#others.values()) for (const key of other.keys.splice(0)) key.wipe()
  }
}
