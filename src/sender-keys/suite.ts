/** Sender keys: the primitives. Ed25519, HKDF-SHA-256, AES-256-GCM. */
import type { RandomSource } from '../base/random.ts'
import { type ProtocolLabels, protocolLabels } from '../crypto/protocol-labels.ts'
import type { Aead, CryptoProvider, SignatureScheme } from '../crypto/provider.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** The length of chain keys and signature keys. */
export const KEY = 32
export const NONCE = 12

/** The primitives of sender keys. */
export interface SenderKeysSuite {
  readonly random: RandomSource
  readonly signature: SignatureScheme
  readonly aead: Aead
  readonly labels: ProtocolLabels
}

/** The suite on a provider. */
export function createSenderKeysSuite(provider: CryptoProvider): SenderKeysSuite {
  return {
    random: provider.random,
    signature: provider.primitive('ed25519'),
    aead: provider.primitive('aes256gcm'),
    labels: protocolLabels(provider.primitive('hkdf-sha256'), 'SenderKeys 1.0 '),
  }
}
