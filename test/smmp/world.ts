/** Organizer, participants and an echo server without keys, all from one seed. */
import { expect } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { createProvider } from '../../src/crypto/index.ts'
import type { CryptoProvider } from '../../src/crypto/provider.ts'
import {
  createSmmpSuite,
  type HistoricalGroup,
  type SmmpGroup,
  SmmpIdentity,
  SmmpOrganizer,
  SmmpParticipant,
  type SmmpSuite,
} from '../../src/smmp/index.ts'
import { Routed, TO_ORGANIZER } from '../../src/smmp/wire.ts'
import { seededRandom } from '../pairwise/world.ts'

export const seededSuite = (seed: string, provider?: CryptoProvider): SmmpSuite =>
  createSmmpSuite(provider ?? createProvider({ random: seededRandom(seed) }))

/** What somebody on the way may do with a packet: let it pass, change it, or drop it. */
export type OnTheWay = (packet: Uint8Array, from: number, to: number) => Uint8Array | undefined

/** Whom a packet reaches, as a server sees it that has no keys: it reads `Routed` and nothing else. */
export function receivers(packet: Uint8Array, from: number, n: number): number[] {
  const { to } = decode(Routed, packet)
  if (to.length > 0) return [(to[0]! << 8) | to[1]!]
  const all = [...Array.from({ length: n }, (_, i) => i), TO_ORGANIZER]
  return all.filter(i => i !== from)
}

export interface Setup {
  readonly suite: SmmpSuite
  readonly n: number
  readonly organizer: SmmpOrganizer
  readonly participants: SmmpParticipant[]
  readonly identities: SmmpIdentity[]
  /** Everything that the echo server saw. */
  readonly traffic: Uint8Array[]
}

export interface SetupOptions {
  readonly n: number
  readonly historical?: boolean
  readonly seed?: string
  readonly suite?: SmmpSuite
  readonly onTheWay?: OnTheWay
  readonly groupId?: Uint8Array
}

/** A whole key agreement, as far as it gets. */
export function runSetup(options: SetupOptions): Setup {
  const { n, historical = false, seed = 'smmp', onTheWay = packet => packet, groupId = utf8('group') } = options
  const suite = options.suite ?? seededSuite(seed)
  const identities = Array.from({ length: n }, () => SmmpIdentity.generate(suite))
  const common = { suite, groupId, unsafeHistorical: historical }
  const isB = (index: number, b: Uint8Array): boolean => toHex(identities[index]!.publicKey) === toHex(b)
  const organizer = new SmmpOrganizer({ ...common, n, authenticate: isB })
  const isU = (u: Uint8Array): boolean => toHex(u) === toHex(organizer.publicKey)
  const participants = identities.map(
    identity => new SmmpParticipant({ ...common, identity, authenticate: isB, authenticateOrganizer: isU }),
  )
  const traffic: Uint8Array[] = []
  let queue: [from: number, packet: Uint8Array][] = organizer.hellos().map(packet => [TO_ORGANIZER, packet])
  while (queue.length > 0) {
    const next: typeof queue = []
    for (const [from, sent] of queue) {
      traffic.push(sent)
      for (const to of receivers(sent, from, n)) {
        const packet = onTheWay(sent, from, to)
        if (packet === undefined) continue
        if (to !== TO_ORGANIZER)
          next.push(...participants[to]!.receive(packet).map(p => [to, p] as [number, Uint8Array]))
        else if (decode(Routed, packet).type !== 'confirm') organizer.receive(packet)
      }
    }
    if (organizer.complete && !traffic.some(packet => decode(Routed, packet).type === 'masked_share')) {
      next.push(...organizer.shares().map(packet => [TO_ORGANIZER, packet] as [number, Uint8Array]))
    }
    queue = next
  }
  return { suite, n, organizer, participants, identities, traffic }
}

export const fixedGroups = (options: SetupOptions): SmmpGroup[] => runSetup(options).participants.map(p => p.finish())

export const historicalGroups = (options: SetupOptions): HistoricalGroup[] =>
  runSetup({ ...options, historical: true }).participants.map(p => p.finishHistorical())

/** One message with its place, read by all. */
export function say(groups: readonly SmmpGroup[], sender: number, text: string): Uint8Array {
  const packet = groups[sender]!.send(utf8(text))
  for (const group of groups) {
    if (group === groups[sender]) group.accept()
    else expect(read(group, packet)).toBe(text)
  }
  return packet
}

export const read = (group: SmmpGroup, packet: Uint8Array): string =>
  new TextDecoder().decode(group.receive(packet).content)

/** One message of the historical profile, read by all. */
export function sayHistorical(groups: readonly HistoricalGroup[], sender: number, text: string): Uint8Array[] {
  const packets = groups[sender]!.send(utf8(text))
  for (const packet of packets) expect(readHistorical(groups[addressee(packet)]!, packet)).toBe(text)
  return packets
}

export const addressee = (packet: Uint8Array): number => receivers(packet, -1, 0)[0]!

/** The text of a packet, or what else it turned out to be. */
export function readHistorical(group: HistoricalGroup, packet: Uint8Array): string {
  const event = group.receive(packet)
  return event.type === 'message' || event.type === 'private'
    ? new TextDecoder().decode(event.content)
    : `(${event.type})`
}

/** Checks that a call throws with this code and leaves the group as it was, byte by byte. */
export function expectRefused(group: { save(): Uint8Array }, code: string, attempt: () => unknown): void {
  const before = toHex(group.save())
  expect(attempt).toThrow(expect.objectContaining({ code }))
  expect(toHex(group.save())).toBe(before)
}
