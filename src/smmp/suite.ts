/** SMMP: the primitives, and the few operations that both profiles share. */
import { concat, EMPTY } from '../base/bytes.ts'
import type { RandomSource } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { type ProtocolLabels, protocolLabels } from '../crypto/protocol-labels.ts'
import type { Aead, CryptoProvider, DiffieHellman, Hash, Kdf } from '../crypto/provider.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** The length of keys, secrets, digests and MACs. */
export const KEY = 32
export const NONCE = 12
export const TAG = 16

/** X25519, SHA-256, HMAC and HKDF over it, AES-256-GCM. The 2014 text names no cipher. */
export interface SmmpSuite {
  readonly random: RandomSource
  readonly dh: DiffieHellman
  readonly hash: Hash
  readonly kdf: Kdf
  readonly aead: Aead
  readonly labels: ProtocolLabels
}

/** The suite on a provider. `cipher` may be any that the provider has with keys of 32 bytes. */
export function createSmmpSuite(
  provider: CryptoProvider,
  cipher: 'aes256gcm' | 'chacha20poly1305' = 'aes256gcm',
): SmmpSuite {
  const kdf = provider.primitive('hkdf-sha256')
  return {
    random: provider.random,
    dh: provider.primitive('x25519'),
    hash: provider.primitive('sha256'),
    kdf,
    aead: provider.primitive(cipher),
    labels: protocolLabels(kdf, 'SMMP-F 1.0 '),
  }
}

/** The XOR of two byte strings of one length. */
export function xor(a: Uint8Array, b: Uint8Array): Bytes {
  const out = new Uint8Array(a.length)
  for (let i = 0; i < out.length; i++) out[i] = a[i]! ^ b[i]!
  return out
}

/** Runs `use` with a digest's or a KDF's input made of parts, and wipes the input. */
export function withJoined<T>(parts: readonly Uint8Array[], use: (joined: Bytes) => T): T {
  const joined = concat(...parts)
  return wipingAfter([joined], () => use(joined))
}

/** Derives under a label of the fixed profile from shared secrets one after the other. */
export function deriveFromShared(
  { kdf, labels }: SmmpSuite,
  shared: Uint8Array,
  label: string,
  context: Uint8Array,
): Bytes {
  const extracted = kdf.extract(EMPTY, shared)
  return wipingAfter([extracted], () => labels.expand(extracted, label, context))
}

/** Several shared secrets, one after the other; the caller wipes the result. */
export function sharedSecrets(
  shared: (privateKey: Uint8Array, publicKey: Uint8Array) => Bytes,
  terms: readonly (readonly [privateKey: Uint8Array, publicKey: Uint8Array])[],
): Bytes {
  const out = new Uint8Array(KEY * terms.length)
  try {
    terms.forEach(([privateKey, publicKey], i) => {
      const secret = shared(privateKey, publicKey)
      out.set(secret, KEY * i)
      wipe(secret)
    })
    return out
  } catch (error) {
    wipe(out)
    throw error
  }
}
