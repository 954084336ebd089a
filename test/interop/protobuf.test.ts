/** Our encoding of Protocol Buffers against the bytes that its documentation gives, and against itself. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bool, bytes, list, message, one, string, uint32, uint64, WireError } from '../../interop/protobuf.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'

const Inner = message({ a: one(1, uint32) })
const Outer = message({
  text: one(2, string),
  inner: one(3, Inner),
  names: list(4, string),
  numbers: list(6, uint32),
  large: one(7, uint64),
  flag: one(8, bool),
  data: one(9, bytes),
  inners: list(500, Inner),
})

describe('Protocol Buffers', () => {
  it.each([
    // the examples of the page "Encoding" of protobuf.dev
    ['089601', Inner, { a: 150 }],
    ['120774657374696e67', Outer, { text: 'testing' }],
    ['1a03089601', Outer, { inner: { a: 150 } }],
    ['3206038e029ea705', Outer, { numbers: [3, 270, 86942] }],
    ['220568656c6c6f2205776f726c64', Outer, { names: ['hello', 'world'] }],
    // and the ends of the numbers
    ['38ffffffffffffffffff01', Outer, { large: 2n ** 64n - 1n }],
    ['', Outer, { large: 0n, flag: false, text: '', names: [], data: new Uint8Array(0), inner: { a: 0 } }],
    ['a21f020801a21f00', Outer, { inners: [{ a: 1 }, { a: 0 }] }],
  ] as const)('%s', (hex, type, value) => {
    const { encode, decode, absent } = type as typeof Outer
    expect(toHex(encode(value as object))).toBe(hex)
    expect(decode(fromHex(hex))).toEqual({ ...absent(), ...(value as object) })
  })

  it('numbers may come unpacked, fields in any order, and unknown ones are skipped', () => {
    const unknown = '0a0161' + '5001' + '5d01020304' + '590102030405060708'
    const decoded = Outer.decode(fromHex(`${unknown}3001120162${unknown}3002120163`))
    expect(decoded).toEqual({ ...Outer.absent(), numbers: [1, 2], text: 'c' })
  })

  it.each([
    '08',
    '0880',
    '0a',
    '0a05',
    '12',
    '1202ff',
    '1201ff',
    '1001',
    '07',
    '0f',
    '03',
    '3a00',
    '0000',
    '3204ffffffff',
  ])('refuses %s', hex => {
    expect(() => Outer.decode(fromHex(hex))).toThrow(WireError)
  })

  it('what is encoded is decoded; other bytes are decoded or refused, never worse', () => {
    const inner = fc.record({ a: fc.nat() })
    const outer = fc.record({
      text: fc.string({ unit: 'grapheme' }),
      inner,
      names: fc.array(fc.string()),
      numbers: fc.array(fc.nat()),
      large: fc.bigInt(0n, 2n ** 64n - 1n),
      flag: fc.boolean(),
      data: fc.uint8Array(),
      inners: fc.array(inner),
    })
    fc.assert(
      fc.property(outer, value => {
        expect(Outer.decode(Outer.encode(value))).toEqual(value)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array(), random => {
        try {
          const decoded = Outer.decode(random)
          expect(Outer.decode(Outer.encode(decoded))).toEqual(decoded)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })

  it('a long list takes time in proportion to its length', () => {
    const many = new Uint8Array(400_000)
    for (let i = 0; i < many.length; i += 2) many[i] = 0x22
    expect(Outer.decode(many).names.length).toBe(200_000)
  })
})
