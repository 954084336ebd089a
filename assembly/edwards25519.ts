/**
 * RFC 8032 section 5.1.4: points of -x^2 + y^2 = 1 + d x^2 y^2, in extended coordinates (X : Y : Z : T), x = X/Z, y = Y/Z, T = XY/Z.
 *
 * A *point* is two pairs of reduced elements (field25519.ts), 160 bytes: (X, Y) and (T, Z).
 * A *cached point*, the second operand of additions, is (Y - X, Y + X) and (-2d T, 2 Z), reduced.
 * The formulas are complete: they hold for all points, small order included, and for equal operands. They take four products of pairs
 * whether or not Z = 1, so tables are not normalised and cost no inversion. Outputs may be inputs.
 * Each formula ends with X3 = E F, Y3 = G H, T3 = E H, Z3 = F G. One factor of each product has to be reduced; as E and G do not meet in
 * a product, nor F and H, one carry of a pair is enough. Changing the signs of both E and G, or of both F and H, changes nothing.
 * R below is the bound of reduced limbs; test/crypto/edwards25519-bounds.test.ts replays the bounds.
 */
import {
  carry, differenceSum, differenceSumReduced, fromBytes, isZero, minus, mul, parity, plus, set, settle, settle0, SIZE, splat1, square,
  subReduced, swapLanes, toBytes, zip1,
} from './field25519'
import { invertOne } from './field25519-divsteps'
import { SCRATCH, TABLES, wipe } from './memory'

/** Bytes of a point and of a cached point. */
export const POINT: usize = 2 * SIZE

// SCRATCH 0x19c0..0x1bef belongs to this file: five pairs of the formulas, then two of comparing and encoding
const FIRST: usize = SCRATCH + 0x19c0
const SECOND = FIRST + SIZE
const U = FIRST + 2 * SIZE
const V = FIRST + 3 * SIZE
const W = FIRST + 4 * SIZE
const X = FIRST + 5 * SIZE
const CHECK = FIRST + 6 * SIZE
const EDWARDS_SCRATCH_SIZE: usize = 7 * SIZE

// TABLES 0xf000..0xf1df: constants as pairs
export const D: usize = TABLES + 0xf000
export const ROOT_OF_MINUS_ONE = D + SIZE
const CACHE_FACTORS = D + 2 * SIZE // (-2d, 2)
/** The pair (1, 1). */
export const ONES = D + 3 * SIZE
/** The neutral element, cached. */
export const NEUTRAL = D + 4 * SIZE

/** d, a square root of -1, -2d. */
const CONSTANTS: usize = memory.data<u64>([
  0x75eb4dca135978a3, 0x00700a4d4141d8ab, 0x8cc740797779e898, 0x52036cee2b6ffe73,
  0xc4ee1b274a0ea0b0, 0x2f431806ad2fe478, 0x2b4d00993dfbd7a7, 0x2b8324804fc1df0b,
  0x1429646bd94d0e94, 0xff1feb657d7c4ea9, 0xe6717f0d110c2ecf, 0x5bf92623a9200318,
], 16)

/** Fills the constants of this file; before anything else here. */
export function prepareEdwards(): void {
  fromBytes(D, 0, CONSTANTS)
  fromBytes(D, 1, CONSTANTS)
  fromBytes(ROOT_OF_MINUS_ONE, 0, CONSTANTS + 32)
  fromBytes(ROOT_OF_MINUS_ONE, 1, CONSTANTS + 32)
  set(CACHE_FACTORS, 0, 2)
  fromBytes(CACHE_FACTORS, 0, CONSTANTS + 64)
  set(ONES, 1, 1)
  set(NEUTRAL, 1, 1)
  set(NEUTRAL + SIZE, 0, 2)
}

/** o = the neutral element (0, 1) */
export function pointZero(o: usize): void {
  set(o, 0, 1)
  set(o + SIZE, 0, 1)
}

/** Copies a point or a cached point. */
@inline
export function pointCopy(o: usize, a: usize): void {
  for (let i: usize = 0; i < POINT; i += 16) v128.store(o + i, v128.load(a + i))
}

@inline
function swapped(x: v128): v128 {
  return v128.shuffle<u64>(x, x, 1, 0)
}

/** U = one carry of all limbs at once. */
@inline
function reduceIntoU(x0: v128, x1: v128, x2: v128, x3: v128, x4: v128): void {
  const c0 = carry(x0), c1 = carry(x1), c2 = carry(x2), c3 = carry(x3), c4 = carry(x4)
  v128.store(U, settle0(x0, c0, c4))
  v128.store(U, settle(x1, c1, c0), 16)
  v128.store(U, settle(x2, c2, c1), 32)
  v128.store(U, settle(x3, c3, c2), 48)
  v128.store(U, settle(x4, c4, c3), 64)
}

/** The same, and W = U with its lanes exchanged. */
@inline
function reduceIntoUAndW(x0: v128, x1: v128, x2: v128, x3: v128, x4: v128): void {
  const c0 = carry(x0), c1 = carry(x1), c2 = carry(x2), c3 = carry(x3), c4 = carry(x4)
  x0 = settle0(x0, c0, c4)
  x1 = settle(x1, c1, c0)
  x2 = settle(x2, c2, c1)
  x3 = settle(x3, c3, c2)
  x4 = settle(x4, c4, c3)
  v128.store(U, x0)
  v128.store(U, x1, 16)
  v128.store(U, x2, 32)
  v128.store(U, x3, 48)
  v128.store(U, x4, 64)
  v128.store(W, swapped(x0))
  v128.store(W, swapped(x1), 16)
  v128.store(W, swapped(x2), 32)
  v128.store(W, swapped(x3), 48)
  v128.store(W, swapped(x4), 64)
}

