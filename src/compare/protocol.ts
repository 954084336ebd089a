/** One interface over all group-key protocols: what a driver calls, and what a protocol says of itself. */
import type { CryptoProvider } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'

/** A name, as printable text. */
export type MemberId = string

/** What a group does. */
export type Operation = 'create' | 'update' | 'add' | 'remove' | 'send'

/**
 * How a packet is put in order with others. `false`: not at all. `epoch`: the ordering service takes one such packet in each epoch and
 * tells the sender whether it was its own. `total`: the service takes all, and brings them to the sender too.
 */
export type Ordering = false | 'epoch' | 'total'

/** Something to be carried. */
export interface Packet {
  /** `all`: every other member, as the sender sees the group now. */
  readonly to: readonly MemberId[] | 'all'
  readonly ordered: Ordering
  /** `handshake`: is kept and sent again until it arrives. `message`: may be lost. */
  readonly kind: 'handshake' | 'message'
  readonly bytes: Uint8Array
}

/** What happened to a member. */
export type GroupEvent =
  | { readonly kind: 'message'; readonly from: MemberId; readonly plaintext: Uint8Array }
  /** The members or the keys have changed; also the first event of a newcomer. */
  | { readonly kind: 'epoch' }
  /** The member is not in the group any more. */
  | { readonly kind: 'removed' }

/** What came of a call. */
export interface Step {
  readonly out: readonly Packet[]
  readonly events: readonly GroupEvent[]
  /** False while an operation of several rounds waits for others. */
  readonly done: boolean
}

/** What a protocol claims. Every claim is the outcome of a test: see docs/compare.md. */
export interface Traits {
  /** Every operation works with one member online at a time. */
  readonly asynchronous: boolean
  /** Members who process two concurrent updates in different orders end up apart. */
  readonly needsTotalOrder: boolean
  /** A stolen state does not open messages that its owner has read. */
  readonly forwardSecrecy: boolean
  /** A stolen state does not open messages sent after its owner's update, once that has reached everybody. */
  readonly postCompromiseSecurity: boolean
  /** No signature is made of what members say: nobody can prove it to others. */
  readonly deniable: boolean
  /** Times that packets wait for packets before an operation is done everywhere. */
  rounds(operation: Operation, members: number): number
  /** The largest group that the protocol is for. */
  readonly maxMembers: number
}

/** What a client lives in. All its randomness comes from the provider. */
export interface Environment {
  readonly id: MemberId
  readonly provider: CryptoProvider & {
    /** A cipher suite of RFC 9420 by its number. */
    suite(id: number): CipherSuite
  }
  /** Something that `publish` of that client returned; never the same twice. */
  fetch(id: MemberId): Uint8Array
}

/** States as bytes. */
export interface Storage<S> {
  /** Everything a client holds, secret. Throws a `UsageError` in the middle of an operation that can only be ended in memory. */
  save(state: S): Uint8Array
  /** What `save` returned comes back to life. */
  load(environment: Environment, bytes: Uint8Array): S
}

/**
 * A protocol. `S` is one client in at most one group, changed in place; a call that throws leaves it as it was. A client is a member while
 * `members` is not empty.
 */
export interface GroupProtocol<S> {
  readonly name: string
  readonly traits: Traits
  /** A client with fresh identity keys, in no group. */
  client(environment: Environment): S
  /** What others need of this client to bring it into a group while it is offline. */
  publish(state: S): Uint8Array
  /** Makes a group with these others. */
  create(state: S, others: readonly MemberId[]): Step
  /** Takes a packet while not a member. */
  join(state: S, from: MemberId, packet: Uint8Array): Step
  /** Changes whatever of this member's secrets the protocol can change. */
  update(state: S): Step
  /** Brings somebody in who has published. */
  add(state: S, who: MemberId): Step
  /** Takes somebody out. */
  remove(state: S, who: MemberId): Step
  /** Says something to all. */
  send(state: S, plaintext: Uint8Array): Step
  /** Takes a packet while a member. */
  receive(state: S, from: MemberId, packet: Uint8Array): Step
  /** The ordering service's verdict on this member's packet ordered by epoch. */
  commitAccepted(state: S, accepted: boolean): Step
  /** Equal for members who agree on everything, and different otherwise. */
  epochId(state: S): Uint8Array
  /** Who is in the group, as this member sees it; empty for those who are in none. */
  members(state: S): MemberId[]
  readonly storage: Storage<S>
}

/** Nothing to send, nothing happened. */
export const NOTHING: Step = { out: [], events: [], done: true }

/** The step into another epoch. */
export const NEW_EPOCH: Step = { out: [], events: [{ kind: 'epoch' }], done: true }

/** The step out of the group. */
export const REMOVED: Step = { out: [], events: [{ kind: 'removed' }], done: true }

/** A step that sends one packet to all. */
export const toAll = (bytes: Uint8Array, ordered: Ordering, kind: Packet['kind']): Step => ({
  out: [{ to: 'all', ordered, kind, bytes }],
  events: [],
  done: ordered === false,
})

/** A step in which a member reads something. */
export const readFrom = (from: MemberId, plaintext: Uint8Array): Step => ({
  out: [],
  events: [{ kind: 'message', from, plaintext }],
  done: true,
})
