/** The contract of HMAC (RFC 2104) and HKDF (RFC 5869). */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../../src/base/byte-list.ts'
import { fromHex, toHex, utf8 } from '../../../src/base/bytes.ts'
import type { Kdf } from '../../../src/crypto/provider.ts'
import { bytesOf, COUNTS, expectPure, failure, fixedList, joined, mixedList, sliced } from './tools.ts'

/** RFC 4231 section 4.3, test case 2. */
const HMAC_CASE_2 = {
  'hkdf-sha256': '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  'hkdf-sha384': 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
  'hkdf-sha512':
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
}

/** RFC 5869 appendix A.1. */
const HKDF_CASE_1 = {
  ikm: '0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',
  salt: '000102030405060708090a0b0c',
  info: 'f0f1f2f3f4f5f6f7f8f9',
  prk: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
  okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
}

const LENGTHS = [0, 1, 16, 31, 32, 33, 47, 48, 55, 56, 63, 64, 65, 100, 111, 112, 127, 128, 129, 200, 20_000]

export function describeKdf(kdf: Kdf, reference: Kdf): void {
  const size = kdf.length
  const one = (item: Uint8Array): ByteList => ByteList.of([item])

  describe(kdf.id, () => {
    it('knows the published cases', () => {
      expect(size).toBe(reference.length)
      expect(toHex(kdf.hmac(utf8('Jefe'), utf8('what do ya want for nothing?')))).toBe(HMAC_CASE_2[kdf.id])
      if (kdf.id === 'hkdf-sha256') {
        const prk = kdf.extract(fromHex(HKDF_CASE_1.salt), fromHex(HKDF_CASE_1.ikm))
        expect(toHex(prk)).toBe(HKDF_CASE_1.prk)
        expect(toHex(kdf.expand(prk, fromHex(HKDF_CASE_1.info), 42))).toBe(HKDF_CASE_1.okm)
      }
    })
    it('agrees with the reference on keys and messages of any length', () => {
      for (const keyLength of LENGTHS) {
        for (const length of [0, 1, 63, 64, 200]) {
          const [key, message] = [bytesOf(keyLength, 1), bytesOf(length, 2)]
          expect(kdf.hmac(key, message), `${keyLength}, ${length}`).toEqual(reference.hmac(key, message))
          expect(kdf.hmac(message, key), `${length}, ${keyLength}`).toEqual(reference.hmac(message, key))
          expect(kdf.extract(key, message)).toEqual(reference.hmac(key, message))
        }
      }
    })
    it('expands to any length up to the limit, with any info', () => {
      const key = bytesOf(size, 3)
      for (const length of [0, 1, 12, 16, size - 1, size, size + 1, 2 * size, 3 * size + 5, 255 * size]) {
        const info = bytesOf(length % 90, 4)
        expect(kdf.expand(key, info, length), `${length} bytes`).toEqual(reference.expand(key, info, length))
      }
      for (const infoLength of LENGTHS) {
        const info = bytesOf(infoLength, 5)
        expect(kdf.expand(key, info, 40), `info of ${infoLength}`).toEqual(reference.expand(key, info, 40))
      }
      for (const keyLength of [0, 1, 128, 129, 300]) {
        const other = bytesOf(keyLength, 6)
        expect(kdf.expand(other, key, 40), `key of ${keyLength}`).toEqual(reference.expand(other, key, 40))
      }
    })
    it('refuses to expand further', () => {
      const tooLong = failure('UsageError', 'input-too-long')
      const key = bytesOf(size, 7)
      expect(() => kdf.expand(key, key, 255 * size + 1)).toThrow(tooLong)
      expect(() => kdf.expandMany(one(key), one(key), 255 * size + 1)).toThrow(tooLong)
    })
    for (const count of COUNTS) {
      it(`extracts and expands ${count} times as single calls do, one item serving for all`, () => {
        const keys = fixedList(count, size, 8)
        for (const infos of [fixedList(count, 40, 9), mixedList(count, 10), sliced(mixedList(count, 11))]) {
          const pairs = [...keys].map((key, i) => [key, infos.at(i)] as const)
          expect(kdf.extractMany(keys, infos)).toEqual(joined(pairs.map(([key, info]) => reference.hmac(key, info))))
          expect(kdf.extractMany(infos, keys)).toEqual(joined(pairs.map(([key, info]) => reference.hmac(info, key))))
          for (const length of [12, size, size + 9]) {
            const expected = joined(pairs.map(([key, info]) => reference.expand(key, info, length)))
            expect(kdf.expandMany(keys, infos, length)).toEqual(expected)
          }
          const shared = bytesOf(32, 12)
          const fixed = [...infos]
          expect(kdf.extractMany(one(shared), infos)).toEqual(joined(fixed.map(info => reference.hmac(shared, info))))
          expect(kdf.extractMany(infos, one(shared))).toEqual(joined(fixed.map(info => reference.hmac(info, shared))))
          const each = (info: Uint8Array) => reference.expand(shared, info, 44)
          expect(kdf.expandMany(one(shared), infos, 44)).toEqual(joined(fixed.map(each)))
          const forAll = (key: Uint8Array) => reference.expand(key, shared, 44)
          expect(kdf.expandMany(keys, one(shared), 44)).toEqual(joined([...keys].map(forAll)))
        }
      })
    }
    it('handles one empty salt for all, many items and large ones', () => {
      const inputs = fixedList(3000, 50, 13)
      const empty = one(new Uint8Array(0))
      const expected = joined([...inputs].map(input => reference.hmac(new Uint8Array(0), input)))
      expect(kdf.extractMany(empty, inputs)).toEqual(expected)
      const large = ByteList.of([0, 40_000, 1, 90_000].map(length => bytesOf(length, length)))
      const keys = fixedList(4, 32, 14)
      const extracted = [...large].map((info, i) => reference.hmac(keys.at(i), info))
      expect(kdf.extractMany(keys, large)).toEqual(joined(extracted))
      const expanded = [...large].map((info, i) => reference.expand(keys.at(i), info, 99))
      expect(kdf.expandMany(keys, large, 99)).toEqual(joined(expanded))
    })
    it('refuses lists that do not belong together', () => {
      const [two, three] = [fixedList(2, size, 15), fixedList(3, size, 16)]
      const wrong = failure('UsageError', 'wrong-argument')
      expect(() => kdf.extractMany(two, three)).toThrow(wrong)
      expect(() => kdf.expandMany(three, two, 16)).toThrow(wrong)
      expect(() => kdf.expandMany(fixedList(0, size, 17), two, 16)).toThrow(wrong)
    })
    it('changes no input and returns arrays of its own', () => {
      const [key, info] = [bytesOf(size, 18), bytesOf(70, 19)]
      expectPure([key, info], () => kdf.hmac(key, info))
      expectPure([key, info], () => kdf.extract(key, info))
      expectPure([key, info], () => kdf.expand(key, info, 100))
      expectPure([key, key], () => kdf.hmac(key, key))
      const [keys, infos] = [ByteList.fixed(key, size), ByteList.fixed(info, 10)]
      expectPure([key, info], () => kdf.extractMany(keys, infos))
      expectPure([key, info], () => kdf.expandMany(keys, infos, 100))
      expectPure([info], () => kdf.expandMany(infos, infos, 5))
    })
  })
}
