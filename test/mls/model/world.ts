/** A model and the real thing beside it. Whatever happens, happens to both, and both are compared. */
import { expect } from 'vitest'
import { equalPublic, toHex, utf8 } from '../../../src/base/bytes.ts'
import { CopathError } from '../../../src/base/errors.ts'
import type { CipherSuite } from '../../../src/crypto/suites.ts'
import type { Group } from '../../../src/mls/group.ts'
import type { ProposalRequest } from '../../../src/mls/proposal-request.ts'
import { allSuites } from '../../crypto/curve-backends.ts'
import { CUSTOM_TYPE } from '../group-world.ts'
import { Agreement, expectEvent, expectLooks, References } from './check.ts'
import { extensionsOf, Person, type Published } from './people.ts'
import { apply, type Outcome, predict } from './predict.ts'
import { fingerprint, Life, type Snapshot } from './snapshots.ts'
import {
  type Commit,
  copyMember,
  type Epoch,
  type Member,
  type Message,
  newMember,
  nextGeneration,
  type Proposal,
  type Wish,
} from './state.ts'
import { Streams } from './streams.ts'

/** Somebody who was added and has not joined yet. */
export interface Invitation {
  readonly person: Person
  readonly commit: Commit
  readonly leaf: number
}

/** What a Welcome comes as. */
export interface WelcomeParts {
  readonly welcome: Uint8Array
  readonly ratchetTree: Uint8Array | undefined
}

const MOST_PEOPLE = 9

/** What a thief has: the state of a member at some moment, and what the thief's model of it is. */
export interface Theft {
  readonly of: Member
  readonly member: Member
  readonly snapshot: Snapshot
  /** What the member had read or written by then. */
  readonly heard: ReadonlySet<Message>
}

/** Counts what has been done, for reports and to see that all of it was done. */
export class Tally {
  readonly counts = new Map<string, number>()

  add(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  /** How often anything of these kinds happened. */
  total(...kinds: readonly string[]): number {
    let sum = 0
    for (const [name, count] of this.counts) if (kinds.includes(name.replace(/:.*/, ''))) sum += count
    return sum
  }
}

export class World {
  readonly suite: CipherSuite
  readonly people: Person[]
  readonly members: Member[] = []
  readonly groups = new Map<Member, Group>()
  /** Everything that was ever sent, in order: what an eavesdropper has. */
  readonly log: Message[] = []
  readonly bytes = new Map<Message, Uint8Array>()
  readonly welcomes = new Map<Commit, WelcomeParts>()
  /** What is on its way to each member. */
  readonly inbox = new Map<Member, Message[]>()
  readonly invitations: Invitation[] = []
  /** What each member has read or written. */
  readonly heard = new Map<Member, Set<Message>>()
  readonly references = new References()
  readonly agreement = new Agreement()
  readonly tally: Tally
  readonly thefts: Theft[] = []
  readonly streams: Streams
  readonly #lives = new Map<Member, Life>()
  #streamCount = 0
  /** Key packages by name. */
  readonly published = new Map<string, Published>()

  constructor(seed: number, suiteId: number, framing: number, tally: Tally) {
    this.tally = tally
    this.streams = new Streams(seed)
    this.suite = allSuites({ random: this.streams.source }).suite(suiteId)
    // all in public, all in private, or some of each
    const isPrivate = (id: number): boolean => (framing === 2 ? id % 2 === 0 : framing === 1)
    this.people = Array.from({ length: MOST_PEOPLE }, (_, id) => new Person(id, this.suite, isPrivate(id)))
  }

  /** The first member founds the group. */
  found(): Member {
    const person = this.people[0]!
    const tag = 'at first'
    const birth = this.birth(person, () =>
      person.client.create({ groupId: utf8('group'), extensions: extensionsOf(this.suite, tag) }),
    )
    const seats = [{ person: 0, key: person.key }]
    return this.enter(newMember(0, 0, { number: 0n, by: undefined, seats, extensions: tag }), birth)
  }

  /** Something that makes a group, the same each time. */
  birth<T>(person: Person, call: () => T): () => T {
    const stream = this.nextStream()
    const again = person.knowingThis(call)
    return () => this.streams.during(stream, again)
  }

  nextStream(): string {
    return `${this.#streamCount++}`
  }

  enter(member: Member, birth: () => Group): Member {
    this.members.push(member)
    this.groups.set(member, birth())
    this.#lives.set(member, new Life(this.streams, birth))
    this.inbox.set(member, [])
    this.heard.set(member, new Set())
    this.look(member)
    return member
  }

  groupOf(member: Member): Group {
    return this.groups.get(member)!
  }

  personOf({ person }: Pick<Member, 'person'>): Person {
    return this.people[person]!
  }

  look(member: Member): void {
    expectLooks(this.groupOf(member), member, this)
  }

