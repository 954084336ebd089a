/** RFC 8439 section 2.5 inside the module: published edge cases, big integers as oracle, and the bounds that the comments claim. */
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../../src/base/bytes.ts'
import { seededBytes } from '../../seeded.ts'
import { testingModule } from './testing-module.ts'

const { call, bytes, io, arena, scratch } = testingModule('testing-symmetric')
const ACCUMULATOR = scratch + 0x2a60
const P = 2n ** 130n - 5n
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn

const number = (block: Uint8Array): bigint => BigInt(`0x${toHex(block.slice().reverse())}`)
const block = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(32, '0')).reverse()

function expected(key: Uint8Array, data: Uint8Array, start = 0n): string {
  const r = number(key.subarray(0, 16)) & CLAMP
  let h = start
  for (let at = 0; at < data.length; at += 16) h = ((h + number(data.subarray(at, at + 16)) + 2n ** 128n) * r) % P
  return toHex(block(((h % P) + number(key.subarray(16))) & (2n ** 128n - 1n)))
}

/** The tag, from an accumulator that is set word by word. */
function poly1305(key: Uint8Array, data: Uint8Array, start: readonly bigint[] = [0n, 0n, 0n, 0n, 0n]): string {
  bytes().set(key, io)
  bytes().set(data, arena)
  call['poly1305Start']!(io)
  const view = new DataView(bytes().buffer)
  start.forEach((word, i) => {
    view.setBigUint64(ACCUMULATOR + 8 * i, word, true)
  })
  call['poly1305Blocks']!(arena, data.length / 16)
  call['poly1305Tag']!(io)
  return toHex(bytes().slice(io, io + 16))
}

const join = (words: readonly bigint[]): bigint => words.reduce((sum, word, i) => sum + (word << BigInt(32 * i)), 0n)

describe('Poly1305', () => {
  const zeros = (count: number) => '00'.repeat(count)
  const ones = 'ff'.repeat(16)
  test.each([
    { name: '1', r: zeros(16), s: zeros(16), data: zeros(64), tag: zeros(16) },
    { name: '7', r: `02${zeros(15)}`, s: zeros(16), data: ones, tag: `03${zeros(15)}` },
    { name: '8', r: `02${zeros(15)}`, s: ones, data: `02${zeros(15)}`, tag: `03${zeros(15)}` },
    {
      name: '9',
      r: `01${zeros(15)}`,
      s: zeros(16),
      data: `${ones}f0${'ff'.repeat(15)}11${zeros(15)}`,
      tag: `05${zeros(15)}`,
    },
    {
      name: '10',
      r: `01${zeros(15)}`,
      s: zeros(16),
      data: `${ones}fb${'fe'.repeat(15)}${'01'.repeat(16)}`,
      tag: zeros(16),
    },
    { name: '11', r: `02${zeros(15)}`, s: zeros(16), data: `fd${'ff'.repeat(15)}`, tag: `fa${'ff'.repeat(15)}` },
    {
      name: '12',
      r: `01${zeros(7)}04${zeros(7)}`,
      s: zeros(16),
      data: `e33594d7505e43b9${zeros(8)}3394d7505e4379cd01${zeros(7)}${zeros(16)}01${zeros(15)}`,
      tag: `14${zeros(7)}55${zeros(7)}`,
    },
    {
      name: '13',
      r: `01${zeros(7)}04${zeros(7)}`,
      s: zeros(16),
      data: `e33594d7505e43b9${zeros(8)}3394d7505e4379cd01${zeros(7)}${zeros(16)}`,
      tag: `13${zeros(15)}`,
    },
  ])('RFC 8439 appendix A.3, test vector $name', ({ r, s, data, tag }) => {
    expect(expected(fromHex(r + s), fromHex(data))).toBe(tag)
    expect(poly1305(fromHex(r + s), fromHex(data))).toBe(tag)
  })

  const max = 2n ** 32n - 1n
  const rs = [
    0n,
    1n,
    2n,
    3n,
    4n,
    5n,
    CLAMP,
    CLAMP - 3n,
    2n ** 128n - 1n,
    0xffffffcn << 96n,
    0xffffffcn << 32n,
    0xfffffffn,
  ]

  test('accumulators around the modulus, at their bounds and beyond the keys that clamping changes', () => {
    const values = [0n, 1n, 4n, 5n, 6n].flatMap(near => [P - near, P + near, 2n ** 128n - near - 1n, 2n ** 130n + near])
    const starts = values.map(value => [0n, 1n, 2n, 3n].map(i => (value >> (32n * i)) & max).concat(value >> 128n))
    starts.push([max, max, max, max, 5n], [max, max, max, max, 3n], [0n, 0n, 0n, 0n, 5n], [max, 0n, max, 0n, 4n])
    const blocks = ['', ones, zeros(16), `fb${'ff'.repeat(15)}`, ones + ones, `${ones}f0${'ff'.repeat(15)}`]
    for (const start of starts) {
      for (const r of rs) {
        for (const s of [0n, 2n ** 128n - 1n]) {
          const key = new Uint8Array([...block(r), ...block(s)])
          for (const data of blocks.map(fromHex)) {
            expect(poly1305(key, data, start)).toBe(expected(key, data, join(start)))
          }
        }
      }
    }
  })

  test('2,000 seeded messages with extreme words', () => {
    for (let i = 0; i < 2000; i++) {
      const key = seededBytes(`poly1305 key ${i}`, 32)
      const data = seededBytes(`poly1305 data ${i}`, 16 * (i % 9))
      for (let at = 0; at < data.length; at += 4) {
        const choice = data[at]! & 3
        if (choice < 2) data.fill(choice === 0 ? 0xff : 0, at, at + 4)
      }
      if (i % 2 === 0) key.fill(0xff, 0, 16)
      expect(poly1305(key, data)).toBe(expected(key, data))
    }
  })

  test('the bounds of every sum, from the largest operands', () => {
    const r = [0x0fffffffn, 0x0ffffffcn, 0x0ffffffcn, 0x0ffffffcn] as const
    const q = r.map(word => (word >> 2n) * 5n) as [bigint, bigint, bigint, bigint]
    const s = [max + max, max + max, max + max, max + max, 6n] as const
    const row = (...factors: readonly bigint[]) => factors.reduce((sum, factor, i) => sum + factor * s[i]!, 0n)
    const x0 = row(r[0], q[3], q[2], q[1], q[0])
    const x1 = row(r[1], r[0], q[3], q[2], q[1])
    const x2 = row(r[2], r[1], r[0], q[3], q[2])
    const x3 = row(r[3], r[2], r[1], r[0], q[3])
    for (const x of [x0, x1, x2, x3]) expect(x < 2n ** 64n).toBe(true)
    const x4 = s[4] * 3n + (x3 >> 32n)
    expect(x4 < 2n ** 32n).toBe(true)
    const u0 = max + (x4 >> 2n) * 5n
    const u1 = max + max + (u0 >> 32n)
    const u2 = max + max + (u1 >> 32n)
    const u3 = max + max + (u2 >> 32n)
    for (const u of [u0, u1, u2, u3]) expect(u >> 32n <= 2n).toBe(true)
    expect(3n + (u3 >> 32n) <= 5n).toBe(true)
    // what the final subtraction relies on
    expect(join([max, max, max, max, 5n]) < 2n * P).toBe(true)
  })
})
