/** NIST SP 800-38D section 6.4 inside the module: GHASH against big integers, and at the extremes of its integer products. */
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../../src/base/bytes.ts'
import { seededBytes } from '../../seeded.ts'
import { testingModule } from './testing-module.ts'

const { call, bytes, io, arena } = testingModule('testing-symmetric')

const number = (block: Uint8Array): bigint => BigInt(`0x${toHex(block)}`)

/** SP 800-38D algorithm 1, from its definition: bit 127 of a number is the constant term. */
function product(x: bigint, y: bigint): bigint {
  let z = 0n
  let v = y
  for (let i = 127n; i >= 0n; i--) {
    if ((x >> i) & 1n) z ^= v
    v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n
  }
  return z
}

function expected(key: Uint8Array, data: Uint8Array): string {
  let y = 0n
  for (let at = 0; at < data.length; at += 16) y = product(y ^ number(data.subarray(at, at + 16)), number(key))
  return y.toString(16).padStart(32, '0')
}

function ghash(key: Uint8Array, data: Uint8Array, cut = 0): string {
  bytes().set(key, io)
  bytes().set(data, arena)
  call['ghashStart']!(io)
  call['ghashBlocks']!(arena, cut)
  call['ghashBlocks']!(arena + 16 * cut, data.length / 16 - cut)
  call['ghashResult']!(io)
  return toHex(bytes().slice(io, io + 16))
}

describe('GHASH', () => {
  // a full word maximises every column of the products with holes; single bits test each reduction
  const words = ['0000000000000000', 'ffffffffffffffff', '8000000000000000', '0000000000000001']
  words.push('1111111111111111', '2222222222222222', '4444444444444444', '8888888888888888', '7fffffffffffffff')
  const edges = words.flatMap(high => words.map(low => fromHex(high + low)))

  test('products of all pairs of 81 edge values', () => {
    for (const key of edges) for (const block of edges) expect(ghash(key, block)).toBe(expected(key, block))
  })

  test('products of all pairs of powers of x', () => {
    const power = (i: number) => fromHex((1n << BigInt(127 - i)).toString(16).padStart(32, '0'))
    for (let i = 0; i < 128; i++) {
      for (let j = i; j < 128; j += 5) {
        expect(ghash(power(i), power(j))).toBe(expected(power(i), power(j)))
        expect(ghash(power(j), power(i))).toBe(expected(power(i), power(j)))
      }
    }
  })

  test('500 seeded keys and messages of up to 12 blocks, cut in two', () => {
    for (let i = 0; i < 500; i++) {
      const count = i % 13
      const key = seededBytes(`ghash key ${i}`, 16)
      const data = seededBytes(`ghash data ${i}`, 16 * count)
      expect(ghash(key, data, Math.floor(count / 3))).toBe(expected(key, data))
    }
  })

  test('the extremes over many blocks', () => {
    const ones = new Uint8Array(16).fill(0xff)
    expect(ghash(ones, new Uint8Array(1600).fill(0xff))).toBe(expected(ones, new Uint8Array(1600).fill(0xff)))
  })

  test('the column argument: no column but the last of a product with holes exceeds its four places', () => {
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        for (let column = (a + b) % 4; column < 64; column += 4) {
          let largest = 0
          for (let i = a; i < 64; i += 4) if (column - i >= b && column - i < 64) largest++
          expect(largest).toBeLessThanOrEqual(column < 60 ? 15 : 16)
        }
      }
    }
  })
})
