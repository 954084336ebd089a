/**
 * Arithmetic mod p = 2^255 - 19 on pairs, by fused multiply-add (relaxed SIMD). Read field25519.ts first.
 *
 * A limb is an integer held in an f64, the limbs of an element have weights 2^(51 i), and both signs occur.
 *   reduced  |limb| <= R = 2^50 + 2^13
 *   loose    |limb| <= 3 R < 2^52
 *   wide     |limb| <= 2^58
 *
 * The exact product of two limbs, |x y| <= 2^102, comes in two parts:
 *   h = fma(x, y, 1.5*2^103)             lies in [2^103, 2^104], whose unit is 2^51: h = 1.5*2^103 + 2^51 H, |H| <= 2^51
 *   l = fma(x, y, 1.5*2^103 + 1.5*2^52 - h)   the added term is 1.5*2^52 - 2^51 H, exact; l = 1.5*2^52 + L, L = x y - 2^51 H, |L| <= 2^50
 * and so the raw bits of h and l are those of the constants plus H and L. H and L are summed as 64-bit integers, bits and all, and one
 * constant per limb removes the exponents of all the terms in its sum.
 */

// every constant twice, once per lane; a load is cheaper than building it in a register
const ROUND: usize = 0 // 1.5*2^103
const LOW_ROUND: usize = 16 // 1.5*2^103 + 1.5*2^52
const MASK: usize = 32 // 2^51 - 1
const EXPONENT: usize = 48 // the bits of 2^52
const CENTRE: usize = 64 // 2^52 + 2^50
const CARRY: usize = 80 // 2^-51
const CARRY_19: usize = 96 // 19*2^-51
const INTEGER: usize = 112 // 1.5*2^52
// PRODUCT_BIAS[k] = 256 p[k] + 2^50 - exponents, where p[k] is limb k of p: 256 p makes the sum positive and is zero mod p, 2^50 is
// what `limb` takes away again, and the exponents are those of all terms of column k and 19 times those of column k + 5
const PRODUCT_BIAS: usize = 128
const SQUARE_BIAS: usize = 208

