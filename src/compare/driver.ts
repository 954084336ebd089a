/** Runs any protocol on a virtual network. Everything that happens depends on the seed and the calls alone, so any run can be replayed. */
import { EMPTY } from '../base/bytes.ts'
import { BugError, RejectedError, UsageError } from '../base/errors.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { type OperationReport, sharedWork, type Work, workBetween } from './metrics.ts'
import { type Carried, type NetworkPolicy, VirtualNetwork } from './network.ts'
import { OrderingService } from './ordering.ts'
import { type Note, Person, personalProvider, plainProvider } from './person.ts'
import type { GroupProtocol, MemberId, Packet, Step } from './protocol.ts'
import { Draws, seededRandom } from './random.ts'
import { Transcript } from './transcript.ts'

/** What a run is made from. */
export interface DriverOptions {
  readonly seed: string
  readonly policy?: Partial<NetworkPolicy>
  /** Where primitives come from; its randomness is not used. */
  readonly provider?: CryptoProvider
}

/** Something that a member does. */
export type Action =
  | { readonly kind: 'create'; readonly others: readonly MemberId[] }
  | { readonly kind: 'update' }
  | { readonly kind: 'add' | 'remove'; readonly who: MemberId }
  | { readonly kind: 'send'; readonly plaintext: Uint8Array }

/** Deliveries after which a run is taken for endless. */
const MAX_DELIVERIES = 50_000_000

/** A network, an ordering service, a directory, and clients of one protocol. */
export class Driver<S> {
  readonly protocol: GroupProtocol<S>
  readonly transcript = new Transcript()
  readonly network: VirtualNetwork<Note>
  readonly ordering = new OrderingService()
  /** Decisions of the scenario's own, apart from those of the network. */
  readonly draws: Draws
  readonly #seed: string
  readonly #base: CryptoProvider
  readonly #people = new Map<MemberId, Person<S>>()
  #packets = 0
  #bytesSent = 0
  #fetchedBytes = 0
  #rounds = 0
  /** Of those who took part in what is being measured, what they had done before. */
  #before = new Map<MemberId, Work>()

  constructor(protocol: GroupProtocol<S>, { seed, policy, provider = plainProvider() }: DriverOptions) {
    this.protocol = protocol
    this.#seed = seed
    this.#base = provider
    const hash = provider.primitive('sha256')
    this.draws = new Draws(seededRandom(hash, `${seed}/scenario`))
    const draws = new Draws(seededRandom(hash, `${seed}/network`))
    this.network = new VirtualNetwork({ draws, transcript: this.transcript, ...(policy && { policy }) })
  }

  /** Somebody with a client of the protocol, made when first asked for. */
  person(id: MemberId): Person<S> {
    let person = this.#people.get(id)
    if (person === undefined) {
      const provider = personalProvider(this.#base, `${this.#seed}/client/${id}`)
      const fetch = (other: MemberId): Uint8Array => made.aside(() => this.#fetch(other))
      const made: Person<S> = new Person(id, provider, this.protocol.client({ id, provider, fetch }))
      person = made
      this.#people.set(id, person)
    }
    return person
  }

  /** Everybody, in the order in which they came. */
  get people(): Person<S>[] {
    return [...this.#people.values()]
  }

  /** Those who see themselves in the group. */
  get members(): Person<S>[] {
    return this.people.filter(({ state }) => this.protocol.members(state).length > 0)
  }

  #fetch(id: MemberId): Uint8Array {
    const published = this.protocol.publish(this.person(id).state)
    this.#fetchedBytes += published.length
    return published
  }

  /** Begins an action; what follows from it happens in `settle`. Where it throws, nothing was done. */
  perform(actor: MemberId, action: Action): void {
    const person = this.person(actor)
    if (!this.network.isOnline(actor)) throw new UsageError('wrong-argument', { expected: 'an actor who is online' })
    // a verdict is about the one packet that waits for it
    if (person.undecided > 0 && action.kind !== 'send') throw new UsageError('commit-pending')
    const step = this.#timed(person, () => this.#act(person.state, action))
    this.#handle(person, step, 0)
  }

  #timed(person: Person<S>, call: () => Step): Step {
    if (!this.#before.has(person.id)) this.#before.set(person.id, person.work)
    return person.timed(call)
  }

  #act(state: S, action: Action): Step {
    switch (action.kind) {
      case 'create':
        return this.protocol.create(state, action.others)
      case 'update':
        return this.protocol.update(state)
      case 'send':
        return this.protocol.send(state, action.plaintext)
      default:
        return this.protocol[action.kind](state, action.who)
    }
  }

  /** Delivers until nothing is under way but what waits for those offline. */
  settle(): void {
    for (let i = 0; i < MAX_DELIVERIES; i++) if (!this.deliver()) return
    throw new BugError('broken-invariant', { expected: 'an end of deliveries' })
  }

  /** Delivers one thing; false where there is none. */
  deliver(): boolean {
    const item = this.network.next()
    if (item === undefined) return false
    const person = this.person(item.to)
    if (item.content.place === undefined) this.#deliverPlain(person, item)
    else if (item.content.place === this.ordering.placeOf(person.id, person.taken)) this.#deliverOrdered(person, item)
    // what it has had already comes again where the network repeats things
    else if (item.content.place >= person.position) person.early.set(item.content.place, item)
    return true
  }

  #tell(person: Person<S>, accepted: boolean, round: number): void {
    person.undecided--
    const step = this.#timed(person, () => this.protocol.commitAccepted(person.state, accepted))
    this.#handle(person, step, round)
  }

