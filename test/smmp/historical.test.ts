/** SMMP of 2014: that it works where it was meant to. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { HistoricalGroup } from '../../src/smmp/historical.ts'
import { maskOf, openBox, sealBox } from '../../src/smmp/historical-keys.ts'
import type { SmmpParticipant } from '../../src/smmp/index.ts'
import { sharedOrZero } from '../../src/smmp/shares.ts'
import { xor } from '../../src/smmp/suite.ts'
import { Box, Boxes, GroupMessage, Header, Housekeeping, Routed, route } from '../../src/smmp/wire.ts'
import { flipped } from '../pairwise/world.ts'
import { fieldOf, publicKeysOf, steal, suite } from './thief.ts'
import { addressee, expectRefused, historicalGroups, readHistorical, runSetup, sayHistorical } from './world.ts'

describe('the protocol, aligned', () => {
  it.each(Array.from({ length: 19 }, (_, i) => i + 2))('S01, S14, S16, S17, S33: %i members talk in lock-step', n => {
    const groups = historicalGroups({ n, seed: `historical ${n}` })
    for (let i = 0; i < n + 2; i++) sayHistorical(groups, (i * 7) % n, `text ${i}`)
    expect(new Set(groups.map(g => toHex(fieldOf(g, 'root')))).size).toBe(1)
    expect(new Set(groups.map(g => toHex(g.digest))).size).toBe(1)
  })

  it('any sequence of senders keeps root key and digest the same everywhere, in both ways of making root keys', () => {
    let run = 0
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.boolean(),
        (n, senders, text) => {
          const groups = historicalGroups({ n, seed: `random ${run++}` })
          for (const group of groups) group.rkMode = text ? 'text' : 'reference'
          senders.forEach((sender, i) => {
            sayHistorical(groups, sender % n, `text ${i}`)
            expect(new Set(groups.map(g => toHex(fieldOf(g, 'root')) + toHex(g.digest))).size).toBe(1)
          })
        },
      ),
      { numRuns: 20, seed: 17 },
    )
  })

  it('S10: the state is what the text lists, and comes back from its bytes', () => {
    const groups = historicalGroups({ n: 3, seed: 'state' })
    sayHistorical(groups, 0, 'one')
    const restored = steal(groups[1]!)
    expect(restored.save()).toEqual(groups[1]!.save())
    const packets = groups[2]!.send(utf8('two'))
    expect(readHistorical(restored, packets.find(p => addressee(p) === 1)!)).toBe('two')
    expect(() => HistoricalGroup.load(suite, EMPTY, {} as { unsafeHistorical: true })).toThrow(
      expect.objectContaining({ code: 'unsafe-historical' }),
    )
    const fixed = runSetup({ n: 2 }).participants[0] as SmmpParticipant
    expect(() => fixed.finishHistorical()).toThrow(expect.objectContaining({ code: 'unsafe-historical' }))
  })

  it('S17, S19: Bad_HMAC is an error that changes nothing, and a hash in place of the HMAC is one', () => {
    const groups = historicalGroups({ n: 2, seed: 'mac' })
    const [packet] = groups[0]!.send(utf8('m'))
    for (let at = 4; at < packet!.length; at++) {
      const before = toHex(groups[1]!.save())
      expect(() => groups[1]!.receive(flipped(packet!, at))).toThrow(RejectedError)
      expect(toHex(groups[1]!.save())).toBe(before)
    }
    const { header, body } = decode(GroupMessage, decode(Routed, packet!).packet)
    const hashed = suite.hash.digest(concat(fieldOf(groups[1]!, 'v'), encode(Boxes, { header, body })))
    const slip = route('group_message', encode(GroupMessage, { header, body, mac: hashed }), 1)
    expectRefused(groups[1]!, 'invalid-mac', () => groups[1]!.receive(slip))
    expect(readHistorical(groups[1]!, packet!)).toBe('m')
  })

  it('S18: with the masks as they are printed the first message can be read and the second cannot', () => {
    const groups = historicalGroups({ n: 2, seed: 'printed' })
    // the sender hashes the digest in, the receiver adds it afterwards
    const [sender, receiver] = groups as [HistoricalGroup, HistoricalGroup]
    const r = fieldOf(sender, 'r')
    const theirs = publicKeysOf(sender, 2)[1]!
    const digest = suite.hash.digest(utf8('one'))
    const printed = suite.hash.digest(xor(sharedOrZero(suite, r, theirs), digest))
    const aligned = maskOf(suite, r, theirs, digest)
    const [packet] = sender.send(utf8('one'))
    const v = fieldOf(receiver, 'v')
    const headerKey = fieldOf(receiver, 'headerKey')
    const { header, body } = decode(GroupMessage, decode(Routed, packet!).packet)
    const { sender: own, maskedR } = decode(Header, openBox(suite, headerKey, header))
    const asPrinted = encode(Header, { sender: own, maskedR: xor(xor(maskedR, aligned), printed) })
    const boxes = { header: sealBox(suite, headerKey, asPrinted), body }
    const mac = suite.kdf.hmac(v, encode(Boxes, boxes))
    expect(readHistorical(receiver, route('group_message', encode(GroupMessage, { ...boxes, mac }), 1))).toBe('one')
    expect(readHistorical(receiver, sender.send(utf8('two'))[0]!)).toBe('(undecryptable)')
  })

  it('S05, S22, S23: a dropped message, a random wait, one resynchronisation, and all go on', () => {
    const groups = historicalGroups({ n: 4, seed: 'resync' })
    const dropped = groups[0]!.send(utf8('dropped for member 3'))
    for (const packet of dropped) if (addressee(packet) !== 3) readHistorical(groups[addressee(packet)]!, packet)
    for (const packet of groups[1]!.send(utf8('next'))) {
      expect(readHistorical(groups[addressee(packet)]!, packet)).toBe(
        addressee(packet) === 3 ? '(undecryptable)' : 'next',
      )
    }
    expect(groups.map(g => g.resyncRequired)).toEqual([false, false, false, true])
    // member 3 speaks out of step, so that the others notice too
    for (const packet of groups[3]!.send(utf8('?'))) readHistorical(groups[addressee(packet)]!, packet)
    expect(groups.map(g => g.resyncRequired)).toEqual([true, true, true, true])
    const waits = groups.map(g => g.backOff(100))
    for (const wait of waits) expect(wait >= 0 && wait < 400).toBe(true)
    const winner = waits.indexOf(Math.min(...waits))
    const packet = groups[winner]!.resync()
    groups.forEach((group, i) => {
      if (i !== winner) expect(readHistorical(group, packet)).toBe('(resynced)')
    })
    for (const group of groups)
      expect(() => group.resync()).toThrow(expect.objectContaining({ code: 'resync-not-required' }))
    for (let i = 0; i < 5; i++) sayHistorical(groups, i % 4, `text ${i}`)
  })

  it('S20, S21: a private message is read by the two whose keys it copies, and by a thief of either for ever', () => {
    const groups = historicalGroups({ n: 3, seed: 'private' })
    sayHistorical(groups, 0, 'hello')
    const packet = groups[0]!.sendPrivate(2, utf8('for you'))
    const wide = route('housekeeping', decode(Routed, packet).packet)
    expectRefused(groups[1]!, 'generation-consumed', () => groups[1]!.receive(wide))
    expectRefused(groups[1]!, 'unexpected-packet', () => groups[1]!.receive(packet))
    expect(readHistorical(groups[2]!, packet)).toBe('for you')
    // the copied key stays when the ratchet has long gone on
    for (let i = 0; i < 6; i++) sayHistorical(groups, i % 3, `text ${i}`)
    expect(readHistorical(steal(groups[2]!), packet)).toBe('for you')
    expect(() => groups[0]!.sendPrivate(0, EMPTY)).toThrow(expect.objectContaining({ code: 'wrong-argument' }))
  })

  it('S07, S22: tags 2 and 3 ask for a new group, others are refused', () => {
    const groups = historicalGroups({ n: 3, seed: 'housekeeping' })
    const v = fieldOf(groups[0]!, 'v')
    const box = sealBox(suite, v, Uint8Array.of(4))
    const unknown = route('housekeeping', encode(Housekeeping, { box, mac: suite.kdf.hmac(v, encode(Box, box)) }))
    expectRefused(groups[0]!, 'unknown-value', () => groups[0]!.receive(unknown))
    const leaving = groups[2]!.leave()
    expect(groups[0]!.receive(leaving)).toMatchObject({ type: 'remove', content: Uint8Array.of(0, 2) })
    expectRefused(groups[0]!, 'reinit-required', () => groups[0]!.send(EMPTY))
    const asking = groups[1]!.requestAdd(utf8('dave'))
    expect(groups[0]!.receive(asking)).toMatchObject({ type: 'add', content: utf8('dave') })
    expect(groups[1]!.reinitRequired).toBe(true)
  })
})
