/** Two runs side by side: what got slower or faster beyond the noise, and what costs more or less. */
import { BenchUsageError } from './arguments.ts'
import { median } from './harness.ts'
import { type ReadRun, readRun } from './read-run.ts'
import type { RecordedRow } from './recording.ts'
import { markdownTable, showBytes, showTime } from './report.ts'

/** How one row changed. */
export interface Change {
  readonly scenario: string
  readonly operation: string
  readonly subject: string
  readonly members: number
  readonly what: 'time' | 'bytes' | `count of ${string}`
  readonly before: number
  readonly after: number
  /** After divided by before; of times, by how much the whole run changed, where the machines differ. None where there was nothing before. */
  readonly ratio?: number
  readonly worse: boolean
}

export interface Difference {
  /** The median of all ratios of times. */
  readonly overall: number
  /** Whether times were held against that median, because the machine or the runtime is another. */
  readonly isNormalised: boolean
  readonly compared: number
  readonly changes: readonly Change[]
  /** Rows of one run only. */
  readonly onlyBefore: number
  readonly onlyAfter: number
}

const keyOf = ({ scenario, operation, subject, members }: RecordedRow): string =>
  JSON.stringify([scenario, operation, subject, members])

function timeChange(
  before: RecordedRow,
  after: RecordedRow,
  { noise, scale }: { noise: number; scale: number },
): Change[] {
  if (before.medianMs === 0 || after.medianMs === 0) return []
  const ratio = after.medianMs / before.medianMs / scale
  // half a spread is about what a median wanders to each side
  const tolerated = 1 + noise + (before.spread + after.spread) / 2
  if (ratio <= tolerated && ratio >= 1 / tolerated) return []
  return [{ ...rowOf(after), what: 'time', before: before.medianMs, after: after.medianMs, ratio, worse: ratio > 1 }]
}

function rowOf({ scenario, operation, subject, members }: RecordedRow) {
  return { scenario, operation, subject, members }
}

/** Bytes and counts have no noise. */
export function costChanges(before: RecordedRow, after: RecordedRow): Change[] {
  const row = rowOf(after)
  const changes: Change[] = []
  const note = (what: Change['what'], a: number | undefined, b: number | undefined): void => {
    if (a === undefined || b === undefined || a === b) return
    changes.push({ ...row, what, before: a, after: b, ...(a === 0 ? {} : { ratio: b / a }), worse: b > a })
  }
  note('bytes', before.bytes, after.bytes)
  if (before.counts === undefined || after.counts === undefined) return changes
  const kinds = new Set([...Object.keys(before.counts), ...Object.keys(after.counts)])
  for (const kind of kinds) note(`count of ${kind}`, before.counts[kind] ?? 0, after.counts[kind] ?? 0)
  return changes
}

/** Memory is measured, not counted. */
const wanders = ({ scenario, operation }: RecordedRow): boolean =>
  scenario === 'state' && operation.startsWith('memory')

/** How far a change is from none, the same in both directions: what came from nothing, or went to it, is the furthest. */
const extent = ({ ratio }: Change): number =>
  ratio === undefined ? Number.POSITIVE_INFINITY : Math.max(ratio, 1 / ratio)

function worstFirst(a: Change, b: Change): number {
  if (a.worse !== b.worse) return a.worse ? -1 : 1
  const [x, y] = [extent(a), extent(b)]
  return x === y ? 0 : y - x
}

/** `noise` is the share by which a time may change without a word, on top of the spreads. */
export function differenceOf(before: ReadRun, after: ReadRun, noise: number): Difference {
  const earlier = new Map(before.results.map(result => [keyOf(result), result]))
  const pairs = after.results.flatMap(result => {
    const other = earlier.get(keyOf(result))
    return other === undefined ? [] : [[other, result] as const]
  })
  const ratios = pairs.flatMap(([a, b]) => (a.medianMs > 0 && b.medianMs > 0 ? [b.medianMs / a.medianMs] : []))
  const overall = ratios.length === 0 ? 1 : median(ratios)
  const isNormalised = before.machine !== after.machine || before.runtime !== after.runtime
  const scale = isNormalised ? overall : 1
  const changes = pairs.flatMap(([a, b]) => [
    ...timeChange(a, b, { noise, scale }),
    ...(wanders(b) ? [] : costChanges(a, b)),
  ])
  changes.sort(worstFirst)
  return {
    ...{ overall, isNormalised, compared: pairs.length, changes },
    onlyBefore: before.results.length - pairs.length,
    onlyAfter: after.results.length - pairs.length,
  }
}

function amount(what: Change['what'], value: number): string {
  if (what === 'time') return showTime(value)
  return what === 'bytes' ? showBytes(value) : value.toLocaleString('en')
}

/** "1.32x" with what it means. */
function ratioCell({ what, ratio, after, worse }: Change, isNormalised: boolean): string {
  if (ratio === undefined) return 'there was none'
  if (after === 0) return 'none left'
  const words = what === 'time' ? ['slower', 'faster'] : ['more', 'less']
  const than = isNormalised && what === 'time' ? ' than the rest' : ''
  return `${(worse ? ratio : 1 / ratio).toFixed(2)}x ${words[worse ? 0 : 1]}${than}`
}

/** `isNormalised`: times are those beside the whole run, as between two machines. */
export function changesTable(changes: readonly Change[], isNormalised = false): string {
  const rows = changes.map(change => [
    ...[change.scenario, change.operation, change.members.toLocaleString('en'), change.subject, change.what],
    ...[amount(change.what, change.before), amount(change.what, change.after), ratioCell(change, isNormalised)],
  ])
  return markdownTable(['scenario', 'operation', 'n', 'subject', 'what', 'before', 'after', ''], rows)
}

export interface DiffRequest {
  readonly before: string
  readonly after: string
  readonly noise: number
  readonly json: boolean
}

/** Prints the difference. Exit code 1 where something got worse. */
export function compareFiles({ before, after, noise, json }: DiffRequest, io: { out(text: string): void }): number {
  const [a, b] = [readRun(before), readRun(after)]
  const difference = differenceOf(a, b, noise)
  if (difference.compared === 0) {
    throw new BenchUsageError(
      `${before} (${a.results.length} rows) and ${after} (${b.results.length}) have no row in common. Name runs of the same scenarios and sizes.`,
    )
  }
  const { overall, isNormalised, compared, changes, onlyBefore, onlyAfter } = difference
  const worse = changes.filter(change => change.worse)
  if (json) {
    io.out(JSON.stringify(difference, undefined, 1))
  } else {
    io.out(`${compared} rows compared; ${onlyBefore} are in ${before} only, ${onlyAfter} in ${after} only.`)
    if (a.interrupted || b.interrupted) io.out('One of the runs was interrupted.')
    if (isNormalised) {
      io.out(`The machine or the runtime differs (${a.runtime}, ${a.machine}; ${b.runtime}, ${b.machine}):`)
      io.out(`times are held against the median of all ratios, ${overall.toFixed(2)}x.`)
    } else io.out(`All times together: ${overall.toFixed(2)}x.`)
    io.out(
      changes.length === 0
        ? `Nothing changed by more than ${Math.round(100 * noise)} % beyond the spreads.`
        : `\n${changesTable(changes, isNormalised)}\n\n${worse.length} got worse, ${changes.length - worse.length} better.`,
    )
  }
  return worse.length > 0 ? 1 : 0
}
