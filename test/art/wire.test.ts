/** ART section 4: encodings, and everything that is none. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArtGroup, PreKeys } from '../../src/art/index.ts'
import * as wire from '../../src/art/wire.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { CopathError, RejectedError } from '../../src/base/errors.ts'
import { type Codec, check, decode, encode, printStruct } from '../../src/codec/codec.ts'
import { partyOf, person, worldOf } from './world.ts'

const { ArtPacket } = wire

/** One packet of each kind. */
function packets(): Uint8Array[] {
  const world = worldOf(5, { concurrency: 'merging' })
  const [a, b, c, d, e] = world.groups as [ArtGroup, ArtGroup, ArtGroup, ArtGroup, ArtGroup]
  const newcomer = person(world.suite, 'new')
  const { identity, prekey } = newcomer.invite()
  const { add, welcome } = c.add(identity, prekey)
  const updates = [a.update(), b.update()]
  const { announcement } = a.merge(updates)
  const removal = d.remove(0, new Map(d.prekeysToRemove(0).map(leaf => [leaf, world.people[leaf]!.prekey()])))
  const ordered = worldOf(2)
  return [
    world.setup,
    ...updates,
    add,
    welcome,
    removal,
    e.send(utf8('text')),
    announcement!,
    ordered.groups[0]!.updateWithMessage(utf8('text')),
  ]
}

const valid = packets()

describe('packets', () => {
  it('are what was written, for each of the eight kinds', () => {
    expect(new Set(valid.map(packet => decode(ArtPacket, packet).type)).size).toBe(8)
    for (const packet of valid) {
      expect(toHex(encode(ArtPacket, decode(ArtPacket, packet)))).toBe(toHex(packet))
      check(ArtPacket, packet)
    }
  })

  it('are strict: no truncation, no byte more, no unknown kind', () => {
    for (const packet of valid) {
      for (let end = 0; end < packet.length; end += Math.ceil(packet.length / 60)) {
        expect(() => decode(ArtPacket, packet.subarray(0, end))).toThrow(RejectedError)
      }
      expect(() => decode(ArtPacket, Uint8Array.of(...packet, 0))).toThrow(
        expect.objectContaining({ code: 'trailing-bytes' }),
      )
      for (const kind of [0, 9, 255]) {
        expect(() => decode(ArtPacket, Uint8Array.of(kind, ...packet.subarray(1)))).toThrow(
          expect.objectContaining({ code: 'unknown-value' }),
        )
      }
    }
  })

  it('decoding anything either fails in a typed way or gives back the same bytes', () => {
    const mutated = fc
      .record({
        packet: fc.constantFrom(...valid),
        edits: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        cut: fc.nat(4),
      })
      .map(({ packet, edits, cut }) => {
        const out = packet.slice(0, packet.length - cut)
        // most edits where lengths and counts are
        for (const [at, value] of edits) out[at % Math.min(out.length, 64)] = value
        return out
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), bytes => {
        let value: wire.ArtPacket
        try {
          value = decode(ArtPacket, bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(RejectedError)
          expect(() => check(ArtPacket, bytes)).toThrow(RejectedError)
          return
        }
        check(ArtPacket, bytes)
        expect(toHex(encode(ArtPacket, value))).toBe(toHex(bytes))
      }),
      { numRuns: 3000 },
    )
  })

  it('any change of any packet is refused by every member in a typed way, and changes nothing', () => {
    const world = worldOf(4)
    const receiver = world.groups[2]!
    const before = toHex(receiver.save())
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(), fc.integer({ min: 1, max: 255 }), (packet, at, bits) => {
        const changed = packet.slice()
        changed[at % changed.length]! ^= bits
        expect(() => receiver.receive(changed)).toThrow(RejectedError)
        expect(() => ArtGroup.join(partyOf(world.people[3]!), changed)).toThrow(RejectedError)
      }),
      { numRuns: 600 },
    )
    expect(toHex(receiver.save())).toBe(before)
  })

  it('stored states and prekeys that are damaged are refused in a typed way or load', () => {
    const world = worldOf(3, { concurrency: 'merging' })
    const group = world.groups[1]!
    group.receive(world.groups[0]!.send(utf8('text')))
    group.update()
    const owner = partyOf(world.people[1]!)
    const prekeys = owner.prekeys.save()
    const attempt = (load: () => unknown): void => {
      try {
        load()
      } catch (error) {
        expect(error).toBeInstanceOf(CopathError)
      }
    }
    const saved = group.save()
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(3), (at, bits, cut) => {
        const damage = (bytes: Uint8Array): Uint8Array => {
          const out = bytes.slice(0, bytes.length - cut)
          out[at % out.length]! ^= bits
          return out
        }
        attempt(() => ArtGroup.load(owner, damage(saved)))
        attempt(() => PreKeys.load(owner.suite, damage(prekeys)))
      }),
      { numRuns: 400 },
    )
    expect(() => ArtGroup.load(partyOf(world.people[0]!), saved)).toThrow(
      expect.objectContaining({ code: 'not-a-member' }),
    )
  })
})

describe('documentation', () => {
  const text = readFileSync(new URL('../../docs/art.md', import.meta.url), 'utf8')
  const structs = Object.values(wire).filter(
    value => typeof value === 'object' && value !== null && 'syntax' in value && value.syntax.declaration !== undefined,
  ) as Codec<unknown>[]

  it.each(structs.map(codec => [codec.syntax.before, codec] as const))('declares %s as the code does', (_, codec) => {
    expect(text).toContain(printStruct(codec))
  })
})
