/** A group that is nothing but channels: every message is encrypted for every other member by itself. */
import { copyOf, equalPublic, toHex } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { decode, encode } from '../codec/codec.ts'
import { named, opaque, uint8, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import type { PairwiseChannels } from './channels.ts'
import type { Bytes } from './suite.ts'

const FORMAT = 1

/** What a message is bound to beside its session; not sent. */
const GroupContext = struct('GroupContext', { purpose: uint8, groupId: opaque })
const PURPOSE = 1
const SavedGroup = struct('SavedGroup', { format: uint8, groupId: opaque, members: vector(named('Name', opaque)) })

/** A packet and the name of whom it is for. */
export interface Addressed {
  readonly to: Uint8Array
  readonly packet: Bytes
}

/** What a group of pairwise channels is made from. */
export interface PairwiseGroupOptions {
  readonly channels: PairwiseChannels
  readonly groupId: Uint8Array
  /** The names of all members, this one included. */
  readonly members: readonly Uint8Array[]
}

/** A list of names over channels. The order of messages, and whether all get the same ones, is nobody's concern here. */
export class PairwiseGroup {
  readonly groupId: Uint8Array
  readonly #channels: PairwiseChannels
  readonly #context: Bytes
  readonly #members = new Map<string, Uint8Array>()

  constructor({ channels, groupId, members }: PairwiseGroupOptions) {
    this.groupId = copyOf(groupId)
    this.#channels = channels
    this.#context = encode(GroupContext, { purpose: PURPOSE, groupId })
    for (const id of members) this.add(id)
    if (!this.#members.has(toHex(channels.identity.id))) throw new UsageError('not-a-member')
  }

  /** The names of all members. */
  get members(): Uint8Array[] {
    return [...this.#members.values()].map(id => copyOf(id))
  }

  /** Adds a name; there must be a session with it when the next message is sent. */
  add(id: Uint8Array): void {
    if (id.length === 0) throw new UsageError('wrong-argument', { expected: 'a name that is not empty' })
    if (this.#members.has(toHex(id))) throw new UsageError('duplicate-member')
    this.#members.set(toHex(id), copyOf(id))
  }

  /** Takes a name off the list: nothing is sent to it or taken from it any more. No key changes. */
  remove(id: Uint8Array): void {
    if (equalPublic(id, this.#channels.identity.id))
      throw new UsageError('wrong-argument', { expected: 'another member' })
    if (!this.#members.delete(toHex(id))) throw new UsageError('not-a-member')
  }

  /** One packet for each other member, each of them an encryption of its own. */
  send(plaintext: Uint8Array): Addressed[] {
    const others = [...this.#members.values()].filter(id => !equalPublic(id, this.#channels.identity.id))
    const packets = this.#channels.sealMany(
      others.map(to => ({ to, plaintext })),
      this.#context,
    )
    return others.map((to, i) => ({ to: copyOf(to), packet: packets[i]! }))
  }

  /** Decrypts a member's packet. */
  receive(from: Uint8Array, packet: Uint8Array): Bytes {
    if (!this.#members.has(toHex(from))) throw new RejectedError('unknown-sender')
    return this.#channels.receive(from, packet, this.#context)
  }

  /** The group's name and members. Sessions belong to the channels, which are saved by themselves. */
  save(): Bytes {
    return encode(SavedGroup, { format: FORMAT, groupId: this.groupId, members: this.members })
  }

  /** What `save` returned comes back to life, over channels that were loaded before. */
  static load(channels: PairwiseChannels, bytes: Uint8Array): PairwiseGroup {
    const { format, groupId, members } = decode(SavedGroup, bytes)
    if (format !== FORMAT) throw new RejectedError('unknown-value', { field: 'SavedGroup.format' })
    return new PairwiseGroup({ channels, groupId, members })
  }
}
