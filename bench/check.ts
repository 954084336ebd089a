/** The check for changes: what groups cost in operations and bytes, held against a recorded baseline; times only as ratios within this run. */
import { fileURLToPath } from 'node:url'
import { defaultProvider } from '../src/crypto/default-provider.ts'
import { BenchUsageError } from './arguments.ts'
import { type Change, changesTable, costChanges } from './diff.ts'
import { factsOf, ownVersion } from './facts.ts'
import type { Result } from './harness.ts'
import { readJson } from './read-run.ts'
import { Recording, writeWhole } from './recording.ts'
import { SCENARIO_GROUPS, SCENARIOS } from './scenarios.ts'
import { Session } from './session.ts'

/** What is recorded of a row: all that has no noise. */
export type Cost = Pick<Result, 'scenario' | 'operation' | 'members' | 'bytes' | 'counts'>

/** A time of this run against another of it. */
interface TimeRatio {
  readonly operation: string
  readonly members: number
  readonly against: number
  readonly atMost: number
}

/** Ten times the members; a cost that grows with the logarithm stays far below, a linear one does not. */
const TIME_RATIOS: readonly TimeRatio[] = [
  'commit: create',
  'commit: process',
  'add one: create',
  'add one: process',
].map(operation => ({ operation, members: 1000, against: 100, atMost: 5 }))
const SIZES = [10, 100, 1000]
const CHECKED = [...SCENARIO_GROUPS['group']!, 'profiles']

/** Of results, what a baseline holds. */
export function costsOf(results: readonly Result[]): Cost[] {
  return results
    .filter(({ bytes, counts }) => bytes !== undefined || counts !== undefined)
    .map(({ scenario, operation, members, bytes, counts }) => ({
      ...{ scenario, operation, members },
      ...(bytes === undefined ? {} : { bytes }),
      ...(counts === undefined ? {} : { counts }),
    }))
}

const keyOf = ({ scenario, operation, members }: Cost): string => JSON.stringify([scenario, operation, members])

/** What changed, and which rows are gone. */
export function holdAgainst(
  baseline: readonly Cost[],
  costs: readonly Cost[],
): { readonly changes: readonly Change[]; readonly missing: readonly Cost[]; readonly added: readonly Cost[] } {
  const asResult = (cost: Cost): Result => ({ ...cost, subject: 'copath', medianMs: 0, minMs: 0, spread: 0 })
  const now = new Map(costs.map(cost => [keyOf(cost), cost]))
  const known = new Set(baseline.map(keyOf))
  return {
    changes: baseline.flatMap(cost => {
      const other = now.get(keyOf(cost))
      return other === undefined ? [] : costChanges(asResult(cost), asResult(other))
    }),
    missing: baseline.filter(cost => !now.has(keyOf(cost))),
    added: costs.filter(cost => !known.has(keyOf(cost))),
  }
}

function readBaseline(file: string): Cost[] {
  const value = readJson(file) as { costs?: unknown }
  const costs = value?.costs
  const isCost = (cost: Partial<Cost> | null): boolean =>
    typeof cost?.scenario === 'string' && typeof cost.operation === 'string' && typeof cost.members === 'number'
  if (Array.isArray(costs) && costs.every(isCost)) return costs as Cost[]
  throw new BenchUsageError(`${file} is no baseline. "copath bench check --record --baseline FILE" writes one.`)
}

interface CheckIo {
  out(text: string): void
  status(text: string): void
  readonly signal: AbortSignal
}

async function measure(io: CheckIo): Promise<Recording> {
  const recording = new Recording(factsOf(defaultProvider(), ['check']), undefined)
  const session = new Session({
    ...{ recording, profile: 'quick', members: SIZES, rounds: undefined, peers: [], version: ownVersion() },
    ...{ signal: io.signal, say: io.status },
  })
  for (const name of CHECKED) await SCENARIOS[name]!.measure(session)
  io.status('')
  return recording
}

function ratioFaults(results: readonly Result[]): string[] {
  const timeOf = (operation: string, members: number): number =>
    results.find(r => r.operation === operation && r.members === members)?.minMs ?? 0
  return TIME_RATIOS.flatMap(({ operation, members, against, atMost }) => {
    const ratio = timeOf(operation, members) / timeOf(operation, against)
    // also what was not measured is a fault
    if (ratio <= atMost) return []
    return [`"${operation}" takes ${ratio.toFixed(1)}x as long at ${members} as at ${against}; at most ${atMost}x.`]
  })
}

export interface CheckRequest {
  readonly baseline: string | undefined
  readonly record: boolean
  readonly json: boolean
}

/** Exit code 1 where something costs more than recorded, or costs less and the baseline does not say so. */
export async function checkCosts({ baseline, record, json }: CheckRequest, io: CheckIo): Promise<number> {
  const file = baseline ?? fileURLToPath(new URL('baseline.json', import.meta.url))
  const before = record ? [] : readBaseline(file)
  const { results } = await measure(io)
  const costs = costsOf(results)
  if (record) {
    writeWhole(file, `{\n "costs": [\n${costs.map(cost => `  ${JSON.stringify(cost)}`).join(',\n')}\n ]\n}\n`)
    io.out(`${costs.length} rows of costs are in ${file}`)
    return 0
  }
  const { changes, missing, added } = holdAgainst(before, costs)
  const faults = ratioFaults(results)
  const isFine = changes.length + missing.length + added.length + faults.length === 0
  if (json) io.out(JSON.stringify({ checked: costs.length, changes, missing, added, faults }, undefined, 1))
  else {
    if (changes.length > 0) io.out(changesTable(changes))
    for (const { scenario, operation, members } of missing) io.out(`gone: ${scenario}, "${operation}" at ${members}`)
    for (const { scenario, operation, members } of added) io.out(`new: ${scenario}, "${operation}" at ${members}`)
    for (const fault of faults) io.out(fault)
    io.out(
      isFine
        ? `${costs.length} rows cost what the baseline says, in operations and bytes.`
        : 'Costs are not those of the baseline. Where that is meant: npm run bench:baseline.',
    )
  }
  return isFine ? 0 : 1
}
