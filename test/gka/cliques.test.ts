/** CLIQUES by itself: who has the key, who cannot have it, and what leaks open. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { toHex } from '../../src/base/bytes.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createProvider } from '../../src/crypto/index.ts'
import {
  CliquesMember,
  type CliquesOptions,
  createGkaSuite,
  groupKeyOf,
  type IntermediateKeys,
} from '../../src/gka/index.ts'
import { BASE_POINT } from '../../src/gka/points.ts'
import { agree, cliquesOf, exclude, expectOneKey, include, names, seededRandom, seededSuite } from './world.ts'

const suite = seededSuite('cliques')
const point = (fill: number): Uint8Array => suite.dh.publicKey(new Uint8Array(32).fill(fill))

/** All keys that somebody computes who knows scalars and points: every scalar list applied in full and every prefix of it to every point. */
function reachable(secrets: readonly (readonly Uint8Array[])[], points: readonly Uint8Array[]): Set<string> {
  const keys = new Set<string>()
  for (const list of secrets) {
    for (const start of points) {
      let at = start
      keys.add(toHex(groupKeyOf(suite, at)))
      for (const scalar of list) {
        at = suite.dh.shared(scalar, at)
        keys.add(toHex(groupKeyOf(suite, at)))
      }
    }
  }
  return keys
}

/** What a call that must throw leaves behind: nothing. */
function expectRefused(member: CliquesMember, code: string, attempt: () => unknown): void {
  const before = structuredClone(member.state())
  expect(attempt).toThrow(expect.objectContaining({ code }))
  expect(member.state()).toEqual(before)
}

describe.each(['list', 'condensed'] as const)('contributions kept as %s', contributions => {
  const options: CliquesOptions = { contributions }
  const group = (n: number): CliquesMember[] => {
    const members = cliquesOf(suite, n, options)
    agree(members)
    return members
  }

  it.each([2, 3, 4, 8, 16, 33])('E080, E082: %i members agree, whoever begins', n => {
    for (const first of [0, n - 1]) {
      const members = cliquesOf(suite, n, options)
      agree([...members.slice(first), ...members.slice(0, first)])
      expectOneKey(members)
      expect(members[0]!.ready).toBe(true)
    }
  })

  it('E083: single and several newcomers, by anybody, and they cannot derive the key before', () => {
    const members = group(5)
    const before = members[0]!.groupKey.slice()
    const newcomers = ['x', 'y', 'z'].map(id => new CliquesMember(suite, id, options))
    const { up, down } = include(members, members[3]!, newcomers)
    expectOneKey([...members, ...newcomers])
    expect(toHex(members[0]!.groupKey)).not.toBe(toHex(before))
    const leaked = newcomers.map(({ id }) => newcomers.find(other => other.id === id)!.state().contributions)
    const points = [...up, down].flatMap(sent => sent.points)
    const keys = reachable(leaked, points)
    expect(keys.has(toHex(members[0]!.groupKey))).toBe(true)
    expect(keys.has(toHex(before))).toBe(false)
    include([...members, ...newcomers], newcomers[2]!, [new CliquesMember(suite, 'last', options)])
    expectOneKey([...members, ...newcomers])
  })

  it('E084: excluded members, one or several, cannot derive the new key; one may stay alone', () => {
    const members = group(7)
    const [gone, more] = [members.slice(1, 2), members.slice(3, 6)]
    const first = exclude(members, members[0]!, gone)
    expectOneKey(first.left)
    const second = exclude(first.left, members[6]!, more)
    expectOneKey(second.left)
    expect(second.left.map(({ id }) => id)).toEqual(['member 0', 'member 2', 'member 6'])
    const leaked = [...gone, ...more].map(member => member.state().contributions)
    expect(reachable(leaked, second.down.points).has(toHex(members[0]!.groupKey))).toBe(false)
    expect(reachable(leaked.slice(0, 1), first.down.points).has(toHex(members[0]!.groupKey))).toBe(false)
    // with the key of a member who stayed it works: the method of the attack is sound
    const inside = [members[2]!.state().contributions]
    expect(reachable(inside, second.down.points).has(toHex(members[0]!.groupKey))).toBe(true)
    const alone = exclude(second.left, members[0]!, [members[2]!, members[6]!])
    expect(alone.left.length).toBe(1)
    expect(members[0]!.ready).toBe(true)
  })

  it('E085: a refresh changes the key, and the policy picks the oldest contribution', () => {
    const members = group(4)
    const seen = new Set([toHex(members[0]!.groupKey)])
    for (let i = 0; i < 8; i++) {
      for (const member of members) expect(member.oldestContribution).toBe(members[i % 4]!.id)
      const next = members.find(({ id }) => id === members[0]!.oldestContribution)!
      exclude(members, next, [])
      expectOneKey(members)
      seen.add(toHex(members[0]!.groupKey))
    }
    expect(seen.size).toBe(9)
    // who includes others renews too, and newcomers are youngest
    const newcomer = new CliquesMember(suite, 'newcomer', options)
    include(members, members[0]!, [newcomer])
    expect(members[2]!.oldestContribution).toBe('member 1')
    exclude([...members, newcomer], members[3]!, [members[1]!])
    expect(members[0]!.oldestContribution).toBe('member 2')
  })

  it('E024, E087 cliques-fs: what a leak of one member opens of the time before it', () => {
    const members = group(4)
    const epochs: { key: string; down: IntermediateKeys }[] = []
    const record = (by: CliquesMember) => {
      const { down } = exclude(members, by, [])
      epochs.push({ key: toHex(by.groupKey), down })
    }
    record(members[0]!)
    for (const by of [1, 1, 2]) record(members[by]!)
    const points = epochs.flatMap(({ down }) => down.points)
    const opened = (member: CliquesMember): boolean[] => {
      const keys = reachable([member.state().contributions], points)
      return epochs.map(({ key }) => keys.has(key))
    }
    // a member that never refreshed opens everything since it came, however it keeps its contributions
    expect(opened(members[3]!)).toEqual([true, true, true, true])
    // one that did opens what came after its last refresh; a list opens the rest too
    const all = contributions === 'list'
    expect(opened(members[1]!)).toEqual(all ? [true, true, true, true] : [false, false, true, true])
    expect(opened(members[2]!)).toEqual(all ? [true, true, true, true] : [false, false, false, true])
  })

  it('E084: a leaked state opens nothing after everybody has refreshed', () => {
    const members = group(3)
    const leaked = members.map(member => structuredClone(member.state().contributions))
    for (const by of members) exclude(members, by, [])
    const { down } = exclude(members, members[0]!, [])
    expect(reachable(leaked, down.points).has(toHex(members[1]!.groupKey))).toBe(false)
  })
})

