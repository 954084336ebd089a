/** The backend on @noble: plain JavaScript, everywhere. AES uses tables indexed by secrets and big integers vary in time; see SECURITY.md. */
import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { Aead, Backend, DiffieHellman, Hash, Kdf, SignatureScheme } from '../../provider.ts'
import { aeadByOne, diffieHellmanByOne, hashByOne, kdfByOne, signatureByOne } from '../by-one.ts'
import { nobleComposition } from './composition25519.ts'
import { verifyEd25519 } from './ed25519.ts'

type NobleHash = typeof sha256 | typeof sha384
type NobleAead = typeof gcm | typeof chacha20poly1305

const nobleHash = (id: Hash['id'], hash: NobleHash): Hash =>
  hashByOne({
    id,
    length: hash.outputLen,
    blockLength: hash.blockLen,
    digest: data => hash(data),
    begin: () => hash.create(),
  })

const nobleKdf = (id: Kdf['id'], hash: NobleHash): Kdf =>
  kdfByOne({ id, length: hash.outputLen, hmac: (key, message) => hmac(hash, key, message) })

const nobleAead = (id: Aead['id'], keyLength: number, cipher: NobleAead): Aead =>
  aeadByOne({
    id,
    keyLength,
    seal: (key, nonce, aad, plaintext) => cipher(key, nonce, aad).encrypt(plaintext),
    open(key, nonce, aad, ciphertext) {
      try {
        return cipher(key, nonce, aad).decrypt(ciphertext)
      } catch {
        return undefined
      }
    },
  })

const nobleX25519 = (): DiffieHellman => ({
  composition: nobleComposition,
  ...diffieHellmanByOne({
    id: 'x25519',
    privateKeyLength: 32,
    publicKeyLength: 32,
    sharedLength: 32,
    load: privateKey => ({
      publicKey: () => x25519.getPublicKey(privateKey),
      shared(publicKey) {
        try {
          return x25519.getSharedSecret(privateKey, publicKey)
        } catch {
          // lengths have been checked, so only a zero result is left to complain about
          return undefined
        }
      },
    }),
  }),
})

const nobleEd25519 = (): SignatureScheme =>
  signatureByOne({
    id: 'ed25519',
    privateKeyLength: 32,
    publicKeyLength: 32,
    publicKey: privateKey => ed25519.getPublicKey(privateKey),
    load(privateKey) {
      const seed = privateKey.slice()
      return {
        publicKey: ed25519.getPublicKey(seed),
        sign: message => ed25519.sign(message, seed),
        destroy: () => seed.fill(0),
      }
    },
    verify: verifyEd25519,
  })

/** The backend on @noble/hashes, @noble/ciphers and @noble/curves. */
export function createNobleBackend(): Backend {
  return {
    name: 'noble',
    detail: '@noble, JavaScript',
    primitives: {
      sha256: nobleHash('sha256', sha256),
      sha384: nobleHash('sha384', sha384),
      sha512: nobleHash('sha512', sha512),
      'hkdf-sha256': nobleKdf('hkdf-sha256', sha256),
      'hkdf-sha384': nobleKdf('hkdf-sha384', sha384),
      'hkdf-sha512': nobleKdf('hkdf-sha512', sha512),
      aes128gcm: nobleAead('aes128gcm', 16, gcm),
      aes256gcm: nobleAead('aes256gcm', 32, gcm),
      chacha20poly1305: nobleAead('chacha20poly1305', 32, chacha20poly1305),
      x25519: nobleX25519(),
      ed25519: nobleEd25519(),
    },
  }
}
