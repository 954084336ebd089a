/** Forged messages and invitations on random seeds, in suites 1 and 3 and now and then in another; what failed says its seed and path. */
import { expect, it } from 'vitest'
import { Verdicts } from '../mls/fuzz/judge.ts'
import { fuzzJoining, fuzzProcess } from '../mls/fuzz/run.ts'

const seconds = Number(process.env['COPATH_LONG_SECONDS'] ?? 600)
const first = Number(process.env['COPATH_FUZZ_SEED'] ?? 1)
const OTHERS = [2, 4, 5, 6, 7]

it('forgeries are refused without a trace, for a long time', () => {
  const start = Date.now()
  const total = { process: new Verdicts(), joining: new Verdicts() }
  for (let i = 0; Date.now() - start < 1_000 * seconds; i++) {
    const isOther = i % 8 === 7
    const suite = isOther ? OTHERS[(i >> 3) % OTHERS.length]! : [1, 3][i % 2]!
    const profile = { suite, runs: isOther ? 2 : 30, seed: first + i }
    console.log(`${((Date.now() - start) / 1000).toFixed(0)} s, seed ${profile.seed}, suite ${suite}`)
    fuzzProcess(profile, total.process)
    fuzzJoining(profile, total.joining)
  }
  for (const [name, { counts }] of Object.entries(total)) {
    console.log(
      [...counts]
        .sort()
        .map(([what, count]) => `${name}, ${what}: ${count}`)
        .join('\n'),
    )
  }
  expect(total.process.total).toBeGreaterThan(0)
  expect(total.joining.counts.get('join: joined')).toBeGreaterThan(0)
})
