/** mpENC section 5.2: members are named by text; lists of them, and their lexical order. */
import { utf8 } from '../base/bytes.ts'
import { type ErrorCode, type ErrorDetails, RejectedError, UsageError } from '../base/errors.ts'

/** The name of a member as the transport knows it: 1 to 255 bytes of UTF-8. */
export type MemberId = string

export const MAX_ID_LENGTH = 255
/** How many members a packet may name unless the application allows more. */
export const DEFAULT_MAX_MEMBERS = 512

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The name that these bytes are. */
export function parseId(bytes: Uint8Array): MemberId {
  if (bytes.length === 0 || bytes.length > MAX_ID_LENGTH) {
    throw new RejectedError('invalid-member-id', { length: bytes.length })
  }
  try {
    return decoder.decode(bytes)
  } catch {
    throw new RejectedError('invalid-member-id', { length: bytes.length })
  }
}

/** Refuses a name of the caller's that would not survive encoding. */
export function checkId(id: MemberId): MemberId {
  const bytes = utf8(id)
  if (bytes.length === 0 || bytes.length > MAX_ID_LENGTH || decoder.decode(bytes) !== id) {
    throw new UsageError('invalid-member-id', { length: bytes.length })
  }
  return id
}

/** Order of the bytes of two names. */
export function compareIds(a: MemberId, b: MemberId): number {
  const [x, y] = [utf8(a), utf8(b)]
  for (let i = 0; i < x.length && i < y.length; i++) if (x[i] !== y[i]) return x[i]! - y[i]!
  return x.length - y.length
}

type Failure = new (code: ErrorCode, details?: ErrorDetails) => Error

/** Refuses a list that names somebody twice, nobody, or too many; the caller's own with `UsageError`. */
export function checkMembers(members: readonly MemberId[], max: number, failure: Failure = RejectedError): void {
  if (members.length > max) throw new failure('too-many-members', { members: members.length, max })
  if (members.length === 0) throw new failure('wrong-member-list', { members: 0 })
  if (new Set(members).size !== members.length) throw new failure('duplicate-member')
}

/** Whether two lists name the same members in the same order. */
export function sameMembers(a: readonly MemberId[], b: readonly MemberId[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i])
}
