/** Counters of every protocol against the cost formulas. */
import { describe, expect, it } from 'vitest'
import {
  type Cost,
  cliques,
  cliquesAgreement,
  Driver,
  type GroupProtocol,
  heightOf,
  type OperationReport,
  rotationPackets,
  senderKeys,
  UPDATE_BYTES,
} from '../../src/compare/index.ts'
import { defaultProvider } from '../../src/crypto/index.ts'
import { formulasOf, PROTOCOLS } from './protocols.ts'
import { groupOf, names, say, update } from './world.ts'

const TEXT = { kind: 'send', plaintext: new Uint8Array(32) } as const

function expectCost({ actor, others, packets }: OperationReport, { receiverDh, packets: made, ...counts }: Cost): void {
  expect(actor.counts).toMatchObject(counts)
  expect(others.most.dh).toBe(receiverDh)
  expect(packets).toBe(made)
}

/** A group most of whose members have not been online yet: the first, the second and the last have. */
function mostlyOffline(
  protocol: GroupProtocol<unknown>,
  n: number,
): { driver: Driver<unknown>; created: OperationReport } {
  const driver = new Driver(protocol, { seed: 'costs', provider: defaultProvider() })
  for (const id of names(n).slice(2, -1)) driver.network.disconnect(id)
  return { driver, created: driver.run('member 0', { kind: 'create', others: names(n).slice(1) }) }
}

const SMALL = [2, 3, 4, 8, 16, 64]
const LARGE = [1000]
/** Those of which every member has to be online. Their members are counted one by one in larger groups in the tests of their own. */
const SYNCHRONOUS = PROTOCOLS.filter(({ traits }) => !traits.asynchronous)

describe.each(PROTOCOLS.map(protocol => [protocol.name, protocol] as const))('%s', (name, protocol) => {
  const formulas = formulasOf(name)
  const newcomer = 'newcomer'

  it.each(SYNCHRONOUS.includes(protocol) ? SMALL.slice(0, -1) : SMALL)(
    'A08: %i members: creating, updating, sending, adding, removing',
    n => {
      const driver = new Driver(protocol, { seed: 'costs', provider: defaultProvider() })
      const awake = names(n).filter((_id, i) => name !== 'TreeKEM' || n < 16 || i % 2 === 0)
      for (const id of names(n)) if (!awake.includes(id)) driver.network.disconnect(id)
      expectCost(driver.run('member 0', { kind: 'create', others: names(n).slice(1) }), formulas.create!(n))
      if (formulas['first update'] !== undefined)
        expectCost(driver.run('member 0', update), formulas['first update'](n))
      // one of each two neighbours is enough: afterwards no node of the tree is blank
      if (name === 'TreeKEM') for (const id of awake) driver.run(id, update)
      const updated = driver.run('member 0', update)
      expectCost(updated, formulas.update!(n))
      const bytes = UPDATE_BYTES[name]?.(n)
      if (bytes !== undefined) expect(updated.bytesSent).toBe(bytes)
      driver.run('member 0', say('keys, where they are due'))
      expectCost(driver.run('member 0', TEXT), formulas.send!(n))
      expectCost(driver.run('member 0', { kind: 'add', who: newcomer }), formulas.add!(n))
      driver.run('member 0', say('keys, where they are due'))
      // from then on its leaf is like the others
      if (protocol.traits.needsTotalOrder) driver.run(newcomer, update)
      expectCost(driver.run('member 0', { kind: 'remove', who: newcomer }), formulas.remove!(n))
    },
  )

  if (!SYNCHRONOUS.includes(protocol)) {
    it.each(LARGE)('A08: %i members, most of them offline: creating, the first changes, sending', n => {
      const { driver, created } = mostlyOffline(protocol, n)
      const first = (operation: 'update' | 'add' | 'remove') => (formulas[`first ${operation}`] ?? formulas[operation])!
      expectCost(created, formulas.create!(n))
      expectCost(driver.run('member 0', update), first('update')(n))
      driver.run('member 0', say('keys, where they are due'))
      expectCost(driver.run('member 0', TEXT), formulas.send!(n))
      expectCost(driver.run('member 0', { kind: 'add', who: newcomer }), first('add')(n))
      expectCost(driver.run('member 0', { kind: 'remove', who: newcomer }), first('remove')(n))
    })
  }
})

describe('whole groups', () => {
  it.each([2, 3, 8, 16])('CLIQUES: a first agreement of %i members', n => {
    const driver = new Driver(cliques, { seed: 'agreement', provider: defaultProvider() })
    const { actor, others } = driver.run('member 0', { kind: 'create', others: names(n).slice(1) })
    const { dh, base } = others.total
    expect(actor.counts.dh + dh + actor.counts.base + base).toBe(cliquesAgreement(n))
  })

  it.each([4, 8, 16, 64])(
    'ART: receivers of an update in a group of %i compute fewer than two secrets in the mean',
    n => {
      const driver = groupOf(PROTOCOLS[1]!, n)
      const { others } = driver.run('member 0', update)
      const expected = Array.from({ length: heightOf(n) }, (_, i) => ((i + 1) * n) / 2 ** (i + 1)).reduce(
        (a, b) => a + b,
      )
      expect(others.total.dh).toBe(expected)
      expect(others.total.dh / (n - 1)).toBeLessThan(2)
    },
  )

  it.each([4, 8, 16])('M45: sender keys: a removal from a group of %i costs (n - 1)(n - 2) pairwise packets', n => {
    const driver = groupOf(senderKeys, n)
    for (const id of names(n)) driver.run(id, TEXT)
    driver.run('member 0', { kind: 'remove', who: 'member 1' })
    const left = names(n).filter(id => id !== 'member 1')
    const packets = left.map(id => driver.run(id, TEXT).packets)
    // one message each, and the keys
    expect(packets.reduce((a, b) => a + b) - left.length).toBe((n - 1) * (n - 2))
    expect(rotationPackets(n - 1)).toBe((n - 1) * (n - 2))
  })

  it('pairwise: 32 bytes of text are 100 bytes for each other member, once sessions are answered', () => {
    const driver = groupOf(PROTOCOLS[3]!, 5)
    for (const id of [...names(5), ...names(5)]) driver.run(id, TEXT)
    expect(driver.run('member 0', TEXT).bytesSent).toBe(100 * 4)
  })
})
