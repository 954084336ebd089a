/** The model of groups on random seeds, in suites 1 and 3 and now and then in another; progress as it goes. */
import { expect, it } from 'vitest'
import { runModel } from '../mls/model/run.ts'

const minutes = Number(process.env['COPATH_LONG_MINUTES'] ?? 10)
const first = Number(process.env['COPATH_MODEL_SEED'] ?? 1)
const OTHERS = [2, 4, 5, 6, 7]

it('members do what the model says, for a long time', () => {
  const start = Date.now()
  const total = new Map<string, number>()
  for (let i = 0; Date.now() - start < 60_000 * minutes; i++) {
    const suites = i % 8 === 7 ? [OTHERS[(i >> 3) % OTHERS.length]!] : [1, 3]
    const tally = runModel({ suites, runs: i % 8 === 7 ? 5 : 60, steps: 200, seed: first + i })
    for (const [name, count] of tally.counts) total.set(name, (total.get(name) ?? 0) + count)
    const done = ['runs', 'won', 'read: words', 'restarted', 'attack: tried'].map(
      name => `${name} ${total.get(name) ?? 0}`,
    )
    console.log(
      `${((Date.now() - start) / 1000).toFixed(0)} s, seed ${first + i}, suites ${suites}: ${done.join(', ')}`,
    )
  }
  console.log(
    [...total]
      .sort()
      .map(([name, count]) => `${name}: ${count}`)
      .join('\n'),
  )
  expect(total.get('healed')).toBeGreaterThan(0)
})
