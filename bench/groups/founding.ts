/** One commit that makes a group of everybody, and joining it. */
import { equalPublic } from '../../src/base/bytes.ts'
import { keyPackages } from '../fixtures/key-packages.ts'
import { countsOf, type Session, timed } from '../session.ts'
import type { GroupMember, Newcomer, Sent } from '../subjects/group-subject.ts'
import { attempt, everybody, expectAgreement, guests, type Measured, named, Rows } from './guests.ts'

interface Founded {
  readonly measured: Measured
  readonly founder: GroupMember
  readonly newcomer: Newcomer
  readonly welcome: Uint8Array
}

const show = (members: number): string => members.toLocaleString('en')

function foundingRounds(session: Session, members: number): number {
  if (members > 10_000) return session.rounds(1)
  if (members >= 1000) return session.rounds(session.profile === 'quick' ? 1 : 3)
  return session.rounds(session.profile === 'quick' ? 3 : 7)
}

async function found(session: Session, rows: Rows, measured: Measured, suite: number, members: number) {
  const { subject, isCounted } = measured
  const founder = await subject.found(suite, 'founder')
  const newcomer = await subject.newcomer(suite, 'first to join')
  const others = keyPackages(session.provider, suite, 'everybody', members - 2)
  const change = { kind: 'add', keyPackages: [newcomer.keyPackage, ...others] } as const
  const body = () => founder.commit(change, 'inside')
  const row = rows.row(named('found: one commit adds all', suite), members, subject.name)
  let sent: Sent
  if (isCounted) {
    const { counts, value } = await countsOf(session.counting, body)
    row.counts = counts
    sent = value
  } else {
    const { ms, value } = await timed(body)
    row.ms.push(ms)
    sent = value
  }
  const welcome = sent.welcome
  if (welcome === undefined) throw new Error(`${subject.name} made no Welcome`)
  row.bytes = sent.commit.length + welcome.length
  return { measured, founder, newcomer, welcome }
}

/** Groups of this size founded by every library, proved by somebody who joins. */
export function foundings(
  session: Session,
  suite: number,
  members: number,
): Promise<{ rows: Rows; founded: readonly Founded[] }> {
  return session.once(`foundings ${suite} ${members}`, async () => {
    const rows = new Rows()
    const rounds = foundingRounds(session, members)
    const latest = new Map<string, Founded>()
    const playing = everybody(session, suite, members).filter(({ subject }) => subject.abilities.has('add many'))
    for (let round = 0; round < rounds; round++) {
      for (const measured of playing) {
        if (measured.isCounted && round > 0) continue
        const { name } = measured.subject
        await session.step(`${name} founds a group of ${show(members)}, round ${round + 1} of ${rounds}`)
        const key = `${name} ${measured.isCounted}`
        const founded = await attempt(session, measured, `founding ${show(members)}`, async () => {
          await latest.get(key)?.founder.close?.()
          return found(session, rows, measured, suite, members)
        })
        if (founded !== undefined) latest.set(key, founded)
      }
    }
    return { rows, founded: [...latest.values()] }
  })
}

interface Joining {
  readonly measured: Measured
  readonly newcomer: Newcomer
  readonly welcome: Uint8Array
  /** Who is in the group already. */
  readonly member: GroupMember | undefined
}

async function joinInTurns(
  session: Session,
  rows: Rows,
  joinings: readonly Joining[],
  { operation, members, rounds }: { operation: string; members: number; rounds: number },
): Promise<void> {
  const failed = new Set<Joining>()
  const seen = new Map<string, Uint8Array>()
  for (let round = 0; round < rounds; round++) {
    await session.step(`${operation} at ${show(members)}, round ${round + 1} of ${rounds}`)
    for (const joining of joinings) {
      const { measured, newcomer, welcome, member } = joining
      const isOnce = measured.isCounted || !measured.subject.abilities.has('join again')
      if (failed.has(joining) || (isOnce && round > 0)) continue
      const row = rows.row(operation, members, measured.subject.name)
      const body = () => newcomer.join(welcome, undefined)
      const done = await attempt(session, measured, operation, async () => {
        const joined = measured.isCounted
          ? { ms: 0, ...(await countsOf(session.counting, body)) }
          : { counts: undefined, ...(await timed(body)) }
        if (member !== undefined) await expectAgreement(measured.subject.name, member, joined.value)
        // without somebody to compare with, two joiners must agree at least
        const authenticator = (await joined.value.epochAuthenticator()).slice()
        const before = seen.get(`${measured.subject.name} ${measured.isCounted}`) ?? authenticator
        if (!equalPublic(before, authenticator)) throw new Error('two who joined do not agree')
        seen.set(`${measured.subject.name} ${measured.isCounted}`, authenticator)
        await joined.value.close?.()
        return joined
      })
      if (done === undefined) failed.add(joining)
      else if (measured.isCounted) row.counts = done.counts
      else row.ms.push(done.ms)
      row.bytes = welcome.length
    }
  }
}

/** Joining the group that has just been founded, and one in which every node has a key. */
export function joinings(session: Session, suite: number, members: number): Promise<Rows> {
  return session.once(`joinings ${suite} ${members}`, async () => {
    const rows = new Rows()
    const rounds = session.rounds(members > 10_000 ? 2 : members >= 1000 ? 3 : session.profile === 'quick' ? 3 : 10)
    const { founded } = await foundings(session, suite, members)
    const fresh = founded.map(({ measured, newcomer, welcome, founder }) => ({
      ...{ measured, newcomer, welcome, member: founder },
    }))
    const row = { members, rounds }
    await joinInTurns(session, rows, fresh, { ...row, operation: named('join by the Welcome', suite) })
    const invited = await guests(session, { suite, members, shape: 'full' })
    const full = invited.map(guest => ({
      ...{ measured: guest, newcomer: guest.newcomers[0]!, welcome: guest.welcome, member: undefined },
    }))
    await joinInTurns(session, rows, full, { ...row, operation: named('join by the Welcome, full tree', suite) })
    return rows
  })
}
