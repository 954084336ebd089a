/** Multiples of the base point by secret scalars (RFC 8032 section 5.1.5), and the X25519 public keys that follow from them (RFC 7748 section 6.1). */
import {
  add, addReduced, carry, copy, invert, minus, mul, mulSingle, plus, settle, settle0, SIZE, splat1, subReduced, toBytes,
  wipeFieldScratch, zip0, zip1,
} from './field25519'
import { ONES, pointAdd, pointCache, pointCopy, pointDoubleTimes, POINT, wipeEdwards } from './edwards25519'
import { invertOne } from './field25519-divsteps'
import { ENTRY, HALF, prepareFixedBase, ROW, ROWS } from './fixed-base25519-table'
import { scalarDigits16 } from './scalar25519'
import { SCRATCH, wipe } from './memory'

// SCRATCH 0x1d80..0x20ff belongs to this file and to that of the table
const CLAMPED: usize = SCRATCH + 0x1d80
const DIGITS: usize = SCRATCH + 0x1da0 // 64 bytes
const EVEN: usize = SCRATCH + 0x1de0 // points
const ODD = EVEN + POINT
const RESULT = ODD + POINT
const PAIRED = RESULT + POINT
const FIXED_SCRATCH_SIZE: usize = 0x2e0

// SCRATCH 0x2730..0x2a9f is shared with the verification of ed25519.ts, which multiplies no secret. The two accumulators are not points
// but side by side: lane 0 for the even digits, lane 1 for the odd ones. Adding an entry of the table to both takes seven products
const X: usize = SCRATCH + 0x2730
const Y = X + SIZE
const Z = X + 2 * SIZE
const T = X + 3 * SIZE
const LESS = X + 4 * SIZE // y - x, y + x and -2d x y of the entries
const MORE = X + 5 * SIZE
const PRODUCT = X + 6 * SIZE
const A = X + 7 * SIZE
const B = X + 8 * SIZE
const C = X + 9 * SIZE
const E = X + 10 * SIZE
const SIDES_SIZE: usize = 11 * SIZE

/** o = in each lane, the element of that one of the eight entries at `column` whose number is in `sizes`, or `neutral` where that is 0. */
@inline
function selectElement(o: usize, column: usize, sizes: v128, neutral: v128): void {
  let mask = i64x2.eq(sizes, i64x2.splat(0))
  let s0 = v128.and(neutral, mask), s1 = i64x2.splat(0), s2 = s1, s3 = s1, s4 = s1
  for (let i = 1; i <= 8; i++, column += ENTRY) {
    mask = i64x2.eq(sizes, i64x2.splat(i))
    s0 = v128.or(s0, v128.and(v128.load_splat<u64>(column), mask))
    s1 = v128.or(s1, v128.and(v128.load_splat<u64>(column, 8), mask))
    s2 = v128.or(s2, v128.and(v128.load_splat<u64>(column, 16), mask))
    s3 = v128.or(s3, v128.and(v128.load_splat<u64>(column, 24), mask))
    s4 = v128.or(s4, v128.and(v128.load_splat<u64>(column, 32), mask))
  }
  v128.store(o, s0)
  v128.store(o, s1, 16)
  v128.store(o, s2, 32)
  v128.store(o, s3, 48)
  v128.store(o, s4, 64)
}

/** LESS, MORE, PRODUCT = digit times the first point of a row, in each lane, for digits in [-8, 8]; reads the whole row whatever they are. */
function selectEntries(row: usize, even: i32, odd: i32): void {
  const digits = i64x2.replace_lane(i64x2.splat(even), 1, odd)
  const negative = i64x2.shr_s(digits, 63)
  const sizes = i64x2.sub(v128.xor(digits, negative), negative)
  selectElement(LESS, row, sizes, v128.load(ONES))
  selectElement(MORE, row + HALF, sizes, v128.load(ONES))
  selectElement(PRODUCT, row + 2 * HALF, sizes, i64x2.splat(0))
  // the opposite point: y - x and y + x change places, and -2d x y its sign
  const zero = i64x2.splat(0)
  for (let i: usize = 0; i < SIZE; i += 16) {
    const less = v128.load(LESS + i), more = v128.load(MORE + i), product = v128.load(PRODUCT + i)
    v128.store(LESS + i, v128.bitselect(more, less, negative))
    v128.store(MORE + i, v128.bitselect(less, more, negative))
    v128.store(PRODUCT + i, v128.bitselect(minus(zero, product), product, negative))
  }
}

/** Limb of a - b, and stores that of a + b. */
@inline
function differenceLimb(sum: usize, a: usize, b: usize, i: usize): v128 {
  const x = v128.load(a + i), y = v128.load(b + i)
  v128.store(sum + i, plus(x, y))
  return minus(x, y)
}

/** difference = a - b, reduced; sum = a + b, not carried. */
function differenceAndSum(difference: usize, sum: usize, a: usize, b: usize): void {
  const x0 = differenceLimb(sum, a, b, 0), x1 = differenceLimb(sum, a, b, 16), x2 = differenceLimb(sum, a, b, 32)
  const x3 = differenceLimb(sum, a, b, 48), x4 = differenceLimb(sum, a, b, 64)
  const c0 = carry(x0), c1 = carry(x1), c2 = carry(x2), c3 = carry(x3), c4 = carry(x4)
  v128.store(difference, settle0(x0, c0, c4))
  v128.store(difference, settle(x1, c1, c0), 16)
  v128.store(difference, settle(x2, c2, c1), 32)
  v128.store(difference, settle(x3, c3, c2), 48)
  v128.store(difference, settle(x4, c4, c3), 64)
}

/** Adds the selected entries to the accumulators. Bounds in multiples of R are in brackets; one factor of each product is reduced. */
function addEntries(): void {
  for (let i: usize = 0; i < SIZE; i += 16) {
    const x = v128.load(X + i), y = v128.load(Y + i)
    v128.store(A + i, minus(y, x))
    v128.store(B + i, plus(y, x))
  }
  mul(A, LESS, A) // [2]
  mul(B, MORE, B) // [2]
  mul(C, PRODUCT, T)
  differenceAndSum(E, A, B, A) // E = B - A, A = H = B + A [2]
  add(B, Z, Z)
  differenceAndSum(Z, C, B, C) // Z = G = 2 Z - C, C = F = 2 Z + C [3]
  mul(X, E, C)
  mul(Y, Z, A)
  mul(T, E, A)
  mul(Z, Z, C)
}

/** o = s B, for a secret s of 32 bytes below 2^255. */
export function fixedBase(o: usize, s: usize): void {
  prepareFixedBase()
  scalarDigits16(DIGITS, s)
  wipe(X, SIZE)
  wipe(T, SIZE)
  copy(Y, ONES)
  copy(Z, ONES)
  let row = ROWS
  for (let i: usize = 0; i < 64; i += 2, row += ROW) {
    selectEntries(row, load<i8>(DIGITS + i), load<i8>(DIGITS + i, 1))
    addEntries()
  }
  // even + 16 odd
  zip0(EVEN, X, Y)
  zip0(EVEN + SIZE, T, Z)
  zip1(ODD, X, Y)
  zip1(ODD + SIZE, T, Z)
  pointDoubleTimes(ODD, ODD, 4)
  pointCache(ODD, ODD)
  pointAdd(o, EVEN, ODD)
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
  invertOne(ODD, ODD)
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
  wipe(X, SIDES_SIZE)
  wipeEdwards()
  wipeFieldScratch()
}
