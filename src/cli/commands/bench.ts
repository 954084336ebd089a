/** `copath bench`: starts the benchmarks in a Node of their own, with the flags that they want. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { withNegatives } from '../arguments.ts'
import type { Command, Io } from '../command.ts'

const HELP = `
Usage: copath bench [SCENARIO…] [options]
       copath bench diff BEFORE.json AFTER.json [--noise PERCENT] [--json]
       copath bench check [--baseline FILE] [--record] [--json]

Measures this library on this machine: time, bytes and counted operations, beside others where they are installed. Every result is
verified before it is timed; set-up is not timed; subjects take turns; tables show medians, half the spread, and how costs grow.

Scenarios (all of them where none is named):
  primitives  the crypto core beside OpenSSL, libsodium and noble
  codec       encoding and decoding
  tree        the ratchet tree: paths, single changes, loading, memory
  create      one commit founds a group of everybody
  join        joining by a Welcome
  commit      making commits: in full trees, with blank parents, with every second leaf blank
  process     taking them in
  add         adding one member
  remove      removing one member
  messages    application messages
  state       what one member's state takes: bytes, time, memory
  profiles    groups that are stable, somewhat stable or fluctuate; a device that catches up on 1,000 commits
  compare     TreeKEM, ART, CLIQUES, SMMP, sender keys and pairwise channels on the same work
  workload    the workload of ART's proof of concept
  art         Asynchronous Ratcheting Trees
  group       create, join, commit, process, add, remove and messages

Options:
  --members LIST   sizes of groups, separated by commas, each from 4 to 262144: --members 10,1000,100000
  --peers          other libraries beside this one (in a checkout: npm ci --prefix peers)
  --rounds N       how often each row is measured
  --quick          less of everything, in seconds
  --full           up to 100,000 members; all of it takes half an hour
  --json FILE      all figures as JSON, written as they come; - is standard output
  --report DIR     a page with pictures, and the figures
  --help           this text

Ctrl-C keeps what has been measured; the JSON then says "interrupted": true, and the exit code is 130.

copath bench diff shows what got slower beyond the noise, and what costs more; exit code 1 if anything does.
copath bench check holds operations and bytes at 10, 100 and 1,000 members against a recorded baseline; exit code 1 on a difference.

Examples:
  copath bench --quick
  copath bench commit process --members 1000,10000 --json today.json
  copath bench group --members 1000 --peers --report reports/peers
  copath bench diff yesterday.json today.json
`

const MAIN = fileURLToPath(new URL('../../bench/main.js', import.meta.url))

/** On Node 20 relaxed SIMD, and so the fastest module, is behind a flag; later versions do not know the flag. */
function flags(): string[] {
  return process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : []
}

/** The command, for a program that stands at `main`. */
export function benchCommand(main: string): Command {
  return {
    name: 'bench',
    summary: 'measure this library on this machine, beside others',
    help: HELP,
    run(args, io) {
      if (existsSync(main)) return started(main, args, io)
      io.err('copath: The benchmarks are not built. In a checkout: npm run build.')
      return Promise.resolve(1)
    },
  }
}

function started(main: string, args: readonly string[], io: Io): Promise<number> {
  const child = spawn(process.execPath, [...flags(), main, ...withNegatives(args)], { stdio: 'inherit' })
  // it stops at the next good place and keeps what it has; nobody is left behind
  const stop = (): void => void child.kill('SIGTERM')
  const end = (): void => void child.kill('SIGKILL')
  io.interrupted.addEventListener('abort', stop)
  process.on('SIGTERM', stop)
  process.on('exit', end)
  return new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  }).finally(() => {
    io.interrupted.removeEventListener('abort', stop)
    process.off('SIGTERM', stop)
    process.off('exit', end)
  })
}

export const command = benchCommand(MAIN)
