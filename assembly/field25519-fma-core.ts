/**
 * Products mod p = 2^255 - 19 of pairs, by fused multiply-add (relaxed SIMD). Read field25519.ts first.
 *
 * A limb is an integer held in an f64, the limbs of an element have weights 2^(51 i), and both signs occur.
 *   reduced  |limb| <= R = 2^50 + 2^14
 *   loose    |limb| <= 3 R < 2^52
 *   wide     |limb| <= 7 R < 2^53, where every integer is an f64
 *
 * The exact product of two limbs, |x y| <= 2^102, comes in two parts:
 *   h = fma(x, y, 1.5*2^103)             lies in [2^103, 2^104], whose unit is 2^51: h = 1.5*2^103 + 2^51 H, |H| <= 2^51
 *   l = fma(x, y, 1.5*2^103 + 1.5*2^52 - h)   the added term is 1.5*2^52 - 2^51 H, exact; l = 1.5*2^52 + L, L = x y - 2^51 H, |L| <= 2^50
 * and so the raw bits of h and l are those of the constants plus H and L. H and L are summed as 64-bit integers, bits and all, and one
 * constant per limb removes the exponents of all the terms in its sum.
 */

// offsets into CONSTANTS, in which every constant stands twice, once per lane: a load is cheaper than building it in a register
export const ROUND: usize = 0 // 1.5*2^103
const LOW_ROUND: usize = 16 // 1.5*2^103 + 1.5*2^52
const MASK: usize = 32 // 2^51 - 1
const EXPONENT: usize = 48 // the bits of 2^52
const CENTRE: usize = 64 // 2^52 + 2^50
export const CARRY: usize = 80 // 2^-51
export const CARRY_19: usize = 96 // 19*2^-51
const INTEGER: usize = 112 // 1.5*2^52
const FLIP_0: usize = 128 // all ones in lane 0
const FLIP_1: usize = 144 // all ones in lane 1

// What is added to a column, one constant per limb k. Let B[k] = 256 p[k] + 2^50, where p[k] is limb k of p: 256 p makes columns positive
// and is zero mod p, and `limb` takes 2^50 away again. Let X[k] and Y[k] be the exponents in column k of a product and of a square (those
// of the terms of column k and 19 times those of column k + 5).
export const PRODUCT_BIAS: usize = 160 // B - X
const SQUARE_BIAS: usize = 240 // B - Y
export const PLAIN_BIAS: usize = 320 // B, for a difference of columns, where exponents cancel
export const SUM_BIAS: usize = 400 // B - 2 X
const SUM_DIFFERENCE_BIAS: usize = 480 // (B - 2 X, B + 1): 1 completes a negation by flipping bits
const DIFFERENCE_SUM_BIAS: usize = 560 // (B + 1, B - 2 X)
const SQUARE_SUM_DIFFERENCE_BIAS: usize = 640 // (B - 2 Y, B + 1)
const SQUARE_DIFFERENCE_SUM_BIAS: usize = 720 // (B + 1, B - 2 Y)
const SQUARE_AS_PRODUCT: usize = 800 // X - Y
export const MINUS_CARRY: usize = 880 // -2^-51
export const MINUS_CARRY_19: usize = 896 // -19*2^-51

