/** The backend on libsodium-wrappers, an optional peer: what its standard build has (no SHA-2, no AES), and it must be waited for once. */
import sodium from 'libsodium-wrappers'
import { wipe } from '../../../base/secret.ts'
import type { Aead, Backend, DiffieHellman, SignatureScheme } from '../../provider.ts'
import { aeadByOne, diffieHellmanByOne, signatureByOne } from '../by-one.ts'
import { cofactoredBy } from '../noble/ed25519.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** The result of a call that throws where the input is bad, and only there: lengths have been checked. */
function resultOf(call: () => Uint8Array): Bytes | undefined {
  try {
    return call() as Bytes
  } catch {
    return undefined
  }
}

const sodiumChaCha20Poly1305 = (): Aead =>
  aeadByOne({
    id: 'chacha20poly1305',
    keyLength: 32,
    seal: (key, nonce, aad, plaintext) =>
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, aad, null, nonce, key) as Bytes,
    open: (key, nonce, aad, ciphertext) =>
      resultOf(() => sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, ciphertext, aad, nonce, key)),
  })

const sodiumX25519 = (): DiffieHellman =>
  diffieHellmanByOne({
    id: 'x25519',
    privateKeyLength: 32,
    publicKeyLength: 32,
    sharedLength: 32,
    load: privateKey => ({
      publicKey: () => sodium.crypto_scalarmult_base(privateKey) as Bytes,
      shared: publicKey => resultOf(() => sodium.crypto_scalarmult(privateKey, publicKey)),
    }),
  })

function sodiumEd25519(): SignatureScheme {
  const expanded = (seed: Uint8Array) => sodium.crypto_sign_seed_keypair(seed)
  return signatureByOne({
    id: 'ed25519',
    privateKeyLength: 32,
    publicKeyLength: 32,
    publicKey(seed) {
      const { publicKey, privateKey } = expanded(seed)
      wipe(privateKey)
      return publicKey as Bytes
    },
    load(seed) {
      const { publicKey, privateKey } = expanded(seed)
      return {
        publicKey: publicKey as Bytes,
        sign: message => sodium.crypto_sign_detached(message, privateKey) as Bytes,
        destroy: () => wipe(privateKey),
      }
    },
    verify: cofactoredBy((publicKey, message, signature) =>
      sodium.crypto_sign_verify_detached(signature, message, publicKey),
    ),
  })
}

/** The backend on libsodium-wrappers, as soon as that is ready. */
export async function createSodiumBackend(): Promise<Backend> {
  await sodium.ready
  return {
    name: 'sodium',
    detail: `libsodium-wrappers, libsodium ${sodium.SODIUM_VERSION_STRING}`,
    primitives: { chacha20poly1305: sodiumChaCha20Poly1305(), x25519: sodiumX25519(), ed25519: sodiumEd25519() },
  }
}
