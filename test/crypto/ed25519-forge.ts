/** Makes signatures that an honest signer never makes: torsion, foreign encodings, scalars out of range. Built on @noble/curves. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, fromHex, toHex } from '../../src/base/bytes.ts'

export const Point = ed25519.Point
export type Point = InstanceType<typeof ed25519.Point>
export const P: bigint = Point.Fp.ORDER
export const L: bigint = Point.Fn.ORDER

/** `size` little-endian bytes of a number that fits. */
export function littleEndian(value: bigint, size: number): Uint8Array<ArrayBuffer> {
  return fromHex(value.toString(16).padStart(2 * size, '0')).reverse()
}

/** The number that little-endian bytes stand for. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`)
}

/** Multiples 0 to 7 of a point of order 8. */
export const TORSION: readonly Point[] = (() => {
  const generator = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
  const points = [Point.ZERO]
  while (points.length < 8) points.push(points.at(-1)!.add(generator))
  return points
})()

/** All encodings of points of small order that some decoder takes: y or y + p, x = 0 with either sign. Eight are canonical. */
export const SMALL_ORDER_ENCODINGS: readonly Uint8Array[] = (() => {
  const found = new Map<string, Uint8Array>()
  for (const point of TORSION) {
    const { x, y } = point.toAffine()
    for (const encodedY of [y, y + P]) {
      if (encodedY >= 1n << 255n) continue
      for (const sign of x === 0n ? [0n, 1n] : [x & 1n]) {
        const encoding = littleEndian(encodedY | (sign << 255n), 32)
        found.set(toHex(encoding), encoding)
      }
    }
  }
  return [...found.values()]
})()

/** SHA-512(R || A || M) mod L. */
export function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  return fromLittleEndian(sha512(concat(r, a, message))) % L
}

/** A public key, a message and a signature. */
export interface Forgery {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** What to forge: A = a*B + torsion, R = r*B + torsion, and how the two are written down. */
export interface ForgeryPlan {
  readonly a: bigint
  readonly r: bigint
  readonly torsionA?: Point
  readonly torsionR?: Point
  readonly encodingA?: Uint8Array
  readonly encodingR?: Uint8Array
  readonly message: Uint8Array
  /** What k is computed over, where that is not the encodings of R and A that are sent. */
  readonly challengeOver?: { readonly r?: Uint8Array; readonly a?: Uint8Array }
  /** Added to S, such as L. */
  readonly addToS?: bigint
}

/** scalar * B, for any scalar. */
export function multipleOfBase(scalar: bigint): Point {
  return scalar % L === 0n ? Point.ZERO : Point.BASE.multiply(scalar % L)
}

/** Solves for S = r + k*a mod L, so that the cofactored equation holds whatever the torsion. */
export function forge(plan: ForgeryPlan): Forgery {
  const publicKey =
    plan.encodingA ??
    multipleOfBase(plan.a)
      .add(plan.torsionA ?? Point.ZERO)
      .toBytes()
  const r =
    plan.encodingR ??
    multipleOfBase(plan.r)
      .add(plan.torsionR ?? Point.ZERO)
      .toBytes()
  const k = challenge(plan.challengeOver?.r ?? r, plan.challengeOver?.a ?? publicKey, plan.message)
  const s = ((plan.r + k * plan.a) % L) + (plan.addToS ?? 0n)
  return { publicKey, message: plan.message, signature: concat(r, littleEndian(s, 32)) }
}
