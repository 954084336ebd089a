/** All that can happen in a run: drawn at random, and left out one by one where a run that fails is made smaller. */
import { accept, commit, propose, reject, say, setAside } from './acts.ts'
import { heal, PSKS } from './heal.ts'
import { addWish, type Death, join, joinByOneself, proposeOutside } from './joining.ts'
import type { Service } from './service.ts'
import type { Member, Wish } from './state.ts'
import type { World } from './world.ts'

/** Numbers that an action makes its choices by. */
export type Choices = readonly [number, number, number, number]

export interface Run {
  readonly world: World
  readonly service: Service
  /** Whether nobody is left who could let others in. */
  isOver: boolean
}

const MOST_MEMBERS = 7
const MOST_THEFTS = 4

function pick<T>(from: readonly T[], choice: number): T | undefined {
  return from[choice % Math.max(from.length, 1)]
}

const isActive = ({ status }: Member): boolean => status === 'active'

/** Somebody who takes part; those who were removed are asked now and then, to be refused. */
function somebody({ world }: Run, choice: number): Member {
  const able = world.members.filter(isActive)
  return choice % 16 === 15 ? pick(world.members, choice)! : (pick(able, choice) ?? world.members[0]!)
}

function isSeated(run: Run, person: number): boolean {
  const { head } = run.service
  return head.seats.some(seat => seat?.person === person) || run.service.offers.some(({ by }) => by.person === person)
}

function stranger(run: Run, choice: number, member: Member) {
  const free = run.world.people.filter(
    ({ id }) => !isSeated(run, id) && member.epoch.seats.every(seat => seat?.person !== id),
  )
  return pick(free, choice)
}

function full({ seats }: Member['epoch']): boolean {
  return seats.filter(seat => seat !== undefined).length >= MOST_MEMBERS
}

function addOf(run: Run, member: Member, choice: number): Wish | undefined {
  if (full(member.epoch)) return undefined
  // now and then somebody who is there already
  const seat = choice % 13 === 12 ? pick(member.epoch.seats, choice) : undefined
  const present = seat && run.world.people[seat.person]!
  if (present !== undefined && present.key === seat?.key) return addWish(run.world, present, false)
  const person = stranger(run, choice, member)
  return person && addWish(run.world, person, choice % 3 === 0)
}

/** A key that all have: otherwise newcomers would be left behind, which happens now and then. */
function resumptionOf({ world }: Run, member: Member, choice: number): Wish {
  const here = world.membersAt(member.epoch)
  const common = member.resumption.filter(epoch => here.every(each => each.resumption.includes(epoch)))
  return { type: 'resumption_psk', epoch: pick(choice % 8 === 7 ? member.resumption : common, choice) ?? member.epoch }
}

/** A wish that may be in a commit by value. */
function wishFor(run: Run, member: Member, kind: number, choice: number): Wish | undefined {
  const { seats } = member.epoch
  switch (kind % 8) {
    case 0:
    case 1:
      return addOf(run, member, choice)
    case 2: {
      const others = seats.flatMap((seat, leaf) => (seat !== undefined && leaf !== member.leaf ? [leaf] : []))
      // now and then oneself, or nobody
      if (choice % 11 === 10) return { type: 'remove', leaf: choice % 2 === 0 ? member.leaf : seats.length + 1 }
      return others.length < 2 ? undefined : { type: 'remove', leaf: pick(others, choice)! }
    }
    case 3:
      return { type: 'external_psk', name: pick(PSKS, choice)! }
    case 4:
      return resumptionOf(run, member, choice)
    case 5:
      return { type: 'extensions', tag: `tag ${choice}` }
    case 6:
      return { type: 'custom', tag: `custom ${choice}` }
    default:
      return undefined
  }
}

function proposeAction(run: Run, [who, kind, choice]: Choices): void {
  const member = somebody(run, who)
  const own: readonly Wish['type'][] = ['update', 'update', 'self_remove']
  const type = own[kind % 9]
  const seated = member.epoch.seats.filter(seat => seat !== undefined).length
  if (type === 'update' || (type === 'self_remove' && seated > 2)) {
    propose(run.world, member, { type, leaf: member.leaf } as Wish)
    return
  }
  const wish = wishFor(run, member, kind, choice)
  if (wish !== undefined) propose(run.world, member, wish)
}

function commitAction(run: Run, [who, kinds, choice, how]: Choices): void {
  const member = somebody(run, who)
  const wishes = [
    wishFor(run, member, kinds, choice),
    kinds % 3 === 0 ? wishFor(run, member, kinds >> 3, choice >> 1) : undefined,
  ]
  const commits = commit(run.world, member, {
    wishes: wishes.filter(wish => wish !== undefined),
    path: (how & 1) === 0,
    received: how % 5 !== 4,
    tree: (how & 2) === 0 ? 'inside' : 'apart',
    newKey: how % 7 === 6,
  })
  if (commits === undefined) return
  run.service.offers.push({ commit: commits, by: member })
  // mostly the service answers at once
  if ((how & 8) === 0) decideAction(run, [run.service.offers.length - 1, 0, 0, 0])
}

function decideAction({ service }: Run, [which]: Choices): void {
  if (service.offers.length === 0) return
  service.decide(service.offers.splice(which % service.offers.length, 1)[0]!)
}

/** The network delivers something from among what is on its way, and may do so again later. */
function deliverAction({ world }: Run, [who, which, again]: Choices): void {
  const waiting = world.members.filter(member => world.inbox.get(member)!.length > 0)
  const member = pick(waiting, who)
  if (member === undefined) return
  const inbox = world.inbox.get(member)!
  const index = which % 4 === 0 ? which % inbox.length : 0
  const message = inbox[index]!
  if (again % 8 === 7) world.tally.add('delivered twice')
  else inbox.splice(index, 1)
  world.deliver(member, message)
}

