/** FIPS 197 inside the module: the S-box circuit, both key schedules, and eight different blocks at a time. */
import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../../src/base/bytes.ts'
import { seededBytes } from '../../seeded.ts'
import { testingModule } from './testing-module.ts'

const { call, bytes, scratch, arena, io } = testingModule('testing-symmetric')
const WORK = scratch + 0x2900

/** Multiplication in GF(2^8), bit by bit. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit++) {
    if ((b >> bit) & 1) product ^= a << bit
  }
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11b << (bit - 8)
  return product
}

/** FIPS 197 section 5.1.1, from its definition. */
function sBox(byte: number): number {
  let inverse = 0
  for (let candidate = 1; candidate < 256; candidate++) if (times(byte, candidate) === 1) inverse = candidate
  let out = 0x63
  for (const turn of [0, 1, 2, 3, 4]) out ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xff
  return out
}

function encrypt(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  bytes().set(key, io)
  bytes().set(blocks, arena)
  call['aesExpandKey']!(io, key.length, WORK)
  call['aesEncrypt']!(arena, 6 + key.length / 4)
  return bytes().slice(arena, arena + blocks.length)
}

describe('AES', () => {
  test('the S-box circuit on all 256 bytes, in every place of a plane', () => {
    expect([0x00, 0x01, 0x53, 0xff].map(sBox)).toEqual([0x63, 0x7c, 0xed, 0x16])
    for (let round = 0; round < 8; round++) {
      // eight planes have room for 128 bytes: byte p, bit k holds input (16 k + p) of this half, shifted by the round
      const input = (place: number) => (place + 37 * round) & 0xff
      for (const half of [0, 128]) {
        const planes = new Uint8Array(128)
        for (let place = 0; place < 128; place++) {
          for (let bit = 0; bit < 8; bit++) {
            planes[16 * bit + (place & 15)]! |= ((input(half + place) >> bit) & 1) << (place >> 4)
          }
        }
        bytes().set(planes, arena)
        call['subBytes']!(arena)
        const out = bytes().subarray(arena, arena + 128)
        for (let place = 0; place < 128; place++) {
          let byte = 0
          for (let bit = 0; bit < 8; bit++) byte |= ((out[16 * bit + (place & 15)]! >> (place >> 4)) & 1) << bit
          expect(byte).toBe(sBox(input(half + place)))
        }
      }
    }
  })

  test.each([
    { key: '000102030405060708090a0b0c0d0e0f', out: '69c4e0d86a7b0430d8cdb78070b4c55a' },
    {
      key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      out: '8ea2b7ca516745bfeafc49904b496089',
    },
  ])('FIPS 197 appendix C, key of $key', ({ key, out }) => {
    const blocks = new Uint8Array(128)
    for (let i = 0; i < 8; i++) blocks.set(fromHex('00112233445566778899aabbccddeeff'), 16 * i)
    expect(toHex(encrypt(fromHex(key), blocks))).toBe(out.repeat(8))
  })

  test.each([16, 32])('300 keys of %i bytes on eight different blocks, against OpenSSL', keyLength => {
    for (let i = 0; i < 300; i++) {
      const key = seededBytes(`aes key ${keyLength} ${i}`, keyLength)
      const blocks = seededBytes(`aes blocks ${i}`, 128)
      const cipher = createCipheriv(`aes-${8 * keyLength}-ecb`, key, null).setAutoPadding(false)
      expect(toHex(encrypt(key, blocks))).toBe(cipher.update(blocks).toString('hex'))
    }
  })
})
