/** RFC 7748 section 5, the Montgomery ladder on pairs in the FMA module: one key exchange in both lanes, or one in each lane. */
import {
  conditionalSwap, fromBytes, invert, laneMask, minus, mul, mulDifferenceSum, set, SIZE, square, storeReduced, swapLanes, toBytes,
} from './field25519'
import {
  addColumns, addSmall, addSmall0, carryColumns, differenceSumColumns, mulColumns, smallHigh, squareColumns,
  storeSumDifference, subColumns,
} from './field25519-fma-columns'
import { SCRATCH } from './memory'

// the names are those of the RFC; SCRATCH 0x0000 .. 0x04ff, above it x25519.ts keeps scalars, and `invert` has a region of its own
const X2: usize = SCRATCH
const Z2 = SCRATCH + SIZE
const X3 = SCRATCH + 2 * SIZE
const Z3 = SCRATCH + 3 * SIZE
const U = SCRATCH + 4 * SIZE
const A = SCRATCH + 5 * SIZE
const B = SCRATCH + 6 * SIZE
const C = SCRATCH + 7 * SIZE
const D = SCRATCH + 8 * SIZE
const AA = SCRATCH + 9 * SIZE
const BB = SCRATCH + 10 * SIZE
const E = SCRATCH + 11 * SIZE
const A24 = SCRATCH + 12 * SIZE
const MINUS_A24 = SCRATCH + 13 * SIZE

const A24_VALUE: i32 = 121665

// @ts-ignore: decorator
@inline
function bitOf(scalar: usize, t: i32): u32 {
  return (u32(load<u8>(scalar + (t >> 3))) >> (t & 7)) & 1
}

// @ts-ignore: decorator
@inline
function flipped(x: v128): v128 {
  return v128.shuffle<u64>(x, x, 1, 0)
}

// @ts-ignore: decorator
@inline
function lanes03(x: v128, y: v128): v128 {
  return v128.shuffle<u64>(x, y, 0, 3)
}

// one key exchange in both lanes: five products of pairs a step ------------------------------------------------------------------

const P2 = X2 // columns of (x2, z2)
const P3 = X3 // columns of (x3, z3)
const ONE_U = U // (1, u)
const AB = A // (A, B)
const DC = D // (-D, C), then (DA + CB, CB - DA) and its square
const SQUARES = AA // (AA, BB)
const AAE = B // (AA, E)
const LAST = BB // (BB, AA + a24 E)

/** Limb i of P2 after the exchange; limb i of P3 is stored. */
// @ts-ignore: decorator
@inline
function exchanged(i: usize, mask: v128): v128 {
  const p2 = v128.load(P2 + 16 * i), p3 = v128.load(P3 + 16 * i)
  const difference = v128.and(v128.xor(p2, p3), mask)
  v128.store(P3 + 16 * i, v128.xor(p3, difference))
  return v128.xor(p2, difference)
}

/** Exchanges P2 and P3 in the lanes of the mask; AB and DC from them. */
function firstFactors(mask: v128): void {
  storeSumDifference(AB, exchanged(0, mask), exchanged(1, mask), exchanged(2, mask), exchanged(3, mask), exchanged(4, mask))
  differenceSumColumns(DC, P3)
}

/** AAE reduced and LAST loose. */
function lastFactors(): void {
  const a24 = v128.load(A24), minusA24 = v128.load(MINUS_A24)
  const s0 = v128.load(SQUARES), s1 = v128.load(SQUARES, 16), s2 = v128.load(SQUARES, 32), s3 = v128.load(SQUARES, 48)
  const s4 = v128.load(SQUARES, 64)
  const f0 = flipped(s0), f1 = flipped(s1), f2 = flipped(s2), f3 = flipped(s3), f4 = flipped(s4)
  // (-E, E)
  const e0 = minus(f0, s0), e1 = minus(f1, s1), e2 = minus(f2, s2), e3 = minus(f3, s3), e4 = minus(f4, s4)
  storeReduced(AAE, lanes03(s0, e0), lanes03(s1, e1), lanes03(s2, e2), lanes03(s3, e3), lanes03(s4, e4))
  const h0 = smallHigh(e0, minusA24), h1 = smallHigh(e1, minusA24), h2 = smallHigh(e2, minusA24), h3 = smallHigh(e3, minusA24)
  const h4 = smallHigh(e4, minusA24)
  v128.store(LAST, addSmall0(f0, e0, a24, h0, h4))
  v128.store(LAST, addSmall(f1, e1, a24, h1, h0), 16)
  v128.store(LAST, addSmall(f2, e2, a24, h2, h1), 32)
  v128.store(LAST, addSmall(f3, e3, a24, h3, h2), 48)
  v128.store(LAST, addSmall(f4, e4, a24, h4, h3), 64)
}

