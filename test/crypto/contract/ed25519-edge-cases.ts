/** Signatures at the edge of what implementations accept, made with big-integer arithmetic, and what docs/ed25519-acceptance.md says of each. */
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, fromHex, utf8 } from '../../../src/base/bytes.ts'

const { Point } = ed25519
const L = Point.Fn.ORDER
const P = 2n ** 255n - 19n
type CurvePoint = typeof Point.BASE

export interface EdgeCase {
  readonly name: string
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
  readonly valid: boolean
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function littleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse()
}

const challenge = (r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint =>
  fromLittleEndian(sha512(concat(r, a, message))) % L

const message = utf8('edge')
const secret = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdefn % L
const nonce = 0xfedcba0987654321fedcba0987654321fedcba0987654321fedcba09876543n % L
const torsion: readonly CurvePoint[] = ED25519_TORSION_SUBGROUP.map(hex => Point.fromHex(hex))
const [identity, order8] = [Point.ZERO, torsion.find(point => !point.is0() && !point.multiplyUnsafe(4n).is0())!]
const A = Point.BASE.multiply(secret)
const R = Point.BASE.multiply(nonce)

/** What a signer with these encodings would send; `r` and `a` are the discrete logarithms that it knows. */
function signature(encodings: { a: Uint8Array; r: Uint8Array }, r = nonce, a = secret): Uint8Array {
  const s = (r + challenge(encodings.r, encodings.a, message) * a) % L
  return concat(encodings.r, littleEndian(s))
}

function edge(name: string, valid: boolean, publicKey: Uint8Array, sig: Uint8Array): EdgeCase {
  return { name, valid, publicKey, message, signature: sig }
}

const a = A.toBytes()
const r = R.toBytes()
const plain = signature({ a, r })
const mixedKey = A.add(order8).toBytes()
const mixedR = R.add(order8).toBytes()
const one = littleEndian(1n)
const oneNotReduced = littleEndian(P + 1n)
const oneSigned = littleEndian(1n + 2n ** 255n)
const minusOneSigned = littleEndian(P - 1n + 2n ** 255n)
const offCurve = littleEndian(2n)
const plusL = concat(r, littleEndian(fromLittleEndian(plain.subarray(32)) + L))

export const ED25519_EDGE_CASES: readonly EdgeCase[] = [
  edge('an ordinary signature', true, a, plain),
  edge('R with a part of order 8', true, a, signature({ a, r: mixedR })),
  edge('a key with a part of order 8', true, mixedKey, signature({ a: mixedKey, r })),
  edge('a key and R with a part of order 8', true, mixedKey, signature({ a: mixedKey, r: mixedR })),
  edge('R the identity', true, a, signature({ a, r: one }, 0n)),
  ...torsion
    .filter(point => !point.is0())
    .map((point, i) => edge(`R of small order, number ${i}`, true, a, signature({ a, r: point.toBytes() }, 0n))),
  ...torsion.map((point, i) => {
    const key = point.toBytes()
    return edge(`a key of small order, number ${i}`, false, key, signature({ a: key, r }, nonce, 0n))
  }),
  edge('the identity as key and R, S zero', false, one, concat(one, new Uint8Array(32))),
  edge('R the identity, not reduced', false, a, signature({ a, r: oneNotReduced }, 0n)),
  edge('R the identity with a sign', false, a, signature({ a, r: oneSigned }, 0n)),
  edge('R of order 2 with a sign', false, a, signature({ a, r: minusOneSigned }, 0n)),
  edge('a key of order 1, not reduced', false, oneNotReduced, signature({ a: oneNotReduced, r }, nonce, 0n)),
  edge('a key off the curve', false, offCurve, signature({ a: offCurve, r })),
  edge('R off the curve', false, a, signature({ a, r: offCurve })),
  edge('S plus the group order', false, a, plusL),
  edge('S the group order, R the identity', false, a, concat(one, littleEndian(L))),
  edge('S zero', false, a, concat(r, new Uint8Array(32))),
  edge('the largest S', false, a, concat(r, new Uint8Array(32).fill(0xff))),
  edge('the negated key', false, A.negate().toBytes(), plain),
  edge('the key of another signer', false, Point.BASE.toBytes(), plain),
]

if (!identity.is0()) throw new Error('the identity is not what it should be')
