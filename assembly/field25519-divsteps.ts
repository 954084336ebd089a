/**
 * Inverses mod p = 2^255 - 19 by divsteps (Bernstein and Yang, "Fast constant-time gcd computation and modular inversion", 2019), 30 at a
 * time: half the time of a power where only one element is wanted. No branch, no address and no division depends on the element.
 *
 * Numbers are nine limbs of 30 bits in 64-bit integers; those below the top are in [0, 2^30), the top one has the sign. 600 divsteps, counted
 * from delta = 1/2, are enough for 256 bits (590 are). Each group of 30 looks at the lowest bits of f and g only and gives a matrix
 * (u v; q r), |u| + |v| <= 2^30 and |q| + |r| <= 2^30, that is applied to f and g, and modulo p to d and e, with a division by 2^30.
 */
import { fromBytes, toBytes } from './field25519'
import { SCRATCH, wipe } from './memory'

// SCRATCH 0x3a60..0x3bbf belongs to this file, which wipes it
const F: usize = SCRATCH + 0x3a60
const G: usize = F + 72
const D: usize = F + 144
const E: usize = F + 216
const BYTES: usize = F + 288
const DIVSTEPS_SCRATCH_SIZE: usize = 320

const MASK: i64 = 0x3fffffff
const TOP: usize = 64
/** 1 / p modulo 2^30, p = -19. */
const INVERSE_OF_P: i32 = 0x179435e5

/** The limb at `from` of u a + v b. */
@inline
function combined(u: i64, a: usize, v: i64, b: usize): i64 {
  return u * load<i64>(a) + v * load<i64>(b)
}

/** f, g = (u f + v g) / 2^30, (q f + r g) / 2^30. A sum of limbs and a carry stays below 2^61. */
function updateFG(u: i64, v: i64, q: i64, r: i64): void {
  let cf = combined(u, F, v, G) >> 30, cg = combined(q, F, r, G) >> 30
  for (let i: usize = 8; i <= TOP; i += 8) {
    const nf = cf + combined(u, F + i, v, G + i), ng = cg + combined(q, F + i, r, G + i)
    store<i64>(F + i - 8, nf & MASK)
    store<i64>(G + i - 8, ng & MASK)
    cf = nf >> 30
    cg = ng >> 30
  }
  store<i64>(F + TOP, cf)
  store<i64>(G + TOP, cg)
}

/**
 * d, e = (u d + v e) / 2^30, (q d + r e) / 2^30 modulo p, kept in (-2 p, p): to each is added the multiple of p, between -2^30 and 2^30,
 * that makes it divisible. As p = 2^15 2^240 - 19, that touches the lowest and the highest limb only.
 */
function updateDE(u: i64, v: i64, q: i64, r: i64): void {
  const signD = load<i64>(D + TOP) >> 63, signE = load<i64>(E + TOP) >> 63
  let cd = combined(u, D, v, E), ce = combined(q, D, r, E)
  let md = (u & signD) + (v & signE), me = (q & signD) + (r & signE)
  md -= (i64(INVERSE_OF_P) * (cd & MASK) + md) & MASK
  me -= (i64(INVERSE_OF_P) * (ce & MASK) + me) & MASK
  cd = (cd - 19 * md) >> 30
  ce = (ce - 19 * me) >> 30
  for (let i: usize = 8; i < TOP; i += 8) {
    const nd = cd + combined(u, D + i, v, E + i), ne = ce + combined(q, D + i, r, E + i)
    store<i64>(D + i - 8, nd & MASK)
    store<i64>(E + i - 8, ne & MASK)
    cd = nd >> 30
    ce = ne >> 30
  }
  cd += combined(u, D + TOP, v, E + TOP) + (md << 15)
  ce += combined(q, D + TOP, r, E + TOP) + (me << 15)
  store<i64>(D + TOP - 8, cd & MASK)
  store<i64>(E + TOP - 8, ce & MASK)
  store<i64>(D + TOP, cd >> 30)
  store<i64>(E + TOP, ce >> 30)
}

/** Carries D, multiplied by `sign`, 1 or -1, after adding p where `add` is all ones. */
function carryD(sign: i64, add: i64): void {
  let c: i64 = -19 & add
  for (let i: usize = 0; i < TOP; i += 8) {
    c += load<i64>(D + i) * sign
    store<i64>(D + i, c & MASK)
    c >>= 30
  }
  store<i64>(D + TOP, c + load<i64>(D + TOP) * sign + (32768 & add))
}

/** Both lanes of o = the inverse of lane 0 of a, reduced; 0 where that is 0. */
export function invertOne(o: usize, a: usize): void {
  toBytes(BYTES, a, 0)
  wipe(D, 144)
  store<i64>(E, 1)
  for (let i: usize = 0; i < 8; i++) {
    const bit: usize = 30 * i
    store<i64>(G + (i << 3), i64(load<u64>(BYTES + (bit >> 3)) >> u64(bit & 7)) & MASK)
    store<i64>(F + (i << 3), MASK)
  }
  store<i64>(G + TOP, i64(load<u16>(BYTES, 30)))
  store<i64>(F, MASK - 18)
  store<i64>(F + TOP, 32767)
  let zeta = -1
  for (let group = 0; group < 20; group++) {
    let f = i32(load<i64>(F)), g = i32(load<i64>(G))
    let u = 1, v = 0, q = 0, r = 1
    for (let i = 0; i < 30; i++) {
      let swap = zeta >> 31
      const odd = -(g & 1)
      g += ((f ^ swap) - swap) & odd
      q += ((u ^ swap) - swap) & odd
      r += ((v ^ swap) - swap) & odd
      swap &= odd
      zeta = (zeta ^ swap) - 1
      f += g & swap
      u += q & swap
      v += r & swap
      g >>= 1
      u <<= 1
      v <<= 1
    }
    updateDE(u, v, q, r)
    updateFG(u, v, q, r)
  }
  // f is 1 or -1 (or p, where the element is 0 and so is d): d times f is the inverse, brought from (-2 p, p) to [0, p)
  carryD(1, load<i64>(D + TOP) >> 63)
  carryD((load<i64>(F + TOP) >> 63) | 1, 0)
  carryD(1, load<i64>(D + TOP) >> 63)
  const l2 = load<u64>(D, 16), l4 = load<u64>(D, 32), l6 = load<u64>(D, 48)
  store<u64>(BYTES, load<u64>(D) | (load<u64>(D, 8) << 30) | (l2 << 60))
  store<u64>(BYTES, (l2 >> 4) | (load<u64>(D, 24) << 26) | (l4 << 56), 8)
  store<u64>(BYTES, (l4 >> 8) | (load<u64>(D, 40) << 22) | (l6 << 52), 16)
  store<u64>(BYTES, (l6 >> 12) | (load<u64>(D, 56) << 18) | (load<u64>(D, 64) << 48), 24)
  fromBytes(o, 0, BYTES)
  fromBytes(o, 1, BYTES)
  wipe(F, DIVSTEPS_SCRATCH_SIZE)
}
