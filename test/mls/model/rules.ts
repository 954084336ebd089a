/** The model: what a list of proposals does to a group, and which lists may be. */
import type { Entry, Epoch, Seat, Wish } from './state.ts'

/** The leaf that a wish takes from a member or renews. */
export function targetOf(wish: Wish): number | undefined {
  return wish.type === 'remove' || wish.type === 'update' || wish.type === 'self_remove' ? wish.leaf : undefined
}

/** Those that a list takes out of the group. */
export function removedBy(list: readonly Entry[]): number[] {
  return list.flatMap(({ wish }) => (wish.type === 'remove' || wish.type === 'self_remove' ? [wish.leaf] : []))
}

/** A newcomer sits down as far left as there is room. */
function sitDown(seats: (Seat | undefined)[], seat: Seat): number {
  let leaf = 0
  while (seats[leaf] !== undefined) leaf++
  seats[leaf] = seat
  return leaf
}

/** Who sits where after a commit: removals first, then newcomers in order, at last who joins by the commit itself. */
export function reseat(
  { seats }: Epoch,
  list: readonly Entry[],
  joiner?: Seat,
): { seats: (Seat | undefined)[]; added: number[]; joined: number | undefined } {
  const after = [...seats]
  for (const leaf of removedBy(list)) after[leaf] = undefined
  const added = list.flatMap(({ wish }) =>
    wish.type === 'add' ? [sitDown(after, { person: wish.person, key: wish.key })] : [],
  )
  return { seats: after, added, joined: joiner && sitDown(after, joiner) }
}

const WITHOUT_PATH: readonly Wish['type'][] = ['add', 'external_psk', 'resumption_psk']

/** Whether a commit of this list needs a path. */
export function needsPath(list: readonly Entry[]): boolean {
  return list.length === 0 || list.some(({ wish }) => !WITHOUT_PATH.includes(wish.type))
}

/** Which pre-shared keys are at hand. */
export type Knows = (wish: Wish) => boolean

/** Whether a member's commit may have this list. */
export function mayStand({ seats }: Epoch, committer: number, list: readonly Entry[], knows: Knows): boolean {
  const targets = list.flatMap(({ wish }) => targetOf(wish) ?? [])
  if (new Set(targets).size < targets.length) return false
  if (targets.some(leaf => leaf === committer || seats[leaf] === undefined)) return false
  if (list.filter(({ wish }) => wish.type === 'extensions').length > 1) return false
  if (!list.every(({ wish }) => knows(wish))) return false
  const gone = new Set(removedBy(list))
  const keys = new Set(seats.flatMap((seat, leaf) => (seat === undefined || gone.has(leaf) ? [] : [seat.key])))
  return list.every(({ wish }) => wish.type !== 'add' || (!keys.has(wish.key) && keys.add(wish.key) !== undefined))
}

const RANKS: Partial<Record<Wish['type'], number>> = { update: 1, remove: 2, self_remove: 4 }

/** How strongly an entry claims a leaf: wishes to leave come first, then what a commit does by value, then removals. */
export function rankOf({ wish, from }: Entry): number {
  return (RANKS[wish.type] ?? 0) + (from === undefined ? 1 : 0)
}
