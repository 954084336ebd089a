/** What members and a follower make of a message that may be forged: they agree, or refuse it with a typed error and no trace. */
import { expect } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { BugError, CopathError, RejectedError } from '../../../src/base/errors.ts'
import type { Group } from '../../../src/mls/group.ts'
import { PublicGroup } from '../../../src/mls/public-group.ts'
import { allSuites } from '../../crypto/curve-backends.ts'
import { NOW, seededRandom, TestClient, TestGroup } from '../group-world.ts'
import { fingerprint } from '../model/snapshots.ts'

/** What only those who hold secrets can see: about anything else a follower knows as much as a member. */
const SECRET_FAULTS = [
  ...['invalid-tag', 'wrong-path-secret', 'invalid-confirmation-tag', 'invalid-membership-tag', 'unknown-psk'],
  ...['low-order-point', 'invalid-public-key', 'own-data'],
]

export interface Bench {
  readonly mallory: Group
  readonly others: readonly Group[]
  readonly clients: ReadonlyMap<Group, TestClient>
  readonly follower: PublicGroup
}

const preSharedKey = (): Uint8Array => utf8('known to all')

/** Seven members with blanks and unmerged leaves among them; the first of them means harm. */
export function bench(seed: number, suiteId: number): Bench {
  const suite = allSuites({ random: seededRandom(seed) }).suite(suiteId)
  const client = (i: number): TestClient => new TestClient(suite, 7_000 + i, { handshake: 'public', preSharedKey })
  const world = TestGroup.of([1, 2, 3, 4, 5, 6, 7].map(client))
  const [mallory, bob, carol] = world.groups as [Group, Group, Group]
  world.commit(carol, [{ type: 'remove', leaf: 5 }])
  world.commit(bob, [], [client(8)], { path: false })
  const config = { clock: () => NOW }
  const follower = PublicGroup.follow({ suite, groupInfo: mallory.groupInfo(), config })
  const others = world.groups.filter(group => group !== mallory)
  return { mallory, others, clients: world.clients, follower }
}

/** Counts what became of forgeries, by kind of event and code of refusal. */
export class Verdicts {
  readonly counts = new Map<string, number>()
  total = 0

  add(what: string): void {
    this.total++
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }
}

/** What a call comes to: the kind of what it gives, or the code of the refusal. A refusal is typed, and never our own fault. */
export function outcomeOf(call: () => { readonly kind: string }): { kind?: string; code?: string } {
  try {
    return { kind: call().kind }
  } catch (error) {
    if (!(error instanceof CopathError) || error instanceof BugError) throw error
    expect(error, error.message).toBeInstanceOf(RejectedError)
    return { code: error.code }
  }
}

function followerState(follower: PublicGroup): string {
  return toHex(follower.save())
}

function ask(group: Group, message: Uint8Array): { kind?: string; code?: string } {
  const before = fingerprint(group)
  const outcome = outcomeOf(() => group.process(message))
  if (outcome.code !== undefined) expect(fingerprint(group) === before, 'a refusal left a trace').toBe(true)
  return outcome
}

/** A follower looks at a message; whether it follows is decided when it is known what members make of it: it sees no tags. */
function askFollower(follower: PublicGroup, message: Uint8Array): { kind?: string; code?: string; apply?: () => void } {
  const before = followerState(follower)
  let apply: (() => void) | undefined
  const outcome = outcomeOf(() => {
    const checked = follower.check(message)
    apply = checked.apply
    return checked.event
  })
  expect(followerState(follower)).toBe(before)
  return { ...outcome, ...(apply && { apply }) }
}

/** Those who have taken a commit in are in one epoch, and go on together. */
function expectTogether(groups: readonly Group[]): void {
  const [first, ...rest] = groups.filter(({ status }) => status === 'active')
  if (first === undefined) return
  const state = (group: Group): string => `${toHex(group.epochAuthenticator())} ${toHex(group.ratchetTree())}`
  for (const group of rest) expect(state(group) === state(first), 'those who accepted do not agree').toBe(true)
  // their tree is one that a newcomer takes
  PublicGroup.follow({ suite: first.suite, groupInfo: first.groupInfo(), config: { clock: () => NOW } })
  const { commit } = first.commit([])
  first.accept()
  for (const group of rest) expect(group.process(commit).kind).toBe('commit')
  const words = first.encrypt(utf8('together'))
  for (const group of rest) expect(group.process(words)).toMatchObject({ kind: 'message', data: utf8('together') })
}

/** Gives a message to everybody; whether anybody has taken it in. */
export function judge(
  { others, follower }: Bench,
  message: Uint8Array,
  verdicts: Verdicts,
  isPublic: boolean,
): boolean {
  const seen = isPublic ? askFollower(follower, message) : undefined
  const outcomes = others.map(group => ask(group, message))
  for (const { kind, code } of outcomes) verdicts.add(kind ?? code!)
  if (seen?.code !== undefined) {
    for (const { code } of outcomes) expect([seen.code, 'invalid-membership-tag']).toContain(code)
  }
  const codes = [...new Set(outcomes.flatMap(({ code }) => code ?? []))]
  const accepting = others.filter((_, i) => outcomes[i]!.kind !== undefined)
  if (accepting.length === 0) return false
  seen?.apply?.()
  // those who refuse see what is hidden from the others
  for (const code of codes) expect(SECRET_FAULTS).toContain(code)
  const kinds = new Set(outcomes.flatMap(({ kind }) => kind ?? []))
  if (kinds.has('proposal') || kinds.has('message')) {
    expect(codes).toEqual([])
    expect(kinds.size).toBe(1)
  }
  if (kinds.has('commit')) expectTogether(accepting)
  return true
}
