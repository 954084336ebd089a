/** Commits made and processed: of nothing but new keys, of one newcomer, of one removal; in full trees and in those with many blank nodes. */
import { keyPackages } from '../fixtures/key-packages.ts'
import type { Shape } from '../fixtures/trees.ts'
import { countsOf, type Session, timed } from '../session.ts'
import type { Change, GroupMember, MaybePromise } from '../subjects/group-subject.ts'
import { attempt, expectAgreement, guests, joinBoth, named, type Pair, pairsAtWork, Rows } from './guests.ts'

/** A library that has had this long for one operation is not asked again. */
const PATIENCE_MS = 15_000
const AT_LEAST = 3
/** A size that nobody asks for. */
export const WARM_UP_MEMBERS = 67

type Work = <T>(body: () => MaybePromise<T>) => Promise<{ ms: number; value: T; counts?: Record<string, number> }>

/** Times what a library does; of ours with counters, counts it. */
function workOf(session: Session, { isCounted }: Pair): Work {
  return async body => {
    if (!isCounted) return timed(body)
    return { ms: 0, ...(await countsOf(session.counting, body)) }
  }
}

interface OneCommit {
  readonly operation: string
  readonly members: number
  readonly change: Change
  readonly from: GroupMember
  readonly to: GroupMember
}

/** One commit, made, processed and agreed upon; returns the milliseconds of both. */
export async function commitOnce(session: Session, rows: Rows, pair: Pair, one: OneCommit): Promise<number> {
  const { operation, members, change, from, to } = one
  const work = workOf(session, pair)
  const { name } = pair.subject
  // in a large group newcomers have the tree from the delivery service, not from each Welcome
  const created = await work(() => from.commit(change, 'omitted'))
  const { commit, welcome } = created.value
  const processed = await work(() => to.process(commit))
  await expectAgreement(name, from, to)
  const [create, process] = ['create', 'process'].map(step => rows.row(`${operation}: ${step}`, members, name))
  create!.bytes = commit.length + (welcome?.length ?? 0)
  process!.bytes = commit.length
  if (pair.isCounted) {
    create!.counts = created.counts
    process!.counts = processed.counts
  } else {
    create!.ms.push(created.ms)
    process!.ms.push(processed.ms)
  }
  return created.ms + processed.ms
}

/** Rounds in which every library has its turn, a different one first each time; one that fails or takes too long drops out. */
async function inTurns(
  session: Session,
  pairs: readonly Pair[],
  { rounds, what }: { rounds: number; what: string },
  turn: (pair: Pair, round: number) => Promise<number>,
): Promise<void> {
  const spent = new Map<Pair, number>()
  const counted = pairs.filter(pair => pair.isCounted)
  for (const pair of counted) await turn(pair, 0)
  let playing = pairs.filter(pair => !pair.isCounted)
  for (let round = 0; round < rounds && playing.length > 0; round++) {
    await session.step(`${what}, round ${round + 1} of ${rounds}`)
    for (let i = 0; i < playing.length; i++) {
      const pair = playing[(i + round) % playing.length]!
      const ms = await attempt(session, pair, what, () => turn(pair, round))
      spent.set(pair, (spent.get(pair) ?? 0) + (ms ?? Number.POSITIVE_INFINITY))
    }
    playing = playing.filter(pair => {
      const ms = spent.get(pair)!
      return ms < (round + 1 < AT_LEAST ? Number.POSITIVE_INFINITY : PATIENCE_MS)
    })
  }
}

const show = (members: number): string => members.toLocaleString('en')

/** How often, by the profile and the size of the group. */
export function roundsFor(session: Session, members: number): number {
  if (members === WARM_UP_MEMBERS) return 40
  const usual = session.profile === 'quick' ? 5 : members <= 1000 ? 30 : 15
  return session.rounds(usual)
}

/** New keys in a full tree; the two take turns. */
export function updates(session: Session, suite: number, members: number): Promise<Rows> {
  return session.once(`updates ${suite} ${members}`, async () => {
    const rows = new Rows()
    const pairs = (await pairsAtWork(session, suite, members)).filter(({ subject }) => subject.abilities.has('update'))
    const what = `commits at ${show(members)}`
    await inTurns(session, pairs, { rounds: roundsFor(session, members), what }, (pair, round) => {
      const [from, to] = round % 2 === 0 ? [pair.a, pair.b] : [pair.b, pair.a]
      const operation = named('commit', suite)
      return commitOnce(session, rows, pair, { operation, members, change: { kind: 'update' }, from, to })
    })
    return rows
  })
}

/** A newcomer comes and goes. */
export function comingAndGoing(session: Session, suite: number, members: number): Promise<Rows> {
  return session.once(`coming and going ${suite} ${members}`, async () => {
    const rows = new Rows()
    const rounds = roundsFor(session, members)
    const strangers = keyPackages(session.provider, suite, 'strangers', rounds)
    const pairs = (await pairsAtWork(session, suite, members)).filter(({ subject }) => subject.abilities.has('add'))
    await inTurns(session, pairs, { rounds, what: `adding and removing at ${show(members)}` }, async (pair, round) => {
      const [from, to] = [pair.a, pair.b]
      const add = { kind: 'add', keyPackages: [strangers[round]!] } as const
      const row = { members, from, to }
      const ms = await commitOnce(session, rows, pair, { ...row, operation: named('add one', suite), change: add })
      if (!pair.subject.abilities.has('remove')) return ms
      // all leaves below `members` are taken, so that is where the newcomer is
      const remove = { kind: 'remove', leaf: members } as const
      return (
        ms + (await commitOnce(session, rows, pair, { ...row, operation: named('remove one', suite), change: remove }))
      )
    })
    return rows
  })
}

/** The first commit in a tree without keys above the leaves: an encryption for every other member. Each round needs members who have just joined. */
export function firstCommits(session: Session, suite: number, members: number, shape: Shape): Promise<Rows> {
  return session.once(`first commits ${suite} ${members} ${shape}`, async () => {
    const rows = new Rows()
    const operation = named(
      shape === 'blank parents' ? 'first commit, blank parents' : 'commit, every second leaf blank',
      suite,
    )
    const rounds = session.rounds(members > 10_000 ? 2 : members > 1000 ? 3 : session.profile === 'quick' ? 3 : 7)
    const invited = await guests(session, { suite, members, shape })
    const able = invited.filter(({ subject }) => subject.abilities.has('update'))
    for (let round = 0; round < rounds; round++) {
      await session.step(`${operation} at ${show(members)}, round ${round + 1} of ${rounds}`)
      for (const guest of able) {
        const isOnce = guest.isCounted || !guest.subject.abilities.has('join again')
        if (isOnce && round > 0) continue
        const pair = await joinBoth(session, guest)
        if (pair === undefined) continue
        const one = { operation, members, change: { kind: 'update' }, from: pair.a, to: pair.b } as const
        await attempt(session, guest, operation, () => commitOnce(session, rows, pair, one))
        await pair.a.close?.()
        await pair.b.close?.()
      }
    }
    return rows
  })
}
