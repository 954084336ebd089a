/** The model of groups on random seeds, in suites 1 and 3 and by turns in another; progress as it goes, and at the end what was covered. */
import { expect, it } from 'vitest'
import { allSuites } from '../crypto/curve-backends.ts'
import { runModel } from '../mls/model/run.ts'
import { Tally } from '../mls/model/tally.ts'

const minutes = Number(process.env['COPATH_LONG_MINUTES'])
const first = Number(process.env['COPATH_MODEL_SEED'])
const OTHERS = allSuites()
  .suites()
  .filter(id => id !== 1 && id !== 3)

/** What each sentence of the report counts: kinds, by how their names begin. */
const REPORT = {
  suites: ['runs'],
  operations: ['said', 'proposed', 'committed', 'accepted', 'rejected', 'set aside', 'joined', 'read', 'refused'],
  'what the network did': ['won', 'lost', 'leaked', 'delivered twice', 'message lost', 'caught up', 'followed'],
  'restarts and crashes': ['restarted', 'stored', 'died', 'loaded'],
  attacks: ['stolen', 'attack'],
} as const

const starts = (name: string, kinds: readonly string[]): boolean => kinds.some(kind => name.startsWith(kind))

function report({ counts }: Tally): string {
  const names = [...counts.keys()].sort()
  const known = Object.values(REPORT).flat()
  const groups = { ...REPORT, 'other things': names.filter(name => !starts(name, known)) }
  return Object.entries(groups)
    .map(([title, kinds]) => {
      const lines = names.filter(name => starts(name, kinds)).map(name => `  ${name}: ${counts.get(name)}`)
      return [`${title}:`, ...lines].join('\n')
    })
    .join('\n')
}

/** Every third batch is of another suite. */
const suitesOf = (batch: number): number[] => (batch % 3 === 2 ? [OTHERS[((batch - 2) / 3) % OTHERS.length]!] : [1, 3])

it(`members do what the model says, for ${minutes} minutes from seed ${first}`, () => {
  const start = Date.now()
  const total = new Tally()
  const left = (): number => start + 60_000 * minutes - Date.now()
  for (let batch = 0; left() > 0; batch++) {
    const suites = suitesOf(batch)
    const profile = { suites, runs: suites.length > 1 ? 20 : 4, steps: 250, seed: first + batch }
    // what is found shortly before the end is made smaller for a minute at least
    total.addAll(runModel({ ...profile, milliseconds: Math.max(left(), 60_000) }))
    const done = ['runs', 'won', 'read', 'refused', 'restarted', 'died', 'stolen', 'attack'].map(
      kind => `${kind} ${total.total(kind)}`,
    )
    const seconds = ((Date.now() - start) / 1000).toFixed(0)
    console.log(`${seconds} s, seed ${profile.seed}, suites ${suites.join(' and ')}; in all ${done.join(', ')}`)
  }
  console.log(report(total))
  for (const kind of ['healed', 'restarted', 'died', 'attack']) expect(total.total(kind), kind).toBeGreaterThan(0)
})
