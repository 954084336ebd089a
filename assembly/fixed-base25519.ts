/** Multiples of the base point by secret scalars (RFC 8032 section 5.1.5), and the X25519 public keys that follow from them (RFC 7748 section 6.1). */
import {
  addReduced, conditionalNegate, copy, invert, invertSingle, laneMask, mul, mulSingle, SIZE, splat1, subReduced, toBytes, wipeFieldScratch,
  zip1,
} from './field25519'
import { NEUTRAL, pointAdd, pointCache, pointCopy, pointDecodePair, pointDoubleTimes, pointZero, POINT, prepareEdwards, wipeEdwards } from './edwards25519'
import { scalarDigits16 } from './scalar25519'
import { SCRATCH, TABLES, wipe } from './memory'

// SCRATCH 0x1d80..0x20ff belongs to this file
const CLAMPED: usize = SCRATCH + 0x1d80
const DIGITS: usize = SCRATCH + 0x1da0 // 64 bytes
const SELECTED: usize = SCRATCH + 0x1de0 // a cached point
const EVEN: usize = SCRATCH + 0x1e80 // points
const ODD: usize = SCRATCH + 0x1f20
const RESULT: usize = SCRATCH + 0x1fc0
const PAIRED: usize = SCRATCH + 0x2060
const FIXED_SCRATCH_SIZE: usize = 0x380

// TABLES 0x0000..0x9fff: row i holds 1 to 8 times 16^(2 i) B, cached
const ROWS: usize = TABLES
const ROW: usize = 8 * POINT
let prepared: bool = false

/** The base point as RFC 8032 writes it. */
const BASE: usize = memory.data<u64>([0x6666666666666658, 0x6666666666666666, 0x6666666666666666, 0x6666666666666666], 16)

/** a = the base point; `other` is overwritten. */
export function basePoint(a: usize, other: usize): void {
  prepareEdwards()
  pointDecodePair(a, other, BASE, BASE)
}

/** Computes the table on the first call. */
export function prepareFixedBase(): void {
  if (prepared) return
  basePoint(EVEN, ODD)
  for (let row = ROWS; row < ROWS + 32 * ROW; row += ROW) {
    pointCache(row, EVEN)
    pointCopy(ODD, EVEN)
    for (let entry = row + POINT; entry < row + ROW; entry += POINT) {
      pointAdd(ODD, ODD, row)
      pointCache(entry, ODD)
    }
    pointDoubleTimes(EVEN, EVEN, 8)
  }
  prepared = true
}

/** SELECTED = digit times the first point of a row, for a digit in [-8, 8]; reads the whole row whatever the digit. */
function selectFrom(row: usize, digit: i32): void {
  const sign = digit >> 31
  const size = (digit ^ sign) - sign
  // the neutral element, cached, is (1, 1) and (0, 2)
  let mask = i64x2.splat(-i64(size == 0))
  let s0 = v128.and(v128.load(NEUTRAL), mask), s1 = i64x2.splat(0), s2 = s1, s3 = s1, s4 = s1
  let t0 = v128.and(v128.load(NEUTRAL, 80), mask), t1 = s1, t2 = s1, t3 = s1, t4 = s1
  for (let i = 1; i <= 8; i++, row += POINT) {
    mask = i64x2.splat(-i64(size == i))
    s0 = v128.or(s0, v128.and(v128.load(row), mask))
    s1 = v128.or(s1, v128.and(v128.load(row, 16), mask))
    s2 = v128.or(s2, v128.and(v128.load(row, 32), mask))
    s3 = v128.or(s3, v128.and(v128.load(row, 48), mask))
    s4 = v128.or(s4, v128.and(v128.load(row, 64), mask))
    t0 = v128.or(t0, v128.and(v128.load(row, 80), mask))
    t1 = v128.or(t1, v128.and(v128.load(row, 96), mask))
    t2 = v128.or(t2, v128.and(v128.load(row, 112), mask))
    t3 = v128.or(t3, v128.and(v128.load(row, 128), mask))
    t4 = v128.or(t4, v128.and(v128.load(row, 144), mask))
  }
  // the opposite point: Y - X and Y + X change places, and -2d T its sign
  mask = i64x2.splat(i64(sign))
  v128.store(SELECTED, v128.bitselect(v128.shuffle<u64>(s0, s0, 1, 0), s0, mask))
  v128.store(SELECTED, v128.bitselect(v128.shuffle<u64>(s1, s1, 1, 0), s1, mask), 16)
  v128.store(SELECTED, v128.bitselect(v128.shuffle<u64>(s2, s2, 1, 0), s2, mask), 32)
  v128.store(SELECTED, v128.bitselect(v128.shuffle<u64>(s3, s3, 1, 0), s3, mask), 48)
  v128.store(SELECTED, v128.bitselect(v128.shuffle<u64>(s4, s4, 1, 0), s4, mask), 64)
  v128.store(SELECTED, t0, 80)
  v128.store(SELECTED, t1, 96)
  v128.store(SELECTED, t2, 112)
  v128.store(SELECTED, t3, 128)
  v128.store(SELECTED, t4, 144)
  conditionalNegate(SELECTED + SIZE, SELECTED + SIZE, laneMask(u32(sign) & 1, 0))
}

