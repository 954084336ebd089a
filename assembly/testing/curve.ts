/** Internals of the curve modules, exported for tests only; never shipped. */
export * from '../curve'
export { scalarDigits16, scalarIsCanonical, scalarMulAdd, scalarReduce, scalarSparseDigits, wipeScalars } from '../scalar25519'
export * from './field25519'
