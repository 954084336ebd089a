/** Random histories of sessions: everybody agrees, ids never repeat, saved states go on, and proposals collide. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { GkaSession } from '../../src/gka/index.ts'
import { expectAgreement, seededSuite, World } from './world.ts'

interface Step {
  readonly kind: 'include' | 'exclude' | 'refresh' | 'collide' | 'abandon' | 'reload'
  readonly who: number
  readonly count: number
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('include', 'exclude', 'refresh', 'collide', 'abandon', 'reload'),
    who: fc.nat(99),
    count: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 4, maxLength: 14 },
)

function play(history: readonly Step[], options: { confirmKey: boolean; mixed: boolean }, seed: number): void {
  const world = new World(seededSuite(`history ${seed}`))
  let named = 0
  const join = () => {
    const id = `person ${named++}`
    const contributions = options.mixed && named % 2 === 0 ? 'list' : 'condensed'
    world.add(id, { contributions, confirmKey: options.confirmKey })
    return id
  }
  const founders = [join(), join(), join()]
  world.run(founders[0]!, world.at(founders[0]!).start(founders.slice(1)))
  const chains = new Set<string>()
  const keys = new Set<string>()
  const check = () => {
    expectAgreement(world.sessions.values())
    const [any] = world.sessions.values()
    chains.add(toHex(any!.chainHash))
    keys.add(toHex(any!.exportGroupKey()))
  }
  check()
  let operations = 1
  for (const { kind, who, count } of history) {
    const ids = [...world.sessions.keys()]
    const by = ids[who % ids.length]!
    const session = world.at(by)
    if (kind === 'include' && ids.length < 9) {
      const packet = session.include(Array.from({ length: count }, join))
      world.run(by, packet)
      operations++
    } else if (kind === 'exclude') {
      const gone = ids.filter(id => id !== by).slice(0, Math.min(count, ids.length - 2))
      if (gone.length === 0) continue
      const packet = session.exclude(gone)
      for (const id of gone) {
        expect(world.at(id).receive(by, packet).kind).toBe('excluded')
        world.sessions.delete(id)
      }
      world.run(by, packet)
      operations++
    } else if (kind === 'refresh') {
      world.run(world.at(by).oldestContribution, world.at(world.at(by).oldestContribution).refresh())
      operations++
    } else if (kind === 'collide') {
      const other = ids[(who + 1) % ids.length]!
      const [first, second] = [session.refresh(), world.at(other).refresh()]
      world.run(by, first)
      for (const id of ids) expect(() => world.at(id).receive(other, second)).toThrow()
      operations++
    } else if (kind === 'abandon') {
      const before = ids.map(id => toHex(world.at(id).save()))
      const newcomer = join()
      world.runUntil(by, session.include([newcomer]), (_, i) => i === count)
      for (const each of world.sessions.values()) if (each.operation !== undefined) each.abandon()
      world.sessions.delete(newcomer)
      expect(ids.map(id => toHex(world.at(id).save()))).toEqual(before)
    } else if (kind === 'reload') {
      world.sessions.set(by, GkaSession.load(world.party(by), session.save()))
    }
    check()
  }
  expect(chains.size).toBe(operations)
  expect(keys.size).toBe(operations)
}

it.each([
  { confirmKey: false, mixed: false },
  { confirmKey: false, mixed: true },
  { confirmKey: true, mixed: true },
])('E034, E037, E083, E084, E085: %o', options => {
  fc.assert(
    fc.property(steps, fc.nat(), (history, seed) => play(history, options, seed)),
    { numRuns: 12, seed: 20 },
  )
})
