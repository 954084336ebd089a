/** RFC 7748 section 5, the Montgomery ladder in the integer module, in lane 0 of every pair. */
import { fromBytes, invertSingle, SIZE, toBytes } from './field25519'
import { addSingle, conditionalSwapSingle, mulSingle, mulSmallSingle, squareTimesSingle, subSingle } from './field25519-integer'
import { copy, set, zip0 } from './field25519-lanes'
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

/** X2 / Z2 = the u coordinate of scalar times the point with coordinate u; the scalar is clamped already. */
function steps(scalar: usize, u: usize): void {
  set(U, 0, 0)
  fromBytes(U, 0, u)
  set(X2, 1, 0)
  set(Z2, 0, 0)
  set(X3, 0, 0)
  fromBytes(X3, 0, u)
  set(Z3, 1, 0)
  let previous: u32 = 0
  for (let t = 254; t >= 0; --t) {
    const bit = (u32(load<u8>(scalar + (t >> 3))) >> (t & 7)) & 1
    const mask = -i64(bit ^ previous)
    previous = bit
    conditionalSwapSingle(X2, X3, mask)
    conditionalSwapSingle(Z2, Z3, mask)
    // no carries: sums and differences of two reduced elements are loose, which products and squares take here
    addSingle(A, X2, Z2)
    subSingle(B, X2, Z2)
    addSingle(C, X3, Z3)
    subSingle(D, X3, Z3)
    mulSingle(D, A, D)
    mulSingle(C, B, C)
    squareTimesSingle(AA, A, 1)
    squareTimesSingle(BB, B, 1)
    addSingle(X3, D, C)
    squareTimesSingle(X3, X3, 1)
    subSingle(Z3, D, C)
    squareTimesSingle(Z3, Z3, 1)
    mulSingle(Z3, U, Z3)
    mulSingle(X2, AA, BB)
    subSingle(E, AA, BB)
    mulSmallSingle(Z2, E, 121665)
    addSingle(Z2, Z2, AA)
    mulSingle(Z2, E, Z2)
  }
  // the lowest bits of a clamped scalar are zero: nothing is left to swap
}

/** out = the u coordinate of scalar times the point with coordinate u; the scalar is clamped already. */
export function ladder(out: usize, scalar: usize, u: usize): void {
  steps(scalar, u)
  invertSingle(A, Z2)
  mulSingle(A, A, X2)
  toBytes(out, A, 0)
}

/** Both results as pairs of fractions x / z, reduced, from two clamped scalars and two coordinates, each 32 bytes after the other. */
export function ladderTwice(x: usize, z: usize, scalars: usize, us: usize): void {
  steps(scalars, us)
  copy(x, X2)
  copy(z, Z2)
  steps(scalars + 32, us + 32)
  zip0(x, x, X2)
  zip0(z, z, Z2)
}
