/** mpENC section 5.2: which lists of members an operation can lead to. */
import { RejectedError, UsageError } from '../base/errors.ts'
import { checkId, checkMembers, type MemberId } from './member-ids.ts'

/** The list with newcomers at its end. */
export function includedIn(members: readonly MemberId[], newcomers: readonly MemberId[], max: number): MemberId[] {
  if (newcomers.length === 0) throw new UsageError('wrong-argument', { expected: 'at least one newcomer' })
  const all = [...members, ...newcomers.map(checkId)]
  checkMembers(all, max, UsageError)
  return all
}

/** The list without some, who must be on it; nobody excludes himself. */
export function remaining(members: readonly MemberId[], excluded: readonly MemberId[], self: MemberId): MemberId[] {
  const gone = new Set(excluded)
  if (gone.has(self) || gone.size !== excluded.length || !excluded.every(id => members.includes(id))) {
    throw new UsageError('wrong-member-list', { excluded: excluded.length })
  }
  return members.filter(id => !gone.has(id))
}

/** Whether `next` is `members` with newcomers at its end. */
export function extendsList(members: readonly MemberId[], next: readonly MemberId[]): boolean {
  return next.length >= members.length && members.every((id, i) => next[i] === id)
}

/** Whether `next` is `members` without some of them, in the same order. */
export function shrinksList(members: readonly MemberId[], next: readonly MemberId[]): boolean {
  const kept = new Set(next)
  const left = members.filter(id => kept.has(id))
  return left.length === next.length && left.every((id, i) => next[i] === id)
}

/** Refuses a list that one operation cannot lead to: who stays keeps the order, and nobody is included and excluded at once. */
export function checkSuccessor(members: readonly MemberId[], next: readonly MemberId[]): void {
  if (!extendsList(members, next) && !shrinksList(members, next)) {
    throw new RejectedError('wrong-member-list', { members: members.length, next: next.length })
  }
}