// prettier-ignore
@lazy export const CONSTANTS: usize = memory.data<u64>([
  0x4668000000000000, 0x4668000000000000, 0x4668000000000003, 0x4668000000000003, 0x0007ffffffffffff, 0x0007ffffffffffff,
  0x4330000000000000, 0x4330000000000000, 0x4334000000000000, 0x4334000000000000, 0x3cc0000000000000, 0x3cc0000000000000,
  0x3d03000000000000, 0x3d03000000000000, 0x4338000000000000, 0x4338000000000000, 0xffffffffffffffff, 0x0000000000000000,
  0x0000000000000000, 0xffffffffffffffff, 0xaf93ffffffffed00, 0xaf93ffffffffed00, 0x5cd3ffffffffff00, 0x5cd3ffffffffff00,
  0x0a13ffffffffff00, 0x0a13ffffffffff00, 0xb753ffffffffff00, 0xb753ffffffffff00, 0x6493ffffffffff00, 0x6493ffffffffff00,
  0x1d53ffffffffed00, 0x1d53ffffffffed00, 0x10a3ffffffffff00, 0x10a3ffffffffff00, 0xca93ffffffffff00, 0xca93ffffffffff00,
  0xbde3ffffffffff00, 0xbde3ffffffffff00, 0x77d3ffffffffff00, 0x77d3ffffffffff00, 0x0803ffffffffed00, 0x0803ffffffffed00,
  0x0803ffffffffff00, 0x0803ffffffffff00, 0x0803ffffffffff00, 0x0803ffffffffff00, 0x0803ffffffffff00, 0x0803ffffffffff00,
  0x0803ffffffffff00, 0x0803ffffffffff00, 0x5723ffffffffed00, 0x5723ffffffffed00, 0xb1a3ffffffffff00, 0xb1a3ffffffffff00,
  0x0c23ffffffffff00, 0x0c23ffffffffff00, 0x66a3ffffffffff00, 0x66a3ffffffffff00, 0xc123ffffffffff00, 0xc123ffffffffff00,
  0x5723ffffffffed00, 0x0803ffffffffed01, 0xb1a3ffffffffff00, 0x0803ffffffffff01, 0x0c23ffffffffff00, 0x0803ffffffffff01,
  0x66a3ffffffffff00, 0x0803ffffffffff01, 0xc123ffffffffff00, 0x0803ffffffffff01, 0x0803ffffffffed01, 0x5723ffffffffed00,
  0x0803ffffffffff01, 0xb1a3ffffffffff00, 0x0803ffffffffff01, 0x0c23ffffffffff00, 0x0803ffffffffff01, 0x66a3ffffffffff00,
  0x0803ffffffffff01, 0xc123ffffffffff00, 0x32a3ffffffffed00, 0x0803ffffffffed01, 0x1943ffffffffff00, 0x0803ffffffffff01,
  0x8d23ffffffffff00, 0x0803ffffffffff01, 0x73c3ffffffffff00, 0x0803ffffffffff01, 0xe7a3ffffffffff00, 0x0803ffffffffff01,
  0x0803ffffffffed01, 0x32a3ffffffffed00, 0x0803ffffffffff01, 0x1943ffffffffff00, 0x0803ffffffffff01, 0x8d23ffffffffff00,
  0x0803ffffffffff01, 0x73c3ffffffffff00, 0x0803ffffffffff01, 0xe7a3ffffffffff00, 0x6dc0000000000000, 0x6dc0000000000000,
  0xb3d0000000000000, 0xb3d0000000000000, 0xc080000000000000, 0xc080000000000000, 0x0690000000000000, 0x0690000000000000,
  0x1340000000000000, 0x1340000000000000, 0xbcc0000000000000, 0xbcc0000000000000, 0xbd03000000000000, 0xbd03000000000000,
], 16)

// @ts-ignore: decorator
@inline
function high(x: v128, y: v128, round: v128): v128 {
  return f64x2.relaxed_madd(x, y, round)
}

// @ts-ignore: decorator
@inline
function low(x: v128, y: v128, h: v128, lowRound: v128): v128 {
  return f64x2.relaxed_madd(x, y, f64x2.sub(lowRound, h))
}

/** H of the product of two limbs. */
// @ts-ignore: decorator
@inline
export function highInteger(x: v128, y: v128): v128 {
  const round = v128.load(CONSTANTS + ROUND)
  return i64x2.sub(high(x, y, round), round)
}

/** L of the product of two limbs. */
// @ts-ignore: decorator
@inline
export function lowInteger(x: v128, y: v128): v128 {
  const h = high(x, y, v128.load(CONSTANTS + ROUND))
  return i64x2.sub(low(x, y, h, v128.load(CONSTANTS + LOW_ROUND)), v128.load(CONSTANTS + INTEGER))
}

// @ts-ignore: decorator
@inline
function times19(x: v128): v128 {
  return i64x2.add(x, i64x2.add(i64x2.shl(x, 1), i64x2.shl(x, 4)))
}

/** A column with 19 times the fifth after it (2^255 = 19), exponents and all. */
// @ts-ignore: decorator
@inline
function folded(low: v128, high: v128): v128 {
  return i64x2.add(i64x2.add(low, high), i64x2.add(i64x2.shl(high, 1), i64x2.shl(high, 4)))
}

/** The integer x + carry in [0, 2^52) less 2^50, as an f64. */
// @ts-ignore: decorator
@inline
function limb(x: v128, carry: v128, exponent: v128, centre: v128): v128 {
  return f64x2.sub(v128.or(i64x2.add(x, carry), exponent), centre)
}

// @ts-ignore: decorator
@inline
export function biased(x: v128, bias: usize, k: usize): v128 {
  return i64x2.add(x, v128.load(CONSTANTS + bias + 16 * k))
}

