/** Why saved bytes cannot be used. */
import { RejectedError } from '../../base/errors.ts'

/** The error for saved bytes that are not what was written. */
export function refuseSaved(why: string): RejectedError {
  return new RejectedError('invalid-saved-state', { why })
}
