/** Sums of many multiples of public points by buckets (Pippenger). Time depends on the scalars. */
import { pointAdd, pointCache, pointDoubleTimes, pointSub, pointZero, POINT } from './edwards25519'
import { SCRATCH } from './memory'

// SCRATCH 0x3880..0x3a5f belongs to this file
const RUNNING: usize = SCRATCH + 0x3880
const TOTAL: usize = SCRATCH + 0x3920
const CACHED: usize = SCRATCH + 0x39c0

/**
 * Bytes of a scalar with its bias. Digit j of width w of a scalar s is read from s + bias, bias = the sum of 2^(w j + w - 1) over all j, as
 * bits w j .. w j + w - 1 less 2^(w - 1): digits from -2^(w - 1) to 2^(w - 1) - 1 without carries from digit to digit.
 */
const BIASED: usize = 40

/** How many digits of width w hold a scalar below 2^bits. There is room for a sign: w times the result is at least bits + 2 for the widths used here. */
@inline
function digitCount(bits: i32, width: i32): i32 {
  return (bits + width) / width
}

/** to (40 bytes) = scalar (`size` bytes, a multiple of 8) + bias. */
function addBias(to: usize, scalar: usize, size: usize, bias: usize): void {
  let carry: u64 = 0
  for (let i: usize = 0; i < BIASED; i += 8) {
    const x = i < size ? load<u64>(scalar + i) : 0
    const sum = x + load<u64>(bias + i)
    const out = sum + carry
    carry = u64(sum < x) | u64(out < carry)
    store<u64>(to + i, out)
  }
}

/** Writes the bias of `count` digits of width w, 40 bytes. */
function makeBias(bias: usize, width: i32, count: i32): void {
  memory.fill(bias, 0, BIASED)
  for (let bit = width - 1; bit < width * count; bit += width) {
    const at = bias + usize(bit >> 3)
    store<u8>(at, u8(i32(load<u8>(at)) | (1 << (bit & 7))))
  }
}

/** The width that makes `n` terms of 253 bits and as many of 128 cheapest: 381 n / w insertions and 2^(w - 1) * 2 additions a window. */
function bestWidth(n: i32): i32 {
  let width = 4
  let least = i32.MAX_VALUE
  for (let w = 4; w <= MAX_WIDTH; w++) {
    // an addition of the second stage costs a quarter more, for it caches its operand
    const windows = digitCount(253, w)
    const cost = n * (windows + digitCount(128, w)) + windows * (5 << (w - 2))
    if (cost < least) {
      least = cost
      width = w
    }
  }
  return width
}

const MAX_WIDTH: i32 = 12

/** Bytes of working space for sums of up to n terms of each kind. */
export function pippengerSpace(n: i32): usize {
  return usize(2 * n + 1) * BIASED + ((POINT << (MAX_WIDTH - 1)) + 64)
}

/** Puts every term whose digit is not zero into its bucket. */
function fillBuckets(buckets: usize, points: usize, biased: usize, n: i32, bit: i32, width: i32): void {
  const mask = (1 << width) - 1
  const half = 1 << (width - 1)
  const shift = u32(bit & 7)
  for (let at = biased + usize(bit >> 3), end = at + usize(n) * BIASED; at < end; at += BIASED, points += POINT) {
    const digit = (i32(load<u32>(at) >> shift) & mask) - half
    if (digit > 0) {
      const bucket = buckets + usize(digit - 1) * POINT
      pointAdd(bucket, bucket, points)
    } else if (digit < 0) {
      const bucket = buckets + usize(-digit - 1) * POINT
      pointSub(bucket, bucket, points)
    }
  }
}

/**
 * o = the sum of n terms of 128 bits (scalars of 16 bytes) and n of 253 bits (32 bytes), the points cached. `work` is 16-byte aligned.
 */
export function pippengerSum(o: usize, n: i32, shortPoints: usize, shortScalars: usize, longPoints: usize, longScalars: usize, work: usize): void {
  const width = bestWidth(n)
  const shortCount = digitCount(128, width), longCount = digitCount(253, width)
  const shortBiased = work + BIASED
  const longBiased = shortBiased + usize(n) * BIASED
  const buckets = (longBiased + usize(n) * BIASED + 15) & ~15
  makeBias(work, width, shortCount)
  for (let i: usize = 0; i < usize(n); i++) addBias(shortBiased + i * BIASED, shortScalars + (i << 4), 16, work)
  makeBias(work, width, longCount)
  for (let i: usize = 0; i < usize(n); i++) addBias(longBiased + i * BIASED, longScalars + (i << 5), 32, work)
  const last = buckets + ((POINT << (width - 1)) - POINT)
  pointZero(o)
  for (let j = longCount - 1; j >= 0; j--) {
    pointDoubleTimes(o, o, width)
    for (let bucket = buckets; bucket <= last; bucket += POINT) pointZero(bucket)
    fillBuckets(buckets, longPoints, longBiased, n, j * width, width)
    if (j < shortCount) fillBuckets(buckets, shortPoints, shortBiased, n, j * width, width)
    // the sum of i times bucket i is the sum of all sums from the last bucket down
    pointZero(RUNNING)
    pointZero(TOTAL)
    for (let bucket = last; bucket >= buckets; bucket -= POINT) {
      pointCache(CACHED, bucket)
      pointAdd(RUNNING, RUNNING, CACHED)
      pointCache(CACHED, RUNNING)
      pointAdd(TOTAL, TOTAL, CACHED)
    }
    pointCache(CACHED, TOTAL)
    pointAdd(o, o, CACHED)
  }
}
