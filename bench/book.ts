/** Measurements of single runs, and goals held against them: for what is too large for tinybench. */
import { type Result, resultOf, type Verdict } from './harness.ts'
import { showTime } from './report.ts'

export const OURS = 'copath'

/** Results and verdicts as they come in. */
export class Book {
  readonly #scenario: string
  readonly results: Result[] = []
  readonly verdicts: Verdict[] = []

  constructor(scenario: string) {
    this.#scenario = scenario
  }

  /** `runs` are milliseconds, each for `units` of the operation. */
  time(operation: string, members: number, runs: readonly number[], { units = 1, subject = OURS } = {}): Result {
    const result = resultOf({ scenario: this.#scenario, operation, subject, members }, runs, units)
    this.results.push(result)
    return result
  }

  goal(operation: string, goal: string, measured: string, reached: boolean): void {
    this.verdicts.push({ scenario: this.#scenario, operation, subject: OURS, goal, measured, reached })
  }

  atMostMs(operation: string, goalMs: number, measuredMs: number): void {
    this.goal(operation, `<= ${showTime(goalMs)}`, showTime(measuredMs), measuredMs <= goalMs)
  }
}