/** o = s B, for a secret s of 32 bytes below 2^255. */
export function fixedBase(o: usize, s: usize): void {
  prepareFixedBase()
  scalarDigits16(DIGITS, s)
  pointZero(o)
  for (let i: usize = 1; i < 64; i += 2) {
    selectFrom(ROWS + (i >> 1) * ROW, load<i8>(DIGITS + i))
    pointAdd(o, o, SELECTED)
  }
  pointDoubleTimes(o, o, 4)
  for (let i: usize = 0; i < 64; i += 2) {
    selectFrom(ROWS + (i >> 1) * ROW, load<i8>(DIGITS + i))
    pointAdd(o, o, SELECTED)
  }
}

/** RESULT = s B for the X25519 private key at `key`, which is clamped: below 2^255, and no multiple of L, so never the neutral element. */
function multiplyClamped(key: usize): void {
  memory.copy(CLAMPED, key, 32)
  store<u8>(CLAMPED, load<u8>(CLAMPED) & 248)
  store<u8>(CLAMPED, (load<u8>(CLAMPED, 31) & 127) | 64, 31)
  fixedBase(RESULT, CLAMPED)
}

/** The X25519 public key of a private key, 32 bytes each: u = (Z + Y) / (Z - Y). */
export function x25519_public(out: usize, key: usize): void {
  multiplyClamped(key)
  splat1(EVEN, RESULT)
  splat1(ODD, RESULT + SIZE)
  addReduced(RESULT, ODD, EVEN)
  subReduced(ODD, ODD, EVEN)
  invertSingle(ODD, ODD)
  mulSingle(RESULT, RESULT, ODD)
  toBytes(out, RESULT, 0)
  wipeFixedBase()
}

/** Bytes of working space that `x25519_public_many` needs for n keys. */
export function x25519_public_many_space(n: i32): usize {
  return (usize(n + 1) >> 1) * PER_PAIR
}

// numerators, denominators and the product of all denominators so far, of two keys
const PER_PAIR: usize = 3 * SIZE

/**
 * Public keys of n private keys, one after the other, with one inversion for all. `work` is 16-byte aligned, wiped at the end. Two keys
 * share a pair; the last of an odd number is paired with itself.
 */
export function x25519_public_many(out: usize, keys: usize, n: i32, work: usize): void {
  if (n <= 0) return
  let at = work
  for (let i = 0; i < n; i += 2, at += PER_PAIR) {
    multiplyClamped(keys + (usize(i) << 5))
    pointCopy(PAIRED, RESULT)
    if (i + 1 < n) multiplyClamped(keys + (usize(i + 1) << 5))
    zip1(EVEN, PAIRED, RESULT)
    zip1(ODD, PAIRED + SIZE, RESULT + SIZE)
    addReduced(at, ODD, EVEN)
    subReduced(at + SIZE, ODD, EVEN)
    if (i == 0) copy(at + 2 * SIZE, at + SIZE)
    else mul(at + 2 * SIZE, at - SIZE, at + SIZE)
  }
  const end = at
  invert(ODD, end - SIZE)
  for (let i = (n - 1) & ~1; i >= 0; i -= 2) {
    at -= PER_PAIR
    if (i == 0) mul(EVEN, ODD, at)
    else {
      mul(EVEN, ODD, at - SIZE)
      mul(EVEN, EVEN, at)
      mul(ODD, ODD, at + SIZE)
    }
    const to = out + (usize(i) << 5)
    toBytes(to, EVEN, 0)
    if (i + 1 < n) toBytes(to + 32, EVEN, 1)
  }
  wipe(work, end - work)
  wipeFixedBase()
}

/** Zeros over all that this file and what it calls left in SCRATCH. */
export function wipeFixedBase(): void {
  wipe(CLAMPED, FIXED_SCRATCH_SIZE)
  wipeEdwards()
  wipeFieldScratch()
}
