/** FIPS 186-5 and SP 800-186: the curves P-256, P-384 and P-521, as far as their keys are byte strings. Arithmetic is up to the backends. */
import { fromHex } from '../base/bytes.ts'

export type NistCurveId = 'p256' | 'p384' | 'p521'

/** One curve. */
export interface NistCurve {
  readonly id: NistCurveId
  /** Bytes of a private key, of a coordinate, and of each half of a signature. */
  readonly scalarLength: number
  /** Bytes of a point that is not compressed: 4, x, y. */
  readonly pointLength: number
  /** Those bits of the first byte of a scalar that the order can have (RFC 9180 section 7.1.3). */
  readonly topMask: number
  /** The order of the base point, big-endian. */
  readonly order: Uint8Array
}

const curve = (id: NistCurveId, topMask: number, order: string): NistCurve => {
  const scalarLength = order.length / 2
  return { id, scalarLength, pointLength: 1 + 2 * scalarLength, topMask, order: fromHex(order) }
}

/** The parameters of each curve. */
export const NIST_CURVES: Readonly<Record<NistCurveId, NistCurve>> = {
  p256: curve('p256', 0xff, `ffffffff00000000${'ff'.repeat(8)}bce6faada7179e84f3b9cac2fc632551`),
  p384: curve('p384', 0xff, `${'ff'.repeat(24)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`),
  p521: curve('p521', 1, `01${'ff'.repeat(32)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`),
}

/** True if these are the bytes of a number from 1 to the order less 1. Takes the same time for all of one length. */
export function isScalar({ scalarLength, order }: NistCurve, bytes: Uint8Array): boolean {
  if (bytes.length !== scalarLength) return false
  let borrow = 0
  let any = 0
  for (let i = scalarLength - 1; i >= 0; i--) {
    any |= bytes[i]!
    borrow = (bytes[i]! - order[i]! - borrow) >>> 31
  }
  return any !== 0 && borrow === 1
}

/** Makes a candidate of random bytes, in place: clears the bits that no scalar has. False where it is none nevertheless. */
export function toScalar(its: NistCurve, candidate: Uint8Array): boolean {
  candidate[0]! &= its.topMask
  return isScalar(its, candidate)
}

/** True if this has the form of a point that is not compressed. Says nothing about the curve. */
export function isUncompressed({ pointLength }: NistCurve, publicKey: Uint8Array): boolean {
  return publicKey.length === pointLength && publicKey[0] === 4
}