  #deliverPlain(person: Person<S>, item: Carried<Note>): void {
    // whoever is behind its sender first takes in what the sender had
    const missing = this.ordering.placeOf(person.id, person.taken)
    if (person.isMember && missing !== undefined && missing < item.content.after) {
      person.keepUnread(item)
    } else if (item.content.verdict !== undefined) {
      this.#tell(person, item.content.verdict, item.content.round)
    } else if (!this.#take(person, item)) {
      person.keepUnread(item)
    }
  }

  /** The next part of the sequence, and all that was waiting for it. */
  #deliverOrdered(person: Person<S>, first: Carried<Note>): void {
    for (let item: Carried<Note> | undefined = first; item !== undefined; ) {
      const { place, verdict, round } = item.content
      person.taken++
      person.position = place! + 1
      if (verdict === undefined) this.#take(person, item)
      else this.#tell(person, verdict, round)
      item = this.#earlyPart(person)
    }
    this.#tryUnread(person)
  }

  #earlyPart(person: Person<S>): Carried<Note> | undefined {
    const place = this.ordering.placeOf(person.id, person.taken)
    const item = place === undefined ? undefined : person.early.get(place)
    if (place !== undefined) person.early.delete(place)
    return item
  }

  /** Gives a packet to a client; whether it took it. */
  #take(person: Person<S>, item: Carried<Note>): boolean {
    const { from, to, bytes, content } = item
    const { protocol } = this
    const wasMember = person.isMember
    let step: Step
    try {
      step = this.#timed(person, () => protocol[wasMember ? 'receive' : 'join'](person.state, from, bytes))
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error
      this.transcript.add({ time: this.network.now, what: 'rejected', from, to, bytes })
      return false
    }
    this.transcript.add({ time: this.network.now, what: 'delivered', from, to, bytes })
    person.note(step.events)
    if (!wasMember && person.isMember && content.place === undefined) this.#startAt(person, content.after)
    this.#rounds = Math.max(this.#rounds, content.round)
    this.#send(person, step, content.round)
    if (step.events.some(({ kind }) => kind === 'epoch')) this.#tryUnread(person)
    return true
  }

  /** A newcomer knows what its inviter knew. */
  #startAt(person: Person<S>, position: number): void {
    person.position = position
    for (;;) {
      const place = this.ordering.placeOf(person.id, person.taken)
      if (place === undefined || place >= position) break
      person.taken++
    }
    const next = this.#earlyPart(person)
    if (next !== undefined) this.#deliverOrdered(person, next)
  }

  /** What could not be read before may be readable now. */
  #tryUnread(person: Person<S>): void {
    for (const item of person.unread.splice(0)) this.#deliverPlain(person, item)
  }

  #handle(person: Person<S>, step: Step, round: number): void {
    person.note(step.events)
    this.#send(person, step, round)
  }

  #send(person: Person<S>, { out }: Step, round: number): void {
    for (const packet of out) this.#dispatch(person, packet, round + 1)
  }

  #dispatch(person: Person<S>, { to, ordered, kind, bytes }: Packet, round: number): void {
    const { id: from, position } = person
    const all = to === 'all' ? this.protocol.members(person.state) : to
    const receivers = all.filter(id => id !== from)
    this.#packets++
    this.#bytesSent += bytes.length
    const log = { time: this.network.now, from, to: '', bytes }
    this.transcript.add({ ...log, what: 'sent' })
    const carried = { from, bytes, mustArrive: kind === 'handshake' || ordered !== false }
    if (ordered === false) {
      const content: Note = { place: undefined, after: position, round }
      for (const id of receivers) this.network.post({ ...carried, to: id, content })
      return
    }
    // what was for others only does not concern it
    const known = this.ordering.placeOf(from, person.taken) ?? this.ordering.length
    const place = this.ordering.submit({ from, ordered, position: known, to: receivers })
    this.transcript.add({ ...log, what: place === undefined ? 'refused' : 'accepted' })
    const note = { place, after: this.ordering.length, round }
    const own = { ...carried, to: from }
    if (ordered === 'epoch') person.undecided++
    if (place === undefined) {
      this.network.post({ ...own, bytes: EMPTY, content: { ...note, verdict: false } })
      return
    }
    for (const id of receivers) this.network.post({ ...carried, to: id, content: note })
    if (ordered === 'total') this.network.post({ ...own, content: note })
    else this.network.post({ ...own, bytes: EMPTY, content: { ...note, verdict: true } })
  }

  #stateBytes(id: MemberId): number | undefined {
    try {
      return this.protocol.storage.save(this.person(id).state).length
    } catch (error) {
      if (error instanceof UsageError) return undefined
      throw error
    }
  }

  /** An action and all that follows from it, measured. */
  run(actor: MemberId, action: Action): OperationReport {
    // clients and their identity keys are there before the clock starts
    const others = action.kind === 'create' ? action.others : 'who' in action ? [action.who] : []
    for (const id of [actor, ...others]) this.person(id)
    this.#before = new Map()
    const traffic = { ...this.network.traffic }
    const start = { packets: this.#packets, bytesSent: this.#bytesSent, fetchedBytes: this.#fetchedBytes }
    this.#rounds = 0
    this.perform(actor, action)
    this.settle()
    const works = new Map<MemberId, Work>()
    for (const [id, known] of this.#before) works.set(id, workBetween(known, this.person(id).work))
    const { traffic: now } = this.network
    return {
      actor: works.get(actor)!,
      others: sharedWork(works, actor),
      packets: this.#packets - start.packets,
      bytesSent: this.#bytesSent - start.bytesSent,
      deliveries: now.deliveries - traffic.deliveries,
      deliveredBytes: now.deliveredBytes - traffic.deliveredBytes,
      fetchedBytes: this.#fetchedBytes - start.fetchedBytes,
      rounds: this.#rounds,
      stateBytes: this.#stateBytes(actor),
    }
  }
}
