/** RFC 8032 section 5.1: scalars modulo L = 2^252 + c, the order of the base point. 32 or 64 little-endian bytes outside, limbs inside. */
import { SCRATCH } from './memory'

// SCRATCH 0x1800..0x19bf belongs to this file; ed25519.ts and ed25519-batch.ts wipe it with their own:
//   0x1800  COLUMNS  20 signed 64-bit columns of weight 2^(28 i)
//   0x18a0  LEFT     10 limbs below 2^28 of a factor
//   0x1900  ADDEND   10 limbs below 2^28
const COLUMNS: usize = SCRATCH + 0x1800
const LEFT: usize = SCRATCH + 0x18a0
const ADDEND: usize = SCRATCH + 0x1900

const MASK: i64 = 0xfffffff
// c = 27742317777372353535851937790883648493 in limbs of 28 bits
const C0: i64 = 0xcf5d3ed
const C1: i64 = 0x12631a5
const C2: i64 = 0x79cd658
const C3: i64 = 0xf9dea2f
const C4: i64 = 0x14de
/** L as bytes, for comparisons. */
export const L_WORDS: usize = memory.data<u64>([0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000], 16)

/** Limb `i` of little-endian bytes; reads four bytes from bit 28 i. */
@inline function limb(p: usize, i: i32): i64 {
  return i64((load<u32>(p + usize((7 * i) >> 1)) >> (u32(i & 1) << 2)) & 0xfffffff)
}

/** The ten limbs of 32 bytes. */
function unpack(to: usize, p: usize): void {
  for (let i = 0; i < 9; i++) store<i64>(to + (usize(i) << 3), limb(p, i))
  store<i64>(to, i64(load<u8>(p, 31) >> 4), 72)
}

/** Leaves columns `from` to `to` in [0, 2^28) and adds what is carried out of them to the column above. Columns stay below 2^63 in size. */
function carry(from: i32, to: i32): void {
  let c: i64 = 0
  let at = COLUMNS + (usize(from) << 3)
  for (let i = from; i <= to; i++, at += 8) {
    const v = load<i64>(at) + c
    c = v >> 28
    store<i64>(at, v & MASK)
  }
  store<i64>(at, load<i64>(at) + c)
}

/** Replaces 2^252 by -c in columns `high` down to `low`, which become zero. */
function fold(high: i32, low: i32): void {
  let at = COLUMNS + (usize(high) << 3)
  for (let i = high; i >= low; i--, at -= 8) {
    const q = load<i64>(at)
    store<i64>(at, 0)
    store<i64>(at - 72, load<i64>(at - 72) - q * C0)
    store<i64>(at - 64, load<i64>(at - 64) - q * C1)
    store<i64>(at - 56, load<i64>(at - 56) - q * C2)
    store<i64>(at - 48, load<i64>(at - 48) - q * C3)
    store<i64>(at - 40, load<i64>(at - 40) - q * C4)
  }
}

/** Adds L where `mask` is all ones, nothing where it is zero, and carries. */
function addL(mask: i64): void {
  store<i64>(COLUMNS, load<i64>(COLUMNS) + (mask & C0))
  store<i64>(COLUMNS, load<i64>(COLUMNS, 8) + (mask & C1), 8)
  store<i64>(COLUMNS, load<i64>(COLUMNS, 16) + (mask & C2), 16)
  store<i64>(COLUMNS, load<i64>(COLUMNS, 24) + (mask & C3), 24)
  store<i64>(COLUMNS, load<i64>(COLUMNS, 32) + (mask & C4), 32)
  store<i64>(COLUMNS, load<i64>(COLUMNS, 72) + (mask & 1), 72)
  carry(0, 8)
}

/**
 * COLUMNS modulo L, as 32 bytes. Takes a value V in [0, 2^513) in columns 0 to 18, each in [0, 2^60); column 19 is zero.
 * In time that does not depend on V.
 */
function reduceColumns(out: usize): void {
  carry(0, 17)
  // columns 0 to 17 < 2^28, column 18 < 2^9. Each column of the fold receives at most 5 products below 2^56 in size
  fold(18, 14)
  // V is in (-2^386, 2^392), so the carry into column 14 is -1 or 0
  carry(5, 13)
  // column 14 goes first and moves column 9 by less than 2^13: again at most 5 products below 2^57 a column
  fold(14, 9)
  // V is in (-2^266, 2^260): column 9 becomes its floor over 2^252, within 2^14
  carry(0, 8)
  fold(9, 9)
  // V is in (-2^134, 2^252 + 2^140): below 2 L, so that subtracting L once and adding it at most twice ends in [0, L)
  carry(0, 8)
  store<i64>(COLUMNS, load<i64>(COLUMNS) - C0)
  store<i64>(COLUMNS, load<i64>(COLUMNS, 8) - C1, 8)
  store<i64>(COLUMNS, load<i64>(COLUMNS, 16) - C2, 16)
  store<i64>(COLUMNS, load<i64>(COLUMNS, 24) - C3, 24)
  store<i64>(COLUMNS, load<i64>(COLUMNS, 32) - C4, 32)
  store<i64>(COLUMNS, load<i64>(COLUMNS, 72) - 1, 72)
  carry(0, 8)
  addL(load<i64>(COLUMNS, 72) >> 63)
  addL(load<i64>(COLUMNS, 72) >> 63)
  // each store writes one byte too many, which the next one replaces
  for (let i: usize = 0; i < 4; i++) {
    const at = COLUMNS + (i << 4)
    store<i64>(out + 7 * i, load<i64>(at) | (load<i64>(at, 8) << 28))
  }
  store<u32>(out, u32(load<i64>(COLUMNS, 64) | (load<i64>(COLUMNS, 72) << 28)), 28)
}

