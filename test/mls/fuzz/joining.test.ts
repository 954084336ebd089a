/**
 * Forged invitations, correctly hashed, tied, signed, tagged and encrypted but for what is wrong with them: refused without a trace,
 * or what is joined is what was announced. A run that fails prints its seed and path, for COPATH_FUZZ_SEED and COPATH_FUZZ_PATH.
 */
import { expect, it } from 'vitest'
import { CHANGES } from './invitation-changes.ts'
import { Verdicts } from './judge.ts'
import { fuzzJoining } from './run.ts'

const {
  COPATH_FUZZ_SEED: seed = '20260103',
  COPATH_FUZZ_RUNS: runs = '14',
  COPATH_FUZZ_PATH: path,
} = process.env as Record<string, string | undefined>

/** Refusals that can only be met behind hashes, signatures, tags and encryption; and those who are in, by each of the three doors. */
const SEEN = {
  join: [
    ...['joined', 'invalid-confirmation-tag', 'invalid-tag', 'invalid-welcome', 'unknown-psk', 'wrong-path-secret'],
    ...['untied-node', 'wrong-unmerged-leaves', 'invalid-signature', 'missing-capability', 'no-key-package'],
  ],
  follow: [
    ...['followed', 'untied-node', 'wrong-unmerged-leaves', 'invalid-signature', 'duplicate-key', 'wrong-tree-hash'],
    ...['missing-capability', 'unknown-sender', 'blank-at-end', 'wrong-suite', 'no-ratchet-tree'],
  ],
  come: ['came', 'untied-node', 'invalid-signature', 'duplicate-key', 'invalid-public-key'],
}

it('invitations of suites 1 and 3', () => {
  const verdicts = new Verdicts()
  for (const suite of [1, 3])
    fuzzJoining(
      { suite, runs: Number(runs), seed: Number(seed) + suite, ...(path === undefined ? {} : { path }) },
      verdicts,
    )
  if (path !== undefined) return
  expect(Object.keys(CHANGES).filter(name => !verdicts.counts.has(`change: ${name}`))).toEqual([])
  const expected = Object.entries(SEEN).flatMap(([door, codes]) => codes.map(code => `${door}: ${code}`))
  expect(expected.filter(name => !verdicts.counts.has(name))).toEqual([])
}, 300_000)
