/** Sums, copies, lanes and selections on pairs: what both kinds of arithmetic do alike. Documented in field25519.ts. */
import { carry, minus, mul, plus, settle, settle0, SIZE, square, storeLimb } from './field25519-dispatch'
import * as fma from './field25519-fma'

/** Stores five wide limbs as a reduced element: one carry of all limbs at once. */
// @ts-ignore: decorator
@inline
export function storeReduced(o: usize, x0: v128, x1: v128, x2: v128, x3: v128, x4: v128): void {
  const c0 = carry(x0), c1 = carry(x1), c2 = carry(x2), c3 = carry(x3), c4 = carry(x4)
  v128.store(o, settle0(x0, c0, c4))
  v128.store(o, settle(x1, c1, c0), 16)
  v128.store(o, settle(x2, c2, c1), 32)
  v128.store(o, settle(x3, c3, c2), 48)
  v128.store(o, settle(x4, c4, c3), 64)
}

// @ts-ignore: decorator
@inline
function sumLimb(a: usize, b: usize, i: usize): v128 {
  return plus(v128.load(a + 16 * i), v128.load(b + 16 * i))
}

// @ts-ignore: decorator
@inline
function differenceLimb(a: usize, b: usize, i: usize): v128 {
  return minus(v128.load(a + 16 * i), v128.load(b + 16 * i))
}

/** o = a, reduced */
export function reduce(o: usize, a: usize): void {
  storeReduced(o, v128.load(a), v128.load(a, 16), v128.load(a, 32), v128.load(a, 48), v128.load(a, 64))
}

/** o = a + b, reduced */
export function addReduced(o: usize, a: usize, b: usize): void {
  storeReduced(o, sumLimb(a, b, 0), sumLimb(a, b, 1), sumLimb(a, b, 2), sumLimb(a, b, 3), sumLimb(a, b, 4))
}

/** o = a - b, reduced */
export function subReduced(o: usize, a: usize, b: usize): void {
  storeReduced(
    o,
    differenceLimb(a, b, 0), differenceLimb(a, b, 1), differenceLimb(a, b, 2), differenceLimb(a, b, 3), differenceLimb(a, b, 4),
  )
}

/** o = -a */
export function negate(o: usize, a: usize): void {
  const zero = i64x2.splat(0)
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, minus(zero, v128.load(a + i)))
}

/** o = a */
export function copy(o: usize, a: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, v128.load(a + i))
}

/** o = (lane0, lane1) */
export function set(o: usize, lane0: i32, lane1: i32): void {
  memory.fill(o, 0, SIZE)
  storeLimb(o, 0, 0, i64(lane0))
  storeLimb(o, 0, 1, i64(lane1))
}

// @ts-ignore: decorator
@inline
function swapped(x: v128): v128 {
  return v128.shuffle<u64>(x, x, 1, 0)
}

/** o = (a1, a0) */
export function swapLanes(o: usize, a: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, swapped(v128.load(a + i)))
}

/** o = (a0, a0) */
export function splat0(o: usize, a: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, v128.shuffle<u64>(v128.load(a + i), v128.load(a + i), 0, 0))
}

/** o = (a1, a1) */
export function splat1(o: usize, a: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, v128.shuffle<u64>(v128.load(a + i), v128.load(a + i), 1, 1))
}

/** o = (a0, b0) */
export function zip0(o: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, v128.shuffle<u64>(v128.load(a + i), v128.load(b + i), 0, 2))
}

/** o = (a1, b1) */
export function zip1(o: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, v128.shuffle<u64>(v128.load(a + i), v128.load(b + i), 1, 3))
}

/** o = (a0, b1) */
export function blend(o: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, v128.shuffle<u64>(v128.load(a + i), v128.load(b + i), 0, 3))
}

/** Limb of (x0 + x1, x0 - x1). */
// @ts-ignore: decorator
@inline
export function sumDifferenceLimb(x: v128): v128 {
  const y = swapped(x)
  return v128.shuffle<u64>(plus(y, x), minus(y, x), 0, 3)
}

