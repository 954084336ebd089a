/** What members do: say something, propose, commit, give up. The model says beforehand what comes of it. */
import { expect } from 'vitest'
import { utf8 } from '../../../src/base/bytes.ts'
import type { CommitResult } from '../../../src/mls/group-send.ts'
import { keyName } from './people.ts'
import { hasPsk, isFull, keep, moveTo } from './predict.ts'
import { mayStand, needsPath, rankOf, removedBy, reseat, targetOf } from './rules.ts'
import type { Commit, Entry, Member, Proposal, Wish, Words } from './state.ts'
import type { World } from './world.ts'

/** Whether somebody may speak now, or why not. */
function speechRefused({ status, cache, aside, pending }: Member): string | undefined {
  if (status !== 'active') return 'UsageError group-inactive'
  return cache.size > aside.size && pending === undefined ? 'UsageError proposals-pending' : undefined
}

export function say(world: World, member: Member): Words | undefined {
  const text = `word ${world.log.length}`
  const data = utf8(`${world.log.length}`)
  const bytes = world.attempt(member, speechRefused(member), group => group.encrypt(utf8(text), data))
  if (bytes === undefined) return undefined
  const words: Words = { ...world.framed(member, 'words', true), kind: 'words', text }
  world.tally.add('said')
  world.heard.get(member)!.add(words)
  world.settle(member)
  world.publish(words, bytes)
  return words
}

function proposalRefused(member: Member, wish: Wish): string | undefined {
  if (member.status !== 'active') return 'UsageError group-inactive'
  const asked = [...member.own].some(each => each.wish.type === 'self_remove')
  if (wish.type === 'self_remove' && asked) return 'UsageError self-remove-pending'
  if (isFull(member)) return 'too-many-proposals'
  const isNobody = wish.type === 'remove' && member.epoch.seats[wish.leaf] === undefined
  return isNobody ? 'invalid-proposal' : undefined
}

const RANDOM: readonly Wish['type'][] = ['update', 'external_psk', 'resumption_psk']

/** A proposal of this epoch that says the same, to the last bit. */
function saidBefore({ own }: Member, wish: Wish): Proposal | undefined {
  if (RANDOM.includes(wish.type)) return undefined
  const text = JSON.stringify(wish)
  return [...own].find(each => !RANDOM.includes(each.wish.type) && JSON.stringify(each.wish) === text)
}

export function propose(world: World, member: Member, wish: Wish): Proposal | undefined {
  const bytes = world.attempt(member, proposalRefused(member, wish), each => each.propose(world.requestOf(wish)))
  if (bytes === undefined) return undefined
  const isPrivate = world.personOf(member).isPrivate && wish.type !== 'self_remove'
  const first = saidBefore(member, wish)
  const made: Proposal = {
    ...world.framed(member, 'proposal', isPrivate),
    kind: 'proposal',
    wish,
    ...(first && { first }),
  }
  const said = first ?? made
  keep(member, said)
  member.aside.delete(said)
  member.own.add(said)
  if (first === undefined) world.references.learn(made, world.groupOf(member).proposals.at(-1)!.ref)
  // in public nothing is random: the same again is the same message
  const proposal = isPrivate ? made : said
  member.sent.add(proposal)
  world.tally.add(`proposed: ${wish.type}`)
  world.settle(member)
  world.publish(proposal, bytes)
  return proposal
}

/** A member decides not to commit a proposal that it has. */
export function setAside(world: World, member: Member, proposal: Proposal): void {
  const group = world.groupOf(member)
  const [ref] = group.proposals.filter(each => world.references.of(each.ref) === proposal)
  expect(world.attempt(member, undefined, each => each.dropProposal(ref!.ref))).toBe(true)
  member.aside.add(proposal)
  world.tally.add('set aside')
  world.settle(member)
}

