/** mpENC section 5.2.3: one operation as one member sees it. A greeting never changes: each packet makes the next one. */
import { EMPTY, equalPublic } from '../base/bytes.ts'
import { BugError, RejectedError } from '../base/errors.ts'
import { chained, packetId } from './chain.ts'
import type { Upflow } from './cliques.ts'
import type { Operation } from './greet-type.ts'
import { type MemberId, sameMembers } from './member-ids.ts'
import { type DecodedGreeting, encodeGreeting, type GreetingPacket, type OrderReferences } from './packet.ts'
import type { SessionLists } from './session-id.ts'
import {
  cloned,
  type GkaOptions,
  type GkaParty,
  keyConfirmation,
  type Subsession,
  wipeSubsession,
} from './subsession.ts'
import type { Bytes } from './suite.ts'

/** An operation that was proposed by this member, or accepted because its first packet came through the channel. */
export interface Greeting {
  readonly operation: Operation
  readonly initiator: MemberId
  /** Of the subsession before; none where this member joins. */
  readonly before: readonly MemberId[]
  readonly members: readonly MemberId[]
  readonly stage: 'proposed' | 'up' | 'down'
  readonly draft: Subsession
  /** Own packets that the channel has not brought back. */
  readonly awaited: readonly Bytes[]
  /** Who has confirmed the new subsession. */
  readonly confirmed: readonly MemberId[]
}

/** A received packet with its bytes. */
export interface Arrival {
  readonly packet: DecodedGreeting
  readonly bytes: Uint8Array
}

/** Everybody who gets the packets of an operation. */
const concernedBy = ({ before, members }: Greeting): MemberId[] => [...before, ...members]

const blank = {
  destination: undefined,
  points: [],
  nonces: [],
  keys: [],
  order: undefined,
  sessionSignature: undefined,
}

export class Greeter {
  readonly #party: GkaParty
  readonly #options: GkaOptions
  /** Ids of the subsessions that this session has had. */
  readonly #used: readonly Uint8Array[]

  constructor(party: GkaParty, options: GkaOptions, used: readonly Uint8Array[]) {
    this.#party = party
    this.#options = options
    this.#used = used
  }

  #encode(draft: Subsession, packet: Omit<GreetingPacket, 'source'>): Bytes {
    return encodeGreeting({ ...packet, source: this.#party.id }, content => draft.aske.sign(content))
  }

  #confirmation(draft: Subsession): Bytes {
    return this.#options.confirmKey === true ? keyConfirmation(this.#party.suite, draft) : EMPTY.slice()
  }

  #acknowledge(draft: Subsession): Bytes {
    return draft.aske.acknowledge(this.#party.identity, this.#confirmation(draft))
  }

