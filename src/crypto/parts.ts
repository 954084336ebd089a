/** Byte strings in parts: what is long is not copied to stand behind a label. */
import { checkBytes } from '../base/bytes.ts'
import type { InParts } from './provider.ts'

/** Up to here a copy is cheaper than calls for each part. */
const LONGEST_COPY = 65536

/** Whether parts are together more than should be copied. */
export function isLong(...parts: InParts): boolean {
  let length = 0
  for (const part of parts) {
    checkBytes(part)
    length += part.length
  }
  return length > LONGEST_COPY
}
