/** X25519 public keys from outside: one encoding for each key, and none that every shared secret would be zero with. */
import { type ErrorDetails, RejectedError } from '../base/errors.ts'
import { isLowOrderX25519 } from './public-keys.ts'

const LENGTH = 32

/** Below 2^255 - 19 and with the unused top bit clear: two encodings of one key must not pass for two keys. */
function isCanonical(key: Uint8Array): boolean {
  const top = key[31]!
  if (top !== 0x7f) return top < 0x7f
  if (key[0]! < 0xed) return true
  for (let i = 1; i < 31; i++) if (key[i] !== 0xff) return true
  return false
}

/** Refuses a public key that no honest party has. Costs no curve operation. */
export function checkX25519Key(key: Uint8Array, where: ErrorDetails): void {
  if (key.length !== LENGTH) throw new RejectedError('invalid-public-key', { ...where, length: key.length })
  if (isLowOrderX25519(key)) throw new RejectedError('low-order-point', where)
  if (!isCanonical(key)) throw new RejectedError('invalid-public-key', where)
}
