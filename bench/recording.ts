/** What was measured, as it comes: written again after every row, so that an interrupted run keeps what it has. */
import { accessSync, constants, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BenchUsageError } from './arguments.ts'
import { type Growth, growthOf } from './growth.ts'
import type { Result, Verdict } from './harness.ts'

/** What a run says about itself. */
export interface RunFacts {
  readonly machine: string
  readonly runtime: string
  /** Which Wasm module did the arithmetic of curves. */
  readonly wasm: string
  readonly versions: Readonly<Record<string, string>>
  readonly date: string
  /** The command line. */
  readonly command: string
}

/** A row as it is written: the fastest run is for checks within the process only. */
export type RecordedRow = Omit<Result, 'minMs'>

/** The JSON of a run. */
export interface RecordedRun extends RunFacts {
  readonly interrupted?: true
  readonly results: readonly RecordedRow[]
  readonly verdicts: readonly Verdict[]
  readonly growth: readonly Growth[]
  readonly notes: readonly string[]
}

const WRITTEN_EVERY_MS = 500

/** Results, verdicts and remarks of one run. */
export class Recording {
  readonly facts: RunFacts
  readonly results: Result[] = []
  readonly verdicts: Verdict[] = []
  readonly notes: string[] = []
  readonly #file: string | undefined
  #writtenAt = Number.NEGATIVE_INFINITY

  /** `file` is where the JSON goes. Throws `BenchUsageError` where it cannot be written. */
  constructor(facts: RunFacts, file: string | undefined) {
    this.facts = facts
    this.#file = file
    this.#write(true)
  }

  add(result: Result): void {
    this.results.push(result)
    this.#writeNowAndThen()
  }

  judge(verdict: Verdict): void {
    this.verdicts.push(verdict)
    this.#writeNowAndThen()
  }

  /** Something that a reader of the figures has to know. Said once. */
  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text)
  }

  /** The run is over. */
  finish(interrupted: boolean): void {
    this.#write(interrupted)
  }

  run(interrupted: boolean): RecordedRun {
    const { facts, results, verdicts, notes } = this
    const rows = results.map(({ minMs: _, ...row }) => row)
    const growth = growthOf(results)
    return { ...facts, ...(interrupted ? { interrupted: true } : {}), results: rows, verdicts, growth, notes }
  }

  #writeNowAndThen(): void {
    if (performance.now() - this.#writtenAt > WRITTEN_EVERY_MS) this.#write(true)
  }

  // until the run is over the file says that it was interrupted: also a killed process leaves a true file behind
  #write(interrupted: boolean): void {
    if (this.#file === undefined) return
    writeWhole(this.#file, `${JSON.stringify(this.run(interrupted), undefined, 1)}\n`)
    this.#writtenAt = performance.now()
  }
}

/** Writes a file so that there is never half of it. Throws `BenchUsageError` where that is not possible. */
export function writeWhole(file: string, text: string): void {
  try {
    makeFolder(dirname(file))
    const draft = `${file}.part`
    writeFileSync(draft, text)
    renameSync(draft, file)
  } catch (error) {
    throw new BenchUsageError(
      `${file} cannot be written (${(error as NodeJS.ErrnoException).code}). Name another file.`,
    )
  }
}

/** Step by step: mkdir's own recursion does not end where a system says that a folder's parent, which is there, is not. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder)
}

/** Makes a folder that can be written to. Throws `BenchUsageError` where that is not possible. */
export function claimFolder(folder: string): void {
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new BenchUsageError(`${folder} is a file, not a folder. Name another one.`)
  }
  try {
    makeFolder(folder)
    accessSync(folder, constants.W_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new BenchUsageError(`The folder ${folder} cannot be written (${code}). Name another one.`)
  }
}
