/**
 * Arithmetic mod p = 2^255 - 19, two elements at a time: the one interface of the FMA module and of the integer module.
 *
 * ELEMENTS. Every function works on a *pair*: two independent elements, lane 0 and lane 1, in SIZE = 80 bytes; limb i of lane l is the 8
 * bytes at 16 i + 8 l, an integer of weight 2^(51 i) (an f64 in the FMA module, an i64 in the integer module; signed in both). Addresses
 * are multiples of 16. Layout operations are the same in both; never read or write limbs yourself except through `set`, `fromBytes`,
 * `toBytes` and the building blocks below. All zero bytes are the pair (0, 0). Values have many representations: compare encodings.
 *
 * BOUNDS. R = 2^50 + 2^14 with FMA, 2^51 + 2^18 with integers. What is said here holds for both modules; the integer module takes more
 * (loose where reduced is asked), the FMA module does not.
 *   reduced   |limb| <= R.     Given by mul, square, invert, pow22523, reduce, addReduced, subReduced, set, fromBytes, conversions of
 *                              lanes of reduced elements, negate of reduced.
 *   loose     |limb| <= 3 R.   A sum or difference of up to three reduced elements in all: add and sub do not carry, bounds add up.
 *   wide      |limb| <= 7 R.   What reduce, addReduced and subReduced may be given in all (both operands together).
 *   operation                   takes                                              gives
 *   mul, mulSingle              one operand reduced, the other loose               reduced
 *   square, squareTimes         reduced                                            reduced
 *   mulSumDifference, ...       as mul: cheaper than mul and sumDifferenceReduced  reduced
 *   squareSumDifference, ...    as square                                          reduced
 *   add, sub                    any; the bounds add up                             |a| + |b|
 *   addReduced, subReduced      |a| + |b| wide                                     reduced
 *   sumDifference, ...          any; like add and sub                              twice |a|
 *   reduce                      wide                                               reduced
 *   invert, pow22523            reduced                                            reduced
 *   toBytes, isZero, parity     reduced                                            canonical bytes
 *   copies, lanes, selections, negate     any                                      the same bound
 * test/crypto/field25519-bounds.test.ts replays every formula in interval arithmetic and fails where a bound here is wrong.
 *
 * ALIASES. Every output may be any of the inputs, but pairs must not overlap in part.
 *
 * LANES. The FMA module computes both lanes at the price of one; the integer module one after the other. Where only lane 0 matters use the
 * `...Single` form: half the time with integers, the same thing with FMA. Lane 1 of its result is some value or other, reduced if lane 1 of the
 * operands obeys the bounds.
 *
 * TIME does not depend on values: no branch, no address, no division.
 *
 * SCRATCH 0x1400 .. 0x17ff is used by invert, pow22523 (and Single) and by isZero and parity; it holds secrets afterwards, and the exported
 * function that used it wipes it (`wipeFieldScratch`). No other function here has state.
 *
 * BUILDING BLOCKS for fused kernels, in v128 registers, one limb of a pair each: `plus`, `minus`, `sumDifferenceLimb`, `differenceSumLimb`,
 * and `storeReduced(o, x0, x1, x2, x3, x4)`, which carries five wide limbs and stores a reduced element. To keep the reduced limbs in
 * registers: c0 = carry(x0), ... c4 = carry(x4), then settle0(x0, c0, c4), settle(x1, c1, c0), ... settle(x4, c4, c3). The integer
 * module's products write 8 bytes at a time: a v128.load right after one waits some 15 cycles for the store, little beside its 130 for
 * the product of a pair.
 */
export { bytesAreZero, fromBytes, isZero, parity, toBytes } from './field25519-bytes'
export {
  add, carry, minus, mul, mulSingle, plus, settle, settle0, SIZE, square, squareTimes, squareTimesSingle, sub,
} from './field25519-dispatch'
export {
  addReduced, blend, conditionalNegate, conditionalSwap, copy, differenceSum, differenceSumLimb, differenceSumReduced, laneMask,
  mulDifferenceSum, mulSumDifference, negate, reduce, select, set, splat0, splat1, squareDifferenceSum, squareSumDifference, storeReduced,
  subReduced, sumDifference, sumDifferenceLimb, sumDifferenceReduced, swapLanes, zip0, zip1,
} from './field25519-lanes'
export { invert, invertSingle, pow22523, pow22523Single, wipeFieldScratch } from './field25519-power'
