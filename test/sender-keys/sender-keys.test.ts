/** Sender keys: costs, policy, leaks, and everything that can be wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { createSenderKeysSuite, type PairChannels, SenderKeyGroup } from '../../src/sender-keys/index.ts'
import { MAX_FORWARD, MAX_KEPT } from '../../src/sender-keys/keys.ts'
import { SenderKeyMessage } from '../../src/sender-keys/wire.ts'
import { flipped, person, seededProvider, seededRandom } from '../pairwise/world.ts'
import { mutated, total } from '../support/hostile-bytes.ts'
import { recordSecrets } from '../support/recorded-secrets.ts'
import {
  connectAll,
  distribute,
  distributeAll,
  expectRefused,
  read,
  type Speaker,
  say,
  speakerOf,
  steal,
  worldOf,
} from './world.ts'

/** Channels that carry nothing and refuse nothing: for counting one member of a group too large to build. */
const UNUSED_CHANNELS: PairChannels = {
  sealMany: items => items.map(({ plaintext }) => new Uint8Array(plaintext)),
  open: (_from, packet, _context, use) => use(new Uint8Array(packet)),
}

describe.each([2, 3, 4, 8, 16, 64, 256, 1000])('costs of %i members', n => {
  const provider = countOperations(createProvider({ random: seededRandom('sender key costs') }))
  const names = Array.from({ length: n }, (_, i) => utf8(`member ${i}`))
  const groupOf = (own: Uint8Array) =>
    new SenderKeyGroup({
      suite: createSenderKeysSuite(provider),
      channels: UNUSED_CHANNELS,
      own,
      groupId: utf8('g'),
      members: names,
    })

  it('M44, A20, A22, A08: n - 1 pairwise sends for a key, one encryption for a message, n - 1 again for a rotation', () => {
    const sender = groupOf(names[0]!)
    const receiver = groupOf(names[n - 1]!)
    const packets = sender.distribute()
    expect(packets).toHaveLength(n - 1)
    expect(sender.distribute()).toEqual([])
    receiver.receiveKey(names[0]!, packets.at(-1)!.packet)
    let packet!: Uint8Array
    const sending = provider.during(() => {
      packet = sender.send(new Uint8Array(32))
    })
    expect(sending).toMatchObject({ dh: 0, base: 0, sign: 1, verify: 0, aead: 1, hash: 0 })
    const receiving = provider.during(() => receiver.receive(names[0]!, packet))
    expect(receiving).toMatchObject({ dh: 0, base: 0, sign: 0, verify: 1, aead: 1, hash: 0 })
    // group id, key id, index, ciphertext, signature: the same for any number of members
    expect(packet.length).toBe(2 + 4 + 4 + 1 + 32 + 16 + 64)
    sender.rotate()
    expect(sender.distribute()).toHaveLength(n - 1)
  })

  it('M45: a removal makes each of the n - 1 others send n - 2 pairwise packets', () => {
    // every remaining member does the same, so that counting the first, a middle one and the last counts them all
    for (const at of new Set([1, n >> 1, n - 1])) {
      const member = groupOf(names[at]!)
      member.distribute()
      member.remove(names[0]!)
      expect(member.distribute()).toHaveLength(n - 2)
    }
  })
})

