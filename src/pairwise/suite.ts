/** X3DH and Double Ratchet: the primitives. X25519, Ed25519, SHA-256, HKDF over it, AES-256-GCM. */
import type { RandomSource } from '../base/random.ts'
import { type ProtocolLabels, protocolLabels } from '../crypto/protocol-labels.ts'
import type { Aead, CryptoProvider, DiffieHellman, Hash, Kdf, SignatureScheme } from '../crypto/provider.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** The length of keys, secrets and hashes. */
export const KEY = 32
export const NONCE = 12

/** The primitives of the channels. */
export interface PairwiseSuite {
  readonly random: RandomSource
  readonly dh: DiffieHellman
  readonly signature: SignatureScheme
  readonly hash: Hash
  readonly kdf: Kdf
  readonly aead: Aead
  readonly labels: ProtocolLabels
}

/** The suite on a provider. */
export function createPairwiseSuite(provider: CryptoProvider): PairwiseSuite {
  const kdf = provider.primitive('hkdf-sha256')
  return {
    random: provider.random,
    dh: provider.primitive('x25519'),
    signature: provider.primitive('ed25519'),
    hash: provider.primitive('sha256'),
    kdf,
    aead: provider.primitive('aes256gcm'),
    labels: protocolLabels(kdf, 'Pairwise 1.0 '),
  }
}
