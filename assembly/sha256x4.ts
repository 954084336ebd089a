/** FIPS 180-4 section 6.2: SHA-256 of many messages, four at a time, one in each 32-bit lane of the vectors. */
import { SCRATCH, wipe } from './memory'
import { SHA256_BLOCK, SHA256_WORDS, SHA256_WORDS_SIZE, sha256Blocks, sha256Digest } from './sha256'
import { SHA2_K, SHA512_INITIAL } from './sha512'

// SCRATCH + 0x400 to 0xc00: wiped as a whole by `sha256Many`
const STATES = SCRATCH + 0x400 // 8 vectors: word i of the four states
const LANES = SCRATCH + 0x480 // what each lane is at, 16 bytes each: address, blocks left, tail blocks to come, output
const STATE = SCRATCH + 0x4c0 // the state of a message that is finished alone
const TAILS = SCRATCH + 0x500 // the last, padded block or two of each lane
const TAIL_SIZE: usize = 128
const SCHEDULE = SCRATCH + 0x800 // 64 vectors
const SCHEDULE_SIZE: usize = 1024

@inline function rotated(x: v128, n: i32): v128 { return v128.or(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n)) }
@inline function sum0(x: v128): v128 { return v128.xor(v128.xor(rotated(x, 2), rotated(x, 13)), rotated(x, 22)) }
@inline function sum1(x: v128): v128 { return v128.xor(v128.xor(rotated(x, 6), rotated(x, 11)), rotated(x, 25)) }
@inline function sigma0(x: v128): v128 { return v128.xor(v128.xor(rotated(x, 7), rotated(x, 18)), i32x4.shr_u(x, 3)) }
@inline function sigma1(x: v128): v128 { return v128.xor(v128.xor(rotated(x, 17), rotated(x, 19)), i32x4.shr_u(x, 10)) }
@inline function choose(x: v128, y: v128, z: v128): v128 { return v128.xor(z, v128.and(x, v128.xor(y, z))) }
@inline function swapped(x: v128): v128 { return v128.shuffle<u8>(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12) }

/** h plus everything that depends on e, f and g only, the word and its constant (the upper half of SHA-512's) included. */
@inline function input(e: v128, f: v128, g: v128, h: v128, w: usize, k: usize): v128 {
  const word = i32x4.add(v128.load(w), v128.load32_splat(k, 4))
  return i32x4.add(i32x4.add(i32x4.add(h, word), choose(e, f, g)), sum1(e))
}

/** t plus sum0(a) plus majority(a, b, c), where ab = a ^ b and bc = b ^ c. */
@inline function output(t: v128, a: v128, b: v128, ab: v128, bc: v128): v128 {
  return i32x4.add(i32x4.add(t, v128.xor(b, v128.and(ab, bc))), sum0(a))
}

/** Computes the word of the schedule that comes 16 after the one at `w`. */
@inline function extend(w: usize): void {
  const early = i32x4.add(v128.load(w), sigma0(v128.load(w, 16)))
  v128.store(w, i32x4.add(early, i32x4.add(v128.load(w, 144), sigma1(v128.load(w, 224)))), 256)
}

