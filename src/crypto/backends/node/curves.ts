/** The curves of cipher suites 2, 4, 5, 6 and 7 on node:crypto. It accepts and makes, byte for byte, what the one on @noble does. */
import { isUncompressed, NIST_CURVES, type NistCurveId } from '../../nist-curves.ts'
import type { Backend, DiffieHellman, Primitives, SignatureScheme } from '../../provider.ts'
import { diffieHellmanByOne, signatureByOne } from '../by-one.ts'
import { acceptableEd448 } from '../ed448-acceptance.ts'
import { type CurveOptions, ecdsaWith, satisfiesEd448, scalarsOf } from '../noble/curves.ts'
import { knows, own, privateKeyOf, publicKeyOf, rawPublicKey, toBase64Url } from './keys.ts'
import { findNodeCrypto, type NodeCrypto, nodeCryptoDetail } from './openssl.ts'

/** OpenSSL's name of the curve, that of JWK, and the hash that its suites sign with. */
const NAMES = {
  p256: { openssl: 'prime256v1', jwk: 'P-256', hash: 'sha256' },
  p384: { openssl: 'secp384r1', jwk: 'P-384', hash: 'sha384' },
  p521: { openssl: 'secp521r1', jwk: 'P-521', hash: 'sha512' },
} as const

/** Throws where the point is not on the curve. */
function pointOf(crypto: NodeCrypto, id: NistCurveId, publicKey: Uint8Array) {
  const { scalarLength } = NIST_CURVES[id]
  const [x, y] = [publicKey.subarray(1, 1 + scalarLength), publicKey.subarray(1 + scalarLength)].map(toBase64Url)
  return crypto.createPublicKey({ key: { kty: 'EC', crv: NAMES[id].jwk, x: x!, y: y! }, format: 'jwk' })
}

function nodeEcdh(crypto: NodeCrypto, id: NistCurveId): DiffieHellman {
  const its = NIST_CURVES[id]
  return diffieHellmanByOne({
    id,
    privateKeyLength: its.scalarLength,
    publicKeyLength: its.pointLength,
    sharedLength: its.scalarLength,
    refusal: 'invalid-public-key',
    ...scalarsOf(id),
    acceptsPublicKey(publicKey) {
      if (!isUncompressed(its, publicKey)) return false
      try {
        pointOf(crypto, id, publicKey)
        return true
      } catch {
        return false
      }
    },
    load(privateKey) {
      const ecdh = crypto.createECDH(NAMES[id].openssl)
      ecdh.setPrivateKey(privateKey)
      return {
        publicKey: () => own(ecdh.getPublicKey()),
        shared(publicKey) {
          if (!isUncompressed(its, publicKey)) return undefined
          try {
            return own(ecdh.computeSecret(publicKey))
          } catch {
            // the form has been checked, so only a point off the curve is left to complain about
            return undefined
          }
        },
      }
    },
  })
}

/** OpenSSL verifies. It does not sign: its nonces are random, and the same run must give the same bytes on every backend. */
const nodeEcdsa = (crypto: NodeCrypto, id: NistCurveId, options: CurveOptions): SignatureScheme =>
  ecdsaWith(id, options, (publicKey, message, signature) => {
    const key = { key: pointOf(crypto, id, publicKey), dsaEncoding: 'ieee-p1363' } as const
    return crypto.verify(NAMES[id].hash, message, key, signature)
  })

function nodeX448(crypto: NodeCrypto): DiffieHellman {
  return diffieHellmanByOne({
    id: 'x448',
    privateKeyLength: 56,
    publicKeyLength: 56,
    sharedLength: 56,
    load(bytes) {
      const privateKey = privateKeyOf(crypto, 'X448', bytes)
      return {
        publicKey: () => rawPublicKey(crypto, privateKey),
        shared(publicKeyBytes) {
          const publicKey = publicKeyOf(crypto, 'X448', publicKeyBytes)
          try {
            return own(crypto.diffieHellman({ privateKey, publicKey }))
          } catch {
            // the keys are well-formed, so only a zero result is left to complain about
            return undefined
          }
        },
      }
    },
  })
}

function nodeEd448(crypto: NodeCrypto): SignatureScheme {
  const satisfies = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
    crypto.verify(null, message, publicKeyOf(crypto, 'Ed448', publicKey), signature)
  return signatureByOne({
    id: 'ed448',
    privateKeyLength: 57,
    publicKeyLength: 57,
    publicKey: privateKey => rawPublicKey(crypto, privateKeyOf(crypto, 'Ed448', privateKey)),
    load(privateKey) {
      const key = privateKeyOf(crypto, 'Ed448', privateKey)
      return {
        publicKey: rawPublicKey(crypto, key),
        sign: message => own(crypto.sign(null, message, key)),
        destroy() {},
      }
    },
    // OpenSSL leaves out the cofactor: what it accepts satisfies the other equation too, what it refuses gets a second opinion
    verify: (publicKey, message, signature) =>
      acceptableEd448(publicKey, signature) &&
      (satisfies(publicKey, message, signature) || satisfiesEd448(publicKey, message, signature)),
  })
}

/** Runtimes that imitate Node may lack some of them. */
function offeredBy(crypto: NodeCrypto, options: CurveOptions): Partial<Primitives> {
  const known = new Set(crypto.getCurves())
  const nist = (id: NistCurveId): boolean => known.has(NAMES[id].openssl)
  return {
    ...(knows(crypto, 'X448') ? { x448: nodeX448(crypto) } : {}),
    ...(nist('p256') ? { p256: nodeEcdh(crypto, 'p256'), 'p256-sha256': nodeEcdsa(crypto, 'p256', options) } : {}),
    ...(nist('p384') ? { p384: nodeEcdh(crypto, 'p384'), 'p384-sha384': nodeEcdsa(crypto, 'p384', options) } : {}),
    ...(nist('p521') ? { p521: nodeEcdh(crypto, 'p521'), 'p521-sha512': nodeEcdsa(crypto, 'p521', options) } : {}),
    ...(knows(crypto, 'Ed448') ? { ed448: nodeEd448(crypto) } : {}),
  }
}

/** P-256, P-384, P-521, X448 and Ed448 on node:crypto, or undefined where there is none. */
export function findNodeCurves(options: CurveOptions = {}): Backend | undefined {
  const crypto = findNodeCrypto()
  return crypto && { name: 'node', detail: nodeCryptoDetail(), primitives: offeredBy(crypto, options) }
}
