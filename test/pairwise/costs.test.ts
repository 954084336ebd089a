/** Counters of pairwise channels against the cost formulas, and the group made of them. */
import { describe, expect, it } from 'vitest'
import { EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { createPairwiseSuite, PairwiseChannels, PairwiseGroup, PairwiseMember } from '../../src/pairwise/index.ts'
import { groupOf, pair, person, seededRandom } from './world.ts'

const ENVELOPE = 1 + 8 + 32 + 4 + 4 + 16
const lengthOf = (content: number): number => (content < 64 ? 1 : 2)
const bytesOf = (text: number): number => ENVELOPE + lengthOf(text + 16) + text

/** One counted member in a group of n whose others share one set of keys: they are never asked anything. */
function partlyReal(n: number) {
  const counting = countOperations(createProvider({ random: seededRandom('pairwise costs') }))
  const suite = createPairwiseSuite(counting)
  const member = PairwiseMember.generate(suite, utf8('counted'))
  const other = person('others')
  const shared = other.bundle()
  const names = Array.from({ length: n - 1 }, (_, i) => utf8(`member ${i}`))
  const channels = new PairwiseChannels({ suite, member, prekeys: other.prekeys, authenticate: () => true })
  const bundles = names.map(id => ({ ...shared, identity: { ...shared.identity, id } }))
  const group = new PairwiseGroup({ channels, groupId: utf8('costs'), members: [member.identity.id, ...names] })
  return { counting, channels, bundles, group }
}

describe.each([2, 3, 4, 8, 16, 64, 256, 1000])('costs of %i members', n => {
  it('M43, A08, A30: creating costs 4 shared secrets per pair, a message n - 1 encryptions', () => {
    const { counting, channels, bundles, group } = partlyReal(n)
    const creating = counting.during(() => {
      for (const bundle of bundles) channels.connect(bundle)
    })
    expect(creating).toMatchObject({ dh: 4 * (n - 1), base: n - 1, verify: n - 1, sign: 0, aead: 0 })
    // the first message turns every ratchet, the ones after it turn none: iMessage's 2n operations are the worst case here
    const first = counting.during(() => group.send(new Uint8Array(32)))
    expect(first).toMatchObject({ dh: n - 1, base: n - 1, sign: 0, verify: 0, aead: n - 1 })
    expect(first.dh + first.base).toBe(2 * (n - 1))
    let packets!: ReturnType<typeof group.send>
    const second = counting.during(() => {
      packets = group.send(new Uint8Array(32))
    })
    expect(second).toMatchObject({ dh: 0, base: 0, sign: 0, verify: 0, aead: n - 1, hash: 0 })
    expect(packets).toHaveLength(n - 1)
  })
})

describe('packets', () => {
  it.each([0, 32, 47, 48, 1000])(
    'M46, A08: a text of %i bytes takes 65 bytes and a length more, for each receiver',
    text => {
      const [alice, bob] = pair('bytes of packets')
      bob.channels.receive(alice.id, alice.channels.send(bob.id, EMPTY))
      alice.channels.receive(bob.id, bob.channels.send(alice.id, EMPTY))
      expect(alice.channels.send(bob.id, new Uint8Array(text)).length).toBe(bytesOf(text))
    },
  )

  it('M46: 100,000 members and 1 kB of text: 99,999 encryptions and 100 MB and a bit, by the formula', () => {
    const receivers = 100_000 - 1
    expect(bytesOf(32)).toBe(98)
    expect(receivers * bytesOf(1000)).toBe(106_698_933)
  })

  it('a turn of the ratchet costs one shared secret at either end and one new key', () => {
    const counting = countOperations(createProvider({ random: seededRandom('turns') }))
    const alice = person('turns alice', counting)
    const bob = person('turns bob', counting)
    const opening = counting.during(() => alice.channels.connect(bob.bundle(false)))
    expect(opening).toMatchObject({ dh: 3, base: 1, verify: 1 })
    const counts = (from: typeof alice, to: typeof bob) => {
      let packet!: Uint8Array
      const sent = counting.during(() => {
        packet = from.channels.send(to.id, EMPTY)
      })
      const received = counting.during(() => to.channels.receive(from.id, packet))
      return [sent.dh, sent.base, received.dh, received.base]
    }
    expect(counts(alice, bob)).toEqual([1, 1, 3 + 1, 0])
    expect(counts(alice, bob)).toEqual([0, 0, 0, 0])
    expect(counts(bob, alice)).toEqual([1, 1, 1, 0])
    expect(counts(alice, bob)).toEqual([1, 1, 1, 0])
  })
})

describe('groups', () => {
  it('M04, A31: every message reaches every other member through a channel of its own', () => {
    const { people, groups } = groupOf(6)
    for (let round = 0; round < 3; round++) {
      groups.forEach((group, sender) => {
        const text = utf8(`round ${round} of ${sender}`)
        const packets = group.send(text)
        expect(new Set(packets.map(({ packet }) => toHex(packet))).size).toBe(5)
        for (const { to, packet } of packets) {
          const at = people.findIndex(({ id }) => toHex(id) === toHex(to))
          expect(groups[at]!.receive(people[sender]!.id, packet)).toEqual(text)
        }
      })
    }
  })

  it('A31: with random senders a message costs (n - 1)/2 shared secrets in the mean', () => {
    const n = 8
    const counting = countOperations(createProvider({ random: seededRandom('mean') }))
    const people = Array.from({ length: n }, (_, i) => person(`mean ${i}`, counting))
    people.forEach((someone, i) => {
      for (const other of people.slice(i + 1)) someone.channels.connect(other.bundle())
    })
    const members = people.map(({ id }) => id)
    const groups = people.map(({ channels }) => new PairwiseGroup({ channels, groupId: utf8('mean'), members }))
    const speak = (sender: number): number => {
      let packets: ReturnType<PairwiseGroup['send']> = []
      const { dh } = counting.during(() => {
        packets = groups[sender]!.send(EMPTY)
      })
      for (const { to, packet } of packets)
        groups[members.findIndex(id => toHex(id) === toHex(to))]!.receive(members[sender]!, packet)
      return dh
    }
    for (let i = 0; i < n; i++) speak(i)
    const random = seededRandom('speakers')
    const order = new Uint8Array(400)
    random(order)
    const mean = order.reduce((sum, byte) => sum + speak(byte % n), 0) / order.length
    expect(Math.abs(mean - (n - 1) / 2)).toBeLessThan(0.35)
  })

  it('a member taken off the list gets nothing and is not heard; a name is in a group once', () => {
    const { people, groups, members } = groupOf(3, 'membership')
    const packets = groups[2]!.send(utf8('before'))
    groups[0]!.remove(members[2]!)
    expect(groups[0]!.send(EMPTY).map(({ to }) => toHex(to))).toEqual([toHex(members[1]!)])
    expect(() => groups[0]!.receive(members[2]!, packets[0]!.packet)).toThrow(
      expect.objectContaining({ code: 'unknown-sender' }),
    )
    expect(() => groups[0]!.remove(members[2]!)).toThrow(expect.objectContaining({ code: 'not-a-member' }))
    expect(() => groups[0]!.remove(members[0]!)).toThrow(expect.objectContaining({ code: 'wrong-argument' }))
    expect(() => groups[0]!.add(members[1]!)).toThrow(expect.objectContaining({ code: 'duplicate-member' }))
    expect(() => groups[0]!.add(EMPTY)).toThrow(expect.objectContaining({ code: 'wrong-argument' }))
    groups[0]!.add(members[2]!)
    const restored = PairwiseGroup.load(people[0]!.channels, groups[0]!.save())
    expect(restored.members).toEqual(groups[0]!.members)
    expect(restored.receive(members[2]!, packets[0]!.packet)).toEqual(utf8('before'))
    const other = new PairwiseGroup({ channels: people[1]!.channels, groupId: utf8('another group'), members })
    expect(() => other.receive(members[2]!, packets[1]!.packet)).toThrow(
      expect.objectContaining({ code: 'invalid-tag' }),
    )
    expect(
      () => new PairwiseGroup({ channels: people[0]!.channels, groupId: EMPTY, members: members.slice(1) }),
    ).toThrow(expect.objectContaining({ code: 'not-a-member' }))
  })

  it('sending to all succeeds or changes nothing', () => {
    const { people, groups } = groupOf(3, 'all or nothing')
    groups[0]!.add(utf8('a stranger'))
    const before = people[0]!.channels.save()
    expect(() => groups[0]!.send(utf8('m'))).toThrow(expect.objectContaining({ code: 'no-session' }))
    expect(people[0]!.channels.save()).toEqual(before)
  })
})
