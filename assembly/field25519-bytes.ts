/** RFC 7748 section 5, RFC 8032 section 5.1.2: field elements as 32 bytes, little-endian. Representation: field25519.ts. */
import { loadLimb, storeLimb } from './field25519-dispatch'
import { SCRATCH } from './memory'

const MASK: i64 = 0x7ffffffffffff // 2^51 - 1
const ENCODED: usize = SCRATCH + 0x17e0 // 32 bytes

/**
 * Lane `lane` of `o` from 32 bytes, bit 255 ignored, any value of 0 .. 2^255 - 1; the other lane stays. Reduced: limbs are centred in
 * the FMA module, -2^50 <= limb < 2^50 + 19, and unsigned in the integer module.
 */
export function fromBytes(o: usize, lane: usize, p: usize): void {
  const w0 = load<u64>(p), w1 = load<u64>(p, 8), w2 = load<u64>(p, 16), w3 = load<u64>(p, 24)
  let l0 = i64(w0) & MASK
  let l1 = i64((w0 >> 51) | (w1 << 13)) & MASK
  let l2 = i64((w1 >> 38) | (w2 << 26)) & MASK
  let l3 = i64((w2 >> 25) | (w3 << 39)) & MASK
  let l4 = i64(w3 >> 12) & MASK
  if (ASC_FEATURE_RELAXED_SIMD) {
    // a carry is 0 or 1
    const half: i64 = 1 << 50
    const c0 = (l0 + half) >> 51, c1 = (l1 + half) >> 51, c2 = (l2 + half) >> 51, c3 = (l3 + half) >> 51, c4 = (l4 + half) >> 51
    l0 += 19 * c4 - (c0 << 51)
    l1 += c0 - (c1 << 51)
    l2 += c1 - (c2 << 51)
    l3 += c2 - (c3 << 51)
    l4 += c3 - (c4 << 51)
  }
  storeLimb(o, 0, lane, l0)
  storeLimb(o, 1, lane, l1)
  storeLimb(o, 2, lane, l2)
  storeLimb(o, 3, lane, l3)
  storeLimb(o, 4, lane, l4)
}

/** The canonical encoding, below p, of lane `lane` of a reduced element. */
export function toBytes(p: usize, a: usize, lane: usize): void {
  // plus 2 p, so that every limb is in (0, 3*2^51 + 2^18)
  let l0 = loadLimb(a, 0, lane) + 2 * (MASK - 18)
  let l1 = loadLimb(a, 1, lane) + 2 * MASK
  let l2 = loadLimb(a, 2, lane) + 2 * MASK
  let l3 = loadLimb(a, 3, lane) + 2 * MASK
  let l4 = loadLimb(a, 4, lane) + 2 * MASK
  l1 += l0 >> 51
  l2 += l1 >> 51
  l3 += l2 >> 51
  l4 += l3 >> 51
  // now the value is below 2^255 + 19*3
  l0 = (l0 & MASK) + 19 * (l4 >> 51)
  l1 &= MASK
  l2 &= MASK
  l3 &= MASK
  l4 &= MASK
  // q = 1 where value + 19 reaches 2^255, that is, where the value is p or more, and then p is taken off: plus 19, less 2^255
  let q = (l0 + 19) >> 51
  q = (l1 + q) >> 51
  q = (l2 + q) >> 51
  q = (l3 + q) >> 51
  q = (l4 + q) >> 51
  l0 += 19 * q
  l1 += l0 >> 51
  l2 += l1 >> 51
  l3 += l2 >> 51
  l4 += l3 >> 51
  const u0 = u64(l0 & MASK), u1 = u64(l1 & MASK), u2 = u64(l2 & MASK), u3 = u64(l3 & MASK), u4 = u64(l4 & MASK)
  store<u64>(p, u0 | (u1 << 51))
  store<u64>(p, (u1 >> 13) | (u2 << 38), 8)
  store<u64>(p, (u2 >> 26) | (u3 << 25), 16)
  store<u64>(p, (u3 >> 39) | (u4 << 12), 24)
}

/** 1 where the 32 bytes at `p` are all zero, else 0, without a branch. */
export function bytesAreZero(p: usize): u32 {
  return u32((load<u64>(p) | load<u64>(p, 8) | load<u64>(p, 16) | load<u64>(p, 24)) == 0)
}

/** 1 where lane `lane` of a reduced element is 0 mod p, else 0, without a branch. */
export function isZero(a: usize, lane: usize): u32 {
  toBytes(ENCODED, a, lane)
  return bytesAreZero(ENCODED)
}

/** The lowest bit of the canonical value of lane `lane` of a reduced element: the sign of RFC 8032. */
export function parity(a: usize, lane: usize): u32 {
  toBytes(ENCODED, a, lane)
  return load<u8>(ENCODED) & 1
}
