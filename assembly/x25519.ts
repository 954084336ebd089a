/** RFC 7748 section 5, X25519: shared secrets, one and many. Public keys: fixed-base25519.ts. */
import { bytesAreZero, wipeFieldScratch } from './field25519'
import { SCRATCH, wipe } from './memory'
import * as fma from './x25519-fma'
import * as integer from './x25519-integer'

// SCRATCH 0x0000 .. 0x04ff is the ladder's
const SCALARS: usize = SCRATCH + 0x500 // two, clamped
const USED: usize = 0x540

/** RFC 7748 section 5, decodeScalar25519. */
function clamp(o: usize, scalar: usize): void {
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
function ladderTwice(out: usize, us: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) fma.ladderTwice(out, SCALARS, us)
  else integer.ladderTwice(out, SCALARS, us)
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

/**
 * `n` shared secrets at `out` from as many scalars and coordinates, 32 bytes each; `out` may be `scalars` or `us`.
 * Returns the index of the first that is zero, or `n` where none is.
 */
export function x25519_shared_many(out: usize, scalars: usize, us: usize, n: u32): u32 {
  let first = n
  for (let i: u32 = 0; i < n; i += 2) {
    const at = usize(i) * 32
    clamp(SCALARS, scalars + at)
    if (i + 1 < n) {
      clamp(SCALARS + 32, scalars + at + 32)
      ladderTwice(out + at, us + at)
      first = firstZero(first, i + 1, out + at + 32)
    } else {
      ladder(out + at, us + at)
    }
    first = firstZero(first, i, out + at)
  }
  wipeLadder()
  return first
}
