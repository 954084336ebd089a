/** SHA-256, SHA-384 and SHA-512 on WebAssembly: examples, every length, every split, lists of every mix, nothing left in memory. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ByteList } from '../../../../src/base/byte-list.ts'
import { toHex } from '../../../../src/base/bytes.ts'
import { createWasmHashes } from '../../../../src/crypto/backends/wasm/hash.ts'
import { symmetric } from '../../../../src/crypto/backends/wasm/symmetric.ts'
import type { Hash } from '../../../../src/crypto/provider.ts'
import { seededBytes } from '../../seeded.ts'
import { FIPS_180 } from '../../sha2-vectors.ts'
import { leftInMemory } from './memory.ts'

const message = seededBytes('wasm hash tests', 1 << 19)
const expected = (id: Hash['id'], data: Uint8Array): string => createHash(id).update(data).digest('hex')

/** Digests of the items by node:crypto, in the form of `digestMany`. */
function expectedMany(id: Hash['id'], items: ByteList): string {
  return Array.from(items, item => expected(id, item)).join('')
}

/** `count` items whose lengths come from `lengthOf`, cut from the message one behind the other. */
function listOf(count: number, lengthOf: (i: number) => number): ByteList {
  const offsets = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i]! + lengthOf(i)
  return ByteList.packed(message, offsets)
}

/** Reproducible numbers below a limit. */
function numbers(label: string): (limit: number) => number {
  const words = new Uint32Array(seededBytes(label, 1 << 16).buffer)
  let at = 0
  return limit => words[at++ % words.length]! % limit
}

