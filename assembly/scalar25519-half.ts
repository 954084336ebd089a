/**
 * Short equivalents of a scalar (Antipa and others, "Accelerated Verification of ECDSA Signatures", SAC 2005): for k find u and v with
 * u = v k mod L, 0 <= u < 2^127 and 0 < |v| < 2^127. Extended Euclid on (L, k), stopped half-way. For public scalars only.
 */
import { L_WORDS } from './scalar25519'

@inline
function bitLength(w3: u64, w2: u64, w1: u64): i32 {
  if (w3 != 0) return 256 - i32(clz(w3))
  if (w2 != 0) return 192 - i32(clz(w2))
  return 128 - i32(clz(w1))
}

/**
 * Writes u and |v|, 32 bytes each, for k < L at `k`. Returns 1 where v is negative.
 *
 * Remainders r and cofactors t with r = +-t k mod L; the signs alternate. r falls from L, |t| rises from 0, and |t| times the remainder
 * before stays at or below L: when r first falls below 2^127 the one before was not, so |t| <= L / 2^127 < 2^126, and the sums below
 * stay within two words.
 */
export function scalarHalve(u: usize, v: usize, k: usize): u32 {
  let a0 = load<u64>(L_WORDS), a1 = load<u64>(L_WORDS, 8), a2 = load<u64>(L_WORDS, 16), a3 = load<u64>(L_WORDS, 24)
  let b0 = load<u64>(k), b1 = load<u64>(k, 8), b2 = load<u64>(k, 16), b3 = load<u64>(k, 24)
  let ta0: u64 = 0, ta1: u64 = 0, tb0: u64 = 1, tb1: u64 = 0
  let negative: u32 = 0
  while ((b3 | b2 | (b1 >> 63)) != 0) {
    // a becomes less than b: take off b 2^n while it fits, and add as much to the cofactor
    for (;;) {
      let n = bitLength(a3, a2, a1) - bitLength(b3, b2, b1)
      if (n < 0) break
      let c0 = b0, c1 = b1, c2 = b2, c3 = b3, t0 = tb0, t1 = tb1
      if (n >= 64) {
        c3 = c2
        c2 = c1
        c1 = c0
        c0 = 0
        t1 = t0
        t0 = 0
        n -= 64
      }
      const left = u64(n), right = 63 - left
      c3 = (c3 << left) | ((c2 >> 1) >> right)
      c2 = (c2 << left) | ((c1 >> 1) >> right)
      c1 = (c1 << left) | ((c0 >> 1) >> right)
      c0 <<= left
      t1 = (t1 << left) | ((t0 >> 1) >> right)
      t0 <<= left
      if (c3 > a3 || (c3 == a3 && (c2 > a2 || (c2 == a2 && (c1 > a1 || (c1 == a1 && c0 > a0)))))) {
        // one bit too far; where there is none left, a is below b
        if (c3 == b3 && c2 == b2 && c1 == b1 && c0 == b0) break
        c0 = (c0 >> 1) | (c1 << 63)
        c1 = (c1 >> 1) | (c2 << 63)
        c2 = (c2 >> 1) | (c3 << 63)
        c3 >>= 1
        t0 = (t0 >> 1) | (t1 << 63)
        t1 >>= 1
      }
      let borrow = u64(a0 < c0)
      a0 -= c0
      let next = u64(a1 < c1) | (u64(a1 == c1) & borrow)
      a1 = a1 - c1 - borrow
      borrow = u64(a2 < c2) | (u64(a2 == c2) & next)
      a2 = a2 - c2 - next
      a3 = a3 - c3 - borrow
      ta0 += t0
      ta1 += t1 + u64(ta0 < t0)
    }
    let word = a0; a0 = b0; b0 = word
    word = a1; a1 = b1; b1 = word
    word = a2; a2 = b2; b2 = word
    word = a3; a3 = b3; b3 = word
    word = ta0; ta0 = tb0; tb0 = word
    word = ta1; ta1 = tb1; tb1 = word
    negative ^= 1
  }
  store<u64>(u, b0)
  store<u64>(u, b1, 8)
  store<u64>(u, 0, 16)
  store<u64>(u, 0, 24)
  store<u64>(v, tb0)
  store<u64>(v, tb1, 8)
  store<u64>(v, 0, 16)
  store<u64>(v, 0, 24)
  return negative
}
