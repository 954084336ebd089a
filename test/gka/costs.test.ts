/** mpENC section 2.1: counters and packets against the cost formulas. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { FORMULAS } from '../../src/compare/index.ts'
import { countOperations, type OperationCounts } from '../../src/crypto/counting.ts'
import { createProvider } from '../../src/crypto/index.ts'
import {
  CliquesMember,
  type CliquesOptions,
  createGkaSuite,
  type GkaSuite,
  type IntermediateKeys,
} from '../../src/gka/index.ts'
import { agree, cliquesOf, expectOneKey, names, seededRandom, World } from './world.ts'

const SIZES = [2, 3, 4, 8, 16, 64, 256]
const plain = createProvider({ random: seededRandom('costs') })
const multiplications = ({ dh, base }: OperationCounts): number => dh + base

/** Counts what every member does, by name. */
class Meter {
  readonly counting = countOperations(plain)
  readonly suite: GkaSuite = createGkaSuite(this.counting)

  of(work: () => unknown): number {
    return multiplications(this.counting.during(() => void work()))
  }
}

/** An agreement in which the work of each member is counted apart. */
function meteredAgreement(n: number, options: CliquesOptions = {}) {
  const meter = new Meter()
  const members = cliquesOf(meter.suite, n, options)
  const sent: IntermediateKeys[] = []
  const up = members.map((member, i) =>
    meter.of(() => {
      sent.push(i === 0 ? member.start(names(n).slice(1)) : member.joinUpflow(sent.at(-1)!))
    }),
  )
  const down = members.slice(0, -1).map(member => meter.of(() => member.receive(sent.at(-1)!, members[0]!.id)))
  return { meter, members, sent, up, down }
}

/** A member of a group of which nobody else exists: the points of the others are any. */
function simulated(meter: Meter, n: number, at: number): CliquesMember {
  const member = new CliquesMember(meter.suite, names(n)[at]!, { maxMembers: 2000 })
  const own = new Uint8Array(32)
  meter.suite.random(own)
  return CliquesMember.restore(
    meter.suite,
    member.id,
    { maxMembers: 2000 },
    {
      members: names(n),
      points: anyPoints(meter.suite, n),
      contributions: [own],
      renewals: names(n).map(() => 1),
      operations: 1,
      groupKey: new Uint8Array(32),
    },
  )
}

function anyPoints({ dh, random }: GkaSuite, n: number): Uint8Array[] {
  const keys = new Uint8Array(32 * n)
  random(keys)
  return [...ByteList.fixed(dh.publicKeyMany(ByteList.fixed(keys, 32)), 32)]
}

describe.each(SIZES)('E081: an agreement of %i members', n => {
  it('costs n(n + 1)/2 + n - 1 multiplications and (n - 1)(n + 2)/2 + n points in n packets', () => {
    const { members, sent, up, down } = meteredAgreement(n)
    expectOneKey(members)
    expect(up).toEqual(names(n).map((_, i) => i + 1))
    expect(down).toEqual(names(n - 1).map(() => 1))
    const total = [...up, ...down].reduce((sum, count) => sum + count)
    expect(total).toBe((n * (n + 1)) / 2 + n - 1)
    const points = sent.map(packet => packet.points.length)
    expect(points.length).toBe(n)
    expect(points.at(-1)).toBe(n)
    expect(points.slice(0, -1).reduce((sum, count) => sum + count, 0)).toBe(((n - 1) * (n + 2)) / 2)
  })
})

it('E081: 100 members need 5,149 multiplications and 5,149 points', () => {
  const { sent, up, down } = meteredAgreement(100)
  expect([...up, ...down].reduce((sum, count) => sum + count)).toBe(5149)
  expect(sent.reduce((sum, { points }) => sum + points.length, 0)).toBe(5149)
})

