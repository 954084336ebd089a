/** FIPS 197, AES-128 and AES-256 encryption, bitsliced: eight blocks at a time, no tables, no branch or address on secrets. */
import { SCRATCH } from './memory'

// Eight blocks become eight planes of 16 bytes. Plane b holds bit b of every byte of the state: its byte p belongs to byte p of the
// state, and bit k of that byte to block k. Byte p is counted by rows, p = 4 * row + column, unlike the column order of FIPS 197:
// then a row is a 32-bit lane, MixColumns turns whole lanes and ShiftRows turns bytes within their lane.
// A round key is the same for all blocks: each byte of its planes is 0x00 or 0xff.

// SCRATCH + 0x2000 .. 0x2780: planes of up to 15 round keys. Shared with nobody.
const ROUND_KEYS: usize = SCRATCH + 0x2000
const PLANES: usize = 128

/** Bytes that one call of `aesEncrypt` turns over. */
export const AES_BATCH: usize = PLANES

/** Rounds for a key of 16 or 32 bytes. */
@inline
export function aesRounds(keyLength: i32): i32 {
  return 6 + (keyLength >> 2)
}

/** FIPS 197 section 5.2: writes the round keys of a key of 16 or 32 bytes. `work`: 128 bytes of scratch. */
export function aesExpandKey(key: usize, keyLength: i32, work: usize): void {
  sliceKey(key, ROUND_KEYS)
  if (keyLength == 32) sliceKey(key + 16, ROUND_KEYS + PLANES)
  const given = keyLength >> 4
  const last = aesRounds(keyLength)
  let constant = 1
  for (let round = given; round <= last; round++) {
    const out = ROUND_KEYS + <usize>round * PLANES
    memory.copy(work, out - PLANES, PLANES)
    subBytes(work)
    // a 256-bit key takes every second round key from S-boxes alone, without the turn of the word and the round constant
    const turned = given == 1 || (round & 1) == 0
    chainColumns(out, out - <usize>given * PLANES, work, turned)
    if (turned) {
      addToFirstRow(out, constant)
      constant = (constant << 1) ^ (-(constant >> 7) & 0x11b)
    }
  }
}

/** Encrypts eight blocks in place with the round keys of `aesExpandKey`. */
export function aesEncrypt(blocks: usize, rounds: i32): void {
  slice(blocks)
  for (let i: usize = 0; i < PLANES; i += 16) {
    v128.store(blocks + i, v128.xor(v128.load(blocks + i), v128.load(ROUND_KEYS + i)))
  }
  let key = ROUND_KEYS + PLANES
  for (let round = 1; round < rounds; round++) {
    subBytes(blocks)
    shiftAndMix(blocks, key)
    key += PLANES
  }
  subBytes(blocks)
  for (let i: usize = 0; i < PLANES; i += 16) {
    v128.store(blocks + i, v128.xor(shiftRows(v128.load(blocks + i)), v128.load(key + i)))
  }
  slice(blocks)
}

/** From columns to rows; its own inverse. */
@inline
function byRows(x: v128): v128 {
  return v128.shuffle<i8>(x, x, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)
}

/** Turns eight blocks into planes, or planes into blocks: an 8 x 8 bit transposition for every byte, its own inverse. */
function slice(at: usize): void {
  for (let i: usize = 0; i < PLANES; i += 16) v128.store(at + i, byRows(v128.load(at + i)))
  exchange(at, 16, 1, i8x16.splat(0x55))
  exchange(at, 32, 2, i8x16.splat(0x33))
  exchange(at, 64, 4, i8x16.splat(0x0f))
}

/** In pairs of vectors that are `distance` apart: exchanges the bits outside of `mask` of the first with those in `mask` of the second. */
@inline
function exchange(at: usize, distance: usize, bits: i32, mask: v128): void {
  for (let i: usize = 0; i < PLANES; i += 16) {
    if ((i & distance) != 0) continue
    const first = v128.load(at + i)
    const second = v128.load(at + i + distance)
    const change = v128.and(v128.xor(i64x2.shr_u(first, bits), second), mask)
    v128.store(at + i, v128.xor(first, i64x2.shl(change, bits)))
    v128.store(at + i + distance, v128.xor(second, change))
  }
}

/** Planes of 16 bytes of a key, the same in all eight blocks. */
function sliceKey(key: usize, out: usize): void {
  const rows = byRows(v128.load(key))
  for (let bit = 0; bit < 8; bit++) {
    const plane = i8x16.ne(v128.and(rows, i8x16.splat(<i8>1 << <i8>bit)), i8x16.splat(0))
    v128.store(out + (<usize>bit << 4), plane)
  }
}

