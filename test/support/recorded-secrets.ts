/** A provider that remembers every secret that it handed out, so that a test can ask which of them were wiped. */
import type { CryptoProvider, DiffieHellman, Kdf, PrimitiveId, Primitives } from '../../src/crypto/provider.ts'

export interface RecordedSecrets {
  readonly provider: CryptoProvider
  /** How many secrets were handed out since the last `forget`. */
  readonly count: number
  /** Those among them that are not all zero now. */
  remaining(): Uint8Array[]
  forget(): void
}

/** Records shared secrets, outputs of the KDF and random bytes. */
export function recordSecrets(inner: CryptoProvider): RecordedSecrets {
  let seen: Uint8Array<ArrayBuffer>[] = []
  const record = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    seen.push(bytes)
    return bytes
  }
  const recorded = {
    x25519: (dh: DiffieHellman): DiffieHellman => ({
      ...dh,
      shared: (own, theirs) => record(dh.shared(own, theirs)),
      sharedMany: (own, theirs) => record(dh.sharedMany(own, theirs)),
    }),
    'hkdf-sha256': (kdf: Kdf): Kdf => ({
      ...kdf,
      extract: (salt, key) => record(kdf.extract(salt, key)),
      extractMany: (salts, keys) => record(kdf.extractMany(salts, keys)),
      expand: (key, info, length) => record(kdf.expand(key, info, length)),
      expandMany: (keys, infos, length) => record(kdf.expandMany(keys, infos, length)),
    }),
  }
  const provider: CryptoProvider = {
    choices: () => inner.choices(),
    random: out => {
      inner.random(out)
      record(out)
    },
    primitive<Id extends PrimitiveId>(id: Id): Primitives[Id] {
      const primitive = inner.primitive(id)
      if (id === 'x25519') return recorded.x25519(primitive as DiffieHellman) as Primitives[Id]
      if (id === 'hkdf-sha256') return recorded['hkdf-sha256'](primitive as Kdf) as Primitives[Id]
      return primitive
    },
  }
  return {
    provider,
    get count() {
      return seen.length
    },
    remaining: () => seen.filter(bytes => bytes.some(byte => byte !== 0)),
    forget() {
      seen = []
    },
  }
}
