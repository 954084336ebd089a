/** Chooses the FMA or the integer arithmetic when compiled; the other half is not part of the module. Documented in field25519.ts. */
import * as fma from './field25519-fma'
import * as integer from './field25519-integer'

/** Bytes of a pair. */
export const SIZE: usize = 80

/** o = a b */
// @ts-ignore: decorator
@inline
export function mul(o: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.mul(o, a, b)
  else integer.mul(o, a, b)
}

/** o = a b in lane 0. */
// @ts-ignore: decorator
@inline
export function mulSingle(o: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.mul(o, a, b)
  else integer.mulSingle(o, a, b)
}

/** o = a^(2^n), n >= 1 */
// @ts-ignore: decorator
@inline
export function squareTimes(o: usize, a: usize, n: i32): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.squareTimes(o, a, n)
  else integer.squareTimes(o, a, n)
}

/** o = a^(2^n) in lane 0, n >= 1 */
// @ts-ignore: decorator
@inline
export function squareTimesSingle(o: usize, a: usize, n: i32): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.squareTimes(o, a, n)
  else integer.squareTimesSingle(o, a, n)
}

/** o = a^2 */
// @ts-ignore: decorator
@inline
export function square(o: usize, a: usize): void {
  squareTimes(o, a, 1)
}

/** o = a + b, not carried */
// @ts-ignore: decorator
@inline
export function add(o: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.add(o, a, b)
  else integer.add(o, a, b)
}

/** o = a - b, not carried */
// @ts-ignore: decorator
@inline
export function sub(o: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.sub(o, a, b)
  else integer.sub(o, a, b)
}

/** Limb of a + b. */
// @ts-ignore: decorator
@inline
export function plus(x: v128, y: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return fma.plus(x, y)
  else return integer.plus(x, y)
}

/** Limb of a - b. */
// @ts-ignore: decorator
@inline
export function minus(x: v128, y: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return fma.minus(x, y)
  else return integer.minus(x, y)
}

/** What limb x hands to the next limb, in a form that only `settle` and `settle0` understand. */
// @ts-ignore: decorator
@inline
export function carry(x: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return fma.carry(x)
  else return integer.carry(x)
}

/** Limb x of 1 to 4 without its own carry, with the carry of the limb below. */
// @ts-ignore: decorator
@inline
export function settle(x: v128, own: v128, below: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return fma.settle(x, own, below)
  else return integer.settle(x, own, below)
}

/** Limb 0 without its own carry, with 19 times the carry of limb 4. */
// @ts-ignore: decorator
@inline
export function settle0(x: v128, own: v128, top: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return fma.settle0(x, own, top)
  else return integer.settle0(x, own, top)
}

/** A limb as an integer. */
// @ts-ignore: decorator
@inline
export function loadLimb(a: usize, i: usize, lane: usize): i64 {
  if (ASC_FEATURE_RELAXED_SIMD) return fma.loadLimb(a, i, lane)
  else return integer.loadLimb(a, i, lane)
}

/** Sets a limb to an integer. */
// @ts-ignore: decorator
@inline
export function storeLimb(o: usize, i: usize, lane: usize, value: i64): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.storeLimb(o, i, lane, value)
  else integer.storeLimb(o, i, lane, value)
}