/** Feeds `count` blocks to each of the four states. The schedule is computed beside the rounds; both are unrolled by eight. */
function blocks(p0: usize, p1: usize, p2: usize, p3: usize, count: u32): void {
  for (; count != 0; count--, p0 += SHA256_BLOCK, p1 += SHA256_BLOCK, p2 += SHA256_BLOCK, p3 += SHA256_BLOCK) {
    for (let i: usize = 0; i < SHA256_BLOCK; i += 16) {
      const m0 = v128.load(p0 + i)
      const m1 = v128.load(p1 + i)
      const m2 = v128.load(p2 + i)
      const m3 = v128.load(p3 + i)
      const low01 = v128.shuffle<u32>(m0, m1, 0, 4, 1, 5)
      const low23 = v128.shuffle<u32>(m2, m3, 0, 4, 1, 5)
      const high01 = v128.shuffle<u32>(m0, m1, 2, 6, 3, 7)
      const high23 = v128.shuffle<u32>(m2, m3, 2, 6, 3, 7)
      const w = SCHEDULE + 4 * i
      v128.store(w, swapped(v128.shuffle<u64>(low01, low23, 0, 2)))
      v128.store(w, swapped(v128.shuffle<u64>(low01, low23, 1, 3)), 16)
      v128.store(w, swapped(v128.shuffle<u64>(high01, high23, 0, 2)), 32)
      v128.store(w, swapped(v128.shuffle<u64>(high01, high23, 1, 3)), 48)
    }
    let a = v128.load(STATES)
    let b = v128.load(STATES, 16)
    let c = v128.load(STATES, 32)
    let d = v128.load(STATES, 48)
    let e = v128.load(STATES, 64)
    let f = v128.load(STATES, 80)
    let g = v128.load(STATES, 96)
    let h = v128.load(STATES, 112)
    let x = i64x2.splat(0)
    let y = v128.xor(b, c)
    let w = SCHEDULE
    let k = SHA2_K
    for (; w < SCHEDULE + 768; w += 128, k += 64) {
      h = input(e, f, g, h, w, k); d = i32x4.add(d, h); x = v128.xor(a, b); h = output(h, a, b, x, y); extend(w)
      g = input(d, e, f, g, w + 16, k + 8); c = i32x4.add(c, g); y = v128.xor(h, a); g = output(g, h, a, y, x); extend(w + 16)
      f = input(c, d, e, f, w + 32, k + 16); b = i32x4.add(b, f); x = v128.xor(g, h); f = output(f, g, h, x, y); extend(w + 32)
      e = input(b, c, d, e, w + 48, k + 24); a = i32x4.add(a, e); y = v128.xor(f, g); e = output(e, f, g, y, x); extend(w + 48)
      d = input(a, b, c, d, w + 64, k + 32); h = i32x4.add(h, d); x = v128.xor(e, f); d = output(d, e, f, x, y); extend(w + 64)
      c = input(h, a, b, c, w + 80, k + 40); g = i32x4.add(g, c); y = v128.xor(d, e); c = output(c, d, e, y, x); extend(w + 80)
      b = input(g, h, a, b, w + 96, k + 48); f = i32x4.add(f, b); x = v128.xor(c, d); b = output(b, c, d, x, y); extend(w + 96)
      a = input(f, g, h, a, w + 112, k + 56); e = i32x4.add(e, a); y = v128.xor(b, c); a = output(a, b, c, y, x); extend(w + 112)
    }
    for (; w < SCHEDULE + SCHEDULE_SIZE; w += 128, k += 64) {
      h = input(e, f, g, h, w, k); d = i32x4.add(d, h); x = v128.xor(a, b); h = output(h, a, b, x, y)
      g = input(d, e, f, g, w + 16, k + 8); c = i32x4.add(c, g); y = v128.xor(h, a); g = output(g, h, a, y, x)
      f = input(c, d, e, f, w + 32, k + 16); b = i32x4.add(b, f); x = v128.xor(g, h); f = output(f, g, h, x, y)
      e = input(b, c, d, e, w + 48, k + 24); a = i32x4.add(a, e); y = v128.xor(f, g); e = output(e, f, g, y, x)
      d = input(a, b, c, d, w + 64, k + 32); h = i32x4.add(h, d); x = v128.xor(e, f); d = output(d, e, f, x, y)
      c = input(h, a, b, c, w + 80, k + 40); g = i32x4.add(g, c); y = v128.xor(d, e); c = output(c, d, e, y, x)
      b = input(g, h, a, b, w + 96, k + 48); f = i32x4.add(f, b); x = v128.xor(c, d); b = output(b, c, d, x, y)
      a = input(f, g, h, a, w + 112, k + 56); e = i32x4.add(e, a); y = v128.xor(b, c); a = output(a, b, c, y, x)
    }
    v128.store(STATES, i32x4.add(v128.load(STATES), a))
    v128.store(STATES, i32x4.add(v128.load(STATES, 16), b), 16)
    v128.store(STATES, i32x4.add(v128.load(STATES, 32), c), 32)
    v128.store(STATES, i32x4.add(v128.load(STATES, 48), d), 48)
    v128.store(STATES, i32x4.add(v128.load(STATES, 64), e), 64)
    v128.store(STATES, i32x4.add(v128.load(STATES, 80), f), 80)
    v128.store(STATES, i32x4.add(v128.load(STATES, 96), g), 96)
    v128.store(STATES, i32x4.add(v128.load(STATES, 112), h), 112)
  }
}

// Fields of a lane
const ADDRESS: usize = 0
const LEFT: usize = 4
const TAIL_BLOCKS: usize = 8
const OUTPUT: usize = 12