/**
 * Stores five columns, biased, as a reduced element: one carry of all limbs at once. A biased column is in [0, 476*2^51), see `products`,
 * so that a carry is below 476 and 19 carries are below 2^14.
 */
// @ts-ignore: decorator
@inline
export function storeColumns(o: usize, r0: v128, r1: v128, r2: v128, r3: v128, r4: v128): void {
  const mask = v128.load(CONSTANTS + MASK), exponent = v128.load(CONSTANTS + EXPONENT), centre = v128.load(CONSTANTS + CENTRE)
  v128.store(o, limb(v128.and(r4, mask), i64x2.shr_u(r3, 51), exponent, centre), 64)
  v128.store(o, limb(v128.and(r3, mask), i64x2.shr_u(r2, 51), exponent, centre), 48)
  v128.store(o, limb(v128.and(r2, mask), i64x2.shr_u(r1, 51), exponent, centre), 32)
  v128.store(o, limb(v128.and(r1, mask), i64x2.shr_u(r0, 51), exponent, centre), 16)
  v128.store(o, limb(v128.and(r0, mask), times19(i64x2.shr_u(r4, 51)), exponent, centre))
}

// what to make of the columns c of a product
export const LIMBS = 0 // carry them
export const COLUMNS = 1 // store them as they are
export const SUM_DIFFERENCE = 2 // carry (c0 + c1, c0 - c1)
export const DIFFERENCE_SUM = 3 // carry (c1 - c0, c1 + c0)

// @ts-ignore: decorator
@inline
function sumDifferenceBiased(x: v128, bias: usize, k: usize): v128 {
  return i64x2.add(biased(v128.shuffle<u64>(x, x, 1, 0), bias, k), v128.xor(x, v128.load(CONSTANTS + FLIP_1)))
}

// @ts-ignore: decorator
@inline
function differenceSumBiased(x: v128, bias: usize, k: usize): v128 {
  return i64x2.add(biased(v128.shuffle<u64>(x, x, 1, 0), bias, k), v128.xor(x, v128.load(CONSTANTS + FLIP_0)))
}

/** What is left to do with the columns of a product, or with `LIMBS` of its biased columns. */
// @ts-ignore: decorator
@inline
export function finish(o: usize, x0: v128, x1: v128, x2: v128, x3: v128, x4: v128, what: i32, squared: bool): void {
  if (what == LIMBS) {
    storeColumns(o, x0, x1, x2, x3, x4)
  } else if (what == COLUMNS) {
    v128.store(o, x0)
    v128.store(o, x1, 16)
    v128.store(o, x2, 32)
    v128.store(o, x3, 48)
    v128.store(o, x4, 64)
  } else if (what == SUM_DIFFERENCE) {
    const bias = squared ? SQUARE_SUM_DIFFERENCE_BIAS : SUM_DIFFERENCE_BIAS
    storeColumns(
      o, sumDifferenceBiased(x0, bias, 0), sumDifferenceBiased(x1, bias, 1), sumDifferenceBiased(x2, bias, 2), sumDifferenceBiased(x3, bias, 3),
      sumDifferenceBiased(x4, bias, 4),
    )
  } else {
    const bias = squared ? SQUARE_DIFFERENCE_SUM_BIAS : DIFFERENCE_SUM_BIAS
    storeColumns(
      o, differenceSumBiased(x0, bias, 0), differenceSumBiased(x1, bias, 1), differenceSumBiased(x2, bias, 2), differenceSumBiased(x3, bias, 3),
      differenceSumBiased(x4, bias, 4),
    )
  }
}

/**
 * Loose times reduced, either way round: |x y| <= 3 R^2 < 2^102. A column has at most 1 + 19*4 terms L and 19*5 terms H (both at k = 0):
 * without exponents |column| <= 77*2^50 + 95*(3 R^2 / 2^51 + 1) < 110*2^51, and a sum of two columns is below 220*2^51 < 256 p[k].
 */
