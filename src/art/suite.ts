/** ART section 1: the primitives. */
import type { RandomSource } from '../base/random.ts'
import { wipingAfter } from '../base/secret.ts'
import type { Aead, CryptoProvider, DiffieHellman, Hash, Kdf, SignatureScheme } from '../crypto/provider.ts'
import { createIota, type Iota, type IotaName } from './iota.ts'
import type { Bytes } from './labels.ts'

/** X25519, Ed25519, SHA-256, HKDF and HMAC over it, AES-128-GCM. */
export interface ArtSuite {
  readonly random: RandomSource
  readonly dh: DiffieHellman
  readonly signature: SignatureScheme
  readonly hash: Hash
  readonly kdf: Kdf
  readonly aead: Aead
  readonly iota: Iota
}

/** The suite on a provider. `iota` other than `hkdf` exists for checks against older implementations. */
export function createArtSuite(provider: CryptoProvider, iota: IotaName = 'hkdf'): ArtSuite {
  const kdf = provider.primitive('hkdf-sha256')
  const hash = provider.primitive('sha256')
  return {
    random: provider.random,
    dh: provider.primitive('x25519'),
    signature: provider.primitive('ed25519'),
    hash,
    kdf,
    aead: provider.primitive('aes128gcm'),
    iota: createIota(iota, kdf, hash),
  }
}

/** The secret of the node above two children, one known by its secret and the other by its public key. */
export function parentSecret({ dh, iota }: ArtSuite, secret: Uint8Array, siblingKey: Uint8Array): Bytes {
  const shared = dh.shared(secret, siblingKey)
  return wipingAfter([shared], () => iota.one(shared))
}
