/** Members who come and go, for the tests. */
import { ArtGroup, type SignedPreKey } from '../../src/art/index.ts'
import { sealMessage } from '../../src/art/messages.ts'
import type { GroupState } from '../../src/art/state.ts'
import { ArtPacket } from '../../src/art/wire.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { stateOf } from './forge.ts'
import { deliver, person, type World } from './world.ts'

export const stateIn = ({ groups, people }: World, i: number): GroupState => stateOf(groups[i]!, people[i]!)

/** Adds somebody new and lets them join; returns their leaf. */
export function addPerson(world: World, adder: number, name: string): number {
  const newcomer = person(world.suite, name)
  const { identity, prekey } = newcomer.invite()
  const { add, welcome } = world.groups[adder]!.add(identity, prekey)
  deliver(world.groups, world.groups[adder]!, add)
  const joined = ArtGroup.join({ ...newcomer, policy: world.policy }, welcome)
  const leaf = joined.ownIndex
  world.people[leaf] = newcomer
  world.groups[leaf] = joined
  return leaf
}

/** Fresh prekeys of all whom a removal concerns. */
export function prekeysFor(world: World, remover: number, removed: number): Map<number, SignedPreKey> {
  const leaves = world.groups[remover]!.prekeysToRemove(removed)
  return new Map(leaves.map(leaf => [leaf, world.people[leaf]!.prekey()]))
}

export function removePerson(world: World, remover: number, removed: number): void {
  const packet = world.groups[remover]!.remove(removed, prekeysFor(world, remover, removed))
  deliver(world.groups, world.groups[remover]!, packet)
}

/** A message under the keys of a state that is no group. */
export function sealedBy(state: GroupState): Uint8Array {
  return encode(ArtPacket, { type: 'message', message: sealMessage(state, state.messages, utf8('naive')) })
}
