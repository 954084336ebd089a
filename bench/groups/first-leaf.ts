/** Commits by the member at the first leaf, whose path is the longest: the last leaf of a tree that is not full to the right has a shorter one. */
import type { Session } from '../session.ts'
import { copathSubject } from '../subjects/copath.ts'
import { commitOnce, roundsFor } from './changes.ts'
import { expectAgreement, host, named, Rows } from './guests.ts'

/** Ours alone: nobody but the host is at the first leaf, and its keys are not for other libraries. */
export function firstLeafCommits(session: Session, suite: number, members: number): Promise<Rows> {
  return session.once(`first leaf ${suite} ${members}`, async () => {
    const rows = new Rows()
    const operation = named('commit, first leaf', suite)
    const hosted = await host(session, suite, members, 'full')
    for (const isCounted of [true, false]) {
      const provider = isCounted ? session.counting : session.provider
      const subject = copathSubject(provider, session.version)
      const from = hosted.member(provider.suite(suite))
      const newcomers = [subject.newcomer(suite, 'second to last'), subject.newcomer(suite, 'last')]
      const { welcome } = from.commit({ kind: 'add', keyPackages: newcomers.map(one => one.keyPackage) }, 'inside')
      const [to, other] = newcomers.map(newcomer => newcomer.join(welcome!, undefined))
      // until one of the two has committed they are encrypted to apart
      const { commit } = to!.commit({ kind: 'update' }, 'omitted')
      for (const member of [from, other!]) {
        member.process(commit)
        await expectAgreement(subject.name, member, to!)
      }
      other!.close()
      const pair = { subject, isCounted, a: from, b: to! }
      const rounds = isCounted ? 1 : roundsFor(session, members)
      for (let round = 0; round < rounds; round++) {
        await session.step(`${operation} at ${members.toLocaleString('en')}, round ${round + 1} of ${rounds}`)
        await commitOnce(session, rows, pair, { operation, members, change: { kind: 'update' }, from, to: to! })
      }
      from.close()
      to!.close()
    }
    return rows
  })
}
