/** The pre-checks against exact integers and the curve of @noble/curves. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, it } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import {
  acceptableEncodings,
  isCanonicalPoint,
  isCanonicalScalar,
  isSmallOrderPoint,
} from '../../src/crypto/ed25519-acceptance.ts'
import { L, littleEndian, P, SMALL_ORDER_ENCODINGS, TORSION } from './ed25519-forge.ts'

const TOP = 1n << 255n

describe('encodings of Ed25519', () => {
  it('takes y below p only', () => {
    for (const d of [-3n, -2n, -1n, 0n, 1n, 2n, 18n]) expect(isCanonicalPoint(littleEndian(P + d, 32))).toBe(d < 0n)
    for (const y of [0n, 2n, 3n, P - 2n]) expect(isCanonicalPoint(littleEndian(y | TOP, 32))).toBe(true)
    for (const y of [1n, P - 1n]) {
      expect(isCanonicalPoint(littleEndian(y, 32))).toBe(true)
      expect(isCanonicalPoint(littleEndian(y | TOP, 32))).toBe(false)
    }
    for (const length of [0, 31, 33]) expect(isCanonicalPoint(new Uint8Array(length))).toBe(false)
  })

  it('takes scalars below L only', () => {
    for (const d of [-2n, -1n, 0n, 1n]) expect(isCanonicalScalar(littleEndian(L + d, 32))).toBe(d < 0n)
    expect(isCanonicalScalar(littleEndian(0n, 32))).toBe(true)
    expect(isCanonicalScalar(littleEndian((1n << 256n) - 1n, 32))).toBe(false)
    expect(isCanonicalScalar(new Uint8Array(31))).toBe(false)
  })

  it('knows the eight points of small order, in the eight canonical encodings', () => {
    expect(TORSION).toHaveLength(8)
    const canonical = TORSION.map(point => toHex(point.toBytes()))
    expect(new Set(canonical).size).toBe(8)
    for (const point of TORSION) {
      expect(isCanonicalPoint(point.toBytes())).toBe(true)
      expect(isSmallOrderPoint(point.toBytes())).toBe(true)
    }
    expect(SMALL_ORDER_ENCODINGS).toHaveLength(14)
    for (const encoding of SMALL_ORDER_ENCODINGS) {
      expect(isCanonicalPoint(encoding)).toBe(canonical.includes(toHex(encoding)))
    }
    for (let i = 1n; i < 50n; i++) {
      for (const torsion of TORSION) {
        const point = ed25519.Point.BASE.multiply(i).add(torsion)
        expect(isSmallOrderPoint(point.toBytes())).toBe(false)
        expect(isCanonicalPoint(point.toBytes())).toBe(true)
      }
    }
  })

  it('refuses a pair for each single reason', () => {
    const key = ed25519.Point.BASE.toBytes()
    const pair = (r: Uint8Array, s: bigint) => concat(r, littleEndian(s, 32))
    expect(acceptableEncodings(key, pair(key, L - 1n))).toBe(true)
    expect(acceptableEncodings(key, pair(ed25519.Point.ZERO.toBytes(), 0n))).toBe(true)
    expect(acceptableEncodings(key, pair(key, L))).toBe(false)
    expect(acceptableEncodings(key, pair(littleEndian(P + 3n, 32), 1n))).toBe(false)
    expect(acceptableEncodings(littleEndian(P + 3n, 32), pair(key, 1n))).toBe(false)
    for (const point of TORSION) expect(acceptableEncodings(point.toBytes(), pair(key, 1n))).toBe(false)
    expect(acceptableEncodings(key.subarray(1), pair(key, 1n))).toBe(false)
    expect(acceptableEncodings(key, pair(key, 1n).subarray(1))).toBe(false)
  })
})
