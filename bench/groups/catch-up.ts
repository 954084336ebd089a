/** A device that was away for long and takes in every commit that it missed. */
import { countsOf, type Session } from '../session.ts'
import { expectAgreement } from './guests.ts'
import { invited, Life, type Mix } from './profiles.ts'

/** Commits only: what a delivery service has kept for the device. */
const COMMITS_ONLY: Mix = { name: 'while away', update: 0.7, add: 0.15, remove: 0.15 }

export async function catchUp(session: Session): Promise<void> {
  const book = session.book('profiles')
  const commits = session.profile === 'quick' ? 100 : 1000
  for (const members of session.sizes()) {
    const operation = `catch up on ${commits.toLocaleString('en')} commits`
    await session.step(`${operation} at ${members.toLocaleString('en')}`)
    const [a, b, away, counted] = await invited(session, members, { plain: 3, counted: 1 })
    const life = new Life(session, COMMITS_ONLY, members, { spared: 4, adds: commits })
    const kept: Uint8Array[] = []
    for (let i = 0; i < commits; i++) {
      await session.pause()
      const [from, to] = i % 2 === 0 ? [a!, b!] : [b!, a!]
      const step = life.next()
      if (step.kind === 'message') throw new Error('only commits are kept')
      const { commit } = from.commit(step, 'omitted')
      to.process(commit)
      kept.push(commit)
    }
    const { counts } = await countsOf(session.counting, async () => {
      for (const commit of kept) {
        counted!.process(commit)
        await session.pause()
      }
    })
    await session.step(`${operation} at ${members.toLocaleString('en')}: processing`)
    const runs: number[] = []
    for (const commit of kept) {
      const start = performance.now()
      away!.process(commit)
      runs.push(performance.now() - start)
      await session.pause()
    }
    await expectAgreement('copath', away!, a!)
    await expectAgreement('copath', counted!, a!)
    const bytes = kept.reduce((sum, commit) => sum + commit.length, 0)
    const total = runs.reduce((sum, ms) => sum + ms, 0)
    book.time(operation, members, [total], { bytes, counts, note: 'one run' })
  }
}
