/** X25519 public keys from outside: one encoding for each key, and none that every shared secret would be zero with. */
import { type ErrorDetails, RejectedError } from '../base/errors.ts'
import { isCanonicalX25519, isLowOrderX25519 } from './public-keys.ts'

const LENGTH = 32

/** Refuses a public key that no honest party has. Costs no curve operation. */
export function checkX25519Key(key: Uint8Array, where: ErrorDetails): void {
  if (key.length !== LENGTH) throw new RejectedError('invalid-public-key', { ...where, length: key.length })
  if (isLowOrderX25519(key)) throw new RejectedError('low-order-point', where)
  if (!isCanonicalX25519(key)) throw new RejectedError('invalid-public-key', where)
}
