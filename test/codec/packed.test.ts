/** RFC 9420 section 2.1: vectors whose values stay encoded are as strict as others, and hold the same values. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { RejectedError, UsageError } from '../../src/base/errors.ts'
import { type Codec, check, decode, encode, encodeBetween, printStruct } from '../../src/codec/codec.ts'
import { Packed, packedVector } from '../../src/codec/packed.ts'
import { opaque, uint8, vector } from '../../src/codec/primitives.ts'
import { struct } from '../../src/codec/struct.ts'

const Sealed = struct('Sealed', { output: opaque, text: opaque })
const plain = struct('Node', { key: opaque, sealed: vector(Sealed), end: uint8 })
const packed = struct('Node', { key: opaque, sealed: packedVector(Sealed), end: uint8 })

function refusal(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    return { code: error.code, ...error.details }
  }
  return undefined
}

const bytes = fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ minLength: 60, maxLength: 70 }))
const values = fc.array(fc.record({ output: bytes, text: bytes }), { maxLength: 6 })

describe('a packed vector', () => {
  it('is encoded as any other, and gives its values one by one', () => {
    fc.assert(
      fc.property(values, list => {
        const [key, end] = [fromHex('aa'), 7]
        const encoded = encode(plain, { key, sealed: list, end })
        const node = decode(packed, encoded)
        expect(encode(packed, node)).toEqual(encoded)
        expect(encode(packed, { key, sealed: Packed.of(Sealed, list), end })).toEqual(encoded)
        expect(node.sealed.length).toBe(list.length)
        expect([...node.sealed]).toEqual(list)
        expect(list.map((_, i) => node.sealed.at(i))).toEqual(list)
        for (const none of [-1, list.length, Number.NaN]) expect(node.sealed.at(none)).toBeUndefined()
      }),
      { numRuns: 100 },
    )
    expect(printStruct(packed)).toBe(printStruct(plain))
  })

  it('refuses what a vector refuses, with the same code at the same place', () => {
    let refused = 0
    fc.assert(
      fc.property(values, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), (list, damage) => {
        const hostile = encode(plain, { key: fromHex('aa'), sealed: list, end: 7 })
        for (const [at, byte] of damage) hostile[at % hostile.length] = byte
        const expected = refusal(() => decode(plain, hostile))
        if (expected !== undefined) refused++
        expect(refusal(() => decode(packed, hostile))).toEqual(expected)
        expect(refusal(() => check(packed, hostile))).toEqual(expected)
        const cut = hostile.subarray(0, damage[0]![0] % hostile.length)
        expect(refusal(() => decode(packed, cut))).toEqual(refusal(() => decode(plain, cut)))
      }),
      { numRuns: 300 },
    )
    expect(refused).toBeGreaterThan(50)
  })

  it('is written of values of its own type only', () => {
    const write = (sealed: unknown) => encode(packed as Codec<unknown>, { key: fromHex('aa'), sealed, end: 7 })
    for (const sealed of [[], undefined, Packed.of(opaque as Codec<unknown>, [fromHex('aa')])]) {
      const details = { field: 'Node.sealed', expected: 'packed values' }
      expect(() => write(sealed)).toThrow(new UsageError('wrong-argument', details))
    }
  })
})

describe('a value between other bytes', () => {
  it('stands there as it is encoded by itself', () => {
    const value = { output: fromHex('0102'), text: fromHex('03') }
    expect(encodeBetween(fromHex('aa'), Sealed, value, fromHex('bbcc'))).toEqual(fromHex('aa020102' + '0103' + 'bbcc'))
  })
})