it('E087: lists and products understand each other', () => {
  const members = names(6).map(
    (id, i) => new CliquesMember(suite, id, { contributions: i % 2 === 0 ? 'list' : 'condensed' }),
  )
  agree(members)
  for (let i = 0; i < 12; i++) exclude(members, members[i % 6]!, [])
  expectOneKey(members)
  expect(members.map(({ contributionCount }) => contributionCount)).toEqual([3, 1, 3, 1, 3, 1])
})

it('E088: folding old contributions into the published own point would publish the secret before', () => {
  const members = cliquesOf(suite, 4)
  agree(members)
  const before = toHex(members[0]!.groupKey)
  const [first] = members as [CliquesMember]
  const own = first.state().points[0]!
  const [contribution] = first.state().contributions
  // the step that the document warns of, with the own contribution before the inclusion
  const folded = suite.dh.shared(contribution!, own)
  expect(toHex(groupKeyOf(suite, folded))).toBe(before)
  const { up } = include(members, first, [new CliquesMember(suite, 'newcomer')])
  expect(up[0]!.points.some(sent => toHex(groupKeyOf(suite, sent)) === before)).toBe(false)
  expect(toHex(up[0]!.points[0]!)).toBe(toHex(own))
})

it('E082: without authentication whoever changes points on the way reads along, or splits the group', () => {
  const members = cliquesOf(suite, 2)
  const [alice, bob] = members as [CliquesMember, CliquesMember]
  const secret = new Uint8Array(32).fill(77)
  const up = alice.start([bob.id])
  const toBob = bob.joinUpflow({ ...up, points: [BASE_POINT, suite.dh.publicKey(secret)] })
  alice.receive({ ...toBob, points: [suite.dh.publicKey(secret), point(5)] }, alice.id)
  // the attacker has a key with each of them
  const withBob = groupKeyOf(suite, suite.dh.shared(secret, toBob.points[0]!))
  const withAlice = groupKeyOf(suite, suite.dh.shared(secret, up.points[1]!))
  expect(toHex(bob.groupKey)).toBe(toHex(withBob))
  expect(toHex(alice.groupKey)).toBe(toHex(withAlice))
})

