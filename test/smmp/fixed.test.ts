/** SMMP, fixed profile: messages, order, and bytes that are wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode } from '../../src/codec/codec.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { createSmmpSuite, SmmpGroup, SmmpOrganizer, SmmpParticipant } from '../../src/smmp/index.ts'
import { FixedMessage, Routed } from '../../src/smmp/wire.ts'
import { flipped, seededRandom } from '../pairwise/world.ts'
import { mutated, total } from '../support/hostile-bytes.ts'
import { expectRefused, fixedGroups, read, runSetup, say, seededSuite } from './world.ts'

const expectSameState = (groups: readonly SmmpGroup[]): void => {
  expect(new Set(groups.map(g => `${g.seq} ${toHex(g.digest)}`)).size).toBe(1)
}

describe('groups', () => {
  it.each(Array.from({ length: 19 }, (_, i) => i + 2))(
    'S01, S32, S33: %i members talk in lock-step over a server without keys',
    n => {
      const groups = fixedGroups({ n, seed: `lock-step ${n}` })
      for (let i = 0; i < n + 2; i++) say(groups, (i * 7) % n, `text ${i}`)
      expectSameState(groups)
    },
  )

  it('any sequence of senders, with reloading, keeps all members in step', () => {
    let run = 0
    const action = fc.record({ who: fc.nat(), what: fc.constantFrom('say', 'say', 'reload', 'collide') })
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.array(action, { maxLength: 40 }), (n, actions) => {
        const suite = seededSuite(`history ${run++}`)
        const groups = fixedGroups({ n, suite })
        actions.forEach(({ who, what }, i) => {
          const at = who % n
          if (what === 'say') say(groups, at, `text ${i}`)
          else if (what === 'reload') groups[at] = SmmpGroup.load(suite, groups[at]!.save())
          else {
            // another one's message gets the place of the own one, which is then sent again
            groups[at]!.send(utf8('loses its place'))
            say(groups, (at + 1) % n, `text ${i}`)
            expect(groups[at]!.pending).toBe(false)
            say(groups, at, 'sent again')
          }
          expectSameState(groups)
        })
      }),
      { numRuns: 30, seed: 9 },
    )
  })

  it('S05: of two concurrent messages one gets its place; nothing is out of step', () => {
    const groups = fixedGroups({ n: 3, seed: 'concurrent' })
    const [first, second] = [groups[0]!.send(utf8('first')), groups[1]!.send(utf8('second'))]
    expect(read(groups[1]!, first)).toBe('first')
    expect(read(groups[2]!, first)).toBe('first')
    groups[0]!.accept()
    for (const group of [groups[0]!, groups[2]!]) expectRefused(group, 'stale-stage', () => group.receive(second))
    say(groups, 1, 'second again')
    expectSameState(groups)
  })

  it('S05: a dropped message is missed by name; a new agreement brings everybody back', () => {
    const options = { n: 3, seed: 'dropped' }
    const groups = fixedGroups(options)
    const dropped = groups[0]!.send(utf8('dropped'))
    groups[0]!.accept()
    read(groups[1]!, dropped)
    const next = groups[1]!.send(utf8('next'))
    groups[1]!.accept()
    expectRefused(groups[2]!, 'missing-stage', () => groups[2]!.receive(next))
    expect(read(groups[2]!, dropped)).toBe('dropped')
    expect(read(groups[2]!, next)).toBe('next')
    // had it been lost for good: the setup runs once more, under another name
    const again = runSetup({ ...options, groupId: utf8('group 2') }).participants.map((p, i) => p.finish(groups[i]))
    say(again, 2, 'together again')
    expect(() => groups[0]!.send(EMPTY)).toThrow(expect.objectContaining({ code: 'group-left' }))
  })

  it('S07, S22: who leaves erases its keys, and nobody sends before the group is set up anew; so with other changes', () => {
    const groups = fixedGroups({ n: 3, seed: 'leaving' })
    const packet = groups[1]!.leave()
    groups[1]!.accept()
    expect(() => groups[1]!.send(EMPTY)).toThrow(expect.objectContaining({ code: 'group-left' }))
    expect(() => groups[1]!.receive(packet)).toThrow(expect.objectContaining({ code: 'group-left' }))
    expect(groups[0]!.receive(packet)).toMatchObject({ kind: 'leave', sender: 1 })
    expect(groups[0]!.reinitRequired).toBe(true)
    expectRefused(groups[0]!, 'reinit-required', () => groups[0]!.send(EMPTY))
    // a member of the old state that speaks on is not heard
    const late = groups[2]!.send(utf8('late'))
    expectRefused(groups[0]!, 'stale-stage', () => groups[0]!.receive(late))
    const others = fixedGroups({ n: 3, seed: 'adding' })
    const request = others[0]!.requestReinit(utf8('a fourth, please'))
    others[0]!.accept()
    expect(others[2]!.receive(request)).toMatchObject({ kind: 'reinit', content: utf8('a fourth, please') })
    expect(others[2]!.reinitRequired && others[0]!.reinitRequired).toBe(true)
  })

  it('S08: another cipher serves as well', () => {
    const suite = createSmmpSuite(createProvider({ random: seededRandom('cipher') }), 'chacha20poly1305')
    const groups = fixedGroups({ n: 3, suite })
    say(groups, 0, 'text')
    expect(suite.aead.id).toBe('chacha20poly1305')
  })

  it('a message that is withdrawn and one sent instead share no key', () => {
    const groups = fixedGroups({ n: 2, seed: 'withdrawn' })
    const before = groups[0]!.save()
    const ciphertexts = [1, 2].map(() => {
      const { packet } = decode(Routed, groups[0]!.send(utf8('same text')))
      groups[0]!.discard()
      const { ciphertext, boxes } = decode(FixedMessage, packet)
      return [toHex(ciphertext), toHex(boxes)]
    })
    expect(new Set(ciphertexts.flat()).size).toBe(4)
    expect(groups[0]!.save()).toEqual(before)
    groups[0]!.send(EMPTY)
    expect(() => groups[0]!.send(EMPTY)).toThrow(expect.objectContaining({ code: 'pending-change' }))
    expect(() => groups[0]!.save()).toThrow(expect.objectContaining({ code: 'pending-change' }))
    groups[0]!.discard()
    for (const call of ['accept', 'discard'] as const)
      expect(() => groups[0]![call]()).toThrow(expect.objectContaining({ code: 'no-pending-change' }))
  })
})

describe('bad input', () => {
  it('a changed byte or a missing one is refused and changes nothing', () => {
    const groups = fixedGroups({ n: 3, seed: 'bytes' })
    const packet = groups[0]!.send(utf8('m'))
    const receiver = groups[2]!
    const before = toHex(receiver.save())
    for (let at = 0; at < packet.length; at++) {
      // the box of the other receiver is not this one's business
      const own = packet.length - 48
      if (at >= own - 48 && at < own) continue
      expect(() => receiver.receive(flipped(packet, at)), `byte ${at}`).toThrow(RejectedError)
    }
    for (let end = 0; end < packet.length; end++)
      expect(() => receiver.receive(packet.subarray(0, end))).toThrow(RejectedError)
    expect(toHex(receiver.save())).toBe(before)
    expect(read(receiver, packet)).toBe('m')
    expectRefused(receiver, 'stale-stage', () => receiver.receive(packet))
  })

  it('decoders are total', () => {
    const suite = seededSuite('fuzz')
    const groups = fixedGroups({ n: 3, suite })
    const setup = runSetup({ n: 3, seed: 'fuzz setup' })
    const samples = [groups[0]!.send(utf8('m')), groups[1]!.save(), ...setup.traffic]
    const organizer = new SmmpOrganizer({ suite, groupId: EMPTY, n: 3, authenticate: () => true })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated(samples)), bytes => {
        const participant = new SmmpParticipant({
          suite,
          identity: setup.identities[0]!,
          groupId: EMPTY,
          authenticate: () => true,
          authenticateOrganizer: () => true,
        })
        total(() => participant.receive(organizer.hellos()[0]!))
        total(() => participant.receive(bytes))
        total(() => organizer.receive(bytes))
        total(() => groups[2]!.receive(bytes))
        total(() => SmmpGroup.load(suite, bytes))
      }),
      { numRuns: 500, seed: 13 },
    )
    expect(concat(...samples).length).toBeGreaterThan(0)
  })
})
