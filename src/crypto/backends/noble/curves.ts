/** The curves of cipher suites 2, 4, 5, 6 and 7 on @noble/curves. Its big integers vary in time with their values: see SECURITY.md. */
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { ed448, x448 } from '@noble/curves/ed448.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { type RandomSource, randomBytes } from '../../../base/random.ts'
import { wipingAfter } from '../../../base/secret.ts'
import { isScalar, isUncompressed, NIST_CURVES, type NistCurveId, toScalar } from '../../nist-curves.ts'
import type { Backend, DiffieHellman, SignatureScheme } from '../../provider.ts'
import { diffieHellmanByOne, signatureByOne } from '../by-one.ts'
import { fromDer, toDer } from '../ecdsa-encoding.ts'
import { acceptableEd448 } from '../ed448-acceptance.ts'

/** Choices about the curves of these suites. */
export interface CurveOptions {
  /**
   * ECDSA signs deterministically (RFC 6979): the same key and message give the same signature. With a source given here, its bytes
   * go into every nonce besides key and message (RFC 6979 section 3.6), which hampers attacks by induced faults.
   */
  readonly signingEntropy?: RandomSource
}

const LIBRARY: Readonly<Record<NistCurveId, ECDSA>> = { p256, p384, p521 }

/** The result of a call that throws where a point is not on the curve, or is of low order. */
function unlessRefused<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}

/** What both primitives of a curve say of private keys. */
export const scalarsOf = (id: NistCurveId) => ({
  isPrivateKey: (privateKey: Uint8Array) => isScalar(NIST_CURVES[id], privateKey),
  toPrivateKey: (candidate: Uint8Array) => toScalar(NIST_CURVES[id], candidate),
})

/** RFC 9180 section 4.1: the shared secret is the x coordinate alone. */
function nobleEcdh(id: NistCurveId): DiffieHellman {
  const its = NIST_CURVES[id]
  const library = LIBRARY[id]
  return diffieHellmanByOne({
    id,
    privateKeyLength: its.scalarLength,
    publicKeyLength: its.pointLength,
    sharedLength: its.scalarLength,
    refusal: 'invalid-public-key',
    ...scalarsOf(id),
    acceptsPublicKey: publicKey =>
      isUncompressed(its, publicKey) && unlessRefused(() => library.Point.fromBytes(publicKey)) !== undefined,
    load: privateKey => ({
      publicKey: () => library.getPublicKey(privateKey, false),
      shared(publicKey) {
        if (!isUncompressed(its, publicKey)) return undefined
        const point = unlessRefused(() => library.getSharedSecret(privateKey, publicKey, false))
        return point && wipingAfter([point], () => point.slice(1, 1 + its.scalarLength))
      },
    }),
  })
}

/** True if r and s, side by side, are a signature. The encoding of the key has been checked. */
export type VerifyEcdsa = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean

/** ECDSA with the hash of the curve's suites. Keys and signatures pass the same checks whatever library verifies what remains. */
export function ecdsaWith(id: NistCurveId, { signingEntropy }: CurveOptions, verify: VerifyEcdsa): SignatureScheme {
  const its = NIST_CURVES[id]
  const library = LIBRARY[id]
  const names = { p256: 'p256-sha256', p384: 'p384-sha384', p521: 'p521-sha512' } as const
  const sign = (message: Uint8Array, key: Uint8Array) => {
    const extraEntropy = signingEntropy ? randomBytes(signingEntropy, its.scalarLength) : false
    return toDer(library.sign(message, key, { lowS: false, extraEntropy }))
  }
  return signatureByOne({
    id: names[id],
    privateKeyLength: its.scalarLength,
    publicKeyLength: its.pointLength,
    ...scalarsOf(id),
    publicKey: privateKey => library.getPublicKey(privateKey, false),
    load(privateKey) {
      const key = Uint8Array.from(privateKey)
      return {
        publicKey: library.getPublicKey(key, false),
        sign: message => sign(message, key),
        destroy: () => key.fill(0),
      }
    },
    verify(publicKey, message, signature) {
      const numbers = isUncompressed(its, publicKey) ? fromDer(its, signature) : undefined
      return numbers !== undefined && unlessRefused(() => verify(publicKey, message, numbers)) === true
    },
  })
}

const nobleEcdsa = (id: NistCurveId, options: CurveOptions): SignatureScheme =>
  ecdsaWith(id, options, (publicKey, message, signature) =>
    LIBRARY[id].verify(signature, message, publicKey, { lowS: false }),
  )

const nobleX448 = (): DiffieHellman =>
  diffieHellmanByOne({
    id: 'x448',
    privateKeyLength: 56,
    publicKeyLength: 56,
    sharedLength: 56,
    load: privateKey => ({
      publicKey: () => x448.getPublicKey(privateKey),
      shared: publicKey => unlessRefused(() => x448.getSharedSecret(privateKey, publicKey)),
    }),
  })

/** [4](S*B - R - k*A) = 0. The encodings must be acceptable already. */
export function satisfiesEd448(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return ed448.verify(signature, message, publicKey, { zip215: true })
}

const nobleEd448 = (): SignatureScheme =>
  signatureByOne({
    id: 'ed448',
    privateKeyLength: 57,
    publicKeyLength: 57,
    publicKey: privateKey => ed448.getPublicKey(privateKey),
    load(privateKey) {
      const seed = Uint8Array.from(privateKey)
      return {
        publicKey: ed448.getPublicKey(seed),
        sign: message => ed448.sign(message, seed),
        destroy: () => seed.fill(0),
      }
    },
    verify: (publicKey, message, signature) =>
      acceptableEd448(publicKey, signature) && satisfiesEd448(publicKey, message, signature),
  })

/** P-256, P-384, P-521, X448 and Ed448 in JavaScript, everywhere. */
export function createNobleCurves(options: CurveOptions = {}): Backend {
  return {
    name: 'noble',
    detail: '@noble/curves, JavaScript',
    primitives: {
      x448: nobleX448(),
      p256: nobleEcdh('p256'),
      p384: nobleEcdh('p384'),
      p521: nobleEcdh('p521'),
      ed448: nobleEd448(),
      'p256-sha256': nobleEcdsa('p256', options),
      'p384-sha384': nobleEcdsa('p384', options),
      'p521-sha512': nobleEcdsa('p521', options),
    },
  }
}
