/** Runs vector files: every case, and what became of it. */
import { BugError, CopathError } from '../../base/errors.ts'
import { createProvider } from '../../crypto/default-provider.ts'
import { Given, Mismatch } from './given.ts'
import { Skipped, type Suites, type VectorKind } from './kind.ts'
import { isNamedLikeVectors, kindOf } from './kinds.ts'
import { parseVectors } from './parse.ts'

/** A case that does not hold. */
export interface Failure {
  /** The place in the file, undefined where it is the file that is wrong. */
  readonly case?: number
  /** The field. */
  readonly where?: string
  readonly what: string
  readonly expected?: string
  readonly actual?: string
}

/** What became of a file. */
export interface FileResult {
  readonly file: string
  readonly kind: string | undefined
  readonly cases: number
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why cases were skipped, and how many. */
  readonly reasons: Readonly<Record<string, number>>
  /** Of each case that failed, but not of more than a thousand. */
  readonly failures: readonly Failure[]
}

/** How a run tells how far it is, and learns that it should stop. */
export interface Watch {
  progress(done: number, total: number): void
  readonly interrupted: AbortSignal
}

const NO_CASES = { kind: undefined, cases: 0, passed: 0, failed: 0, skipped: 0, reasons: {}, failures: [] } as const
/** Suites that the defaults serve. */
const BY_DEFAULT: readonly unknown[] = [1, 3]
/** How long the event loop waits at most, in milliseconds. */
const PATIENCE = 50
/** So many failures of a file are kept: a large file of nothing but nonsense must not fill the memory. */
const KEPT = 1000

/** Runs the vectors in a file's text. Undefined where it holds none of the formats; throws nothing that the text could cause. */
export async function runFile(file: string, json: string, watch: Watch): Promise<FileResult | undefined> {
  let parsed: unknown
  try {
    parsed = parseVectors(json)
  } catch (error) {
    // a file that has not the name of one and begins like it may be anything
    return isNamedLikeVectors(file) ? unreadable(file, `is not JSON: ${(error as Error).message}`) : undefined
  }
  // some generators write a single case by itself
  const cases: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  const kind = kindOf(
    file,
    cases.find(value => typeof value === 'object' && value !== null),
  )
  if (kind === undefined) return undefined
  return await runCases(file, kind, cases, watch)
}

/** The result of a file that cannot be read. */
export function unreadable(file: string, what: string): FileResult {
  return { ...NO_CASES, file, failed: 1, failures: [{ what }] }
}

async function runCases(file: string, kind: VectorKind, cases: readonly unknown[], watch: Watch): Promise<FileResult> {
  const suites = await suitesFor(kind, cases)
  const failures: Failure[] = []
  const reasons: Record<string, number> = {}
  let [passed, failed, skipped, pausedAt] = [0, 0, 0, performance.now()]
  for (const [i, value] of cases.entries()) {
    if (watch.interrupted.aborted) {
      const left = cases.length - i
      reasons['interrupted'] = left
      skipped += left
      break
    }
    try {
      kind.check(new Given(value), suites)
      passed++
    } catch (error) {
      if (error instanceof Skipped) {
        skipped++
        reasons[error.message] = (reasons[error.message] ?? 0) + 1
      } else {
        failed++
        if (failures.length < KEPT) failures.push({ case: i, ...failureOf(error) })
      }
    }
    if (performance.now() - pausedAt > PATIENCE) {
      watch.progress(i + 1, cases.length)
      await new Promise(resume => setImmediate(resume))
      pausedAt = performance.now()
    }
  }
  watch.progress(cases.length, cases.length)
  return { file, kind: kind.name, cases: cases.length, passed, failed, skipped, reasons, failures }
}

/** The defaults, and the other curves where a case asks for them. */
async function suitesFor({ optional }: VectorKind, cases: readonly unknown[]): Promise<Suites> {
  const ids = cases.map(value => (value as { cipher_suite?: unknown } | null)?.cipher_suite)
  const isNamed = optional?.includes('cipher_suite') !== true
  if (ids.every(id => (id === undefined && isNamed) || BY_DEFAULT.includes(id))) return createProvider()
  const { moreCurves } = await import('../../crypto/backends/curves.ts')
  const { postQuantum } = await import('../../crypto/backends/post-quantum.ts')
  return createProvider({ extra: [...moreCurves(), postQuantum()] })
}

function failureOf(error: unknown): Failure {
  if (error instanceof Mismatch) {
    const { where, message, expected, actual } = error
    const values = expected === undefined || actual === undefined ? {} : { expected, actual }
    return { ...(where === '' ? {} : { where }), what: message, ...values }
  }
  if (error instanceof CopathError && !(error instanceof BugError)) {
    return { what: `was refused: ${error.message}`, expected: 'acceptance', actual: error.code }
  }
  return { what: `met a bug of copath, please report it: ${error instanceof Error ? error.stack : String(error)}` }
}
