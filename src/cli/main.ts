#!/usr/bin/env node
/** The program `copath`: wires the process to the command line. */
import process from 'node:process'
import { terminalIo } from './io.ts'
import { runCommandLine } from './run.ts'

const interruption = new AbortController()
process.on('SIGINT', () => {
  // the first asks to stop at a good place, the second does not wait
  if (interruption.signal.aborted) process.exit(130)
  interruption.abort()
})
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // whoever read the output, such as head, has seen enough
    process.exit(error.code === 'EPIPE' ? (process.exitCode ?? 0) : 1)
  })
}
const io = terminalIo({
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  interrupted: interruption.signal,
  now: () => performance.now(),
})
process.exitCode = await runCommandLine(process.argv.slice(2), io)