// prettier-ignore
@lazy const CONSTANTS: usize = memory.data<u64>([
  0x4668000000000000, 0x4668000000000000, 0x4668000000000003, 0x4668000000000003,
  0x0007ffffffffffff, 0x0007ffffffffffff, 0x4330000000000000, 0x4330000000000000,
  0x4334000000000000, 0x4334000000000000, 0x3cc0000000000000, 0x3cc0000000000000,
  0x3d03000000000000, 0x3d03000000000000, 0x4338000000000000, 0x4338000000000000,
  0xaf93ffffffffed00, 0xaf93ffffffffed00, 0x5cd3ffffffffff00, 0x5cd3ffffffffff00, 0x0a13ffffffffff00,
  0x0a13ffffffffff00, 0xb753ffffffffff00, 0xb753ffffffffff00, 0x6493ffffffffff00, 0x6493ffffffffff00,
  0x1d53ffffffffed00, 0x1d53ffffffffed00, 0x10a3ffffffffff00, 0x10a3ffffffffff00, 0xca93ffffffffff00,
  0xca93ffffffffff00, 0xbde3ffffffffff00, 0xbde3ffffffffff00, 0x77d3ffffffffff00, 0x77d3ffffffffff00,
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
  const round = v128.load(CONSTANTS, ROUND)
  return i64x2.sub(high(x, y, round), round)
}

/** L of the product of two limbs. */
// @ts-ignore: decorator
@inline
export function lowInteger(x: v128, y: v128): v128 {
  const h = high(x, y, v128.load(CONSTANTS, ROUND))
  return i64x2.sub(low(x, y, h, v128.load(CONSTANTS, LOW_ROUND)), v128.load(CONSTANTS, INTEGER))
}

// @ts-ignore: decorator
@inline
function times19(x: v128): v128 {
  return i64x2.add(x, i64x2.add(i64x2.shl(x, 1), i64x2.shl(x, 4)))
}

/** Column k, with 19 times column k + 5 (2^255 = 19), as a positive integer. */
// @ts-ignore: decorator
@inline
function column(low: v128, high: v128, bias: v128): v128 {
  return i64x2.add(i64x2.add(low, i64x2.add(high, bias)), i64x2.add(i64x2.shl(high, 1), i64x2.shl(high, 4)))
}

/** The integer x + carry in [0, 2^52) less 2^50, as an f64. */
// @ts-ignore: decorator
@inline
function limb(x: v128, carry: v128, exponent: v128, centre: v128): v128 {
  return f64x2.sub(v128.or(i64x2.add(x, carry), exponent), centre)
}

/**
 * Loose times reduced, either way round: |x y| <= 3 R^2 < 2^102. A column has at most 1 + 19*4 terms L and 19*5 terms H (both at k = 0):
 * |sum| <= 77*2^50 + 95*(3 R^2 / 2^51 + 1) < 2^58, so that after the bias of 2^59 it is in (0, 2^60), a carry is below 2^9 and 19
 * carries are below 2^13 + 2^11. The tighter sum, 77*2^50 + 95*1.5*2^50 < 110*2^51, leaves carries of at most 366 and 19*366 < 2^13.
 */
export function mul(o: usize, a: usize, b: usize): void {
  const round = v128.load(CONSTANTS, ROUND)
  const lowRound = v128.load(CONSTANTS, LOW_ROUND)
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
  r0 = column(r0, r5, v128.load(CONSTANTS, PRODUCT_BIAS))
  r1 = column(r1, r6, v128.load(CONSTANTS, PRODUCT_BIAS + 16))
  r2 = column(r2, r7, v128.load(CONSTANTS, PRODUCT_BIAS + 32))
  r3 = column(r3, r8, v128.load(CONSTANTS, PRODUCT_BIAS + 48))
  r4 = column(r4, r9, v128.load(CONSTANTS, PRODUCT_BIAS + 64))
  const mask = v128.load(CONSTANTS, MASK)
  const c4 = i64x2.shr_u(r4, 51)
  const exponent = v128.load(CONSTANTS, EXPONENT)
  const centre = v128.load(CONSTANTS, CENTRE)
  v128.store(o, limb(v128.and(r4, mask), i64x2.shr_u(r3, 51), exponent, centre), 64)
  v128.store(o, limb(v128.and(r3, mask), i64x2.shr_u(r2, 51), exponent, centre), 48)
  v128.store(o, limb(v128.and(r2, mask), i64x2.shr_u(r1, 51), exponent, centre), 32)
  v128.store(o, limb(v128.and(r1, mask), i64x2.shr_u(r0, 51), exponent, centre), 16)
  v128.store(o, limb(v128.and(r0, mask), times19(c4), exponent, centre))
}

/** `n` squarings, n >= 1, of a reduced element: |x 2y| <= 2 R^2 < 2^102, with the same sums as a product of reduced elements. */
export function squareTimes(o: usize, a: usize, n: i32): void {
  const round = v128.load(CONSTANTS, ROUND)
  const lowRound = v128.load(CONSTANTS, LOW_ROUND)
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
    r0 = column(r0, r5, v128.load(CONSTANTS, SQUARE_BIAS))
    r1 = column(r1, r6, v128.load(CONSTANTS, SQUARE_BIAS + 16))
    r2 = column(r2, r7, v128.load(CONSTANTS, SQUARE_BIAS + 32))
    r3 = column(r3, r8, v128.load(CONSTANTS, SQUARE_BIAS + 48))
    r4 = column(r4, r9, v128.load(CONSTANTS, SQUARE_BIAS + 64))
    const mask = v128.load(CONSTANTS, MASK)
    const c4 = i64x2.shr_u(r4, 51)
    const exponent = v128.load(CONSTANTS, EXPONENT)
    const centre = v128.load(CONSTANTS, CENTRE)
    a4 = limb(v128.and(r4, mask), i64x2.shr_u(r3, 51), exponent, centre)
    a3 = limb(v128.and(r3, mask), i64x2.shr_u(r2, 51), exponent, centre)
    a2 = limb(v128.and(r2, mask), i64x2.shr_u(r1, 51), exponent, centre)
    a1 = limb(v128.and(r1, mask), i64x2.shr_u(r0, 51), exponent, centre)
    a0 = limb(v128.and(r0, mask), times19(c4), exponent, centre)
  } while (--n)
  v128.store(o, a0)
  v128.store(o, a1, 16)
  v128.store(o, a2, 32)
  v128.store(o, a3, 48)
  v128.store(o, a4, 64)
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
  const round = v128.load(CONSTANTS, ROUND)
  return f64x2.sub(f64x2.add(x, round), round)
}

/** |x - own| <= 2^50 and |below| / 2^51 <= 2^7: everything here is an exact integer, fused or not. */
// @ts-ignore: decorator
@inline
export function settle(x: v128, own: v128, below: v128): v128 {
  return f64x2.relaxed_madd(below, v128.load(CONSTANTS, CARRY), f64x2.sub(x, own))
}

/** As `settle`, with 19*2^7 < 2^13. */
// @ts-ignore: decorator
@inline
export function settle0(x: v128, own: v128, top: v128): v128 {
  return f64x2.relaxed_madd(top, v128.load(CONSTANTS, CARRY_19), f64x2.sub(x, own))
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
