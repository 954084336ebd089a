/** What the comparison prints, and what the documents claim against what is counted. */
import { beforeAll, describe, expect, it } from 'vitest'
import { claims, claimsTable, packetsOfLeaving, turningMessage } from '../../bench/claims.ts'
import { compareProtocols } from '../../bench/compare.ts'
import type { Result } from '../../bench/harness.ts'
import { measureWorkload } from '../../bench/workload.ts'
import { cliques, Driver, FORMULAS, type Operation, UPDATE_BYTES } from '../../src/compare/index.ts'
import { defaultProvider } from '../../src/crypto/index.ts'
import { PROTOCOLS } from './protocols.ts'
import { star } from './star.ts'
import { names } from './world.ts'

const COMPARED = PROTOCOLS.filter(({ name }) => name !== star.name)
const rowsOf = (table: string) => table.split('\n').map(line => line.split('|').map(cell => cell.trim()))
const watch = (results: Result[]) => ({
  step: () => Promise.resolve(),
  add: (result: Result) => void results.push(result),
})
const OPERATIONS: readonly Operation[] = ['create', 'update', 'add', 'remove', 'send']

describe('the report', () => {
  let tables!: string[]
  beforeAll(async () => {
    tables = await compareProtocols([10], watch([]))
  })

  it('M02, M05: every system of the documents is in it, with what it promises', () => {
    expect(COMPARED.map(({ name }) => name)).toEqual([
      ...['TreeKEM', 'ART', 'CLIQUES', 'pairwise', 'sender keys', 'SMMP', 'SMMP of 2014'],
    ])
    const table = tables.find(text => text.includes('forward secrecy'))!
    for (const { name, traits } of COMPARED) {
      const row = table.split('\n').find(line => line.startsWith(`| ${name} `))!
      const cells = row.split('|').map(cell => cell.trim())
      const yes = (value: boolean): string => (value ? 'yes' : 'no')
      expect(cells.slice(2, 7)).toEqual([
        ...[yes(traits.asynchronous), traits.needsTotalOrder ? 'needed' : 'not needed'],
        ...[yes(traits.forwardSecrecy), yes(traits.postCompromiseSecurity), yes(traits.deniable)],
      ])
    }
  })

  it('A33, M05: costs of every operation at 10, 100, 1,000 and 100,000, for who acts and who follows', () => {
    const rows = rowsOf(tables.find(text => text.includes('dh + base'))!)
    for (const { name } of COMPARED) {
      for (const n of ['10', '100', '1,000', '100,000']) {
        const there = rows.filter(cells => cells[2] === n && cells[3] === name)
        for (const operation of ['create', 'update', 'add', 'remove']) {
          const row = there.find(cells => cells[1] === operation)
          expect(row, `${operation} of ${name} at ${n}`).toBeDefined()
          // nothing is printed as measured that was not
          expect(row!.some(cell => cell.startsWith('formula'))).toBe(n !== '10')
        }
      }
    }
    for (const operation of OPERATIONS)
      for (const { name } of COMPARED) expect(FORMULAS[name]![operation]).toBeDefined()
  })

  it('M45: after a removal, with sender keys, as many packets as the formula says', () => {
    const rows = rowsOf(tables.find(text => text.includes('Somebody was removed'))!)
    const packetsOf = (n: string, name: string) => rows.find(cells => cells[1] === n && cells[2] === name)!.slice(3)
    expect(packetsOf('10', 'sender keys')).toMatchObject({ 0: `${10 * 9 + 10}`, 2: 'measured' })
    expect(packetsOf('100,000', 'sender keys').slice(0, 3)).toEqual(['10,000,000,000', '-', 'formula'])
    expect(packetsOf('10', 'pairwise')[0]).toBe('90')
    expect(packetsOf('10', 'TreeKEM')[0]).toBe('10')
  })

  it('the quick workload prints a row for each protocol and size, with what was published', async () => {
    const results: Result[] = []
    const printed = await measureWorkload([2, 10], 4, watch(results))
    expect(results).toHaveLength(6)
    expect(printed[0]).toMatch(/\| 10 .*\| ART .*\| 314 /)
    expect(printed[0]).toMatch(/\| 10 .*\| pairwise .*\| 891 /)
    expect(printed[1]!.split('\n').map(line => line.split(',').length)).toEqual(Array.from({ length: 7 }, () => 12))
  })
})

describe('claims of the documents', () => {
  it('M43, M44, M45, M46: one message and one leave, counted in smaller groups', () => {
    const rows = claims(64)
    const byId = (id: string) => rows.filter(row => row.id.includes(id))
    const [pairwise] = byId('M43')
    expect(pairwise).toMatchObject({ operations: 63, how: 'measured' })
    expect(pairwise!.bytes! / 63).toBeGreaterThan(1000)
    expect(pairwise!.bytes! / 63).toBeLessThan(1100)
    const mlsMessage = byId('M46').find(({ claim }) => claim.includes('message is one packet'))!
    expect(mlsMessage.operations).toBe(1)
    // beside the text what any message has: header, signature, tags
    expect(mlsMessage.bytes! - 1000).toBeLessThan(200)
    const [message, first] = byId('M44')
    expect(message!.operations).toBe(1)
    expect(first!.operations).toBe(63)
    expect(byId('M45').map(({ operations }) => operations)).toEqual([15 * 14, 63 * 62])
    expect([4, 8].map(packetsOfLeaving)).toEqual([3 * 2, 7 * 6])
  })

  it('M46, M47: MLS changes keys with one encryption for each level: 17 and less than 17 kB at 100,000', () => {
    const counted = [16, 64, 256].map(n => claims(n).find(({ id }) => id.includes('M47'))!)
    expect(counted.map(({ operations }) => operations)).toEqual([4, 6, 8])
    // equal bytes for each level, and the same number of them at 100,000
    const [a, b, c] = counted.map(({ bytes }) => bytes!)
    expect(b! - a!).toBe(2 * 117)
    expect(c! - b!).toBe(2 * 117)
    expect(FORMULAS['TreeKEM']!.update!(100_000)).toMatchObject({ dh: 17, aead: 17 + 2 })
    expect(UPDATE_BYTES['TreeKEM']!(100_000)).toBeLessThan(17_000)
    expect(FORMULAS['pairwise']!.send!(100_000)).toMatchObject({ aead: 99_999, packets: 99_999 })
    expect(FORMULAS['ART']!.update!(100_000)).toMatchObject({ dh: 17, base: 17 })
    expect(UPDATE_BYTES['ART']!(100_000)).toBe(695)
    expect(claimsTable(64)).toContain('M46')
  })

  it('A30: in a group that talks, a message costs its sender two multiplications for each other member', () => {
    expect([2, 5, 16].map(turningMessage)).toEqual([2, 8, 30])
    expect(claims(64).find(({ id }) => id === 'A30')).toMatchObject({ operations: 30 })
  })

  it('A17: interactive agreement takes rounds that grow with the group, before anybody can speak', () => {
    for (const n of [2, 4, 7]) {
      const driver = new Driver(cliques, { seed: 'rounds', provider: defaultProvider() })
      driver.perform('member 0', { kind: 'create', others: names(n).slice(1) })
      expect(() => driver.perform('member 0', { kind: 'send', plaintext: new Uint8Array(1) })).toThrow(
        expect.objectContaining({ code: 'not-in-session' }),
      )
      driver.settle()
      expect(driver.members).toHaveLength(n)
      const again = new Driver(cliques, { seed: 'rounds', provider: defaultProvider() })
      expect(again.run('member 0', { kind: 'create', others: names(n).slice(1) }).rounds).toBe(n + 1)
    }
  })
})