describe('over pairwise channels', () => {
  it.each([2, 3, 5, 9])('M45, A20: %i members: n(n - 1) packets at first, (n - 1)(n - 2) on a removal', n => {
    const counting = countOperations(createProvider({ random: seededRandom('real') }))
    const { speakers } = worldOf(n, 'real', counting)
    let packets = 0
    const first = counting.during(() => {
      packets = distributeAll(speakers)
    })
    expect(packets).toBe(n * (n - 1))
    expect(first.aead).toBe(2 * n * (n - 1))
    speakers.forEach((speaker, i) => void say(speakers, speaker, `hello from ${i}`))
    const remaining = speakers.slice(1)
    for (const { group } of remaining) group.remove(speakers[0]!.id)
    const after = counting.during(() => {
      packets = distributeAll(remaining)
    })
    expect(packets).toBe((n - 1) * (n - 2))
    expect(after.aead).toBe(2 * (n - 1) * (n - 2))
    if (n > 2) say(remaining, remaining[0]!, 'without you')
  })

  it('A10, A28, A29: keys change on a removal and at no other time', () => {
    const world = worldOf(3, 'policy')
    const { speakers, provider } = world
    distributeAll(speakers)
    const keyIdOf = (packet: Uint8Array): number => decode(SenderKeyMessage, packet).keyId
    const first = keyIdOf(say(speakers, speakers[0]!, 'one'))
    for (let i = 0; i < 50; i++) say(speakers, speakers[i % 3]!, `text ${i}`)
    const newcomer = person('policy newcomer', provider)
    connectAll([...speakers.map(s => s.person), newcomer], [newcomer])
    for (const { group } of speakers) group.add(newcomer.id)
    const joined = speakerOf(provider, newcomer, [...speakers.map(({ id }) => id), newcomer.id])
    const all = [...speakers, joined]
    expectRefused(speakers[0]!, 'key-not-distributed', () => speakers[0]!.group.send(EMPTY))
    // one packet from each old member, and one from the newcomer to each
    expect(distributeAll(all)).toBe(3 + 3)
    expect(keyIdOf(say(all, speakers[0]!, 'two'))).toBe(first)
    const leaver = speakers[2]!
    const rest = [speakers[0]!, speakers[1]!, joined]
    for (const { group } of rest) group.remove(leaver.id)
    distributeAll(rest)
    const packet = say(rest, speakers[0]!, 'three')
    expect(keyIdOf(packet)).not.toBe(first)
    expectRefused(leaver, 'unknown-sender-key', () => leaver.group.receive(speakers[0]!.id, packet))
    expectRefused(joined, 'unknown-sender', () => joined.group.receive(leaver.id, leaver.group.send(EMPTY)))
  })

  it('a newcomer cannot read what was said before it came', () => {
    const { speakers, provider } = worldOf(2, 'newcomer')
    distributeAll(speakers)
    const before = say(speakers, speakers[0]!, 'before')
    const newcomer = person('newcomer itself', provider)
    connectAll([...speakers.map(s => s.person), newcomer], [newcomer])
    for (const { group } of speakers) group.add(newcomer.id)
    const joined = speakerOf(provider, newcomer, [...speakers.map(({ id }) => id), newcomer.id])
    distributeAll([...speakers, joined])
    expectRefused(joined, 'generation-consumed', () => joined.group.receive(speakers[0]!.id, before))
    say([...speakers, joined], speakers[0]!, 'after')
  })
})

describe('leaks', () => {
  it('M03, A06, A21: a leaked key reads every later message of its sender, until it is rotated', () => {
    const world = worldOf(3, 'leak')
    const { speakers } = world
    distributeAll(speakers)
    const old = say(speakers, speakers[0]!, 'old')
    const thief = steal(world, speakers[1]!)
    // forward secrecy: what was read is closed
    expect(() => read(thief, speakers[0]!.id, old)).toThrow(expect.objectContaining({ code: 'generation-consumed' }))
    // no post-compromise security: everybody may speak as long as they like
    for (let i = 0; i < 100; i++) {
      const sender = speakers[i % 3]!
      const packet = say(speakers, sender, `text ${i}`)
      if (sender !== speakers[1]) expect(read(thief, sender.id, packet)).toBe(`text ${i}`)
    }
    speakers[0]!.group.rotate()
    // through channels that have healed since: both ends have spoken
    say2(speakers)
    distribute(speakers, speakers[0]!)
    const healed = say(speakers, speakers[0]!, 'healed')
    expect(() => read(thief, speakers[0]!.id, healed)).toThrow(expect.objectContaining({ code: 'unknown-sender-key' }))
    // the others have not rotated
    expect(read(thief, speakers[2]!.id, say(speakers, speakers[2]!, 'open'))).toBe('open')
  })

  /** Lets all channels turn their ratchets twice. */
  function say2(speakers: readonly Speaker[]): void {
    for (let round = 0; round < 2; round++) {
      for (const from of speakers) {
        for (const to of speakers) {
          if (from !== to) to.person.channels.receive(from.id, from.person.channels.send(to.id, EMPTY))
        }
      }
    }
  }

  it('a thief who keeps listening to the channels gets the rotated key too, as long as they have not healed', () => {
    const world = worldOf(2, 'not healed')
    const { speakers } = world
    distributeAll(speakers)
    const thief = steal(world, speakers[1]!)
    speakers[0]!.group.rotate()
    const [packet] = distribute(speakers, speakers[0]!)
    thief.receiveKey(speakers[0]!.id, packet!.packet)
    expect(read(thief, speakers[0]!.id, say(speakers, speakers[0]!, 'still open'))).toBe('still open')
  })

  it("A21: with a sender's own state the thief speaks in its name; with a receiver's it does not", () => {
    const world = worldOf(3, 'impersonation')
    const { speakers } = world
    distributeAll(speakers)
    const forged = steal(world, speakers[0]!).send(utf8('not me'))
    expect(read(speakers[1]!.group, speakers[0]!.id, forged)).toBe('not me')
    // a fellow member knows the chain, and not the signature key: its own packets do not pass for another's
    const own = speakers[2]!.group.send(utf8('pretending'))
    expectRefused(speakers[1]!, 'unknown-sender-key', () => speakers[1]!.group.receive(speakers[0]!.id, own))
    const honest = speakers[0]!.group.send(utf8('honest'))
    const decoded = decode(SenderKeyMessage, honest)
    const changed = encode(SenderKeyMessage, { ...decoded, ciphertext: flipped(decoded.ciphertext, 0) })
    expectRefused(speakers[1]!, 'invalid-signature', () => speakers[1]!.group.receive(speakers[0]!.id, changed))
  })

  it('no secret outlives the group, on errors neither', () => {
    const recorded = recordSecrets(seededProvider('recorded sender keys'))
    const names = [utf8('a'), utf8('b')] as const
    const suite = createSenderKeysSuite(recorded.provider)
    const options = { suite, channels: UNUSED_CHANNELS, groupId: EMPTY, members: names }
    const [a, b] = names.map(own => new SenderKeyGroup({ ...options, own })) as [SenderKeyGroup, SenderKeyGroup]
    for (let round = 0; round < 3; round++) {
      b.receiveKey(names[0], a.distribute()[0]!.packet)
      const packets = Array.from({ length: 300 }, () => a.send(EMPTY))
      expect(() => b.receive(names[0], flipped(packets[299]!, -1))).toThrow(RejectedError)
      b.receive(names[0], packets[299]!)
      b.receive(names[0], packets[298]!)
      a.rotate()
    }
    const failing = new SenderKeyGroup({
      ...options,
      own: names[0],
      channels: {
        ...UNUSED_CHANNELS,
        sealMany: () => {
          throw new RejectedError('invalid-tag')
        },
      },
    })
    expect(() => failing.distribute()).toThrow(RejectedError)
    expect(recorded.remaining().length).toBeGreaterThan(0)
    b.forgetOldKeys()
    a.wipe()
    b.wipe()
    expect(recorded.remaining()).toEqual([])
  })
})

