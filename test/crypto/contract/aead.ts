/** The contract of AEADs (RFC 5116, RFC 8439). */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../../src/base/byte-list.ts'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import type { Aead } from '../../../src/crypto/provider.ts'
import { bytesOf, COUNTS, expectPure, failure, fixedList, mixedList, sliced, unaligned } from './tools.ts'

/** Zero key, zero nonce, 16 zero bytes: GCM's published test cases 2 and 14; ChaCha20's keystream is in RFC 8439 A.1, its tag is OpenSSL's. */
const ZEROS = {
  aes128gcm: '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf',
  aes256gcm: 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
  chacha20poly1305: '9f07e7be5551387a98ba977c732d080dc34a88047320f52aa2c6683ef8084d2f',
}

export function describeAead(aead: Aead, reference: Aead): void {
  const { keyLength, nonceLength, tagLength } = aead
  const key = bytesOf(keyLength, 1)
  const nonce = bytesOf(nonceLength, 2)
  const aad = bytesOf(21, 3)
  const badTag = failure('RejectedError', 'invalid-tag')

  describe(aead.id, () => {
    it('knows its sizes and a published case', () => {
      expect([keyLength, nonceLength, tagLength]).toEqual([reference.keyLength, 12, 16])
      const zeros = (length: number) => new Uint8Array(length)
      const sealed = toHex(aead.seal(zeros(keyLength), zeros(nonceLength), zeros(0), zeros(16)))
      expect(sealed).toBe(ZEROS[aead.id])
      expect(toHex(aead.open(zeros(keyLength), zeros(nonceLength), zeros(0), fromHex(sealed)))).toBe('00'.repeat(16))
    })
    it('agrees with the reference on plaintexts and associated data of many lengths, and opens them', () => {
      const check = (length: number, aadLength: number): void => {
        const [plaintext, data] = [bytesOf(length, length), bytesOf(aadLength, aadLength)]
        const sealed = aead.seal(unaligned(key), unaligned(nonce), unaligned(data), unaligned(plaintext))
        expect(sealed, `${length} bytes, ${aadLength} associated`).toEqual(reference.seal(key, nonce, data, plaintext))
        expect(aead.open(key, nonce, data, unaligned(sealed)), `${length} bytes`).toEqual(plaintext)
      }
      for (let length = 0; length <= 140; length++) check(length, length % 37)
      for (let aadLength = 0; aadLength <= 70; aadLength++) check(20, aadLength)
      for (const length of [255, 256, 257, 511, 1023, 1024, 4096, 16_383, 16_400, 70_001]) check(length, 13)
      for (const aadLength of [1000, 16_383, 16_400, 70_001]) check(100, aadLength)
    })
    it('refuses anything that differs in one bit', () => {
      const sealed = aead.seal(key, nonce, aad, bytesOf(37, 4))
      const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
        const out = bytes.slice()
        out[bit >> 3]! ^= 1 << (bit & 7)
        return out
      }
      for (let bit = 0; bit < 8 * sealed.length; bit++) {
        expect(() => aead.open(key, nonce, aad, flipped(sealed, bit)), `bit ${bit}`).toThrow(badTag)
      }
      for (let bit = 0; bit < 8 * nonceLength; bit += 5) {
        expect(() => aead.open(key, flipped(nonce, bit), aad, sealed)).toThrow(badTag)
        expect(() => aead.open(flipped(key, bit), nonce, aad, sealed)).toThrow(badTag)
        expect(() => aead.open(key, nonce, flipped(aad, bit), sealed)).toThrow(badTag)
      }
      expect(() => aead.open(key, nonce, new Uint8Array(0), sealed)).toThrow(badTag)
    })
    it('refuses ciphertexts cut short, a tag alone, and less than a tag', () => {
      const sealed = aead.seal(key, nonce, aad, bytesOf(20, 5))
      for (let length = 0; length < sealed.length; length++) {
        expect(() => aead.open(key, nonce, aad, sealed.subarray(0, length)), `${length} bytes`).toThrow(badTag)
      }
      expect(() => aead.open(key, nonce, aad, new Uint8Array([...sealed, 0]))).toThrow(badTag)
    })
    it('refuses a large forgery', () => {
      const sealed = aead.seal(key, nonce, aad, bytesOf(50_000, 6))
      sealed[49_000]! ^= 4
      expect(() => aead.open(key, nonce, aad, sealed)).toThrow(badTag)
    })
    it('tells the caller about keys and nonces of the wrong length', () => {
      const text = bytesOf(20, 7)
      const wrong = (expected: number, got: number) => failure('UsageError', 'wrong-length', { expected, got })
      for (const length of [0, keyLength - 1, keyLength + 1, 24]) {
        expect(() => aead.seal(bytesOf(length, 8), nonce, aad, text)).toThrow(wrong(keyLength, length))
        expect(() => aead.open(bytesOf(length, 8), nonce, aad, text)).toThrow(wrong(keyLength, length))
      }
      for (const length of [0, nonceLength - 1, nonceLength + 1, 16]) {
        expect(() => aead.seal(key, bytesOf(length, 9), aad, text)).toThrow(wrong(nonceLength, length))
        expect(() => aead.open(key, bytesOf(length, 9), aad, text)).toThrow(wrong(nonceLength, length))
      }
    })
    for (const count of COUNTS) {
      it(`seals ${count} plaintexts as single calls do`, () => {
        const keys = fixedList(count, keyLength, 10)
        const nonces = fixedList(count, nonceLength, 11)
        for (const plaintexts of [fixedList(count, 32, 12), mixedList(count, 13), sliced(mixedList(count, 14))]) {
          const expected = [...plaintexts].map((text, i) => reference.seal(keys.at(i), nonces.at(i), aad, text))
          for (const list of [keys, sliced(keys)]) {
            expect([...aead.sealMany(list, nonces, aad, plaintexts)]).toEqual(expected)
          }
        }
      })
    }
    it('seals many large plaintexts under long associated data', () => {
      const plaintexts = ByteList.of([70_000, 0, 33_333, 1].map(length => bytesOf(length, length)))
      const [keys, nonces, data] = [fixedList(4, keyLength, 15), fixedList(4, nonceLength, 16), bytesOf(40_000, 17)]
      const sealed = aead.sealMany(keys, nonces, data, plaintexts)
      expect(sealed.count).toBe(4)
      for (let i = 0; i < 4; i++) {
        expect(sealed.at(i).slice()).toEqual(reference.seal(keys.at(i), nonces.at(i), data, plaintexts.at(i)))
      }
    })
    it('refuses lists that do not belong together, and names the item of wrong length', () => {
      const lists = (keys: number, nonces: number, texts: number) =>
        [fixedList(keys, keyLength, 18), fixedList(nonces, nonceLength, 19), aad, fixedList(texts, 5, 20)] as const
      const mismatched = [
        [1, 2, 2],
        [2, 1, 2],
        [2, 2, 1],
        [2, 2, 3],
        [0, 1, 1],
      ] as const
      for (const [keys, nonces, texts] of mismatched) {
        expect(() => aead.sealMany(...lists(keys, nonces, texts))).toThrow(failure('UsageError', 'wrong-argument'))
      }
      const [keys, nonces, , texts] = lists(3, 3, 3)
      const badKeys = ByteList.of([keys.at(0), bytesOf(keyLength + 1, 21), keys.at(2)])
      const badNonces = ByteList.of([nonces.at(0), nonces.at(1), bytesOf(nonceLength - 1, 22)])
      const wrong = (index: number) => failure('UsageError', 'wrong-length', { index })
      expect(() => aead.sealMany(badKeys, nonces, aad, texts)).toThrow(wrong(1))
      expect(() => aead.sealMany(keys, badNonces, aad, texts)).toThrow(wrong(2))
    })
    it('changes no input and returns arrays of its own', () => {
      const text = bytesOf(45, 23)
      const sealed = aead.seal(key, nonce, aad, text)
      expectPure([key, nonce, aad, text], () => aead.seal(key, nonce, aad, text))
      expectPure([key, nonce, aad, sealed], () => aead.open(key, nonce, aad, sealed))
      expectPure([key, nonce, text], () => aead.seal(key, nonce, text, text))
      const texts = ByteList.fixed(text, 45)
      const [keys, nonces] = [ByteList.fixed(key, keyLength), ByteList.fixed(nonce, nonceLength)]
      expectPure([key, nonce, aad, text], () => aead.sealMany(keys, nonces, aad, texts).bytes)
    })
  })
}
