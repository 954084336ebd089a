/** The model: what a member makes of a message, and how that changes it. */
import { removedBy } from './rules.ts'
import {
  type Commit,
  consume,
  type Epoch,
  LIMITS,
  type Member,
  type Message,
  type Proposal,
  refusedBy,
  type Wish,
  windowOf,
} from './state.ts'

export type Outcome =
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'words' }
  | { readonly kind: 'proposal'; readonly own: boolean }
  | { readonly kind: 'commit'; readonly own: boolean; readonly again: readonly Wish[] }
  | { readonly kind: 'removed' }

const error = (code: string): Outcome => ({ kind: 'error', code })

/** Whether a member has the secret of a pre-shared key; `known` are the external ones. */
export function hasPsk({ resumption }: Pick<Member, 'resumption'>, known: ReadonlySet<string>, wish: Wish): boolean {
  if (wish.type === 'external_psk') return known.has(wish.name)
  return wish.type !== 'resumption_psk' || resumption.includes(wish.epoch)
}

/** What is left to do for a member after a commit. */
function leftToDo({ pending, own }: Member, commit: Commit): Wish[] {
  const isOwn = pending?.commit === commit
  const covered = new Set(commit.list.map(({ from }) => from))
  const wanted = [...(isOwn ? [] : (pending?.wishes ?? []))]
  for (const proposal of own) if (!covered.has(proposal)) wanted.push(proposal.wish)
  const removed = removedBy(commit.list)
  // the only removal by value of an external commit: a former self is somewhere else from then on
  const isBack = (leaf: number): boolean =>
    commit.leaf === undefined && commit.list.some(({ wish }) => wish.type === 'remove' && wish.leaf === leaf)
  return wanted.flatMap((wish): Wish[] => {
    if (wish.type === 'remove' && removed.includes(wish.leaf)) {
      return isBack(wish.leaf) ? [{ type: 'remove', leaf: commit.committer }] : []
    }
    return wish.type === 'add' && commit.next.seats.some(seat => seat?.key === wish.key) ? [] : [wish]
  })
}

function predictCommit(member: Member, commit: Commit, known: ReadonlySet<string>): Outcome {
  const { list, hasPath, leaf } = commit
  if (list.some(({ from }) => from !== undefined && !member.cache.has(from))) return error('unknown-proposal')
  if (removedBy(list).includes(member.leaf)) return { kind: 'removed' }
  if (hasPath && leaf === member.leaf) return error('own-data')
  // somebody who has only an old state of the member does not have the key that its update brought
  const update = list.find(({ wish }) => wish.type === 'update' && wish.leaf === member.leaf)?.from
  if (update !== undefined && !member.own.has(update)) return error('invalid-tag')
  if (!list.every(({ wish }) => hasPsk(member, known, wish))) return error('unknown-psk')
  return { kind: 'commit', own: false, again: leftToDo(member, commit) }
}

/** Whether a member refuses proposals that it does not have yet. */
export function isFull({ cache, aside }: Member): boolean {
  return cache.size - aside.size >= LIMITS.maxProposals
}

function predictHandshake(member: Member, message: Message, known: ReadonlySet<string>): Outcome {
  if (message.kind === 'words') return { kind: 'words' }
  if (message.kind === 'commit') return predictCommit(member, message, known)
  const own = message.leaf === member.leaf
  if (member.cache.has(message.first ?? message)) return { kind: 'proposal', own }
  if (isFull(member)) return error('too-many-proposals')
  const { wish } = message
  const isNobody = wish.type === 'remove' && member.epoch.seats[wish.leaf] === undefined
  return isNobody ? error('invalid-proposal') : { kind: 'proposal', own }
}

function predictPublic(member: Member, message: Message, known: ReadonlySet<string>): Outcome {
  const { epoch, leaf, kind } = message
  if (member.status !== 'active') return error('group-inactive')
  if (epoch.number !== member.epoch.number) return error('wrong-epoch')
  if (epoch !== member.epoch) {
    if (leaf !== undefined) return error('invalid-membership-tag')
    // what outsiders propose says nothing of the history
    if (kind === 'commit') return error('invalid-signature')
  }
  return predictHandshake(member, message, known)
}

/** The epoch that a member would read a private message in. */
function readingEpoch({ epoch, status, past }: Member, { kind, epoch: sent }: Message): Epoch | undefined {
  if (sent.number === epoch.number && status !== 'removed') return epoch
  return kind === 'words' ? past.find(({ number }) => number === sent.number) : undefined
}

function isOwnEcho({ sent, cache }: Member, message: Message): boolean {
  return message.kind === 'proposal' && sent.has(message) && cache.has(message.first ?? message)
}

function predictPrivate(member: Member, message: Message, known: ReadonlySet<string>): Outcome {
  if (message.kind !== 'words') {
    if (member.status !== 'active') return error('group-inactive')
    if (isOwnEcho(member, message)) return { kind: 'proposal', own: true }
  }
  const epoch = readingEpoch(member, message)
  if (epoch === undefined) return error('wrong-epoch')
  if (epoch !== message.epoch) return error('invalid-tag')
  if (message.leaf === member.leaf) return error('own-data')
  const refused = refusedBy(windowOf(member, epoch, message.leaf!, message.kind), message.generation)
  return refused === undefined ? predictHandshake(member, message, known) : error(refused)
}

/** What a member makes of a message. */
export function predict(member: Member, message: Message, known: ReadonlySet<string>): Outcome {
  if (message.kind === 'commit' && message === member.pending?.commit) {
    return { kind: 'commit', own: true, again: leftToDo(member, message) }
  }
  return message.isPrivate ? predictPrivate(member, message, known) : predictPublic(member, message, known)
}

function forgetEpoch(member: Member): void {
  member.past = [...member.past, member.epoch].slice(-LIMITS.pastEpochs)
  member.pending = undefined
  for (const set of [member.cache, member.aside, member.own, member.sent]) set.clear()
}

/** The next epoch begins for a member. */
export function moveTo(member: Member, next: Epoch): void {
  forgetEpoch(member)
  member.epoch = next
  member.resumption = [...member.resumption, next].slice(-LIMITS.resumptionEpochs)
}

/** Takes a proposal in; where there is no room, the first to have come of those set aside is forgotten. */
export function keep(member: Member, proposal: Proposal): void {
  const { cache, aside } = member
  if (!cache.has(proposal) && cache.size >= LIMITS.maxProposals) {
    const oldest = [...cache].find(each => aside.has(each))
    aside.delete(oldest!)
    cache.delete(oldest!)
  }
  cache.add(proposal)
}

/** Changes a member by what it makes of a message. */
export function apply(member: Member, message: Message, outcome: Outcome): void {
  if (outcome.kind === 'error') return
  const isOwn = 'own' in outcome && outcome.own
  if (message.isPrivate && !isOwn) {
    consume(windowOf(member, message.epoch, message.leaf!, message.kind), message.generation)
  }
  if (message.kind === 'proposal') keep(member, message.first ?? message)
  if (outcome.kind === 'commit') moveTo(member, (message as Commit).next)
  if (outcome.kind === 'removed') {
    forgetEpoch(member)
    member.status = 'removed'
    member.resumption = []
  }
}
