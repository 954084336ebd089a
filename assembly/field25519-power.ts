/** Fixed powers mod p = 2^255 - 19: the inverse a^(p - 2) and a^((p - 5) / 8), for square roots. Documented in field25519.ts. */
import { mul, mulSingle, SIZE, squareTimes, squareTimesSingle } from './field25519-dispatch'
import { copy } from './field25519-lanes'
import { SCRATCH, wipe } from './memory'

const FROM: usize = SCRATCH + 0x1400
const BASE = FROM
const POWER = FROM + SIZE
const ELEVEN = FROM + 2 * SIZE
const T = FROM + 3 * SIZE
const U = FROM + 4 * SIZE
const END: usize = SCRATCH + 0x1800

// @ts-ignore: decorator
@inline
function times(o: usize, a: usize, b: usize, single: bool): void {
  if (single) mulSingle(o, a, b)
  else mul(o, a, b)
}

// @ts-ignore: decorator
@inline
function squared(o: usize, a: usize, n: i32, single: bool): void {
  if (single) squareTimesSingle(o, a, n)
  else squareTimes(o, a, n)
}

/** BASE = a, ELEVEN = a^11, POWER = a^(2^250 - 1). The names on the right are exponents; n ones stand for 2^n - 1. */
function power250(a: usize, single: bool): void {
  copy(BASE, a)
  squared(T, BASE, 1, single) // 2
  squared(U, T, 2, single) // 8
  times(U, U, BASE, single) // 9
  times(ELEVEN, U, T, single) // 11
  squared(T, ELEVEN, 1, single) // 22
  times(POWER, T, U, single) // 5 ones
  squared(T, POWER, 5, single)
  times(POWER, T, POWER, single) // 10 ones
  squared(T, POWER, 10, single)
  times(T, T, POWER, single) // 20 ones
  squared(U, T, 20, single)
  times(T, U, T, single) // 40 ones
  squared(T, T, 10, single)
  times(POWER, T, POWER, single) // 50 ones
  squared(T, POWER, 50, single)
  times(T, T, POWER, single) // 100 ones
  squared(U, T, 100, single)
  times(T, U, T, single) // 200 ones
  squared(T, T, 50, single)
  times(POWER, T, POWER, single) // 250 ones
}

function inverse(o: usize, a: usize, single: bool): void {
  power250(a, single)
  squared(T, POWER, 5, single)
  times(o, T, ELEVEN, single) // 2^255 - 32 + 11
}

function root(o: usize, a: usize, single: bool): void {
  power250(a, single)
  squared(T, POWER, 2, single)
  times(o, T, BASE, single) // 2^252 - 4 + 1
}

/** o = 1 / a, and 0 where a is 0 */
export function invert(o: usize, a: usize): void {
  inverse(o, a, false)
}

/** o = 1 / a in lane 0, and 0 where a is 0 */
export function invertSingle(o: usize, a: usize): void {
  inverse(o, a, true)
}

/** o = a^(2^252 - 3) */
export function pow22523(o: usize, a: usize): void {
  root(o, a, false)
}

/** o = a^(2^252 - 3) in lane 0 */
export function pow22523Single(o: usize, a: usize): void {
  root(o, a, true)
}

/** Zeros over all that powers, `isZero` and `parity` left in SCRATCH. */
export function wipeFieldScratch(): void {
  wipe(FROM, END - FROM)
}