// @ts-ignore: decorator
@inline
export function products(o: usize, a: usize, b: usize, what: i32): void {
  const round = v128.load(CONSTANTS + ROUND)
  const lowRound = v128.load(CONSTANTS + LOW_ROUND)
  const a0 = v128.load(a)
  const a1 = v128.load(a, 16)
  const a2 = v128.load(a, 32)
  const a3 = v128.load(a, 48)
  const a4 = v128.load(a, 64)
  const b0 = v128.load(b)
  const b1 = v128.load(b, 16)
  const b2 = v128.load(b, 32)
  const b3 = v128.load(b, 48)
  const b4 = v128.load(b, 64)
  let h = high(a4, b4, round); let r9 = h; let r8 = low(a4, b4, h, lowRound)
  h = high(a3, b4, round); r8 = i64x2.add(r8, h); let r7 = low(a3, b4, h, lowRound)
  h = high(a4, b3, round); r8 = i64x2.add(r8, h); r7 = i64x2.add(r7, low(a4, b3, h, lowRound))
  h = high(a2, b4, round); r7 = i64x2.add(r7, h); let r6 = low(a2, b4, h, lowRound)
  h = high(a3, b3, round); r7 = i64x2.add(r7, h); r6 = i64x2.add(r6, low(a3, b3, h, lowRound))
  h = high(a4, b2, round); r7 = i64x2.add(r7, h); r6 = i64x2.add(r6, low(a4, b2, h, lowRound))
  h = high(a1, b4, round); r6 = i64x2.add(r6, h); let r5 = low(a1, b4, h, lowRound)
  h = high(a2, b3, round); r6 = i64x2.add(r6, h); r5 = i64x2.add(r5, low(a2, b3, h, lowRound))
  h = high(a3, b2, round); r6 = i64x2.add(r6, h); r5 = i64x2.add(r5, low(a3, b2, h, lowRound))
  h = high(a4, b1, round); r6 = i64x2.add(r6, h); r5 = i64x2.add(r5, low(a4, b1, h, lowRound))
  h = high(a0, b4, round); r5 = i64x2.add(r5, h); let r4 = low(a0, b4, h, lowRound)
  h = high(a1, b3, round); r5 = i64x2.add(r5, h); r4 = i64x2.add(r4, low(a1, b3, h, lowRound))
  h = high(a2, b2, round); r5 = i64x2.add(r5, h); r4 = i64x2.add(r4, low(a2, b2, h, lowRound))
  h = high(a3, b1, round); r5 = i64x2.add(r5, h); r4 = i64x2.add(r4, low(a3, b1, h, lowRound))
  h = high(a4, b0, round); r5 = i64x2.add(r5, h); r4 = i64x2.add(r4, low(a4, b0, h, lowRound))
  h = high(a0, b3, round); r4 = i64x2.add(r4, h); let r3 = low(a0, b3, h, lowRound)
  h = high(a1, b2, round); r4 = i64x2.add(r4, h); r3 = i64x2.add(r3, low(a1, b2, h, lowRound))
  h = high(a2, b1, round); r4 = i64x2.add(r4, h); r3 = i64x2.add(r3, low(a2, b1, h, lowRound))
  h = high(a3, b0, round); r4 = i64x2.add(r4, h); r3 = i64x2.add(r3, low(a3, b0, h, lowRound))
  h = high(a0, b2, round); r3 = i64x2.add(r3, h); let r2 = low(a0, b2, h, lowRound)
  h = high(a1, b1, round); r3 = i64x2.add(r3, h); r2 = i64x2.add(r2, low(a1, b1, h, lowRound))
  h = high(a2, b0, round); r3 = i64x2.add(r3, h); r2 = i64x2.add(r2, low(a2, b0, h, lowRound))
  h = high(a0, b1, round); r2 = i64x2.add(r2, h); let r1 = low(a0, b1, h, lowRound)
  h = high(a1, b0, round); r2 = i64x2.add(r2, h); r1 = i64x2.add(r1, low(a1, b0, h, lowRound))
  h = high(a0, b0, round); r1 = i64x2.add(r1, h); let r0 = low(a0, b0, h, lowRound)
  if (what == LIMBS) {
    r0 = biased(r0, PRODUCT_BIAS, 0)
    r1 = biased(r1, PRODUCT_BIAS, 1)
    r2 = biased(r2, PRODUCT_BIAS, 2)
    r3 = biased(r3, PRODUCT_BIAS, 3)
    r4 = biased(r4, PRODUCT_BIAS, 4)
  }
  r0 = folded(r0, r5)
  r1 = folded(r1, r6)
  r2 = folded(r2, r7)
  r3 = folded(r3, r8)
  r4 = folded(r4, r9)
  finish(o, r0, r1, r2, r3, r4, what, false)
}

