/** RFC 7748 section 5, X25519: shared secrets, one and many. Public keys: fixed-base25519.ts. */
import { bytesAreZero, copy, invert, isZero, laneMask, mul, select, set, SIZE, toBytes, wipeFieldScratch } from './field25519'
import { SCRATCH, wipe } from './memory'
import * as fma from './x25519-fma'
import * as integer from './x25519-integer'

// SCRATCH 0x0000 .. 0x04ff is the ladder's
const SCALARS: usize = SCRATCH + 0x500 // two, clamped
const LAST: usize = SCRATCH + 0x540 // the result of the last of an odd number
const INVERSE: usize = SCRATCH + 0x560
const QUOTIENT = INVERSE + SIZE
const CONSTANT = INVERSE + 2 * SIZE
const USED: usize = 0x560 + 3 * 80

/** RFC 7748 section 5, decodeScalar25519. */
export function clamp(o: usize, scalar: usize): void {
  memory.copy(o, scalar, 32)
  store<u8>(o, load<u8>(o) & 248)
  store<u8>(o, (load<u8>(o, 31) & 127) | 64, 31)
}

// @ts-ignore: decorator
@inline
function ladder(out: usize, u: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.ladder(out, SCALARS, u)
  else integer.ladder(out, SCALARS, u)
}

// @ts-ignore: decorator
@inline
function ladderTwice(x: usize, z: usize, us: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.ladderTwice(x, z, SCALARS, us)
  else integer.ladderTwice(x, z, SCALARS, us)
}

function wipeLadder(): void {
  wipe(SCRATCH, USED)
  wipeFieldScratch()
}

/** The smaller of `first` and `i` where the result at `out` is zero, else `first`, without a branch. */
// @ts-ignore: decorator
@inline
function firstZero(first: u32, i: u32, out: usize): u32 {
  return first ^ ((first ^ i) & -(bytesAreZero(out) & u32(i < first)))
}

/** The shared secret, 32 bytes at `out`. Returns 1 where it is zero (a point of low order), which the caller must refuse, else 0. */
export function x25519_shared(out: usize, scalar: usize, u: usize): u32 {
  clamp(SCALARS, scalar)
  ladder(out, u)
  wipeLadder()
  return bytesAreZero(out)
}

// a pair of numerators x, of denominators z and of the products of all denominators so far
const PER_PAIR: usize = 3 * SIZE

/** Bytes of working space that `x25519_shared_many` needs for n results. */
export function x25519_shared_many_space(n: u32): usize {
  return usize(n >> 1) * PER_PAIR
}

/** Fractions x / z of two results. A zero z becomes 1, and its x zero, as RFC 7748 has it and so that the common inversion is possible. */
function fractions(at: usize, us: usize): void {
  ladderTwice(at, at + SIZE, us)
  const mask = laneMask(isZero(at + SIZE, 0), isZero(at + SIZE, 1))
  set(CONSTANT, 1, 1)
  select(at + SIZE, at + SIZE, CONSTANT, mask)
  set(CONSTANT, 0, 0)
  select(at, at, CONSTANT, mask)
}

/**
 * `n` shared secrets at `out` from as many scalars and coordinates, 32 bytes each; `out` may be `scalars` or `us`. `work` is 16-byte
 * aligned, wiped at the end. Returns the index of the first that is zero, or `n` where none is.
 */
export function x25519_shared_many(out: usize, scalars: usize, us: usize, n: u32, work: usize): u32 {
  let first = n
  if (n & 1) {
    const last = usize(n - 1) << 5
    clamp(SCALARS, scalars + last)
    ladder(LAST, us + last)
  }
  let at = work
  for (let i: u32 = 0; i + 1 < n; i += 2, at += PER_PAIR) {
    const offset = usize(i) << 5
    clamp(SCALARS, scalars + offset)
    clamp(SCALARS + 32, scalars + offset + 32)
    fractions(at, us + offset)
    if (i == 0) copy(at + 2 * SIZE, at + SIZE)
    else mul(at + 2 * SIZE, at - SIZE, at + SIZE)
  }
  const end = at
  if (n & 1) {
    memory.copy(out + (usize(n - 1) << 5), LAST, 32)
    first = firstZero(first, n - 1, LAST)
  }
  // INVERSE is one over the product of all denominators up to the pair in turn
  if (n > 1) invert(INVERSE, end - SIZE)
  for (let i = i32(n & ~1) - 2; i >= 0; i -= 2) {
    at -= PER_PAIR
    if (i == 0) {
      mul(QUOTIENT, INVERSE, at)
    } else {
      mul(QUOTIENT, INVERSE, at - SIZE)
      mul(QUOTIENT, QUOTIENT, at)
      mul(INVERSE, INVERSE, at + SIZE)
    }
    const to = out + (usize(i) << 5)
    toBytes(to, QUOTIENT, 0)
    toBytes(to + 32, QUOTIENT, 1)
    first = firstZero(first, i + 1, to + 32)
    first = firstZero(first, i, to)
  }
  wipe(work, end - work)
  wipeLadder()
  return first
}
