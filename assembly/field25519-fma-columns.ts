/**
 * Columns in the FMA module: a product before its carries, five 64-bit integers with the exponents of a product still in them
 * (field25519-fma-core.ts). They are good for one addition or subtraction, which then needs no carry of its own, and mean nothing to the
 * functions that take elements.
 */
import {
  biased, COLUMNS, CONSTANTS, DIFFERENCE_SUM, finish, MINUS_CARRY, MINUS_CARRY_19, PLAIN_BIAS, PRODUCT_BIAS, products, ROUND, squares,
  storeColumns, SUM_BIAS, SUM_DIFFERENCE,
} from './field25519-fma-core'

/** o = columns of a b */
export function mulColumns(o: usize, a: usize, b: usize): void {
  products(o, a, b, COLUMNS)
}

/** o = columns of a^2 */
export function squareColumns(o: usize, a: usize): void {
  squares(o, a, 1, COLUMNS)
}

/** o = a reduced */
export function carryColumns(o: usize, a: usize): void {
  storeColumns(
    o, biased(v128.load(a), PRODUCT_BIAS, 0), biased(v128.load(a, 16), PRODUCT_BIAS, 1), biased(v128.load(a, 32), PRODUCT_BIAS, 2),
    biased(v128.load(a, 48), PRODUCT_BIAS, 3), biased(v128.load(a, 64), PRODUCT_BIAS, 4),
  )
}

/** o = (a1 - a0, a1 + a0) reduced */
export function differenceSumColumns(o: usize, a: usize): void {
  finish(o, v128.load(a), v128.load(a, 16), v128.load(a, 32), v128.load(a, 48), v128.load(a, 64), DIFFERENCE_SUM, false)
}

// @ts-ignore: decorator
@inline
function sumBiased(a: usize, b: usize, k: usize): v128 {
  return biased(i64x2.add(v128.load(a + 16 * k), v128.load(b + 16 * k)), SUM_BIAS, k)
}

// @ts-ignore: decorator
@inline
function differenceBiased(a: usize, b: usize, k: usize): v128 {
  return biased(i64x2.sub(v128.load(a + 16 * k), v128.load(b + 16 * k)), PLAIN_BIAS, k)
}

/** o = a + b reduced */
export function addColumns(o: usize, a: usize, b: usize): void {
  storeColumns(o, sumBiased(a, b, 0), sumBiased(a, b, 1), sumBiased(a, b, 2), sumBiased(a, b, 3), sumBiased(a, b, 4))
}

/** o = a - b reduced */
export function subColumns(o: usize, a: usize, b: usize): void {
  storeColumns(
    o, differenceBiased(a, b, 0), differenceBiased(a, b, 1), differenceBiased(a, b, 2), differenceBiased(a, b, 3),
    differenceBiased(a, b, 4),
  )
}

// Products with a small factor, on elements ----------------------------------------------------------------------------------------

/** Minus x f rounded to a multiple of 2^51, for a small factor f, given -f. */
// @ts-ignore: decorator
@inline
export function smallHigh(x: v128, factor: v128): v128 {
  const round = v128.load(CONSTANTS + ROUND)
  return f64x2.sub(f64x2.relaxed_madd(x, factor, round), round)
}

/** Stores columns c as (c0 + c1, c0 - c1) reduced. */
// @ts-ignore: decorator
@inline
export function storeSumDifference(o: usize, c0: v128, c1: v128, c2: v128, c3: v128, c4: v128): void {
  finish(o, c0, c1, c2, c3, c4, SUM_DIFFERENCE, false)
}

/**
 * Limb of c + a f for a factor f up to 2^17, from limbs c and x of c and a, where `own` and `below` are `smallHigh` of x and of the limb
 * below. As in a product, x f + own is exact and at most 2^50. For |c| <= R and |a| <= 2 R the result is loose: |c| + 2^50 + 2^18.
 */
// @ts-ignore: decorator
@inline
export function addSmall(c: v128, x: v128, factor: v128, own: v128, below: v128): v128 {
  return f64x2.relaxed_madd(below, v128.load(CONSTANTS + MINUS_CARRY), f64x2.add(c, f64x2.relaxed_madd(x, factor, own)))
}

/** As `addSmall` for limb 0, with `smallHigh` of limb 4: |c| + 2^50 + 19*2^18. */
// @ts-ignore: decorator
@inline
export function addSmall0(c: v128, x: v128, factor: v128, own: v128, top: v128): v128 {
  return f64x2.relaxed_madd(top, v128.load(CONSTANTS + MINUS_CARRY_19), f64x2.add(c, f64x2.relaxed_madd(x, factor, own)))
}
