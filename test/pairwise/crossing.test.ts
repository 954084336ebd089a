/** Sessions that both ends open: which of them serves, and that a stolen older one does not. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { MAX_SESSIONS } from '../../src/pairwise/channels.ts'
import { PairwiseChannels } from '../../src/pairwise/index.ts'
import { PairwisePacket } from '../../src/pairwise/wire.ts'
import { expectUnreadable, type Person, pair, partyOf, read, say, steal } from './world.ts'

/** Two people with a session that both have spoken in; the first has the smaller key, or the greater. */
function acquainted(isSmaller: boolean, seed: string): [Person, Person] {
  for (let i = 0; ; i++) {
    const [alice, bob] = pair(`${seed} ${i}`)
    const [a, b] = [alice, bob].map(({ member }) => toHex(member.identity.kxKey))
    if (a! < b! !== isSmaller) continue
    say(alice, bob, 'hello')
    say(bob, alice, 'hello')
    return [alice, bob]
  }
}

/** A session of each that the other answers in: the id that packets name. */
function expectOneSession(alice: Person, bob: Person): void {
  for (const text of ['one', 'two']) {
    say(alice, bob, text)
    say(bob, alice, text)
  }
  const ids = [say(alice, bob, 'three'), say(bob, alice, 'four')].map(packet => {
    const decoded = decode(PairwisePacket, packet)
    return decoded.type === 'message' ? toHex(decoded.sessionId) : 'opening'
  })
  expect(ids[0]).not.toBe('opening')
  expect(ids[0]).toBe(ids[1])
}

const renew = (from: Person, to: Person): void => from.channels.connect(to.bundle())

describe.each([true, false])('sessions opened by both ends; the first has the smaller key: %s', isSmaller => {
  it('one after the other: the later one serves both ways, and what was stolen before it is worth nothing', () => {
    const [alice, bob] = acquainted(isSmaller, 'later')
    renew(alice, bob)
    say(alice, bob, 'anew')
    const thief = steal(bob)
    // alice has had no answer in her session, and must still go over to the one that came after it
    renew(bob, alice)
    say(bob, alice, 'and again')
    expectUnreadable(thief, alice.id, say(alice, bob, 'in yours'))
    expectOneSession(alice, bob)
  })

  it('at the same time, whatever overtakes what', () => {
    for (const isAnswerFirst of [true, false]) {
      const [alice, bob] = acquainted(isSmaller, `crossed ${isAnswerFirst}`)
      renew(alice, bob)
      renew(bob, alice)
      const [a, b] = [alice.channels.send(bob.id, utf8('a')), bob.channels.send(alice.id, utf8('b'))]
      expect(read(bob.channels, alice.id, a)).toBe('a')
      const answer = bob.channels.send(alice.id, utf8('answer'))
      const rest = [
        [b, 'b'],
        [answer, 'answer'],
      ] as const
      for (const [packet, text] of isAnswerFirst ? rest.toReversed() : rest) {
        expect(read(alice.channels, bob.id, packet)).toBe(text)
      }
      expectOneSession(alice, bob)
    }
  })

  it('an opening that was held back does not bring the session back that another has replaced', () => {
    const [alice, bob] = acquainted(isSmaller, 'held back')
    renew(alice, bob)
    const held = alice.channels.send(bob.id, utf8('held back'))
    const thief = steal(alice)
    renew(alice, bob)
    say(alice, bob, 'newest')
    expect(read(bob.channels, alice.id, held)).toBe('held back')
    expectUnreadable(thief, bob.id, say(bob, alice, 'not for thieves'))
    expectOneSession(alice, bob)
  })

  it('an end that has lost its sessions is answered in the new one', () => {
    const [alice, bob] = acquainted(isSmaller, 'lost')
    const party = partyOf(bob)
    const reinstalled: Person = { ...bob, channels: new PairwiseChannels(party) }
    renew(reinstalled, alice)
    say(reinstalled, alice, 'I am back')
    expectOneSession(alice, reinstalled)
  })
})

it('any history of renewals, messages and deliveries ends in one session', () => {
  const action = fc.constantFrom('renew', 'send', 'send', 'deliver', 'deliver', 'deliver') as fc.Arbitrary<Action>
  let run = 0
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), action), { maxLength: 20 }), history => {
      const people = pair(`history ${run++}`)
      const queues: [Uint8Array[], Uint8Array[]] = [[], []]
      const deliver = (to: 0 | 1): void => {
        const packet = queues[to].shift()
        if (packet !== undefined) read(people[to].channels, people[1 - to]!.id, packet)
      }
      let renewals = 0
      say(people[0], people[1], 'hello')
      for (const [isFirst, what] of history) {
        const [at, other] = isFirst ? ([0, 1] as const) : ([1, 0] as const)
        const [from, to] = [people[at], people[other]]
        if (what === 'deliver') deliver(at)
        else {
          // older sessions than are kept are forgotten, with what is under way in them
          if (what === 'renew' && ++renewals < MAX_SESSIONS) renew(from, to)
          queues[other].push(from.channels.send(to.id, utf8(what)))
        }
      }
      for (const to of [0, 1] as const) while (queues[to].length > 0) deliver(to)
      expectOneSession(...people)
    }),
    { numRuns: 100, seed: 23 },
  )
})

type Action = 'renew' | 'send' | 'deliver'
