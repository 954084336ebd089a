/** The terminal: output, a progress bar, Ctrl-C. */
import type { WriteStream as TerminalStream } from 'node:tty'
import type { Io } from './command.ts'

const BAR = 24
/** Between two drawings of the bar, in milliseconds. */
const REDRAWN = 100

/** Whatever text is written to; a terminal says how wide it is. */
export type Output = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<TerminalStream, 'isTTY' | 'columns'>>

/** What `terminalIo` needs of the process. */
export interface Surroundings {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly interrupted: AbortSignal
  now(): number
}

/** An `Io` over two streams. */
export function terminalIo({ stdout, stderr, env, interrupted, now }: Surroundings): Io {
  let drawn = false
  let lastAt = Number.NEGATIVE_INFINITY
  const clear = (): void => {
    if (drawn) stderr.write('\r\x1b[2K')
    drawn = false
  }
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  const columns = stdout.columns ?? stderr.columns ?? 80
  return {
    out(text) {
      clear()
      stdout.write(`${text}\n`)
    },
    err(text) {
      clear()
      stderr.write(`${text}\n`)
    },
    color: stdout.isTTY === true && !plain,
    columns,
    progress(label, done, total) {
      if (stderr.isTTY !== true || env['TERM'] === 'dumb') return
      if (done >= total) {
        clear()
        lastAt = Number.NEGATIVE_INFINITY
        return
      }
      if (drawn && now() - lastAt < REDRAWN) return
      lastAt = now()
      drawn = true
      stderr.write(`\r\x1b[2K${bar(label, done / Math.max(1, total), stderr.columns ?? 80)}`)
    },
    interrupted,
  }
}

function bar(label: string, part: number, columns: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, part)) * BAR)
  const percent = `${Math.floor(part * 100)}%`.padStart(4)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${percent}  ${label}`.slice(0, Math.max(1, columns - 1))
}
