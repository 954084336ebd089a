/**
 * Arithmetic mod p = 2^255 - 19 on pairs, with 64-bit integers only. Read field25519.ts first.
 *
 * A limb is an i64, the limbs of an element have weights 2^(51 i), and both signs occur.
 *   reduced  -2^18 <= limb <= 2^51 + 2^18
 *   loose    |limb| <= 3 (2^51 + 2^18)
 *   wide     |limb| <= 2^61
 *
 * A limb is split as l + 2^26 h with l in [0, 2^26) and h of either sign. A column of the product needs three sums, of l l', of h h' and
 * of (l + h)(l' + h'); the third less the other two is the middle one, so that 75 multiplications do the work of 100.
 */

const LOW: i64 = 0x3ffffff // 2^26 - 1
const HALF: i64 = 0x1ffffff // 2^25 - 1
const MASK: i64 = 0x7ffffffffffff // 2^51 - 1

/** One carry of all limbs at once; |r| < 2^63, so |carry| <= 2^12 and 19 of them stay below 2^17. */
// @ts-ignore: decorator
@inline
function storeCarried(o: usize, r0: i64, r1: i64, r2: i64, r3: i64, r4: i64): void {
  store<i64>(o, (r0 & MASK) + (r4 >> 51) * 19)
  store<i64>(o, (r1 & MASK) + (r0 >> 51), 16)
  store<i64>(o, (r2 & MASK) + (r1 >> 51), 32)
  store<i64>(o, (r3 & MASK) + (r2 >> 51), 48)
  store<i64>(o, (r4 & MASK) + (r3 >> 51), 64)
}

/**
 * One lane of a product of two loose elements: l < 2^26 and |h| < 2^26.6, so |l + h| < 2^27.4. The largest sum has one such product and
 * four times 19: below 77*2^54.7 < 2^61. Column 4, which is carried to column 0, has no factors 19: (|m| / 2^25 + 2 |u|) 19 < 2^62.
 */