/** Each word of the new round key is the word before it plus the word of `old` in its place; the first starts from the last word of `substituted`. */
@inline
function chainColumns(out: usize, old: usize, substituted: usize, turned: bool): void {
  for (let i: usize = 0; i < PLANES; i += 16) {
    // bytes are 0x00 or 0xff, so the sign of a lane is its last column: spread it over all columns
    let word = i32x4.shr_s(v128.load(substituted + i), 31)
    if (turned) word = v128.shuffle<i32>(word, word, 1, 2, 3, 0)
    let sums = v128.load(old + i)
    sums = v128.xor(sums, i32x4.shl(sums, 8))
    sums = v128.xor(sums, i32x4.shl(sums, 16))
    v128.store(out + i, v128.xor(sums, word))
  }
}

/** Adds a public byte to the first row of a round key, in all columns and blocks. */
@inline
function addToFirstRow(planes: usize, byte: i32): void {
  for (let bit = 0; bit < 8; bit++) {
    const plane = planes + (<usize>bit << 4)
    store<i32>(plane, load<i32>(plane) ^ -((byte >> bit) & 1))
  }
}

/** FIPS 197 section 5.1.2 on one plane: row r turns left by r bytes. */
@inline
function shiftRows(x: v128): v128 {
  return v128.shuffle<i8>(x, x, 0, 1, 2, 3, 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14)
}

/** ShiftRows, MixColumns and AddRoundKey. A new byte of row r is 2 (a[r] + a[r+1]) + a[r+1] + (a[r+2] + a[r+3]). */
function shiftAndMix(at: usize, key: usize): void {
  // doubling moves the sums one plane up and adds the top one to planes 0, 1, 3 and 4 (x^8 = x^4 + x^3 + x + 1)
  const x = shiftRows(v128.load(at, 112))
  const top = v128.xor(x, nextRow(x))
  let sum = mixPlane(at, key, top)
  sum = mixPlane(at + 16, key + 16, v128.xor(sum, top))
  sum = mixPlane(at + 32, key + 32, sum)
  sum = mixPlane(at + 48, key + 48, v128.xor(sum, top))
  sum = mixPlane(at + 64, key + 64, v128.xor(sum, top))
  sum = mixPlane(at + 80, key + 80, sum)
  sum = mixPlane(at + 96, key + 96, sum)
  mixPlane(at + 112, key + 112, sum)
}

@inline
function nextRow(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 1, 2, 3, 0)
}

/** One plane of `shiftAndMix`; returns its sums a[r] + a[r+1]. */
@inline
function mixPlane(at: usize, key: usize, doubled: v128): v128 {
  const x = shiftRows(v128.load(at))
  const next = nextRow(x)
  const sum = v128.xor(x, next)
  const far = v128.shuffle<i32>(sum, sum, 2, 3, 0, 1)
  v128.store(at, v128.xor(v128.xor(doubled, next), v128.xor(far, v128.load(key))))
  return sum
}

/**
 * FIPS 197 section 5.1.1 on eight planes in place: 32 AND, 83 XOR and XNOR (Boyar and Peralta, 2010). A linear layer leads into GF(((2^2)^2)^2),
 * where the inverse costs little; a second one leads back and includes the affine map. The name of a value tells where it lives.
 */
