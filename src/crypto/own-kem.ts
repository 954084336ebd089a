/** A KEM of HPKE that is a primitive of its own: X-Wing (draft-connolly-cfrg-xwing-kem-10 section 5.6). */
import { ByteList } from '../base/byte-list.ts'
import { type RandomSource, randomBytes } from '../base/random.ts'
import { wipingAfter } from '../base/secret.ts'
import type { Kem, KeyPair } from './kem.ts'
import type { KeyEncapsulation } from './provider.ts'

/** What such a KEM is made of. */
export interface OwnKemParts {
  readonly id: number
  readonly primitive: KeyEncapsulation
  readonly random: RandomSource
}

/** The KEM of HPKE over a primitive that encapsulates by itself. */
export function ownKem({ id, primitive, random }: OwnKemParts): Kem {
  const { privateKeyLength, publicKeyLength, outputLength, secretLength, coinsLength } = primitive
  const pairOf = (privateKey: Uint8Array<ArrayBuffer>): KeyPair => ({
    privateKey,
    publicKey: primitive.publicKey(privateKey),
  })
  return {
    id,
    privateKeyLength,
    publicKeyLength,
    outputLength,
    secretLength,
    acceptsPublicKey: publicKey => primitive.acceptsPublicKey(publicKey),
    generateKeyPair: () => pairOf(randomBytes(random, privateKeyLength)),
    deriveKeyPair: inputKey => pairOf(primitive.derivePrivateKey(inputKey)),
    deriveKeyPairMany(inputKeys) {
      const privateKeys = new Uint8Array(inputKeys.count * privateKeyLength)
      for (let i = 0; i < inputKeys.count; i++) {
        const derived = primitive.derivePrivateKey(inputKeys.at(i))
        wipingAfter([derived], () => privateKeys.set(derived, i * privateKeyLength))
      }
      return { privateKeys, publicKeys: primitive.publicKeyMany(ByteList.fixed(privateKeys, privateKeyLength)) }
    },
    encapsulate(publicKey) {
      const coins = randomBytes(random, coinsLength)
      return wipingAfter([coins], () => primitive.encapsulate(publicKey, coins))
    },
    encapsulateMany(publicKeys) {
      const coins = randomBytes(random, publicKeys.count * coinsLength)
      return wipingAfter([coins], () => primitive.encapsulateMany(publicKeys, ByteList.fixed(coins, coinsLength)))
    },
    decapsulate: (keyPair, kemOutput) => primitive.decapsulate(keyPair, kemOutput),
  }
}
