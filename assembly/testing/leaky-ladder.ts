/** RFC 7748 section 5, for tests only: one ladder with the library's own field, once as it should be, once with a branch on the scalar. */
import {
  addReduced, conditionalSwap, fromBytes, invertSingle, laneMask, mulSingle, set, SIZE, square, squareTimesSingle, subReduced, toBytes,
} from '../field25519'
import { IO, SCRATCH } from '../memory'

const X2: usize = SCRATCH
const Z2 = SCRATCH + SIZE
const X3 = SCRATCH + 2 * SIZE
const Z3 = SCRATCH + 3 * SIZE
const U = SCRATCH + 4 * SIZE
const A = SCRATCH + 5 * SIZE
const B = SCRATCH + 6 * SIZE
const C = SCRATCH + 7 * SIZE
const D = SCRATCH + 8 * SIZE
const A24 = SCRATCH + 9 * SIZE

// @ts-ignore: decorator
@inline
function exchange(bit: u32, branching: bool): void {
  if (branching) {
    if (bit == 0) return
    bit = 1
  }
  const mask = laneMask(bit, bit)
  conditionalSwap(X2, X3, mask)
  conditionalSwap(Z2, Z3, mask)
}

/** The scalar, clamped, at IO; the coordinate behind it; the result behind that. */
// @ts-ignore: decorator
@inline
function ladder(branching: bool): void {
  set(U, 0, 0)
  fromBytes(U, 0, IO + 32)
  set(X3, 0, 0)
  fromBytes(X3, 0, IO + 32)
  set(X2, 1, 0)
  set(Z2, 0, 0)
  set(Z3, 1, 0)
  set(A24, 121665, 0)
  for (let t = 254; t >= 0; --t) {
    const bit = (u32(load<u8>(IO + (t >> 3))) >> (t & 7)) & 1
    exchange(bit, branching)
    addReduced(A, X2, Z2)
    subReduced(B, X2, Z2)
    addReduced(C, X3, Z3)
    subReduced(D, X3, Z3)
    mulSingle(D, D, A)
    mulSingle(C, C, B)
    addReduced(X3, D, C)
    squareTimesSingle(X3, X3, 1)
    subReduced(Z3, D, C)
    squareTimesSingle(Z3, Z3, 1)
    mulSingle(Z3, Z3, U)
    square(A, A)
    square(B, B)
    mulSingle(X2, A, B)
    subReduced(B, A, B)
    mulSingle(Z2, B, A24)
    addReduced(Z2, Z2, A)
    mulSingle(Z2, Z2, B)
    exchange(bit, branching)
  }
  invertSingle(A, Z2)
  mulSingle(A, A, X2)
  toBytes(IO + 64, A, 0)
}

export function safeLadder(): void {
  ladder(false)
}

export function leakLadder(): void {
  ladder(true)
}
