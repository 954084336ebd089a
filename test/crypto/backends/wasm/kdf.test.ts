/** HMAC and HKDF on WebAssembly: examples, Wycheproof, every length of key and message, bulk calls of every mix, nothing left in memory. */
import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ByteList } from '../../../../src/base/byte-list.ts'
import { concat, toHex } from '../../../../src/base/bytes.ts'
import { createNobleBackend } from '../../../../src/crypto/backends/noble/index.ts'
import { createWasmHashes } from '../../../../src/crypto/backends/wasm/hash.ts'
import { createWasmKdfs } from '../../../../src/crypto/backends/wasm/kdf.ts'
import { symmetric } from '../../../../src/crypto/backends/wasm/symmetric.ts'
import type { Kdf } from '../../../../src/crypto/provider.ts'
import { seededBytes } from '../../seeded.ts'
import { RFC_4231, RFC_5869 } from '../../sha2-vectors.ts'
import { wycheproofHkdf, wycheproofHmac } from '../../wycheproof.ts'
import { leftInMemory } from './memory.ts'

const bytes = seededBytes('wasm kdf tests', 1 << 19)
const kdfs = createWasmKdfs(createWasmHashes())
const noble = createNobleBackend().primitives

/** HMAC by node:crypto. */
function expectedMac(id: Kdf['id'], key: Uint8Array, message: Uint8Array): Uint8Array {
  return createHmac(id.slice('hkdf-'.length), key).update(message).digest()
}

/** Items of the given lengths, each from another place of the seeded bytes. */
const listOf = (lengths: readonly number[], from: number): ByteList =>
  ByteList.of(lengths.map((length, i) => bytes.subarray(from + 50 * i, from + 50 * i + length)))

