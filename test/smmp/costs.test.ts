/** Counters of both profiles against the cost formulas. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { EMPTY, utf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { Writer } from '../../src/codec/writer.ts'
import { FORMULAS } from '../../src/compare/index.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { HistoricalGroup } from '../../src/smmp/historical.ts'
import { createSmmpSuite, SmmpGroup, SmmpIdentity, SmmpOrganizer, SmmpParticipant } from '../../src/smmp/index.ts'
import { Routed } from '../../src/smmp/wire.ts'
import { seededRandom } from '../pairwise/world.ts'
import { fixedGroups, historicalGroups, runSetup, say, sayHistorical, seededSuite } from './world.ts'

const SIZES = [2, 3, 4, 8, 16, 64, 256, 1000]
const vectorHeader = (length: number): number => (length < 64 ? 1 : length < 16384 ? 2 : 4)
const vectorSize = (length: number): number => vectorHeader(length) + length

const counting = countOperations(createProvider({ random: seededRandom('smmp costs') }))
const suite = createSmmpSuite(counting)

/** Ratchet keys of n members. */
function ratchetKeys(n: number): { privateKeys: Uint8Array[]; publicR: Uint8Array } {
  const random = seededRandom(`ratchet keys ${n}`)
  const all = new Uint8Array(32 * n)
  random(all)
  const privateKeys = Array.from({ length: n }, (_, i) => all.slice(32 * i, 32 * (i + 1)))
  return { privateKeys, publicR: suite.dh.publicKeyMany(ByteList.fixed(all, 32)) }
}

/** One member of a group of the fixed profile whose pairs all have one key: too large to set up in a test. */
function fixedMember(n: number, own: number): SmmpGroup {
  const { privateKeys, publicR } = ratchetKeys(n)
  const writer = new Writer()
  writer.uint8(1)
  writer.opaque(utf8('group'))
  writer.raw(new Uint8Array(32).fill(1))
  writer.uint16(own)
  writer.uint64(3n)
  for (const field of [2, 3]) writer.raw(new Uint8Array(32).fill(field))
  writer.raw(privateKeys[own]!)
  writer.opaque(publicR)
  writer.opaque(new Uint8Array(32 * n).fill(4))
  for (const flag of [0, 0]) writer.uint8(flag)
  return SmmpGroup.load(suite, writer.finish())
}

function historicalMember(n: number, own: number): HistoricalGroup {
  const { privateKeys, publicR } = ratchetKeys(n)
  const keys = Array.from({ length: n }, (_, i) => publicR.slice(32 * i, 32 * (i + 1)))
  const master = new Uint8Array(32).fill(5)
  return HistoricalGroup.create(suite, { groupName: EMPTY, master, own, r: privateKeys[own]!, publicR: keys })
}

