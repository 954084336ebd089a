/** Tables for people. */
import type { Growth } from './growth.ts'
import type { Result, Verdict } from './harness.ts'

/** Three significant digits in the unit that reads best. */
export function showTime(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toPrecision(3)} s`
  if (ms >= 1) return `${ms.toPrecision(3)} ms`
  return `${(ms * 1000).toPrecision(3)} µs`
}

export function showBytes(bytes: number): string {
  if (bytes >= 1e6) return `${(bytes / 1e6).toPrecision(3)} MB`
  return bytes >= 1e4 ? `${(bytes / 1e3).toPrecision(3)} kB` : `${Math.round(bytes).toLocaleString('en')} B`
}

/** A table for people and for Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(head), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')
}

const COUNTED = [
  ['dh', 'dh'],
  ['base', 'base'],
  ['sign', 'sign'],
  ['verify', 'verify'],
  ['aead', 'AEAD'],
] as const

/** The counts that the cost of a protocol is made of, in one cell. */
function countsCell(counts: Result['counts']): string {
  if (counts === undefined) return '-'
  const known = COUNTED.flatMap(([kind, name]) => (counts[kind] === undefined ? [] : [`${counts[kind]} ${name}`]))
  return known.length > 0 ? known.join(', ') : '-'
}

/** One row an operation and size; one column a subject, times per unit; bytes and counts of ours where there are any. */
export function timesTable(results: readonly Result[]): string {
  const subjects = [...new Set(results.map(r => r.subject))]
  const keyOf = (r: Result): string => `${r.operation}|${r.members}`
  const withBytes = results.some(r => r.bytes !== undefined)
  const withCounts = results.some(r => countsCell(r.counts) !== '-')
  const rows = [...new Set(results.map(keyOf))].map(key => {
    const row = results.filter(r => keyOf(r) === key)
    const times = subjects.map(subject => {
      const result = row.find(r => r.subject === subject)
      if (result === undefined || result.medianMs === 0) return '-'
      return `${showTime(result.medianMs)} ±${Math.round(50 * result.spread)}%`
    })
    const first = row[0]!
    const bytes = first.bytes === undefined ? '-' : showBytes(first.bytes)
    return [
      ...[first.operation, first.members.toLocaleString('en'), ...times],
      ...(withBytes ? [bytes] : []),
      ...(withCounts ? [countsCell(first.counts)] : []),
    ]
  })
  return markdownTable(
    ['operation', 'n', ...subjects, ...(withBytes ? ['bytes'] : []), ...(withCounts ? ['operations'] : [])],
    rows,
  )
}

/** How times and bytes grow: n^0 is constant, n^1 linear. */
export function growthTable(growth: readonly Growth[]): string {
  const power = (exponent: number | undefined): string => (exponent === undefined ? '-' : `n^${exponent.toFixed(2)}`)
  const rows = growth.map(({ operation, subject, time, bytes, sizes }) => [
    ...[operation, subject, sizes.map(n => n.toLocaleString('en')).join('; '), power(time), power(bytes)],
  ])
  return markdownTable(['operation', 'subject', 'sizes', 'time', 'bytes'], rows)
}

/** One row a goal: what was asked, what was reached. */
export function goalsTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(v => [v.operation, v.subject, v.goal, v.measured, v.reached ? 'reached' : 'missed'])
  return markdownTable(['operation', 'subject', 'goal', 'measured', ''], rows)
}
