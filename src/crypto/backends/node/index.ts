/** The backend on node:crypto: native code, where the runtime has it. It costs a few microseconds for each call and more for each raw key. */
import { concat } from '../../../base/bytes.ts'
import { EnvironmentError, UsageError } from '../../../base/errors.ts'
import { wipe } from '../../../base/secret.ts'
import type { Aead, Backend, DiffieHellman, Hash, Kdf, Primitives, SignatureScheme } from '../../provider.ts'
import { aeadByOne, diffieHellmanByOne, hashByOne, kdfByOne, signatureByOne } from '../by-one.ts'
import { cofactoredBy } from '../noble/ed25519.ts'
import { knows, own, privateKeyOf, publicKeyOf, rawPublicKey } from './keys.ts'
import { findNodeCrypto, type NodeCrypto, nodeCryptoDetail } from './openssl.ts'

// what Node takes in one call
const LONGEST = 2 ** 31 - 1

/** The same bytes, which are not too many. */
function limited(bytes: Uint8Array): Uint8Array {
  if (bytes.length > LONGEST) throw new UsageError('input-too-long', { length: bytes.length, limit: LONGEST })
  return bytes
}

function nodeHash(crypto: NodeCrypto, id: Hash['id'], length: number, blockLength: number): Hash {
  const { hash } = crypto
  return hashByOne({
    id,
    length,
    blockLength,
    digest: hash
      ? data => own(hash.call(crypto, id, limited(data), 'buffer'))
      : data => own(crypto.createHash(id).update(limited(data)).digest()),
    begin() {
      const state = crypto.createHash(id)
      return { update: data => state.update(limited(data)), digest: () => own(state.digest()), destroy() {} }
    },
  })
}

function nodeKdf(crypto: NodeCrypto, id: Kdf['id'], length: number): Kdf {
  const name = id.slice('hkdf-'.length)
  return kdfByOne({
    id,
    length,
    hmac: (key, message) => own(crypto.createHmac(name, limited(key)).update(limited(message)).digest()),
    hmacOfParts(key, parts) {
      const mac = crypto.createHmac(name, limited(key))
      for (const part of parts) mac.update(limited(part))
      return own(mac.digest())
    },
  })
}

function nodeAead(crypto: NodeCrypto, id: Aead['id'], cipherName: string, keyLength: number): Aead {
  const options = { authTagLength: 16 }
  return aeadByOne({
    id,
    keyLength,
    seal(key, nonce, aad, plaintext) {
      const cipher = crypto.createCipheriv(cipherName, key, nonce, options)
      // Node aborts the process where plaintextLength is more
      cipher.setAAD(limited(aad), { plaintextLength: limited(plaintext).length })
      return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
    },
    open(key, nonce, aad, ciphertext) {
      const end = limited(ciphertext).length - options.authTagLength
      const cipher = crypto.createDecipheriv(cipherName, key, nonce, options)
      cipher.setAAD(limited(aad), { plaintextLength: end })
      cipher.setAuthTag(ciphertext.subarray(end))
      // OpenSSL hands out plaintext before the tag is compared: it stays here until it has been
      const unchecked = cipher.update(ciphertext.subarray(0, end))
      try {
        return concat(unchecked, cipher.final())
      } catch {
        return undefined
      } finally {
        wipe(unchecked)
      }
    },
  })
}

function nodeX25519(crypto: NodeCrypto): DiffieHellman {
  return diffieHellmanByOne({
    id: 'x25519',
    privateKeyLength: 32,
    publicKeyLength: 32,
    sharedLength: 32,
    load(bytes) {
      const privateKey = privateKeyOf(crypto, 'X25519', bytes)
      return {
        publicKey: () => rawPublicKey(crypto, privateKey),
        shared(publicKeyBytes) {
          const publicKey = publicKeyOf(crypto, 'X25519', publicKeyBytes)
          try {
            return own(crypto.diffieHellman({ privateKey, publicKey }))
          } catch {
            // the keys are well-formed, so only a zero result is left to complain about
            return undefined
          }
        },
      }
    },
  })
}

function nodeEd25519(crypto: NodeCrypto): SignatureScheme {
  return signatureByOne({
    id: 'ed25519',
    privateKeyLength: 32,
    publicKeyLength: 32,
    publicKey: privateKey => rawPublicKey(crypto, privateKeyOf(crypto, 'Ed25519', privateKey)),
    load(privateKey) {
      const key = privateKeyOf(crypto, 'Ed25519', privateKey)
      // OpenSSL wipes its copy when the key object, which nobody else holds, is collected
      return {
        publicKey: rawPublicKey(crypto, key),
        sign: message => own(crypto.sign(null, limited(message), key)),
        destroy() {},
      }
    },
    verify: cofactoredBy((publicKey, message, signature) =>
      crypto.verify(null, limited(message), publicKeyOf(crypto, 'Ed25519', publicKey), signature),
    ),
  })
}

/** Runtimes that imitate Node may lack a cipher or these curves. */
function offeredBy(crypto: NodeCrypto): Partial<Primitives> {
  const ciphers = new Set(crypto.getCiphers())
  const aead = (id: Aead['id'], name: string, keyLength: number) =>
    ciphers.has(name) ? { [id]: nodeAead(crypto, id, name, keyLength) } : {}
  return {
    sha256: nodeHash(crypto, 'sha256', 32, 64),
    sha384: nodeHash(crypto, 'sha384', 48, 128),
    sha512: nodeHash(crypto, 'sha512', 64, 128),
    'hkdf-sha256': nodeKdf(crypto, 'hkdf-sha256', 32),
    'hkdf-sha384': nodeKdf(crypto, 'hkdf-sha384', 48),
    'hkdf-sha512': nodeKdf(crypto, 'hkdf-sha512', 64),
    ...aead('aes128gcm', 'aes-128-gcm', 16),
    ...aead('aes256gcm', 'aes-256-gcm', 32),
    ...aead('chacha20poly1305', 'chacha20-poly1305', 32),
    ...(knows(crypto, 'X25519') ? { x25519: nodeX25519(crypto) } : {}),
    ...(knows(crypto, 'Ed25519') ? { ed25519: nodeEd25519(crypto) } : {}),
  }
}

/** The backend on node:crypto, or undefined where there is none. */
export function findNodeBackend(): Backend | undefined {
  const crypto = findNodeCrypto()
  return crypto && { name: 'node', detail: nodeCryptoDetail(), primitives: offeredBy(crypto) }
}

/** The backend on node:crypto; throws `no-backend` where there is none. */
export function createNodeBackend(): Backend {
  const backend = findNodeBackend()
  if (backend === undefined) throw new EnvironmentError('no-backend', { backend: 'node' })
  return backend
}
