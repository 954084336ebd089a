/** What two runs say together: slower beyond the noise, costlier at all; and how costs grow. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BenchUsageError } from '../../bench/arguments.ts'
import { holdAgainst } from '../../bench/check.ts'
import { changesTable, compareFiles, differenceOf } from '../../bench/diff.ts'
import { exponent, growthOf } from '../../bench/growth.ts'
import { type Result, resultOf, spreadOf } from '../../bench/harness.ts'

const row = (operation: string, medianMs: number, more: Partial<Result> = {}): Result => ({
  ...{ scenario: 's', operation, subject: 'copath', members: 100, medianMs, minMs: medianMs, spread: 0.1 },
  ...more,
})
const run = (results: readonly Result[], machine = 'm') => ({ machine, runtime: 'r', interrupted: false, results })

describe('two runs', () => {
  it('tells slower from noise', () => {
    const before = run([row('a', 10), row('b', 10), row('c', 10), row('wide', 10, { spread: 0.8 })])
    const after = run([row('a', 11.9), row('b', 13), row('c', 7), row('wide', 13, { spread: 0.8 }), row('new', 1)])
    const { changes, compared, onlyBefore, onlyAfter, isNormalised } = differenceOf(before, after, 0.1)
    expect({ compared, onlyBefore, onlyAfter, isNormalised }).toEqual({
      ...{ compared: 4, onlyBefore: 0, onlyAfter: 1, isNormalised: false },
    })
    expect(changes.map(({ operation, worse }) => [operation, worse])).toEqual([
      ['b', true],
      ['c', false],
    ])
    expect(changes[0]!.ratio).toBeCloseTo(1.3)
  })

  it('holds times of another machine against the whole run', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const before = run(names.map(name => row(name, 10)))
    const slower = names.map(name => row(name, name === 'e' ? 60 : 30))
    const { changes, overall, isNormalised } = differenceOf(before, run(slower, 'another'), 0.1)
    expect([overall, isNormalised]).toEqual([3, true])
    expect(changes.map(({ operation, ratio }) => [operation, ratio])).toEqual([['e', 2]])
    expect(changesTable(changes, isNormalised)).toContain('2.00x slower than the rest')
  })

  it('takes every byte and every operation seriously', () => {
    const before = run([row('a', 0, { bytes: 1000, counts: { dh: 4, aead: 1 } })])
    const after = run([row('a', 0, { bytes: 999, counts: { dh: 5, verify: 1, aead: 1 } })])
    const { changes } = differenceOf(before, after, 0.5)
    expect(changes.map(({ what, worse }) => [what, worse]).sort()).toEqual([
      ['bytes', false],
      ['count of dh', true],
      ['count of verify', true],
    ])
  })

  it('says in words what came from nothing and what went to nothing', () => {
    const before = run([row('a', 0, { bytes: 50, counts: { dh: 4, sign: 0, hash: 3, aead: 100 } })])
    const after = run([row('a', 0, { bytes: 0, counts: { dh: 0, sign: 2, hash: 2, aead: 50 } })])
    const { changes } = differenceOf(before, after, 0.1)
    const table = changesTable(changes)
    expect(table).not.toMatch(/Infinity|NaN/)
    // what got worse first, then what changed most
    const cells = table.split('\n').slice(2)
    expect(cells.map(line => /\| ([^|]*?) *\|$/.exec(line)?.[1])).toEqual([
      ...['there was none', 'none left', 'none left', '2.00x less', '1.50x less'],
    ])
    // and so in JSON, which knows no infinity
    expect(JSON.parse(JSON.stringify(changes))).toEqual(changes)
  })

  it('refuses files that have nothing in common, and garbage', () => {
    const folder = mkdtempSync(join(tmpdir(), 'copath-diff-'))
    try {
      const write = (name: string, value: unknown): string => {
        writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))
        return join(folder, name)
      }
      const good = write('good.json', run([row('a', 1), row('b', 2)]))
      const said: string[] = []
      const compare = (before: string, after: string): number =>
        compareFiles({ before, after, noise: 0.1, json: false }, { out: text => void said.push(text) })
      expect(compare(good, write('less.json', run([row('b', 2)], 'another')))).toBe(0)
      expect(said[0]).toMatch(/^1 rows? compared; 1 .* 0 /)
      for (const [content, sentence] of [
        [run([row('c', 1)]), 'no row in common'],
        [run([]), 'no row in common'],
        ['nonsense', 'is not JSON'],
        ['null', 'it holds no object'],
        [[], 'machine or runtime is missing'],
        [{ machine: 'm', runtime: 'r', results: 7 }, 'no list of results'],
        [run([row('a', 1), row('b', -1)]), 'result 1 is not one'],
        [run([row('a', 1, { counts: { dh: 'x' } as never })]), 'result 0 is not one'],
      ] as const) {
        const other = write('other.json', content)
        for (const [before, after] of [[good, other] as const, [other, good] as const]) {
          expect(() => compare(before, after)).toThrow(BenchUsageError)
          expect(() => compare(before, after)).toThrow(sentence)
        }
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('compares a run with a baseline, in both directions', () => {
    const cost = { scenario: 's', operation: 'a', members: 10, bytes: 5 }
    expect(holdAgainst([cost], [cost])).toEqual({ changes: [], missing: [], added: [] })
    const other = { ...cost, members: 100 }
    expect(holdAgainst([cost], [other])).toEqual({ changes: [], missing: [cost], added: [other] })
    expect(holdAgainst([cost], [{ ...cost, bytes: 6 }]).changes).toMatchObject([{ what: 'bytes', worse: true }])
  })
})

describe('growth', () => {
  it('fits the exponent of a power', () => {
    for (const e of [0, 0.5, 1, 2]) {
      const points = [10, 100, 1000].map(members => ({ members, value: 3 * members ** e }))
      expect(exponent(points)).toBeCloseTo(e)
    }
    expect(exponent([{ members: 10, value: 1 }])).toBeUndefined()
    expect(
      exponent([
        { members: 10, value: 1 },
        { members: 10, value: 2 },
      ]),
    ).toBeUndefined()
  })

  it('is fitted for each operation and subject that has several sizes', () => {
    const at = (members: number, more: Partial<Result>) => row('a', members, { members, ...more })
    const growth = growthOf([at(10, { bytes: 7 }), at(1000, { bytes: 7 }), at(10, { subject: 'peer' }), row('once', 1)])
    expect(growth).toHaveLength(1)
    expect(growth[0]).toMatchObject({ subject: 'copath', sizes: [10, 1000] })
    expect(growth[0]!.time).toBeCloseTo(1)
    expect(growth[0]!.bytes).toBeCloseTo(0)
  })
})

describe('a row', () => {
  it('has the median and the middle half of its runs', () => {
    const runs = [1, 10, 10, 11, 11, 12, 12, 400]
    expect(spreadOf(runs)).toBeCloseTo(2 / 11)
    const result = resultOf({ scenario: 's', operation: 'o', subject: 'copath', members: 1 }, runs, 2)
    expect(result).toMatchObject({ medianMs: 5.5, minMs: 0.5 })
  })
})
