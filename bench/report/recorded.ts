/** The JSON of a benchmark run, read as what it is: somebody else's file. */

import { cleanText } from './text.ts'

/** One measured row, as `bench --json` writes it. */
export interface RecordedResult {
  readonly scenario: string
  readonly operation: string
  readonly subject: string
  readonly members: number
  /** 0 where only bytes or counts were taken. */
  readonly medianMs: number
  readonly spread: number
  readonly bytes?: number
  readonly counts?: Readonly<Record<string, number>>
  readonly note?: string
}

/** A goal and what came of it. */
export interface RecordedVerdict {
  readonly operation: string
  readonly subject: string
  readonly goal: string
  readonly measured: string
  readonly reached: boolean
}

export interface Recorded {
  readonly machine: string
  readonly runtime: string
  readonly results: readonly RecordedResult[]
  readonly verdicts: readonly RecordedVerdict[]
  /** What else the run says about itself: date, active Wasm module, versions. */
  readonly facts: Readonly<Record<string, string>>
  /** What could not be measured, and why. */
  readonly notes: readonly string[]
}

/** The subject that is this project. */
export const OURS = 'copath'

const KNOWN = new Set(['machine', 'runtime', 'results', 'verdicts', 'notes'])

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(fields: Fields, key: string, where: string): string {
  const value = fields[key]
  if (typeof value !== 'string') throw new Error(`${where}: "${key}" is not a text`)
  return cleanText(value)
}

function numberOf(fields: Fields, key: string, where: string): number {
  const value = fields[key]
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new Error(`${where}: "${key}" is not a number from 0 upwards`)
  }
  return value
}

function listOf(fields: Fields, key: string, where: string): readonly unknown[] {
  const value = fields[key] ?? []
  if (!Array.isArray(value)) throw new Error(`${where}: "${key}" is not a list`)
  return value
}

function readCounts(value: unknown, where: string): Record<string, number> {
  if (!isObject(value)) throw new Error(`${where}: "counts" is not an object`)
  return Object.fromEntries(Object.keys(value).map(key => [key, numberOf(value, key, `${where}, counts`)]))
}

function readResult(value: unknown, where: string): RecordedResult {
  if (!isObject(value)) throw new Error(`${where} is not an object`)
  return {
    scenario: textOf(value, 'scenario', where),
    operation: textOf(value, 'operation', where),
    subject: textOf(value, 'subject', where),
    members: numberOf(value, 'members', where),
    medianMs: numberOf(value, 'medianMs', where),
    spread: numberOf(value, 'spread', where),
    ...(value['bytes'] === undefined ? {} : { bytes: numberOf(value, 'bytes', where) }),
    ...(value['counts'] === undefined ? {} : { counts: readCounts(value['counts'], where) }),
    ...(value['note'] === undefined ? {} : { note: textOf(value, 'note', where) }),
  }
}

function readVerdict(value: unknown, where: string): RecordedVerdict {
  if (!isObject(value)) throw new Error(`${where} is not an object`)
  const text = (key: string): string => textOf(value, key, where)
  const [operation, subject, goal, measured] = [text('operation'), text('subject'), text('goal'), text('measured')]
  return { operation, subject, goal, measured, reached: value['reached'] === true }
}

/** Texts and lists of texts that a run says about itself, under whatever names. */
function readFacts(fields: Fields): Record<string, string> {
  const facts: [string, string][] = []
  for (const [key, value] of Object.entries(fields)) {
    if (KNOWN.has(key)) continue
    if (typeof value === 'string') facts.push([cleanText(key), cleanText(value)])
    else if (isObject(value)) {
      const parts = Object.entries(value).filter(([, part]) => typeof part === 'string')
      if (parts.length > 0)
        facts.push([cleanText(key), cleanText(parts.map(([name, part]) => `${name} ${part}`).join(', '))])
    }
  }
  return Object.fromEntries(facts)
}

/** Reads one file; throws an error whose message says where it is not as it should be. */
export function readRecorded(json: string, file: string): Recorded {
  let fields: unknown
  try {
    fields = JSON.parse(json)
  } catch {
    throw new Error(`${file} is not JSON`)
  }
  if (!isObject(fields)) throw new Error(`${file} is not the result of a benchmark: no object`)
  const results = listOf(fields, 'results', file)
  if (results.length === 0) throw new Error(`${file} has no results`)
  return {
    machine: textOf(fields, 'machine', file),
    runtime: textOf(fields, 'runtime', file),
    results: results.map((value, i) => readResult(value, `${file}, result ${i}`)),
    verdicts: listOf(fields, 'verdicts', file).map((value, i) => readVerdict(value, `${file}, verdict ${i}`)),
    facts: readFacts(fields),
    notes: listOf(fields, 'notes', file)
      .filter(note => typeof note === 'string')
      .map(cleanText),
  }
}
