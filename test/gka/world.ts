/** Members, channels and sessions for the tests, all from one seed. */
import { shake256 } from '@noble/hashes/sha3.js'
import { expect } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import type { RandomSource } from '../../src/base/random.ts'
import { createProvider } from '../../src/crypto/index.ts'
import type { Signer } from '../../src/crypto/provider.ts'
import {
  CliquesMember,
  type CliquesOptions,
  createGkaSuite,
  type GkaOptions,
  type GkaParty,
  GkaSession,
  type GkaSuite,
  type GreetingOutcome,
  type IntermediateKeys,
} from '../../src/gka/index.ts'

/** A source that gives the same bytes for the same seed. */
export function seededRandom(seed: string): RandomSource {
  const stream = shake256.create({}).update(utf8(seed))
  return out => {
    stream.xofInto(out)
  }
}

/** A suite whose randomness depends on the seed alone. */
export function seededSuite(seed: string): GkaSuite {
  return createGkaSuite(createProvider({ random: seededRandom(seed) }))
}

/** A suite that draws these values first, in this order. */
export function scriptedSuite(values: readonly Uint8Array[]): GkaSuite {
  const left = values.slice()
  return createGkaSuite(
    createProvider({
      random: out => {
        const next = left.shift()
        if (next === undefined) throw new Error('no scripted value left')
        out.set(next)
      },
    }),
  )
}

export const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `member ${i}`)

/** Runs an IKA of bare CLIQUES members; returns them with everything that was sent. */
export function agree(members: readonly CliquesMember[]): { up: IntermediateKeys[]; down: IntermediateKeys } {
  const [first, ...others] = members as [CliquesMember, ...CliquesMember[]]
  return climb([first, ...others], [first.start(others.map(({ id }) => id))], first.id)
}

/** The rest of an upflow that `sent` begins, through those who have not taken part, and down to everybody. */
function climb(members: readonly CliquesMember[], sent: IntermediateKeys[], initiator: string) {
  for (;;) {
    const last = sent.at(-1)!
    const turn = members.find(({ id }) => id === last.members[last.points.length - 1])!
    const next = turn.joinUpflow(last)
    if (!next.complete) {
      sent.push(next)
      continue
    }
    for (const member of members) if (member !== turn) member.receive(next, initiator)
    return { up: sent, down: next }
  }
}

/** Includes newcomers by `by`. */
export function include(members: readonly CliquesMember[], by: CliquesMember, newcomers: readonly CliquesMember[]) {
  return climb([...members, ...newcomers], [by.include(newcomers.map(({ id }) => id))], by.id)
}

/** Excludes members by `by`; returns who is left and what was sent. */
export function exclude(members: readonly CliquesMember[], by: CliquesMember, gone: readonly CliquesMember[]) {
  const down = by.exclude(gone.map(({ id }) => id))
  const left = members.filter(member => !gone.includes(member))
  for (const member of left) if (member !== by) member.receive(down, by.id)
  return { left, down }
}

export function cliquesOf(suite: GkaSuite, n: number, options: CliquesOptions = {}): CliquesMember[] {
  return names(n).map(id => new CliquesMember(suite, id, { maxMembers: 2000, ...options }))
}

/** Checks that all bare members have one key. */
export function expectOneKey(members: readonly CliquesMember[]): void {
  expect(new Set(members.map(({ groupKey }) => toHex(groupKey))).size).toBe(1)
}

export interface Sent {
  readonly from: string
  readonly bytes: Uint8Array
}

/** People with identity keys, and a channel that brings every packet to everybody in one order. */
export class World {
  readonly suite: GkaSuite
  readonly options: GkaOptions
  readonly sessions = new Map<string, GkaSession>()
  /** Everything that went through the channel. */
  readonly log: Sent[] = []
  readonly #signers = new Map<string, Signer>()

  constructor(suite: GkaSuite, options: GkaOptions = {}) {
    this.suite = suite
    this.options = options
  }

  identity(id: string): Signer {
    let signer = this.#signers.get(id)
    if (signer === undefined) {
      const seed = new Uint8Array(32)
      this.suite.random(seed)
      this.#signers.set(id, (signer = this.suite.signature.signer(seed)))
    }
    return signer
  }

  party(id: string): GkaParty {
    const directory = (other: string) => this.#signers.get(other)?.publicKey
    return { suite: this.suite, id, identity: this.identity(id), directory }
  }

  add(id: string, options: GkaOptions = this.options): GkaSession {
    const session = new GkaSession(this.party(id), options)
    this.sessions.set(id, session)
    return session
  }

  at(id: string): GkaSession {
    return this.sessions.get(id)!
  }

  /** Brings a packet to everybody; returns what came of it and what they send. */
  deliver({ from, bytes }: Sent): { outcomes: Map<string, GreetingOutcome>; replies: Sent[] } {
    this.log.push({ from, bytes })
    const outcomes = new Map<string, GreetingOutcome>()
    const replies: Sent[] = []
    for (const [id, session] of this.sessions) {
      const outcome = session.receive(from, bytes)
      outcomes.set(id, outcome)
      for (const reply of outcome.send) replies.push({ from: id, bytes: reply })
    }
    return { outcomes, replies }
  }

  /** Delivers a packet and all that follows from it. Returns the packets of the operation. */
  run(from: string, bytes: Uint8Array): Sent[] {
    const start = this.log.length
    const queue: Sent[] = [{ from, bytes }]
    for (;;) {
      const next = queue.shift()
      if (next === undefined) return this.log.slice(start)
      queue.push(...this.deliver(next).replies)
    }
  }

  /** Delivers until a packet for which `stop` says so is next, which is returned undelivered. */
  runUntil(from: string, bytes: Uint8Array, stop: (sent: Sent, at: number) => boolean): Sent {
    const queue: Sent[] = [{ from, bytes }]
    for (let at = 0; ; at++) {
      const next = queue.shift()
      if (next === undefined) throw new Error('the operation ended before')
      if (stop(next, at)) return next
      queue.push(...this.deliver(next).replies)
    }
  }
}

/** A session of `n` members that has been started. */
export function worldOf(n: number, options: GkaOptions = {}, seed = 'world', suite = seededSuite(seed)): World {
  const world = new World(suite, options)
  for (const id of names(n)) world.add(id)
  world.run('member 0', world.at('member 0').start(names(n).slice(1)))
  return world
}

/** Checks that all who are in the session agree on everything. */
export function expectAgreement(sessions: Iterable<GkaSession>): void {
  const seen = [...sessions].map(session => ({
    members: session.members,
    sid: toHex(session.sid),
    chain: toHex(session.chainHash),
    key: toHex(session.exportGroupKey()),
  }))
  for (const view of seen) expect(view).toEqual(seen[0])
}

/** Checks that a call throws with this code and leaves the session as it was, byte by byte. */
export function expectRefused(session: GkaSession, code: string, attempt: () => unknown): void {
  const before = toHex(session.save())
  expect(attempt).toThrow(expect.objectContaining({ code }))
  expect(toHex(session.save())).toBe(before)
}
