/** OpenSSL through node:crypto, in its fastest form: key objects made beforehand. */

import * as crypto from 'node:crypto'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  verify,
} from 'node:crypto'

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

export type Curve = 'X25519' | 'Ed25519'

export function publicKeyObject(crv: Curve, publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv, x: base64url(publicKey) }, format: 'jwk' })
}

export function privateKeyObject(crv: Curve, privateKey: Uint8Array, publicKey: Uint8Array): KeyObject {
  return createPrivateKey({
    key: { kty: 'OKP', crv, x: base64url(publicKey), d: base64url(privateKey) },
    format: 'jwk',
  })
}

export function sharedSecret(privateKey: KeyObject, publicKey: KeyObject): Uint8Array {
  return diffieHellman({ privateKey, publicKey })
}

export function generateX25519(): unknown {
  return generateKeyPairSync('x25519')
}

export function verifyEd25519(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, publicKey, signature)
}

/** `crypto.hash` where it exists (Node 20.12 and later), which is faster than `createHash`. */
export function sha256(data: Uint8Array): Uint8Array {
  return typeof crypto.hash === 'function'
    ? crypto.hash('sha256', data, 'buffer')
    : createHash('sha256').update(data).digest()
}