export interface CommitPlan {
  readonly wishes: readonly Wish[]
  readonly path: boolean
  readonly received: boolean
  readonly tree: 'inside' | 'apart'
  readonly newKey: boolean
}

/** What a commit does by value: those who have asked to leave need not be removed. */
function wishesByValue({ leaf, cache, aside }: Member, { wishes, received }: CommitPlan): readonly Wish[] {
  const leaving = [...cache].flatMap(each =>
    received && !aside.has(each) && each.wish.type === 'self_remove' && each.wish.leaf !== leaf ? [each.wish.leaf] : [],
  )
  return wishes.filter(wish => wish.type !== 'remove' || !leaving.includes(wish.leaf))
}

/** Received removals of those who are to be added again by value. */
function makingRoom({ epoch, leaf, cache, aside }: Member, { wishes, received }: CommitPlan): Entry[] {
  if (!received) return []
  const again = epoch.seats.flatMap((seat, at) =>
    wishes.some(wish => wish.type === 'add' && wish.key === seat?.key) ? [at] : [],
  )
  const isRemoved = (at: number) => (each: Proposal) =>
    removedBy([each]).includes(at) && at !== leaf && !aside.has(each)
  return again.flatMap(at => [...cache].filter(isRemoved(at)).slice(0, 1))
}

/** Why a commit of these wishes by value can not be. */
function commitRefused(world: World, member: Member, plan: CommitPlan): string | undefined {
  const wishes = wishesByValue(member, plan)
  const { epoch, leaf } = member
  const { seats } = epoch
  if (member.status !== 'active') return 'UsageError group-inactive'
  if (member.pending !== undefined) return 'UsageError commit-pending'
  const list = [...wishes.map(wish => ({ wish })), ...makingRoom(member, plan)]
  const known = (wish: Wish): boolean => hasPsk(member, world.personOf(member).known, wish)
  if (mayStand(epoch, leaf, list, known)) return undefined
  const removed = removedBy(wishes.map(wish => ({ wish })))
  if (removed.includes(leaf) || new Set(removed).size < removed.length) return 'invalid-proposal-list'
  if (wishes.some(wish => wish.type === 'remove' && seats[wish.leaf] === undefined)) return 'invalid-proposal'
  return wishes.every(known) ? 'invalid-proposal-list' : 'unknown-psk'
}

/** The committer left out what could not be in the commit, and nothing else. */
function expectGoodChoice(world: World, member: Member, list: readonly Entry[], leftOut: readonly Proposal[]): void {
  const known = (wish: Wish): boolean => hasPsk(member, world.personOf(member).known, wish)
  const stands = (entries: readonly Entry[]): boolean => mayStand(member.epoch, member.leaf, entries, known)
  expect(stands(list), 'a commit against the rules').toBe(true)
  const isAdd = ({ wish }: Pick<Entry, 'wish'>): boolean => wish.type === 'add'
  const isKeyOfOthers = ({ wish, from }: Entry): boolean => wish.type === 'resumption_psk' && from !== undefined
  if (list.some(isAdd)) expect(list.some(isKeyOfOthers), 'a key that newcomers cannot have').toBe(false)
  const mayAdd = [...list, ...leftOut].some(isAdd)
  for (const from of leftOut) {
    const entry: Entry = { wish: from.wish, from }
    if (mayAdd && isKeyOfOthers(entry)) continue
    expect(stands([...list, entry]), `${from.wish.type} was left out for nothing`).toBe(false)
    const target = targetOf(from.wish)
    const rival = list.find(({ wish }) => target !== undefined && targetOf(wish) === target)
    if (rival !== undefined) expect(rankOf(rival)).toBeGreaterThanOrEqual(rankOf(entry))
  }
}

function seatsAfter(member: Member, list: readonly Entry[], key: string | undefined) {
  const { seats, added } = reseat(member.epoch, list)
  if (key !== undefined) seats[member.leaf] = { person: member.person, key }
  return { seats, added }
}

