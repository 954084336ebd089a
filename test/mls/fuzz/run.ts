/** Forgeries by the hundred, each run replayed from its tape. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { CHANGES } from './invitation-changes.ts'
import { Invited } from './invited.ts'
import { type Bench, bench, judge, type Verdicts } from './judge.ts'
import { changedContent, changedPrivate, type Forged, forgedCommit, forgedProposal, knownProposal } from './messages.ts'
import { Tape } from './mutate.ts'

export interface FuzzProfile {
  readonly suite: number
  readonly runs: number
  readonly seed: number
  /** As a failure prints it. */
  readonly path?: string
}

// a failure is made smaller until then
const TIME_LIMIT = 120_000

/** What a forger makes, or undefined where its own tools refuse to. */
export function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

const tapes = fc.array(fc.nat(0xffffff), { minLength: 120, maxLength: 240 })

/** Runs a body on random tapes. */
export function onTapes({ runs, seed, path }: FuzzProfile, body: (tape: Tape) => void): void {
  fc.assert(
    fc.property(tapes, numbers => body(new Tape(numbers))),
    {
      numRuns: runs,
      seed,
      interruptAfterTimeLimit: TIME_LIMIT,
      endOnFailure: true,
      ...(path === undefined ? {} : { path }),
    },
  )
}

/** Whether the members have gone on without the forger. */
function isOver({ mallory, others }: Bench): boolean {
  return others.some(({ epoch, status }) => epoch !== mallory.epoch || status !== 'active')
}

/** Forged proposals, commits and private messages for members of a group, and for a follower. */
export function fuzzProcess(profile: FuzzProfile, verdicts: Verdicts): void {
  onTapes(profile, tape => {
    const group = bench(profile.seed, profile.suite)
    const known: ReturnType<typeof knownProposal>[] = []
    for (let round = 0; round < 5; round++) {
      if (tape.chance(3)) {
        const proposal = attempt(() => knownProposal(tape, group))
        if (proposal !== undefined && judge(group, proposal.message, verdicts, true)) known.push(proposal)
      }
      const makers: readonly (() => Forged)[] = [
        () => forgedCommit(tape, group, known),
        () => forgedCommit(tape, group, known),
        () => forgedProposal(tape, group),
        () => changedContent(tape, group),
        () => changedPrivate(tape, group),
      ]
      const forged = attempt(tape.pick(makers))
      if (forged === undefined) {
        verdicts.add('not made')
        continue
      }
      if (forged.path !== undefined) verdicts.add(`path: ${forged.path}`)
      const isTakenIn = judge(group, forged.message, verdicts, forged.isPublic)
      if (forged.isBad === true) expect(isTakenIn, 'a lie was believed').toBe(false)
      if (isTakenIn && isOver(group)) return
    }
  })
}

const CHANGE_NAMES = Object.keys(CHANGES)

/** Forged invitations, by Welcome and by group info: changes in turn, each by itself or with another. */
export function fuzzJoining(profile: FuzzProfile, verdicts: Verdicts): void {
  const invited = new Invited(profile.seed, profile.suite)
  onTapes(profile, tape => {
    const first = tape.below(CHANGE_NAMES.length)
    for (let round = 0; round < 12; round++) {
      const draft = invited.draft(tape.below(2))
      const names = [CHANGE_NAMES[(first + round) % CHANGE_NAMES.length]!]
      if (tape.chance(4)) names.push(tape.pick(CHANGE_NAMES))
      const invitation = attempt(() => {
        for (const name of names) CHANGES[name]!.make(tape, draft)
        return draft.build()
      })
      for (const name of names) verdicts.add(invitation === undefined ? 'not made' : `change: ${name}`)
      if (invitation === undefined) continue
      invited.judge(invitation, names.length === 1 ? CHANGES[names[0]!]!.refusedBy : undefined, verdicts)
    }
    invited.expectGenuineJoins()
  })
  invited.expectHealthy()
}
