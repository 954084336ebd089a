/** Two private keys of X25519 made one, and which side of the curve a public key is on: what key agreements of whole groups need. */
import {
  addReduced, fromBytes, isZero, mul, pow22523, set, SIZE, square, squareTimes, subReduced, wipeFieldScratch,
} from './field25519'
import { SCRATCH, wipe } from './memory'
import { scalarMulAdd } from './scalar25519'
import { clamp } from './x25519'

// SCRATCH 0x0700..0x08ff belongs to this file
const FIRST: usize = SCRATCH + 0x700 // scalars
const SECOND: usize = SCRATCH + 0x720
const NEGATED: usize = SCRATCH + 0x740
const U: usize = SCRATCH + 0x760 // pairs of field elements
const W = U + SIZE
const CHI = U + 2 * SIZE
const END = U + 3 * SIZE
// scalar25519.ts leaves its working values behind, up to here
const SCALAR_SCRATCH: usize = SCRATCH + 0x1800
const SCALAR_SCRATCH_SIZE: usize = 0x1c0

const ZERO: usize = memory.data<u64>([0, 0, 0, 0], 16)
/** 1/8 modulo L, the order of the base point. */
const EIGHTH: usize = memory.data<u64>([0x6106e529e2dc2f79, 0x07d39db37d1cdad0, 0, 0x0600000000000000], 16)
/** 8 L = 2^255 + 8 c. */
const ORDER: usize = memory.data<u64>([0xc09318d2e7ae9f68, 0xa6f7cef517bce6b2, 0, 0x8000000000000000], 16)

/** o = ORDER - k, modulo 2^256. */
function negate(o: usize, k: usize): void {
  let borrow: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const a = load<u64>(ORDER + i)
    const b = load<u64>(k + i)
    const difference = a - b - borrow
    store<u64>(o + i, difference)
    borrow = ((~a & b) | (~(a ^ b) & difference)) >> 63
  }
}

/**
 * out (32 bytes) = a private key that multiplies every point of the curve by what the keys `a` and `b` do one after the other, up to the
 * sign, which x-coordinates do not show. The product modulo L is taken to the multiple of 8 that equals it modulo L, and to the negative
 * of that where only the negative has the highest bit that clamping sets; one of the two does, except for 2^-127 of all products.
 */
export function x25519_product(out: usize, a: usize, b: usize): void {
  clamp(FIRST, a)
  clamp(SECOND, b)
  scalarMulAdd(FIRST, FIRST, SECOND, ZERO)
  scalarMulAdd(FIRST, FIRST, EIGHTH, ZERO)
  // eight times that is below 8 L < 2^256
  let carried: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const word = load<u64>(FIRST + i)
    store<u64>(FIRST + i, (word << 3) | carried)
    carried = word >> 61
  }
  negate(NEGATED, FIRST)
  const clamped = load<u64>(FIRST, 24) >> 62 == 1
  const mask = u64(0) - u64(clamped)
  for (let i: usize = 0; i < 32; i += 8) {
    store<u64>(out + i, (load<u64>(FIRST + i) & mask) | (load<u64>(NEGATED + i) & ~mask))
  }
  wipe(FIRST, END - FIRST)
  wipe(SCALAR_SCRATCH, SCALAR_SCRATCH_SIZE)
}

/** W = u^3 + 486662 u^2 + u of both lanes, CHI = W^((p - 1) / 2): one on the curve, minus one on its twist, zero for u = 0. */
function legendre(): void {
  set(CHI, 486662, 486662)
  addReduced(W, U, CHI)
  mul(W, W, U)
  set(CHI, 1, 1)
  addReduced(W, W, CHI)
  mul(W, W, U)
  pow22523(CHI, W)
  // (p - 1) / 2 = 4 (p - 5) / 8 + 2
  squareTimes(CHI, CHI, 2)
  square(W, W)
  mul(CHI, CHI, W)
  set(W, 1, 1)
  subReduced(CHI, CHI, W)
}

/** The index of the first of `n` public keys at `us` that is no point of the curve, or `n`. Public keys are public: it stops there. */
export function x25519_first_off_curve(us: usize, n: u32): u32 {
  let first = n
  for (let i: u32 = 0; i < n && first == n; i += 2) {
    const u = us + (usize(i) << 5)
    const last = i + 1 == n
    fromBytes(U, 0, u)
    fromBytes(U, 1, last ? u : u + 32)
    legendre()
    if (!isZero(CHI, 1)) first = last ? i : i + 1
    if (!isZero(CHI, 0)) first = i
  }
  wipe(U, END - U)
  wipeFieldScratch()
  return first
}