function expectWelcome({ welcome, ratchetTree }: CommitResult, plan: CommitPlan, added: readonly number[]): void {
  expect(welcome !== undefined).toBe(added.length > 0)
  expect(ratchetTree !== undefined).toBe(plan.tree === 'apart' && added.length > 0)
}

/** A member makes a commit, which is pending from then on. */
export function commit(world: World, member: Member, plan: CommitPlan): Commit | undefined {
  const person = world.personOf(member)
  const signer = plan.newKey ? person.freshSigner() : undefined
  const options = { path: plan.path, proposals: plan.received, ratchetTree: plan.tree, ...(signer && { signer }) }
  const requests = plan.wishes.map(wish => world.requestOf(wish))
  const refused = commitRefused(world, member, plan)
  const result = world.attempt(member, refused, group => group.commit(requests, options))
  if (result === undefined) return undefined
  const leftOut = result.leftOut.map(ref => world.references.of(ref))
  const wanted = [...member.cache].filter(each => !member.aside.has(each))
  const received = wanted.filter(each => !leftOut.includes(each)).map((from): Entry => ({ wish: from.wish, from }))
  const list: Entry[] = [...received, ...wishesByValue(member, plan).map(wish => ({ wish }))]
  if (plan.received) expectGoodChoice(world, member, list, leftOut)
  else expect(received).toEqual([])
  const { seats, added } = seatsAfter(member, list, signer && keyName(signer))
  expectWelcome(result, plan, added)
  const next = {
    number: member.epoch.number + 1n,
    by: undefined as Commit | undefined,
    seats,
    extensions: extensionsAfter(member, list),
  }
  const made: Commit = {
    ...world.framed(member, 'commit', person.isPrivate),
    kind: 'commit',
    list,
    hasPath: plan.path || plan.newKey || needsPath(list),
    committer: member.leaf,
    added,
    next,
  }
  next.by = made
  member.pending = { commit: made, wishes: plan.wishes }
  if (result.welcome !== undefined) {
    world.welcomes.set(made, { welcome: result.welcome, ratchetTree: result.ratchetTree })
  }
  world.tally.add('committed')
  for (const { wish, from } of list)
    world.tally.add(`committed ${from === undefined ? 'value' : 'reference'}: ${wish.type}`)
  world.settle(member)
  world.record(made, result.commit)
  return made
}

export function extensionsAfter({ epoch }: Pick<Member, 'epoch'>, list: readonly Entry[]): string {
  const change = list.find(({ wish }) => wish.type === 'extensions')?.wish
  return change?.type === 'extensions' ? change.tag : epoch.extensions
}

/** The pending commit comes into force, whether it has won or not. */
export function accept(world: World, member: Member): void {
  const { pending } = member
  const refused = pending === undefined ? 'UsageError no-pending-commit' : undefined
  const event = world.attempt(member, refused, group => group.accept())
  if (event === undefined || pending === undefined) return
  expect(event).toMatchObject({ kind: 'commit', own: true, epoch: pending.commit.next.number })
  const covered = new Set(pending.commit.list.map(({ from }) => from))
  const removed = removedBy(pending.commit.list)
  const open = [...member.own].filter(each => !covered.has(each)).map(({ wish }) => wish)
  const again = open.filter(wish => {
    if (wish.type === 'remove') return !removed.includes(wish.leaf)
    return wish.type !== 'add' || pending.commit.next.seats.every(seat => seat?.key !== wish.key)
  })
  world.expectRequests(event.proposeAgain, again)
  moveTo(member, pending.commit.next)
  world.tally.add('accepted')
  world.settle(member)
}

/** The pending commit is given up. */
export function reject(world: World, member: Member): void {
  const requests = world.attempt(member, undefined, group => group.reject())!
  world.expectRequests(requests, member.pending?.wishes ?? [])
  member.pending = undefined
  world.tally.add('rejected')
  world.settle(member)
}
