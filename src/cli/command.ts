/** What a command of the command line is, what it may touch, and how it says that it was called wrongly. */

/** Everything a command may touch, so that tests run commands in this process. */
export interface Io {
  /** Writes to standard output, with a line end added. */
  out(text: string): void
  /** Writes to standard error, with a line end added. */
  err(text: string): void
  /** Whether colours are wanted: a terminal, and no NO_COLOR. */
  readonly color: boolean
  /** The width of the terminal, 80 where there is none. */
  readonly columns: number
  /** Shows how far long work is: a bar on standard error where that is a terminal, else nothing. It goes away when `done` is `total`. */
  progress(label: string, done: number, total: number): void
  /** Aborted by Ctrl-C: long work stops at the next good place and reports what it has. */
  readonly interrupted: AbortSignal
}

/** One command: `copath <name> …`. */
export interface Command {
  readonly name: string
  /** One line for `copath help`. */
  readonly summary: string
  /** All of `copath help <name>`: usage, options, examples. */
  readonly help: string
  /** Runs it. Returns the exit code: 0 good, 1 something failed. Wrong usage throws `CliUsageError`. */
  run(args: readonly string[], io: Io): Promise<number>
}

/** Wrong usage. The message is a sentence that says what is possible; it is printed without a stack trace, the exit code is 2. */
export class CliUsageError extends Error {
  override readonly name = 'CliUsageError'
}