describe.each(['list', 'condensed'] as const)('E081: later operations with contributions kept as %s', contributions => {
  const keptAs = (renewals: number): number => (contributions === 'list' ? renewals : 1)

  it.each([2, 3, 4, 8, 16, 64])('%i members include, exclude and refresh at the costs of the formulas', n => {
    const { meter, members } = meteredAgreement(n, { contributions })
    const k = 3
    const newcomers = names(n + k)
      .slice(n)
      .map(id => new CliquesMember(meter.suite, id, { contributions, maxMembers: 2000 }))
    const initiator = members[0]!
    const sent: IntermediateKeys[] = []
    const starting = meter.of(() => sent.push(initiator.include(newcomers.map(({ id }) => id))))
    expect(starting).toBe(n - 1 + keptAs(2))
    newcomers.forEach((newcomer, j) => {
      expect(meter.of(() => sent.push(newcomer.joinUpflow(sent.at(-1)!)))).toBe(n + j + 1)
    })
    expect(sent.map(({ points }) => points.length)).toEqual([...newcomers.map((_, j) => n + j + 1), n + k])
    const last = newcomers.at(-1)!
    for (const member of [...members, ...newcomers].filter(other => other !== last)) {
      const own = member === initiator ? keptAs(2) : 1
      expect(meter.of(() => member.receive(sent.at(-1)!, initiator.id))).toBe(own)
    }
    const everybody = [...members, ...newcomers]
    expectOneKey(everybody)

    let down!: IntermediateKeys
    const refreshing = meter.of(() => {
      down = initiator.refresh()
    })
    expect(refreshing).toBe(n + k - 1 + keptAs(3))
    expect(down.points.length).toBe(n + k)
    for (const member of everybody.slice(1)) expect(meter.of(() => member.receive(down, initiator.id))).toBe(1)
    expectOneKey(everybody)

    const excluding = meter.of(() => {
      down = last.exclude([members[1]!.id])
    })
    const left = n + k - 1
    expect(excluding).toBe(left - 1 + keptAs(2))
    expect(down.points.length).toBe(left)
    for (const member of everybody.filter(other => other !== last && other !== members[1])) {
      const own = member === initiator ? keptAs(3) : 1
      expect(meter.of(() => member.receive(down, last.id))).toBe(own)
    }
    expectOneKey(everybody.filter(member => member !== members[1]))
  })

  it('the cost of following others grows with own renewals in a list, and not with their product', () => {
    const { meter, members } = meteredAgreement(4, { contributions })
    for (let renewals = 2; renewals <= 12; renewals++) {
      const down = members[0]!.refresh()
      for (const member of members.slice(1)) member.receive(down, members[0]!.id)
      expect(members[0]!.contributionCount).toBe(keptAs(renewals))
    }
    const down = members[1]!.refresh()
    expect(meter.of(() => members[0]!.receive(down, members[1]!.id))).toBe(keptAs(12))
  })
})

describe.each([...SIZES, 1000])('E081: single members of a group of %i, against the formulas of the comparison', n => {
  const formulas = FORMULAS['CLIQUES']!
  const all = names(n)
  const meter = new Meter()
  const counts = (work: () => unknown): OperationCounts => meter.counting.during(() => void work())
  const down = { members: all, points: anyPoints(meter.suite, n) }

  it('an agreement: the first has the least to do, those at the end of the chain the most', () => {
    const first = new CliquesMember(meter.suite, all[0]!, { maxMembers: 2000 })
    let started!: IntermediateKeys
    const starting = counts(() => {
      started = first.start(all.slice(1))
    })
    const ending = counts(() => first.receive(down, all[0]!))
    const { create } = formulas
    expect({ dh: starting.dh + ending.dh, base: starting.base + ending.base }).toEqual({ dh: 1, base: 1 })
    expect(create!(n)).toMatchObject({ dh: 1, base: 1 })
    const others = [...new Set([1, n >> 1, n - 2, n - 1])].filter(at => at > 0)
    const dh = others.map(at => {
      const member = new CliquesMember(meter.suite, all[at]!, { maxMembers: 2000 })
      const chain = at === 1 ? started : { members: all, points: anyPoints(meter.suite, at + 1) }
      const up = counts(() => member.joinUpflow(chain))
      expect(multiplications(up)).toBe(at + 1)
      const rest = at === n - 1 ? 0 : counts(() => member.receive(down, all[0]!)).dh
      return up.dh + rest
    })
    expect(Math.max(...dh)).toBe(create!(n).receiverDh)
  })

  it('inclusion, refresh and exclusion by one, and what another does', () => {
    const at = n >> 1
    const { add, update, remove } = formulas
    const newcomer = 'newcomer'
    const more = { members: [...all, newcomer], points: anyPoints(meter.suite, n + 1) }
    const initiator = simulated(meter, n, at)
    const including = counts(() => initiator.include([newcomer]))
    const included = counts(() => initiator.receive(more, newcomer))
    expect({ dh: including.dh + included.dh, base: including.base + included.base }).toEqual({ dh: n + 1, base: 0 })
    expect(add!(n)).toMatchObject({ dh: n + 1, base: 0 })
    const joining = new CliquesMember(meter.suite, newcomer, { maxMembers: 2000 })
    const joined = counts(() => joining.joinUpflow(more))
    expect(multiplications(joined)).toBe(add!(n).receiverDh)

    const refreshed = simulated(meter, n, at)
    const refreshing = counts(() => refreshed.refresh())
    expect(update!(n)).toMatchObject({ dh: refreshing.dh, base: refreshing.base })
    const follower = simulated(meter, n, 0)
    const following = counts(() => follower.receive(down, all[at]!))
    expect(following.dh).toBe(update!(n).receiverDh)

    // n stay of n + 1
    const [excluder, staying] = [simulated(meter, n + 1, 0), simulated(meter, n + 1, 1)]
    const excluding = counts(() => excluder.exclude([names(n + 1)[n]!]))
    expect(remove!(n)).toMatchObject({ dh: excluding.dh, base: excluding.base })
    expect(counts(() => staying.receive(down, names(n + 1)[0]!)).dh).toBe(remove!(n).receiverDh)
  })
})

