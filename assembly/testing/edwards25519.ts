/** Scalars, points and tables, exported for tests only; never shipped. */
export { scalarDigits16, scalarIsCanonical, scalarMulAdd, scalarReduce, scalarSparseDigits } from '../scalar25519'
export { scalarHalve } from '../scalar25519-half'
export { encodingHasSmallOrder, encodingIsCanonical, pointDecodeFour, pointDecodePair } from '../edwards25519-decode'
export {
  pointAdd, pointCache, pointDouble, pointEncode, pointIsZero, pointSub, pointZero,
  prepareEdwards,
} from '../edwards25519'
export { basePoint, prepareFixedBase } from '../fixed-base25519-table'
export { fixedBase } from '../fixed-base25519'
export { invertOne } from '../field25519-divsteps'
