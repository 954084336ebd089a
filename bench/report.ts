/** Tables for people and JSON for programs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Measurement, Result, Verdict } from './harness.ts'

export interface Report {
  readonly machine: string
  readonly runtime: string
  readonly versions: Readonly<Record<string, string>>
  readonly date: string
  readonly results: readonly Result[]
  readonly verdicts: readonly Verdict[]
}

export function describeMachine(): string {
  const processors = cpus()
  return `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`
}

/** Three significant digits in the unit that reads best. */
export function showTime(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toPrecision(3)} s`
  if (ms >= 1) return `${ms.toPrecision(3)} ms`
  return `${(ms * 1000).toPrecision(3)} µs`
}

/** A table for people and for Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(head), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')
}

/** One row an operation and size, one column a subject, times per unit. */
export function timesTable(results: readonly Result[]): string {
  const timed = results.filter(r => r.medianMs > 0)
  const subjects = [...new Set(timed.map(r => r.subject))]
  const keyOf = (r: Result): string => `${r.operation}|${r.members}`
  const rows = [...new Set(timed.map(keyOf))].map(key => {
    const row = timed.filter(r => keyOf(r) === key)
    const times = subjects.map(subject => {
      const result = row.find(r => r.subject === subject)
      return result === undefined ? '-' : showTime(result.medianMs)
    })
    return [row[0]!.operation, row[0]!.members.toLocaleString('en'), ...times]
  })
  return markdownTable(['operation', 'n', ...subjects], rows)
}

/** One row a goal: what was asked, what was reached. */
export function goalsTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(v => [v.operation, v.subject, v.goal, v.measured, v.reached ? 'reached' : 'missed'])
  return markdownTable(['operation', 'subject', 'goal', 'measured', ''], rows)
}

/** Writes `reports/<name>.md` and `.json`; returns the path of the first. */
export function writeReport(name: string, title: string, report: Report, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const versions = Object.entries(report.versions).map(([subject, version]) => `${subject} ${version}`)
  const text = [
    `# ${title}`,
    `${report.date}, ${report.runtime}, ${report.machine}. ${versions.join(', ')}.`,
    'Medians over interleaved rounds, time per operation; every subject was verified before it was timed.',
    timesTable(report.results),
    ...(report.verdicts.length > 0 ? ['## Goals', goalsTable(report.verdicts)] : []),
  ].join('\n\n')
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(report, undefined, 1)}\n`)
  const path = join(folder, `${name}.md`)
  writeFileSync(path, `${text}\n`)
  return path
}

/** Joins the measurements of many operations. */
export function collect(measurements: readonly Measurement[]): Measurement {
  return { results: measurements.flatMap(m => m.results), verdicts: measurements.flatMap(m => m.verdicts) }
}