/** out = the u coordinate of scalar times the point with coordinate u; the scalar is clamped already. */
export function ladder(out: usize, scalar: usize, u: usize): void {
  set(A, 1, 1)
  set(P2, 1, 0)
  set(P3, 0, 1)
  fromBytes(P3, 0, u)
  mulColumns(P2, P2, A)
  mulColumns(P3, P3, A)
  set(ONE_U, 1, 0)
  fromBytes(ONE_U, 1, u)
  set(A24, 0, A24_VALUE)
  set(MINUS_A24, 0, -A24_VALUE)
  let previous: u32 = 0
  for (let t = 254; t >= 0; --t) {
    const bit = bitOf(scalar, t)
    firstFactors(i64x2.splat(-i64(bit ^ previous)))
    previous = bit
    mulDifferenceSum(DC, AB, DC)
    square(SQUARES, AB)
    square(DC, DC)
    lastFactors()
    mulColumns(P2, AAE, LAST)
    mulColumns(P3, ONE_U, DC)
  }
  // the lowest bits of a clamped scalar are zero: nothing is left to swap
  carryColumns(P2, P2)
  swapLanes(A, P2)
  invert(A, A)
  mul(A, A, P2)
  toBytes(out, A, 0)
}

// two key exchanges, one in each lane -----------------------------------------------------------------------------------------------

/** E = AA - BB reduced, and AA + a24 E, loose, in place of AA. */
function lastFactorsTwice(): void {
  const a24 = v128.load(A24), minusA24 = v128.load(MINUS_A24)
  const s0 = v128.load(AA), s1 = v128.load(AA, 16), s2 = v128.load(AA, 32), s3 = v128.load(AA, 48), s4 = v128.load(AA, 64)
  const e0 = minus(s0, v128.load(BB)), e1 = minus(s1, v128.load(BB, 16)), e2 = minus(s2, v128.load(BB, 32))
  const e3 = minus(s3, v128.load(BB, 48)), e4 = minus(s4, v128.load(BB, 64))
  storeReduced(E, e0, e1, e2, e3, e4)
  const h0 = smallHigh(e0, minusA24), h1 = smallHigh(e1, minusA24), h2 = smallHigh(e2, minusA24), h3 = smallHigh(e3, minusA24)
  const h4 = smallHigh(e4, minusA24)
  v128.store(AA, addSmall0(s0, e0, a24, h0, h4))
  v128.store(AA, addSmall(s1, e1, a24, h1, h0), 16)
  v128.store(AA, addSmall(s2, e2, a24, h2, h1), 32)
  v128.store(AA, addSmall(s3, e3, a24, h3, h2), 48)
  v128.store(AA, addSmall(s4, e4, a24, h4, h3), 64)
}

/** Both results as pairs of fractions x / z, reduced, from two clamped scalars and two coordinates, each 32 bytes after the other. */
export function ladderTwice(x: usize, z: usize, scalars: usize, us: usize): void {
  set(A, 1, 1)
  fromBytes(U, 0, us)
  fromBytes(U, 1, us + 32)
  mulColumns(X3, U, A)
  mulColumns(X2, A, A)
  mulColumns(Z3, A, A)
  set(Z2, 0, 0)
  mulColumns(Z2, Z2, A)
  set(A24, A24_VALUE, A24_VALUE)
  set(MINUS_A24, -A24_VALUE, -A24_VALUE)
  let previous = i64x2.splat(0)
  for (let t = 254; t >= 0; --t) {
    const bits = laneMask(bitOf(scalars, t), bitOf(scalars + 32, t))
    const mask = v128.xor(bits, previous)
    previous = bits
    conditionalSwap(X2, X3, mask)
    conditionalSwap(Z2, Z3, mask)
    addColumns(A, X2, Z2)
    subColumns(B, X2, Z2)
    addColumns(C, X3, Z3)
    subColumns(D, X3, Z3)
    mulColumns(D, A, D)
    mulColumns(C, B, C)
    square(AA, A)
    square(BB, B)
    addColumns(X3, D, C)
    squareColumns(X3, X3)
    subColumns(Z3, D, C)
    square(Z3, Z3)
    mulColumns(Z3, U, Z3)
    mulColumns(X2, AA, BB)
    lastFactorsTwice()
    mulColumns(Z2, E, AA)
  }
  carryColumns(x, X2)
  carryColumns(z, Z2)
}
