/** RFC 9420 section 2.1: structs whose values know what they were read from are encoded as others are, and copies forget it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { check, decode, encode, printStruct } from '../../src/codec/codec.ts'
import { encodingOf, keptEncoding, keptStruct } from '../../src/codec/kept.ts'
import { opaque, uint8, vector } from '../../src/codec/primitives.ts'
import { struct } from '../../src/codec/struct.ts'
import { keptContent } from '../../src/mls/crypto-objects.ts'

const fields = { number: uint8, names: vector(struct('Name', { text: opaque })), signature: opaque } as const
const Plain = struct('Signed', fields)
const Content = struct('Content', { number: fields.number, names: fields.names })
const Signed = keptStruct('Signed', fields)
const Letter = struct('Letter', { first: Signed, others: vector(Signed) })

const bytes = fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ minLength: 60, maxLength: 70 }))
const values = fc.record({
  number: fc.nat(255),
  names: fc.array(fc.record({ text: bytes }), { maxLength: 3 }),
  signature: bytes,
})

describe('a struct that keeps its encoding', () => {
  it('reads and writes as any other, anywhere in a message', () => {
    fc.assert(
      fc.property(values, fc.array(values, { maxLength: 3 }), (first, others) => {
        const letter = encode(Letter, { first, others })
        const decoded = decode(Letter, letter)
        expect(decoded).toEqual({ first, others })
        expect(encode(Letter, decoded)).toEqual(letter)
        const alone = encode(Plain, first)
        expect(encode(Signed, first)).toEqual(alone)
        expect(keptEncoding(decoded.first)).toEqual(alone)
        expect(keptContent(decoded.first)).toEqual(encode(Content, first))
      }),
      { numRuns: 100 },
    )
    expect(printStruct(Signed)).toBe(printStruct(Plain))
  })

  it('refuses what the other refuses', () => {
    for (const hostile of ['', '07', '0701', '07000101ff', '070001']) {
      const refusal = (work: () => unknown): unknown => {
        try {
          return work()
        } catch (error) {
          return error
        }
      }
      const expected = refusal(() => decode(Plain, fromHex(hostile)))
      expect(expected).toBeInstanceOf(Error)
      expect(refusal(() => decode(Signed, fromHex(hostile)))).toEqual(expected)
      expect(refusal(() => check(Signed, fromHex(hostile)))).toEqual(expected)
    }
    expect(() => encode(Signed, null as never)).toThrow()
  })

  it('copies nothing but what was read: values with other fields are encoded by their fields', () => {
    const value = decode(Signed, fromHex('0700020102'))
    const other = { ...value, number: 8 }
    expect(keptEncoding(other)).toBeUndefined()
    expect(keptContent(other)).toBeUndefined()
    expect(encode(Signed, other)).toEqual(fromHex('0800020102'))
    expect(encodingOf(Signed, other)).toEqual(fromHex('0800020102'))
    expect(encodingOf(Signed, value)).toEqual(fromHex('0700020102'))
  })
})