describe('bad input', () => {
  it('packets arrive in any order, each once; skipping is bounded', () => {
    const { speakers } = worldOf(2, 'any order')
    distributeAll(speakers)
    const [from, to] = speakers as [Speaker, Speaker]
    const packets = Array.from({ length: MAX_FORWARD + 3 }, (_, i) => from.group.send(utf8(`${i}`)))
    for (const i of [3, 1, 4, 0]) expect(read(to.group, from.id, packets[i]!)).toBe(`${i}`)
    for (const i of [3, 1, 4, 0]) expectRefused(to, 'generation-consumed', () => to.group.receive(from.id, packets[i]!))
    const other = worldOf(2, 'any order')
    const [from2, to2] = other.speakers as [Speaker, Speaker]
    distributeAll(other.speakers)
    expectRefused(to2, 'generation-too-far', () => to2.group.receive(from2.id, packets[MAX_FORWARD + 1]!))
    expect(read(to2.group, from2.id, packets[MAX_FORWARD]!)).toBe(`${MAX_FORWARD}`)
    const restored = SenderKeyGroup.load(createSenderKeysSuite(other.provider), to2.person.channels, to2.group.save())
    expect(restored.save()).toEqual(to2.group.save())
    expect(read(restored, from2.id, packets[MAX_FORWARD - MAX_KEPT]!)).toBe(`${MAX_FORWARD - MAX_KEPT}`)
    expectRefused(to2, 'generation-consumed', () => to2.group.receive(from2.id, packets[MAX_FORWARD - MAX_KEPT - 1]!))
  })

  it('a changed byte or a missing one is refused and changes nothing', () => {
    const { speakers } = worldOf(2, 'bytes')
    const [from, to] = speakers as [Speaker, Speaker]
    const { packet: keyPacket } = from.group.distribute()[0]!
    const refuse = (packet: Uint8Array, receive: (bytes: Uint8Array) => unknown): void => {
      const before = toHex(to.group.save()) + toHex(to.person.channels.save())
      for (let at = 0; at < packet.length; at++) expect(() => receive(flipped(packet, at))).toThrow(RejectedError)
      for (let end = 0; end < packet.length; end++)
        expect(() => receive(packet.subarray(0, end))).toThrow(RejectedError)
      expect(toHex(to.group.save()) + toHex(to.person.channels.save())).toBe(before)
    }
    refuse(keyPacket, bytes => to.group.receiveKey(from.id, bytes))
    to.group.receiveKey(from.id, keyPacket)
    refuse(from.group.send(utf8('m')), bytes => to.group.receive(from.id, bytes))
  })

  it('keys and messages of strangers, of other groups, and repeated keys are refused', () => {
    const { speakers, provider } = worldOf(3, 'strangers')
    const [a, b, c] = speakers as [Speaker, Speaker, Speaker]
    distributeAll(speakers)
    const members = speakers.map(({ id }) => id)
    const suite = createSenderKeysSuite(provider)
    const elsewhere = new SenderKeyGroup({ suite, channels: a.person.channels, own: a.id, groupId: utf8('x'), members })
    const foreign = elsewhere.distribute().find(({ to }) => toHex(to) === toHex(b.id))!
    expectRefused(b, 'invalid-tag', () => b.group.receiveKey(a.id, foreign.packet))
    expectRefused(b, 'wrong-group', () => b.group.receive(a.id, elsewhere.send(EMPTY)))
    expectRefused(b, 'unknown-sender', () => b.group.receive(utf8('nobody'), a.group.send(EMPTY)))
    // the same key a second time, in a packet of its own
    const repeated = SenderKeyGroup.load(suite, a.person.channels, withoutHolders(a))
    const again = repeated.distribute().find(({ to }) => toHex(to) === toHex(b.id))!
    expectRefused(b, 'repeated-sender-key', () => b.group.receiveKey(a.id, again.packet))
    b.group.remove(c.id)
    expect(() => b.group.remove(c.id)).toThrow(expect.objectContaining({ code: 'not-a-member' }))
    expect(() => b.group.add(a.id)).toThrow(expect.objectContaining({ code: 'duplicate-member' }))
    expect(() => b.group.add(b.id)).toThrow(expect.objectContaining({ code: 'duplicate-member' }))
    expect(() => b.group.add(EMPTY)).toThrow(expect.objectContaining({ code: 'wrong-argument' }))
    expect(() => speakerOf(provider, a.person, members.slice(1))).toThrow(
      expect.objectContaining({ code: 'not-a-member' }),
    )
    expect(() => speakerOf(provider, a.person, [a.id, a.id])).toThrow(expect.objectContaining({ code: 'not-a-member' }))
  })

  /** The saved group as if nobody had the key yet: each other member's mark stands behind its name. */
  function withoutHolders({ group }: Speaker): Uint8Array {
    const saved = group.save()
    for (const id of group.members.slice(1)) {
      const at = toHex(saved).indexOf(toHex(id)) / 2 + id.length
      expect(saved[at]).toBe(1)
      saved[at] = 0
    }
    return saved
  }

  it('distribution succeeds as a whole or changes nothing', () => {
    const { speakers } = worldOf(2, 'whole')
    const [a] = speakers as [Speaker, Speaker]
    a.group.add(utf8('without a session'))
    expectRefused(a, 'no-session', () => a.group.distribute())
  })

  it('decoders are total', () => {
    const { speakers, provider } = worldOf(2, 'fuzz')
    const [a, b] = speakers as [Speaker, Speaker]
    const key = a.group.distribute()[0]!.packet
    b.group.receiveKey(a.id, key)
    const message = a.group.send(utf8('m'))
    const samples = [key, message, a.group.save(), b.group.save()]
    const suite = createSenderKeysSuite(provider)
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated(samples)), bytes => {
        total(() => b.group.receive(a.id, bytes))
        total(() => b.group.receiveKey(a.id, bytes))
        total(() => SenderKeyGroup.load(suite, b.person.channels, bytes))
      }),
      { numRuns: 1500, seed: 7 },
    )
  })

  it('random histories of speaking, rotating, removing and adding back keep all members readable', () => {
    const action = fc.record({ what: fc.constantFrom('speak', 'speak', 'rotate', 'remove', 'reload'), at: fc.nat() })
    let run = 0
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), actions => {
        const { speakers, provider } = worldOf(4, `history ${run++}`)
        const suite = createSenderKeysSuite(provider)
        let active = speakers
        distributeAll(active)
        actions.forEach(({ what, at }, i) => {
          const speaker = active[at % active.length]!
          if (what === 'speak') say(active, speaker, `text ${i}`)
          else if (what === 'reload') {
            const group = SenderKeyGroup.load(suite, speaker.person.channels, speaker.group.save())
            active = active.map(s => (s === speaker ? { ...s, group } : s))
          } else {
            if (what === 'rotate') speaker.group.rotate()
            else if (active.length > 1) {
              active = active.filter(s => s !== speaker)
              for (const { group } of active) group.remove(speaker.id)
            }
            distributeAll(active)
          }
        })
      }),
      { numRuns: 25, seed: 11 },
    )
  })
})