function mulLane(o: usize, a: usize, b: usize): void {
  const a0 = load<i64>(a), al0 = a0 & LOW, ah0 = a0 >> 26, as0 = al0 + ah0
  const a1 = load<i64>(a, 16), al1 = a1 & LOW, ah1 = a1 >> 26, as1 = al1 + ah1
  const a2 = load<i64>(a, 32), al2 = a2 & LOW, ah2 = a2 >> 26, as2 = al2 + ah2
  const a3 = load<i64>(a, 48), al3 = a3 & LOW, ah3 = a3 >> 26, as3 = al3 + ah3
  const a4 = load<i64>(a, 64), al4 = a4 & LOW, ah4 = a4 >> 26, as4 = al4 + ah4
  const b0 = load<i64>(b), bl0 = b0 & LOW, bh0 = b0 >> 26, bs0 = bl0 + bh0
  const b1 = load<i64>(b, 16), bl1 = b1 & LOW, bh1 = b1 >> 26, bs1 = bl1 + bh1
  const b2 = load<i64>(b, 32), bl2 = b2 & LOW, bh2 = b2 >> 26, bs2 = bl2 + bh2
  const b3 = load<i64>(b, 48), bl3 = b3 & LOW, bh3 = b3 >> 26, bs3 = bl3 + bh3
  const b4 = load<i64>(b, 64), bl4 = b4 & LOW, bh4 = b4 >> 26, bs4 = bl4 + bh4
  const nl1 = bl1 * 19, nh1 = bh1 * 19, ns1 = nl1 + nh1
  const nl2 = bl2 * 19, nh2 = bh2 * 19, ns2 = nl2 + nh2
  const nl3 = bl3 * 19, nh3 = bh3 * 19, ns3 = nl3 + nh3
  const nl4 = bl4 * 19, nh4 = bh4 * 19, ns4 = nl4 + nh4
  const p4 = al0 * bl4 + al1 * bl3 + al2 * bl2 + al3 * bl1 + al4 * bl0
  const u4 = ah0 * bh4 + ah1 * bh3 + ah2 * bh2 + ah3 * bh1 + ah4 * bh0
  const m4 = as0 * bs4 + as1 * bs3 + as2 * bs2 + as3 * bs1 + as4 * bs0 - p4 - u4
  const p3 = al0 * bl3 + al1 * bl2 + al2 * bl1 + al3 * bl0 + al4 * nl4
  const u3 = ah0 * bh3 + ah1 * bh2 + ah2 * bh1 + ah3 * bh0 + ah4 * nh4
  const m3 = as0 * bs3 + as1 * bs2 + as2 * bs1 + as3 * bs0 + as4 * ns4 - p3 - u3
  const p2 = al0 * bl2 + al1 * bl1 + al2 * bl0 + al3 * nl4 + al4 * nl3
  const u2 = ah0 * bh2 + ah1 * bh1 + ah2 * bh0 + ah3 * nh4 + ah4 * nh3
  const m2 = as0 * bs2 + as1 * bs1 + as2 * bs0 + as3 * ns4 + as4 * ns3 - p2 - u2
  const p1 = al0 * bl1 + al1 * bl0 + al2 * nl4 + al3 * nl3 + al4 * nl2
  const u1 = ah0 * bh1 + ah1 * bh0 + ah2 * nh4 + ah3 * nh3 + ah4 * nh2
  const m1 = as0 * bs1 + as1 * bs0 + as2 * ns4 + as3 * ns3 + as4 * ns2 - p1 - u1
  const p0 = al0 * bl0 + al1 * nl4 + al2 * nl3 + al3 * nl2 + al4 * nl1
  const u0 = ah0 * bh0 + ah1 * nh4 + ah2 * nh3 + ah3 * nh2 + ah4 * nh1
  const m0 = as0 * bs0 + as1 * ns4 + as2 * ns3 + as3 * ns2 + as4 * ns1 - p0 - u0
  let r0 = p0 + ((m0 & HALF) << 26) + ((m4 >> 25) + (u4 << 1)) * 19
  let r1 = p1 + ((m1 & HALF) << 26) + (m0 >> 25) + (u0 << 1)
  let r2 = p2 + ((m2 & HALF) << 26) + (m1 >> 25) + (u1 << 1)
  let r3 = p3 + ((m3 & HALF) << 26) + (m2 >> 25) + (u2 << 1)
  let r4 = p4 + ((m4 & HALF) << 26) + (m3 >> 25) + (u3 << 1)
  storeCarried(o, r0, r1, r2, r3, r4)
}

