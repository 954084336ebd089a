/** What the JSON of a run has to be, field by field; whatever is not named here is a fault. */
import { OURS } from '../../bench/book.ts'
import { KNOWN } from '../../bench/run.ts'

type Test = (value: unknown) => boolean

const isText: Test = value => typeof value === 'string' && value !== '' && value.trim() === value
const isAmount: Test = value => typeof value === 'number' && Number.isFinite(value) && value >= 0
const isWhole: Test = value => Number.isSafeInteger(value) && (value as number) >= 0
const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const each =
  (test: Test): Test =>
  value =>
    isFields(value) && Object.values(value).every(test)
const listOf =
  (test: Test): Test =>
  value =>
    Array.isArray(value) && value.every(test)

const RUN: Readonly<Record<string, Test>> = {
  ...{ machine: isText, runtime: isText, wasm: isText, command: isText, versions: each(isText) },
  date: value => /^\d{4}-\d\d-\d\d$/.test(String(value)),
  ...{ results: Array.isArray, verdicts: Array.isArray, growth: Array.isArray, notes: listOf(isText) },
}

/** Bytes may be a mean, counts never are. */
const RESULT: Readonly<Record<string, Test>> = {
  scenario: value => KNOWN.names.includes(value as string),
  ...{ operation: isText, subject: isText, medianMs: isAmount, spread: isAmount },
  members: value => isWhole(value) && (value as number) > 0,
}
const OPTIONAL: Readonly<Record<string, Test>> = { bytes: isAmount, counts: each(isWhole), note: isText }

function faultsIn(value: unknown, where: string, must: Readonly<Record<string, Test>>, may = {}): string[] {
  if (!isFields(value)) return [`${where} is no object`]
  const tests: Readonly<Record<string, Test>> = { ...must, ...may }
  const missing = Object.keys(must).filter(key => !(key in value))
  const wrong = Object.keys(value).filter(key => tests[key]?.(value[key]) !== true)
  return [...missing.map(key => `${where}: no ${key}`), ...wrong.map(key => `${where}: ${key} = ${value[key]}`)]
}

/** The protocols stand beside each other there; all of them are ours. */
const OF_PROTOCOLS = ['compare', 'workload']

/** All that is wrong with a run of every scenario; nothing where it is as it should be. */
export function faultsOf(run: unknown): string[] {
  const faults = faultsIn(run, 'the run', RUN)
  if (faults.length > 0) return faults
  const results = (run as { results: unknown[] }).results as Record<string, unknown>[]
  faults.push(...results.flatMap((result, i) => faultsIn(result, `result ${i}`, RESULT, OPTIONAL)))
  const rows = results.map(({ scenario, operation, subject, members }) =>
    JSON.stringify([scenario, operation, subject, members]),
  )
  faults.push(...rows.filter((row, i) => rows.indexOf(row) !== i).map(row => `${row} stands twice`))
  // what was neither timed, nor weighed, nor counted says nothing
  faults.push(
    ...rows.filter((_, i) => {
      const { medianMs, bytes, counts } = results[i]!
      return medianMs === 0 && bytes === undefined && counts === undefined
    }),
  )
  for (const scenario of KNOWN.names) {
    const subjects = results.filter(result => result['scenario'] === scenario).map(({ subject }) => subject)
    const wanted = OF_PROTOCOLS.includes(scenario) ? 'TreeKEM' : OURS
    if (!subjects.includes(wanted)) faults.push(`${scenario} has no row of ${wanted}`)
  }
  return faults
}
