/**
 * Ed25519 signatures verified together: [8] (sum of z (R + k A - S B)) = 0 with random z of 128 bits holds for valid signatures, and with
 * probability 2^-128 for a set that has an invalid one. Parts of small order vanish with the factor 8, so the accepted signatures are
 * those of `ed25519_verify`. Sums over parts of the batch come from the same prepared terms: bad signatures are found by halving.
 */
import { challenge, ed25519_acceptable, wipeEd25519 } from './ed25519'
import { pointDecodeFour, pointDecodePair } from './edwards25519-decode'
import { NEUTRAL, pointAdd, pointCache, pointCopy, pointDoubleTimes, pointIsZero, pointSub, pointZero, POINT } from './edwards25519'
import { prepareStraus, STREAM, strausStream, strausSum } from './straus25519'
import { pippengerSpace, pippengerSum } from './pippenger25519'
import { scalarMulAdd } from './scalar25519'
import { SCRATCH, wipe } from './memory'

// SCRATCH 0x3480..0x387f belongs to this file
const FACTOR: usize = SCRATCH + 0x3480 // 32 bytes, of which the upper 16 stay zero
const BASE_SCALAR: usize = SCRATCH + 0x34a0 // 32 bytes
const POINT_R: usize = SCRATCH + 0x34c0 // two
const POINT_A: usize = SCRATCH + 0x3600 // two
const BATCH_SCRATCH: usize = FACTOR
const BATCH_SCRATCH_END: usize = SCRATCH + 0x3c00

/** Up to so many signatures shared doublings are cheaper than buckets. */
const STRAUS_LIMIT: i32 = 96

/** L - 1. */
const MINUS_ONE: usize = memory.data<u64>([0x5812631a5cf5d3ec, 0x14def9dea2f79cd6, 0, 0x1000000000000000], 16)

// The working space of a batch of n, at a 16-byte aligned address:
//   n bytes, up to a multiple of 16   1 where encodings are unacceptable or not on the curve
//   32 n                              z k mod L
//   32 (n + 1)                        z S mod L, summed over all items before
//   160 n, 160 n                      all R, all A, cached
//   160 (n + 1)                       slots for sums
//   the rest                          streams or buckets
@inline
function products(n: i32, work: usize): usize {
  return work + ((usize(n) + 15) & ~15)
}
@inline
function prefixes(n: i32, work: usize): usize {
  return products(n, work) + (usize(n) << 5)
}
@inline
function pointsR(n: i32, work: usize): usize {
  return prefixes(n, work) + (usize(n + 1) << 5)
}
@inline
function pointsA(n: i32, work: usize): usize {
  return pointsR(n, work) + usize(n) * POINT
}
@inline
function slots(n: i32, work: usize): usize {
  return pointsA(n, work) + usize(n) * POINT
}
@inline
function rest(n: i32, work: usize): usize {
  return slots(n, work) + usize(n + 1) * POINT
}

/** Bytes of working space for a batch of n. */
export function ed25519_batch_space(n: i32): usize {
  return rest(n, 0) + max(pippengerSpace(n), usize(2 * min(n, STRAUS_LIMIT)) * STREAM)
}

/**
 * Prepares a batch of n: keys (32 bytes each), signatures (64), messages one after the other with n + 1 offsets of 32 bits, coefficients
 * (16 random bytes each). Items with unacceptable encodings are marked and left out of all sums. Returns how many there are.
 */
