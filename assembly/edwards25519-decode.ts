/** RFC 8032 section 5.1.3: which encodings of points are acceptable, and decoding them, two or four at once. For public points only. */
import {
  addReduced, conditionalNegate, copy, fromBytes, isZero, laneMask, mul, parity, pow22523, select, SIZE, square, squareTimes, subReduced,
  zip0, zip1,
} from './field25519'
import { D, ONES, ROOT_OF_MINUS_ONE } from './edwards25519'
import { SCRATCH, wipe } from './memory'

// A decoding in progress, of two points: seven pairs. SCRATCH 0x1bf0..0x1d7f and 0x2e30..0x347f belong to this file
const DECODING: usize = 7 * SIZE
const FIRST: usize = SCRATCH + 0x2e30
const SECOND: usize = FIRST + DECODING
// two pairs each
const BASES = SECOND + DECODING
const POWERS = BASES + 2 * SIZE
const T: usize = SCRATCH + 0x1bf0
const S = T + 2 * SIZE

/**
 * 1 if 32 bytes are how a point would be written: y < p, and no sign bit where x = 0 (y = 1 or y = -1). Says nothing about the curve.
 */
export function encodingIsCanonical(p: usize): u32 {
  const w0 = load<u64>(p), w1 = load<u64>(p, 8), w2 = load<u64>(p, 16), w3 = load<u64>(p, 24)
  const y3 = w3 & 0x7fffffffffffffff
  if (y3 == 0x7fffffffffffffff && (w1 & w2) == u64.MAX_VALUE && w0 >= 0xffffffffffffffec) return u32(w0 == 0xffffffffffffffec && y3 == w3)
  return u32(!(w0 == 1 && (w1 | w2 | y3) == 0 && y3 != w3))
}

/** 1 if a canonical encoding stands for one of the eight points whose order divides 8. */
export function encodingHasSmallOrder(p: usize): u32 {
  const w0 = load<u64>(p), w1 = load<u64>(p, 8), w2 = load<u64>(p, 16), y3 = load<u64>(p, 24) & 0x7fffffffffffffff
  for (let y = SMALL_ORDER_Y; y < SMALL_ORDER_Y + 160; y += 32) {
    if (w0 == load<u64>(y) && w1 == load<u64>(y, 8) && w2 == load<u64>(y, 16) && y3 == load<u64>(y, 24)) return 1
  }
  return 0
}

/** y of the points of order 1, 2, 4 and 8 (two). */
const SMALL_ORDER_Y: usize = memory.data<u64>([
  1, 0, 0, 0,
  0xffffffffffffffec, 0xffffffffffffffff, 0xffffffffffffffff, 0x7fffffffffffffff,
  0, 0, 0, 0,
  0xb027b2c28f95e826, 0xf098eff289f4c345, 0x3933c6d305acdfd5, 0x05fc536d880238b1,
  0x4fd84d3d706a17c7, 0x0f67100d760b3cba, 0xc6cc392cfa53202a, 0x7a03ac9277fdc74e,
], 16)

@inline
function y(decoding: usize): usize {
  return decoding
}
@inline
function numerator(decoding: usize): usize {
  return decoding + SIZE
}
@inline
function denominator(decoding: usize): usize {
  return decoding + 2 * SIZE
}
@inline
function cube(decoding: usize): usize {
  return decoding + 3 * SIZE
}
@inline
function x(decoding: usize): usize {
  return decoding + 4 * SIZE
}
@inline
function check(decoding: usize): usize {
  return decoding + 5 * SIZE
}
@inline
function other(decoding: usize): usize {
  return decoding + 6 * SIZE
}

/** x^2 = u / v = (y^2 - 1) / (d y^2 + 1), and the candidate for x is u v^3 (u v^7)^((p - 5) / 8): all but the power, whose base is x. */
function beforePower(decoding: usize, p0: usize, p1: usize): void {
  const Y = y(decoding), U = numerator(decoding), V = denominator(decoding), V3 = cube(decoding), X = x(decoding)
  fromBytes(Y, 0, p0)
  fromBytes(Y, 1, p1)
  square(U, Y)
  mul(V, D, U)
  subReduced(U, U, ONES)
  addReduced(V, V, ONES)
  square(V3, V)
  mul(V3, V3, V)
  square(X, V3)
  mul(X, X, V)
  mul(X, X, U)
}

