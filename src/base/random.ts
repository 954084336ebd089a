/** The source of randomness: the host's by default, injectable so that any run can be replayed. */
import { EnvironmentError, UsageError } from './errors.ts'

/** Fills a buffer with random bytes. Inject a deterministic one only to replay a run. */
export type RandomSource = (out: Uint8Array<ArrayBuffer>) => void

// getRandomValues refuses more than this in one call
const MAX_REQUEST = 65536

/** The host's cryptographic random source. */
export const hostRandom: RandomSource = out => {
  const source = globalThis.crypto
  if (typeof source?.getRandomValues !== 'function') throw new EnvironmentError('no-random-source')
  for (let at = 0; at < out.length; at += MAX_REQUEST) source.getRandomValues(out.subarray(at, at + MAX_REQUEST))
}

/**
 * The same source, which must be synchronous: the type allows a function that returns a promise, and that would fill the bytes after
 * they have become a key of zeros.
 */
export function synchronous(source: RandomSource): RandomSource {
  if (typeof source !== 'function') throw new UsageError('wrong-argument', { expected: 'a random source' })
  return out => {
    const returned: unknown = source(out)
    if (typeof (returned as { then?: unknown } | undefined)?.then !== 'function') return
    throw new UsageError('wrong-argument', { expected: 'a synchronous random source' })
  }
}

/** `length` fresh bytes from a source. */
export function randomBytes(random: RandomSource, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length)
  random(out)
  return out
}