/** One lane of the square of a loose element; the bounds of `mulLane` hold. */
function squareLane(o: usize, a: usize): void {
  const a0 = load<i64>(a), al0 = a0 & LOW, ah0 = a0 >> 26, as0 = al0 + ah0
  const a1 = load<i64>(a, 16), al1 = a1 & LOW, ah1 = a1 >> 26, as1 = al1 + ah1
  const a2 = load<i64>(a, 32), al2 = a2 & LOW, ah2 = a2 >> 26, as2 = al2 + ah2
  const a3 = load<i64>(a, 48), al3 = a3 & LOW, ah3 = a3 >> 26, as3 = al3 + ah3
  const a4 = load<i64>(a, 64), al4 = a4 & LOW, ah4 = a4 >> 26, as4 = al4 + ah4
  const dl0 = al0 << 1, dh0 = ah0 << 1, ds0 = as0 << 1
  const dl1 = al1 << 1, dh1 = ah1 << 1, ds1 = as1 << 1
  const dl2 = al2 << 1, dh2 = ah2 << 1, ds2 = as2 << 1
  const dl3 = al3 << 1, dh3 = ah3 << 1, ds3 = as3 << 1
  const nl1 = al1 * 19, nh1 = ah1 * 19, ns1 = nl1 + nh1
  const nl2 = al2 * 19, nh2 = ah2 * 19, ns2 = nl2 + nh2
  const nl3 = al3 * 19, nh3 = ah3 * 19, ns3 = nl3 + nh3
  const nl4 = al4 * 19, nh4 = ah4 * 19, ns4 = nl4 + nh4
  const p4 = dl0 * al4 + dl1 * al3 + al2 * al2
  const u4 = dh0 * ah4 + dh1 * ah3 + ah2 * ah2
  const m4 = ds0 * as4 + ds1 * as3 + as2 * as2 - p4 - u4
  const p3 = dl0 * al3 + dl1 * al2 + al4 * nl4
  const u3 = dh0 * ah3 + dh1 * ah2 + ah4 * nh4
  const m3 = ds0 * as3 + ds1 * as2 + as4 * ns4 - p3 - u3
  const p2 = dl0 * al2 + al1 * al1 + dl3 * nl4
  const u2 = dh0 * ah2 + ah1 * ah1 + dh3 * nh4
  const m2 = ds0 * as2 + as1 * as1 + ds3 * ns4 - p2 - u2
  const p1 = dl0 * al1 + dl2 * nl4 + al3 * nl3
  const u1 = dh0 * ah1 + dh2 * nh4 + ah3 * nh3
  const m1 = ds0 * as1 + ds2 * ns4 + as3 * ns3 - p1 - u1
  const p0 = al0 * al0 + dl1 * nl4 + dl2 * nl3
  const u0 = ah0 * ah0 + dh1 * nh4 + dh2 * nh3
  const m0 = as0 * as0 + ds1 * ns4 + ds2 * ns3 - p0 - u0
  let r0 = p0 + ((m0 & HALF) << 26) + ((m4 >> 25) + (u4 << 1)) * 19
  let r1 = p1 + ((m1 & HALF) << 26) + (m0 >> 25) + (u0 << 1)
  let r2 = p2 + ((m2 & HALF) << 26) + (m1 >> 25) + (u1 << 1)
  let r3 = p3 + ((m3 & HALF) << 26) + (m2 >> 25) + (u2 << 1)
  let r4 = p4 + ((m4 & HALF) << 26) + (m3 >> 25) + (u3 << 1)
  storeCarried(o, r0, r1, r2, r3, r4)
}

export function mul(o: usize, a: usize, b: usize): void {
  mulLane(o, a, b)
  mulLane(o + 8, a + 8, b + 8)
}

export function mulSingle(o: usize, a: usize, b: usize): void {
  mulLane(o, a, b)
}

export function squareTimes(o: usize, a: usize, n: i32): void {
  squareTimesSingle(o, a, n)
  squareTimesSingle(o + 8, a + 8, n)
}

export function squareTimesSingle(o: usize, a: usize, n: i32): void {
  squareLane(o, a)
  while (--n) squareLane(o, o)
}

// One lane: 16-byte loads would wait for the 8-byte stores of the products ------------------------------------------------------------

export function addSingle(o: usize, a: usize, b: usize): void {
  store<i64>(o, load<i64>(a) + load<i64>(b))
  store<i64>(o, load<i64>(a, 16) + load<i64>(b, 16), 16)
  store<i64>(o, load<i64>(a, 32) + load<i64>(b, 32), 32)
  store<i64>(o, load<i64>(a, 48) + load<i64>(b, 48), 48)
  store<i64>(o, load<i64>(a, 64) + load<i64>(b, 64), 64)
}

export function subSingle(o: usize, a: usize, b: usize): void {
  store<i64>(o, load<i64>(a) - load<i64>(b))
  store<i64>(o, load<i64>(a, 16) - load<i64>(b, 16), 16)
  store<i64>(o, load<i64>(a, 32) - load<i64>(b, 32), 32)
  store<i64>(o, load<i64>(a, 48) - load<i64>(b, 48), 48)
  store<i64>(o, load<i64>(a, 64) - load<i64>(b, 64), 64)
}