describe('the combined agreement', () => {
  /** A world whose sessions count. */
  function countingWorld(n: number) {
    const counting = countOperations(plain)
    const world = new World(createGkaSuite(counting), { maxMembers: 1000 })
    for (const id of names(n)) world.add(id)
    return { world, counting }
  }

  it.each([2, 3, 4, 8, 16, 64])('E040: %i members: n - 1 upflow and n downflow packets, and what they cost', n => {
    const { world, counting } = countingWorld(n)
    const all = names(n)
    let packets: ReturnType<World['run']> = []
    const starting = counting.during(() => {
      packets = world.run(all[0]!, world.at(all[0]!).start(all.slice(1)))
    })
    expect(packets.length).toBe(n - 1 + n)
    expect(FORMULAS['CLIQUES']!.create!(n).packets).toBe(packets.length)
    // every packet is signed, and everybody confirms with the identity key
    expect(starting.sign).toBe(2 * n - 1 + n)
    // the first packet and the first on the way down by all others, the upflow by whom it is for, a confirmation by all others
    const upflow = n - 2
    expect(starting.verify).toBe(n - 1 + upflow + 2 * (n - 1) + 2 * (n - 1) * (n - 1))
    expect(multiplications(starting)).toBe((n * (n + 1)) / 2 + n - 1)
    expect(starting.aead).toBe(0)

    // ids of L bytes: a record has 4 bytes before its content
    const sizes = packets.map(({ bytes }) => bytes.length)
    const member = all.reduce((sum, id) => sum + 4 + id.length, 0)
    const head = 68 + 6 + 5 + 6
    const source = (at: number): number => 4 + packets[at]!.from.length
    const order = 36 + 36
    for (let i = 0; i < n - 1; i++) {
      const destination = 4 + all[i + 1]!.length
      const lists = 36 * (i + 2) + 2 * 36 * (i + 1)
      expect(sizes[i]).toBe(head + source(i) + destination + member + lists + (i === 0 ? order : 0))
    }
    expect(sizes[n - 1]).toBe(head + source(n - 1) + member + 108 * n + 68)
    for (let i = n; i < 2 * n - 1; i++) expect(sizes[i]).toBe(head + source(i) + member + 68)

    const refreshing = counting.during(() => {
      packets = world.run(all[1]!, world.at(all[1]!).refresh())
    })
    expect(packets.length).toBe(FORMULAS['CLIQUES']!.update!(n).packets)
    expect(packets[0]!.bytes.length).toBe(head + source(packets.length - 1) + member + 36 * n + order)
    expect(refreshing).toMatchObject({ sign: 1, verify: n - 1 })
    expect(multiplications(refreshing)).toBe(n - 1 + 1 + (n - 1))
  })

  it('E081: including one and excluding one take two packets and one, and a confirmation of everybody else', () => {
    const { world } = countingWorld(6)
    const all = names(6)
    world.run(all[0]!, world.at(all[0]!).start(all.slice(1)))
    world.add('newcomer')
    const including = world.run(all[2]!, world.at(all[2]!).include(['newcomer']))
    expect(including.length).toBe(FORMULAS['CLIQUES']!.add!(6).packets)
    const gone = all[5]!
    const packet = world.at(all[0]!).exclude([gone])
    world.sessions.delete(gone)
    expect(world.run(all[0]!, packet).length).toBe(FORMULAS['CLIQUES']!.remove!(6).packets)
  })

  it('agrees with the bare protocol on the number of multiplications of one member', () => {
    const { members } = meteredAgreement(5)
    expect(agree(cliquesOf(createGkaSuite(plain), 5)).down.points.length).toBe(members.length)
  })
})
