/** JSON files of runs, named on the command line. */
import { readFileSync } from 'node:fs'
import { BenchUsageError } from './arguments.ts'
import type { RecordedRow } from './recording.ts'

/** What is needed of a run to compare it with another. */
export interface ReadRun {
  readonly machine: string
  readonly runtime: string
  readonly interrupted: boolean
  readonly results: readonly RecordedRow[]
}

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0

function isResult(value: unknown): value is RecordedRow {
  if (!isObject(value)) return false
  const { bytes, counts } = value
  const texts = ['scenario', 'operation', 'subject'].every(key => typeof value[key] === 'string')
  const numbers = ['members', 'medianMs', 'spread'].every(key => isCount(value[key]))
  const fine = counts === undefined || (isObject(counts) && Object.values(counts).every(isCount))
  return texts && numbers && fine && (bytes === undefined || isCount(bytes))
}

/** The file as JSON. Throws `BenchUsageError`. */
export function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new BenchUsageError(`${file} cannot be read (${code}). Name a file that "copath bench --json FILE" wrote.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new BenchUsageError(`${file} is not JSON. Name a file that "copath bench --json FILE" wrote.`)
  }
}

/** A recorded run. Throws `BenchUsageError` where the file is none. */
export function readRun(file: string): ReadRun {
  const value = readJson(file)
  const refuse = (why: string): never => {
    throw new BenchUsageError(`${file} is no run of "copath bench --json FILE": ${why}.`)
  }
  if (!isObject(value)) return refuse('it holds no object')
  const { machine, runtime, results, interrupted } = value
  if (typeof machine !== 'string' || typeof runtime !== 'string') return refuse('machine or runtime is missing')
  if (!Array.isArray(results)) return refuse('it holds no list of results')
  const wrong = results.findIndex(result => !isResult(result))
  if (wrong >= 0) return refuse(`result ${wrong} is not one`)
  return { machine, runtime, interrupted: interrupted === true, results: results as RecordedRow[] }
}
