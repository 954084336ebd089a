/** One call at a time: callbacks of the application run in the middle of an operation, and must not use what calls them. */
import { UsageError } from './errors.ts'

/** Runs bodies of which none may start while another runs: `reentrant`. */
export type Exclusive = <T>(body: () => T) => T

/** What an object runs its operations by. */
export function exclusive(): Exclusive {
  let busy = false
  return body => {
    if (busy) throw new UsageError('reentrant')
    busy = true
    try {
      return body()
    } finally {
      busy = false
    }
  }
}
