/** RFC 8439 section 2.3, the ChaCha20 block function: four consecutive blocks at a time, one in each 32-bit lane. */
import { SCRATCH } from './memory'

// SCRATCH + 0x2a00 .. 0x2a40: the sixteen input words of the next block. Shared with nobody.
const INPUT: usize = SCRATCH + 0x2a00

/** Bytes that one call of `chacha20Blocks` produces. */
export const CHACHA20_BATCH: usize = 256

/** Sets key (32 bytes) and nonce (12 bytes); the block counter starts at 0. */
export function chacha20Start(key: usize, nonce: usize): void {
  v128.store(INPUT, i32x4(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574))
  v128.store(INPUT, v128.load(key), 16)
  v128.store(INPUT, v128.load(key, 16), 32)
  store<u32>(INPUT, 0, 48)
  store<u32>(INPUT, load<u32>(nonce), 52)
  store<u64>(INPUT, load<u64>(nonce, 4), 56)
}

/** Writes the next four blocks to `out` and advances the counter by four. */
export function chacha20Blocks(out: usize): void {
  let a0 = v128.load32_splat(INPUT, 0)
  let a1 = v128.load32_splat(INPUT, 4)
  let a2 = v128.load32_splat(INPUT, 8)
  let a3 = v128.load32_splat(INPUT, 12)
  let b0 = v128.load32_splat(INPUT, 16)
  let b1 = v128.load32_splat(INPUT, 20)
  let b2 = v128.load32_splat(INPUT, 24)
  let b3 = v128.load32_splat(INPUT, 28)
  let c0 = v128.load32_splat(INPUT, 32)
  let c1 = v128.load32_splat(INPUT, 36)
  let c2 = v128.load32_splat(INPUT, 40)
  let c3 = v128.load32_splat(INPUT, 44)
  let d0 = counters()
  let d1 = v128.load32_splat(INPUT, 52)
  let d2 = v128.load32_splat(INPUT, 56)
  let d3 = v128.load32_splat(INPUT, 60)

  for (let i = 0; i < 10; i++) {
    // columns
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3)
    d0 = xorLeft16(d0, a0); d1 = xorLeft16(d1, a1); d2 = xorLeft16(d2, a2); d3 = xorLeft16(d3, a3)
    c0 = i32x4.add(c0, d0); c1 = i32x4.add(c1, d1); c2 = i32x4.add(c2, d2); c3 = i32x4.add(c3, d3)
    b0 = xorLeft(b0, c0, 12); b1 = xorLeft(b1, c1, 12); b2 = xorLeft(b2, c2, 12); b3 = xorLeft(b3, c3, 12)
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3)
    d0 = xorLeft8(d0, a0); d1 = xorLeft8(d1, a1); d2 = xorLeft8(d2, a2); d3 = xorLeft8(d3, a3)
    c0 = i32x4.add(c0, d0); c1 = i32x4.add(c1, d1); c2 = i32x4.add(c2, d2); c3 = i32x4.add(c3, d3)
    b0 = xorLeft(b0, c0, 7); b1 = xorLeft(b1, c1, 7); b2 = xorLeft(b2, c2, 7); b3 = xorLeft(b3, c3, 7)
    // diagonals
    a0 = i32x4.add(a0, b1); a1 = i32x4.add(a1, b2); a2 = i32x4.add(a2, b3); a3 = i32x4.add(a3, b0)
    d3 = xorLeft16(d3, a0); d0 = xorLeft16(d0, a1); d1 = xorLeft16(d1, a2); d2 = xorLeft16(d2, a3)
    c2 = i32x4.add(c2, d3); c3 = i32x4.add(c3, d0); c0 = i32x4.add(c0, d1); c1 = i32x4.add(c1, d2)
    b1 = xorLeft(b1, c2, 12); b2 = xorLeft(b2, c3, 12); b3 = xorLeft(b3, c0, 12); b0 = xorLeft(b0, c1, 12)
    a0 = i32x4.add(a0, b1); a1 = i32x4.add(a1, b2); a2 = i32x4.add(a2, b3); a3 = i32x4.add(a3, b0)
    d3 = xorLeft8(d3, a0); d0 = xorLeft8(d0, a1); d1 = xorLeft8(d1, a2); d2 = xorLeft8(d2, a3)
    c2 = i32x4.add(c2, d3); c3 = i32x4.add(c3, d0); c0 = i32x4.add(c0, d1); c1 = i32x4.add(c1, d2)
    b1 = xorLeft(b1, c2, 7); b2 = xorLeft(b2, c3, 7); b3 = xorLeft(b3, c0, 7); b0 = xorLeft(b0, c1, 7)
  }

  storeWords(out, 0, a0, a1, a2, a3, v128.load32_splat(INPUT, 0))
  storeWords(out, 16, b0, b1, b2, b3, v128.load32_splat(INPUT, 16))
  storeWords(out, 32, c0, c1, c2, c3, v128.load32_splat(INPUT, 32))
  storeWords(out, 48, d0, d1, d2, d3, counters())
  store<u32>(INPUT, load<u32>(INPUT, 48) + 4, 48)
}

/** Word 12 of the four blocks. */
@inline
function counters(): v128 {
  return i32x4.add(v128.load32_splat(INPUT, 48), i32x4(0, 1, 2, 3))
}

@inline
function xorLeft(x: v128, y: v128, bits: i32): v128 {
  const z = v128.xor(x, y)
  return v128.or(i32x4.shl(z, bits), i32x4.shr_u(z, 32 - bits))
}

@inline
function xorLeft16(x: v128, y: v128): v128 {
  const z = v128.xor(x, y)
  return v128.shuffle<i16>(z, z, 1, 0, 3, 2, 5, 4, 7, 6)
}

@inline
function xorLeft8(x: v128, y: v128): v128 {
  const z = v128.xor(x, y)
  return v128.shuffle<i8>(z, z, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14)
}

/** Adds four input words to four words of each block and stores them, `offset` bytes into the blocks. `first` is the splat of the first input word. */
@inline
function storeWords(out: usize, offset: usize, w0: v128, w1: v128, w2: v128, w3: v128, first: v128): void {
  const x0 = i32x4.add(w0, first)
  const x1 = i32x4.add(w1, v128.load32_splat(INPUT + offset, 4))
  const x2 = i32x4.add(w2, v128.load32_splat(INPUT + offset, 8))
  const x3 = i32x4.add(w3, v128.load32_splat(INPUT + offset, 12))
  // lanes are blocks: transpose, so that lanes are words
  const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5)
  const low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5)
  const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7)
  const high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7)
  v128.store(out + offset, v128.shuffle<i64>(low01, low23, 0, 2))
  v128.store(out + offset, v128.shuffle<i64>(low01, low23, 1, 3), 64)
  v128.store(out + offset, v128.shuffle<i64>(high01, high23, 0, 2), 128)
  v128.store(out + offset, v128.shuffle<i64>(high01, high23, 1, 3), 192)
}
