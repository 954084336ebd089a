/** Members, prekeys, channels and groups for the tests, all from one seed. */
import { shake256 } from '@noble/hashes/sha3.js'
import { expect } from 'vitest'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import type { RandomSource } from '../../src/base/random.ts'
import { createProvider } from '../../src/crypto/index.ts'
import type { CryptoProvider } from '../../src/crypto/provider.ts'
import {
  createPairwiseSuite,
  PairwiseChannels,
  PairwiseGroup,
  PairwiseMember,
  type PairwiseParty,
  PairwisePreKeys,
  type PreKeyBundle,
} from '../../src/pairwise/index.ts'

/** A source that gives the same bytes for the same seed. */
export function seededRandom(seed: string): RandomSource {
  const stream = shake256.create({}).update(utf8(seed))
  return out => {
    stream.xofInto(out)
  }
}

export const seededProvider = (seed: string): CryptoProvider => createProvider({ random: seededRandom(seed) })

/** Somebody with keys, prekeys and channels. */
export interface Person extends PairwiseParty {
  readonly id: Uint8Array
  readonly channels: PairwiseChannels
  /** What the delivery service hands out. */
  bundle(oneTime?: boolean): PreKeyBundle
}

export function person(name: string, provider: CryptoProvider = seededProvider(name)): Person {
  const suite = createPairwiseSuite(provider)
  const member = PairwiseMember.generate(suite, utf8(name))
  const prekeys = new PairwisePreKeys(suite, member)
  let signedPrekey = prekeys.rotate()
  const rotate = prekeys.rotate.bind(prekeys)
  prekeys.rotate = () => (signedPrekey = rotate())
  const party: PairwiseParty = { suite, member, prekeys, authenticate: () => true }
  return {
    ...party,
    id: member.identity.id,
    channels: new PairwiseChannels(party),
    bundle: (oneTime = true) => ({
      identity: member.identity,
      signedPrekey,
      oneTimePrekey: oneTime ? prekeys.publish(1)[0] : undefined,
    }),
  }
}

export const partyOf = ({ suite, member, prekeys, authenticate }: Person): PairwiseParty => ({
  suite,
  member,
  prekeys,
  authenticate,
})

/** What an attacker has who copies everything that a member stores. */
export function steal(victim: Person): PairwiseChannels {
  const prekeys = PairwisePreKeys.load(victim.suite, victim.member, victim.prekeys.save())
  return PairwiseChannels.load({ ...partyOf(victim), prekeys }, victim.channels.save())
}

/** Two people, the first of whom has opened a session with the second. */
export function pair(seed = 'pair', oneTime = true): [Person, Person] {
  const alice = person(`${seed} alice`)
  const bob = person(`${seed} bob`)
  alice.channels.connect(bob.bundle(oneTime))
  return [alice, bob]
}

/** Sends and receives one text; gives the packet back. */
export function say(from: Person, to: Person, text: string): Uint8Array {
  const packet = from.channels.send(to.id, utf8(text))
  expect(read(to.channels, from.id, packet)).toBe(text)
  return packet
}

/** The text of a packet. */
export const read = (channels: PairwiseChannels, from: Uint8Array, packet: Uint8Array): string =>
  new TextDecoder().decode(channels.receive(from, packet))

/** Checks that somebody cannot read a packet. */
export function expectUnreadable(channels: PairwiseChannels, from: Uint8Array, packet: Uint8Array): void {
  expect(() => channels.receive(from, packet)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^(invalid-tag|generation-consumed|unknown-session)$/) }),
  )
}

/** Checks that a call throws with this code and leaves everything that somebody stores as it was, byte by byte. */
export function expectRefused(who: Person, code: string, attempt: () => unknown): void {
  const before = toHex(who.channels.save()) + toHex(who.prekeys.save())
  expect(attempt).toThrow(expect.objectContaining({ code }))
  expect(toHex(who.channels.save()) + toHex(who.prekeys.save())).toBe(before)
}

/** n people, each with a session with every other, and a group of all of them. */
export function groupOf(n: number, seed = 'group') {
  const people = Array.from({ length: n }, (_, i) => person(`${seed} ${i}`))
  people.forEach((someone, i) => {
    for (const other of people.slice(i + 1)) someone.channels.connect(other.bundle())
  })
  // the first message of the one who opened makes the session known to the other
  people.forEach((someone, i) => {
    for (const other of people.slice(i + 1)) say(someone, other, 'hello')
  })
  const members = people.map(({ id }) => id)
  const groups = people.map(({ channels }) => new PairwiseGroup({ channels, groupId: utf8(seed), members }))
  return { people, groups, members }
}

/** Keys whose shared secret is zero with everybody, in every encoding. */
export const LOW_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  `${'00'.repeat(31)}80`,
].map(fromHex)

/** Other encodings of keys that have a proper one: at or above 2^255 - 19, or with the top bit set. */
export const NON_CANONICAL = [`f0${'ff'.repeat(30)}7f`, `${'ff'.repeat(31)}7f`, `09${'00'.repeat(30)}80`].map(fromHex)

/** The coordinate of a point of large order on the twist: nobody has a private key for it. */
export const ON_TWIST = fromHex(`02${'00'.repeat(31)}`)

/** Bytes with one bit changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice()
  out.set([out.at(at)! ^ 1], at < 0 ? out.length + at : at)
  return out
}
