/** Public keys that no honest party has: wrong lengths, and points whose shared secret would be zero (RFC 7748 section 6). */
import { fromHex } from '../base/bytes.ts'
import type { ErrorDetails } from '../base/errors.ts'
import { RejectedError } from '../base/errors.ts'
import type { Kem } from './kem.ts'

const X25519_KEM = 0x0020

// u-coordinates of the points of order 1, 2, 4 and 8 on the curve and its twist, and their encodings at or above p
const LOW_ORDER_X25519: readonly Uint8Array[] = [
  `00${'00'.repeat(31)}`,
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
].map(fromHex)

/** Whether X25519 with this public key gives zero for every private key. The top bit is ignored, as X25519 does. */
export function isLowOrderX25519(key: Uint8Array): boolean {
  return LOW_ORDER_X25519.some(point => {
    for (let i = 0; i < 31; i++) if (key[i] !== point[i]) return false
    return (key[31]! & 0x7f) === point[31]
  })
}

/**
 * Refuses a public key of a KEM that can be told to be useless by looking at it: `invalid-public-key` for a wrong length,
 * `low-order-point`. Costs no curve operation.
 */
export function checkKemPublicKey(kem: Kem, key: Uint8Array, where: ErrorDetails = {}): void {
  if (key.length !== kem.publicKeyLength)
    throw new RejectedError('invalid-public-key', { ...where, length: key.length })
  if (kem.id === X25519_KEM && isLowOrderX25519(key)) throw new RejectedError('low-order-point', where)
}
