/** Results of vectors as a table and as JSON. */
import type { Io } from '../command.ts'
import type { FileResult } from './run.ts'

/** A whole run. */
export interface Run {
  readonly folder: string | undefined
  readonly files: readonly FileResult[]
  /** Files that hold none of the formats. */
  readonly ignored: readonly string[]
  readonly interrupted: boolean
  /** Why nothing could be looked for. */
  readonly error?: string
}

export interface Totals {
  readonly files: number
  readonly cases: number
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export function totalsOf({ files }: Run): Totals {
  const sum = (field: 'cases' | 'passed' | 'failed' | 'skipped'): number =>
    files.reduce((total, result) => total + result[field], 0)
  return {
    files: files.length,
    cases: sum('cases'),
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
  }
}

const [BOLD, RED, GREEN, YELLOW, PLAIN] = ['\x1b[1m', '\x1b[31m', '\x1b[32m', '\x1b[33m', '\x1b[0m']
const COLUMNS = ['cases', 'passed', 'failed', 'skipped'] as const
const WIDTH = 9
const SHOWN = 88

/** One line for each file, and under it why cases were skipped and how the first one failed. */
export function printFile(result: FileResult, width: number, io: Io): void {
  const paint = (color: string, text: string): string => (io.color ? `${color}${text}${PLAIN}` : text)
  const numbers = COLUMNS.map(name => {
    const text = String(result[name]).padStart(WIDTH)
    if (name === 'failed' && result.failed > 0) return paint(RED, text)
    if (name === 'skipped' && result.skipped > 0) return paint(YELLOW, text)
    return name === 'passed' && result.failed === 0 ? paint(GREEN, text) : text
  })
  io.out(`${result.file.padEnd(width)}${numbers.join('')}`)
  for (const [reason, count] of Object.entries(result.reasons)) io.out(`    ${count} skipped: ${reason}`)
  const [first] = result.failures
  if (first === undefined) return
  const place = [first.case === undefined ? '' : `case ${first.case}`, first.where ?? ''].filter(part => part !== '')
  io.out(`    ${paint(RED, 'first failure')}: ${[...place, first.what].join(' ')}`)
  if (first.expected !== undefined) io.out(`      expected ${shortened(first.expected)}`)
  if (first.actual !== undefined) io.out(`      came     ${shortened(first.actual)}`)
}

export function printHeader(width: number, io: Io): void {
  const line = `${'file'.padEnd(width)}${COLUMNS.map(name => name.padStart(WIDTH)).join('')}`
  io.out(io.color ? `${BOLD}${line}${PLAIN}` : line)
}

export function printTotals(run: Run, width: number, io: Io): void {
  const totals = totalsOf(run)
  const numbers = COLUMNS.map(name => String(totals[name]).padStart(WIDTH)).join('')
  io.out(`${`${totals.files} files`.padEnd(width)}${numbers}`)
  if (run.ignored.length > 0) {
    const some = run.ignored.slice(0, 5).join(', ')
    const more = run.ignored.length > 5 ? `, and ${run.ignored.length - 5} more` : ''
    io.out(`Passed over, being of none of the formats: ${some}${more}`)
  }
  if (run.interrupted) io.out('Interrupted: the rest was not run.')
}

/** The object of `--json`. */
export function jsonOf(run: Run, copath: string): string {
  const { folder, files, ignored, interrupted, error } = run
  return JSON.stringify({ copath, folder, interrupted, error, totals: totalsOf(run), files, ignored }, null, 2)
}

function shortened(value: string): string {
  if (value.length <= SHOWN) return value
  return `${value.slice(0, SHOWN - 20)}…${value.slice(-16)} (${value.length} characters)`
}
