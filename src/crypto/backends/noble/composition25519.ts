/** X25519 in JavaScript: products of private keys, and points of the curve told from those of its twist. Big integers vary in time. */
import { ed25519 } from '@noble/curves/ed25519.js'
import type { KeyComposition } from '../../provider.ts'
import { checkOwnLength, checkPublicKeys } from '../checks.ts'

const SIZE = 32
const { Fn, Fp } = ed25519.Point
const A = 486662n
const ORDER = 8n * Fn.ORDER
const EIGHTH = Fn.inv(8n)

function bigOf(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = SIZE - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
  return value
}

/** RFC 7748 section 5, decodeScalar25519. */
const clamped = (key: Uint8Array): bigint => (bigOf(key) & ((1n << 254n) - 8n)) | (1n << 254n)

export const nobleComposition: KeyComposition = {
  product(first, second) {
    checkOwnLength(first, SIZE)
    checkOwnLength(second, SIZE)
    const k = 8n * Fn.create(clamped(first) * clamped(second) * EIGHTH)
    // x-coordinates do not show the sign, and one of the two has the highest bit that clamping sets
    let rest = k >> 254n === 1n ? k : ORDER - k
    const out = new Uint8Array(SIZE)
    for (let i = 0; i < SIZE; i++, rest >>= 8n) out[i] = Number(rest & 255n)
    return out
  },
  firstOffCurve(publicKeys) {
    checkPublicKeys(publicKeys, SIZE)
    for (let i = 0; i < publicKeys.count; i++) {
      const u = Fp.create(bigOf(publicKeys.at(i)) & ((1n << 255n) - 1n))
      const square = Fp.mul(Fp.add(Fp.mul(Fp.add(u, A), u), 1n), u)
      if (Fp.pow(square, (Fp.ORDER - 1n) / 2n) !== 1n) return i
    }
    return publicKeys.count
  },
}
