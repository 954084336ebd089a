/** Sums of several multiples of public points with shared doublings (Straus), over sparse signed digits. Time depends on the scalars. */
import { pointAdd, pointCache, pointCopy, pointDouble, pointDoubleTimes, pointSub, pointZero, POINT } from './edwards25519'
import { basePoint } from './fixed-base25519-table'
import { scalarSparseDigits } from './scalar25519'
import { SCRATCH, TABLES } from './memory'

// A *stream* is one term of the sum: 256 digits, then the odd multiples 1, 3, 5, 7 of its point, cached
const ODD_MULTIPLES: usize = 256
const STREAM_WIDTH: i32 = 4
/** Bytes of a stream. */
export const STREAM: usize = ODD_MULTIPLES + 4 * POINT

// SCRATCH 0x2100..0x243f belongs to this file
const TWICE: usize = SCRATCH + 0x2100
const NEXT: usize = SCRATCH + 0x21a0
const LOW_DIGITS: usize = SCRATCH + 0x2240
const HIGH_DIGITS: usize = SCRATCH + 0x2340

// TABLES 0xa000..0xefff: odd multiples 1, 3, .. 127 of B and of 2^128 B, cached
const BASE_WIDTH: i32 = 8
const BASE_TABLE: usize = TABLES + 0xa000
const HIGH_BASE_TABLE: usize = TABLES + 0xc800
let prepared: bool = false

/** `count` odd multiples of a, cached. */
function oddMultiples(table: usize, a: usize, count: i32): void {
  pointDouble(TWICE, a)
  pointCache(TWICE, TWICE)
  pointCopy(NEXT, a)
  pointCache(table, NEXT)
  for (let i = 1; i < count; i++) {
    table += POINT
    pointAdd(NEXT, NEXT, TWICE)
    pointCache(table, NEXT)
  }
}

/** Computes the tables of this file on the first call; before anything else of Ed25519's verification. */
export function prepareStraus(): void {
  if (prepared) return
  // LOW_DIGITS and what follows serve as a point here
  basePoint(LOW_DIGITS, NEXT)
  oddMultiples(BASE_TABLE, LOW_DIGITS, 64)
  pointDoubleTimes(LOW_DIGITS, LOW_DIGITS, 128)
  oddMultiples(HIGH_BASE_TABLE, LOW_DIGITS, 64)
  prepared = true
}

/** Sets a stream up for sign * scalar * a, with a scalar of 32 bytes below 2^255. Returns how many digits it has. */
export function strausStream(stream: usize, a: usize, scalar: usize, sign: i32): i32 {
  oddMultiples(stream + ODD_MULTIPLES, a, 4)
  return scalarSparseDigits(stream, scalar, STREAM_WIDTH, sign)
}

@inline
function addDigit(o: usize, digit: i32, table: usize): void {
  if (digit > 0) pointAdd(o, o, table + usize(digit >> 1) * POINT)
  else if (digit < 0) pointSub(o, o, table + usize(-digit >> 1) * POINT)
}

/** o = the sum of `count` streams of at most `length` digits, less base * B for 32 bytes at `base`, below 2^255. */
export function strausSum(o: usize, streams: usize, count: i32, length: i32, base: usize): void {
  // base = low + 2^128 high, so that B costs 128 doublings and not 253
  v128.store(TWICE, v128.load(base))
  v128.store(TWICE, i64x2.splat(0), 16)
  v128.store(TWICE, v128.load(base, 16), 32)
  v128.store(TWICE, i64x2.splat(0), 48)
  length = max(length, scalarSparseDigits(LOW_DIGITS, TWICE, BASE_WIDTH, -1))
  length = max(length, scalarSparseDigits(HIGH_DIGITS, TWICE + 32, BASE_WIDTH, -1))
  const end = streams + usize(count) * STREAM
  pointZero(o)
  for (let i = length - 1; i >= 0; i--) {
    pointDouble(o, o)
    for (let stream = streams; stream < end; stream += STREAM) {
      addDigit(o, load<i8>(stream + usize(i)), stream + ODD_MULTIPLES)
    }
    addDigit(o, load<i8>(LOW_DIGITS + usize(i)), BASE_TABLE)
    addDigit(o, load<i8>(HIGH_DIGITS + usize(i)), HIGH_BASE_TABLE)
  }
}