  #upflowPacket(draft: Subsession, operation: Operation, up: Upflow, lists: SessionLists): Bytes {
    const destination = up.complete ? undefined : lists.members[lists.nonces.length]
    if (!up.complete && destination === undefined) throw new BugError('broken-invariant')
    const sessionSignature = up.complete ? this.#acknowledge(draft) : undefined
    return this.#encode(draft, { ...blank, ...lists, operation, destination, points: up.points, sessionSignature })
  }

  /** The first packet of an operation of this member's own, from a draft that it takes over. */
  propose(
    before: readonly MemberId[],
    draft: Subsession,
    { operation, others, order }: { operation: Operation; others: readonly MemberId[]; order: OrderReferences },
  ): Greeting {
    const { cliques, aske } = draft
    const { id } = this.#party
    const common = { ...blank, operation, order }
    let packet: Bytes
    if (operation === 'start' || operation === 'include') {
      const { points } = cliques[operation](others)
      const lists = aske[operation](others)
      const destination = lists.members[lists.nonces.length]
      packet = this.#encode(draft, { ...common, ...lists, destination, points })
    } else if (operation === 'exclude') {
      const { points } = cliques.exclude(others)
      const lists = aske.exclude(others)
      packet = this.#encode(draft, { ...common, ...lists, points, sessionSignature: this.#acknowledge(draft) })
    } else {
      const { members, points } = cliques.refresh()
      const sessionSignature = this.#options.confirmKey === true ? this.#acknowledge(draft) : undefined
      packet = this.#encode(draft, { ...common, members, points, sessionSignature })
    }
    const { members } = cliques
    return { operation, initiator: id, before, members, stage: 'proposed', draft, awaited: [packet], confirmed: [] }
  }

  /** The greeting after its own packet came back from the channel. */
  echoed(greeting: Greeting, { packet, bytes }: Arrival): Greeting {
    const [first, ...awaited] = greeting.awaited
    if (first === undefined || !equalPublic(first, bytes)) throw new RejectedError('own-message')
    const { down, initial } = packet.facts
    const confirmed =
      packet.sessionSignature === undefined ? greeting.confirmed : [...greeting.confirmed, packet.source]
    const after: Greeting = { ...greeting, awaited, confirmed, stage: down ? 'down' : 'up' }
    return initial ? this.#accepted(after, { packet, bytes }) : after
  }

  /** The chain goes on with the packet that begins the operation. */
  #accepted(greeting: Greeting, { packet, bytes }: Arrival): Greeting {
    // the packet that is the first and the last counts once
    if (this.isFinal(greeting)) return greeting
    const id = packetId(this.#party.suite, { sender: packet.source, concerned: concernedBy(greeting), packet: bytes })
    const { draft } = greeting
    return { ...greeting, draft: { ...draft, head: chained(this.#party.suite, draft.head, id, 'initial') } }
  }

  /** The greeting that another member's first packet begins. Its signature has been checked; the draft is taken over. */
  begin(greeting: Greeting, arrival: Arrival): Greeting {
    const { packet } = arrival
    const next = packet.facts.down ? this.#down(greeting, packet) : this.#up(greeting, packet)
    return this.#accepted(next, arrival)
  }

  /** The greeting after a later packet; undefined where it is meant for another. */
  proceed(greeting: Greeting, { packet }: Arrival): Greeting | undefined {
    const { operation, source, members, facts, destination } = packet
    const { aske } = greeting.draft
    if (greeting.stage === 'proposed') throw new RejectedError('no-operation')
    if (operation !== greeting.operation) throw new RejectedError('wrong-stage', { operation })
    if (!sameMembers(members, greeting.members)) throw new RejectedError('wrong-member-list')
    if (facts.agreement !== (greeting.stage === 'up')) throw new RejectedError('wrong-stage', { stage: greeting.stage })
    if (!facts.down) {
      const turn = packet.nonces.length
      if (source !== members[turn - 1] || destination !== members[turn]) throw new RejectedError('wrong-sender')
      if (destination !== this.#party.id) return undefined
      if (aske.keyOf(destination) !== undefined) throw new RejectedError('wrong-stage', { stage: 'joined' })
      this.checkSignature(packet, packet.keys[turn - 1])
      return this.#onCopy(greeting, copy => this.#up(copy, packet))
    }
    if (facts.agreement) {
      if (source !== members.at(-1)) throw new RejectedError('wrong-sender')
      if (greeting.draft.aske.keyOf(this.#party.id) === undefined) throw new RejectedError('own-values-altered')
      this.checkSignature(packet, packet.keys.at(-1))
      return this.#onCopy(greeting, copy => this.#down(copy, packet))
    }
    if (!members.includes(source)) throw new RejectedError('unknown-sender')
    if (greeting.confirmed.includes(source)) throw new RejectedError('wrong-stage', { stage: 'confirmed' })
    this.checkSignature(packet, aske.keyOf(source))
    this.#checkConfirmed(greeting.draft, packet)
    return { ...greeting, confirmed: [...greeting.confirmed, source] }
  }

  #onCopy(greeting: Greeting, work: (copy: Greeting) => Greeting): Greeting {
    const draft = cloned(greeting.draft)
    try {
      return work({ ...greeting, draft })
    } catch (error) {
      wipeSubsession(draft)
      throw error
    }
  }

  /** Refuses a packet that the ephemeral key of its source has not signed. */
  checkSignature({ signed, signature }: DecodedGreeting, key: Uint8Array | undefined): void {
    if (key === undefined) throw new RejectedError('unknown-sender')
    if (!this.#party.suite.signature.verify(key, signed, signature)) throw new RejectedError('invalid-signature')
  }

  #checkConfirmed(draft: Subsession, { source, sessionSignature }: DecodedGreeting): void {
    if (sessionSignature === undefined) throw new RejectedError('unexpected-record')
    const confirmation = this.#confirmation(draft)
    const { directory } = this.#party
    draft.aske.checkAcknowledgement(source, sessionSignature, { directory, confirmation })
  }

  #up(greeting: Greeting, packet: DecodedGreeting): Greeting {
    const { draft } = greeting
    if (packet.destination !== this.#party.id) {
      draft.aske.observeUpflow(packet, packet.source)
      return { ...greeting, stage: 'up' }
    }
    const lists = draft.aske.joinUpflow(packet)
    const up = draft.cliques.joinUpflow(packet)
    if (up.complete) this.#checkFresh(draft)
    const own = this.#upflowPacket(draft, greeting.operation, up, lists)
    return { ...greeting, stage: 'up', awaited: [...greeting.awaited, own] }
  }

  #checkFresh({ aske }: Subsession): void {
    if (this.#used.some(sid => equalPublic(sid, aske.sid))) throw new RejectedError('session-id-reused')
  }

  /** What comes down to everybody. Without key confirmation nothing is multiplied before its source has proved who it is. */
  #down(greeting: Greeting, packet: DecodedGreeting): Greeting {
    const { draft, operation, initiator } = greeting
    const confirming = this.#options.confirmKey === true
    if (operation !== 'refresh') {
      draft.aske.receive(packet, operation === 'exclude' ? initiator : undefined)
      this.#checkFresh(draft)
      if (!confirming) this.#checkConfirmed(draft, packet)
    }
    draft.cliques.receive(packet, initiator)
    if (operation === 'refresh' && !confirming) return { ...greeting, stage: 'down' }
    if (confirming) this.#checkConfirmed(draft, packet)
    const { members } = greeting
    const own = this.#encode(draft, { ...blank, operation, members, sessionSignature: this.#acknowledge(draft) })
    return { ...greeting, stage: 'down', confirmed: [packet.source], awaited: [...greeting.awaited, own] }
  }

  /** Whether everybody has confirmed, or nobody has to. */
  isFinal({ operation, stage, members, confirmed }: Greeting): boolean {
    if (stage !== 'down') return false
    if (operation === 'refresh' && this.#options.confirmKey !== true) return true
    return confirmed.length === members.length
  }

  /** The subsession that a final greeting leads to; `arrival` is the packet that made it so. */
  conclude(greeting: Greeting, { packet, bytes }: Arrival): Subsession {
    const { suite } = this.#party
    const id = packetId(suite, { sender: packet.source, concerned: concernedBy(greeting), packet: bytes })
    const kind = packet.facts.initial ? 'both' : 'final'
    return { ...greeting.draft, head: chained(suite, greeting.draft.head, id, kind) }
  }
}