function loseAction({ world }: Run, [who, which]: Choices): void {
  const member = pick(world.members, who)!
  const inbox = world.inbox.get(member)!
  if (inbox.length === 0) return
  inbox.splice(which % inbox.length, 1)
  world.tally.add('message lost')
}

/** Somebody says a lot, and the last of it reaches somebody else first. */
function chatterAction(run: Run, [who, count, to]: Choices): void {
  const speaker = somebody(run, who)
  const words = Array.from({ length: 2 + (count % 8) }, () => say(run.world, speaker)).at(-1)
  const listener = pick(run.world.membersAt(speaker.epoch), to)
  if (words !== undefined && listener !== undefined) run.world.deliver(listener, words)
}

/** Any old message comes again, to anybody. */
function replayAction({ world }: Run, [who, which]: Choices): void {
  const message = pick(world.log, which)
  if (message !== undefined) world.deliver(pick(world.members, who)!, message)
}

function outsideAction(run: Run, [who, kind, choice]: Choices): void {
  const host = run.world.membersAt(run.service.head)[0]
  if (host === undefined || full(host.epoch)) return
  const { groupId } = run.world.groupOf(host)
  const leaf = pick(
    host.epoch.seats.flatMap((seat, at) => (seat === undefined ? [] : [at])),
    choice,
  )!
  const person = stranger(run, who, host)
  const few = host.epoch.seats.filter(seat => seat !== undefined).length <= 2
  if (kind % 3 === 0 && !few) proposeOutside(run.world, host.epoch, groupId, { type: 'remove', leaf })
  else if (person !== undefined) proposeOutside(run.world, host.epoch, groupId, addWish(run.world, person, false))
}

/** Now and then. */
const DEATHS: readonly Death[] = ['before the group', 'before the group', 'before the client', 'before the client']

function joinAction({ world }: Run, [which, how]: Choices): void {
  if (world.invitations.length === 0) return
  const [invitation] = world.invitations.splice(which % world.invitations.length, 1)
  join(world, invitation!, DEATHS[how % 8])
}

function joinAloneAction(run: Run, [who, resync, psk, how]: Choices): void {
  const { world, service } = run
  const host = pick(world.membersAt(service.head), who)
  if (host === undefined) return
  const seat = pick(
    host.epoch.seats.flatMap((each, leaf) => (each === undefined || leaf === host.leaf ? [] : [{ ...each, leaf }])),
    resync,
  )
  const again = resync % 3 === 0 && seat !== undefined
  const person = again ? world.people[seat.person]! : stranger(run, resync, host)
  if (person === undefined || (!again && full(host.epoch))) return
  if (service.offers.some(({ by }) => by.person === person.id)) return
  const known = pick([...person.known], psk)
  const joined = joinByOneself(world, person, {
    host,
    former: again ? seat.leaf : undefined,
    psk: psk % 3 === 0 ? known : undefined,
  })
  service.offers.push({ commit: joined.commit, by: joined.member })
  if ((how & 1) === 0) decideAction(run, [service.offers.length - 1, 0, 0, 0])
}

/** Somebody else is given a commit that the service has not decided about. */
function leakAction({ world, service }: Run, [which, who]: Choices): void {
  const offer = pick(service.offers, which)
  const member = pick(world.members.filter(isActive), who)
  if (offer === undefined || member === undefined) return
  world.tally.add('leaked')
  world.deliver(member, offer.commit)
}

export const ACTIONS = {
  say: (run: Run, [who]: Choices) => void say(run.world, somebody(run, who)),
  chatter: chatterAction,
  propose: proposeAction,
  commit: commitAction,
  decide: decideAction,
  deliver: deliverAction,
  lose: loseAction,
  replay: replayAction,
  outside: outsideAction,
  join: joinAction,
  joinAlone: joinAloneAction,
  leak: leakAction,
  accept: (run: Run, [who]: Choices) => accept(run.world, somebody(run, who)),
  giveUp: (run: Run, [who]: Choices) => reject(run.world, somebody(run, who)),
  catchUp: (run: Run, [who]: Choices) => void run.service.catchUp(somebody(run, who)),
  setAside: (run: Run, [who, which]: Choices) => {
    const member = somebody(run, who)
    const proposal = pick(
      [...member.cache].filter(each => !member.aside.has(each)),
      which,
    )
    if (member.status === 'active' && proposal !== undefined) setAside(run.world, member, proposal)
  },
  loseInvitation: ({ world }: Run, [which]: Choices) => {
    if (world.invitations.length > 0) world.invitations.splice(which % world.invitations.length, 1)
  },
  restart: (run: Run, [who, how]: Choices) => run.world.restart(somebody(run, who), how),
  restartService: ({ service }: Run) => service.restart(),
  /** Later: when it has done something. */
  die: (run: Run, [who]: Choices) => {
    run.world.storeOf(somebody(run, who)).dies = true
  },
  tidy: (run: Run, [who, how]: Choices) => {
    const member = somebody(run, who)
    if (how % 3 === 0) run.world.storeOf(member).writesWhole = true
    else run.world.tidy(member, how % 3 === 1 ? 'fresh' : 'compacted')
  },
  steal: (run: Run, [who]: Choices) => {
    if (run.world.thefts.length < MOST_THEFTS) run.world.steal(somebody(run, who))
  },
  tell: ({ world }: Run, [who, which]: Choices) => void pick(world.people, who)!.known.add(pick(PSKS, which)!),
  heal: (run: Run) => {
    run.isOver = !heal(run.world, run.service)
  },
} as const

export type ActionName = keyof typeof ACTIONS
