/** The contract of X25519 (RFC 7748). */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../../src/base/byte-list.ts'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import type { DiffieHellman } from '../../../src/crypto/provider.ts'
import { bytesOf, COUNTS, expectPure, failure, fixedList, joined, sliced, unaligned } from './tools.ts'

/** RFC 7748 section 5.2: scalar, point, product. */
const RFC_7748 = [
  [
    'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  ],
  [
    '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  ],
] as const

const P = 2n ** 255n - 19n

/** 32 little-endian bytes of a number below 2^256. */
function littleEndian(value: bigint): Uint8Array<ArrayBuffer> {
  return fromHex(value.toString(16).padStart(64, '0')).reverse()
}

/** The u coordinates of points whose order divides 8, on the curve and on its twist. */
const LOW_ORDER = [
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  P - 1n,
]

/** Every encoding of them: not reduced where 255 bits have room for it, and with the top bit, which must be ignored. */
const LOW_ORDER_ENCODINGS = LOW_ORDER.flatMap(u => [u, u + P])
  .filter(value => value < 2n ** 255n)
  .flatMap(value => [value, value + 2n ** 255n])
  .map(littleEndian)

/** Points around the limits of the field, of 51-bit and 25.5-bit limbs, reduced or not, with and without the top bit. */
const EDGE_POINTS = [2n, 9n, P - 2n, P + 2n, P + 18n, 2n ** 254n, 2n ** 255n - 1n]
  .concat([25n, 26n, 51n, 52n, 102n, 153n, 204n, 230n].flatMap(bits => [2n ** bits - 1n, 2n ** bits]))
  .flatMap(value => [value, value + 2n ** 255n])
  .map(littleEndian)

const EDGE_SCALARS = [0n, 1n, 7n, 8n, 2n ** 254n, 2n ** 255n - 1n, 2n ** 256n - 1n, 2n ** 252n - 1n, P].map(
  littleEndian,
)

export function describeAgreement(dh: DiffieHellman, reference: DiffieHellman): void {
  const one = (item: Uint8Array): ByteList => ByteList.of([item])
  const keyOf = (seed: number) => bytesOf(32, seed)
  const pointOf = (seed: number) => reference.publicKey(bytesOf(32, seed))

  describe(dh.id, () => {
    it('knows its sizes and the cases of RFC 7748', () => {
      expect([dh.privateKeyLength, dh.publicKeyLength, dh.sharedLength]).toEqual([32, 32, 32])
      for (const [scalar, point, product] of RFC_7748) {
        expect(toHex(dh.shared(fromHex(scalar), fromHex(point)))).toBe(product)
      }
      // section 5.2, one iteration
      const nine = littleEndian(9n)
      expect(toHex(dh.publicKey(nine))).toBe('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079')
    })
    it('agrees with the reference on random and on edge inputs', () => {
      const points = [...EDGE_POINTS, ...Array.from({ length: 12 }, (_, i) => bytesOf(32, 100 + i))]
      const scalars = [...EDGE_SCALARS, keyOf(1), keyOf(2)]
      for (const [i, point] of points.entries()) {
        const scalar = scalars[i % scalars.length]!
        const name = `${toHex(scalar)} on ${toHex(point)}`
        expect(dh.shared(unaligned(scalar), unaligned(point)), name).toEqual(reference.shared(scalar, point))
      }
      for (const scalar of scalars) {
        expect(dh.publicKey(unaligned(scalar)), toHex(scalar)).toEqual(reference.publicKey(scalar))
      }
      const expected = points.map((point, i) => reference.shared(scalars[i % scalars.length]!, point))
      const keys = ByteList.of(points.map((_, i) => scalars[i % scalars.length]!))
      expect(dh.sharedMany(keys, ByteList.of(points))).toEqual(joined(expected))
      expect(dh.publicKeyMany(ByteList.of(scalars))).toEqual(joined(scalars.map(s => reference.publicKey(s))))
    })
    it('gives both sides the same secret', () => {
      const [a, b] = [keyOf(3), keyOf(4)]
      expect(dh.shared(a, dh.publicKey(b))).toEqual(dh.shared(b, dh.publicKey(a)))
    })
    it('refuses every encoding of every low-order point, alone and by its index in a list', () => {
      expect(new Set(LOW_ORDER_ENCODINGS.map(toHex)).size).toBe(14)
      const good = pointOf(5)
      for (const point of LOW_ORDER_ENCODINGS) {
        for (const scalar of [keyOf(6), EDGE_SCALARS[5]!]) {
          expect(() => dh.shared(scalar, point), toHex(point)).toThrow(failure('RejectedError', 'low-order-point'))
        }
        const points = ByteList.of([good, good, point, good, point])
        const named = failure('RejectedError', 'low-order-point', { index: 2 })
        expect(() => dh.sharedMany(one(keyOf(7)), points), toHex(point)).toThrow(named)
      }
      const last = ByteList.of([...Array.from({ length: 64 }, () => good), LOW_ORDER_ENCODINGS[3]!])
      const named = failure('RejectedError', 'low-order-point', { index: 64 })
      expect(() => dh.sharedMany(fixedList(65, 32, 8), last)).toThrow(named)
    })
    it('blames the caller for private keys and the sender for public keys of the wrong length', () => {
      const [key, point] = [keyOf(9), pointOf(10)]
      for (const length of [0, 31, 33, 64]) {
        const own = failure('UsageError', 'wrong-length', { expected: 32, got: length })
        expect(() => dh.publicKey(bytesOf(length, 11))).toThrow(own)
        expect(() => dh.shared(bytesOf(length, 12), point)).toThrow(own)
        const foreign = failure('RejectedError', 'invalid-public-key')
        expect(() => dh.shared(key, bytesOf(length, 13))).toThrow(foreign)
        const named = { index: 1 }
        const keys = ByteList.of([key, bytesOf(length, 14), key])
        const points = ByteList.of([point, bytesOf(length, 15), point])
        expect(() => dh.publicKeyMany(keys)).toThrow(failure('UsageError', 'wrong-length', named))
        expect(() => dh.sharedMany(keys, one(point))).toThrow(failure('UsageError', 'wrong-length', named))
        expect(() => dh.sharedMany(one(key), points)).toThrow(failure('RejectedError', 'invalid-public-key', named))
      }
    })
    for (const count of COUNTS) {
      it(`serves ${count} items as single calls do, one item serving for all`, () => {
        const [keys, points] = [fixedList(count, 32, 16), fixedList(count, 32, 17)]
        const [key, point] = [keyOf(18), pointOf(19)]
        const publicKeys = joined([...keys].map(k => dh.publicKey(k)))
        const pairs = joined([...keys].map((k, i) => dh.shared(k, points.at(i))))
        for (const list of [keys, sliced(keys)]) {
          expect(dh.publicKeyMany(list)).toEqual(publicKeys)
          expect(dh.sharedMany(list, points)).toEqual(pairs)
          expect(dh.sharedMany(list, sliced(points))).toEqual(pairs)
        }
        expect(dh.sharedMany(one(key), points)).toEqual(joined([...points].map(p => dh.shared(key, p))))
        expect(dh.sharedMany(keys, one(point))).toEqual(joined([...keys].map(k => dh.shared(k, point))))
      })
    }
    it('refuses lists that do not belong together', () => {
      const wrong = failure('UsageError', 'wrong-argument')
      expect(() => dh.sharedMany(fixedList(2, 32, 20), fixedList(3, 32, 21))).toThrow(wrong)
      expect(() => dh.sharedMany(fixedList(3, 32, 22), fixedList(2, 32, 23))).toThrow(wrong)
      expect(() => dh.sharedMany(fixedList(0, 32, 24), fixedList(2, 32, 25))).toThrow(wrong)
    })
    it('changes no input and returns arrays of its own', () => {
      const [key, point] = [keyOf(26), pointOf(27)]
      expectPure([key], () => dh.publicKey(key))
      expectPure([key, point], () => dh.shared(key, point))
      expectPure([key], () => dh.shared(key, key))
      expectPure([key, point], () => dh.sharedMany(one(key), ByteList.fixed(point, 32)))
      expectPure([key], () => dh.publicKeyMany(ByteList.fixed(key, 32)))
    })
  })
}
