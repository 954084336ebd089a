/** copath demo: a whole run in small, the same for the same seed; a theft that heals, a member locked out; Ctrl-C. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Figure } from '../../src/cli/demo/figures.ts'
import type { Turn } from '../../src/cli/demo/history.ts'
import { duration, size, TURN_HEAD, turnLine } from '../../src/cli/demo/print.ts'
import { makeStandingGroup } from '../../src/cli/demo/standing-group.ts'
import { agree, CONFIG, World } from '../../src/cli/demo/world.ts'
import { captureIo, copath } from './captured-io.ts'

beforeAll(() => void vi.stubEnv('LC_ALL', 'C.UTF-8'))
afterAll(() => void vi.unstubAllEnvs())

interface OutcomeJson {
  readonly members: number
  readonly live: number
  readonly founding: { readonly bytes: number }
  readonly turns: readonly Turn[]
  readonly agreement: boolean
  readonly theft: {
    before: Attempt[]
    between: Attempt[]
    after: Attempt[]
    victimReads: number
    keys: { inUse: number }
  }
  readonly lockout: { told: boolean; attempts: Attempt[]; readers: number }
  readonly figures: readonly Figure[]
  readonly wireBytes: number
  readonly interrupted: boolean
}
interface Attempt {
  readonly read?: string
  readonly followed: boolean
  readonly refused?: string
}

async function demo(...args: string[]): Promise<OutcomeJson> {
  const { code, stdout, stderr } = await copath(['demo', ...args, '--json'])
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

/** A result without anything that depends on the clock. */
function timeless(outcome: OutcomeJson): unknown {
  return JSON.parse(JSON.stringify(outcome, (key, value) => (/ms$/i.test(key) ? undefined : value)))
}

