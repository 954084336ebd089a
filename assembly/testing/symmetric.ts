/** Internals of the symmetric module, exported for tests only; never shipped. */
export * from '../symmetric'
