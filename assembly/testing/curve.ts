/** Internals of the curve modules, exported for tests only; never shipped. */
export * from '../curve'
export * from './field25519'
export * from './edwards25519'
