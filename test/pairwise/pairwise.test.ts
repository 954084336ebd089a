/** X3DH and Double Ratchet: sessions, order of packets, and everything that can be wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { MAX_SESSIONS } from '../../src/pairwise/channels.ts'
import { PairwiseChannels, PairwisePreKeys } from '../../src/pairwise/index.ts'
import { MAX_OPENED } from '../../src/pairwise/prekeys.ts'
import { MAX_FORWARD, MAX_KEPT } from '../../src/pairwise/ratchet.ts'
import { PairwisePacket, PreKeyBundle, type RatchetHeader } from '../../src/pairwise/wire.ts'
import { mutated, total } from '../support/hostile-bytes.ts'
import {
  expectRefused,
  flipped,
  LOW_ORDER,
  NON_CANONICAL,
  ON_TWIST,
  pair,
  partyOf,
  person,
  read,
  say,
  steal,
} from './world.ts'

/** The packet with another header. */
function withHeader(packet: Uint8Array, change: Partial<RatchetHeader>): Uint8Array {
  const decoded = decode(PairwisePacket, packet)
  return encode(PairwisePacket, { ...decoded, header: { ...decoded.header, ...change } })
}

describe('sessions', () => {
  it.each([true, false])('M03: asynchrony: open for somebody who is offline, with a one-time prekey: %s', oneTime => {
    const [alice, bob] = pair('open', oneTime)
    const first = alice.channels.send(bob.id, utf8('one'))
    const second = alice.channels.send(bob.id, utf8('two'))
    expect(read(bob.channels, alice.id, second)).toBe('two')
    expect(read(bob.channels, alice.id, first)).toBe('one')
    expect(bob.prekeys.oneTimeCount).toBe(0)
    say(bob, alice, 'three')
    const fourth = say(alice, bob, 'four')
    expect(decode(PairwisePacket, fourth).type).toBe('message')
  })

  it('opened by both ends at the same time end in one that both prefer', () => {
    const alice = person('both alice')
    const bob = person('both bob')
    alice.channels.connect(bob.bundle())
    bob.channels.connect(alice.bundle())
    const crossing = [alice.channels.send(bob.id, utf8('a')), bob.channels.send(alice.id, utf8('b'))] as const
    expect(read(bob.channels, alice.id, crossing[0])).toBe('a')
    expect(read(alice.channels, bob.id, crossing[1])).toBe('b')
    // whoever prefers the other's session answers in it; after one exchange nothing opens any more
    say(alice, bob, 'c')
    say(bob, alice, 'd')
    const [last, back] = [say(alice, bob, 'e'), say(bob, alice, 'f')].map(packet => decode(PairwisePacket, packet))
    expect([last!.type, back!.type]).toEqual(['message', 'message'])
    expect(
      last!.type === 'message' && back!.type === 'message' && toHex(last!.sessionId) === toHex(back!.sessionId),
    ).toBe(true)
  })

  it('a new session replaces the old one for sending, and the old one still receives', () => {
    const [alice, bob] = pair('again')
    say(alice, bob, 'one')
    const late = bob.channels.send(alice.id, utf8('late'))
    alice.channels.connect(bob.bundle())
    say(alice, bob, 'two')
    expect(read(alice.channels, bob.id, late)).toBe('late')
    say(bob, alice, 'three')
    for (let i = 0; i < MAX_SESSIONS; i++) alice.channels.connect(bob.bundle())
    // the session of 'late' has been pushed out
    expectRefused(alice, 'unknown-session', () => alice.channels.receive(bob.id, late))
  })

  it('cannot be opened twice by a replay, with or without a one-time prekey', () => {
    for (const oneTime of [true, false]) {
      const [alice, bob] = pair('replayed', oneTime)
      const packet = say(alice, bob, 'once')
      expectRefused(bob, 'generation-consumed', () => bob.channels.receive(alice.id, packet))
      bob.channels.forget(alice.id)
      expectRefused(bob, oneTime ? 'unknown-prekey' : 'session-replayed', () => bob.channels.receive(alice.id, packet))
      const restored = PairwisePreKeys.load(bob.suite, bob.member, bob.prekeys.save())
      expect(restored.save()).toEqual(bob.prekeys.save())
      const again = new PairwiseChannels({ ...partyOf(bob), prekeys: restored })
      expect(() => again.receive(alice.id, packet)).toThrow(RejectedError)
    }
  })

  it('a signed prekey opens for one rotation more, then no session; and only so many without one-time prekeys', () => {
    const [alice, bob] = pair('rotation', false)
    const packet = alice.channels.send(bob.id, utf8('late'))
    bob.prekeys.rotate()
    expect(read(steal(bob), alice.id, packet)).toBe('late')
    bob.prekeys.rotate()
    expectRefused(bob, 'unknown-prekey', () => bob.channels.receive(alice.id, packet))
    const fresh = person('worn')
    alice.channels.connect(fresh.bundle(false))
    const first = alice.channels.send(fresh.id, EMPTY)
    const decoded = decode(PairwisePacket, first)
    if (decoded.type !== 'opening') throw new Error('not an opening')
    for (let i = 0; i < MAX_OPENED; i++)
      fresh.prekeys.consume(decoded.opening, Uint8Array.of(0, 0, 0, 0, 0, 0, i >> 8, i))
    expectRefused(fresh, 'prekey-worn-out', () => fresh.channels.receive(alice.id, first))
  })

  it('bind both identities, the context and the header', () => {
    const [alice, bob] = pair('binding')
    const packet = alice.channels.send(bob.id, utf8('m'), utf8('here'))
    expectRefused(bob, 'invalid-tag', () => bob.channels.receive(alice.id, packet, utf8('there')))
    expectRefused(bob, 'unknown-identity', () => bob.channels.receive(utf8('mallory'), packet, utf8('here')))
    expectRefused(bob, 'invalid-tag', () =>
      bob.channels.receive(alice.id, withHeader(packet, { previousCount: 1 }), utf8('here')),
    )
    const decoded = decode(PairwisePacket, packet)
    if (decoded.type !== 'opening') throw new Error('not an opening')
    const { identity } = decoded.opening
    const otherKey = { ...identity, sigKey: person('somebody else').member.identity.sigKey }
    const mixed = encode(PairwisePacket, { ...decoded, opening: { ...decoded.opening, identity: otherKey } })
    expectRefused(bob, 'invalid-tag', () => bob.channels.receive(alice.id, mixed, utf8('here')))
    expect(bob.channels.receive(alice.id, packet, utf8('here'))).toEqual(utf8('m'))
    expectRefused(bob, 'unknown-identity', () => bob.channels.receive(alice.id, mixed, utf8('here')))
  })

  it('strangers, other keys of a known name and one without a name are refused', () => {
    const [alice, bob] = pair('strangers')
    const doubting = new PairwiseChannels({ ...partyOf(bob), authenticate: ({ id }) => toHex(id) !== toHex(alice.id) })
    const packet = alice.channels.send(bob.id, utf8('m'))
    expect(() => doubting.receive(alice.id, packet)).toThrow(expect.objectContaining({ code: 'unknown-identity' }))
    expect(() => doubting.connect(alice.bundle())).toThrow(expect.objectContaining({ code: 'unknown-identity' }))
    const impostor = { ...person('impostor').bundle(), identity: { ...person('impostor').member.identity, id: bob.id } }
    expectRefused(alice, 'unknown-identity', () => alice.channels.connect(impostor))
    const own = alice.bundle()
    expectRefused(alice, 'own-message', () => alice.channels.connect(own))
    const nameless = bob.bundle()
    expectRefused(alice, 'invalid-identity', () =>
      alice.channels.connect({ ...nameless, identity: { ...nameless.identity, id: EMPTY } }),
    )
    expectRefused(alice, 'no-session', () => alice.channels.send(utf8('nobody'), EMPTY))
    expectRefused(alice, 'unknown-session', () => alice.channels.receive(bob.id, withSession(packet)))
  })

  /** The same packet as one of a session that does not exist. */
  function withSession(packet: Uint8Array): Uint8Array {
    const { header, ciphertext } = decode(PairwisePacket, packet)
    return encode(PairwisePacket, { type: 'message', sessionId: new Uint8Array(8), header, ciphertext })
  }

  it('a bundle is refused for a key that nobody has and for a signature that is not its owner’s', () => {
    const alice = person('checking')
    const bundle = person('checked').bundle()
    const { identity, signedPrekey, oneTimePrekey } = bundle
    for (const key of LOW_ORDER) {
      const attempts = [
        { ...bundle, identity: { ...identity, kxKey: key } },
        { ...bundle, signedPrekey: { ...signedPrekey, key } },
        { ...bundle, oneTimePrekey: { ...oneTimePrekey!, key } },
      ]
      for (const bad of attempts) expectRefused(alice, 'low-order-point', () => alice.channels.connect(bad))
    }
    for (const key of NON_CANONICAL) {
      const bad = { ...bundle, identity: { ...identity, kxKey: key } }
      expectRefused(alice, 'invalid-public-key', () => alice.channels.connect(bad))
    }
    expectRefused(alice, 'invalid-signature', () =>
      alice.channels.connect({ ...bundle, signedPrekey: { ...signedPrekey, key: ON_TWIST } }),
    )
    expectRefused(alice, 'invalid-signature', () =>
      alice.channels.connect({ ...bundle, signedPrekey: { ...signedPrekey, prekeyId: signedPrekey.prekeyId + 1 } }),
    )
    alice.channels.connect(bundle)
  })
})

