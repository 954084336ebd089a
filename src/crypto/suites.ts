/** RFC 9420 section 17.1, Cipher Suites: one row each, and the object that a row and a provider make. */
import { UsageError } from '../base/errors.ts'
import type { RandomSource } from '../base/random.ts'
import { createHpke, type Hpke } from './hpke.ts'
import { type Kem, montgomeryKem } from './kem.ts'
import { createLabels, type Labels } from './labels.ts'
import type { Aead, CryptoProvider, DiffieHellman, Hash, Kdf, PrimitiveId, SignatureScheme } from './provider.ts'

/** What a suite is made of: identifiers of RFC 9180's registries, and our primitives that serve them. */
export interface SuiteRow {
  readonly id: number
  readonly name: string
  readonly kem: { readonly id: number; readonly dh: DiffieHellman['id']; readonly kdf: Kdf['id'] }
  readonly kdf: { readonly id: number; readonly primitive: Kdf['id'] }
  readonly aead: { readonly id: number; readonly primitive: Aead['id'] }
  readonly hash: Hash['id']
  readonly signature: SignatureScheme['id']
}

const X25519_SHA256 = {
  kem: { id: 0x0020, dh: 'x25519', kdf: 'hkdf-sha256' },
  kdf: { id: 0x0001, primitive: 'hkdf-sha256' },
  hash: 'sha256',
  signature: 'ed25519',
} as const

/** The suites this library knows. */
export const SUITE_ROWS: readonly SuiteRow[] = [
  {
    id: 1,
    name: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
    ...X25519_SHA256,
    aead: { id: 0x0001, primitive: 'aes128gcm' },
  },
  {
    id: 3,
    name: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
    ...X25519_SHA256,
    aead: { id: 0x0003, primitive: 'chacha20poly1305' },
  },
]

/** Everything a protocol needs of one cipher suite. */
export interface CipherSuite {
  readonly id: number
  readonly name: string
  readonly random: RandomSource
  readonly hash: Hash
  readonly kdf: Kdf
  readonly aead: Aead
  readonly kem: Kem
  readonly signature: SignatureScheme
  readonly hpke: Hpke
  readonly labels: Labels
}

/** The primitives a row needs. */
export function primitivesOf(row: SuiteRow): PrimitiveId[] {
  return [row.hash, row.kem.kdf, row.kdf.primitive, row.aead.primitive, row.kem.dh, row.signature]
}

/** The row of a suite; throws `unknown-suite`. */
export function suiteRow(id: number): SuiteRow {
  const row = SUITE_ROWS.find(candidate => candidate.id === id)
  if (row === undefined) throw new UsageError('unknown-suite', { suite: id })
  return row
}

/** Makes a suite from its row and the primitives of a provider; throws `no-backend` where one is missing. */
export function createSuite(row: SuiteRow, provider: CryptoProvider): CipherSuite {
  const hash = provider.primitive(row.hash)
  const kdf = provider.primitive(row.kdf.primitive)
  const aead = provider.primitive(row.aead.primitive)
  const signature = provider.primitive(row.signature)
  const kem = montgomeryKem({
    id: row.kem.id,
    dh: provider.primitive(row.kem.dh),
    kdf: provider.primitive(row.kem.kdf),
    random: provider.random,
  })
  const hpke = createHpke({ kem, kdf, kdfId: row.kdf.id, aead, aeadId: row.aead.id })
  const labels = createLabels({ hash, kdf, signature, hpke })
  return { id: row.id, name: row.name, random: provider.random, hash, kdf, aead, kem, signature, hpke, labels }
}
