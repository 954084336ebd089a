/**
 * Forged messages, correctly signed, tagged and encrypted: members and followers refuse them alike, or take them in together.
 * A run that fails prints its seed and path: give them as COPATH_FUZZ_SEED and COPATH_FUZZ_PATH.
 */
import { expect, it } from 'vitest'
import { Verdicts } from './judge.ts'
import { fuzzProcess } from './run.ts'

const {
  COPATH_FUZZ_SEED: seed = '20260102',
  COPATH_FUZZ_RUNS: runs = '30',
  COPATH_FUZZ_PATH: path,
} = process.env as Record<string, string | undefined>

/** Refusals that can only be met behind signatures and tags. */
const SEEN = ['commit', 'proposal', 'message', 'invalid-proposal', 'invalid-proposal-list', 'invalid-confirmation-tag']

it.each([1, 3])(
  'messages of suite %i',
  suite => {
    const verdicts = new Verdicts()
    fuzzProcess({ suite, runs: Number(runs), seed: Number(seed), ...(path === undefined ? {} : { path }) }, verdicts)
    if (path !== undefined) return
    expect(SEEN.filter(name => !verdicts.counts.has(name))).toEqual([])
    expect(verdicts.counts.size).toBeGreaterThan(12)
    expect([...verdicts.counts.keys()].filter(name => name.startsWith('path: ')).length).toBeGreaterThan(5)
    expect(verdicts.total).toBeGreaterThan(500)
  },
  300_000,
)
