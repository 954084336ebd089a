/** Nothing is optimised before it has run for a while: a small group works before others are timed. */
import type { Session } from '../session.ts'
import { comingAndGoing, updates, WARM_UP_MEMBERS } from './changes.ts'
import { foundings } from './founding.ts'

export function warmUp(session: Session, suite: number): Promise<void> {
  return session.once(`warm-up ${suite}`, async () => {
    await updates(session, suite, WARM_UP_MEMBERS)
    await comingAndGoing(session, suite, WARM_UP_MEMBERS)
    await foundings(session, suite, WARM_UP_MEMBERS)
  })
}
