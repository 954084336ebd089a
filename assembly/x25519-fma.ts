/** RFC 7748 section 5, the Montgomery ladder on pairs in the FMA module: one key exchange in both lanes, or one in each lane. */
import {
  add, addReduced, conditionalSwap, copy, fromBytes, invert, laneMask, minus, mul, plus, set, SIZE, square, storeReduced, sub,
  subReduced, sumDifferenceLimb, sumDifferenceReduced, swapLanes, toBytes,
} from './field25519'
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

const A24_VALUE: i32 = 121665

// @ts-ignore: decorator
@inline
function bitOf(scalar: usize, t: i32): u32 {
  return (u32(load<u8>(scalar + (t >> 3))) >> (t & 7)) & 1
}

// one key exchange in both lanes: five products of pairs a step ------------------------------------------------------------------

const P2 = X2 // (x2, z2)
const P3 = X3 // (x3, z3)
const U_A24 = U // (u, a24)
const AB = A // (A, B)
const DC = D // (D, C), then (DA, CB), then (DA + CB, DA - CB), then its square: (next x3, (DA - CB)^2)
const SQUARES = AA // (AA, BB)
const LAST = BB // (BB, AA + a24 E)
const TE = C // ((DA - CB)^2, E), then (next z3, a24 E)
const AAE = E // (AA, E)

/** Limb i of (x2 + z2, x2 - z2) after the conditional swap; limb i of (x3 - z3, x3 + z3), loose, goes to DC. */
// @ts-ignore: decorator
@inline
function swappedSums(i: usize, mask: v128): v128 {
  const p2 = v128.load(P2 + 16 * i), p3 = v128.load(P3 + 16 * i)
  const difference = v128.and(v128.xor(p2, p3), mask)
  const q3 = v128.xor(p3, difference)
  const r3 = v128.shuffle<u64>(q3, q3, 1, 0)
  v128.store(DC + 16 * i, v128.shuffle<u64>(minus(q3, r3), plus(q3, r3), 0, 3))
  return sumDifferenceLimb(v128.xor(p2, difference))
}

/** Limb i of (BB, AA + a24 E); limb i of (next x3, next z3) goes to P3. */
// @ts-ignore: decorator
@inline
function lastFactor(i: usize): v128 {
  const squares = v128.load(SQUARES + 16 * i), te = v128.load(TE + 16 * i)
  v128.store(P3 + 16 * i, v128.shuffle<u64>(v128.load(DC + 16 * i), te, 0, 2))
  const flipped = v128.shuffle<u64>(squares, squares, 1, 0)
  return v128.shuffle<u64>(flipped, plus(flipped, te), 0, 3)
}

function firstSums(mask: v128): void {
  storeReduced(AB, swappedSums(0, mask), swappedSums(1, mask), swappedSums(2, mask), swappedSums(3, mask), swappedSums(4, mask))
}

function middleFactors(): void {
  for (let i: usize = 0; i < SIZE; i += 16) {
    const squares = v128.load(SQUARES + i)
    const e = minus(squares, v128.shuffle<u64>(squares, squares, 1, 1))
    v128.store(TE + i, v128.shuffle<u64>(v128.load(DC + i), e, 1, 2))
    v128.store(AAE + i, v128.shuffle<u64>(squares, e, 0, 2))
  }
}

function lastFactors(): void {
  storeReduced(LAST, lastFactor(0), lastFactor(1), lastFactor(2), lastFactor(3), lastFactor(4))
}

/** out = the u coordinate of scalar times the point with coordinate u; the scalar is clamped already. */
export function ladder(out: usize, scalar: usize, u: usize): void {
  set(P2, 1, 0)
  set(P3, 0, 1)
  fromBytes(P3, 0, u)
  set(U_A24, 0, A24_VALUE)
  fromBytes(U_A24, 0, u)
  let previous: u32 = 0
  for (let t = 254; t >= 0; --t) {
    const bit = bitOf(scalar, t)
    firstSums(i64x2.splat(-i64(bit ^ previous)))
    previous = bit
    mul(DC, AB, DC)
    square(SQUARES, AB)
    sumDifferenceReduced(DC, DC)
    square(DC, DC)
    middleFactors()
    mul(TE, U_A24, TE)
    lastFactors()
    mul(P2, LAST, AAE)
  }
  // the lowest bits of a clamped scalar are zero: nothing is left to swap
  swapLanes(A, P2)
  invert(A, A)
  mul(A, A, P2)
  toBytes(out, A, 0)
}

// two key exchanges, one in each lane: ten products of pairs a step ------------------------------------------------------------------

/** Both results at `out`, from two clamped scalars and two coordinates, each 32 bytes after the other. */
export function ladderTwice(out: usize, scalars: usize, us: usize): void {
  fromBytes(U, 0, us)
  fromBytes(U, 1, us + 32)
  copy(X3, U)
  set(X2, 1, 1)
  set(Z2, 0, 0)
  set(Z3, 1, 1)
  set(A24, A24_VALUE, A24_VALUE)
  let previous = i64x2.splat(0)
  for (let t = 254; t >= 0; --t) {
    const bits = laneMask(bitOf(scalars, t), bitOf(scalars + 32, t))
    const mask = v128.xor(bits, previous)
    previous = bits
    conditionalSwap(X2, X3, mask)
    conditionalSwap(Z2, Z3, mask)
    addReduced(A, X2, Z2)
    subReduced(B, X2, Z2)
    add(C, X3, Z3)
    sub(D, X3, Z3)
    mul(D, A, D)
    mul(C, B, C)
    square(AA, A)
    square(BB, B)
    addReduced(X3, D, C)
    square(X3, X3)
    subReduced(Z3, D, C)
    square(Z3, Z3)
    mul(Z3, U, Z3)
    mul(X2, AA, BB)
    subReduced(E, AA, BB)
    mul(Z2, A24, E)
    add(Z2, Z2, AA)
    mul(Z2, E, Z2)
  }
  invert(A, Z2)
  mul(A, A, X2)
  toBytes(out, A, 0)
  toBytes(out + 32, A, 1)
}
