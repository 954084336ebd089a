/** The virtual network and the driver: replay, loss, delay, disorder, repetition, absence, and races for an epoch. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { Draws, Driver, type NetworkPolicy, OrderingService, seededRandom } from '../../src/compare/index.ts'
import { defaultProvider } from '../../src/crypto/index.ts'
import { PROTOCOLS } from './protocols.ts'
import { expectAgreement, groupOf, names, readBy, say, update } from './world.ts'

const POLICIES: Readonly<Record<string, Partial<NetworkPolicy>>> = {
  'a perfect network': {},
  delay: { delay: [1, 40] },
  loss: { drop: 0.3 },
  repetition: { duplicate: 0.5, delay: [1, 9] },
  disorder: { delay: [1, 60], reorder: true },
  'all at once': { drop: 0.2, duplicate: 0.2, delay: [1, 60], reorder: true },
}

/** A random history of a group that changes: the same for the same seed. */
function history(protocol: (typeof PROTOCOLS)[number], seed: string, policy: Partial<NetworkPolicy>): Driver<unknown> {
  const driver = new Driver(protocol, { seed, policy, provider: defaultProvider() })
  const everybody = names(7)
  driver.perform('member 0', { kind: 'create', others: everybody.slice(1, 5) })
  driver.settle()
  for (let i = 0; i < 9; i++) {
    const inside = driver.members.map(({ id }) => id)
    const outside = everybody.filter(id => !inside.includes(id))
    const actor = driver.draws.pick(inside)
    const others = inside.filter(id => id !== actor)
    const dice = driver.draws.between(0, 9)
    if (dice < 2 && outside.length > 0) driver.perform(actor, { kind: 'add', who: driver.draws.pick(outside) })
    else if (dice < 4 && inside.length > 3) driver.perform(actor, { kind: 'remove', who: driver.draws.pick(others) })
    else if (dice < 6) driver.perform(actor, update)
    else driver.perform(actor, say(`message ${i}`))
    driver.settle()
  }
  return driver
}

describe.each(PROTOCOLS.map(protocol => [protocol.name, protocol] as const))('%s', (_, protocol) => {
  it.each(Object.entries(POLICIES))(
    '%s: members agree in the end, and the same seed gives the same bytes',
    (_name, policy) => {
      const first = history(protocol, 'a seed', policy)
      expectAgreement(
        first,
        first.members.map(({ id }) => id),
      )
      expect(first.members.length).toBeGreaterThan(2)
      const again = history(protocol, 'a seed', policy)
      expect(toHex(again.transcript.encode())).toBe(toHex(first.transcript.encode()))
      // whoever is in can be heard
      const { id } = first.members[1]!
      first.network.policy = { drop: 0, duplicate: 0, delay: [1, 1], reorder: false }
      first.run(id, say('at last'))
      for (const member of first.members)
        if (member.id !== id) expect(readBy(first, member.id)).toContain(`${id}: at last`)
      // nothing is read twice, whatever comes twice
      for (const member of first.people) {
        const texts = readBy(first, member.id)
        expect(new Set(texts).size).toBe(texts.length)
      }
    },
  )

  it('another seed gives another history', () => {
    const [one, other] = ['a seed', 'another seed'].map(seed => history(protocol, seed, {}))
    expect(toHex(other!.transcript.encode())).not.toBe(toHex(one!.transcript.encode()))
  })

  it('of two changes at once at most one is made, and the group stays together', () => {
    const driver = groupOf(protocol, 5, { policy: { delay: [5, 5] } })
    driver.perform('member 1', update)
    driver.perform('member 3', { kind: 'remove', who: 'member 2' })
    driver.settle()
    const { needsTotalOrder, asynchronous } = protocol.traits
    if (!needsTotalOrder) return expectAgreement(driver, ['member 0', 'member 1', 'member 3', 'member 4'])
    const what = driver.transcript.entries.map(entry => entry.what)
    if (asynchronous) {
      expect(what.filter(happening => happening === 'accepted')).toHaveLength(1)
      expect(what.filter(happening => happening === 'refused')).toHaveLength(1)
    }
    expectAgreement(driver, names(5))
    // the loser tries again
    driver.run('member 3', { kind: 'remove', who: 'member 2' })
    expectAgreement(driver, ['member 0', 'member 1', 'member 3', 'member 4'])
    return undefined
  })
})

describe('parts', () => {
  it('random bytes depend on the seed alone, not on how they are asked for', () => {
    const hash = defaultProvider().primitive('sha256')
    const ask = (seed: string, lengths: readonly number[]): string => {
      const random = seededRandom(hash, seed)
      return lengths
        .map(length => {
          const out = new Uint8Array(length)
          random(out)
          return toHex(out)
        })
        .join('')
    }
    expect(ask('a', [100])).toBe(ask('a', [1, 31, 0, 40, 28]))
    expect(ask('a', [100])).not.toBe(ask('b', [100]))
    const draws = new Draws(seededRandom(hash, 'draws'))
    const seen = new Set(Array.from({ length: 200 }, () => draws.between(2, 5)))
    expect([...seen].sort()).toEqual([2, 3, 4, 5])
    expect(Array.from({ length: 50 }, () => draws.chance(0))).not.toContain(true)
  })

  it('the ordering service takes one commit for an epoch, and everything else in order', () => {
    const service = new OrderingService()
    const commit = (from: string, position: number) =>
      service.submit({ from, ordered: 'epoch', position, to: ['a', 'b', 'c'].filter(id => id !== from) })
    expect(commit('a', 0)).toBe(0)
    expect(commit('b', 0)).toBeUndefined()
    expect(commit('b', 1)).toBe(1)
    expect(service.submit({ from: 'c', ordered: 'total', position: 0, to: ['a'] })).toBe(2)
    expect(['a', 'b', 'c'].map(id => service.placeOf(id, 2))).toEqual([2, undefined, 2])
  })

  it('an actor who is offline, or waits for a verdict, cannot act; others go on', () => {
    const driver = groupOf(PROTOCOLS[0]!, 3)
    driver.network.disconnect('member 1')
    expect(() => driver.perform('member 1', update)).toThrow(expect.objectContaining({ code: 'wrong-argument' }))
    driver.perform('member 2', update)
    expect(() => driver.perform('member 2', update)).toThrow(expect.objectContaining({ code: 'commit-pending' }))
    driver.settle()
    driver.run('member 0', say('are you there?'))
    expect(readBy(driver, 'member 1')).toEqual([])
    driver.network.connect('member 1')
    driver.settle()
    expect(readBy(driver, 'member 1')).toEqual(['member 0: are you there?'])
    expectAgreement(driver, names(3))
  })

  it('reports count packets once and deliveries for every receiver', () => {
    const driver = groupOf(PROTOCOLS[1]!, 6)
    const report = driver.run('member 0', { kind: 'send', plaintext: utf8('x'.repeat(100)) })
    expect(report).toMatchObject({ packets: 1, deliveries: 5, deliveredBytes: 5 * report.bytesSent, fetchedBytes: 0 })
    expect(report.others).toMatchObject({ clients: 5, total: { aead: 5, dh: 0 }, most: { aead: 1 } })
    expect(report.stateBytes).toBeGreaterThan(0)
  })
})
