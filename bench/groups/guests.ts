/** Members of each library in groups of the same members and shape: verified before anything is timed. */
import { equalPublic } from '../../src/base/bytes.ts'
import { HostedGroup } from '../fixtures/hosted-group.ts'
import type { Shape } from '../fixtures/trees.ts'
import type { Session } from '../session.ts'
import { copathSubject } from '../subjects/copath.ts'
import type { GroupMember, GroupSubject, Newcomer } from '../subjects/group-subject.ts'

/** Whoever is measured, or ours through a provider that counts. */
export interface Measured {
  readonly subject: GroupSubject
  readonly isCounted: boolean
}

/** A library's two newcomers with a Welcome to a group; whoever joins again gets a state of its own. */
export interface Guests extends Measured {
  readonly welcome: Uint8Array
  readonly newcomers: readonly Newcomer[]
}

/** Two members of one library in one group. */
export interface Pair extends Measured {
  readonly a: GroupMember
  readonly b: GroupMember
}

/** Operations of groups in suites that only some offer are named apart. */
export function named(operation: string, suite: number): string {
  return suite === 1 ? operation : `${operation}, suite ${suite}`
}

/** Everybody at this size, ours with counters first: what it does proves the operation, and is what is counted. */
export function everybody(session: Session, suite: number, members: number): Measured[] {
  const counted = { subject: copathSubject(session.counting, session.version), isCounted: true }
  return [counted, ...session.subjects(suite, members).map(subject => ({ subject, isCounted: false }))]
}

/** Runs a step of one library. Ours must not fail; a peer that does is left out, with its own words. */
export async function attempt<T>(
  session: Session,
  { subject }: Measured,
  what: string,
  body: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await body()
  } catch (error) {
    if (subject.name === 'copath') throw error
    session.recording.note(`${subject.name} could not be measured, ${what}: ${firstLine(error)}`)
    return undefined
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]!.slice(0, 200)
}

/** The group of `members` members, two of whom are guests, that has this shape. */
export function host(session: Session, suite: number, members: number, shape: Shape): Promise<HostedGroup> {
  return session.once(`host ${suite} ${members} ${shape}`, async () => {
    await session.step(`fixture: ${members.toLocaleString('en')} members, ${shape}`)
    return new HostedGroup(session.provider, suite, members - 2, shape)
  })
}

/** Two newcomers of each library, invited into the same group. */
export async function guests(
  session: Session,
  { suite, members, shape }: { suite: number; members: number; shape: Shape },
): Promise<Guests[]> {
  const hosted = await host(session, suite, members, shape)
  const invited: Guests[] = []
  for (const measured of everybody(session, suite, members)) {
    const { subject } = measured
    const guest = await attempt(session, measured, 'invited', async () => {
      const newcomers = [await subject.newcomer(suite, 'guest a'), await subject.newcomer(suite, 'guest b')]
      const welcome = hosted.invite(newcomers.map(({ keyPackage }) => keyPackage))
      return { ...measured, welcome, newcomers }
    })
    if (guest !== undefined) invited.push(guest)
  }
  return invited
}

/** Both join, and agree. */
export async function joinBoth(session: Session, guest: Guests): Promise<Pair | undefined> {
  const { subject, isCounted, welcome, newcomers } = guest
  return attempt(session, guest, 'joining', async () => {
    const [a, b] = [await newcomers[0]!.join(welcome, undefined), await newcomers[1]!.join(welcome, undefined)]
    await expectAgreement(subject.name, a, b)
    return { subject, isCounted, a, b }
  })
}

/** Members at work in a full tree, the same ones for all scenarios. */
export function pairsAtWork(session: Session, suite: number, members: number): Promise<Pair[]> {
  return session.once(`pairs ${suite} ${members}`, async () => {
    const pairs: Pair[] = []
    for (const guest of await guests(session, { suite, members, shape: 'full' })) {
      const pair = await joinBoth(session, guest)
      if (pair !== undefined) pairs.push(pair)
    }
    return pairs
  })
}

/** Throws unless two members are in the same epoch of the same group. */
export async function expectAgreement(who: string, a: GroupMember, b: GroupMember): Promise<void> {
  if (!equalPublic(await a.epochAuthenticator(), await b.epochAuthenticator())) {
    throw new Error(`the members of ${who} do not agree on the epoch`)
  }
}

/** What one operation took and cost, of one library. */
export interface Row {
  readonly operation: string
  readonly members: number
  readonly subject: string
  readonly ms: number[]
  bytes: number | undefined
  counts: Record<string, number> | undefined
}

/** Rows as they are filled, round by round. */
export class Rows {
  readonly #rows = new Map<string, Row>()

  row(operation: string, members: number, subject: string): Row {
    const key = JSON.stringify([operation, members, subject])
    let row = this.#rows.get(key)
    if (row === undefined) {
      row = { operation, members, subject, ms: [], bytes: undefined, counts: undefined }
      this.#rows.set(key, row)
    }
    return row
  }

  /** Writes the rows of these operations that have been measured. */
  write(session: Session, scenario: string, wanted: (operation: string) => boolean): void {
    const book = session.book(scenario)
    for (const { operation, members, subject, ms, bytes, counts } of this.#rows.values()) {
      if (ms.length > 0 && wanted(operation)) book.time(operation, members, ms, { subject, bytes, counts })
    }
  }
}
