/** A provider that counts what a protocol does: exact numbers to hold against a specification's cost formulas. */
import type { ByteList } from '../base/byte-list.ts'
import { createProvider, type SuiteProvider } from './default-provider.ts'
import type {
  Aead,
  Backend,
  CryptoProvider,
  DiffieHellman,
  Hash,
  InParts,
  Kdf,
  KeyEncapsulation,
  PrimitiveId,
  Primitives,
  SignatureScheme,
} from './provider.ts'

/** How often each kind of operation ran. Every item of a bulk call counts as one. */
export interface OperationCounts {
  /** Multiplications of another's public key: `shared`; encapsulations and decapsulations of a KEM of its own. */
  dh: number
  /** Multiplications of the base point of a Diffie-Hellman group, public keys of a KEM of its own: `publicKey`. */
  base: number
  sign: number
  verify: number
  /** Encryptions and decryptions. */
  aead: number
  /** Digests. */
  hash: number
  /** HMAC, HKDF-Extract and HKDF-Expand. */
  kdf: number
}

/** The provider it was made from, with a count of everything done through it and through suites made by it. */
export interface CountingProvider extends SuiteProvider {
  /** All operations so far. */
  counts(): OperationCounts
  /** The operations that `body` does. An operation that throws has been counted. */
  during(body: () => void): OperationCounts
}

type Counter = (kind: keyof OperationCounts, times?: number) => void

/** How many items two lists make together, where one item serves for all. */
const pairs = (a: ByteList, b: ByteList): number => (a.count === 1 ? b.count : a.count)

function countedHash(hash: Hash, count: Counter): Hash {
  return {
    ...hash,
    digest(data) {
      count('hash')
      return hash.digest(data)
    },
    stream() {
      const stream = hash.stream()
      return {
        update(data) {
          stream.update(data)
          return this
        },
        digest() {
          count('hash')
          return stream.digest()
        },
        wipe: () => stream.wipe(),
      }
    },
    digestMany(items) {
      count('hash', items.count)
      return hash.digestMany(items)
    },
  }
}

function countedKdf(kdf: Kdf, count: Counter): Kdf {
  return {
    ...kdf,
    hmac(key, message) {
      count('kdf')
      return kdf.hmac(key, message)
    },
    extract(salt, inputKey) {
      count('kdf')
      return kdf.extract(salt, inputKey)
    },
    ...(kdf.extractParts && {
      extractParts(salt: Uint8Array, inputKey: InParts) {
        count('kdf')
        return kdf.extractParts!(salt, inputKey)
      },
    }),
    extractMany(salts, inputKeys) {
      count('kdf', pairs(salts, inputKeys))
      return kdf.extractMany(salts, inputKeys)
    },
    expand(key, info, length) {
      count('kdf')
      return kdf.expand(key, info, length)
    },
    expandMany(keys, infos, length) {
      count('kdf', pairs(keys, infos))
      return kdf.expandMany(keys, infos, length)
    },
  }
}

function countedAead(aead: Aead, count: Counter): Aead {
  return {
    ...aead,
    seal(key, nonce, aad, plaintext) {
      count('aead')
      return aead.seal(key, nonce, aad, plaintext)
    },
    open(key, nonce, aad, ciphertext) {
      count('aead')
      return aead.open(key, nonce, aad, ciphertext)
    },
    sealMany(keys, nonces, aad, plaintexts) {
      count('aead', keys.count)
      return aead.sealMany(keys, nonces, aad, plaintexts)
    },
  }
}

function countedDiffieHellman(dh: DiffieHellman, count: Counter): DiffieHellman {
  return {
    ...dh,
    publicKey(privateKey) {
      count('base')
      return dh.publicKey(privateKey)
    },
    publicKeyMany(privateKeys) {
      count('base', privateKeys.count)
      return dh.publicKeyMany(privateKeys)
    },
    shared(privateKey, publicKey) {
      count('dh')
      return dh.shared(privateKey, publicKey)
    },
    sharedMany(privateKeys, publicKeys) {
      count('dh', pairs(privateKeys, publicKeys))
      return dh.sharedMany(privateKeys, publicKeys)
    },
  }
}

function countedEncapsulation(kem: KeyEncapsulation, count: Counter): KeyEncapsulation {
  return {
    ...kem,
    publicKey(privateKey) {
      count('base')
      return kem.publicKey(privateKey)
    },
    publicKeyMany(privateKeys) {
      count('base', privateKeys.count)
      return kem.publicKeyMany(privateKeys)
    },
    encapsulate(publicKey, coins) {
      count('dh')
      return kem.encapsulate(publicKey, coins)
    },
    encapsulateMany(publicKeys, coins) {
      count('dh', publicKeys.count)
      return kem.encapsulateMany(publicKeys, coins)
    },
    decapsulate(keyPair, kemOutput) {
      count('dh')
      return kem.decapsulate(keyPair, kemOutput)
    },
  }
}

function countedSignature(scheme: SignatureScheme, count: Counter): SignatureScheme {
  return {
    ...scheme,
    signer(privateKey) {
      const signer = scheme.signer(privateKey)
      return {
        publicKey: signer.publicKey,
        sign(message) {
          count('sign')
          return signer.sign(message)
        },
        wipe: () => signer.wipe(),
      }
    },
    verify(publicKey, message, signature) {
      count('verify')
      return scheme.verify(publicKey, message, signature)
    },
    ...(scheme.verifyParts && {
      verifyParts(publicKey: Uint8Array, message: InParts, signature: Uint8Array) {
        count('verify')
        return scheme.verifyParts!(publicKey, message, signature)
      },
    }),
    verifyMany(batch) {
      count('verify', batch.messages.count)
      return scheme.verifyMany(batch)
    },
  }
}

function counted(primitive: Primitives[PrimitiveId], count: Counter): Primitives[PrimitiveId] {
  if ('digest' in primitive) return countedHash(primitive, count)
  if ('hmac' in primitive) return countedKdf(primitive, count)
  if ('seal' in primitive) return countedAead(primitive, count)
  if ('encapsulate' in primitive) return countedEncapsulation(primitive, count)
  return 'shared' in primitive ? countedDiffieHellman(primitive, count) : countedSignature(primitive, count)
}

/** Wraps a provider: the same primitives and the same random source, counted. The given provider itself counts nothing. */
export function countOperations(provider: CryptoProvider): CountingProvider {
  const totals: OperationCounts = { dh: 0, base: 0, sign: 0, verify: 0, aead: 0, hash: 0, kdf: 0 }
  const count: Counter = (kind, times = 1) => {
    totals[kind] += times
  }
  const backends = provider.choices().map(({ primitive, backend, detail }): Backend => {
    // wrapped when first asked for: there may be a provider for each of many clients, each of which uses a few
    const primitives = {
      get [primitive]() {
        return counted(provider.primitive(primitive), count)
      },
    }
    return { name: backend, detail, primitives }
  })
  return {
    ...createProvider({ backends, random: provider.random }),
    random: provider.random,
    choices: () => provider.choices(),
    counts: () => ({ ...totals }),
    during(body) {
      const before = { ...totals }
      body()
      const done = { ...totals }
      for (const kind of Object.keys(done) as (keyof OperationCounts)[]) done[kind] -= before[kind]
      return done
    },
  }
}