describe('order of packets', () => {
  it('G07: packets arrive in any order, late ones of old chains too; each serves once; nobody notices a gap', () => {
    const [alice, bob] = pair('order')
    const early = Array.from({ length: 5 }, (_, i) => alice.channels.send(bob.id, utf8(`early ${i}`)))
    expect(read(bob.channels, alice.id, early[3]!)).toBe('early 3')
    say(bob, alice, 'answer')
    const later = Array.from({ length: 3 }, (_, i) => alice.channels.send(bob.id, utf8(`later ${i}`)))
    for (const i of [2, 0, 1]) expect(read(bob.channels, alice.id, later[i]!)).toBe(`later ${i}`)
    // the attack: what was dropped is not missed, what was reordered shows in the wrong order
    for (const i of [4, 0, 2]) expect(read(bob.channels, alice.id, early[i]!)).toBe(`early ${i}`)
    for (const i of [0, 2, 3, 4])
      expectRefused(bob, 'generation-consumed', () => bob.channels.receive(alice.id, early[i]!))
    for (const packet of later) expectRefused(bob, 'generation-consumed', () => bob.channels.receive(alice.id, packet))
    expect(read(bob.channels, alice.id, early[1]!)).toBe('early 1')
  })

  it('bounds what one packet costs and what is kept', () => {
    const [alice, bob] = pair('bounds')
    const packets = Array.from({ length: MAX_FORWARD + 2 }, (_, i) => alice.channels.send(bob.id, utf8(`${i}`)))
    expectRefused(bob, 'generation-too-far', () => bob.channels.receive(alice.id, packets[MAX_FORWARD + 1]!))
    expect(read(bob.channels, alice.id, packets[MAX_FORWARD]!)).toBe(`${MAX_FORWARD}`)
    const oldest = MAX_FORWARD - MAX_KEPT
    expectRefused(bob, 'generation-consumed', () => bob.channels.receive(alice.id, packets[oldest - 1]!))
    expect(read(bob.channels, alice.id, packets[oldest]!)).toBe(`${oldest}`)
    expect(read(bob.channels, alice.id, packets[MAX_FORWARD + 1]!)).toBe(`${MAX_FORWARD + 1}`)
    const huge = withHeader(alice.channels.send(bob.id, EMPTY), { index: 0xffffffff })
    expectRefused(bob, 'generation-too-far', () => bob.channels.receive(alice.id, huge))
    say(bob, alice, 'turn')
    const turned = withHeader(alice.channels.send(bob.id, EMPTY), { previousCount: 0xffffffff })
    expectRefused(bob, 'generation-too-far', () => bob.channels.receive(alice.id, turned))
  })

  it('random histories of sending, delivering, duplicating and reloading all decrypt', () => {
    const action = fc.record({
      who: fc.nat(1),
      what: fc.constantFrom('send', 'deliver', 'repeat', 'reload'),
      at: fc.nat(),
    })
    let run = 0
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), actions => {
        const people = pair(`history ${run++}`)
        const channels = people.map(p => p.channels)
        const flying: { packet: Uint8Array; text: string }[][] = [[], []]
        const done: Uint8Array[][] = [[], []]
        say(people[0], people[1], 'first')
        actions.forEach(({ who, what, at }, i) => {
          const me = channels[who]!
          const other = people[1 - who]!.id
          const inbox = flying[who]!
          if (what === 'send') {
            flying[1 - who]!.push({ packet: me.send(other, utf8(`text ${i}`)), text: `text ${i}` })
          } else if (what === 'deliver' && inbox.length > 0) {
            const [{ packet, text }] = inbox.splice(at % inbox.length, 1) as [{ packet: Uint8Array; text: string }]
            expect(read(me, other, packet)).toBe(text)
            done[who]!.push(packet)
          } else if (what === 'repeat' && done[who]!.length > 0) {
            const before = toHex(me.save())
            expect(() => me.receive(other, done[who]![at % done[who]!.length]!)).toThrow(RejectedError)
            expect(toHex(me.save())).toBe(before)
          } else if (what === 'reload') {
            channels[who] = PairwiseChannels.load(partyOf(people[who]!), me.save())
            expect(channels[who]!.save()).toEqual(me.save())
          }
        })
      }),
      { numRuns: 60, seed: 3 },
    )
  })
})

