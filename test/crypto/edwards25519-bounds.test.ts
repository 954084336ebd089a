/**
 * The bounds of the formulas in assembly/edwards25519.ts and assembly/fixed-base25519.ts: replayed in multiples of R, the bound of reduced
 * limbs (field25519.ts says what products, squares and carries take), and with every limb at its extreme in both modules.
 */
import { describe, expect, it } from 'vitest'
import { CURVE_MODULES, curveModule } from './curve-modules.ts'
import { fromLittleEndian, P, Point } from './ed25519-forge.ts'
import { seededBytes } from './seeded.ts'

const [REDUCED, LOOSE, WIDE] = [1, 3, 64]
const mul = (a: number, b: number): number => {
  expect([Math.min(a, b) <= REDUCED, Math.max(a, b) <= LOOSE]).toEqual([true, true])
  return REDUCED
}
const square = (a: number): number => {
  expect(a).toBeLessThanOrEqual(REDUCED)
  return REDUCED
}
const reduce = (a: number): number => {
  expect(a).toBeLessThanOrEqual(WIDE)
  return REDUCED
}
const sum = (a: number, b: number): number => a + b

describe('bounds in multiples of R', () => {
  const [x, y, z, t] = [1, 1, 1, 1]

  it('addition and subtraction of a cached point', () => {
    const a = mul(REDUCED, sum(y, x))
    const b = mul(REDUCED, sum(y, x))
    const c = mul(REDUCED, t)
    const d = mul(REDUCED, z)
    const [e, g] = [reduce(sum(b, a)), reduce(sum(d, c))]
    const [h, f] = [sum(b, a), sum(d, c)]
    expect([mul(e, f), mul(g, h), mul(e, h), mul(g, f)]).toEqual([1, 1, 1, 1])
  })

  it('doubling', () => {
    const [a, b] = [square(x), square(y)]
    const [w, zz] = [square(reduce(sum(x, y))), square(reduce(z))]
    const [e, g] = [sum(sum(a, b), w), sum(a, b)]
    const [f, h] = [reduce(sum(sum(zz, zz), g)), reduce(sum(a, b))]
    expect([mul(f, e), mul(h, g), mul(h, e), mul(f, g)]).toEqual([1, 1, 1, 1])
  })

  it('addition of table entries, side by side', () => {
    const a = mul(REDUCED, sum(y, x))
    const b = mul(REDUCED, sum(y, x))
    const c = mul(REDUCED, t)
    const [e, h] = [reduce(sum(b, a)), sum(b, a)]
    const [g, f] = [reduce(sum(sum(z, z), c)), sum(sum(z, z), c)]
    expect([mul(e, f), mul(g, h), mul(e, h), mul(g, f)]).toEqual([1, 1, 1, 1])
  })
})

const mod = (value: bigint): bigint => ((value % P) + P) % P

describe.each(CURVE_MODULES)('%s: limbs at their extremes', name => {
  const m = curveModule(name)
  m.call('prepareFixedBase')
  const heap = m.reserve(4 * 160)
  const bound = name === 'testing-curve-fma' ? 2n ** 50n + 2n ** 13n : 2n ** 51n + 2n ** 18n

  /** Writes a pair of elements with limbs of -1, 0 or 1 times the bound, and says which elements these are. */
  const writeExtremes = (at: number, choice: Uint8Array): [bigint, bigint] => {
    const view = new DataView(new ArrayBuffer(80))
    const values: [bigint, bigint] = [0n, 0n]
    for (let i = 0; i < 10; i++) {
      const limb = bound * BigInt((choice[i]! % 3) - 1)
      if (name === 'testing-curve-fma') view.setFloat64(8 * i, Number(limb), true)
      else view.setBigInt64(8 * i, limb, true)
      values[i & 1]! += limb << (51n * BigInt(i >> 1))
    }
    m.write(at, new Uint8Array(view.buffer))
    return values
  }
  const read = (at: number): bigint[] =>
    [0, 80].flatMap(offset =>
      [0, 1].map(lane => {
        m.call('toBytes', m.io, at + offset, lane)
        return fromLittleEndian(m.read(m.io, 32))
      }),
    )

  it('gives what the formulas say of any numbers', () => {
    const random = seededBytes('extremes', 40 * 600)
    for (let n = 0; n < 600; n++) {
      // the first few: all limbs at one end, or at the other
      const choice = n < 4 ? random.map((_, i) => (n & (i % 20 < 10 ? 1 : 2) ? 2 : 0)) : random.subarray(40 * n)
      const [x1, y1] = writeExtremes(heap, choice)
      const [t1, z1] = writeExtremes(heap + 80, choice.subarray(10))
      const [less, more] = writeExtremes(heap + 160, choice.subarray(20))
      const [t2, z2] = writeExtremes(heap + 240, choice.subarray(30))
      for (const sign of [1n, -1n]) {
        const [p, q] = sign === 1n ? [less, more] : [more, less]
        const [a, b, c, d] = [(y1 - x1) * p, (y1 + x1) * q, sign * t1 * t2, z1 * z2]
        const [e, f, g, h] = [b - a, d + c, d - c, b + a]
        m.call(sign === 1n ? 'pointAdd' : 'pointSub', heap + 320, heap, heap + 160)
        const want = [e * f, g * h, e * h, f * g].map(mod)
        const [gotX, gotY, gotT, gotZ] = read(heap + 320) as [bigint, bigint, bigint, bigint]
        // the same up to a common factor of -1
        expect([[gotX, gotY, gotT, gotZ], [gotX, gotY, gotT, gotZ].map(v => mod(-v))]).toContainEqual(want)
      }
      m.call('pointDouble', heap + 320, heap)
      const [a, b] = [x1 * x1, y1 * y1]
      const [e, g, h] = [a + b - (x1 + y1) ** 2n, a - b, a + b]
      const f = 2n * z1 * z1 + g
      expect(read(heap + 320)).toEqual([e * f, g * h, e * h, f * g].map(mod))
    }
  })

  it('has d right: a cached point is (y - x, y + x) and (-2d xy, 2)', () => {
    const { x, y } = Point.BASE.multiply(12345n).toAffine()
    m.write(m.io, Point.fromAffine({ x, y }).toBytes())
    m.call('pointDecodePair', heap, heap + 160, m.io, m.io)
    m.call('pointCache', heap + 320, heap)
    expect(read(heap + 320)).toEqual([mod(y - x), mod(y + x), mod(-2n * Point.CURVE().d * x * y), 2n])
  })
})
