/** The state of one member: what it takes in memory, in a process of its own; saved, loaded, and as what has changed. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { equalPublic, toHex } from '../../src/base/bytes.ts'
import type { Book } from '../book.ts'
import { timeEach } from '../harness.ts'
import type { Session } from '../session.ts'
import type { CopathMember } from '../subjects/copath.ts'
import { host } from './guests.ts'
import { loadSeeded, seededNewcomer } from './seeded-newcomer.ts'

/** The goal at 100,000 members, in bytes. */
const MOST_RSS = 100e6

interface Memory {
  readonly rss: number
  readonly ordinary: number
  readonly peak: number
  readonly heapUsed: number
  readonly external: number
  readonly ms: number
  readonly authenticator: string
}

/** How a process comes by the state. */
type Origin = 'join' | 'load'

async function memoryOf(bytes: Uint8Array, origin: Origin, child: string): Promise<Memory> {
  const folder = mkdtempSync(join(tmpdir(), 'copath-state-'))
  try {
    const file = join(folder, 'state')
    writeFileSync(file, bytes)
    const args = [...process.execArgv, '--expose-gc', child, file, origin]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    return JSON.parse(stdout) as Memory
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const WAYS = { join: 'after joining', load: 'after loading' } as const
const ROUNDS = 3

/** Saving, loading, and the deltas of a commit and a message. */
function storing(book: Book, members: number, { group }: CopathMember): void {
  const snapshot = group.save()
  book.time(
    'save',
    members,
    timeEach(
      ROUNDS,
      () => group,
      group => void group.save(),
    ),
    { bytes: snapshot.length },
  )
  const loads = timeEach(
    ROUNDS,
    () => snapshot,
    saved => void loadSeeded(saved),
  )
  if (!equalPublic(loadSeeded(snapshot).group.save(), snapshot))
    throw new Error('another state was loaded than was saved')
  book.time('load', members, loads)
  const loaded = loadSeeded(snapshot).group
  const deltas = (act: () => void): { ms: number[]; bytes: number } => {
    let bytes = 0
    const ms = timeEach(ROUNDS, act, () => {
      bytes = loaded.delta().length
    })
    return { ms, bytes }
  }
  const commit = deltas(() => {
    loaded.commit([], { ratchetTree: 'omitted' })
    loaded.accept()
  })
  book.time('delta after a commit', members, commit.ms, { bytes: commit.bytes })
  const message = deltas(() => void loaded.encrypt(new Uint8Array(1024)))
  book.time('delta after a message', members, message.ms, { bytes: message.bytes })
}

export async function measureStates(session: Session): Promise<void> {
  const book = session.book('state')
  const child = fileURLToPath(new URL('state-child.js', import.meta.url))
  for (const members of session.sizes()) {
    await session.step(`state of a member among ${members.toLocaleString('en')}`)
    const hosted = await host(session, 1, members, 'full')
    const newcomer = seededNewcomer()
    const welcome = hosted.invite([newcomer.keyPackage])
    const member = newcomer.join(welcome, undefined)
    storing(book, members, member)
    if (!existsSync(child)) {
      session.recording.note('Memory is measured by the built benchmark only: npm run build, then copath bench state.')
      continue
    }
    const snapshot = member.group.save()
    const authenticator = toHex(member.epochAuthenticator())
    let most = 0
    for (const [origin, bytes] of [
      ['join', welcome],
      ['load', snapshot],
    ] as const) {
      const memory = await memoryOf(bytes, origin, child)
      if (memory.authenticator !== authenticator) throw new Error('the process came into another group')
      const { rss, ordinary, peak, heapUsed, external } = memory
      book.amount(`memory of a member above an empty process (RSS), ${WAYS[origin]}`, members, {
        bytes: Math.max(0, rss),
        counts: { heapUsed, external, ordinary: Math.max(0, ordinary), peak: Math.max(0, peak) },
        note: 'library and Wasm included, after collections as where memory is short; ordinary: after others',
      })
      most = Math.max(most, rss)
    }
    if (members >= 100_000) {
      const operation = `memory of a member, joined or loaded, ${members.toLocaleString('en')}`
      book.goal(operation, '<= 100 MB', `${(most / 1e6).toFixed(0)} MB`, most <= MOST_RSS)
    }
  }
}
