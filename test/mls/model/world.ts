/** A model and the real thing beside it. Whatever happens, happens to both, and both are compared. */
import { expect } from 'vitest'
import { equalPublic, toHex, utf8 } from '../../../src/base/bytes.ts'
import { CopathError } from '../../../src/base/errors.ts'
import type { Client } from '../../../src/client/client.ts'
import type { CipherSuite } from '../../../src/crypto/suites.ts'
import { Group } from '../../../src/mls/group.ts'
import type { ProposalRequest } from '../../../src/mls/proposal-request.ts'
import type { SavedParts } from '../../../src/mls/saved/merge.ts'
import { allSuites } from '../../crypto/curve-backends.ts'
import { CUSTOM_TYPE } from '../group-world.ts'
import { Agreement, expectEvent, expectLooks, insist, References } from './check.ts'
import { extensionsOf, Person, type Published } from './people.ts'
import { apply, type Outcome, predict } from './predict.ts'
import { FORMS, type Form, fingerprint, type Snapshot, Store } from './snapshots.ts'
import {
  activitiesOf,
  type Commit,
  type Epoch,
  type Member,
  type Message,
  newMember,
  nextGeneration,
  type Proposal,
  signatureKeysOf,
  type Wish,
} from './state.ts'
import { streamOf } from './streams.ts'
import type { Tally } from './tally.ts'

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

/** What a thief has: all that a member has stored. */
export interface Theft {
  readonly of: Member
  /** The state at that moment, and perhaps an earlier one. */
  readonly snapshots: readonly Snapshot[]
  /** The saved client of the member. */
  readonly client: Uint8Array
  /** The names of the key packages in it. */
  readonly keyPackages: ReadonlySet<string>
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
  readonly #stores = new Map<Member, Store>()
  /** Key packages by name. */
  readonly published = new Map<string, Published>()

  constructor(seed: number, suiteId: number, framing: number, tally: Tally) {
    this.tally = tally
    const provider = allSuites({ random: streamOf(`${seed}`) })
    this.suite = provider.suite(suiteId)
    // all in public, all in private, or some of each
    const isPrivate = (id: number): boolean => (framing === 2 ? id % 2 === 0 : framing === 1)
    this.people = Array.from({ length: MOST_PEOPLE }, (_, id) => new Person(id, provider, this.suite, isPrivate(id)))
  }

  /** The first member founds the group. */
  found(): Member {
    const person = this.people[0]!
    const tag = 'at first'
    const group = person.client.create({ groupId: utf8('group'), extensions: extensionsOf(this.suite, tag) })
    const seats = [{ person: 0, key: person.key }]
    return this.enter(newMember(0, 0, { number: 0n, by: undefined, seats, extensions: tag }), group)
  }

  enter(member: Member, group: Group): Member {
    this.members.push(member)
    this.groups.set(member, group)
    this.#stores.set(member, new Store())
    this.inbox.set(member, [])
    this.heard.set(member, new Set())
    this.settle(member)
    return member
  }

  /** A membership that has come to nothing. */
  forget(member: Member): void {
    this.members.splice(this.members.indexOf(member), 1)
    this.groupOf(member).close()
  }

  groupOf(member: Member): Group {
    return this.groups.get(member)!
  }

  personOf({ person }: Pick<Member, 'person'>): Person {
    return this.people[person]!
  }

  storeOf(member: Member): Store {
    return this.#stores.get(member)!
  }