describe('bad input', () => {
  it('a changed byte or a missing one is refused and changes nothing', () => {
    const [alice, bob] = pair('bytes')
    const opening = alice.channels.send(bob.id, utf8('opening'))
    const refuse = (packet: Uint8Array): void => {
      const before = toHex(bob.channels.save()) + toHex(bob.prekeys.save())
      for (let at = 0; at < packet.length; at++)
        expect(() => bob.channels.receive(alice.id, flipped(packet, at)), `byte ${at}`).toThrow(RejectedError)
      for (let end = 0; end < packet.length; end++)
        expect(() => bob.channels.receive(alice.id, packet.subarray(0, end))).toThrow(RejectedError)
      expect(toHex(bob.channels.save()) + toHex(bob.prekeys.save())).toBe(before)
    }
    refuse(opening)
    expect(read(bob.channels, alice.id, opening)).toBe('opening')
    say(bob, alice, 'answer')
    refuse(alice.channels.send(bob.id, utf8('message')))
  })

  it('ratchet and ephemeral keys that nobody has are refused by name; one on the twist gives no valid tag', () => {
    const [alice, bob] = pair('bad keys')
    const opening = alice.channels.send(bob.id, utf8('opening'))
    const decoded = decode(PairwisePacket, opening)
    if (decoded.type !== 'opening') throw new Error('not an opening')
    const withEphemeral = (ephemeral: Uint8Array) =>
      encode(PairwisePacket, { ...decoded, opening: { ...decoded.opening, ephemeral } })
    for (const key of LOW_ORDER) {
      expectRefused(bob, 'low-order-point', () =>
        bob.channels.receive(alice.id, withHeader(opening, { ratchetKey: key })),
      )
      expectRefused(bob, 'low-order-point', () => bob.channels.receive(alice.id, withEphemeral(key)))
    }
    for (const key of NON_CANONICAL) {
      expectRefused(bob, 'invalid-public-key', () =>
        bob.channels.receive(alice.id, withHeader(opening, { ratchetKey: key })),
      )
    }
    expectRefused(bob, 'invalid-tag', () => bob.channels.receive(alice.id, withEphemeral(ON_TWIST)))
    expectRefused(bob, 'invalid-tag', () =>
      bob.channels.receive(alice.id, withHeader(opening, { ratchetKey: ON_TWIST })),
    )
  })

  it('decoders are total: random bytes and changed encodings are decoded or refused, nothing else', () => {
    const [alice, bob] = pair('fuzz')
    const samples = [alice.channels.send(bob.id, utf8('m')), encode(PreKeyBundle, bob.bundle())]
    say(alice, bob, 'm')
    const states = [alice.channels.save(), bob.channels.save(), bob.prekeys.save()]
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated([...samples, ...states])), bytes => {
        total(() => bob.channels.receive(alice.id, bytes))
        total(() => decode(PreKeyBundle, bytes))
        total(() => PairwiseChannels.load(partyOf(bob), bytes))
        total(() => PairwisePreKeys.load(bob.suite, bob.member, bytes))
      }),
      { numRuns: 1500, seed: 5 },
    )
  })
})
