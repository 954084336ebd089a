/** RFC 9180 section 4.1, DHKEM: a key encapsulation from Diffie-Hellman, one at a time and to many at once. */
import { ByteList } from '../base/byte-list.ts'
import { concat, EMPTY } from '../base/bytes.ts'
import { type RandomSource, randomBytes } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { type LabeledKdf, labeledKdf } from './labeled-kdf.ts'
import type { DiffieHellman, Kdf } from './provider.ts'

/** A key pair of a KEM. Whoever holds it owns the private key and wipes it. */
export interface KeyPair {
  readonly privateKey: Uint8Array<ArrayBuffer>
  readonly publicKey: Uint8Array<ArrayBuffer>
}

/** Many key pairs: private keys one after the other, public keys likewise. */
export interface KeyPairs {
  readonly privateKeys: Uint8Array<ArrayBuffer>
  readonly publicKeys: Uint8Array<ArrayBuffer>
}

/** A shared secret and what tells it to the recipient; or many of both, one after the other. */
export interface Encapsulated {
  readonly kemOutput: Uint8Array<ArrayBuffer>
  readonly sharedSecret: Uint8Array<ArrayBuffer>
}

/** A key encapsulation mechanism of HPKE. */
export interface Kem {
  /** The identifier in the registry of RFC 9180. */
  readonly id: number
  readonly privateKeyLength: number
  readonly publicKeyLength: number
  /** Nenc: the length of what goes to the recipient. */
  readonly outputLength: number
  /** Nsecret: the length of the shared secret. */
  readonly secretLength: number
  generateKeyPair(): KeyPair
  /** RFC 9180 section 7.1.3: the same input always gives the same pair. */
  deriveKeyPair(inputKey: Uint8Array): KeyPair
  deriveKeyPairMany(inputKeys: ByteList): KeyPairs
  /** Throws `low-order-point` or `invalid-public-key`. */
  encapsulate(publicKey: Uint8Array): Encapsulated
  /** A fresh secret for each public key. Errors name the first bad key as `index`. */
  encapsulateMany(publicKeys: ByteList): Encapsulated
  /** Throws `low-order-point` or `invalid-public-key`. The public key of the pair is trusted to belong to the private one. */
  decapsulate(keyPair: KeyPair, kemOutput: Uint8Array): Uint8Array<ArrayBuffer>
}

/** What a DHKEM is made of. */
export interface DhKemParts {
  readonly id: number
  readonly dh: DiffieHellman
  readonly kdf: Kdf
  readonly random: RandomSource
}

const NO_SALT = ByteList.of([EMPTY])

/** DHKEM over a Montgomery curve, where any bytes of the right length are a private key. */
export function montgomeryKem({ id, dh, kdf, random }: DhKemParts): Kem {
  const labeled: LabeledKdf = labeledKdf(kdf, Uint8Array.of(0x4b, 0x45, 0x4d, id >> 8, id & 0xff))
  const secretLength = kdf.length
  const keyLength = dh.publicKeyLength

  const sharedSecret = (shared: Uint8Array, kemOutput: Uint8Array, publicKey: Uint8Array): Uint8Array<ArrayBuffer> => {
    const extracted = wipingAfter([shared], () => labeled.extract(EMPTY, 'eae_prk', shared))
    const context = concat(kemOutput, publicKey)
    return wipingAfter([extracted], () => labeled.expand(extracted, 'shared_secret', context, secretLength))
  }
  const pairOf = (privateKey: Uint8Array<ArrayBuffer>): KeyPair => ({ privateKey, publicKey: dh.publicKey(privateKey) })

  return {
    id,
    privateKeyLength: dh.privateKeyLength,
    publicKeyLength: keyLength,
    outputLength: keyLength,
    secretLength,
    generateKeyPair: () => pairOf(randomBytes(random, dh.privateKeyLength)),
    deriveKeyPair(inputKey) {
      const extracted = labeled.extract(EMPTY, 'dkp_prk', inputKey)
      return pairOf(wipingAfter([extracted], () => labeled.expand(extracted, 'sk', EMPTY, dh.privateKeyLength)))
    },
    deriveKeyPairMany(inputKeys) {
      const extracted = labeled.extractMany(NO_SALT, 'dkp_prk', inputKeys)
      const privateKeys = wipingAfter([extracted], () =>
        labeled.expandMany(ByteList.fixed(extracted, kdf.length), 'sk', EMPTY, dh.privateKeyLength),
      )
      return { privateKeys, publicKeys: dh.publicKeyMany(ByteList.fixed(privateKeys, dh.privateKeyLength)) }
    },
    encapsulate(publicKey) {
      const privateKey = randomBytes(random, dh.privateKeyLength)
      return wipingAfter([privateKey], () => {
        const shared = dh.shared(privateKey, publicKey)
        const kemOutput = dh.publicKey(privateKey)
        return { kemOutput, sharedSecret: sharedSecret(shared, kemOutput, publicKey) }
      })
    },
    encapsulateMany(publicKeys) {
      const count = publicKeys.count
      const privateKeys = randomBytes(random, count * dh.privateKeyLength)
      const secrets: Uint8Array[] = [privateKeys]
      try {
        const ephemeral = ByteList.fixed(privateKeys, dh.privateKeyLength)
        const shared = dh.sharedMany(ephemeral, publicKeys)
        secrets.push(shared)
        const kemOutput = dh.publicKeyMany(ephemeral)
        const extracted = labeled.extractMany(NO_SALT, 'eae_prk', ByteList.fixed(shared, dh.sharedLength))
        secrets.push(extracted)
        const contexts = new Uint8Array(2 * count * keyLength)
        for (let i = 0; i < count; i++) {
          contexts.set(kemOutput.subarray(i * keyLength, (i + 1) * keyLength), 2 * i * keyLength)
          contexts.set(publicKeys.at(i), (2 * i + 1) * keyLength)
        }
        const keys = ByteList.fixed(extracted, kdf.length)
        const infos = ByteList.fixed(contexts, 2 * keyLength)
        return { kemOutput, sharedSecret: labeled.expandEach(keys, 'shared_secret', infos, secretLength) }
      } finally {
        wipe(...secrets)
      }
    },
    decapsulate(keyPair, kemOutput) {
      return sharedSecret(dh.shared(keyPair.privateKey, kemOutput), kemOutput, keyPair.publicKey)
    },
  }
}
