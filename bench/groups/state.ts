/** The state of one member: what it takes in memory, in a process of its own. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { toHex } from '../../src/base/bytes.ts'
import type { Session } from '../session.ts'
import { host } from './guests.ts'
import { seededNewcomer } from './seeded-newcomer.ts'

/** The goal at 100,000 members, in bytes. */
const MOST_RSS = 100e6

interface Memory {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly ms: number
  readonly authenticator: string
}

async function memoryOf(welcome: Uint8Array, child: string): Promise<Memory> {
  const folder = mkdtempSync(join(tmpdir(), 'copath-state-'))
  try {
    const file = join(folder, 'welcome')
    writeFileSync(file, welcome)
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, '--expose-gc', child, file])
    return JSON.parse(stdout) as Memory
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
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
    if (!existsSync(child)) {
      session.recording.note('Memory is measured by the built benchmark only: npm run build, then copath bench state.')
      continue
    }
    const { rss, heapUsed, external, authenticator } = await memoryOf(welcome, child)
    if (authenticator !== toHex(member.epochAuthenticator())) throw new Error('the process joined another group')
    book.amount('memory of a member above an empty process (RSS)', members, {
      bytes: Math.max(0, rss),
      counts: { heapUsed, external },
      note: 'after joining by a Welcome, library and Wasm included',
    })
    if (members >= 100_000) {
      const operation = `memory of a member, ${members.toLocaleString('en')}`
      book.goal(operation, '<= 100 MB', `${(rss / 1e6).toFixed(0)} MB`, rss <= MOST_RSS)
    }
  }
}
