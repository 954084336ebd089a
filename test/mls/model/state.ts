/** The model: what each member of a group should know, in plain objects. There is no secret in it, and no byte of a message. */

/** Small, so that runs reach them. */
export const LIMITS = { pastEpochs: 2, resumptionEpochs: 3, maxProposals: 6, maxForward: 6, maxKept: 3 } as const

/** Something that somebody wants to happen to the group. A key package goes by its name, a leaf by its number. */
export type Wish =
  | { readonly type: 'add'; readonly keyPackage: string; readonly person: number; readonly key: string }
  | { readonly type: 'remove'; readonly leaf: number }
  | { readonly type: 'update'; readonly leaf: number }
  | { readonly type: 'self_remove'; readonly leaf: number }
  | { readonly type: 'external_psk'; readonly name: string }
  | { readonly type: 'resumption_psk'; readonly epoch: Epoch }
  | { readonly type: 'extensions'; readonly tag: string }
  | { readonly type: 'custom'; readonly tag: string }

/** Who is at a leaf, and by which signature key. */
export interface Seat {
  readonly person: number
  readonly key: string
}

/** An epoch of one history. Two histories never share an epoch again once they have parted. */
export interface Epoch {
  readonly number: bigint
  /** How it came about; the first epoch has no commit. */
  readonly by: Commit | undefined
  readonly seats: readonly (Seat | undefined)[]
  readonly extensions: string
}

interface Framed {
  readonly id: number
  /** In which it was sent. */
  readonly epoch: Epoch
  readonly isPrivate: boolean
  /** Of its sender; undefined where that is no member. */
  readonly leaf: number | undefined
  /** Of a private message. */
  readonly generation: number
}

export interface Words extends Framed {
  readonly kind: 'words'
  readonly text: string
}

export interface Proposal extends Framed {
  readonly kind: 'proposal'
  readonly wish: Wish
  /** The one of the same sender that said the same before: both have one reference. */
  readonly first?: Proposal
}

/** A wish in a commit, with the proposal that it comes from, where it is there by reference. */
export interface Entry {
  readonly wish: Wish
  readonly from?: Proposal
}

export interface Commit extends Framed {
  readonly kind: 'commit'
  readonly list: readonly Entry[]
  readonly hasPath: boolean
  /** The leaf of the committer in the new epoch. */
  readonly committer: number
  /** Where those who are added sit. */
  readonly added: readonly number[]
  readonly next: Epoch
}

export type Message = Words | Proposal | Commit

/** One ratchet of a sender as a member follows it. */
export interface Window {
  next: number
  kept: number[]
}

/** A membership: somebody who joins again is another member. */
export interface Member {
  readonly person: number
  readonly leaf: number
  /** The first that it is in. */
  readonly since: Epoch
  epoch: Epoch
  status: 'active' | 'removed'
  pending: { readonly commit: Commit; readonly wishes: readonly Wish[] } | undefined
  /** Proposals of this epoch. */
  cache: Set<Proposal>
  /** Those among them that it does not want to commit. */
  aside: Set<Proposal>
  /** Those that it sent, and has the keys of. */
  own: Set<Proposal>
  /** The messages that it sent them by, and knows again. */
  sent: Set<Proposal>
  past: Epoch[]
  resumption: Epoch[]
  /** By epoch, leaf and ratchet. */
  windows: Map<Epoch, Map<string, Window>>
}

export function newMember(person: number, leaf: number, epoch: Epoch): Member {
  return {
    person,
    leaf,
    since: epoch,
    epoch,
    status: 'active',
    pending: undefined,
    cache: new Set(),
    aside: new Set(),
    own: new Set(),
    sent: new Set(),
    past: [],
    resumption: [epoch],
    windows: new Map(),
  }
}

/** A member as it is now, whatever becomes of the original. */
export function copyMember(member: Member): Member {
  const windows = new Map<Epoch, Map<string, Window>>()
  for (const [epoch, each] of member.windows) {
    windows.set(epoch, new Map([...each].map(([name, { next, kept }]) => [name, { next, kept: [...kept] }])))
  }
  return {
    ...member,
    cache: new Set(member.cache),
    aside: new Set(member.aside),
    own: new Set(member.own),
    sent: new Set(member.sent),
    past: [...member.past],
    resumption: [...member.resumption],
    windows,
  }
}

/** The signature key of a member, and the one that it will have when its commit comes into force. */
export function signatureKeysOf({ epoch, leaf, pending }: Member): string[] {
  const seats = [epoch.seats[leaf], pending?.commit.next.seats[leaf]]
  return [...new Set(seats.flatMap(seat => seat?.key ?? []))]
}

/** What a member is in the middle of. */
export function activitiesOf(member: Member): string[] {
  const { pending, cache, aside, own, past, status, windows } = member
  const ratchets = [...windows.values()].flatMap(each => [...each.values()])
  const all: readonly [string, boolean][] = [
    ['a commit waits', pending !== undefined],
    ['its key changes', signatureKeysOf(member).length > 1],
    ['proposals wait', cache.size > aside.size],
    ['proposals are set aside', aside.size > 0],
    ['its update waits', [...own].some(({ wish }) => wish.type === 'update')],
    ['keys were skipped', ratchets.some(({ kept }) => kept.length > 0)],
    ['past epochs', past.length > 0],
    ['removed', status === 'removed'],
  ]
  return all.flatMap(([name, is]) => (is ? [name] : []))
}

/** The ratchet that a private message of a leaf comes from. */
export function windowOf(member: Member, epoch: Epoch, leaf: number, kind: Message['kind']): Window {
  const name = `${leaf} ${kind === 'words' ? 'application' : 'handshake'}`
  let windows = member.windows.get(epoch)
  if (windows === undefined) member.windows.set(epoch, (windows = new Map()))
  let window = windows.get(name)
  if (window === undefined) windows.set(name, (window = { next: 0, kept: [] }))
  return window
}

/** Why a generation is refused, or undefined. */
export function refusedBy(
  { next, kept }: Window,
  generation: number,
): 'generation-consumed' | 'generation-too-far' | undefined {
  if (generation < next) return kept.includes(generation) ? undefined : 'generation-consumed'
  return generation - next > LIMITS.maxForward ? 'generation-too-far' : undefined
}

/** The key of a generation is used up. Skipped keys are kept, the newest of them. */
export function consume(window: Window, generation: number): void {
  if (generation < window.next) {
    window.kept = window.kept.filter(kept => kept !== generation)
    return
  }
  for (let skipped = window.next; skipped < generation; skipped++) window.kept.push(skipped)
  window.kept = window.kept.slice(-LIMITS.maxKept)
  window.next = generation + 1
}

/** The generation of the next message that a member sends itself. */
export function nextGeneration(member: Member, kind: Message['kind']): number {
  const window = windowOf(member, member.epoch, member.leaf, kind)
  return window.next++
}
