/** Arithmetic on pairs in the FMA module: field25519.ts says what each function takes and gives, field25519-fma-core.ts what limbs are. */
import { CARRY, CARRY_19, CONSTANTS, DIFFERENCE_SUM, LIMBS, products, ROUND, squares, SUM_DIFFERENCE } from './field25519-fma-core'

export function mul(o: usize, a: usize, b: usize): void {
  products(o, a, b, LIMBS)
}

/** o = (c0 + c1, c0 - c1) where c = a b, reduced */
export function mulSumDifference(o: usize, a: usize, b: usize): void {
  products(o, a, b, SUM_DIFFERENCE)
}

/** o = (c1 - c0, c1 + c0) where c = a b, reduced */
export function mulDifferenceSum(o: usize, a: usize, b: usize): void {
  products(o, a, b, DIFFERENCE_SUM)
}

export function squareTimes(o: usize, a: usize, n: i32): void {
  squares(o, a, n, LIMBS)
}

/** o = (c0 + c1, c0 - c1) where c = a^2, reduced */
export function squareSumDifference(o: usize, a: usize): void {
  squares(o, a, 1, SUM_DIFFERENCE)
}

/** o = (c1 - c0, c1 + c0) where c = a^2, reduced */
export function squareDifferenceSum(o: usize, a: usize): void {
  squares(o, a, 1, DIFFERENCE_SUM)
}

// Building blocks for kernels that keep limbs in registers ---------------------------------------------------------------------

// @ts-ignore: decorator
@inline
export function plus(x: v128, y: v128): v128 {
  return f64x2.add(x, y)
}

// @ts-ignore: decorator
@inline
export function minus(x: v128, y: v128): v128 {
  return f64x2.sub(x, y)
}

/** The nearest multiple of 2^51: |x| <= 2^58 is far below the range in which 1.5*2^103 + x leaves the unit 2^51. */
// @ts-ignore: decorator
@inline
export function carry(x: v128): v128 {
  const round = v128.load(CONSTANTS + ROUND)
  return f64x2.sub(f64x2.add(x, round), round)
}

/** |x - own| <= 2^50 and |below| / 2^51 <= 2^7: everything here is an exact integer, fused or not. */
// @ts-ignore: decorator
@inline
export function settle(x: v128, own: v128, below: v128): v128 {
  return f64x2.relaxed_madd(below, v128.load(CONSTANTS + CARRY), f64x2.sub(x, own))
}

/** As `settle`, with 19*2^7 < 2^13. */
// @ts-ignore: decorator
@inline
export function settle0(x: v128, own: v128, top: v128): v128 {
  return f64x2.relaxed_madd(top, v128.load(CONSTANTS + CARRY_19), f64x2.sub(x, own))
}

/** One carry of all limbs at once. */
// @ts-ignore: decorator
@inline
function storeReduced(o: usize, x0: v128, x1: v128, x2: v128, x3: v128, x4: v128): void {
  const c0 = carry(x0), c1 = carry(x1), c2 = carry(x2), c3 = carry(x3), c4 = carry(x4)
  v128.store(o, settle0(x0, c0, c4))
  v128.store(o, settle(x1, c1, c0), 16)
  v128.store(o, settle(x2, c2, c1), 32)
  v128.store(o, settle(x3, c3, c2), 48)
  v128.store(o, settle(x4, c4, c3), 64)
}

export function reduce(o: usize, a: usize): void {
  storeReduced(o, v128.load(a), v128.load(a, 16), v128.load(a, 32), v128.load(a, 48), v128.load(a, 64))
}

/** Lane `lane` of limb `i`: a reduced f64 x gives x + 1.5*2^52 in [2^52, 2^53), whose low bits are an integer. */
// @ts-ignore: decorator
@inline
export function loadLimb(a: usize, i: usize, lane: usize): i64 {
  return reinterpret<i64>(load<f64>(a + 16 * i + 8 * lane) + 6755399441055744.0) - 0x4338000000000000
}

// @ts-ignore: decorator
@inline
export function storeLimb(o: usize, i: usize, lane: usize, value: i64): void {
  store<f64>(o + 16 * i + 8 * lane, f64(value))
}

export function add(o: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < 80; i += 16) v128.store(o + i, plus(v128.load(a + i), v128.load(b + i)))
}

export function sub(o: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < 80; i += 16) v128.store(o + i, minus(v128.load(a + i), v128.load(b + i)))
}
