/** All scenarios by name. */
import { randomBytes } from 'node:crypto'
import { WORKLOAD_SIZES } from '../src/compare/index.ts'
import { artOperations } from './art.ts'
import { codecOperations } from './codec.ts'
import { COMPARED_SIZES, compareProtocols, type Watch } from './compare.ts'
import { catchUp } from './groups/catch-up.ts'
import { comingAndGoing, firstCommits, updates } from './groups/changes.ts'
import { firstLeafCommits } from './groups/first-leaf.ts'
import { foundings, joinings } from './groups/founding.ts'
import type { Rows } from './groups/guests.ts'
import { messages } from './groups/messages.ts'
import { measureProfiles } from './groups/profiles.ts'
import { measureStates } from './groups/state.ts'
import { warmUp } from './groups/warm-up.ts'
import { type Measurement, type Method, measure, type Operation } from './harness.ts'
import { primitiveOperations } from './primitives.ts'
import type { Session } from './session.ts'
import { loadBackends } from './subjects/backends.ts'
import { measureTree } from './tree.ts'
import { measureWorkload } from './workload.ts'

export interface Scenario {
  readonly title: string
  measure(session: Session): Promise<void>
}

const USUAL: Method = { rounds: 7, roundMs: 120, warmUpMs: 120 }
const QUICK: Method = { rounds: 3, roundMs: 12, warmUpMs: 25 }

function record(session: Session, { results, verdicts, tables = [] }: Measurement): void {
  for (const result of results) session.recording.add(result)
  for (const verdict of verdicts) session.recording.judge(verdict)
  session.tables.push(...tables)
}

/** Tells the session what is next, and keeps what was measured at once: these runs take long. */
const watchOf = (session: Session): Watch => ({
  step: what => session.step(what),
  add: result => session.recording.add(result),
})

async function measureAll(session: Session, operations: readonly Operation[]): Promise<void> {
  const method = session.profile === 'quick' ? QUICK : USUAL
  for (const [i, operation] of operations.entries()) {
    await session.step(`${operation.name} (${i + 1} of ${operations.length})`)
    record(session, await measure(operation, { ...method, rounds: session.rounds(method.rounds) }))
  }
}

/** Some rows of a scenario: written as soon as they are there, so that an interruption later keeps them. */
interface Measured {
  readonly rows: (session: Session, suite: number, members: number) => Promise<Rows>
  /** Which of them are this scenario's. */
  readonly wanted?: (operation: string) => boolean
}

/** Rows of groups at all sizes and in all suites that somebody is measured in. */
async function inGroups(session: Session, scenario: string, measured: readonly Measured[]): Promise<void> {
  for (const suite of session.suites()) {
    await warmUp(session, suite)
    for (const members of session.sizes()) {
      // what only peers need in another suite is not wanted where no peer follows
      if (suite !== 1 && session.subjects(suite, members).length < 2) continue
      for (const { rows, wanted = () => true } of measured) {
        ;(await rows(session, suite, members)).write(session, scenario, wanted)
      }
    }
  }
}

const create = (operation: string): boolean => operation.includes(': create')
const process = (operation: string): boolean => operation.includes(': process')
const about = (what: string) => (operation: string) => operation.startsWith(what)

/** Commits in trees of all shapes: `commit` is about making them, `process` about taking them in. */
const commits = (session: Session, scenario: string, wanted: (operation: string) => boolean): Promise<void> =>
  inGroups(session, scenario, [
    { rows: updates, wanted },
    { rows: firstLeafCommits, wanted },
    { rows: (...where) => firstCommits(...where, 'blank parents'), wanted },
    { rows: (...where) => firstCommits(...where, 'every second leaf blank'), wanted },
  ])

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  primitives: {
    title: 'Primitives: the crypto core beside OpenSSL, libsodium and noble',
    measure: async session => {
      const operations = primitiveOperations({
        backends: await loadBackends(what => session.recording.note(what)),
        random: length => new Uint8Array(randomBytes(length)),
        batchSizes: session.profile === 'quick' ? [64, 1024] : [64, 1024, 16384],
      })
      await measureAll(session, operations)
    },
  },
  codec: {
    title: 'Codec: declarative schemas beside code written by hand',
    measure: session => measureAll(session, codecOperations()),
  },
  tree: { title: 'Ratchet tree, cipher suite 1, one thread', measure: measureTree },
  create: {
    title: 'Founding: one commit adds everybody',
    measure: session => inGroups(session, 'create', [{ rows: async (...where) => (await foundings(...where)).rows }]),
  },
  join: {
    title: 'Joining by a Welcome, everything verified',
    measure: session => inGroups(session, 'join', [{ rows: joinings }]),
  },
  commit: { title: 'Making commits', measure: session => commits(session, 'commit', create) },
  process: { title: 'Taking in commits', measure: session => commits(session, 'process', process) },
  add: {
    title: 'Adding one member',
    measure: session => inGroups(session, 'add', [{ rows: comingAndGoing, wanted: about('add one') }]),
  },
  remove: {
    title: 'Removing one member',
    measure: session => inGroups(session, 'remove', [{ rows: comingAndGoing, wanted: about('remove one') }]),
  },
  messages: {
    title: 'Application messages, signed',
    measure: session => inGroups(session, 'messages', [{ rows: messages }]),
  },
  state: { title: 'The state of one member: bytes, time, memory', measure: measureStates },
  profiles: {
    title: 'Groups as they live: three profiles, and a device that was away',
    measure: async session => {
      await measureProfiles(session)
      await catchUp(session)
    },
  },
  compare: {
    title: 'Every group-key protocol on the same work',
    measure: async session => {
      const most = session.profile === 'quick' ? 10 : session.profile === 'usual' ? 1000 : 100_000
      const sizes = session.members ?? COMPARED_SIZES.filter(size => size <= most)
      session.tables.push(...(await compareProtocols(sizes, watchOf(session))))
    },
  },
  workload: {
    title: "The workload of ART's proof of concept: fresh keys with each of 100 messages",
    measure: async session => {
      const isQuick = session.profile === 'quick'
      const most = isQuick ? 10 : session.profile === 'usual' ? 259 : 875
      const sizes = WORKLOAD_SIZES.filter(size => size <= most)
      const messages = isQuick ? 20 : 100
      session.tables.push(...(await measureWorkload(session.members ?? sizes, messages, watchOf(session))))
    },
  },
  art: {
    title: 'ART: updates beside the multiplications they consist of',
    measure: session => measureAll(session, artOperations(session.sizes(100_000))),
  },
}

/** Short names for several scenarios. */
export const SCENARIO_GROUPS: Readonly<Record<string, readonly string[]>> = {
  group: ['create', 'join', 'commit', 'process', 'add', 'remove', 'messages'],
  all: Object.keys(SCENARIOS),
}
