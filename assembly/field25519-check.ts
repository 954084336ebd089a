/** Does relaxed_madd round once here? The standard allows twice, and then the FMA module would be wrong. */
import * as fma from './field25519-fma-core'

const PRODUCTS = 64

/** A pseudo-random odd number, |x| < 2^51: the top bits of the state of a linear congruential generator. */
// @ts-ignore: decorator
@inline
function operand(state: i64): i64 {
  return (state >> 13) | 1
}

// @ts-ignore: decorator
@inline
function next(state: i64): i64 {
  return state * 6364136223846793005 + 1442695040888963407
}

/** 0 where both halves of x y are right: rounded to a multiple of 2^51, and an exact rest of at most 2^50. */
// @ts-ignore: decorator
@inline
function wrong(x: i64, y: i64, high: i64, low: i64): u32 {
  return u32((high << 51) + low != x * y) | u32(low > 1 << 50) | u32(low < -(1 << 50))
}

/**
 * 1 where every product, in both lanes, splits as field25519-fma.ts needs it, else 0. All products are odd and most have more than 53
 * bits, so that the rest of a product rounded before it is added has lost its last bit. The integer module has nothing to check.
 */
export function fused_rounding(): u32 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    let failures: u32 = 0
    let state: i64 = 25519
    for (let i = 0; i < PRODUCTS; i++) {
      const x0 = operand((state = next(state))), y0 = operand((state = next(state)))
      const x1 = operand((state = next(state))), y1 = operand((state = next(state)))
      const x = f64x2.replace_lane(f64x2.splat(f64(x0)), 1, f64(x1))
      const y = f64x2.replace_lane(f64x2.splat(f64(y0)), 1, f64(y1))
      const high = fma.highInteger(x, y), low = fma.lowInteger(x, y)
      failures |= wrong(x0, y0, i64x2.extract_lane(high, 0), i64x2.extract_lane(low, 0))
      failures |= wrong(x1, y1, i64x2.extract_lane(high, 1), i64x2.extract_lane(low, 1))
    }
    return u32(failures == 0)
  } else {
    return 1
  }
}
