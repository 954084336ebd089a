/** Field arithmetic by address, for tests: selections take their mask as two bits. */
import * as field from '../field25519'
export {
  add, addReduced, blend, copy, differenceSum, differenceSumReduced, fromBytes, invert, invertSingle, isZero, mul, mulDifferenceSum,
  mulSingle, mulSumDifference, negate, parity,
  pow22523, pow22523Single, reduce, set, splat0, splat1, square, squareDifferenceSum, squareSumDifference,
  squareTimes, squareTimesSingle, sub, subReduced, sumDifference,
  sumDifferenceReduced, swapLanes, toBytes, wipeFieldScratch, zip0, zip1,
} from '../field25519'

export function conditionalSwap(a: usize, b: usize, bit0: u32, bit1: u32): void {
  field.conditionalSwap(a, b, field.laneMask(bit0, bit1))
}

export function select(o: usize, a: usize, b: usize, bit0: u32, bit1: u32): void {
  field.select(o, a, b, field.laneMask(bit0, bit1))
}

export function conditionalNegate(o: usize, a: usize, bit0: u32, bit1: u32): void {
  field.conditionalNegate(o, a, field.laneMask(bit0, bit1))
}
