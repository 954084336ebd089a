/** Groups with sender keys over pairwise channels, all from one seed. */
import { expect } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { createProvider } from '../../src/crypto/index.ts'
import type { CryptoProvider } from '../../src/crypto/provider.ts'
import { type Addressed, createSenderKeysSuite, SenderKeyGroup } from '../../src/sender-keys/index.ts'
import { type Person, person, seededRandom, steal as stealChannels } from '../pairwise/world.ts'

export interface Speaker {
  readonly person: Person
  readonly id: Uint8Array
  readonly group: SenderKeyGroup
}

export interface World {
  readonly provider: CryptoProvider
  readonly speakers: Speaker[]
}

/** n members with pairwise sessions, and a group in which nobody has any sender key yet. */
export function worldOf(n: number, seed = 'sender keys', inner?: CryptoProvider): World {
  const provider = inner ?? createProvider({ random: seededRandom(seed) })
  const people = Array.from({ length: n }, (_, i) => person(`${seed} ${i}`, provider))
  connectAll(people)
  const members = people.map(({ id }) => id)
  return { provider, speakers: people.map(p => speakerOf(provider, p, members)) }
}

export function connectAll(people: readonly Person[], newcomers: readonly Person[] = people): void {
  people.forEach((someone, i) => {
    for (const other of people.slice(i + 1)) {
      if (newcomers.includes(someone) || newcomers.includes(other)) someone.channels.connect(other.bundle())
    }
  })
}

export function speakerOf(provider: CryptoProvider, someone: Person, members: readonly Uint8Array[]): Speaker {
  const suite = createSenderKeysSuite(provider)
  const { id, channels } = someone
  const group = new SenderKeyGroup({ suite, channels, own: id, groupId: utf8('group'), members })
  return { person: someone, id, group }
}

const withName = (speakers: readonly Speaker[], name: Uint8Array): Speaker =>
  speakers.find(({ id }) => toHex(id) === toHex(name))!

/** One member's key to all who lack it; gives the packets back. */
export function distribute(speakers: readonly Speaker[], from: Speaker): Addressed[] {
  const packets = from.group.distribute()
  for (const { to, packet } of packets) withName(speakers, to).group.receiveKey(from.id, packet)
  return packets
}

/** Everybody's keys to everybody; how many packets that took. */
export const distributeAll = (speakers: readonly Speaker[]): number =>
  speakers.reduce((sum, speaker) => sum + distribute(speakers, speaker).length, 0)

export const read = (group: SenderKeyGroup, from: Uint8Array, packet: Uint8Array): string =>
  new TextDecoder().decode(group.receive(from, packet))

/** One message that all read. */
export function say(speakers: readonly Speaker[], from: Speaker, text: string): Uint8Array {
  const packet = from.group.send(utf8(text))
  for (const speaker of speakers) if (speaker !== from) expect(read(speaker.group, from.id, packet)).toBe(text)
  return packet
}

/** What an attacker has who copies everything that a member stores. */
export function steal({ provider }: World, victim: Speaker): SenderKeyGroup {
  return SenderKeyGroup.load(createSenderKeysSuite(provider), stealChannels(victim.person), victim.group.save())
}

/** Checks that a call throws with this code and leaves everything that a member stores as it was, byte by byte. */
export function expectRefused({ group, person: { channels } }: Speaker, code: string, attempt: () => unknown): void {
  const before = toHex(group.save()) + toHex(channels.save())
  expect(attempt).toThrow(expect.objectContaining({ code }))
  expect(toHex(group.save()) + toHex(channels.save())).toBe(before)
}