describe.each(Object.values(createWasmHashes()))('$id', hash => {
  const { id } = hash

  test('examples of FIPS 180-4', () => {
    for (const example of FIPS_180) {
      expect(toHex(hash.digest(example.message))).toBe(example[id])
      expect(toHex(hash.digestMany(ByteList.of([example.message])))).toBe(example[id])
    }
  })

  test('every length of 0..300, and around every limit of the glue', () => {
    const limits = [16384 - 320, 16384 - 144, 65536, 131072, 262144]
    const lengths = [...Array(301).keys(), ...limits.flatMap(limit => [limit - 1, limit, limit + 1])]
    for (const length of lengths) {
      const data = message.subarray(0, length)
      expect(toHex(hash.digest(data))).toBe(expected(id, data))
      expect(toHex(hash.stream().update(data).digest())).toBe(expected(id, data))
    }
  })

  test('a message that does not start where its buffer starts', () => {
    const data = message.subarray(7, 107)
    expect(toHex(hash.digest(data))).toBe(expected(id, data))
    expect(toHex(hash.digest(Buffer.from('abc')))).toBe(FIPS_180[1]![id])
  })

  test('every cut of every length of 0..260, in two', () => {
    for (let length = 0; length <= 260; length++) {
      const data = message.subarray(0, length)
      const want = expected(id, data)
      for (let cut = 0; cut <= length; cut++) {
        const got = hash.stream().update(data.subarray(0, cut)).update(data.subarray(cut)).digest()
        if (toHex(got) !== want) expect.fail(`${length} cut at ${cut}`)
      }
    }
  })

  test('cuts in three, and byte by byte', () => {
    const below = numbers(`cuts ${id}`)
    for (let round = 0; round < 2000; round++) {
      const data = message.subarray(0, below(round % 2 === 0 ? 400 : 1500))
      const [first, second] = [below(data.length + 1), below(data.length + 1)].sort((a, b) => a - b) as [number, number]
      const stream = hash.stream().update(data.subarray(0, first)).update(data.subarray(first, second))
      expect(toHex(stream.update(data.subarray(second)).digest())).toBe(expected(id, data))
    }
    const stream = hash.stream()
    for (let i = 0; i < 700; i++) stream.update(message.subarray(i, i + 1))
    expect(toHex(stream.digest())).toBe(expected(id, message.subarray(0, 700)))
  })

  test('long pieces at odd cuts', () => {
    const stream = hash.stream()
    for (const [from, to] of [
      [0, 5],
      [5, 70_000],
      [70_000, 70_001],
      [70_001, 300_000],
      [300_000, 300_000],
    ] as const)
      stream.update(message.subarray(from, to))
    expect(toHex(stream.digest())).toBe(expected(id, message.subarray(0, 300_000)))
  })

  test('a hundred streams open at once, with single and bulk calls between', () => {
    const streams = Array.from({ length: 100 }, () => hash.stream())
    for (let piece = 0; piece < 5; piece++) {
      for (const [i, stream] of streams.entries()) stream.update(message.subarray(i * 5 + piece, i * 6 + piece))
      hash.digest(message.subarray(0, 90))
      hash.digestMany(listOf(9, i => i * 20))
    }
    for (const [i, stream] of streams.entries()) {
      const parts = Array.from({ length: 5 }, (_, piece) => message.subarray(i * 5 + piece, i * 6 + piece))
      expect(toHex(stream.digest())).toBe(expected(id, Buffer.concat(parts)))
    }
  })

  test('a stream is over after digest and after wipe', () => {
    const ended = hash.stream().update(message.subarray(0, 3))
    ended.digest()
    const wiped = hash.stream().update(message.subarray(0, 3))
    wiped.wipe()
    wiped.wipe()
    for (const stream of [ended, wiped]) {
      expect(() => stream.update(message)).toThrow(expect.objectContaining({ code: 'wiped-secret' }))
      expect(() => stream.digest()).toThrow(expect.objectContaining({ code: 'wiped-secret' }))
    }
  })

  test('lists of one length: every length of 0..300, 1 to 9 items', () => {
    for (let length = 0; length <= 300; length++) {
      const count = 1 + (length % 9)
      const packed = listOf(count, () => length)
      const want = expectedMany(id, packed)
      expect(toHex(hash.digestMany(packed))).toBe(want)
      if (length === 0) continue
      const fixed = ByteList.fixed(message.subarray(0, count * length), length)
      expect(toHex(hash.digestMany(fixed))).toBe(want)
    }
  })

  test('lists of mixed lengths', () => {
    const below = numbers(`lists ${id}`)
    for (let round = 0; round < 400; round++) {
      const limit = [10, 70, 150, 300, 2000][round % 5]!
      const list = listOf(below(24), () => below(limit))
      expect(toHex(hash.digestMany(list))).toBe(expectedMany(id, list))
    }
  })

  test('one long item anywhere among short ones', () => {
    for (let place = 0; place < 9; place++) {
      const list = listOf(9, i => (i === place ? 5000 : 10 * i))
      expect(toHex(hash.digestMany(list))).toBe(expectedMany(id, list))
    }
  })

  test('lists longer than a batch, slices, empty lists', () => {
    const below = numbers(`long lists ${id}`)
    const list = listOf(1500, i => (i === 700 ? 300_000 : below(250)))
    expect(toHex(hash.digestMany(list))).toBe(expectedMany(id, list))
    expect(toHex(hash.digestMany(list.slice(13, 77)))).toBe(expectedMany(id, list.slice(13, 77)))
    const fixed = ByteList.fixed(message, 64)
    expect(toHex(hash.digestMany(fixed.slice(3, 6000)))).toBe(expectedMany(id, fixed.slice(3, 6000)))
    expect(hash.digestMany(list.slice(5, 5))).toHaveLength(0)
    expect(hash.digestMany(ByteList.of([]))).toHaveLength(0)
  })

  test('nothing stays in memory', () => {
    const stream = hash.stream()
    expect(leftInMemory()).toEqual([])
    stream.update(message.subarray(0, 100))
    expect(leftInMemory()).toEqual([])
    stream.update(message)
    expect(leftInMemory()).toEqual([])
    stream.digest()
    expect(leftInMemory()).toEqual([])
    for (const length of [0, 5, 64, 120, 300, 16_300, 70_000]) {
      hash.digest(message.subarray(0, length))
      expect(leftInMemory()).toEqual([])
    }
    hash.digestMany(listOf(60, i => 7 * i))
    expect(leftInMemory()).toEqual([])
    hash.digestMany(ByteList.fixed(message, 128))
    expect(leftInMemory()).toEqual([])
  })
})

test('a message of 100 MB does not make memory grow', () => {
  const { sha256 } = createWasmHashes()
  const large = new Uint8Array(100_000_000)
  for (let at = 0; at < large.length; at += message.length) large.set(message.subarray(0, large.length - at), at)
  const before = symmetric().bytes().length
  expect(before).toBeLessThan(2_000_000)
  expect(toHex(sha256.digest(large))).toBe(expected('sha256', large))
  expect(toHex(sha256.digestMany(ByteList.of([large])))).toBe(expected('sha256', large))
  expect(symmetric().bytes().length).toBe(before)
})
