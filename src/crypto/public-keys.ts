/** Public keys that no honest party has: wrong lengths, and points whose shared secret would be zero (RFC 7748 section 6). */
import { equalPublic, fromHex } from '../base/bytes.ts'
import type { ErrorDetails } from '../base/errors.ts'
import { RejectedError } from '../base/errors.ts'
import type { Kem } from './kem.ts'

const X25519_KEM = 0x0020
const X448_KEM = 0x0021
const XWING_KEM = 0x647a
// where the X25519 part of an X-Wing key starts
const XWING_X25519 = 1184

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

// likewise for X448: 0, 1, p - 1, p, p + 1 with p = 2^448 - 2^224 - 1
const LOW_ORDER_X448: readonly Uint8Array[] = [
  '00'.repeat(56),
  `01${'00'.repeat(55)}`,
  `fe${'ff'.repeat(27)}fe${'ff'.repeat(27)}`,
  `${'ff'.repeat(28)}fe${'ff'.repeat(27)}`,
  `${'00'.repeat(28)}${'ff'.repeat(28)}`,
].map(fromHex)

/** Whether X448 with this public key gives zero for every private key. */
export function isLowOrderX448(key: Uint8Array): boolean {
  return LOW_ORDER_X448.some(point => equalPublic(key, point))
}

function isLowOrder(kem: Kem, key: Uint8Array): boolean {
  if (kem.id === X25519_KEM) return isLowOrderX25519(key)
  if (kem.id === X448_KEM) return isLowOrderX448(key)
  return kem.id === XWING_KEM && isLowOrderX25519(key.subarray(XWING_X25519))
}

/** False at or above 2^255 - 19 or with the unused top bit set: two encodings of one key must not pass for two keys. */
export function isCanonicalX25519(key: Uint8Array): boolean {
  const top = key[31]!
  if (top < 0x7f) return true
  if (top > 0x7f || key[0]! < 0xed) return top === 0x7f
  for (let i = 1; i < 31; i++) if (key[i] !== 0xff) return true
  return false
}

/**
 * Refuses a public key of a KEM that can be told to be useless by looking at it: `invalid-public-key` for a wrong length,
 * a point that is not on its curve or a lattice vector that is not reduced, `low-order-point`. Costs no multiplication of a point.
 */
export function checkKemPublicKey(kem: Kem, key: Uint8Array, where: ErrorDetails = {}): void {
  if (key.length !== kem.publicKeyLength)
    throw new RejectedError('invalid-public-key', { ...where, length: key.length })
  if (isLowOrder(kem, key)) throw new RejectedError('low-order-point', where)
  if (kem.acceptsPublicKey?.(key) === false) throw new RejectedError('invalid-public-key', where)
}