export function subBytes(at: usize): void {
  const x7 = v128.load(at)
  const x6 = v128.load(at, 16)
  const x5 = v128.load(at, 32)
  const x4 = v128.load(at, 48)
  const x3 = v128.load(at, 64)
  const x2 = v128.load(at, 80)
  const x1 = v128.load(at, 96)
  const x0 = v128.load(at, 112)

  // into the tower: the operands of the nine first products and, later, of the eighteen last
  const b14 = v128.xor(x3, x5)
  const b13 = v128.xor(x0, x6)
  const b9 = v128.xor(x0, x3)
  const b8 = v128.xor(x0, x5)
  const both = v128.xor(x1, x2)
  const b1 = v128.xor(both, x7)
  const b4 = v128.xor(b1, x3)
  const b12 = v128.xor(b13, b14)
  const b2 = v128.xor(b1, x0)
  const b5 = v128.xor(b1, x6)
  const b3 = v128.xor(b5, b8)
  const part = v128.xor(x4, b12)
  const b15 = v128.xor(part, x5)
  const b20 = v128.xor(part, x1)
  const b6 = v128.xor(b15, x7)
  const b10 = v128.xor(b15, both)
  const b11 = v128.xor(b20, b9)
  const b7 = v128.xor(x7, b11)
  const b17 = v128.xor(b10, b11)
  const b19 = v128.xor(b10, b8)
  const b16 = v128.xor(both, b11)
  const b21 = v128.xor(b13, b16)
  const b18 = v128.xor(x0, b16)

  // GF(2^8) to GF(2^4): four bits n of the norm
  const p0 = v128.and(b12, b15)
  const p1 = v128.xor(v128.and(b3, b6), p0)
  const p2 = v128.xor(v128.and(b4, x7), p0)
  const p3 = v128.and(b13, b16)
  const p4 = v128.xor(v128.and(b5, b1), p3)
  const p5 = v128.xor(v128.and(b2, b7), p3)
  const p6 = v128.and(b9, b11)
  const p7 = v128.xor(v128.and(b14, b17), p6)
  const p8 = v128.xor(v128.and(b8, b10), p6)
  const n0 = v128.xor(v128.xor(p1, p7), b20)
  const n1 = v128.xor(v128.xor(p2, p8), b19)
  const n2 = v128.xor(v128.xor(p4, p7), b21)
  const n3 = v128.xor(v128.xor(p5, p8), b18)

  // the inverse v of the norm in GF(2^4)
  const n01 = v128.xor(n0, n1)
  const n23 = v128.xor(n2, n3)
  const c02 = v128.and(n0, n2)
  const d3 = v128.xor(n3, c02)
  const d1 = v128.xor(n1, c02)
  const v1 = v128.xor(v128.and(n01, d3), n1)
  const v3 = v128.xor(v128.and(d1, n23), n3)
  const e = v128.and(n3, v128.xor(d3, v3))
  const v2 = v128.xor(v128.xor(n2, v3), e)
  const v0 = v128.xor(n01, v128.and(v1, v128.xor(d3, e)))
  const v02 = v128.xor(v0, v2)
  const v13 = v128.xor(v1, v3)
  const v01 = v128.xor(v1, v0)
  const v23 = v128.xor(v3, v2)
  const v0123 = v128.xor(v13, v02)

  // times the conjugate: eighteen products
  const m0 = v128.and(v23, b15)
  const m1 = v128.and(v2, b6)
  const m2 = v128.and(v3, x7)
  const m3 = v128.and(v01, b16)
  const m4 = v128.and(v0, b1)
  const m5 = v128.and(v1, b7)
  const m6 = v128.and(v13, b11)
  const m7 = v128.and(v0123, b17)
  const m8 = v128.and(v02, b10)
  const m9 = v128.and(v23, b12)
  const m10 = v128.and(v2, b3)
  const m11 = v128.and(v3, b4)
  const m12 = v128.and(v01, b13)
  const m13 = v128.and(v0, b5)
  const m14 = v128.and(v1, b2)
  const m15 = v128.and(v13, b9)
  const m16 = v128.and(v0123, b14)
  const m17 = v128.and(v02, b8)

  // out of the tower, and the affine map; the constant 0x63 makes the four XNORs
  const l0 = v128.xor(m15, m16)
  const l1 = v128.xor(m10, m11)
  const l2 = v128.xor(m5, m13)
  const l3 = v128.xor(m9, m10)
  const l4 = v128.xor(m2, m12)
  const l5 = v128.xor(m2, m5)
  const l6 = v128.xor(m7, m8)
  const l7 = v128.xor(m0, m3)
  const l8 = v128.xor(m6, m7)
  const l9 = v128.xor(m16, m17)
  const l10 = v128.xor(m12, l2)
  const l11 = v128.xor(l4, l7)
  const l12 = v128.xor(m4, l0)
  const l13 = v128.xor(m3, l8)
  const l14 = v128.xor(l0, l11)
  const l15 = v128.xor(m14, l11)
  const l16 = v128.xor(l6, l12)
  const l17 = v128.xor(l3, l12)
  const l18 = v128.xor(m4, l13)
  const l19 = v128.xor(l15, l16)
  const l20 = v128.xor(m1, l17)
  const s3 = v128.xor(l7, l20)
  v128.store(at, v128.not(v128.xor(l2, l14)))
  v128.store(at, v128.not(v128.xor(l10, l16)), 16)
  v128.store(at, v128.xor(l1, l19), 32)
  v128.store(at, v128.xor(l5, l20), 48)
  v128.store(at, s3, 64)
  v128.store(at, v128.not(v128.xor(l9, v128.xor(l18, l19))), 80)
  v128.store(at, v128.not(v128.xor(l18, s3)), 96)
  v128.store(at, v128.xor(l13, l17), 112)
}