export function ed25519_batch_prepare(
  n: i32, keys: usize, signatures: usize, messages: usize, offsets: usize, coefficients: usize, work: usize,
): i32 {
  prepareStraus()
  let refused = 0
  let product = products(n, work), prefix = prefixes(n, work), r = pointsR(n, work), a = pointsA(n, work)
  memory.fill(prefix, 0, 32)
  memory.fill(FACTOR, 0, 32)
  let decoded: u32 = 0
  for (let i: usize = 0; i < usize(n); i++) {
    // two items at a time, the second of which waits one round for its turn
    const second = POINT * (i & 1)
    if (second != 0) decoded >>= 2
    else if (i + 1 < usize(n)) decoded = pointDecodeFour(POINT_R, POINT_A, signatures, keys, 64, 32)
    else decoded = pointDecodePair(POINT_R, POINT_A, signatures, keys)
    const good = ed25519_acceptable(keys, signatures) && (decoded & 3) == 3
    store<u8>(work + i, u8(!good))
    if (good) {
      const from = usize(load<u32>(offsets + (i << 2))), to = usize(load<u32>(offsets + (i << 2), 4))
      v128.store(FACTOR, v128.load(coefficients))
      challenge(product, signatures, keys, messages + from, to - from)
      scalarMulAdd(product, FACTOR, product, ZERO)
      scalarMulAdd(prefix + 32, FACTOR, signatures + 32, prefix)
      pointCache(r, POINT_R + second)
      pointCache(a, POINT_A + second)
    } else {
      refused++
      memory.fill(coefficients, 0, 16)
      memory.fill(product, 0, 32)
      memory.copy(prefix + 32, prefix, 32)
      pointCopy(r, NEUTRAL)
      pointCopy(a, NEUTRAL)
    }
    keys += 32
    signatures += 64
    coefficients += 16
    product += 32
    prefix += 32
    r += POINT
    a += POINT
  }
  wipeBatch()
  return refused
}

/** 32 zero bytes. */
const ZERO: usize = memory.data<u64>([0, 0, 0, 0], 16)

/** o = the point that is `cached` */
@inline
function uncached(o: usize, cached: usize): void {
  pointZero(o)
  pointAdd(o, o, cached)
}

/** Slot = sum of z (R + k A - S B) over items `from` (included) to `to` (excluded) of a prepared batch. */
export function ed25519_batch_sum(slot: i32, from: i32, to: i32, n: i32, coefficients: usize, work: usize): void {
  const o = slots(n, work) + usize(slot) * POINT
  const count = to - from
  let z = coefficients + (usize(from) << 4)
  let product = products(n, work) + (usize(from) << 5)
  let r = pointsR(n, work) + usize(from) * POINT
  let a = pointsA(n, work) + usize(from) * POINT
  const prefix = prefixes(n, work)
  scalarMulAdd(BASE_SCALAR, prefix + (usize(from) << 5), MINUS_ONE, prefix + (usize(to) << 5))
  if (count > STRAUS_LIMIT) {
    strausSum(POINT_A, 0, 0, 0, BASE_SCALAR)
    pointCache(POINT_R, POINT_A)
    pippengerSum(o, count, r, z, a, product, rest(n, work))
    pointAdd(o, o, POINT_R)
  } else {
    const streams = rest(n, work)
    let length = 0
    memory.fill(FACTOR, 0, 32)
    for (let stream = streams, end = streams + usize(2 * count) * STREAM; stream < end; stream += 2 * STREAM) {
      uncached(POINT_R, r)
      uncached(POINT_A, a)
      v128.store(FACTOR, v128.load(z))
      length = max(length, strausStream(stream, POINT_R, FACTOR, 1))
      length = max(length, strausStream(stream + STREAM, POINT_A, product, 1))
      z += 16
      product += 32
      r += POINT
      a += POINT
    }
    strausSum(o, streams, 2 * count, length, BASE_SCALAR)
  }
  wipeBatch()
}

/** Slot -= slot `other`. */
export function ed25519_batch_subtract(slot: i32, other: i32, n: i32, work: usize): void {
  const first = slots(n, work)
  const o = first + usize(slot) * POINT
  pointCache(POINT_A, first + usize(other) * POINT)
  pointSub(o, o, POINT_A)
  wipeBatch()
}

/** 1 if 8 times the sum in a slot is the neutral element, else 0. */
export function ed25519_batch_holds(slot: i32, n: i32, work: usize): u32 {
  pointDoubleTimes(POINT_A, slots(n, work) + usize(slot) * POINT, 3)
  const holds = pointIsZero(POINT_A)
  wipeBatch()
  return holds
}

function wipeBatch(): void {
  wipeEd25519()
  wipe(BATCH_SCRATCH, BATCH_SCRATCH_END - BATCH_SCRATCH)
}