  /** An operation is over: what it has changed is stored, and is what the model says. */
  settle(member: Member): void {
    const group = this.groupOf(member)
    this.storeOf(member).keep(group, member, this.heard.get(member)!)
    expectLooks(group, member, this)
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
    if (requests.length + wishes.length === 0) return
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

  /** What is stored of a member is written in another form. */
  tidy(member: Member, form: Form): void {
    this.storeOf(member).tidy(form, this.groupOf(member), member, this.heard.get(member)!)
    this.tally.add(`stored: ${form}`)
  }

  /** A thief takes all that a member has stored. */
  steal(member: Member): void {
    const person = this.personOf(member)
    const snapshots = this.storeOf(member).snapshots(member, this.heard.get(member)!)
    this.thefts.push({ of: member, snapshots, client: person.saved, keyPackages: new Set(person.keyPackages()) })
    this.tally.add('stolen')
    if (snapshots.length > 1) this.tally.add('stolen: with an earlier state')
  }

  /** A group from what is stored of a member, by a client of its owner. */
  load(client: Client, member: Member, parts: SavedParts): Group {
    const person = this.personOf(member)
    const keys = signatureKeysOf(member)
    if (keys.every(key => key === person.key)) return client.loadGroup(parts)
    this.tally.add('loaded with another key')
    const signer = keys.map(key => person.signerOf(key))
    return Group.load({ ...parts, suite: this.suite, config: person.client.config, signer })
  }

  /** The states of all groups of a person, as they are now. */
  #statesOf(person: Person): Map<Member, string> {
    const memberships = this.members.filter(member => member.person === person.id)
    return new Map(memberships.map(member => [member, fingerprint(this.groupOf(member))]))
  }

  /** A device begins again with what it has stored: these states. */
  beginAgain(person: Person, states = this.#statesOf(person)): void {
    for (const member of states.keys()) this.groupOf(member).close()
    person.beginAgain()
    for (const [member, state] of states) {
      const group = this.load(person.device, member, this.storeOf(member).parts)
      insist(fingerprint(group) === state, 'a state that was restored is another')
      this.groups.set(member, group)
    }
  }

  /** A device ends and begins again, whatever its groups are in the middle of. */
  restart(member: Member, how: number): void {
    const person = this.personOf(member)
    const states = this.#statesOf(person)
    for (const each of states.keys()) this.tidy(each, FORMS[how % FORMS.length]!)
    const { gapped } = this.storeOf(member)
    if (gapped !== undefined) {
      this.expectRefusal('delta-out-of-order', () => this.load(person.device, member, gapped))
    }
    this.beginAgain(person, states)
    this.tally.add('restarted')
    for (const each of states.keys()) {
      for (const what of activitiesOf(each)) this.tally.add(`restarted: ${what}`)
      expectLooks(this.groupOf(each), each, this)
    }
  }

  /** A device dies before an operation is stored: nothing of it was sent, and it is as if it had not been. */
  #die(member: Member, call: (group: Group) => unknown): void {
    const person = this.personOf(member)
    const states = this.#statesOf(person)
    call(this.groupOf(member))
    this.beginAgain(person, states)
    this.tally.add('died')
  }

  /** A call that the model knows the outcome of. An error leaves no trace. */
  attempt<T>(member: Member, code: string | undefined, call: (group: Group) => T): T | undefined {
    const store = this.storeOf(member)
    if (code === undefined && store.dies) {
      store.dies = false
      this.#die(member, call)
    }
    const group = this.groupOf(member)
    const before = code === undefined ? undefined : fingerprint(group)
    const result = this.expectRefusal(code, () => call(group))
    if (before !== undefined) insist(fingerprint(group) === before, 'an error left a trace')
    return result
  }

  /** A call that is refused as the model says, or is not. */
  expectRefusal<T>(code: string | undefined, call: () => T): T | undefined {
    let result: T
    try {
      result = call()
    } catch (error) {
      if (!(error instanceof CopathError)) throw error
      const isExpected = code === error.code || code === `${error.name} ${error.code}`
      insist(isExpected, `${error.name} ${error.code} instead of ${code}: ${error.message}`)
      this.tally.add(`refused: ${error.code}`)
      return undefined
    }
    insist(code === undefined, `it should have been refused: ${code}`)
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
    this.settle(member)
    return outcome
  }

  /** Those who are in an epoch and can still take part. */
  membersAt(epoch: Epoch): Member[] {
    return this.members.filter(member => member.epoch === epoch && member.status === 'active')
  }
}