// @ts-ignore: decorator
@inline
function swapLimb(a: usize, b: usize, mask: i64): void {
  const x = load<i64>(a), y = load<i64>(b)
  const difference = (x ^ y) & mask
  store<i64>(a, x ^ difference)
  store<i64>(b, y ^ difference)
}

export function conditionalSwapSingle(a: usize, b: usize, mask: i64): void {
  swapLimb(a, b, mask)
  swapLimb(a + 16, b + 16, mask)
  swapLimb(a + 32, b + 32, mask)
  swapLimb(a + 48, b + 48, mask)
  swapLimb(a + 64, b + 64, mask)
}

/** o = a times a factor of at most 17 bits: |l f| < 2^43 and |h f| < 2^44 for a loose, so |r| < 2^52. */
export function mulSmallSingle(o: usize, a: usize, factor: i64): void {
  const a0 = load<i64>(a), a1 = load<i64>(a, 16), a2 = load<i64>(a, 32), a3 = load<i64>(a, 48), a4 = load<i64>(a, 64)
  const h0 = (a0 >> 26) * factor, h1 = (a1 >> 26) * factor, h2 = (a2 >> 26) * factor, h3 = (a3 >> 26) * factor, h4 = (a4 >> 26) * factor
  storeCarried(
    o,
    (a0 & LOW) * factor + ((h0 & HALF) << 26) + (h4 >> 25) * 19,
    (a1 & LOW) * factor + ((h1 & HALF) << 26) + (h0 >> 25),
    (a2 & LOW) * factor + ((h2 & HALF) << 26) + (h1 >> 25),
    (a3 & LOW) * factor + ((h3 & HALF) << 26) + (h2 >> 25),
    (a4 & LOW) * factor + ((h4 & HALF) << 26) + (h3 >> 25),
  )
}

// Building blocks for kernels that keep limbs in registers ---------------------------------------------------------------------

// @ts-ignore: decorator
@inline
export function plus(x: v128, y: v128): v128 {
  return i64x2.add(x, y)
}

// @ts-ignore: decorator
@inline
export function minus(x: v128, y: v128): v128 {
  return i64x2.sub(x, y)
}

/** x / 2^51 rounded down, made positive for the shift: |x| <= 2^61 gives |carry| <= 2^10. */
// @ts-ignore: decorator
@inline
export function carry(x: v128): v128 {
  return i64x2.sub(i64x2.shr_u(i64x2.add(x, i64x2.splat(1 << 62)), 51), i64x2.splat(1 << 11))
}

/** Limb x less its own carry, in [0, 2^51), plus the carry of the limb below. */
// @ts-ignore: decorator
@inline
export function settle(x: v128, own: v128, below: v128): v128 {
  return i64x2.add(i64x2.sub(x, i64x2.shl(own, 51)), below)
}

/** As `settle`, with 19 times the carry of limb 4: below 2^15. */
// @ts-ignore: decorator
@inline
export function settle0(x: v128, own: v128, top: v128): v128 {
  return i64x2.add(settle(x, own, top), i64x2.add(i64x2.shl(top, 1), i64x2.shl(top, 4)))
}

// @ts-ignore: decorator
@inline
export function loadLimb(a: usize, i: usize, lane: usize): i64 {
  return load<i64>(a + 16 * i + 8 * lane)
}

// @ts-ignore: decorator
@inline
export function storeLimb(o: usize, i: usize, lane: usize, value: i64): void {
  store<i64>(o + 16 * i + 8 * lane, value)
}

export function add(o: usize, a: usize, b: usize): void {
  addSingle(o, a, b)
  addSingle(o + 8, a + 8, b + 8)
}

export function sub(o: usize, a: usize, b: usize): void {
  subSingle(o, a, b)
  subSingle(o + 8, a + 8, b + 8)
}
