/** RFC 8032 section 5.2.7, the part of verification that needs no curve arithmetic: as strict as for Ed25519 (docs/ed25519-acceptance.md). */
import { fromHex } from '../../base/bytes.ts'

const KEY_LENGTH = 57
const SIGNATURE_LENGTH = 114
const SIGN = KEY_LENGTH - 1

/** Little-endian p = 2^448 - 2^224 - 1, and a 57th byte for the sign of x. */
const P = fromHex(`${'ff'.repeat(28)}fe${'ff'.repeat(27)}00`)
/** Little-endian order of the base point, 2^446 - 13818066809895115352007386748515426880336692474882178609894547503885. */
const L = fromHex(`f34458ab92c27823558fc58d72c26c219036d6ae49db4ec4e923ca7c${'ff'.repeat(27)}3f00`)
const ONE = fromHex(`01${'00'.repeat(56)}`)
const MINUS_ONE = fromHex(`fe${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`)
const ZERO = new Uint8Array(KEY_LENGTH)

/** Everything here is public: comparisons stop at the first difference. */
function below(bytes: Uint8Array, bound: Uint8Array, last: number): boolean {
  if (last !== bound[SIGN]) return last < bound[SIGN]!
  for (let i = SIGN - 1; i >= 0; i--) if (bytes[i] !== bound[i]) return bytes[i]! < bound[i]!
  return false
}

const hasY = (encoding: Uint8Array, y: Uint8Array): boolean => {
  for (let i = 0; i < SIGN; i++) if (encoding[i] !== y[i]) return false
  return true
}

/** y < p, nothing but a sign in the last byte, and no sign where x = 0. */
function isCanonicalPoint(encoding: Uint8Array): boolean {
  const last = encoding[SIGN]!
  if ((last & 0x7f) !== 0 || !below(encoding, P, last & 0x7f)) return false
  return last === 0 || !(hasY(encoding, ONE) || hasY(encoding, MINUS_ONE))
}

/** The four points whose order divides 4: y is 1, -1 or 0. */
const isSmallOrderPoint = (encoding: Uint8Array): boolean => [ONE, MINUS_ONE, ZERO].some(y => hasY(encoding, y))

/**
 * The checks made before the equation: lengths, A and R canonical, A not of small order, S below the order of the base point.
 * What remains is that A and R are on the curve and that [4](S*B - R - k*A) = 0.
 */
export function acceptableEd448(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false
  const scalar = signature.subarray(KEY_LENGTH)
  return (
    isCanonicalPoint(publicKey) &&
    !isSmallOrderPoint(publicKey) &&
    isCanonicalPoint(signature.subarray(0, KEY_LENGTH)) &&
    below(scalar, L, scalar[SIGN]!)
  )
}
