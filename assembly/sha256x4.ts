/** FIPS 180-4 section 6.2: SHA-256 of four messages at a time, one in each 32-bit lane of the vectors. */
import { SCRATCH } from './memory'
import { SHA256_BLOCK } from './sha256'
import { SHA2_K, SHA512_INITIAL } from './sha512'

// SCRATCH + 0x400 to 0x480 and 0x800 to 0xc00; callers wipe both
export const SHA256X4_STATES = SCRATCH + 0x400 // 8 vectors: word i of the four states
const STATES = SHA256X4_STATES
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

/** t plus sum0(a) plus majority(a, b, c), where ab = a ^ b and bc = b ^ c. In this order: 229 ns a block on Node 24, 242 with the sum last. */
@inline function output(t: v128, a: v128, b: v128, ab: v128, bc: v128): v128 {
  return i32x4.add(i32x4.add(t, sum0(a)), v128.xor(b, v128.and(ab, bc)))
}

/** Computes the word of the schedule that comes 16 after the one at `w`. */
@inline function extend(w: usize): void {
  const early = i32x4.add(v128.load(w), sigma0(v128.load(w, 16)))
  v128.store(w, i32x4.add(early, i32x4.add(v128.load(w, 144), sigma1(v128.load(w, 224)))), 256)
}

/** Feeds `count` blocks to each of the four states. The schedule is computed beside the rounds; both are unrolled by eight. */
export function sha256x4Blocks(p0: usize, p1: usize, p2: usize, p3: usize, count: u32): void {
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

/** Initial states in all lanes. */
export function sha256x4Start(): void {
  for (let i: usize = 0; i < 8; i++) v128.store(STATES + 16 * i, v128.load32_splat(SHA512_INITIAL + 8 * i, 4))
}

/** Writes the states of all lanes as digests. */
export function sha256x4Digests(out0: usize, out1: usize, out2: usize, out3: usize): void {
  for (let i: usize = 0; i < 32; i += 16) {
    const words = STATES + 4 * i
    const w0 = swapped(v128.load(words))
    const w1 = swapped(v128.load(words, 16))
    const w2 = swapped(v128.load(words, 32))
    const w3 = swapped(v128.load(words, 48))
    const low01 = v128.shuffle<u32>(w0, w1, 0, 4, 1, 5)
    const low23 = v128.shuffle<u32>(w2, w3, 0, 4, 1, 5)
    const high01 = v128.shuffle<u32>(w0, w1, 2, 6, 3, 7)
    const high23 = v128.shuffle<u32>(w2, w3, 2, 6, 3, 7)
    v128.store(out0 + i, v128.shuffle<u64>(low01, low23, 0, 2))
    v128.store(out1 + i, v128.shuffle<u64>(low01, low23, 1, 3))
    v128.store(out2 + i, v128.shuffle<u64>(high01, high23, 0, 2))
    v128.store(out3 + i, v128.shuffle<u64>(high01, high23, 1, 3))
  }
}

/** Initial state in one lane. */
export function sha256x4StartLane(lane: usize): void {
  for (let i: usize = 0; i < 8; i++) store<u32>(STATES + 16 * i + 4 * lane, load<u32>(SHA512_INITIAL + 8 * i, 4))
}

/** Takes the state of one lane out of the vectors. */
export function sha256x4State(lane: usize, state: usize): void {
  for (let i: usize = 0; i < 8; i++) store<u32>(state + 4 * i, load<u32>(STATES + 16 * i + 4 * lane))
}