/** `n` squarings, n >= 1, of a reduced element: |x 2y| <= 2 R^2 < 2^102, with the same sums as a product of reduced elements. */
// @ts-ignore: decorator
@inline
export function squares(o: usize, a: usize, n: i32, what: i32): void {
  const round = v128.load(CONSTANTS + ROUND)
  const lowRound = v128.load(CONSTANTS + LOW_ROUND)
  let a0 = v128.load(a)
  let a1 = v128.load(a, 16)
  let a2 = v128.load(a, 32)
  let a3 = v128.load(a, 48)
  let a4 = v128.load(a, 64)
  do {
    const d1 = f64x2.add(a1, a1)
    const d2 = f64x2.add(a2, a2)
    const d3 = f64x2.add(a3, a3)
    const d4 = f64x2.add(a4, a4)
    let h = high(a4, a4, round); let r9 = h; let r8 = low(a4, a4, h, lowRound)
    h = high(a3, d4, round); r8 = i64x2.add(r8, h); let r7 = low(a3, d4, h, lowRound)
    h = high(a2, d4, round); r7 = i64x2.add(r7, h); let r6 = low(a2, d4, h, lowRound)
    h = high(a3, a3, round); r7 = i64x2.add(r7, h); r6 = i64x2.add(r6, low(a3, a3, h, lowRound))
    h = high(a1, d4, round); r6 = i64x2.add(r6, h); let r5 = low(a1, d4, h, lowRound)
    h = high(a2, d3, round); r6 = i64x2.add(r6, h); r5 = i64x2.add(r5, low(a2, d3, h, lowRound))
    h = high(a0, d4, round); r5 = i64x2.add(r5, h); let r4 = low(a0, d4, h, lowRound)
    h = high(a1, d3, round); r5 = i64x2.add(r5, h); r4 = i64x2.add(r4, low(a1, d3, h, lowRound))
    h = high(a2, a2, round); r5 = i64x2.add(r5, h); r4 = i64x2.add(r4, low(a2, a2, h, lowRound))
    h = high(a0, d3, round); r4 = i64x2.add(r4, h); let r3 = low(a0, d3, h, lowRound)
    h = high(a1, d2, round); r4 = i64x2.add(r4, h); r3 = i64x2.add(r3, low(a1, d2, h, lowRound))
    h = high(a0, d2, round); r3 = i64x2.add(r3, h); let r2 = low(a0, d2, h, lowRound)
    h = high(a1, a1, round); r3 = i64x2.add(r3, h); r2 = i64x2.add(r2, low(a1, a1, h, lowRound))
    h = high(a0, d1, round); r2 = i64x2.add(r2, h); let r1 = low(a0, d1, h, lowRound)
    h = high(a0, a0, round); r1 = i64x2.add(r1, h); let r0 = low(a0, a0, h, lowRound)
    if (what == LIMBS) {
      r0 = biased(r0, SQUARE_BIAS, 0)
      r1 = biased(r1, SQUARE_BIAS, 1)
      r2 = biased(r2, SQUARE_BIAS, 2)
      r3 = biased(r3, SQUARE_BIAS, 3)
      r4 = biased(r4, SQUARE_BIAS, 4)
    } else if (what == COLUMNS) {
      r0 = biased(r0, SQUARE_AS_PRODUCT, 0)
      r1 = biased(r1, SQUARE_AS_PRODUCT, 1)
      r2 = biased(r2, SQUARE_AS_PRODUCT, 2)
      r3 = biased(r3, SQUARE_AS_PRODUCT, 3)
      r4 = biased(r4, SQUARE_AS_PRODUCT, 4)
    }
    r0 = folded(r0, r5)
    r1 = folded(r1, r6)
    r2 = folded(r2, r7)
    r3 = folded(r3, r8)
    r4 = folded(r4, r9)
    if (what != LIMBS) {
      finish(o, r0, r1, r2, r3, r4, what, true)
      return
    }
    const mask = v128.load(CONSTANTS + MASK), exponent = v128.load(CONSTANTS + EXPONENT), centre = v128.load(CONSTANTS + CENTRE)
    a4 = limb(v128.and(r4, mask), i64x2.shr_u(r3, 51), exponent, centre)
    a3 = limb(v128.and(r3, mask), i64x2.shr_u(r2, 51), exponent, centre)
    a2 = limb(v128.and(r2, mask), i64x2.shr_u(r1, 51), exponent, centre)
    a1 = limb(v128.and(r1, mask), i64x2.shr_u(r0, 51), exponent, centre)
    a0 = limb(v128.and(r0, mask), times19(i64x2.shr_u(r4, 51)), exponent, centre)
  } while (--n)
  v128.store(o, a0)
  v128.store(o, a1, 16)
  v128.store(o, a2, 32)
  v128.store(o, a3, 48)
  v128.store(o, a4, 64)
}
