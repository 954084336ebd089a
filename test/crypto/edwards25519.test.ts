/** Point arithmetic, encodings and the fixed-base table against @noble/curves, in both modules. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { isCanonicalPoint, isSmallOrderPoint } from '../../src/crypto/ed25519-acceptance.ts'
import { CURVE_MODULES, curveModule } from './curve-modules.ts'
import {
  fromLittleEndian,
  L,
  littleEndian,
  multipleOfBase,
  P,
  Point,
  SMALL_ORDER_ENCODINGS,
  TORSION,
} from './ed25519-forge.ts'
import { seededBytes } from './seeded.ts'

const POINT = 160
const TABLE_AT = 0x8000
const ENTRY = 120

/** Points of every kind: small order, prime order, mixed. */
const random = seededBytes('points', 64 * 12)
const POINTS: Point[] = [...TORSION]
for (let i = 0; i < 12; i++) {
  const point = multipleOfBase(fromLittleEndian(random.subarray(64 * i, 64 * i + 64)))
  POINTS.push(point, point.add(TORSION[1 + (i % 7)]!))
}
POINTS.push(Point.BASE, Point.BASE.negate())

describe.each(CURVE_MODULES)('%s: points', name => {
  const m = curveModule(name)
  m.call('prepareFixedBase')
  const heap = m.reserve(16 * POINT)
  const at = (i: number) => heap + i * POINT
  const load = (i: number, point: Point, j = i + 1) => {
    m.write(m.io, point.toBytes())
    expect(m.call('pointDecodePair', at(i), at(j), m.io, m.io)).toBe(3)
  }
  const encoded = (i: number) => {
    m.call('pointEncode', m.io, at(i))
    return toHex(m.read(m.io, 32))
  }
  const hex = (point: Point) => toHex(point.toBytes())

  it('decodes in both lanes, and tells what is no point', () => {
    for (const [n, point] of POINTS.entries()) {
      const other = POINTS[(n * 7 + 3) % POINTS.length]!
      m.write(m.io, point.toBytes())
      m.write(m.io + 32, other.toBytes())
      expect(m.call('pointDecodePair', at(0), at(1), m.io, m.io + 32)).toBe(3)
      expect([encoded(0), encoded(1)]).toEqual([hex(point), hex(other)])
    }
    let found = 0
    for (let y = 2n; y < 120n; y++) {
      const encoding = littleEndian(y | ((y & 1n) << 255n), 32)
      let point: Point | undefined
      try {
        point = Point.fromBytes(encoding)
      } catch {}
      m.write(m.io, encoding)
      m.write(m.io + 32, Point.BASE.toBytes())
      expect(m.call('pointDecodePair', at(0), at(1), m.io, m.io + 32)).toBe(point === undefined ? 2 : 3)
      expect(m.call('pointDecodePair', at(1), at(0), m.io + 32, m.io)).toBe(point === undefined ? 1 : 3)
      if (point !== undefined) {
        found++
        expect(encoded(0)).toBe(hex(point))
      }
    }
    expect(found).toBeGreaterThan(30)
    expect(found).toBeLessThan(90)
  })

  it('decodes four at a time', () => {
    for (let n = 0; n + 4 <= POINTS.length; n++) {
      const four = POINTS.slice(n, n + 4)
      for (const [i, point] of four.entries()) m.write(m.io + 32 * i, point.toBytes())
      // first and third are one kind, second and fourth the other
      expect(m.call('pointDecodeFour', at(0), at(4), m.io, m.io + 32, 64, 64)).toBe(15)
      expect([encoded(0), encoded(4)]).toEqual([hex(four[0]!), hex(four[1]!)])
      for (const [i, point] of four.entries()) m.write(m.io + 32 * i, point.toBytes())
      for (let bad = 0; bad < 4; bad++) {
        const kept = m.read(m.io + 32 * bad, 32)
        m.write(m.io + 32 * bad, littleEndian(2n, 32))
        expect(m.call('pointDecodeFour', at(0), at(4), m.io, m.io + 32, 64, 64)).toBe(15 ^ (1 << bad))
        m.write(m.io + 32 * bad, kept)
      }
      expect(m.call('pointDecodeFour', at(0), at(4), m.io, m.io + 32, 64, 64)).toBe(15)
      expect([encoded(1), encoded(5)]).toEqual([hex(four[2]!), hex(four[3]!)])
    }
  })

  it('knows canonical encodings and small orders as the plain implementation does', () => {
    const encodings = [...SMALL_ORDER_ENCODINGS, ...POINTS.map(point => point.toBytes())]
    for (let d = -3n; d < 19n; d++)
      for (const sign of [0n, 1n]) encodings.push(littleEndian((P + d) | (sign << 255n), 32))
    for (let d = 0n; d < 20n; d++) for (const sign of [0n, 1n]) encodings.push(littleEndian(d | (sign << 255n), 32))
    for (const encoding of encodings) {
      m.write(m.io, encoding)
      expect(m.call('encodingIsCanonical', m.io)).toBe(Number(isCanonicalPoint(encoding)))
      if (isCanonicalPoint(encoding)) {
        expect(m.call('encodingHasSmallOrder', m.io)).toBe(Number(isSmallOrderPoint(encoding)))
      }
    }
  })

  it('adds, subtracts and doubles all kinds of points, in place too', () => {
    for (const a of POINTS) {
      for (const b of POINTS) {
        load(0, a)
        load(2, b)
        m.call('pointCache', at(4), at(2))
        for (const [call, want] of [
          ['pointAdd', a.add(b)],
          ['pointSub', a.subtract(b)],
        ] as const) {
          m.call(call, at(6), at(0), at(4))
          expect(encoded(6)).toBe(hex(want))
          expect(m.call('pointIsZero', at(6))).toBe(Number(want.is0()))
          // a result is a fair operand, and an output may be its own input
          m.call(call, at(6), at(6), at(4))
          m.call('pointCache', at(8), at(6))
          m.call('pointAdd', at(8), at(6), at(8))
          const twice = call === 'pointAdd' ? want.add(b) : want.subtract(b)
          expect(encoded(8)).toBe(hex(twice.double()))
        }
      }
      load(0, a)
      m.call('pointDouble', at(2), at(0))
      m.call('pointDouble', at(2), at(2))
      expect(encoded(2)).toBe(hex(a.double().double()))
    }
  })

  it('holds 1 to 8 times 16^(2 i) B in row i of the table: y - x, y + x and -2d x y', () => {
    const { d } = Point.CURVE()
    const mod = (value: bigint) => ((value % P) + P) % P
    // an element is half a pair: spread over both lanes, it can be read
    const element = (address: number) => {
      const half = m.read(address, 40)
      const pair = new Uint8Array(80)
      for (let limb = 0; limb < 5; limb++) pair.set(half.subarray(8 * limb, 8 * limb + 8), 16 * limb)
      m.write(heap, pair)
      m.call('toBytes', m.io, heap, 0)
      return fromLittleEndian(m.read(m.io, 32))
    }
    let power = Point.BASE
    for (let row = 0; row < 32; row++) {
      let want = Point.ZERO
      for (let entry = 0; entry < 8; entry++) {
        want = want.add(power)
        const { x, y } = want.toAffine()
        const address = TABLE_AT + (8 * row + entry) * ENTRY
        const got = [0, 40, 80].map(offset => element(address + offset))
        expect(got).toEqual([mod(y - x), mod(y + x), mod(-2n * d * x * y)])
      }
      for (let i = 0; i < 8; i++) power = power.double()
    }
  })

  it('multiplies the base point', () => {
    const scalars = [
      0n,
      1n,
      2n,
      7n,
      8n,
      9n,
      15n,
      16n,
      17n,
      L - 1n,
      L,
      L + 1n,
      (1n << 255n) - 1n,
      1n << 254n,
      0x8888888888888888n,
    ]
    const bytes = seededBytes('base', 32 * 40)
    for (let i = 0; i < 40; i++) scalars.push(fromLittleEndian(bytes.subarray(32 * i, 32 * i + 32)) >> 1n)
    for (const scalar of scalars) {
      m.write(m.io, littleEndian(scalar, 32))
      m.call('fixedBase', at(0), m.io)
      expect(encoded(0)).toBe(hex(multipleOfBase(scalar)))
    }
  })

  it('finds short equivalents of scalars', () => {
    const scalars = [
      0n,
      1n,
      2n,
      L - 1n,
      L - 2n,
      (L - 1n) / 2n,
      (L + 1n) / 2n,
      1n << 252n,
      (1n << 127n) - 1n,
      1n << 127n,
      1n << 64n,
      1n << 63n,
    ]
    for (let i = 1n; i < 251n; i++) scalars.push(L >> i, (1n << i) + 1n)
    const bytes = seededBytes('halve', 64 * 2000)
    for (let i = 0; i < 2000; i++) scalars.push(fromLittleEndian(bytes.subarray(64 * i, 64 * i + 64)) % L)
    for (const k of scalars) {
      m.write(m.io, littleEndian(k, 32))
      const negative = m.call('scalarHalve', m.io + 32, m.io + 64, m.io)
      const u = fromLittleEndian(m.read(m.io + 32, 32))
      const v = fromLittleEndian(m.read(m.io + 64, 32))
      expect(u < 1n << 127n && v > 0n && v < 1n << 127n).toBe(true)
      expect(((negative === 1 ? L - v : v) * k - u) % L).toBe(0n)
    }
  })
})
