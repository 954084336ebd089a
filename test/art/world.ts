/** Members, prekeys and groups for the tests, all from one seed. */
import { shake256 } from '@noble/hashes/sha3.js'
import { expect } from 'vitest'
import {
  ArtGroup,
  type ArtSuite,
  createArtSuite,
  type Invitee,
  Member,
  type Party,
  type Policy,
  PreKeys,
  type SignedPreKey,
} from '../../src/art/index.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import type { RandomSource } from '../../src/base/random.ts'
import { createProvider } from '../../src/crypto/index.ts'

/** A source that gives the same bytes for the same seed. */
export function seededRandom(seed: string): RandomSource {
  const stream = shake256.create({}).update(utf8(seed))
  return out => {
    stream.xofInto(out)
  }
}

/** A suite whose randomness depends on the seed alone. */
export function seededSuite(seed: string): ArtSuite {
  return createArtSuite(createProvider({ random: seededRandom(seed) }))
}

/** Somebody with keys and prekeys, who may be in a group. */
export interface Person extends Party {
  readonly name: string
  /** Takes one of the person's published prekeys, as the delivery service would hand it out. */
  invite(): Invitee
  prekey(): SignedPreKey
}

export function person(suite: ArtSuite, name: string, prekeyCount = 4): Person {
  const member = Member.generate(suite, utf8(name))
  const prekeys = new PreKeys(suite)
  const published = prekeys.publish(member.signer, prekeyCount)
  const prekey = (): SignedPreKey => {
    if (published.length === 0) published.push(...prekeys.publish(member.signer, 4))
    return published.shift()!
  }
  return {
    name,
    suite,
    member,
    prekeys,
    authenticate: () => true,
    prekey,
    invite: () => ({ identity: member.identity, prekey: prekey() }),
  }
}

export interface World {
  readonly suite: ArtSuite
  readonly people: Person[]
  readonly groups: ArtGroup[]
  readonly setup: Uint8Array
  readonly policy: Partial<Policy>
}

/** A group of `n` members who have all joined; the first made it. */
export function worldOf(n: number, policy: Partial<Policy> = {}, seed = 'world', suite = seededSuite(seed)): World {
  const people = Array.from({ length: n }, (_, i) => person(suite, `member ${i}`))
  const invitees = people.slice(1).map(p => p.invite())
  const { group, setup } = ArtGroup.create({ ...people[0]!, groupId: utf8('group'), invitees, policy })
  const groups = [group, ...people.slice(1).map(p => ArtGroup.join({ ...p, policy }, setup))]
  return { suite, people, groups, setup, policy }
}

/** Delivers a packet to everybody in the group but its sender, who accepts it. */
export function deliver(groups: readonly ArtGroup[], sender: ArtGroup, packet: Uint8Array): void {
  for (const group of groups) {
    if (group === sender) group.accept()
    else if (group.active) group.receive(packet)
  }
}

/** One update, made and delivered. */
export function updateBy(groups: readonly ArtGroup[], sender: ArtGroup): Uint8Array {
  const packet = sender.update()
  deliver(groups, sender, packet)
  return packet
}

/** Checks that all have the same stage key. */
export function expectAgreement(groups: readonly ArtGroup[]): void {
  const active = groups.filter(group => group.active)
  const seen = new Set(active.map(group => `${group.stage} ${toHex(group.confirmation)}`))
  expect(seen.size).toBe(1)
}

/** Checks that a call throws with this code and leaves the groups as they were, byte by byte. */
export function expectRefused(group: ArtGroup, code: string, attempt: () => unknown): void {
  const before = toHex(group.save())
  expect(attempt).toThrow(expect.objectContaining({ code }))
  expect(toHex(group.save())).toBe(before)
}

/** The party of a person without the helpers of this file. */
export const partyOf = ({ suite, member, prekeys, authenticate }: Person): Party => ({
  suite,
  member,
  prekeys,
  authenticate,
})

/** What an attacker has who copies everything that a member stores. */
export function steal(group: ArtGroup, owner: Person): ArtGroup {
  const prekeys = PreKeys.load(owner.suite, owner.prekeys.save())
  return ArtGroup.load({ ...partyOf(owner), prekeys }, group.save())
}
