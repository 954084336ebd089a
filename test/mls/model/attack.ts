/**
 * What stolen states are worth. A thief has the bytes that a member has stored of its group and its client, and everything that
 * was ever sent; it changes nothing. It learns what the model says, and in no case what secrecy forward and backward denies it,
 * which is judged by itself.
 */
import { CopathError } from '../../../src/base/errors.ts'
import type { Group } from '../../../src/mls/group.ts'
import { insist } from './check.ts'
import { knowsPsks, openWelcome } from './joining.ts'
import { apply, predict } from './predict.ts'
import { removedBy } from './rules.ts'
import type { Service } from './service.ts'
import type { Snapshot } from './snapshots.ts'
import { type Commit, copyMember, type Epoch, type Member, type Message, newMember } from './state.ts'
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
    const kind = event.kind === 'message' ? 'words' : event.kind
    insist(outcome.kind === kind, `a thief makes a ${kind} of it, the model: ${outcome.kind}`)
    if (event.kind === 'message') loot.words.add(message)
    if (event.kind === 'commit') loot.epochs.add((message as Commit).next)
  } catch (error) {
    if (!(error instanceof CopathError)) throw error
    const isExpected = outcome.kind === 'error' && outcome.code === error.code
    const wanted = outcome.kind === 'error' ? outcome.code : outcome.kind
    insist(isExpected, `a thief is refused by ${error.code}, the model: ${wanted}`)
  }
  apply(member, message, outcome)
}

/** Everything is tried: first all words with the state as it is, then all messages in order along a history. */
function plunder(world: World, group: Group, start: Member, line: ReadonlySet<Epoch>): Loot {
  const loot: Loot = { words: new Set(), epochs: new Set() }
  const thief = { group, member: copyMember(start), loot }
  for (const message of world.log) if (message.kind === 'words') tryOn(world, thief, message)
  for (const message of world.log) if (message.kind !== 'commit' || line.has(message.next)) tryOn(world, thief, message)
  group.close()
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
function closedTo(member: Member, history: readonly Epoch[]): Set<Epoch> {
  const start = history.indexOf(member.epoch)
  const after = start < 0 ? [] : history.slice(0, start).reverse()
  const first = member.status === 'removed' ? 0 : after.findIndex(({ by }) => shutsOut(member, by!))
  return new Set(first < 0 ? [] : after.slice(first))
}

type Stolen = Pick<Snapshot, 'member' | 'heard'>

/** A state is tried along a history, and is worth no more than it may be. */
function expectSecrecy(world: World, group: Group, { member, heard }: Stolen, history: readonly Epoch[]): void {
  const { words, epochs } = plunder(world, group, member, new Set(history))
  const closed = closedTo(member, history)
  const before = new Set(historyOf(member.since).slice(1))
  for (const each of words) {
    insist(!heard.has(each), 'forward secrecy: what had been read is read again')
    insist(!closed.has(each.epoch), 'post-compromise security: a state is worth something after it was renewed')
    insist(!before.has(each.epoch), 'a newcomer reads what was said before')
  }
  for (const epoch of epochs) insist(!closed.has(epoch), 'a state follows beyond a renewal')
  if (closed.size > 0) world.tally.add('attack: shut out')
  if (words.size > 0) world.tally.add('attack: read something')
  if (epochs.size > 0) world.tally.add('attack: followed')
}

/** The stolen group, as it is and as it was, along what became of it. */
function tryGroup(world: World, { of, client, snapshots }: Theft, head: Epoch): void {
  const histories = [historyOf(head)]
  if (!histories[0]!.includes(of.epoch)) histories.push(historyOf(of.epoch))
  for (const history of histories) {
    snapshots.forEach((snapshot, age) => {
      const group = world.load(world.personOf(of).load(client), snapshot.member, snapshot.parts)
      expectSecrecy(world, group, snapshot, history)
      if (age > 0) world.tally.add('attack: by an earlier state')
    })
  }
}

/** The stolen client opens the Welcomes that its key packages are for, and no other. */
function tryWelcomes(world: World, { of, client, keyPackages }: Theft, head: Epoch): void {
  const person = world.personOf(of)
  let isIn = false
  for (const commit of world.welcomes.keys()) {
    const add = commit.list.find(({ wish }) => wish.type === 'add' && wish.person === person.id)?.wish
    if (add?.type !== 'add') continue
    const refused = knowsPsks(person, commit) ? undefined : 'unknown-psk'
    const code = keyPackages.has(add.keyPackage) ? refused : 'no-key-package'
    const group = world.expectRefusal(code, () => openWelcome(world, person.load(client), commit))
    world.tally.add(group === undefined ? 'attack: no Welcome' : 'attack: opened a Welcome')
    if (group === undefined || isIn) continue
    isIn = true
    const leaf =
      commit.added[commit.list.filter(({ wish }) => wish.type === 'add').findIndex(({ wish }) => wish === add)]!
    const history = historyOf(head)
    const along = history.includes(commit.next) ? history : historyOf(commit.next)
    expectSecrecy(world, group, { member: newMember(person.id, leaf, commit.next), heard: new Set() }, along)
  }
}

/** All that was stolen, and the last states of all who were removed, are tried on everything. */
export function attack(world: World, { head }: Service): void {
  for (const member of world.members)
    if (member.status === 'removed' && member.since !== member.epoch) world.steal(member)
  for (const theft of world.thefts) {
    tryGroup(world, theft, head)
    tryWelcomes(world, theft, head)
  }
  for (const member of world.members) {
    const before = new Set(historyOf(member.since).slice(1))
    for (const each of world.heard.get(member)!) {
      if (each.kind === 'words') insist(!before.has(each.epoch), 'a newcomer reads what was said before')
    }
  }
}