/** Gives a lane its next message. Reads up to 64 bytes behind the message, which do not matter. */
function begin(lane: usize, p: usize, n: usize, out: usize): void {
  const at = LANES + 16 * lane
  const tail = TAILS + TAIL_SIZE * lane
  const full = n / SHA256_BLOCK
  const rest = n % SHA256_BLOCK
  const from = p + n - rest
  const limit = i8x16.splat(<i8>rest)
  let index = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  for (let i: usize = 0; i < SHA256_BLOCK; i += 16) {
    v128.store(tail + i, v128.and(v128.load(from + i), i8x16.lt_u(index, limit)))
    v128.store(tail + i, i64x2.splat(0), SHA256_BLOCK)
    index = i8x16.add(index, i8x16.splat(16))
  }
  const tailBlocks: usize = rest < 56 ? 1 : 2
  store<u8>(tail + rest, 0x80)
  store<u64>(tail + tailBlocks * SHA256_BLOCK - 8, bswap<u64>(<u64>n << 3))
  for (let i: usize = 0; i < 8; i++) store<u32>(STATES + 16 * i + 4 * lane, load<u32>(SHA512_INITIAL + 8 * i, 4))
  store<u32>(at, full != 0 ? p : tail, ADDRESS)
  store<u32>(at, full != 0 ? full : tailBlocks, LEFT)
  store<u32>(at, full != 0 ? tailBlocks : 0, TAIL_BLOCKS)
  store<u32>(at, out, OUTPUT)
}

/** Takes the state of one lane out of the vectors. */
function extract(lane: usize): void {
  for (let i: usize = 0; i < 8; i++) store<u32>(STATE + 4 * i, load<u32>(STATES + 16 * i + 4 * lane))
}

/** After `run` blocks in all lanes: moves a lane on to its tail. True where its message is done. */
function advance(lane: usize, run: u32): bool {
  const at = LANES + 16 * lane
  const left = load<u32>(at, LEFT) - run
  store<u32>(at, load<u32>(at, ADDRESS) + run * <u32>SHA256_BLOCK, ADDRESS)
  store<u32>(at, left, LEFT)
  if (left != 0) return false
  const tailBlocks = load<u32>(at, TAIL_BLOCKS)
  if (tailBlocks == 0) return true
  store<u32>(at, TAILS + TAIL_SIZE * lane, ADDRESS)
  store<u32>(at, tailBlocks, LEFT)
  store<u32>(at, 0, TAIL_BLOCKS)
  return false
}

/**
 * Digests of `count` messages at `out`, `outStride` bytes apart. Message i is at the address and of the length, u32 each, at
 * `spans + 8 * i`; 64 bytes behind the last one must be memory. Four messages run at a time whatever their lengths: a lane whose
 * message is done takes the next one. Where there is no fourth message any more the others are finished one by one.
 */
export function sha256Many(count: usize, spans: usize, out: usize, outStride: usize): void {
  let taken: usize = 0
  let live: usize = 0
  for (; live < 4 && taken < count; live++, taken++) {
    begin(live, load<usize>(spans + 8 * taken), load<usize>(spans + 8 * taken, 4), out + outStride * taken)
  }
  while (live == 4) {
    const run = min(
      min(load<u32>(LANES, LEFT), load<u32>(LANES, 16 + LEFT)),
      min(load<u32>(LANES, 32 + LEFT), load<u32>(LANES, 48 + LEFT)),
    )
    blocks(load<u32>(LANES), load<u32>(LANES, 16), load<u32>(LANES, 32), load<u32>(LANES, 48), run)
    for (let lane: usize = 0; lane < 4; lane++) {
      if (!advance(lane, run)) continue
      extract(lane)
      sha256Digest(STATE, load<u32>(LANES + 16 * lane, OUTPUT))
      store<u32>(LANES + 16 * lane, 0, OUTPUT)
      if (taken == count) {
        live--
        continue
      }
      begin(lane, load<usize>(spans + 8 * taken), load<usize>(spans + 8 * taken, 4), out + outStride * taken)
      taken++
    }
  }
  for (let lane: usize = 0; lane < 4; lane++) {
    const at = LANES + 16 * lane
    const output = load<u32>(at, OUTPUT)
    if (output == 0) continue
    extract(lane)
    sha256Blocks(STATE, load<u32>(at, ADDRESS), load<u32>(at, LEFT))
    sha256Blocks(STATE, TAILS + TAIL_SIZE * lane, load<u32>(at, TAIL_BLOCKS))
    sha256Digest(STATE, output)
  }
  wipe(SHA256_WORDS, SHA256_WORDS_SIZE)
  wipe(STATES, SCRATCH + 0xc00 - STATES)
}