  requestOf(wish: Wish): ProposalRequest {
    switch (wish.type) {
      case 'add':
        return { type: 'add', keyPackage: this.published.get(wish.keyPackage)!.bytes }
      case 'remove':
        return { type: 'remove', leaf: wish.leaf }
      case 'external_psk':
        return { type: 'external_psk', pskId: utf8(wish.name) }
      case 'resumption_psk':
        return { type: 'resumption_psk', epoch: wish.epoch.number }
      case 'extensions':
        return { type: 'extensions', extensions: extensionsOf(this.suite, wish.tag) }
      case 'custom':
        return { type: 'custom', proposalType: CUSTOM_TYPE, data: utf8(wish.tag) }
      default:
        return { type: wish.type }
    }
  }

  /** The same in both worlds: what is handed back is what was asked for. */
  expectRequests(requests: readonly ProposalRequest[], wishes: readonly Wish[]): void {
    const text = (each: readonly ProposalRequest[]): string[] =>
      each.map(
        ({ type, ...rest }) =>
          `${type} ${JSON.stringify(rest, (_, v) => (v instanceof Uint8Array ? toHex(v) : typeof v === 'bigint' ? `${v}` : v))}`,
      )
    expect(text(requests).sort()).toEqual(text(wishes.map(wish => this.requestOf(wish))).sort())
  }

  /** Something is said to everybody who is there, and overheard. */
  publish(message: Message, bytes: Uint8Array): void {
    if (!this.bytes.has(message)) this.record(message, bytes)
    for (const member of this.members) if (member.status === 'active') this.inbox.get(member)!.push(message)
  }

  /** A public proposal that is made again is the same message: nothing in it is random. */
  sameAs(bytes: Uint8Array): Proposal | undefined {
    const same = this.log.findLast(each => each.kind === 'proposal' && equalPublic(this.bytes.get(each)!, bytes))
    return same as Proposal | undefined
  }

  record(message: Message, bytes: Uint8Array): void {
    this.log.push(message)
    this.bytes.set(message, bytes)
  }

  /** What every message of a member says of where it comes from. */
  framed(member: Member, kind: Message['kind'], isPrivate: boolean) {
    const generation = isPrivate ? nextGeneration(member, kind) : 0
    return { id: this.log.length, epoch: member.epoch, isPrivate, leaf: member.leaf, generation }
  }

  /** A thief takes all that a member has. */
  steal(member: Member): void {
    this.tally.add('stolen')
    const heard = new Set(this.heard.get(member))
    this.thefts.push({ of: member, member: copyMember(member), snapshot: this.#lives.get(member)!.snapshot(), heard })
  }

  /** A member ends and begins again with what it saved. */
  restart(member: Member): void {
    const old = this.groupOf(member)
    const restored = this.#lives.get(member)!.snapshot().restore()
    expect(fingerprint(restored) === fingerprint(old), 'a state that was restored is another').toBe(true)
    old.close()
    this.groups.set(member, restored)
    this.tally.add('restarted')
    this.look(member)
  }

  /** A call that the model knows the outcome of. An error leaves no trace. */
  attempt<T>(member: Member, code: string | undefined, call: (group: Group) => T): T | undefined {
    const group = this.groupOf(member)
    const before = code === undefined ? undefined : fingerprint(group)
    const stream = this.nextStream()
    const result = this.expectRefusal(code, () => this.streams.during(stream, () => call(group)))
    if (before !== undefined) expect(fingerprint(group) === before, 'an error left a trace').toBe(true)
    if (code === undefined) this.#lives.get(member)!.add({ stream, act: this.personOf(member).knowingThis(call) })
    return result
  }

  /** A call that is refused as the model says, or is not. */
  expectRefusal<T>(code: string | undefined, call: () => T): T | undefined {
    let result: T
    try {
      result = call()
    } catch (error) {
      if (!(error instanceof CopathError)) throw error
      expect(`${error.name} ${error.code}`, error.message).toMatch(new RegExp(`(^| )${code}$`))
      this.tally.add(`refused: ${error.code}`)
      return undefined
    }
    expect(code, 'it should have been refused').toBe(undefined)
    return result
  }

  /** A message reaches a member. */
  deliver(member: Member, message: Message): Outcome {
    const outcome = predict(member, message, this.personOf(member).known)
    const code = outcome.kind === 'error' ? `RejectedError ${outcome.code}` : undefined
    const event = this.attempt(member, code, group => group.process(this.bytes.get(message)!))
    if (event === undefined) return outcome
    this.tally.add(`read: ${outcome.kind}`)
    expectEvent(event, message, outcome)
    if (message.kind === 'proposal' && event.kind === 'proposal')
      this.references.learn(message.first ?? message, event.ref)
    if (event.kind === 'commit' && outcome.kind === 'commit') this.expectRequests(event.proposeAgain, outcome.again)
    apply(member, message, outcome)
    this.heard.get(member)!.add(message)
    this.look(member)
    return outcome
  }

  /** Those who are in an epoch and can still take part. */
  membersAt(epoch: Epoch): Member[] {
    return this.members.filter(member => member.epoch === epoch && member.status === 'active')
  }
}
