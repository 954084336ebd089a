/** Internals of the symmetric module, exported for tests only; never shipped. */
export * from '../symmetric'
export { sha512Init, sha384Init, sha512Update, sha512Final } from '../sha512'
