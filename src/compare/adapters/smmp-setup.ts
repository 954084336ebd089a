/** A key agreement of SMMP among names: the organizer, who also takes part, or one of the others. */
import { RejectedError } from '../../base/errors.ts'
import { decode } from '../../codec/codec.ts'
import {
  type HistoricalGroup,
  type SmmpGroup,
  type SmmpIdentity,
  SmmpOrganizer,
  SmmpParticipant,
  type SmmpSuite,
} from '../../smmp/index.ts'
import { Routed, TO_ORGANIZER } from '../../smmp/wire.ts'
import type { MemberId } from '../protocol.ts'

/** A packet of the protocol, and the names of those it is for. */
export interface Addressed {
  readonly to: readonly MemberId[]
  readonly packet: Uint8Array
}

/** What a member brings to an agreement. */
export interface SetupOptions {
  readonly suite: SmmpSuite
  readonly identity: SmmpIdentity
  readonly historical: boolean
  readonly groupId: Uint8Array
  readonly id: MemberId
  /** The organizer first. */
  readonly members: readonly MemberId[]
  readonly authenticate: (id: MemberId, b: Uint8Array) => boolean
}

/** Whom an echo server gives a packet to, by what is written on it: an index, the organizer, or undefined for everyone. */
export function addressOf(packet: Uint8Array): number | undefined {
  const { to } = decode(Routed, packet)
  return to.length === 2 ? (to[0]! << 8) | to[1]! : undefined
}

/** One agreement as one member sees it. */
export class SmmpSetup {
  readonly groupId: Uint8Array
  readonly members: readonly MemberId[]
  readonly #id: MemberId
  readonly #historical: boolean
  readonly #participant: SmmpParticipant
  readonly #organizer: SmmpOrganizer | undefined
  #shared = false
  #confirmed = false

  constructor({ id, members, historical, authenticate, ...common }: SetupOptions) {
    const options = {
      ...{ suite: common.suite, groupId: common.groupId, unsafeHistorical: historical },
      authenticate: (index: number, b: Uint8Array) => authenticate(members[index]!, b),
    }
    this.groupId = common.groupId
    this.members = members
    this.#id = id
    this.#historical = historical
    this.#organizer = members[0] === id ? new SmmpOrganizer({ ...options, n: members.length }) : undefined
    // the organizer's key has no owner that a directory knows: the network says who sends it
    this.#participant = new SmmpParticipant({
      ...options,
      identity: common.identity,
      authenticateOrganizer: () => true,
    })
  }

  /** The first packets of the organizer, for the others; its own is the first of what `begin` takes. */
  hellos(): Addressed[] {
    return this.#address(this.#organizer!.hellos().slice(1))
  }

  /** The organizer's own part, once nothing came before its proposal. */
  begin(): Addressed[] {
    return this.#send(this.#participant.receive(this.#organizer!.hellos()[0]!))
  }

  /** Takes a packet of another, or an own one that the ordering service brings back. */
  take(from: MemberId, packet: Uint8Array): Addressed[] {
    const { type } = decode(Routed, packet)
    if (from === this.#id) {
      if (type === 'confirm') this.#confirmed = true
      return []
    }
    const fromOrganizer = type === 'organizer_hello' || type === 'masked_share'
    if (!this.members.includes(from) || fromOrganizer !== (fromOrganizer && from === this.members[0])) {
      throw new RejectedError('unexpected-packet', { type })
    }
    const forOrganizer = type === 'participant_keys' || type === 'ratchet_key'
    if (forOrganizer) this.#organizer?.receive(packet)
    const secret = addressOf(packet) === TO_ORGANIZER
    return this.#send(secret ? [] : this.#participant.receive(packet))
  }

  /** Own packets: the organizer in this member takes its part of them at once. */
  #send(packets: readonly Uint8Array[]): Addressed[] {
    const organizer = this.#organizer
    const out = this.#address(packets)
    if (organizer === undefined || this.#shared) return out
    for (const packet of packets) organizer.receive(packet)
    if (!organizer.complete) return out
    this.#shared = true
    const [own, ...shares] = organizer.shares()
    return [...out, ...this.#address(shares), ...this.#send(this.#participant.receive(own!))]
  }

  #address(packets: readonly Uint8Array[]): Addressed[] {
    const others = this.members.filter(id => id !== this.#id)
    return packets.flatMap(packet => {
      const index = addressOf(packet)
      const to = index === undefined ? others : [this.members[index === TO_ORGANIZER ? 0 : index]!]
      return to[0] === this.#id ? [] : [{ to, packet }]
    })
  }

  /** Whether the group can be had. In the fixed profile that is so at the same place of the order for all. */
  get finished(): boolean {
    return this.#participant.ready && (this.#historical || this.#confirmed)
  }

  /** The group; the keys of the one before are erased. */
  finish(replaces: { wipe(): void } | undefined): SmmpGroup | HistoricalGroup {
    return this.#historical ? this.#participant.finishHistorical(replaces) : this.#participant.finish(replaces)
  }

  /** Gives the agreement up. */
  wipe(): void {
    this.#organizer?.wipe()
    this.#participant.wipe()
  }
}