describe('copath demo', () => {
  it('runs to the end: all agree, the theft heals, the removed member reads nothing', async () => {
    const outcome = await demo('12', '--seed', 'test', '--turns', '25')
    expect(outcome).toMatchObject({ members: 12, live: 12, agreement: true, interrupted: false })
    expect(outcome.turns).toHaveLength(25)
    const { theft, lockout } = outcome
    expect(theft.before.map(({ read }) => read)).toEqual(['The meeting is at nine'])
    expect(theft.between).toMatchObject([{ followed: true }, { read: 'Bring the plans' }])
    expect(theft.after).toHaveLength(3)
    for (const { read, followed, refused } of [...theft.after, ...lockout.attempts]) {
      expect([read, followed]).toEqual([undefined, false])
      expect(refused).toMatch(/^[a-z-]+$/)
    }
    expect(theft.victimReads).toBe(2)
    expect(theft.keys.inUse).toBe(0)
    expect(lockout.told).toBe(true)
    expect(lockout.readers).toBeGreaterThan(1)
  })

  it('is the same for the same seed, apart from times, and another for another', async () => {
    const [first, second, other] = [
      await demo('9', '--seed', 'one'),
      await demo('9', '--seed', 'one'),
      await demo('9', '--seed', 'two'),
    ]
    expect(timeless(second)).toEqual(timeless(first))
    expect(timeless(other)).not.toEqual(timeless(first))
    expect(new Set([...first.turns, ...other.turns].map(({ deed }) => deed)).size).toBe(4)
  })

  it('counts all bytes, and each device sees everything that others sent', async () => {
    const { figures, wireBytes, founding, turns } = await demo('10', '--seed', 'bytes', '--turns', '10')
    const timesOf = (operation: string): number => figures.find(row => row.operation === operation)?.times ?? 0
    expect(wireBytes).toBeGreaterThan(founding.bytes + turns.reduce((sum, { bytes }) => sum + bytes, 0))
    expect(timesOf('found: one commit adds all')).toBe(1)
    expect(timesOf('make a key package')).toBeGreaterThanOrEqual(11)
    expect(timesOf('process a commit')).toBeGreaterThan(timesOf('commit an update'))
  })

  it('says what happens, in lines that fit', async () => {
    const { code, stdout } = await copath(['demo', '8', '--seed', 'words', '--turns', '5'])
    expect(code).toBe(0)
    for (const part of [
      'Founding',
      'Joining',
      'Daily life',
      'A stolen state',
      '✓ healed',
      '✓ locked out',
      'What it cost',
    ]) {
      expect(stdout).toContain(part)
    }
    expect(stdout.match(/✓ all agree/g)).toHaveLength(2)
    const widest = Math.max(...stdout.split('\n').map(line => line.length))
    expect(widest).toBeLessThanOrEqual(80)
    expect((await copath(['demo', '4', '--ascii', '--turns', '1', '--seed', 'x'])).stdout).toMatch(/^[\n -~]*$/)
    const turn = {
      who: 'm99999',
      missed: 12_345,
      catchUpMs: 1234.5,
      deed: 'removes',
      whom: 'm10000',
      bytes: 2_800_000,
      ms: 99.96,
    } as const
    expect(turnLine(turn, 11).length).toBe(TURN_HEAD.length)
    expect([0.01, 1.234, 12.34, 123.4, 1234].map(duration)).toEqual(['10 µs', '1.23 ms', '12.3 ms', '123 ms', '1.23 s'])
    expect([999, 1234, 12_345, 123_456, 1_234_567].map(size)).toEqual([
      '999 B',
      '1.23 kB',
      '12.3 kB',
      '123 kB',
      '1.23 MB',
    ])
  })

  it('runs the smallest groups with any seed', async () => {
    for (const seed of ['a', 'b', 'c']) {
      expect((await demo('4', '--seed', seed, '--turns', '60')).agreement).toBe(true)
    }
  })

  it('in large groups only some come online', async () => {
    const { members, live, turns } = await demo('300', '--seed', 'large', '--turns', '6')
    expect([members, live, turns.length]).toEqual([300, 24, 6])
  })

  it('a group that stands already is one that newcomers accept and can work in', () => {
    for (const members of [2, 37, 64, 65]) {
      const world = new World(`standing ${members}`)
      const making = makeStandingGroup(world.suite, members, CONFIG)
      let steps = 0
      let step = making.next()
      for (; step.done !== true; step = making.next()) steps++
      expect(steps).toBe(members)
      const devices = ['a', 'b', 'c'].map(name => world.device(name))
      world.admit(step.value, devices)
      // whoever joins checks every signature and every parent hash
      for (const device of devices) world.join(device)
      expect(agree(devices)).toBe(true)
      expect(devices[0]!.group!.memberCount).toBe(members + 3)
      const { bytes } = world.commit(devices[0]!, 'update', [])
      for (const device of devices) world.catchUp(device)
      expect(agree(devices)).toBe(true)
      // every node has a key: a commit is encrypted once for each level of the tree, and to the two that came with it
      const height = Math.ceil(Math.log2(members + 3))
      expect(bytes).toBeLessThan(700 + (height + 4) * 120)
    }
  })

  it('stops at the next good place when interrupted, and shows what it has', async () => {
    const io = captureIo()
    const interrupting = { ...io, out: (text: string) => (text.includes('Joining') ? io.interrupt() : io.out(text)) }
    const running = copath(['demo', '20', '--seed', 'stop'], interrupting)
    const { code } = await running
    expect(code).toBe(130)
    expect(io.stdout).toContain('Interrupted.')
    expect(io.stdout).toContain('found: one commit adds all')
    expect(io.stdout).not.toContain('A stolen state')
    const quiet = captureIo()
    quiet.interrupt()
    const { code: other, stdout } = await copath(['demo', '20', '--json'], quiet)
    expect([other, JSON.parse(stdout).interrupted]).toEqual([130, true])
  })

  it('refuses wrong usage with what is possible', async () => {
    for (const [args, sentence] of [
      [['3'], 'from 4 to 100000'],
      [['many'], 'from 4 to 100000'],
      [['100001'], 'from 4 to 100000'],
      [['10', '20'], 'one argument too many'],
      [['--turns', '-1'], '--turns'],
      [['--seed='], '--seed'],
      [['--sead', 'x'], '--seed'],
    ] as const) {
      const { code, stdout, stderr } = await copath(['demo', ...args])
      expect([args, code, stdout]).toEqual([args, 2, ''])
      expect(stderr).toContain(sentence)
    }
  })
})
