/** RFC 8032 section 5.1.7, the part of verification that needs no curve arithmetic; why it is so strict: docs/ed25519-acceptance.md. */
import { fromHex } from '../base/bytes.ts'

const KEY_LENGTH = 32
const SIGNATURE_LENGTH = 64

/** Little-endian p = 2^255 - 19. */
const P = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')
/** Little-endian L = 2^252 + 27742317777372353535851937790883648493, the order of the base point. */
const L = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')
/** y = 1 and y = -1: the only points with x = 0, so their sign bit must be 0. */
const ONE = fromHex('0100000000000000000000000000000000000000000000000000000000000000')
const MINUS_ONE = fromHex('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')
/** The y coordinates of all eight points of small order: 1, -1, 0 (order 4) and the two of order 8. */
const SMALL_ORDER_Y = [
  ONE,
  MINUS_ONE,
  new Uint8Array(KEY_LENGTH),
  fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
]

/** Everything here is public: comparisons stop at the first difference. */
function below(bytes: Uint8Array, bound: Uint8Array, topMask: number): boolean {
  for (let i = KEY_LENGTH - 1; i >= 0; i--) {
    const byte = i === KEY_LENGTH - 1 ? bytes[i]! & topMask : bytes[i]!
    if (byte !== bound[i]) return byte < bound[i]!
  }
  return false
}

function hasY(encoding: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < KEY_LENGTH; i++) {
    if ((i === KEY_LENGTH - 1 ? encoding[i]! & 0x7f : encoding[i]) !== y[i]) return false
  }
  return true
}

/** True if `encoding` is how a point with this y would be written: y < p, and no sign bit where x = 0. Says nothing about the curve. */
export function isCanonicalPoint(encoding: Uint8Array): boolean {
  if (encoding.length !== KEY_LENGTH || !below(encoding, P, 0x7f)) return false
  const signed = encoding[KEY_LENGTH - 1]! >= 0x80
  return !(signed && (hasY(encoding, ONE) || hasY(encoding, MINUS_ONE)))
}

/** True if a canonical encoding stands for one of the eight points whose order divides 8. */
export function isSmallOrderPoint(encoding: Uint8Array): boolean {
  return SMALL_ORDER_Y.some(y => hasY(encoding, y))
}

/** True if 32 little-endian bytes are a scalar below L. */
export function isCanonicalScalar(scalar: Uint8Array): boolean {
  return scalar.length === KEY_LENGTH && below(scalar, L, 0xff)
}

/**
 * The checks that every backend makes before it looks at the equation: lengths, A and R canonical, A not of small order, S < L.
 * What remains is that A and R are on the curve and that [8](S*B - R - k*A) = 0.
 */
export function acceptableEncodings(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === KEY_LENGTH &&
    signature.length === SIGNATURE_LENGTH &&
    isCanonicalPoint(publicKey) &&
    !isSmallOrderPoint(publicKey) &&
    isCanonicalPoint(signature.subarray(0, KEY_LENGTH)) &&
    isCanonicalScalar(signature.subarray(KEY_LENGTH))
  )
}