/** Limb of (E, G); V = (F, H), W = (H, F). E = B - A, G = D - C, H = B + A, F = D + C: 2 R. */
@inline
function addLimb(i: usize): v128 {
  const ab = v128.load(FIRST + i), cd = v128.load(SECOND + i)
  const ac = v128.shuffle<u64>(ab, cd, 0, 2), bd = v128.shuffle<u64>(ab, cd, 1, 3)
  const hf = plus(bd, ac)
  v128.store(V + i, swapped(hf))
  v128.store(W + i, hf)
  return minus(bd, ac)
}

/** As `addLimb`, for the opposite of the second operand: FIRST is (B, A), and C has the other sign, so F = D - C and G = D + C. */
@inline
function subLimb(i: usize): v128 {
  const ba = v128.load(FIRST + i), cd = v128.load(SECOND + i)
  const ac = v128.shuffle<u64>(ba, cd, 1, 2), bd = v128.shuffle<u64>(ba, cd, 0, 3)
  const ef = minus(bd, ac), hg = plus(bd, ac)
  v128.store(V + i, v128.shuffle<u64>(ef, hg, 1, 2))
  v128.store(W + i, v128.shuffle<u64>(hg, ef, 0, 3))
  return v128.shuffle<u64>(ef, hg, 0, 3)
}

/** o = a + q, q cached */
export function pointAdd(o: usize, a: usize, q: usize): void {
  // A = (Y1 - X1)(Y2 - X2), B = (Y1 + X1)(Y2 + X2), C = -2d T1 T2, D = 2 Z1 Z2
  differenceSum(FIRST, a)
  mul(FIRST, q, FIRST)
  mul(SECOND, q + SIZE, a + SIZE)
  reduceIntoU(addLimb(0), addLimb(16), addLimb(32), addLimb(48), addLimb(64))
  mul(o, U, V)
  mul(o + SIZE, U, W)
}

/** o = a - q, q cached */
export function pointSub(o: usize, a: usize, q: usize): void {
  sumDifferenceFirst(a)
  mul(FIRST, q, FIRST)
  mul(SECOND, q + SIZE, a + SIZE)
  reduceIntoU(subLimb(0), subLimb(16), subLimb(32), subLimb(48), subLimb(64))
  mul(o, U, V)
  mul(o + SIZE, U, W)
}

/** FIRST = (Y + X, Y - X) */
@inline
function sumDifferenceFirst(a: usize): void {
  for (let i: usize = 0; i < SIZE; i += 16) {
    const x = v128.load(a + i), y = swapped(x)
    v128.store(FIRST + i, v128.shuffle<u64>(plus(y, x), minus(y, x), 0, 2))
  }
}

/** Limb of (X + Y, Z). */
@inline
function sumLimb(a: usize, i: usize): v128 {
  const x = v128.load(a + i)
  return v128.shuffle<u64>(plus(x, swapped(x)), v128.load(a + SIZE + i), 0, 3)
}

/** Limb of (F, H); V = (E, G). A = X^2, B = Y^2, H = A + B, E = H - (X + Y)^2: 3 R, G = A - B: 2 R, F = 2 Z^2 + G: 4 R. */
@inline
function doubleLimb(i: usize): v128 {
  const ab = v128.load(FIRST + i), wz = v128.load(SECOND + i), ba = swapped(ab)
  const h = plus(ab, ba), g = minus(ab, ba)
  v128.store(V + i, v128.shuffle<u64>(minus(h, wz), g, 0, 2))
  return v128.shuffle<u64>(plus(swapped(plus(wz, wz)), g), h, 0, 2)
}

/** o = 2 a */
export function pointDouble(o: usize, a: usize): void {
  square(FIRST, a)
  reduceIntoU(sumLimb(a, 0), sumLimb(a, 16), sumLimb(a, 32), sumLimb(a, 48), sumLimb(a, 64))
  square(SECOND, U)
  reduceIntoUAndW(doubleLimb(0), doubleLimb(16), doubleLimb(32), doubleLimb(48), doubleLimb(64))
  mul(o, U, V)
  mul(o + SIZE, W, V)
}

/** o = 2^n a, n >= 0 */
export function pointDoubleTimes(o: usize, a: usize, n: i32): void {
  if (o != a) pointCopy(o, a)
  for (; n > 0; n--) pointDouble(o, o)
}

/** o = a, cached */
export function pointCache(o: usize, a: usize): void {
  mul(o + SIZE, CACHE_FACTORS, a + SIZE)
  differenceSumReduced(o, a)
}

/** 1 if a is the neutral element. */
export function pointIsZero(a: usize): u32 {
  // x = 0 also for (0, -1), so y has to be looked at: Y - Z
  zip1(X, a, a + SIZE)
  swapLanes(CHECK, X)
  subReduced(CHECK, CHECK, X)
  return isZero(a, 0) & isZero(CHECK, 0)
}

/** The 32 bytes of a point: y, and the lowest bit of x on top. */
export function pointEncode(out: usize, a: usize): void {
  splat1(X, a + SIZE)
  invertOne(X, X)
  mul(X, X, a)
  toBytes(out, X, 1)
  store<u8>(out, load<u8>(out, 31) | u8(parity(X, 0) << 7), 31)
}

/** Zeros over all that this file left in SCRATCH. */
export function wipeEdwards(): void {
  wipe(FIRST, EDWARDS_SCRATCH_SIZE)
}
