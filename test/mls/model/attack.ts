/**
 * What stolen states are worth. A thief has one state of a member and everything that was ever sent; it changes nothing. It
 * learns what the model says, and in no case what secrecy forward and backward denies it, which is judged by itself.
 */
import { expect } from 'vitest'
import { CopathError } from '../../../src/base/errors.ts'
import type { Group } from '../../../src/mls/group.ts'
import { apply, predict } from './predict.ts'
import { removedBy } from './rules.ts'
import type { Service } from './service.ts'
import { type Commit, copyMember, type Epoch, type Member, type Message } from './state.ts'
import type { Theft, World } from './world.ts'

/** What a thief got to know. */
interface Loot {
  readonly words: Set<Message>
  readonly epochs: Set<Epoch>
}

/** The epochs from a given one back to the first. */
function historyOf(epoch: Epoch): Epoch[] {
  const history: Epoch[] = []
  for (let each: Epoch | undefined = epoch; each !== undefined; each = each.by?.epoch) history.push(each)
  return history
}

/** The thief gives a message to its copy of the state. */
function tryOn(world: World, thief: { group: Group; member: Member; loot: Loot }, message: Message): void {
  const { group, member, loot } = thief
  const outcome = predict(member, message, world.personOf(member).known)
  world.tally.add('attack: tried')
  try {
    const event = group.process(world.bytes.get(message)!)
    expect(outcome.kind).toBe(event.kind === 'message' ? 'words' : event.kind)
    if (event.kind === 'message') loot.words.add(message)
    if (event.kind === 'commit') loot.epochs.add((message as Commit).next)
  } catch (error) {
    if (!(error instanceof CopathError)) throw error
    expect(outcome).toMatchObject({ kind: 'error', code: error.code })
  }
  apply(member, message, outcome)
}

/** Everything is tried: first all words with the state as it is, then all messages in order along a history. */
function plunder(world: World, theft: Theft, line: ReadonlySet<Epoch>): Loot {
  const loot: Loot = { words: new Set(), epochs: new Set() }
  const thief = { group: theft.snapshot.restore(), member: copyMember(theft.member), loot }
  for (const message of world.log) if (message.kind === 'words') tryOn(world, thief, message)
  for (const message of world.log) if (message.kind !== 'commit' || line.has(message.next)) tryOn(world, thief, message)
  thief.group.close()
  return loot
}

/** Whether a commit shuts out whoever has a state: its member has renewed its keys, or is not in the group any more. */
function shutsOut({ leaf, pending, own }: Member, commit: Commit): boolean {
  if (commit.leaf === leaf) return commit.hasPath && pending?.commit !== commit
  if (removedBy(commit.list).includes(leaf)) return true
  return commit.list.some(
    ({ wish, from }) => wish.type === 'update' && wish.leaf === leaf && from !== undefined && !own.has(from),
  )
}

/** The epochs of a history that a state must be worthless for. */
function closedTo({ member }: Theft, history: readonly Epoch[]): Set<Epoch> {
  const start = history.indexOf(member.epoch)
  const after = start < 0 ? [] : history.slice(0, start).reverse()
  const first = member.status === 'removed' ? 0 : after.findIndex(({ by }) => shutsOut(member, by!))
  return new Set(first < 0 ? [] : after.slice(first))
}

function expectSecrecy(world: World, theft: Theft, history: readonly Epoch[], { words, epochs }: Loot): void {
  const closed = closedTo(theft, history)
  const before = new Set(historyOf(theft.member.since).slice(1))
  for (const each of words) {
    expect(theft.heard.has(each), 'forward secrecy: what had been read is read again').toBe(false)
    expect(closed.has(each.epoch), 'post-compromise security: a state is worth something after it was renewed').toBe(
      false,
    )
    expect(before.has(each.epoch), 'a newcomer reads what was said before').toBe(false)
  }
  for (const epoch of epochs) expect(closed.has(epoch), 'a state follows beyond a renewal').toBe(false)
  if (closed.size > 0) world.tally.add('attack: shut out')
  if (words.size > 0) world.tally.add('attack: read something')
  if (epochs.size > 0) world.tally.add('attack: followed')
}

/** All stolen states, and the last ones of all who were removed, are tried on everything. */
export function attack(world: World, { head }: Service): void {
  for (const member of world.members)
    if (member.status === 'removed' && member.since !== member.epoch) world.steal(member)
  for (const theft of world.thefts) {
    const histories = [historyOf(head)]
    if (!histories[0]!.includes(theft.of.epoch)) histories.push(historyOf(theft.of.epoch))
    for (const history of histories) {
      expectSecrecy(world, theft, history, plunder(world, theft, new Set(history)))
    }
  }
  for (const member of world.members) {
    const before = new Set(historyOf(member.since).slice(1))
    for (const each of world.heard.get(member)!) {
      if (each.kind === 'words') expect(before.has(each.epoch), 'a newcomer reads what was said before').toBe(false)
    }
  }
}