/** out (32 bytes) = x (64 bytes) mod L. */
export function scalarReduce(out: usize, x: usize): void {
  for (let i = 0; i < 18; i++) store<i64>(COLUMNS + (usize(i) << 3), limb(x, i))
  store<i64>(COLUMNS, i64(load<u8>(x, 63)), 144)
  store<i64>(COLUMNS, 0, 152)
  reduceColumns(out)
}

/** out = a * b + c mod L; all 32 bytes, of any value. `out` may be any of them. */
export function scalarMulAdd(out: usize, a: usize, b: usize, c: usize): void {
  unpack(LEFT, a)
  unpack(ADDEND, c)
  for (let i: usize = 0; i < 80; i += 8) store<i64>(COLUMNS + i, load<i64>(ADDEND + i))
  for (let i: usize = 80; i < 160; i += 8) store<i64>(COLUMNS + i, 0)
  const b0 = limb(b, 0)
  const b1 = limb(b, 1)
  const b2 = limb(b, 2)
  const b3 = limb(b, 3)
  const b4 = limb(b, 4)
  const b5 = limb(b, 5)
  const b6 = limb(b, 6)
  const b7 = limb(b, 7)
  const b8 = limb(b, 8)
  const b9 = i64(load<u8>(b, 31) >> 4)
  // a column receives at most 10 products below 2^56 and an addend below 2^28
  for (let i: usize = 0; i < 80; i += 8) {
    const x = load<i64>(LEFT + i)
    const at = COLUMNS + i
    store<i64>(at, load<i64>(at) + x * b0)
    store<i64>(at, load<i64>(at, 8) + x * b1, 8)
    store<i64>(at, load<i64>(at, 16) + x * b2, 16)
    store<i64>(at, load<i64>(at, 24) + x * b3, 24)
    store<i64>(at, load<i64>(at, 32) + x * b4, 32)
    store<i64>(at, load<i64>(at, 40) + x * b5, 40)
    store<i64>(at, load<i64>(at, 48) + x * b6, 48)
    store<i64>(at, load<i64>(at, 56) + x * b7, 56)
    store<i64>(at, load<i64>(at, 64) + x * b8, 64)
    store<i64>(at, load<i64>(at, 72) + x * b9, 72)
  }
  reduceColumns(out)
}

/** 1 if 32 bytes are a scalar below L, else 0. */
export function scalarIsCanonical(s: usize): i32 {
  for (let i: i32 = 24; i >= 0; i -= 8) {
    const x = load<u64>(s + usize(i))
    const bound = load<u64>(L_WORDS + usize(i))
    if (x != bound) return i32(x < bound)
  }
  return 0
}

/**
 * Writes s (32 bytes, below 2^255) as 64 digits of weight 16^i, each a signed byte in [-8, 8]. In time that does not depend on s.
 */
export function scalarDigits16(out: usize, s: usize): void {
  let c: i32 = 0
  for (let i: usize = 0; i < 32; i++) {
    const byte = i32(load<u8>(s + i))
    const low = (byte & 15) + c
    c = (low + 8) >> 4
    const high = (byte >> 4) + c
    store<i8>(out + 2 * i, low - (c << 4))
    // the last digit keeps what it has: at most 7, and 1 carried into it
    c = ((high + 8) >> 4) & i32(i != 31)
    store<i8>(out + 2 * i, high - (c << 4), 1)
  }
}

/**
 * Writes a public scalar (32 bytes, below 2^255) as 256 digits of weight 2^i: zero, or odd and below 2^(width - 1) in size, with at
 * least width - 1 zeros after each that is not. `sign`, 1 or -1, multiplies them. Returns the number of digits up to the highest that is
 * not zero.
 */
export function scalarSparseDigits(out: usize, s: usize, width: i32, sign: i32): i32 {
  // a call of memory.fill costs more than the stores
  for (let i: usize = 0; i < 256; i += 16) v128.store(out + i, i64x2.splat(0))
  let length = 0
  let carried: u64 = 0
  for (let i = 0; i < 256; ) {
    // the bytes after the scalar are not its own: load words within it and shift the rest in as zeros
    const at = min(i >> 3, 24)
    let word = load<u64>(s + usize(at)) >> (u64(i) - (u64(at) << 3))
    // skip what equals the carry: zeros, or ones that the carry turns into zeros; then 8 bits are left at least
    const run = i32(ctz(word ^ (0 - carried)))
    if (run > 48) {
      i += 48
      continue
    }
    word >>= u64(run)
    i += run
    let digit = i32(word & ((1 << width) - 1)) + i32(carried)
    carried = u64(digit >> (width - 1))
    digit -= i32(carried) << width
    store<i8>(out + usize(i), i8(digit * sign))
    length = i + 1
    i += width
  }
  return length
}
