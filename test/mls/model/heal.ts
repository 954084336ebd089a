/** The network heals: all who are members find together again by what the protocol offers, without anything cleaned up by hand. */
import { expect } from 'vitest'
import { commit, say } from './acts.ts'
import { join, joinByOneself } from './joining.ts'
import type { Service } from './service.ts'
import { LIMITS, type Member } from './state.ts'
import type { World } from './world.ts'

export const PSKS = ['psk a', 'psk b']

const PLAIN = { wishes: [], path: true, received: true, tree: 'inside', newKey: false } as const

/** Somebody who is in the present epoch. Whoever made the last commit is, at the latest by its echo. */
function hostOf(world: World, service: Service): Member | undefined {
  return world.membersAt(service.head)[0]
}

function everybodyCatchesUp(world: World, service: Service): void {
  for (const member of [...world.members]) if (member.status === 'active') service.catchUp(member)
}

/** Those who have a seat and nobody in it: their Welcome was lost, or they lost their way. */
function emptySeats(world: World, { head }: Service): { person: number; leaf: number }[] {
  const here = new Set(world.membersAt(head).map(({ leaf }) => leaf))
  return head.seats.flatMap((seat, leaf) =>
    seat === undefined || here.has(leaf) ? [] : [{ person: seat.person, leaf }],
  )
}

/** Why a member of the present epoch may be missing. Anything else is a wedge. */
function isExcused(world: World, { line, head }: Service, { person, leaf }: { person: number; leaf: number }): boolean {
  const selves = world.members.filter(each => each.person === person && each.leaf === leaf)
  const self = selves.at(-1)
  // it never opened its Welcome
  if (self === undefined || self.status === 'removed') return true
  const next = line.find(({ epoch }) => epoch === self.epoch)
  // it took a commit for the winner that was not, or its history has left the line
  if (next === undefined) return self.epoch !== head
  // it gave up a commit of its own that won all the same
  if (next.leaf === self.leaf) return true
  // it had no room for a proposal, or made room by forgetting one
  if (
    self.cache.size >= LIMITS.maxProposals &&
    next.list.some(({ from }) => from !== undefined && !self.cache.has(from))
  ) {
    return true
  }
  // its state is too young for a key of a past epoch
  return next.list.some(({ wish }) => wish.type === 'resumption_psk')
}

function bringBack(world: World, service: Service): boolean {
  for (const seat of emptySeats(world, service)) {
    expect(isExcused(world, service, seat), `somebody is stuck: ${seat.person} at ${seat.leaf}`).toBe(true)
    const host = hostOf(world, service)
    if (host === undefined) return false
    const { member, commit: made } = joinByOneself(world, world.people[seat.person]!, {
      host,
      former: seat.leaf,
      psk: undefined,
    })
    service.decide({ commit: made, by: member })
    everybodyCatchesUp(world, service)
  }
  return true
}

/** Everybody says something, and everybody else reads it. */
export function talk(world: World, service: Service): void {
  const present = world.membersAt(service.head)
  for (const speaker of present) {
    const words = say(world, speaker)
    expect(words, 'somebody cannot speak').toBeDefined()
    for (const listener of present) {
      if (listener !== speaker) expect(world.deliver(listener, words!).kind).toBe('words')
    }
  }
}

/** Whether the group lives on. It cannot where nobody is left who could show newcomers in. */
export function heal(world: World, service: Service): boolean {
  for (const person of world.people) for (const psk of PSKS) person.known.add(psk)
  for (const offer of service.offers.splice(0)) service.decide(offer)
  everybodyCatchesUp(world, service)
  for (const invitation of world.invitations.splice(0)) join(world, invitation)
  everybodyCatchesUp(world, service)
  if (!bringBack(world, service)) return false
  // whoever was left with proposals to commit cannot speak before it does
  const eager = world.membersAt(service.head).find(({ cache, aside }) => cache.size > aside.size)
  if (eager !== undefined) {
    service.decide({ commit: commit(world, eager, PLAIN)!, by: eager })
    everybodyCatchesUp(world, service)
    for (const invitation of world.invitations.splice(0)) join(world, invitation)
    if (!bringBack(world, service)) return false
  }
  const present = world.membersAt(service.head)
  expect(present.map(({ leaf }) => leaf).sort((a, b) => a - b)).toEqual(
    service.head.seats.flatMap((seat, leaf) => (seat === undefined ? [] : [leaf])),
  )
  service.expectInStep(present[0]!)
  for (const each of present) {
    const readable = new Set([each.epoch, ...each.past])
    for (const late of world.log) if (late.kind === 'words' && readable.has(late.epoch)) world.deliver(each, late)
  }
  talk(world, service)
  world.tally.add('healed')
  return true
}
