/** Scalars modulo L against BigInt, at edges and at random, in both modules. */
import { describe, expect, it } from 'vitest'
import { CURVE_MODULES, curveModule } from './curve-modules.ts'
import { fromLittleEndian, L, littleEndian } from './ed25519-forge.ts'
import { seededBytes } from './seeded.ts'

const EDGES = [
  0n,
  1n,
  2n,
  L - 2n,
  L - 1n,
  L,
  L + 1n,
  2n * L - 1n,
  2n * L,
  15n * L,
  1n << 252n,
  (1n << 252n) - 1n,
  (1n << 252n) + (1n << 125n),
  (1n << 253n) - 1n,
  (1n << 255n) - 19n,
  (1n << 255n) - 1n,
  (1n << 256n) - 1n,
  (1n << 256n) - (1n << 28n),
]

describe.each(CURVE_MODULES)('%s: scalars', name => {
  const m = curveModule(name)
  const [A, B, C, OUT] = [m.io, m.io + 64, m.io + 96, m.io + 128]
  const reduce = (x: bigint) => {
    m.write(A, littleEndian(x, 64))
    m.call('scalarReduce', OUT, A)
    return fromLittleEndian(m.read(OUT, 32))
  }
  const mulAdd = (a: bigint, b: bigint, c: bigint, out = OUT) => {
    m.write(A, littleEndian(a, 32))
    m.write(B, littleEndian(b, 32))
    m.write(C, littleEndian(c, 32))
    m.call('scalarMulAdd', out, A, B, C)
    return fromLittleEndian(m.read(out, 32))
  }

  it('reduces 64 bytes', () => {
    const tops = [...EDGES, (1n << 512n) - 1n, (1n << 512n) - L, (1n << 512n) - (1n << 252n), 1n << 511n]
    for (const high of EDGES) for (const low of EDGES) tops.push((high << 256n) | low)
    for (let k = 0n; k < 260n; k++) tops.push((L << k) - 1n, L << k, (L << k) + 1n)
    for (const x of tops) expect(reduce(x)).toBe(x % L)
    const random = seededBytes('reduce', 64 * 1000)
    for (let i = 0; i < 1000; i++) {
      const x = fromLittleEndian(random.subarray(64 * i, 64 * i + 64))
      expect(reduce(x)).toBe(x % L)
    }
  })

  it('multiplies and adds, also in place', () => {
    for (const a of EDGES) for (const b of EDGES) for (const c of EDGES) expect(mulAdd(a, b, c)).toBe((a * b + c) % L)
    const random = seededBytes('mulAdd', 96 * 1000)
    for (let i = 0; i < 1000; i++) {
      const [a, b, c] = [0, 32, 64].map(at => fromLittleEndian(random.subarray(96 * i + at, 96 * i + at + 32))) as [
        bigint,
        bigint,
        bigint,
      ]
      for (const out of [OUT, A, B, C]) expect(mulAdd(a, b, c, out)).toBe((a * b + c) % L)
    }
  })

  it('tells scalars below L from others', () => {
    for (const x of EDGES) {
      m.write(A, littleEndian(x, 32))
      expect(m.call('scalarIsCanonical', A)).toBe(x < L ? 1 : 0)
    }
    for (let k = 0n; k < 256n; k++) {
      const x = L ^ (1n << k)
      m.write(A, littleEndian(x, 32))
      expect(m.call('scalarIsCanonical', A)).toBe(x < L ? 1 : 0)
    }
  })

  const small = EDGES.filter(x => x < 1n << 255n)
  const random = seededBytes('digits', 32 * 500)
  for (let i = 0; i < 500; i++) small.push(fromLittleEndian(random.subarray(32 * i, 32 * i + 32)) >> 1n)

  it('writes 64 signed digits of radix 16', () => {
    for (const x of small) {
      m.write(A, littleEndian(x, 32))
      m.call('scalarDigits16', OUT, A)
      const digits = new Int8Array(m.read(OUT, 64).buffer)
      expect(digits.every(d => d >= -8 && d <= 8)).toBe(true)
      expect(digits.reduceRight((sum, d) => sum * 16n + BigInt(d), 0n)).toBe(x)
    }
  })

  it.each([5, 6, 8])('writes sparse digits of width %i', width => {
    for (const x of small) {
      m.write(A, littleEndian(x, 32))
      m.call('scalarSparseDigits', OUT, A, width, -1)
      const opposite = new Int8Array(m.read(OUT, 256).buffer)
      const length = m.call('scalarSparseDigits', OUT, A, width, 1)
      const digits = new Int8Array(m.read(OUT, 256).buffer)
      expect(digits.reduceRight((sum, d) => sum * 2n + BigInt(d), 0n)).toBe(x)
      expect(opposite.reduceRight((sum, d) => sum * 2n + BigInt(d), 0n)).toBe(-x)
      const places = [...digits.keys()].filter(i => digits[i] !== 0)
      expect(length).toBe((places.at(-1) ?? -1) + 1)
      for (const [n, i] of places.entries()) {
        expect(digits[i]! & 1).toBe(1)
        expect(Math.abs(digits[i]!)).toBeLessThan(1 << (width - 1))
        if (n > 0) expect(i - places[n - 1]!).toBeGreaterThanOrEqual(width)
      }
    }
  })
})