describe.each(Object.values(kdfs))('$id', kdf => {
  const { id, length } = kdf
  const reference = noble[id]!
  const block = id === 'hkdf-sha256' ? 64 : 128

  wycheproofHmac(kdf)
  wycheproofHkdf(kdf)

  test('examples of RFC 4231', () => {
    for (const example of RFC_4231) {
      expect(toHex(kdf.hmac(example.key, example.message)).slice(0, example[id].length)).toBe(example[id])
    }
  })

  test('every length of key and message of 0..300', () => {
    for (let n = 0; n <= 300; n++) {
      const pairs = [
        [n, 50],
        [32, n],
        [(7 * n) % 301, n],
      ] as const
      for (const [keyLength, messageLength] of pairs) {
        const key = bytes.subarray(n, n + keyLength)
        const message = bytes.subarray(1000, 1000 + messageLength)
        expect(toHex(kdf.hmac(key, message))).toBe(toHex(expectedMac(id, key, message)))
      }
    }
  })

  test('messages and infos around the limit of IO, and far beyond', () => {
    const key = bytes.subarray(0, 32)
    for (const base of [16384 - block - 144, 16384 - 2 * block - length - 160, 70_000, 270_000]) {
      for (let n = base - 1; n <= base + 1; n++) {
        const long = bytes.subarray(100, 100 + n)
        expect(toHex(kdf.hmac(key, long))).toBe(toHex(expectedMac(id, key, long)))
        expect(toHex(kdf.extract(long, key))).toBe(toHex(expectedMac(id, long, key)))
        const wanted = concat(
          expectedMac(id, key, concat(long, Uint8Array.of(1))),
          expectedMac(id, key, concat(expectedMac(id, key, concat(long, Uint8Array.of(1))), long, Uint8Array.of(2))),
        )
        expect(toHex(kdf.expand(key, long, 2 * length))).toBe(toHex(wanted))
      }
    }
  })

  test('every length of output, and no more than RFC 5869 allows', () => {
    const key = bytes.subarray(0, length)
    const info = bytes.subarray(200, 260)
    const longest = reference.expand(key, info, 255 * length)
    for (const n of [...Array(300).keys(), 8160, 12_000, 255 * length - 1, 255 * length]) {
      if (n > longest.length) continue
      expect(kdf.expand(key, info, n)).toEqual(longest.slice(0, n))
    }
    const keys = ByteList.of([key])
    const infos = ByteList.of([info])
    for (const n of [255 * length + 1, 1e9]) {
      expect(() => kdf.expand(key, info, n)).toThrow(expect.objectContaining({ code: 'input-too-long' }))
      expect(() => kdf.expandMany(keys, infos, n)).toThrow(expect.objectContaining({ code: 'input-too-long' }))
    }
    for (const n of [-1, 1.5, Number.NaN]) {
      expect(() => kdf.expand(key, info, n)).toThrow(expect.objectContaining({ code: 'wrong-argument' }))
    }
    expect(leftInMemory()).toEqual([])
  })

  test('expandMany: every output length, count, key and info length', () => {
    for (let round = 0; round < 120; round++) {
      const count = round % 11
      const keys = listOf(Array(count).fill(round % 4 === 0 ? round : length), 0)
      const infos = listOf(
        Array.from({ length: count }, (_, i) => (round % 3 === 0 ? 40 : (i * 37 + round) % 210)),
        10_000,
      )
      const size = [0, 1, 12, 16, 32, length, length + 1, 3 * length][round % 8]!
      expect(kdf.expandMany(keys, infos, size)).toEqual(reference.expandMany(keys, infos, size))
    }
  })

  test('one key or one info for all', () => {
    const many = listOf([32, 32, 32, 32, 32, 32, 32], 0)
    const one = listOf([48], 5000)
    for (const [keys, infos] of [
      [many, one],
      [one, many],
      [one, one],
      [ByteList.of([]), one],
      [one, ByteList.of([])],
    ] as const) {
      expect(kdf.expandMany(keys, infos, 32)).toEqual(reference.expandMany(keys, infos, 32))
      expect(kdf.extractMany(keys, infos)).toEqual(reference.extractMany(keys, infos))
    }
    expect(() => kdf.expandMany(many, many.slice(0, 3), 32)).toThrow(
      expect.objectContaining({ code: 'wrong-argument' }),
    )
  })

  test('lists in fixed form, slices, long keys and long messages among short ones, more than a batch', () => {
    const fixedKeys = ByteList.fixed(bytes.subarray(0, 32 * 3000), 32)
    const fixedInfos = ByteList.fixed(bytes.subarray(0, 60 * 3000), 60)
    const odd = listOf([0, 10, block, block + 1, 300, 64, 5, 300_000, 1, 2], 100)
    const cases = [
      [fixedKeys, fixedInfos],
      [fixedKeys.slice(5, 1200), fixedInfos.slice(0, 1195)],
      [odd, fixedInfos.slice(0, 10)],
      [fixedKeys.slice(7, 17), odd],
      [odd.slice(2, 9), odd.slice(3, 10)],
    ] as const
    for (const [keys, messages] of cases) {
      expect(toHex(kdf.extractMany(keys, messages))).toBe(toHex(reference.extractMany(keys, messages)))
      expect(toHex(kdf.expandMany(keys, messages, 32))).toBe(toHex(reference.expandMany(keys, messages, 32)))
    }
  })

  test('inputs stay as they are', () => {
    const key = bytes.slice(0, 32)
    const message = bytes.slice(32, 100)
    kdf.hmac(key, message)
    kdf.expand(key, message, 64)
    kdf.expandMany(ByteList.of([key]), ByteList.of([message, message]), 16)
    expect(key).toEqual(bytes.slice(0, 32))
    expect(message).toEqual(bytes.slice(32, 100))
  })

  test('nothing stays in memory', () => {
    const key = bytes.subarray(0, 32)
    const calls: (() => unknown)[] = [
      () => kdf.hmac(key, bytes.subarray(0, 10)),
      () => kdf.hmac(bytes.subarray(0, 500), bytes.subarray(0, 1000)),
      () => kdf.hmac(key, bytes.subarray(0, 16_384 - block - 144)),
      () => kdf.hmac(key, bytes.subarray(0, 100_000)),
      () => kdf.expand(key, bytes.subarray(0, 55), 12),
      () => kdf.expand(key, bytes.subarray(0, 55), 255 * length),
      () => kdf.expand(key, bytes.subarray(0, 20_000), 100),
      () => kdf.extractMany(listOf([1, 2, 64, 200, 32, 32, 32], 0), listOf([9, 99, 999, 0, 32, 60, 4], 0)),
      () => kdf.expandMany(listOf([32], 0), ByteList.fixed(bytes.subarray(0, 50_000), 50), 16),
    ]
    for (const call of calls) {
      call()
      expect(leftInMemory()).toEqual([])
    }
  })
})

test('examples of RFC 5869', () => {
  const kdf = kdfs['hkdf-sha256']
  for (const { inputKey, salt, info, length, key, output } of RFC_5869) {
    expect(toHex(kdf.extract(salt, inputKey))).toBe(key)
    expect(toHex(kdf.expand(kdf.extract(salt, inputKey), info, length))).toBe(output)
  }
})

test('the search for what was left finds a single byte in each region', () => {
  const { exports, bytes: memory, io, reserve } = symmetric()
  const scratch = (exports['SCRATCH'] as WebAssembly.Global).value as number
  for (const [address, found] of [
    [io + 5, 'IO + 0x5'],
    [scratch + 0x3bff, 'SCRATCH + 0x3bff'],
    [reserve(0), 'arena + 0x0'],
  ] as const) {
    memory()[address] = 1
    expect(leftInMemory()).toEqual([found])
    memory()[address] = 0
  }
})