/** Limb of (x1 - x0, x1 + x0). */
// @ts-ignore: decorator
@inline
export function differenceSumLimb(x: v128): v128 {
  const y = swapped(x)
  return v128.shuffle<u64>(minus(y, x), plus(y, x), 0, 3)
}

/** o = (a0 + a1, a0 - a1), not carried */
export function sumDifference(o: usize, a: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, sumDifferenceLimb(v128.load(a + i)))
}

/** o = (a0 + a1, a0 - a1), reduced */
export function sumDifferenceReduced(o: usize, a: usize): void {
  storeReduced(
    o,
    sumDifferenceLimb(v128.load(a)), sumDifferenceLimb(v128.load(a, 16)), sumDifferenceLimb(v128.load(a, 32)),
    sumDifferenceLimb(v128.load(a, 48)), sumDifferenceLimb(v128.load(a, 64)),
  )
}

/** o = (a1 - a0, a1 + a0), not carried */
export function differenceSum(o: usize, a: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, differenceSumLimb(v128.load(a + i)))
}

/** o = (a1 - a0, a1 + a0), reduced */
export function differenceSumReduced(o: usize, a: usize): void {
  storeReduced(
    o,
    differenceSumLimb(v128.load(a)), differenceSumLimb(v128.load(a, 16)), differenceSumLimb(v128.load(a, 32)),
    differenceSumLimb(v128.load(a, 48)), differenceSumLimb(v128.load(a, 64)),
  )
}

/** o = (c0 + c1, c0 - c1) where c = a b, reduced */
// @ts-ignore: decorator
@inline
export function mulSumDifference(o: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    fma.mulSumDifference(o, a, b)
  } else {
    mul(o, a, b)
    sumDifferenceReduced(o, o)
  }
}

/** o = (c1 - c0, c1 + c0) where c = a b, reduced */
// @ts-ignore: decorator
@inline
export function mulDifferenceSum(o: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    fma.mulDifferenceSum(o, a, b)
  } else {
    mul(o, a, b)
    differenceSumReduced(o, o)
  }
}

/** o = (c0 + c1, c0 - c1) where c = a^2, reduced */
// @ts-ignore: decorator
@inline
export function squareSumDifference(o: usize, a: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    fma.squareSumDifference(o, a)
  } else {
    square(o, a)
    sumDifferenceReduced(o, o)
  }
}

/** o = (c1 - c0, c1 + c0) where c = a^2, reduced */
// @ts-ignore: decorator
@inline
export function squareDifferenceSum(o: usize, a: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    fma.squareDifferenceSum(o, a)
  } else {
    square(o, a)
    differenceSumReduced(o, o)
  }
}

/** The mask that selections take: all ones in the lanes whose bit is 1, zeros where it is 0. */
// @ts-ignore: decorator
@inline
export function laneMask(bit0: u32, bit1: u32): v128 {
  return i64x2.replace_lane(i64x2.splat(-i64(bit0)), 1, -i64(bit1))
}

/** Exchanges a and b in the lanes of the mask. */
// @ts-ignore: decorator
@inline
export function conditionalSwap(a: usize, b: usize, mask: v128): void {
  for (let i: usize = 0; i < SIZE; i += 16) {
    const x = v128.load(a + i), y = v128.load(b + i)
    const difference = v128.and(v128.xor(x, y), mask)
    v128.store(a + i, v128.xor(x, difference))
    v128.store(b + i, v128.xor(y, difference))
  }
}

/** o = b in the lanes of the mask, a in the others */
// @ts-ignore: decorator
@inline
export function select(o: usize, a: usize, b: usize, mask: v128): void {
  for (let i: usize = 0; i < SIZE; i += 16) v128.store(o + i, v128.bitselect(v128.load(b + i), v128.load(a + i), mask))
}

/** o = -a in the lanes of the mask, a in the others */
// @ts-ignore: decorator
@inline
export function conditionalNegate(o: usize, a: usize, mask: v128): void {
  const zero = i64x2.splat(0)
  for (let i: usize = 0; i < SIZE; i += 16) {
    const x = v128.load(a + i)
    v128.store(o + i, v128.bitselect(minus(zero, x), x, mask))
  }
}
