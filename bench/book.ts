/** Measurements of single runs, and goals held against them: for what is too large for tinybench. */
import { type Result, resultOf, type Verdict } from './harness.ts'
import { showTime } from './report.ts'

export const OURS = 'copath'

/** Where results and verdicts go as they come in. */
export interface Sink {
  add(result: Result): void
  judge(verdict: Verdict): void
}

/** What is known of a row besides its time. */
export interface RowDetails {
  /** How many of the operation each run did. */
  readonly units?: number
  readonly subject?: string
  readonly bytes?: number | undefined
  readonly counts?: Readonly<Record<string, number>> | undefined
  readonly note?: string | undefined
}

/** Writes the rows of one scenario. */
export class Book {
  readonly scenario: string
  readonly #sink: Sink

  constructor(scenario: string, sink: Sink) {
    this.scenario = scenario
    this.#sink = sink
  }

  /** `runs` are milliseconds. */
  time(operation: string, members: number, runs: readonly number[], details: RowDetails = {}): Result {
    const { units = 1, subject = OURS, bytes, counts, note } = details
    const result = {
      ...resultOf({ scenario: this.scenario, operation, subject, members }, runs, units),
      ...(bytes === undefined ? {} : { bytes }),
      ...(counts === undefined ? {} : { counts }),
      ...(note === undefined ? {} : { note }),
    }
    this.#sink.add(result)
    return result
  }

  /** Bytes or counts of something that takes no time. */
  amount(operation: string, members: number, details: RowDetails): void {
    const { subject = OURS, bytes, counts, note } = details
    this.#sink.add({
      ...{ scenario: this.scenario, operation, subject, members, medianMs: 0, minMs: 0, spread: 0 },
      ...(bytes === undefined ? {} : { bytes }),
      ...(counts === undefined ? {} : { counts }),
      ...(note === undefined ? {} : { note }),
    })
  }

  goal(operation: string, goal: string, measured: string, reached: boolean, subject = OURS): void {
    this.#sink.judge({ scenario: this.scenario, operation, subject, goal, measured, reached })
  }

  atMostMs(operation: string, goalMs: number, measuredMs: number): void {
    this.goal(operation, `<= ${showTime(goalMs)}`, showTime(measuredMs), measuredMs <= goalMs)
  }
}

/** Throws results away: for what is only run to warm up. */
export const NOWHERE: Sink = { add: () => undefined, judge: () => undefined }
