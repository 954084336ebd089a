/** Snapshots and deltas merged in one pass: held against a map of records that does what each delta says. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { createProvider } from '../../../src/crypto/index.ts'
import { eachRecord, type SavedRecord } from '../../../src/mls/saved/cursor.ts'
import { mergeSaved } from '../../../src/mls/saved/merge.ts'
import { type Mark, writeDelta, writeSnapshot } from '../../../src/mls/saved/records.ts'

const suite = createProvider().suite(1)
const FIRST: Mark = { sequence: 0n, chain: new Uint8Array(32) }

interface Change {
  readonly clears: readonly Uint8Array[]
  readonly deletes: readonly Uint8Array[]
  readonly puts: readonly SavedRecord[]
}

/** Short and from few bytes, so that they meet, and so that many start with others. */
const key = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 }).map(bytes => Uint8Array.from(bytes))
const record = fc.record({ key, value: fc.uint8Array({ maxLength: 2 }) })
const change = fc.record({
  clears: fc.array(key, { maxLength: 3 }),
  deletes: fc.array(key, { maxLength: 3 }),
  puts: fc.array(record, { maxLength: 8 }),
})

function applied(records: Map<string, string>, { clears, deletes, puts }: Change): void {
  for (const prefix of clears.map(toHex)) {
    for (const name of [...records.keys()]) if (name.startsWith(prefix)) records.delete(name)
  }
  for (const name of deletes) records.delete(toHex(name))
  for (const { key, value } of puts) records.set(toHex(key), toHex(value))
}

const rising = (records: Map<string, string>): [string, string][] => [...records].sort(([a], [b]) => (a < b ? -1 : 1))

function written(changes: readonly Change[]): Uint8Array[] {
  let mark = FIRST
  return changes.map(each => {
    const { bytes, mark: after } = writeDelta(suite.hash, { suite: suite.id, follows: mark, ...each })
    mark = after
    return bytes
  })
}

const merged = (snapshot: Uint8Array | undefined, deltas: readonly Uint8Array[]): [string, string][] => {
  const { records } = mergeSaved(suite, snapshot === undefined ? { deltas } : { snapshot, deltas })
  return [...eachRecord(records)].map(({ key, value }) => [toHex(key), toHex(value)])
}

describe('deltas', () => {
  it('come to what they say one after the other, with a snapshot and without', () => {
    const base = fc.option(fc.array(record, { maxLength: 20 }), { nil: undefined })
    const history = fc.array(change, { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(base, history, (first, changes) => {
        const expected = new Map((first ?? []).map(({ key, value }) => [toHex(key), toHex(value)]))
        const records = rising(expected).map(([name, value]) => {
          return { key: Buffer.from(name, 'hex'), value: Buffer.from(value, 'hex') }
        })
        const snapshot = first && writeSnapshot(suite.hash, { suite: suite.id, mark: FIRST, records })
        for (const each of changes) applied(expected, each)
        expect(merged(snapshot, written(changes))).toEqual(rising(expected))
      }),
      { numRuns: 250 },
    )
  })

  it('that clear much of what is much take no time for each of one and each of the other', () => {
    const COUNT = 20_000
    const numbered = (number: number): Uint8Array => Uint8Array.of(number >> 16, number >> 8, number)
    const every = Array.from({ length: COUNT }, (_, i) => numbered(i))
    const changes = [
      { clears: [], deletes: [], puts: every.map(key => ({ key, value: key })) },
      { clears: every.slice(1), deletes: [], puts: [] },
    ]
    // each with each would be 400 million comparisons
    expect(merged(undefined, written(changes))).toEqual([[toHex(numbered(0)), toHex(numbered(0))]])
  })
})
