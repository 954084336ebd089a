/** The table of fixed-base25519.ts: 1 to 8 times 16^(2 i) B for i = 0 .. 31, normalised with one inversion, computed on first use. */
import { add, mul, mulSingle, SIZE, splat0, splat1 } from './field25519'
import { invertOne } from './field25519-divsteps'
import { pointAdd, pointCache, pointCopy, pointDoubleTimes, POINT, prepareEdwards } from './edwards25519'
import { pointDecodePair, wipeDecoding } from './edwards25519-decode'
import { SCRATCH, TABLES } from './memory'

/** Bytes of an element without its companion in a pair. */
export const HALF: usize = SIZE / 2
/** An entry: y - x, y + x and -2d x y of a point. */
export const ENTRY: usize = 3 * HALF
export const ROW: usize = 8 * ENTRY
/** TABLES 0x0000..0x77ff. While it is made, cached points are at 0x0000..0x9fff and products at 0xf200..0x141ff. */
export const ROWS: usize = TABLES
const PRODUCTS: usize = TABLES + 0xf200
const ENTRIES: usize = 256

// SCRATCH 0x1de0..0x1f6f, where fixed-base25519.ts keeps its results afterwards, but not its scalar, which may be there already
const POWER: usize = SCRATCH + 0x1de0
const MULTIPLE: usize = SCRATCH + 0x1e80
const INVERSE: usize = SCRATCH + 0x1f20
let prepared: bool = false

/** The base point as RFC 8032 writes it. */
const BASE: usize = memory.data<u64>([0x6666666666666658, 0x6666666666666666, 0x6666666666666666, 0x6666666666666666], 16)

/** a = the base point; `other` is overwritten. */
export function basePoint(a: usize, other: usize): void {
  prepareEdwards()
  pointDecodePair(a, other, BASE, BASE)
  wipeDecoding()
}

/** o = lane `lane` of a pair */
@inline
function take(o: usize, a: usize, lane: usize): void {
  for (let i: usize = 0; i < 5; i++) store<u64>(o + (i << 3), load<u64>(a + (i << 4) + (lane << 3)))
}

/** Computes the table on the first call. */
export function prepareFixedBase(): void {
  if (prepared) return
  basePoint(POWER, MULTIPLE)
  for (let row = ROWS; row < ROWS + ENTRIES * POINT; row += 8 * POINT) {
    pointCopy(MULTIPLE, POWER)
    pointCache(row, POWER)
    for (let entry = row + POINT; entry < row + 8 * POINT; entry += POINT) {
      pointAdd(MULTIPLE, MULTIPLE, row)
      pointCache(entry, MULTIPLE)
    }
    pointDoubleTimes(POWER, POWER, 8)
  }
  // products of all 2 Z up to each entry, then back: the inverse of each 2 Z takes its place
  for (let i: usize = 0; i < ENTRIES; i++) {
    const at = PRODUCTS + i * SIZE
    splat1(at, ROWS + i * POINT + SIZE)
    if (i > 0) mulSingle(at, at, at - SIZE)
  }
  invertOne(INVERSE, PRODUCTS + (ENTRIES - 1) * SIZE)
  for (let i = ENTRIES - 1; i > 0; i--) {
    const at = PRODUCTS + i * SIZE
    splat1(POWER, ROWS + i * POINT + SIZE)
    mulSingle(at, INVERSE, at - SIZE)
    mulSingle(INVERSE, INVERSE, POWER)
  }
  splat0(PRODUCTS, INVERSE)
  // an entry ends where the next cached point has not begun: in place
  for (let i: usize = 0; i < ENTRIES; i++) {
    const cached = ROWS + i * POINT, entry = ROWS + i * ENTRY
    splat0(POWER, PRODUCTS + i * SIZE)
    add(POWER, POWER, POWER)
    mul(MULTIPLE, cached, POWER)
    mul(MULTIPLE + SIZE, cached + SIZE, POWER)
    take(entry, MULTIPLE, 0)
    take(entry + HALF, MULTIPLE, 1)
    take(entry + 2 * HALF, MULTIPLE + SIZE, 0)
  }
  prepared = true
}
