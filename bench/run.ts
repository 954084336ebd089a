/** `copath bench`: measures, prints tables, writes JSON and the report. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultProvider } from '../src/crypto/default-provider.ts'
import { BenchUsageError, type RunRequest, readArguments } from './arguments.ts'
import { checkCosts } from './check.ts'
import { compareFiles } from './diff.ts'
import { factsOf, isFused, ownVersion } from './facts.ts'
import { judgeGroups } from './goals.ts'
import { claimFolder, type RecordedRun, Recording } from './recording.ts'
import { goalsTable, growthTable, timesTable } from './report.ts'
import { SCENARIO_GROUPS, SCENARIOS } from './scenarios.ts'
import { Interrupted, Session } from './session.ts'
import type { GroupSubject } from './subjects/group-subject.ts'
import { PEERS } from './subjects/peers/index.ts'

/** Everything that a run touches besides files. */
export interface BenchIo {
  out(text: string): void
  err(text: string): void
  /** Shows what is being done; an empty text clears it. */
  status(text: string): void
  readonly signal: AbortSignal
}

/** As shells say it: ended by a signal. */
const INTERRUPTED = 130

export const KNOWN = { names: Object.keys(SCENARIOS), groups: SCENARIO_GROUPS }

/** Runs `copath bench <args>`. Returns the exit code: 0 good, 1 something failed, 2 wrong usage, 130 interrupted. */
export async function runBench(args: readonly string[], io: BenchIo): Promise<number> {
  try {
    const request = readArguments(args, KNOWN)
    if (request.kind === 'diff') return compareFiles(request, io)
    if (request.kind === 'check') return await checkCosts(request, io)
    return await measure(request, args, io)
  } catch (error) {
    if (!(error instanceof BenchUsageError)) throw error
    io.err(`copath bench: ${error.message}`)
    io.err('"copath help bench" says what is possible.')
    return 2
  }
}

async function loadPeers(recording: Recording, io: BenchIo): Promise<GroupSubject[]> {
  const peers: GroupSubject[] = []
  for (const load of PEERS) {
    const peer = await load()
    if ('missing' in peer) {
      recording.note(peer.missing)
      io.err(peer.missing)
    } else {
      peers.push(peer)
      for (const note of peer.notes) recording.note(`${peer.name}: ${note}`)
    }
  }
  if (peers.length > 0) {
    recording.note('What an asynchronous library makes its caller wait for is part of its time.')
  }
  return peers
}

async function measure(request: RunRequest, args: readonly string[], io: BenchIo): Promise<number> {
  const { profile, json, report } = request
  if (report !== undefined) claimFolder(report)
  const facts = factsOf(defaultProvider(), args)
  const recording = new Recording(facts, json === '-' ? undefined : json)
  // with JSON on standard output the tables go elsewhere
  const print = json === '-' ? io.err : io.out
  const peers = request.peers ? await loadPeers(recording, io) : []
  const { members, rounds } = request
  const session = new Session({
    ...{ recording, profile, members, rounds, peers, version: ownVersion(), signal: io.signal, say: io.status },
  })
  print(`${facts.runtime}, ${facts.machine}\ncurves: ${facts.wasm}`)
  const interrupted = await throughScenarios(request, session, io, print)
  judgeGroups(recording.results, recording, isFused(session.provider))
  recording.finish(interrupted)
  const run = recording.run(interrupted)
  printEnd(run, print)
  if (json === '-') io.out(JSON.stringify(run, undefined, 1))
  else if (json !== undefined) print(`\nThe figures are in ${json}`)
  if (report !== undefined) await writeReport(report, run, print)
  if (interrupted) io.err('Interrupted: what had been measured by then was kept.')
  return interrupted ? INTERRUPTED : 0
}

/** Returns whether it was interrupted. */
async function throughScenarios(
  request: RunRequest,
  session: Session,
  io: BenchIo,
  print: (text: string) => void,
): Promise<boolean> {
  const names = request.scenarios.length > 0 ? request.scenarios : KNOWN.names
  for (const name of names) {
    const { title, measure } = SCENARIOS[name]!
    let interrupted = false
    try {
      await measure(session)
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      interrupted = true
    } finally {
      io.status('')
    }
    const results = session.recording.results.filter(({ scenario }) => scenario === name)
    if (results.length > 0) print(`\n## ${title}\n\n${timesTable(results)}`)
    for (const table of session.tables.splice(0)) print(`\n${table}`)
    if (interrupted) return true
  }
  return false
}

function printEnd({ verdicts, growth, notes }: RecordedRun, print: (text: string) => void): void {
  if (growth.length > 0) print(`\n## Growth with the number of members\n\n${growthTable(growth)}`)
  if (verdicts.length > 0) print(`\n## Goals\n\n${goalsTable(verdicts)}`)
  if (notes.length > 0) print(`\n## To know\n\n${notes.map(note => `* ${note}`).join('\n')}`)
}

/** The JSON always; the page and its pictures where the packages that draw are installed. */
async function writeReport(folder: string, run: RecordedRun, print: (text: string) => void): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'results.json')
  writeFileSync(file, `${JSON.stringify(run, undefined, 1)}\n`)
  if (run.results.length === 0) {
    print(`\nNothing was measured, so there is no page; ${file} says so too.`)
    return
  }
  try {
    const { readRuns, writePage } = await import('./report/write.ts')
    const { page, pictures } = await writePage(folder, readRuns([file]))
    print(`\nThe report is in ${page}, with ${pictures.length} pictures beside it; the figures are in ${file}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    print(`\nThe figures are in ${file}; for the page with pictures install @observablehq/plot and linkedom.`)
  }
}
