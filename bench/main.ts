/** The benchmark as a program of its own: `copath bench` starts it in a Node with the right flags. */
import process from 'node:process'
import { type BenchIo, runBench } from './run.ts'

const REDRAWN_MS = 100
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // one run of an operation at 100,000 members takes a while, and nothing stops it halfway
    if (!interruption.signal.aborted) io.err('Stopping after the operation at hand …')
    interruption.abort()
  })
}
// whoever read the output has seen enough
process.stdout.on('error', () => interruption.abort())

let shownAt = Number.NEGATIVE_INFINITY
let isShown = false
function clear(): void {
  if (isShown) process.stderr.write('\r\x1b[2K')
  isShown = false
}
const io: BenchIo = {
  out(text) {
    clear()
    process.stdout.write(`${text}\n`)
  },
  err(text) {
    clear()
    process.stderr.write(`${text}\n`)
  },
  status(text) {
    if (process.stderr.isTTY !== true) return
    if (text === '') clear()
    else if (performance.now() - shownAt > REDRAWN_MS) {
      shownAt = performance.now()
      isShown = true
      process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`)
    }
  },
  signal: interruption.signal,
}
process.exitCode = await runBench(process.argv.slice(2), io)
