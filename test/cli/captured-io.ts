/** An `Io` that keeps what is written, for commands that run in this process. */
import type { Io } from '../../src/cli/command.ts'
import { runCommandLine } from '../../src/cli/run.ts'

export interface CapturedIo extends Io {
  readonly stdout: string
  readonly stderr: string
  /** What `progress` was called with. */
  readonly steps: readonly (readonly [label: string, done: number, total: number])[]
  interrupt(): void
}

export function captureIo({ color = false, columns = 80 } = {}): CapturedIo {
  const interruption = new AbortController()
  const texts = { stdout: '', stderr: '' }
  const steps: [string, number, number][] = []
  return {
    out: text => void (texts.stdout += `${text}\n`),
    err: text => void (texts.stderr += `${text}\n`),
    color,
    columns,
    progress: (...step) => void steps.push(step),
    interrupted: interruption.signal,
    interrupt: () => interruption.abort(),
    steps,
    get stdout() {
      return texts.stdout
    },
    get stderr() {
      return texts.stderr
    },
  }
}

/** Runs `copath <args>` in this process. */
export async function copath(
  args: readonly string[],
  io = captureIo(),
): Promise<{ code: number; stdout: string; stderr: string }> {
  const code = await runCommandLine(args, io)
  return { code, stdout: io.stdout, stderr: io.stderr }
}
