/** RFC 9420 section 2.1: what the reader refuses, with which code, where; what the writer refuses. */
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { RejectedError, UsageError } from '../../src/base/errors.ts'
import { type Codec, check, decode, encode, printStruct } from '../../src/codec/codec.ts'
import { enumeration, openEnumeration, registry } from '../../src/codec/enumerations.ts'
import {
  named,
  opaque,
  opaqueOf,
  optional,
  uint8,
  uint16,
  uint32,
  uint64,
  vector,
  zeroPadding,
} from '../../src/codec/primitives.ts'
import { Reader } from '../../src/codec/reader.ts'
import { dependent, select } from '../../src/codec/select.ts'
import { constant, struct } from '../../src/codec/struct.ts'
import { Writer } from '../../src/codec/writer.ts'

const Color = enumeration('Color', { red: 1, blue: 7 })
const Kind = registry('Kind', { point: 1, line: 2 })
const Version = openEnumeration('Version', { one: 1 })
const Point = struct('Point', { xPosition: uint16, y: uint8 })
const Shape = struct('Shape', {
  version: constant(Version, 'one'),
  color: select(Color, { red: {}, blue: { depth: uint16 } }),
  names: vector(named('Name', opaque)),
  border: optional(Point),
  kind: dependent(Color, 'Shape.color', { red: { note: opaque }, blue: {} }),
})
const Figure = struct('Figure', {
  kind: select(Kind, { point: Point, line: { ends: vector(Point) } }, { content: opaque }),
})

function refusal(codec: Codec<unknown>, hex: string): unknown {
  const bytes = fromHex(hex)
  let details: unknown
  try {
    decode(codec, bytes)
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    details = [error.code, error.details['at'], error.details['field']]
  }
  expect(() => check(codec, bytes)).toThrow(RejectedError)
  return details
}

describe('structs', () => {
  it('flatten what a select adds', () => {
    const shape = {
      color: 'blue',
      depth: 0x102,
      names: [fromHex('aabb'), fromHex('')],
      border: { xPosition: 3, y: 4 },
    } as const
    expect(toHex(encode(Shape, shape))).toBe('00010701020402aabb0001000304')
    expect(decode(Shape, fromHex('00010701020402aabb0001000304'))).toEqual(shape)
    expect(decode(Shape, fromHex('000101000001ff'))).toEqual({
      color: 'red',
      names: [],
      border: undefined,
      note: fromHex('ff'),
    })
  })

  it('carry unknown cases only where they say how', () => {
    const figure = decode(Figure, fromHex('1a1a02cafe'))
    expect(figure).toEqual({ kind: 'unknown', kindValue: 0x1a1a, content: fromHex('cafe') })
    expect(toHex(encode(Figure, figure))).toBe('1a1a02cafe')
    expect(() => encode(Figure, { kind: 'unknown', kindValue: 1, content: fromHex('') })).toThrow(UsageError)
    expect(toHex(encode(Figure, { kind: 'point', xPosition: 1, y: 2 }))).toBe('0001000102')
  })

  it('print themselves', () => {
    expect(printStruct(Shape)).toBe(
      `struct {
  Version version = one;
  Color color;
  select (Shape.color) {
    case red:
      struct{};
    case blue:
      uint16 depth;
  };
  Name names<V>;
  optional<Point> border;
  select (Shape.color) {
    case red:
      opaque note<V>;
    case blue:
      struct{};
  };
} Shape;`,
    )
    expect(printStruct(Figure)).toContain('case point:\n      Point;\n')
    expect(printStruct(Color)).toBe('enum {\n  reserved(0),\n  red(1),\n  blue(7),\n  (255)\n} Color;')
  })
})

