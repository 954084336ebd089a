/** NIST SP 800-38D section 6.4, GHASH, in constant time: carry-less products from integer products of operands with holes. */
import { SCRATCH } from './memory'

// A block read as a big-endian integer has the coefficient of x^i in bit 127 - i. The integer carry-less product of two blocks then
// has x^i in bit 254 - i. With H / x for H it has x^i in bit 255 - i instead, and the upper 128 bits are in place as they are.
//
// SCRATCH + 0x2800 .. 0x28d0. Shared with nobody.
const KEY: usize = SCRATCH + 0x2800 // six 64-bit operands made from H / x, each split in four: operand o, part i at KEY + 32 o + 8 i
const Y: usize = SCRATCH + 0x28c0 // the hash so far

// every fourth bit, starting with bit i
const PART0: u64 = 0x1111111111111111
const PART1: u64 = 0x2222222222222222
const PART2: u64 = 0x4444444444444444
const PART3: u64 = 0x8888888888888888

/** Takes the hash key, 16 bytes, and starts with the hash zero. */
export function ghashStart(key: usize): void {
  const h = reverseBytes(v128.load(key))
  let low = i64x2.extract_lane(h, 0)
  let high = i64x2.extract_lane(h, 1)
  // divide by x: the constant term, bit 127, becomes x^127 + x^6 + x + 1
  const constant = <u64>(-(high >>> 63))
  high = (high << 1) | (low >>> 63)
  low = (low << 1) ^ (constant & 1)
  high ^= constant & 0xc200000000000000
  setOperands(0, low, high)
  const reversed = reverseBits(i64x2.replace_lane(i64x2.splat(low), 1, high))
  setOperands(96, i64x2.extract_lane(reversed, 0), i64x2.extract_lane(reversed, 1))
  v128.store(Y, i64x2.splat(0))
}

/** Absorbs `count` blocks of 16 bytes. */
export function ghashBlocks(at: usize, count: usize): void {
  let y = v128.load(Y)
  for (const end = at + (count << 4); at < end; at += 16) {
    y = v128.xor(y, v128.load(at))
    const straight = reverseBytes(y)
    const a0 = i64x2.extract_lane(straight, 0)
    const a1 = i64x2.extract_lane(straight, 1)
    // the bytes of a big-endian half are already in reversed order
    const mirrored = reverseBitsOfBytes(y)
    const b1 = i64x2.extract_lane(mirrored, 0)
    const b0 = i64x2.extract_lane(mirrored, 1)

    // Karatsuba, the lower 64 bits of each 127-bit product; the upper 63 are the lower ones of the mirrored product
    let p0 = multiplyLow(a0, 0)
    const p1 = multiplyLow(a1, 32)
    let p01 = multiplyLow(a0 ^ a1, 64) ^ p0 ^ p1
    const q0 = multiplyLow(b0, 96)
    const q1 = multiplyLow(b1, 128)
    const q01 = multiplyLow(b0 ^ b1, 160) ^ q0 ^ q1
    const upper = reverseBits(i64x2.replace_lane(i64x2.splat(q0), 1, q1))
    p01 ^= i64x2.extract_lane(upper, 0) >>> 1
    let p2 = p1 ^ (i64x2.extract_lane(reverseBits(i64x2.splat(q01)), 0) >>> 1)
    let p3 = i64x2.extract_lane(upper, 1) >>> 1

    // x^128 = x^7 + x^2 + x + 1: fold the lowest word, then the next; what falls out of a word at its end goes into the one below
    p2 ^= p0 ^ (p0 >>> 1) ^ (p0 >>> 2) ^ (p0 >>> 7)
    p01 ^= (p0 << 63) ^ (p0 << 62) ^ (p0 << 57)
    p3 ^= p01 ^ (p01 >>> 1) ^ (p01 >>> 2) ^ (p01 >>> 7)
    p2 ^= (p01 << 63) ^ (p01 << 62) ^ (p01 << 57)
    y = reverseBytes(i64x2.replace_lane(i64x2.splat(p2), 1, p3))
  }
  v128.store(Y, y)
}

/** Writes the hash. */
export function ghashResult(out: usize): void {
  v128.store(out, v128.load(Y))
}

/**
 * The lower 64 bits of the carry-less product of `x` and a prepared operand. A part has a bit in every fourth place, 16 in all. In the integer product of two parts
 * column 4j + c (counted in whole 64-bit words, c < 4) therefore sums at most j + 1 bits: at most 15 for j < 15, which fits the four places up to the next column, and 16 only in the top
 * column, whose carry leaves the word. So the lowest bit of each column is the sum modulo 2, which the masks select.
 */
@inline
function multiplyLow(x: i64, operand: usize): i64 {
  const x0 = <u64>x & PART0
  const x1 = <u64>x & PART1
  const x2 = <u64>x & PART2
  const x3 = <u64>x & PART3
  const h0 = load<u64>(KEY + operand)
  const h1 = load<u64>(KEY + operand, 8)
  const h2 = load<u64>(KEY + operand, 16)
  const h3 = load<u64>(KEY + operand, 24)
  return (
    (((x0 * h0) ^ (x1 * h3) ^ (x2 * h2) ^ (x3 * h1)) & PART0) |
    (((x0 * h1) ^ (x1 * h0) ^ (x2 * h3) ^ (x3 * h2)) & PART1) |
    (((x0 * h2) ^ (x1 * h1) ^ (x2 * h0) ^ (x3 * h3)) & PART2) |
    (((x0 * h3) ^ (x1 * h2) ^ (x2 * h1) ^ (x3 * h0)) & PART3)
  )
}

function setOperands(offset: usize, low: i64, high: i64): void {
  setOperand(offset, low)
  setOperand(offset + 32, high)
  setOperand(offset + 64, low ^ high)
}

function setOperand(offset: usize, x: i64): void {
  store<u64>(KEY + offset, <u64>x & PART0)
  store<u64>(KEY + offset, <u64>x & PART1, 8)
  store<u64>(KEY + offset, <u64>x & PART2, 16)
  store<u64>(KEY + offset, <u64>x & PART3, 24)
}

@inline
function reverseBytes(x: v128): v128 {
  return v128.shuffle<i8>(x, x, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
}

@inline
function reverseBitsOfBytes(x: v128): v128 {
  x = exchangeGroups(x, 1, i8x16.splat(0x55))
  x = exchangeGroups(x, 2, i8x16.splat(0x33))
  return exchangeGroups(x, 4, i8x16.splat(0x0f))
}

@inline
function exchangeGroups(x: v128, bits: i32, mask: v128): v128 {
  return v128.or(v128.and(i64x2.shr_u(x, bits), mask), i64x2.shl(v128.and(x, mask), bits))
}

/** Mirrors both 64-bit lanes. */
@inline
function reverseBits(x: v128): v128 {
  return reverseBitsOfBytes(v128.shuffle<i8>(x, x, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8))
}
