/** RFC 9420 section 6.3.1 leaves the amount of padding to the application: policies that hide lengths. */
import { UsageError } from '../base/errors.ts'

/** How many zero bytes follow a content of this length, before it is encrypted. */
export type PaddingPolicy = (contentLength: number) => number

/** No padding: the length of every message can be seen. */
export const noPadding: PaddingPolicy = () => 0

/** Up to the next multiple of `size`. */
export function padToMultiple(size: number): PaddingPolicy {
  if (!Number.isInteger(size) || size < 1)
    throw new UsageError('wrong-argument', { expected: 'a positive integer', got: size })
  return length => (size - (length % size)) % size
}

/** Up to the smallest of `base * 2^k` that holds the content. */
export function padToPowerOfTwo(base = 128): PaddingPolicy {
  if (!Number.isInteger(base) || base < 1)
    throw new UsageError('wrong-argument', { expected: 'a positive integer', got: base })
  return length => {
    let bucket = base
    while (bucket < length) bucket *= 2
    return bucket - length
  }
}

/** Padmé: at most 12 % more bytes, and lengths that tell only O(log log n) bits. */
export const padme: PaddingPolicy = length => {
  if (length < 2) return 0
  const exponent = 31 - Math.clz32(length)
  const kept = 32 - Math.clz32(exponent)
  const step = 2 ** Math.max(0, exponent - kept)
  return Math.ceil(length / step) * step - length
}