describe('refusals name the code, the offset and the field', () => {
  it.each<[string, Codec<unknown>, string, [string, number, string]]>([
    ['nothing at all', uint8, '', ['truncated', 0, 'uint8']],
    ['half a number', uint32, '010203', ['truncated', 0, 'uint32']],
    ['half a long number', uint64, '01020304050607', ['truncated', 0, 'uint64']],
    ['too much', uint16, '010203', ['trailing-bytes', 2, 'uint16']],
    ['a fixed string cut off', opaqueOf(4), '010203', ['truncated', 0, 'opaque[4]']],
    ['a string longer than the input', opaque, '0301', ['truncated', 1, 'opaque<V>']],
    ['copath-mls-2.1.2-02: a length of 1 in two bytes', opaque, '4001ff', ['non-minimal-length', 0, 'opaque<V>']],
    [
      'copath-mls-2.1.2-02: a length of 63 in two bytes',
      opaque,
      `403f${'00'.repeat(63)}`,
      ['non-minimal-length', 0, 'opaque<V>'],
    ],
    [
      'copath-mls-2.1.2-02: a length of 16383 in four bytes',
      opaque,
      `80003fff${'00'.repeat(16383)}`,
      ['non-minimal-length', 0, 'opaque<V>'],
    ],
    ['a length cut off', opaque, '40', ['truncated', 0, 'opaque<V>']],
    ['copath-mls-2.1.2-03: a length with the prefix 11', opaque, 'c000000000000000', ['unknown-value', 0, 'opaque<V>']],
    ['a billion bytes announced', opaque, 'bfffffff00', ['truncated', 4, 'opaque<V>']],
    ['copath-mls-2.1.1-01: presence 2', Shape, '000101000201', ['bad-presence', 4, 'Shape.border']],
    ['a wrong constant', Shape, '0002010000', ['unknown-value', 0, 'Shape.version']],
    ['a reserved tag', Shape, '0001000000', ['unknown-value', 2, 'Shape.color']],
    ['an unknown tag', Shape, '0001ff0000', ['unknown-value', 2, 'Shape.color']],
    ['a case cut off', Shape, '00010701', ['truncated', 3, 'Color(blue).depth']],
    ['an element that leaves its vector', Shape, '0001010203aabbcc0000', ['truncated', 5, 'Shape.names']],
    ['a number that leaves its vector', vector(uint16), '03010203', ['truncated', 3, 'uint16<V>']],
    ['an inner field cut off', Shape, '000101000100', ['truncated', 5, 'Point.x_position']],
    [
      'padding with content',
      struct('Padded', { padding: zeroPadding('n') }),
      '000100',
      ['bad-padding', 0, 'Padded.padding'],
    ],
  ])('%s', (_, codec, hex, expected) => {
    expect(refusal(codec, hex)).toEqual(expected)
  })

  it('allocates nothing for a vector that announces more than there is', () => {
    // 2^30 - 1 bytes announced; the refusal comes before any element is read
    expect(refusal(vector(uint8), 'bfffffff01020304')).toEqual(['truncated', 4, 'uint8<V>'])
  })
})

describe('the writer', () => {
  it.each<[string, () => unknown]>([
    ['a number too large', () => encode(uint8, 256)],
    ['a negative number', () => encode(uint16, -1)],
    ['a fraction', () => encode(uint32, 1.5)],
    ['no number', () => encode(uint32, Number.NaN)],
    ['a bigint too large', () => encode(uint64, 2n ** 64n)],
    ['a name that is none', () => encode(Color, 'green' as 'red')],
    ['a name of Object.prototype', () => encode(Color, 'toString' as 'red')],
    ['a string of the wrong length', () => encode(opaqueOf(4), fromHex('00'))],
    ['a missing field', () => encode(Point, { xPosition: 1 } as { xPosition: number; y: number })],
    [
      'a field of another case',
      () => encode(Shape, { color: 'blue', depth: 1, names: [], border: undefined, note: fromHex('') }),
    ],
    ['a case without its field', () => encode(Shape, { color: 'red', names: [], border: undefined })],
    ['no array', () => encode(vector(uint8), fromHex('01') as unknown as number[])],
  ])('refuses %s', (_, body) => {
    expect(body).toThrow(UsageError)
  })

  it('copath-mls-2.1.2-01: writes lengths of every size in as few bytes as they take, in place', () => {
    for (const length of [0, 1, 63, 64, 65, 16383, 16384, 70000]) {
      const values = Array.from({ length }, (_, i) => i & 0xff)
      const bytes = encode(vector(uint8), values)
      expect(bytes.length - length).toBe(length < 64 ? 1 : length < 16384 ? 2 : 4)
      expect(decode(vector(uint8), bytes)).toEqual(values)
    }
  })

  it('leaves nothing behind in its buffer', () => {
    const writer = new Writer(4)
    const first = writer.bytes
    writer.opaque(Uint8Array.from({ length: 3 }, () => 0xaa))
    writer.opaque(Uint8Array.from({ length: 300 }, () => 0xbb))
    expect(first.every(byte => byte === 0)).toBe(true)
    const last = writer.bytes
    writer.wipe()
    expect(last.every(byte => byte === 0)).toBe(true)
  })

  it('survives a refusal half-way', () => {
    expect(() => encode(Point, { xPosition: 7, y: 1000 })).toThrow(UsageError)
    expect(toHex(encode(Point, { xPosition: 7, y: 1 }))).toBe('000701')
    // and the next names what it is about, not what was written last
    expect(() => encode(Shape, 'a name' as never)).toThrow(
      expect.objectContaining({ details: { field: 'Shape', expected: 'Shape' } }),
    )
  })
})

it('byte strings are views of plain class, Buffers included', () => {
  const buffer = Buffer.from('02aabb', 'hex')
  const value = decode(opaque, buffer)
  expect(value.constructor).toBe(Uint8Array)
  expect(value.buffer).toBe(buffer.buffer)
})

it('a reader stops at its limit', () => {
  const reader = new Reader(fromHex('0201020304'), 'outer')
  const outer = reader.openVector()
  expect(reader.uint16()).toBe(0x0102)
  expect(() => reader.uint8()).toThrow(RejectedError)
  reader.closeVector(outer)
  expect(reader.uint16()).toBe(0x0304)
  reader.end()
})