/** The points, and for each a bit that says whether it is one. */
function afterPower(decoding: usize, o0: usize, o1: usize, p0: usize, p1: usize): u32 {
  const Y = y(decoding), U = numerator(decoding), V = denominator(decoding), X = x(decoding)
  const CHECK = check(decoding), OTHER = other(decoding)
  mul(X, X, cube(decoding))
  mul(X, X, U)
  // v x^2 is u where the candidate is right, -u where it has to be multiplied by the root of -1, something else where there is no root
  square(CHECK, X)
  mul(CHECK, CHECK, V)
  subReduced(OTHER, CHECK, U)
  addReduced(CHECK, CHECK, U)
  const right0 = isZero(OTHER, 0), right1 = isZero(OTHER, 1)
  const found = (right0 | isZero(CHECK, 0)) | ((right1 | isZero(CHECK, 1)) << 1)
  mul(OTHER, X, ROOT_OF_MINUS_ONE)
  select(X, OTHER, X, laneMask(right0, right1))
  conditionalNegate(X, X, laneMask(parity(X, 0) ^ (load<u8>(p0, 31) >> 7), parity(X, 1) ^ (load<u8>(p1, 31) >> 7)))
  mul(CHECK, X, Y)
  zip0(o0, X, Y)
  zip1(o1, X, Y)
  zip0(o0 + SIZE, CHECK, ONES)
  zip1(o1 + SIZE, CHECK, ONES)
  return found
}

/**
 * Points `o0` and `o1` of the canonical encodings at `p0` and `p1`. Bit 0 and bit 1 of the result say whether there is such a point; where
 * there is none, the output is not a point.
 */
export function pointDecodePair(o0: usize, o1: usize, p0: usize, p1: usize): u32 {
  beforePower(FIRST, p0, p1)
  pow22523(x(FIRST), x(FIRST))
  return afterPower(FIRST, o0, o1, p0, p1)
}

@inline
function mulBoth(o: usize, a: usize, b: usize): void {
  mul(o, a, b)
  mul(o + SIZE, a + SIZE, b + SIZE)
}

/** o = a^(2^n), n >= 1, for two pairs. */
function squareBoth(o: usize, a: usize, n: i32): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    // a squaring waits for the one before, but not for that of the other pair: in turns, the processor overlaps them. 11 % faster
    for (; n > 0; n--, a = o) {
      squareTimes(o, a, 1)
      squareTimes(o + SIZE, a + SIZE, 1)
    }
  } else {
    squareTimes(o, a, n)
    squareTimes(o + SIZE, a + SIZE, n)
  }
}

/** POWERS = BASES^(2^252 - 3), by the chain of `pow22523`: the names on the right are exponents, n ones stand for 2^n - 1. */
function powerBoth(): void {
  squareBoth(T, BASES, 1) // 2
  squareBoth(S, T, 2) // 8
  mulBoth(S, S, BASES) // 9
  mulBoth(T, S, T) // 11
  squareBoth(T, T, 1) // 22
  mulBoth(POWERS, T, S) // 5 ones
  squareBoth(T, POWERS, 5)
  mulBoth(POWERS, T, POWERS) // 10 ones
  squareBoth(T, POWERS, 10)
  mulBoth(T, T, POWERS) // 20 ones
  squareBoth(S, T, 20)
  mulBoth(T, S, T) // 40 ones
  squareBoth(T, T, 10)
  mulBoth(POWERS, T, POWERS) // 50 ones
  squareBoth(T, POWERS, 50)
  mulBoth(T, T, POWERS) // 100 ones
  squareBoth(S, T, 100)
  mulBoth(T, S, T) // 200 ones
  squareBoth(T, T, 50)
  mulBoth(POWERS, T, POWERS) // 250 ones
  squareBoth(T, POWERS, 2)
  mulBoth(POWERS, T, BASES) // 2^252 - 4 + 1
}

/**
 * `pointDecodePair` twice: points `o0` and `o1` of the encodings at `p0` and `p1` (bits 0 and 1), and the points in memory after them of the
 * encodings `step0` and `step1` bytes on (bits 2 and 3).
 */
export function pointDecodeFour(o0: usize, o1: usize, p0: usize, p1: usize, step0: usize, step1: usize): u32 {
  beforePower(FIRST, p0, p1)
  beforePower(SECOND, p0 + step0, p1 + step1)
  copy(BASES, x(FIRST))
  copy(BASES + SIZE, x(SECOND))
  powerBoth()
  copy(x(FIRST), POWERS)
  copy(x(SECOND), POWERS + SIZE)
  const first = afterPower(FIRST, o0, o1, p0, p1)
  return first | (afterPower(SECOND, o0 + 2 * SIZE, o1 + 2 * SIZE, p0 + step0, p1 + step1) << 2)
}

/** Zeros over all that this file left in SCRATCH. */
export function wipeDecoding(): void {
  wipe(T, 4 * SIZE)
  wipe(FIRST, 2 * DECODING + 4 * SIZE)
}
