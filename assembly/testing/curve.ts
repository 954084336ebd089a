/** Internals of the curve modules, exported for tests only; never shipped. */
export * from '../curve'