describe.each(SIZES)('costs of %i members', n => {
  it.each([false, true])(
    'setup: the organizer 4N, a participant 4, and 3(N - 1) more where the profile is fixed; historical: %s',
    historical => {
      const options = { suite, groupId: utf8('g'), authenticate: () => true, unsafeHistorical: historical }
      let organizer!: SmmpOrganizer
      const making = counting.during(() => {
        organizer = new SmmpOrganizer({ ...options, n })
      })
      expect(making).toMatchObject({ dh: 0, base: 2 })
      let identity!: SmmpIdentity
      expect(counting.during(() => void (identity = SmmpIdentity.generate(suite)))).toMatchObject({ base: 1, dh: 0 })
      const participantOf = (identity: SmmpIdentity) =>
        new SmmpParticipant({ ...options, identity, authenticateOrganizer: () => true })
      const counted = participantOf(identity)
      const hellos = organizer.hellos()
      let answers: Uint8Array[] = []
      const starting = counting.during(() => {
        answers = counted.receive(hellos[n - 1]!)
        for (const packet of answers) organizer.receive(packet)
      })
      // with the identity key three keys are made
      expect(starting).toMatchObject({ dh: 0, base: 2 })
      for (let i = 0; i < n - 1; i++) {
        for (const packet of participantOf(SmmpIdentity.generate(suite)).receive(hellos[i]!)) {
          organizer.receive(packet)
          // the historical profile sends identity keys to the organizer only
          const secret = historical && decode(Routed, packet).type === 'participant_keys'
          if (!secret) counted.receive(packet)
        }
      }
      let shares: Uint8Array[] = []
      const sharing = counting.during(() => {
        shares = organizer.shares()
      })
      expect(sharing).toMatchObject({ dh: 4 * n, base: 0, sign: 0, aead: 0 })
      let confirmations: Uint8Array[] = []
      const agreeing = counting.during(() => {
        confirmations = counted.receive(shares[n - 1]!)
      })
      expect(agreeing).toMatchObject({ dh: historical ? 4 : 4 + 3 * (n - 1), base: 0, sign: 0, verify: 0 })
      expect(agreeing.aead).toBe(historical ? 0 : n - 1)
      // the formulas of the comparison, which has whole groups of a few only
      const { create, update, add, remove } = FORMULAS[historical ? 'SMMP of 2014' : 'SMMP']!
      const organizing = making.base + starting.base
      // there the organizer also tells each of the others that it begins, for a multiplication at either end
      const dh = n - 1 + sharing.dh + agreeing.dh
      // as many confirmations are opened afterwards as are sealed here
      const setup = { dh, base: organizing, aead: 2 * agreeing.aead, receiverDh: 1 + agreeing.dh }
      expect(create!(n)).toMatchObject(setup)
      // every change is such an agreement of all who are there afterwards; one who goes is told as well
      expect(update!(n)).toMatchObject(setup)
      expect(add!(n - 1)).toMatchObject(setup)
      expect(remove!(n)).toMatchObject({ ...setup, dh: dh + 1 })
      // one that begins it; an organizer who is a participant sends itself no greeting, no share and, in the open, no keys
      const traffic = hellos.length + shares.length + n * (answers.length + confirmations.length)
      expect(create!(n).packets).toBe(1 + traffic - (historical ? 3 : 2))
    },
  )

  it('S16: historical: sending takes N shared secrets and a key, receiving 2, and N - 1 packets', () => {
    const [sender, receiver] = [historicalMember(n, 0), historicalMember(n, n - 1)]
    let packets: Uint8Array[] = []
    const sending = counting.during(() => {
      packets = sender.send(new Uint8Array(32))
    })
    expect(sending).toMatchObject({ dh: n, base: 1, sign: 0, aead: 2 * (n - 1) })
    expect(FORMULAS['SMMP of 2014']!.send!(n)).toMatchObject({ dh: n, base: 1, aead: 2 * (n - 1), packets: n - 1 })
    const boxes = 12 + vectorSize(34 + 16) + 12 + vectorSize(32 + 16)
    expect(packets).toHaveLength(n - 1)
    for (const packet of packets) expect(packet.length).toBe(3 + 1 + vectorSize(boxes + 32))
    // the formula's 126 bytes, and five to find the way
    expect(packets[0]!.length - 32).toBeLessThanOrEqual(126 + 6)
    expect(counting.during(() => receiver.receive(packets.at(-1)!))).toMatchObject({ dh: 2, base: 0, aead: 2 })
    sender.rkMode = 'reference'
    expect(counting.during(() => sender.send(EMPTY))).toMatchObject({ dh: n - 1 + n + 1, base: 1 })
  })

  it('fixed: sending takes N - 1 shared secrets and a key, receiving 1, and one packet', () => {
    const [sender, receiver] = [fixedMember(n, 0), fixedMember(n, n - 1)]
    let packet!: Uint8Array
    const sending = counting.during(() => {
      packet = sender.send(new Uint8Array(32))
    })
    expect(sending).toMatchObject({ dh: n - 1, base: 1, sign: 0, aead: n })
    expect(FORMULAS['SMMP']!.send!(n)).toMatchObject({ dh: n - 1, base: 1, aead: n, packets: 1, receiverDh: 1 })
    const inner = 8 + 2 + 16 + vectorSize(1 + 1 + 1 + 32 + 16) + vectorSize(48 * (n - 1))
    expect(packet.length).toBe(1 + 1 + vectorSize(inner))
    expect(packet.length - (32 + 16 + 48 * (n - 1))).toBeLessThanOrEqual(60)
    expect(counting.during(() => sender.accept())).toMatchObject({ dh: 0, base: 0, hash: 0, kdf: 0 })
    expect(counting.during(() => receiver.receive(packet))).toMatchObject({ dh: 1, base: 0, aead: 2, verify: 0 })
  })
})

describe('groups as a whole', () => {
  it.each([2, 5, 20])('S11, S32: %i members: 4N packets over an echo server, 5N where the profile is fixed', n => {
    expect(runSetup({ n, historical: true }).traffic).toHaveLength(4 * n)
    expect(runSetup({ n }).traffic).toHaveLength(5 * n)
  })

  it('S16: four members, as in the model: a message takes 4 + 6 shared secrets historically, 3 + 3 fixed', () => {
    const old = historicalGroups({ n: 4, suite })
    const historical = counting.during(() => void sayHistorical(old, 1, 'text'))
    expect(historical.dh).toBe(4 + 6)
    const groups = fixedGroups({ n: 4, suite })
    expect(counting.during(() => say(groups, 1, 'text'))).toMatchObject({ dh: 3 + 3, base: 1 })
  })

  it('S33: what twenty members pay grows with their number: a limit of the design', () => {
    const perMessage = [5, 10, 20].map(n => {
      const groups = fixedGroups({ n, suite: seededSuite(`growth ${n}`) })
      return say(groups, 0, 'text').length
    })
    expect(perMessage[1]! - perMessage[0]!).toBeGreaterThanOrEqual(48 * 5)
    expect(perMessage[2]! - perMessage[1]!).toBeGreaterThanOrEqual(48 * 10)
  })
})
