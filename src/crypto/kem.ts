/** RFC 9180 section 4.1, DHKEM: a key encapsulation from Diffie-Hellman, one at a time and to many at once. */
import { ByteList } from '../base/byte-list.ts'
import { concat, EMPTY } from '../base/bytes.ts'
import { type RandomSource, randomBytes } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { type LabeledKdf, labeledKdf } from './labeled-kdf.ts'
import { firstPrivateKey, randomPrivateKey } from './private-keys.ts'
import type { DiffieHellman, Encapsulated, Kdf } from './provider.ts'

export type { Encapsulated } from './provider.ts'

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
  /** Only where encapsulating refuses more than wrong lengths and low orders: whether it accepts this public key. Cheap. */
  acceptsPublicKey?(publicKey: Uint8Array): boolean
  /** A fresh key pair; the caller wipes it. */
  generateKeyPair(): KeyPair
  /** RFC 9180 section 7.1.3: the same input always gives the same pair. */
  deriveKeyPair(inputKey: Uint8Array): KeyPair
  /** Key pairs of all inputs. */
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

/** DHKEM over any of its groups. */
export function dhKem({ id, dh, kdf, random }: DhKemParts): Kem {
  const labeled: LabeledKdf = labeledKdf(kdf, Uint8Array.of(0x4b, 0x45, 0x4d, id >> 8, id & 0xff))
  const secretLength = kdf.length
  const keyLength = dh.publicKeyLength
  const keySize = dh.privateKeyLength

  const sharedSecret = (shared: Uint8Array, kemOutput: Uint8Array, publicKey: Uint8Array): Uint8Array<ArrayBuffer> => {
    const extracted = wipingAfter([shared], () => labeled.extract(EMPTY, 'eae_prk', shared))
    const context = concat(kemOutput, publicKey)
    return wipingAfter([extracted], () => labeled.expand(extracted, 'shared_secret', context, secretLength))
  }
  const pairOf = (privateKey: Uint8Array<ArrayBuffer>): KeyPair => ({ privateKey, publicKey: dh.publicKey(privateKey) })
  const randomKey = (): Uint8Array<ArrayBuffer> => randomPrivateKey(dh, random)
  const randomKeys = (count: number): Uint8Array<ArrayBuffer> =>
    dh.toPrivateKey ? joinedAndWiped(Array.from({ length: count }, randomKey)) : randomBytes(random, count * keySize)
  /** Section 7.1.3: at once where all bytes are private keys, else by candidates. */
  const expandKey = (extracted: Uint8Array): Uint8Array<ArrayBuffer> =>
    dh.toPrivateKey
      ? firstPrivateKey(dh, i => labeled.expand(extracted, 'candidate', Uint8Array.of(i), keySize))
      : labeled.expand(extracted, 'sk', EMPTY, keySize)
  const expandKeys = (extracted: ByteList): Uint8Array<ArrayBuffer> =>
    dh.toPrivateKey
      ? joinedAndWiped([...extracted].map(expandKey))
      : labeled.expandMany(extracted, 'sk', EMPTY, keySize)

  return {
    id,
    privateKeyLength: keySize,
    publicKeyLength: keyLength,
    outputLength: keyLength,
    secretLength,
    ...(dh.acceptsPublicKey && { acceptsPublicKey: dh.acceptsPublicKey }),
    generateKeyPair: () => pairOf(randomKey()),
    deriveKeyPair(inputKey) {
      const extracted = labeled.extract(EMPTY, 'dkp_prk', inputKey)
      return pairOf(wipingAfter([extracted], () => expandKey(extracted)))
    },
    deriveKeyPairMany(inputKeys) {
      const extracted = labeled.extractMany(NO_SALT, 'dkp_prk', inputKeys)
      const privateKeys = wipingAfter([extracted], () => expandKeys(ByteList.fixed(extracted, kdf.length)))
      return { privateKeys, publicKeys: dh.publicKeyMany(ByteList.fixed(privateKeys, keySize)) }
    },
    encapsulate(publicKey) {
      const privateKey = randomKey()
      return wipingAfter([privateKey], () => {
        const shared = dh.shared(privateKey, publicKey)
        const kemOutput = dh.publicKey(privateKey)
        return { kemOutput, sharedSecret: sharedSecret(shared, kemOutput, publicKey) }
      })
    },
    encapsulateMany(publicKeys) {
      const count = publicKeys.count
      const privateKeys = randomKeys(count)
      const secrets: Uint8Array[] = [privateKeys]
      try {
        const ephemeral = ByteList.fixed(privateKeys, keySize)
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

/** One after the other; the parts, which are secret, are wiped. */
function joinedAndWiped(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return wipingAfter(parts, () => concat(...parts))
}