describe('bad input changes nothing', () => {
  const LOW_ORDER = new Uint8Array(32)
  const twisted = (): Uint8Array => {
    for (let i = 2; ; i++) {
      const candidate = Uint8Array.of(i, ...new Uint8Array(31))
      if (suite.composition.firstOffCurve(ByteList.fixed(candidate, 32)) === 0) return candidate
    }
  }
  const notCanonical = (() => {
    const bytes = new Uint8Array(32).fill(0xff)
    bytes[31] = 0x7f
    bytes[0] = 0xf6
    return bytes
  })()
  const all = ['a', 'b', 'c']
  const fresh = (id: string) => new CliquesMember(suite, id)

  it.each([
    ['a point of low order', 'low-order-point', LOW_ORDER],
    ['a point of the twist', 'off-curve-point', twisted()],
    ['a second encoding of a point', 'invalid-public-key', notCanonical],
    ['a short point', 'invalid-public-key', new Uint8Array(31)],
  ])('%s', (_, code, bad) => {
    for (let at = 0; at < 3; at++) {
      const member = fresh('c')
      const points = [point(1), point(2), point(3)].with(at, bad)
      expectRefused(member, code, () => member.joinUpflow({ members: all, points }))
    }
    const members = cliquesOf(suite, 3)
    const { down } = agree(members)
    for (let at = 0; at < 3; at++) {
      const points = down.points.with(at, bad)
      expectRefused(members[0]!, code, () => members[0]!.receive({ ...down, points }, 'member 1'))
    }
  })

  it('equal points, too few, too many, and lists of members that cannot be', () => {
    const member = fresh('c')
    const points = [point(1), point(2), point(3)]
    const join = (change: Partial<IntermediateKeys>) => () => member.joinUpflow({ members: all, points, ...change })
    expectRefused(member, 'repeated-point', join({ points: [point(1), point(2), point(1)] }))
    expectRefused(member, 'wrong-point-count', join({ points: points.slice(1) }))
    expectRefused(member, 'wrong-point-count', join({ points: [...points, point(4)] }))
    expectRefused(member, 'wrong-point-count', join({ members: ['c', 'a', 'b'] }))
    expectRefused(member, 'not-a-member', join({ members: ['a', 'b', 'd'] }))
    expectRefused(member, 'duplicate-member', join({ members: ['a', 'a', 'c'] }))
    expectRefused(member, 'too-many-members', join({ members: [...names(600), 'c'] }))
    expectRefused(member, 'wrong-stage', () => member.receive({ members: all, points }, 'a'))
    const members = cliquesOf(suite, 3)
    const { down } = agree(members)
    const [first] = members as [CliquesMember]
    const receive = (change: Partial<IntermediateKeys>) => () => first.receive({ ...down, ...change }, 'member 1')
    expectRefused(first, 'wrong-point-count', receive({ points: down.points.slice(1) }))
    expectRefused(first, 'wrong-member-list', receive({ members: ['member 1', 'member 0', 'member 2'] }))
    expectRefused(first, 'wrong-member-list', receive({ members: ['member 0', 'member 2', 'x'], points: down.points }))
    expectRefused(first, 'not-a-member', receive({ members: ['member 1', 'member 2'], points: down.points.slice(1) }))
  })

  it("the caller's mistakes", () => {
    const members = cliquesOf(suite, 3)
    agree(members)
    const [first] = members as [CliquesMember]
    expectRefused(first, 'operation-running', () => first.start(['x']))
    expectRefused(first, 'operation-running', () => first.joinUpflow({ members: all, points: [] }))
    expectRefused(first, 'wrong-argument', () => first.include([]))
    expectRefused(first, 'duplicate-member', () => first.include(['member 1']))
    expectRefused(first, 'wrong-member-list', () => first.exclude(['nobody']))
    expectRefused(first, 'wrong-member-list', () => first.exclude(['member 0']))
    expectRefused(first, 'wrong-member-list', () => first.exclude(['member 1', 'member 1']))
    const lonely = fresh('a')
    expectRefused(lonely, 'not-in-session', () => lonely.refresh())
    expectRefused(lonely, 'not-in-session', () => lonely.groupKey)
    expectRefused(lonely, 'not-in-session', () => lonely.oldestContribution)
    expectRefused(lonely, 'wrong-argument', () => lonely.start([]))
    expectRefused(lonely, 'invalid-member-id', () => lonely.start(['']))
    expectRefused(lonely, 'invalid-member-id', () => lonely.start(['\ud800']))
  })
})

it('a wiped member holds nothing', () => {
  const members = cliquesOf(suite, 3)
  agree(members)
  const [first] = members as [CliquesMember]
  const { contributions } = first.state()
  const key = first.groupKey
  first.wipe()
  expect([...contributions, key].every(bytes => bytes.every(byte => byte === 0))).toBe(true)
  expect(() => first.groupKey).toThrow(expect.objectContaining({ code: 'not-in-session' }))
})

it('E100: the suite takes X25519 from backends that can compose keys, and says so where one cannot', () => {
  const noble = createGkaSuite(createProvider({ backends: [createNobleBackend()], random: seededRandom('noble') }))
  const members = cliquesOf(noble, 2)
  agree(members)
  exclude(members, members[0]!, [])
  expectOneKey(members)
  const node = createProvider({ choose: { x25519: 'node' } })
  expect(() => createGkaSuite(node)).toThrow(expect.objectContaining({ code: 'no-backend' }))
})
