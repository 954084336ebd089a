/** RFC 8439 section 2.5, Poly1305, for messages of whole 16-byte blocks, which is all that the AEAD construction feeds it. */
import { SCRATCH } from './memory'

// The accumulator h and the key r are in radix 2^32. Clamping makes every word of r smaller than 2^28 and r1, r2, r3 multiples
// of 4, so that 2^128 r[i] = 2^130 (r[i] / 4) = 5 (r[i] / 4) mod 2^130 - 5 is exact, and sums of five 64-bit products fit.
//
// Invariant between blocks: h = h0 + 2^32 h1 + 2^64 h2 + 2^96 h3 + 2^128 h4 with h0 .. h3 < 2^32 and h4 <= 5.

// SCRATCH + 0x2a40 .. 0x2aa0: words are 8 bytes wide. Shared with nobody.
const R: usize = SCRATCH + 0x2a40 // r0 .. r3
const H: usize = SCRATCH + 0x2a60 // h0 .. h4
const PAD: usize = SCRATCH + 0x2a90 // s, 16 bytes

const LOW: u64 = 0xffffffff

/** Takes the 32-byte one-time key. */
export function poly1305Start(key: usize): void {
  store<u64>(R, <u64>load<u32>(key) & 0x0fffffff)
  store<u64>(R, <u64>load<u32>(key, 4) & 0x0ffffffc, 8)
  store<u64>(R, <u64>load<u32>(key, 8) & 0x0ffffffc, 16)
  store<u64>(R, <u64>load<u32>(key, 12) & 0x0ffffffc, 24)
  memory.fill(H, 0, 40)
  v128.store(PAD, v128.load(key, 16))
}

/** Absorbs `count` blocks of 16 bytes. */
export function poly1305Blocks(at: usize, count: usize): void {
  const r0 = load<u64>(R)
  const r1 = load<u64>(R, 8)
  const r2 = load<u64>(R, 16)
  const r3 = load<u64>(R, 24)
  // q[i] = 5 (r[i] / 4) <= 5 * (2^26 - 1) < 1.25 * 2^28; what the division leaves of r0 stays at 2^128
  const q0 = (r0 >> 2) * 5
  const q1 = (r1 >> 2) * 5
  const q2 = (r2 >> 2) * 5
  const q3 = (r3 >> 2) * 5
  const rest = r0 & 3
  let h0 = load<u64>(H)
  let h1 = load<u64>(H, 8)
  let h2 = load<u64>(H, 16)
  let h3 = load<u64>(H, 24)
  let h4 = load<u64>(H, 32)

  for (const end = at + (count << 4); at < end; at += 16) {
    // s0 .. s3 <= 2^33 - 2, s4 <= 6
    const s0 = h0 + <u64>load<u32>(at)
    const s1 = h1 + <u64>load<u32>(at, 4)
    const s2 = h2 + <u64>load<u32>(at, 8)
    const s3 = h3 + <u64>load<u32>(at, 12)
    const s4 = h4 + 1
    // x0, the largest: at most 2^33 * 2^28 * (1 + 3 * 1.25) + 6 * 1.25 * 2^28 < 2^63.3; x4 <= 18
    const x0 = s0 * r0 + s1 * q3 + s2 * q2 + s3 * q1 + s4 * q0
    const x1 = s0 * r1 + s1 * r0 + s2 * q3 + s3 * q2 + s4 * q1
    const x2 = s0 * r2 + s1 * r1 + s2 * r0 + s3 * q3 + s4 * q2
    const x3 = s0 * r3 + s1 * r2 + s2 * r1 + s3 * r0 + s4 * q3
    const x4 = s4 * rest + (x3 >> 32)
    // x4 < 2^32: u0 < 2^32 + 1.25 * 2^32, so it carries at most 2; then u1, u2, u3 <= 2^33 carry at most 2 each
    const u0 = (x0 & LOW) + (x4 >> 2) * 5
    const u1 = (x1 & LOW) + (x0 >> 32) + (u0 >> 32)
    const u2 = (x2 & LOW) + (x1 >> 32) + (u1 >> 32)
    const u3 = (x3 & LOW) + (x2 >> 32) + (u2 >> 32)
    h0 = u0 & LOW
    h1 = u1 & LOW
    h2 = u2 & LOW
    h3 = u3 & LOW
    h4 = (x4 & 3) + (u3 >> 32) // at most 3 + 2
  }

  store<u64>(H, h0)
  store<u64>(H, h1, 8)
  store<u64>(H, h2, 16)
  store<u64>(H, h3, 24)
  store<u64>(H, h4, 32)
}

/** Writes the 16-byte tag. */
export function poly1305Tag(out: usize): void {
  const h0 = load<u64>(H)
  const h1 = load<u64>(H, 8)
  const h2 = load<u64>(H, 16)
  const h3 = load<u64>(H, 24)
  const h4 = load<u64>(H, 32)
  // h < 6 * 2^128 = 1.5 * 2^130, so h is at most one modulus too large, and it is where h + 5 reaches 2^130
  let carry = (h0 + 5) >> 32
  carry = (h1 + carry) >> 32
  carry = (h2 + carry) >> 32
  carry = (h3 + carry) >> 32
  const excess = (h4 + carry) >> 2
  // h - excess * (2^130 - 5) + s mod 2^128
  let sum = h0 + 5 * excess + <u64>load<u32>(PAD)
  store<u32>(out, <u32>sum)
  sum = h1 + <u64>load<u32>(PAD, 4) + (sum >> 32)
  store<u32>(out, <u32>sum, 4)
  sum = h2 + <u64>load<u32>(PAD, 8) + (sum >> 32)
  store<u32>(out, <u32>sum, 8)
  sum = h3 + <u64>load<u32>(PAD, 12) + (sum >> 32)
  store<u32>(out, <u32>sum, 12)
}
