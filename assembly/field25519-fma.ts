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

/** The nearest multiple of 2^51: 1.5*2^103 + x has the unit 2^51 for all |x| <= 2^102. */
// @ts-ignore: decorator
@inline
export function carry(x: v128): v128 {
  const round = v128.load(CONSTANTS + ROUND)
  return f64x2.sub(f64x2.add(x, round), round)
}

/** |x - own| <= 2^50 and |below| <= 4*2^51 for x wide: everything here is an exact integer, fused or not. */
// @ts-ignore: decorator
@inline
export function settle(x: v128, own: v128, below: v128): v128 {
  return f64x2.relaxed_madd(below, v128.load(CONSTANTS + CARRY), f64x2.sub(x, own))
}

/** As `settle`, with 19*4 at most. */
// @ts-ignore: decorator
@inline
export function settle0(x: v128, own: v128, top: v128): v128 {
  return f64x2.relaxed_madd(top, v128.load(CONSTANTS + CARRY_19), f64x2.sub(x, own))
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
