/** Double Ratchet: what a stolen state opens, when that ends, and what proves nothing. */
import { describe, expect, it } from 'vitest'
import { EMPTY, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { encode } from '../../src/codec/codec.ts'
import { PairwiseChannels, PairwisePreKeys } from '../../src/pairwise/index.ts'
import { openingState, ratchetSeal } from '../../src/pairwise/ratchet.ts'
import { answerSession } from '../../src/pairwise/session.ts'
import { PairwisePacket } from '../../src/pairwise/wire.ts'
import { recordSecrets } from '../support/recorded-secrets.ts'
import { expectUnreadable, flipped, pair, partyOf, person, read, say, seededProvider, steal } from './world.ts'

describe('leaks', () => {
  it('M03: forward secrecy: a stolen state reads nothing that was received before, in either direction', () => {
    const [alice, bob] = pair('forward')
    const old = [say(alice, bob, 'a'), say(bob, alice, 'b'), say(alice, bob, 'c')] as const
    const stolen = steal(bob)
    expectUnreadable(stolen, alice.id, old[0])
    expectUnreadable(stolen, alice.id, old[2])
    expectUnreadable(steal(alice), bob.id, old[1])
    // the positive control: the same state reads what is still to come
    const next = alice.channels.send(bob.id, utf8('d'))
    expect(read(stolen, alice.id, next)).toBe('d')
    expect(read(bob.channels, alice.id, next)).toBe('d')
  })

  it('M03: forward secrecy of the first message begins with its one-time prekey being used', () => {
    for (const oneTime of [true, false]) {
      const [alice, bob] = pair('first message', oneTime)
      const before = steal(bob)
      const packet = say(alice, bob, 'first')
      bob.channels.forget(alice.id)
      expect(read(before, alice.id, packet)).toBe('first')
      // a thief does not care what was opened before
      const prekeys = PairwisePreKeys.load(bob.suite, bob.member, bob.prekeys.save())
      const find = prekeys.find.bind(prekeys)
      prekeys.find = opening => find(opening, new Uint8Array(8))
      const after = new PairwiseChannels({ ...partyOf(bob), prekeys })
      if (oneTime) {
        expect(() => after.receive(alice.id, packet)).toThrow(expect.objectContaining({ code: 'unknown-prekey' }))
      } else {
        expect(read(after, alice.id, packet)).toBe('first')
        bob.prekeys.rotate()
        bob.prekeys.rotate()
        expect(() => steal(bob).receive(alice.id, packet)).toThrow(expect.objectContaining({ code: 'unknown-prekey' }))
      }
    }
  })

  it('M03: deniability: whoever receives could have made the whole conversation, and nothing in it is signed', () => {
    const alice = person('deniable alice')
    const bob = person('deniable bob')
    const { signedPrekey } = bob.bundle(false)
    const ephemeral = new Uint8Array(32).fill(7)
    const opening = {
      identity: alice.member.identity,
      ephemeral: bob.suite.dh.publicKey(ephemeral),
      signedPrekeyId: signedPrekey.prekeyId,
      oneTimePrekeyId: undefined,
      after: undefined,
    }
    // bob's keys and alice's public ones are enough
    const keys = bob.prekeys.find(opening, new Uint8Array(8))
    const { id, ratchet, binding } = answerSession(bob, opening, keys)
    const forged = ratchetSeal(bob.suite, openingState(ratchet.root, signedPrekey.key), {
      plaintext: utf8('I never said that'),
      context: binding,
    })
    const packet = encode(PairwisePacket, {
      type: 'opening',
      opening,
      header: forged.header,
      ciphertext: forged.output,
    })
    expect(id.length).toBe(8)
    expect(read(bob.channels, alice.id, packet)).toBe('I never said that')
  })

  it('M03, G07: post-compromise security per pair: both ends speak once, and the stolen state is worth nothing', () => {
    const [alice, bob] = pair('heal')
    const carol = person('heal carol')
    bob.channels.connect(carol.bundle())
    say(bob, carol, 'hello')
    say(carol, bob, 'hello')
    say(alice, bob, 'one')
    say(bob, alice, 'two')
    const stolen = steal(bob)
    const still = say(alice, bob, 'three')
    expect(read(stolen, alice.id, still)).toBe('three')
    // bob's next message carries a key that the thief does not have
    say(bob, alice, 'four')
    const healed = say(alice, bob, 'five')
    expectUnreadable(stolen, alice.id, healed)
    // and only this pair has healed
    const other = carol.channels.send(bob.id, utf8('six'))
    expect(read(stolen, carol.id, other)).toBe('six')
  })

  it('without an answer nothing heals: a leaked sender is read as long as it speaks alone', () => {
    const [alice, bob] = pair('monologue')
    say(alice, bob, 'one')
    const stolen = steal(bob)
    for (let i = 0; i < 20; i++) expect(read(stolen, alice.id, say(alice, bob, `text ${i}`))).toBe(`text ${i}`)
  })

  it('no secret outlives the channels that it was derived for, on errors neither', () => {
    const recorded = recordSecrets(seededProvider('recorded'))
    const alice = person('wiped alice')
    const bob = person('wiped bob', recorded.provider)
    // what is recorded so far belongs to the member, not to the channels
    const bundle = bob.bundle()
    recorded.forget()
    alice.channels.connect(bundle)
    const first = alice.channels.send(bob.id, utf8('first'))
    expect(() => bob.channels.receive(alice.id, flipped(first, -1))).toThrow(RejectedError)
    expect(recorded.count).toBeGreaterThan(5)
    expect(recorded.remaining()).toEqual([])
    expect(() =>
      bob.channels.open(alice.id, first, EMPTY, () => {
        throw new Error('refused')
      }),
    ).toThrow('refused')
    expect(recorded.remaining()).toEqual([])
    bob.channels.receive(alice.id, first)
    const skipped = Array.from({ length: 300 }, () => alice.channels.send(bob.id, EMPTY))
    bob.channels.receive(alice.id, skipped[299]!)
    for (let i = 0; i < 5; i++) {
      say(bob, alice, 'x')
      const packet = say(alice, bob, 'y')
      expect(() => bob.channels.receive(alice.id, flipped(packet, -1))).toThrow(RejectedError)
    }
    expect(() =>
      bob.channels.sealMany([
        { to: alice.id, plaintext: EMPTY },
        { to: utf8('x'), plaintext: EMPTY },
      ]),
    ).toThrow()
    for (let i = 0; i < 6; i++) bob.channels.connect(alice.bundle())
    expect(recorded.remaining().length).toBeGreaterThan(0)
    bob.channels.wipe()
    expect(recorded.remaining()).toEqual([])
  })
})
