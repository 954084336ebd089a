/** Random histories against a model: members come, go, are offline for long, collide, save and load. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArtGroup, type Received, type TaintedLeaf } from '../../src/art/index.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { directPath, leafIndex, nodeOfLeaf, root } from '../../src/tree/math.ts'
import { stateOf } from './forge.ts'
import { type Person, partyOf, person, worldOf } from './world.ts'

/** What the delivery service keeps for a member until it is online. */
interface Delivery {
  readonly from: Participant | undefined
  /** One packet, or updates that are to be merged. */
  readonly packets: readonly Uint8Array[]
  readonly kind: 'packet' | 'batch'
}

interface Participant {
  readonly person: Person
  readonly queue: Delivery[]
  group: ArtGroup | undefined
  welcome: Uint8Array | undefined
  online: boolean
}

/** Announcements that come when a merge is over say nothing new. */
const LATE_ANNOUNCEMENT = ['merge-mismatch', 'stale-stage']

/** A group with its delivery service, driven by numbers. */
class Model {
  readonly #policy
  readonly #suite
  /** Who has a leaf; undefined where the member was removed. */
  readonly #leaves: (Participant | undefined)[]
  readonly #gone: Participant[] = []
  readonly #taint = new Map<number, number>()
  #names = 0

  constructor(n: number, concurrency: 'ordered' | 'merging') {
    this.#policy = { concurrency }
    const { suite, people, groups } = worldOf(n, this.#policy, `history ${n}`)
    this.#suite = suite
    this.#leaves = people.map((who, i) => ({
      person: who,
      queue: [],
      group: groups[i],
      welcome: undefined,
      online: true,
    }))
    for (let leaf = 1; leaf < n; leaf++) this.#taint.set(leaf, 0)
  }

  get #living(): Participant[] {
    return this.#leaves.filter(p => p !== undefined)
  }

  get #present(): Participant[] {
    return this.#living.filter(({ online }) => online)
  }

  #pick(number: number): Participant {
    return this.#present[number % this.#present.length]!
  }

  #leafOf(participant: Participant): number {
    return this.#leaves.indexOf(participant)
  }

  #broadcast(delivery: Delivery): void {
    for (const participant of this.#living) {
      if (participant !== delivery.from) participant.queue.push(delivery)
    }
    for (const participant of this.#present) this.#catchUp(participant)
  }

  #catchUp(participant: Participant): void {
    const { person: who, queue } = participant
    if (participant.group === undefined) {
      participant.group = ArtGroup.join({ ...who, policy: this.#policy }, participant.welcome!)
    }
    const { group } = participant
    for (let delivery = queue.shift(); delivery !== undefined; delivery = queue.shift()) {
      const received = delivery.kind === 'batch' ? group.merge(delivery.packets) : receive(group, delivery.packets[0]!)
      if (received === undefined || !('announcement' in received) || received.announcement === undefined) continue
      // only while the merge is going on: whoever comes online later finds the announcements of the others in the queue
      if (participant.online && this.#merging) {
        this.#broadcast({ from: participant, packets: [received.announcement], kind: 'packet' })
      }
    }
  }

  #merging = false

  update(number: number): void {
    const actor = this.#pick(number)
    const packet = actor.group!.update()
    actor.group!.accept()
    this.#taint.delete(this.#leafOf(actor))
    this.#broadcast({ from: actor, packets: [packet], kind: 'packet' })
  }

  /** Updates from one stage: in order the first wins and the others lose; or all are merged. */
  collide(numbers: readonly number[]): void {
    const actors = [...new Set(numbers.map(number => this.#pick(number)))]
    const packets = actors.map(actor => actor.group!.update())
    if (this.#policy.concurrency === 'merging') {
      for (const actor of actors) this.#taint.delete(this.#leafOf(actor))
      this.#merging = true
      this.#broadcast({ from: undefined, packets, kind: 'batch' })
      this.#merging = false
      return
    }
    const [winner, ...losers] = actors as [Participant, ...Participant[]]
    winner.group!.accept()
    this.#taint.delete(this.#leafOf(winner))
    this.#broadcast({ from: winner, packets: [packets[0]!], kind: 'packet' })
    for (const loser of losers) expect(loser.group!.pending).toBeUndefined()
  }

  add(number: number, online: boolean): void {
    const actor = this.#pick(number)
    const who = person(this.#suite, `newcomer ${this.#names++}`)
    const { identity, prekey } = who.invite()
    const { add, welcome } = actor.group!.add(identity, prekey)
    actor.group!.accept()
    const free = this.#leaves.indexOf(undefined)
    const leaf = free < 0 ? this.#leaves.length : free
    this.#taint.set(leaf, this.#leafOf(actor))
    this.#broadcast({ from: actor, packets: [add], kind: 'packet' })
    this.#leaves[leaf] = { person: who, queue: [], group: undefined, welcome, online }
    if (online) this.#catchUp(this.#leaves[leaf]!)
  }

  remove(number: number, target: number): void {
    const actor = this.#pick(number)
    const own = this.#leafOf(actor)
    const others = this.#living.filter(p => p !== actor)
    if (others.length < 2) return
    const removed = others[target % others.length]!
    const leaf = this.#leafOf(removed)
    const wanted = actor.group!.prekeysToRemove(leaf)
    expect(wanted).toEqual(this.#taintedBy(leaf).filter(l => l !== own && this.#leaves[l] !== undefined))
    const packet = actor.group!.remove(leaf, new Map(wanted.map(l => [l, this.#leaves[l]!.person.prekey()])))
    actor.group!.accept()
    for (const l of this.#taintedBy(leaf)) {
      if (l === own) this.#taint.delete(l)
      else this.#taint.set(l, own)
    }
    this.#taint.set(leaf, own)
    this.#broadcast({ from: actor, packets: [packet], kind: 'packet' })
    this.#leaves[leaf] = undefined
    this.#gone.push(removed)
  }

  #taintedBy(member: number): number[] {
    const leaves = [...this.#taint].filter(([leaf, by]) => by === member && leaf !== member).map(([leaf]) => leaf)
    return leaves.sort((a, b) => a - b)
  }

  leave(number: number): void {
    if (this.#present.length > 2) this.#pick(number).online = false
  }

  comeBack(number: number): void {
    const away = this.#living.filter(({ online }) => !online)
    const participant = away[number % Math.max(1, away.length)]
    if (participant === undefined) return
    participant.online = true
    this.#catchUp(participant)
  }

  say(number: number): void {
    const sender = this.#pick(number)
    const packet = sender.group!.send(utf8('hello'))
    for (const { group } of this.#present) {
      if (group !== sender.group)
        expect(group!.receive(packet)).toMatchObject({ message: { plaintext: utf8('hello') } })
    }
  }

  /** What was not accepted, and what a crash interrupts. */
  restart(number: number): void {
    const participant = this.#pick(number)
    const { person: who, group } = participant
    if (number % 2 === 0) group!.update()
    const saved = group!.save()
    const restored = ArtGroup.load(partyOf(who), saved)
    expect(restored.save()).toEqual(saved)
    if (number % 2 === 0) restored.discard()
    participant.group = restored
  }

  check(): void {
    const states = this.#present.map(p => stateOf(p.group!, p.person))
    const [first] = states
    const n = first!.tree.leaves
    const expected = [...this.#taint]
      .filter(([leaf]) => this.#leaves[leaf] !== undefined)
      .sort(([a], [b]) => a - b)
      .map(([leaf, knownBy]): TaintedLeaf => ({ leaf, knownBy }))
    this.#present.forEach(({ group }, i) => {
      const { tree, secrets, own, suite, messages } = states[i]!
      expect(group!.stage).toBe(first!.stage)
      expect(toHex(messages.stageKey)).toBe(toHex(first!.messages.stageKey))
      expect(toHex(tree.toBytes())).toBe(toHex(first!.tree.toBytes()))
      expect(group!.taintedLeaves()).toEqual(expected)
      expect([...group!.members()].map(m => m.index)).toEqual([...this.#leaves.keys()].filter(l => this.#leaves[l]))
      const leaf = nodeOfLeaf(leafIndex(own, n))
      expect([...secrets.keys()].sort((a, b) => a - b)).toEqual([leaf, ...directPath(leaf, n)].sort((a, b) => a - b))
      for (const [node, secret] of secrets) {
        if (node === root(n)) expect(toHex(secret)).toBe(toHex(first!.secrets.get(node)!))
        else expect(toHex(suite.dh.publicKey(secret))).toBe(toHex(tree.key(node)))
      }
    })
  }

  finish(): void {
    while (this.#living.some(({ online }) => !online)) this.comeBack(0)
    this.check()
    for (const participant of this.#gone) {
      this.#catchUp(participant)
      expect(participant.group!.active).toBe(false)
    }
  }
}

/** Refusals of late announcements aside, everything that is delivered must be accepted. */
function receive(group: ArtGroup, packet: Uint8Array): Received | undefined {
  const before = group.save()
  try {
    return group.receive(packet)
  } catch (error) {
    expect(LATE_ANNOUNCEMENT).toContain((error as { code?: string }).code)
    expect(group.save()).toEqual(before)
    return undefined
  }
}

const step = fc.record({
  what: fc.constantFrom('update', 'update', 'collide', 'add', 'remove', 'leave', 'comeBack', 'say', 'restart'),
  a: fc.nat(1000),
  b: fc.nat(1000),
  c: fc.nat(1000),
})

describe('A01, A11, A12, A15: random histories', () => {
  it.each(['ordered', 'merging'] as const)('%s', concurrency => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.array(step, { minLength: 5, maxLength: 25 }), (n, steps) => {
        const model = new Model(n, concurrency)
        for (const { what, a, b, c } of steps) {
          if (what === 'collide') model.collide([a, b, c])
          else if (what === 'add') model.add(a, b % 2 === 0)
          else if (what === 'remove') model.remove(a, b)
          else model[what](a)
          model.check()
        }
        model.finish()
      }),
      { numRuns: 60 },
    )
  })

  it('A02: a group of 33 in which everybody acts once', () => {
    const model = new Model(33, 'ordered')
    for (let i = 0; i < 33; i++) model.update(i)
    model.check()
    for (let i = 0; i < 5; i++) model.remove(7 * i, 5 * i)
    for (let i = 0; i < 7; i++) model.add(3 * i, i % 2 === 0)
    model.finish()
  })
})
