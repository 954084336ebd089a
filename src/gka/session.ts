/** copath/gka as an application sees it: one object for each session that a member is in or wants to be in. */
import { copyOf, equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { checkOpening, type Opening } from './acceptance.ts'
import { genesis } from './chain.ts'
import type { Operation } from './greet-type.ts'
import { type Arrival, Greeter, type Greeting } from './greeting.ts'
import { checkId, DEFAULT_MAX_MEMBERS, type MemberId } from './member-ids.ts'
import { decodeGreeting } from './packet.ts'
import { loadSession, type SessionState, saveSession } from './save.ts'
import { cloned, type GkaOptions, type GkaParty, newcomer, type Subsession, wipeSubsession } from './subsession.ts'
import { type Bytes, KEY } from './suite.ts'

/** What came of a packet. */
export interface GreetingOutcome {
  /**
   * `ignored`: meant for others. `progress`: the operation goes on. `completed`: members and key have changed. `excluded`: others are
   * about to go on without this member; leave when the channel says so.
   */
  readonly kind: 'ignored' | 'progress' | 'completed' | 'excluded'
  readonly operation: Operation
  /** To be sent to everybody in the operation; the channel brings them back to this member too. */
  readonly send: readonly Bytes[]
  /** Whether an own proposal was dropped because this operation came first. Do not propose it again without asking the user. */
  readonly proposalRejected: boolean
  /** What the initiator says it had read. */
  readonly latestMessages: readonly Uint8Array[]
}

/**
 * One member's view of one session. The channel brings every packet to everybody concerned, the sender included, in one order. Every call
 * that throws leaves it exactly as it was; an operation that cannot go on is given up with `abandon`.
 */
export class GkaSession {
  readonly #party: GkaParty
  readonly #options: GkaOptions
  #current: Subsession | undefined
  #greeting: Greeting | undefined
  #usedSids: Uint8Array[] = []
  #rejections = 0

  constructor(party: GkaParty, options: GkaOptions = {}) {
    checkId(party.id)
    this.#party = party
    this.#options = options
  }

  /** The name of this member. */
  get id(): MemberId {
    return this.#party.id
  }

  get #active(): Subsession {
    if (this.#current === undefined) throw new UsageError('not-in-session')
    return this.#current
  }

  /** Whether this member is in the session. */
  get active(): boolean {
    return this.#current !== undefined
  }

  /** Who is in the session. */
  get members(): readonly MemberId[] {
    return this.#active.cliques.members.slice()
  }

  /** The id of the members with their nonces; a refresh does not change it. */
  get sid(): Bytes {
    return copyOf(this.#active.aske.sid)
  }

  /** The same for all members after the same operations, and never the same twice. */
  get chainHash(): Uint8Array {
    return copyOf(this.#active.head.hash)
  }

  /** The group's 32-byte key: secret, and the caller's to wipe. */
  exportGroupKey(): Uint8Array {
    return copyOf(this.#active.cliques.groupKey)
  }

  /** The key for AES-128: the first half of the group's key. Secret, and the caller's to wipe. */
  exportEncryptionKey(): Uint8Array {
    return this.#active.cliques.groupKey.slice(0, KEY / 2)
  }

  /** Who should refresh next. */
  get oldestContribution(): MemberId {
    return this.#active.cliques.oldestContribution
  }

  /** How many multiplications it takes this member to follow an operation of another. */
  get contributionCount(): number {
    return this.#active.cliques.contributionCount
  }

  /** The public ephemeral key of a member, for what it signs in this subsession. */
  signatureKey(id: MemberId): Uint8Array {
    const key = this.#active.aske.keyOf(id)
    if (key === undefined) throw new UsageError('not-a-member')
    return copyOf(key)
  }

  /** Signs with the own ephemeral key. The content must begin with a label of the application's. */
  sign(content: Uint8Array): Bytes {
    return this.#active.aske.sign(content)
  }

  /** The operation under way, with what this member waits for. */
  get operation(): Pick<Greeting, 'operation' | 'initiator' | 'stage' | 'members' | 'confirmed'> | undefined {
    if (this.#greeting === undefined) return undefined
    const { operation, initiator, stage, members, confirmed } = this.#greeting
    return { operation, initiator, stage, members: members.slice(), confirmed: confirmed.slice() }
  }

  get #greeter(): Greeter {
    return new Greeter(this.#party, this.#options, this.#usedSids)
  }

  #propose(operation: Operation, others: readonly MemberId[], latestMessages: readonly Uint8Array[]): Bytes {
    if (this.#greeting !== undefined) throw new UsageError('operation-running')
    for (const message of latestMessages) {
      if (message.length !== KEY) throw new UsageError('wrong-length', { expected: KEY, got: message.length })
    }
    const draft =
      operation === 'start'
        ? newcomer(this.#party, this.#options, genesis(this.#party.suite, randomBytes(this.#party.suite.random, KEY)))
        : cloned(this.#active)
    try {
      const order = { previousFinal: draft.head.last, chainHash: draft.head.hash, latestMessages }
      const before = this.#current?.cliques.members ?? []
      this.#greeting = this.#greeter.propose(before, draft, { operation, others, order })
      return copyOf(this.#greeting.awaited[0]!)
    } catch (error) {
      wipeSubsession(draft)
      throw error
    }
  }

  /** Proposes a session with others. Nothing happens until the channel brings the packet back. */
  start(others: readonly MemberId[]): Bytes {
    if (this.#current !== undefined) throw new UsageError('operation-running')
    return this.#propose('start', others, [])
  }

  /** Proposes to include others. `latestMessages` are references to messages read last, 32 bytes each. */
  include(newcomers: readonly MemberId[], latestMessages: readonly Uint8Array[] = []): Bytes {
    return this.#propose('include', newcomers, latestMessages)
  }

  /** Proposes to exclude others. */
  exclude(excluded: readonly MemberId[], latestMessages: readonly Uint8Array[] = []): Bytes {
    if (excluded.length === 0) throw new UsageError('wrong-argument', { expected: 'at least one member' })
    return this.#propose('exclude', excluded, latestMessages)
  }

  /** Proposes a fresh contribution of one's own. */
  refresh(latestMessages: readonly Uint8Array[] = []): Bytes {
    return this.#propose('refresh', [], latestMessages)
  }

  /** Takes a packet that the channel says is `from` a member, this one included. */
  receive(from: MemberId, bytes: Uint8Array): GreetingOutcome {
    const copy = copyOf(bytes)
    const packet = decodeGreeting(copy, this.#options.maxMembers ?? DEFAULT_MAX_MEMBERS)
    if (packet.source !== from) throw new RejectedError('wrong-sender')
    const arrival: Arrival = { packet, bytes: copy }
    if (from === this.#party.id) return this.#receiveOwn(arrival)
    if (packet.facts.initial) return this.#receiveInitial(arrival)
    if (this.#greeting === undefined) throw new RejectedError('no-operation')
    const before = this.#greeting
    const next = this.#greeter.proceed(before, arrival)
    if (next === undefined) return this.#outcome('ignored', arrival)
    if (next.draft !== before.draft) wipeSubsession(before.draft)
    return this.#continue(next, arrival, next.awaited.slice(before.awaited.length))
  }

  #receiveOwn(arrival: Arrival): GreetingOutcome {
    if (this.#greeting === undefined) throw new RejectedError('no-operation')
    return this.#continue(this.#greeter.echoed(this.#greeting, arrival), arrival, [])
  }

  #receiveInitial(arrival: Arrival): GreetingOutcome {
    const running = this.#greeting
    if (running !== undefined && running.stage !== 'proposed') throw new RejectedError('operation-running')
    const opening: Opening = checkOpening(this.#party, this.#current, arrival.packet)
    if (opening.kind === 'ignored') return this.#outcome('ignored', arrival)
    const greeter = this.#greeter
    greeter.checkSignature(arrival.packet, opening.key)
    if (opening.kind === 'excluded') return this.#outcome('excluded', arrival)
    const { operation, source, members } = arrival.packet
    const current = this.#current
    const draft = current === undefined ? newcomer(this.#party, this.#options, opening.head) : cloned(current)
    const before = current?.cliques.members ?? []
    const stage = 'up'
    try {
      const start: Greeting = {
        ...{ operation, initiator: source, before, members, stage, draft },
        ...{ awaited: [], confirmed: [] },
      }
      const next = greeter.begin(start, arrival)
      wipeSubsession(running?.draft)
      if (running !== undefined) this.#rejections++
      return { ...this.#continue(next, arrival, next.awaited), proposalRejected: running !== undefined }
    } catch (error) {
      wipeSubsession(draft)
      throw error
    }
  }

  #continue(next: Greeting, arrival: Arrival, send: readonly Bytes[]): GreetingOutcome {
    const greeter = this.#greeter
    if (!greeter.isFinal(next)) {
      this.#greeting = next
      return this.#outcome('progress', arrival, send)
    }
    const after = greeter.conclude(next, arrival)
    wipeSubsession(this.#current)
    this.#current = after
    this.#greeting = undefined
    if (next.initiator === this.#party.id) this.#rejections = 0
    if (!this.#usedSids.some(sid => equalPublic(sid, after.aske.sid))) this.#usedSids.push(copyOf(after.aske.sid))
    return this.#outcome('completed', arrival)
  }

  #outcome(kind: GreetingOutcome['kind'], { packet }: Arrival, send: readonly Bytes[] = []): GreetingOutcome {
    const latestMessages = packet.order?.latestMessages.map(message => copyOf(message)) ?? []
    const { operation } = packet
    return { kind, operation, send: send.map(own => copyOf(own)), proposalRejected: false, latestMessages }
  }

  /** How many own proposals in a row were dropped because another operation came first. From three on somebody may be at work. */
  get rejectedProposals(): number {
    return this.#rejections
  }

  /** Own packets that the channel has not brought back, to be sent again. */
  get unacknowledged(): Bytes[] {
    return this.#greeting?.awaited.map(own => copyOf(own)) ?? []
  }

  /** Gives up the operation under way, or the own proposal. The subsession before stays. */
  abandon(): void {
    if (this.#greeting === undefined) throw new UsageError('no-operation')
    wipeSubsession(this.#greeting.draft)
    this.#greeting = undefined
  }

  /** Everything but the identity key: secret, and the same bytes for the same state. */
  save(): Bytes {
    const state: SessionState = {
      current: this.#current,
      greeting: this.#greeting,
      usedSids: this.#usedSids,
      rejections: this.#rejections,
    }
    return saveSession(this.#party, this.#options, state)
  }

  /** Restores what `save` returned. */
  static load(party: GkaParty, bytes: Uint8Array): GkaSession {
    const { options, state } = loadSession(party, bytes)
    const session = new GkaSession(party, options)
    session.#current = state.current
    session.#greeting = state.greeting
    session.#usedSids = state.usedSids.slice()
    session.#rejections = state.rejections
    return session
  }

  /** Forgets the session and erases its secrets. */
  leave(): void {
    wipeSubsession(this.#greeting?.draft)
    wipeSubsession(this.#current)
    this.#greeting = undefined
    this.#current = undefined
    this.#usedSids = []
    this.#rejections = 0
  }
}
