/** RFC 9420 section 17.1, Cipher Suites: one row each, and the object that a row and a provider make. */
import { UsageError } from '../base/errors.ts'
import type { RandomSource } from '../base/random.ts'
import { createHpke, type Hpke } from './hpke.ts'
import { dhKem, type Kem } from './kem.ts'
import { createLabels, type Labels } from './labels.ts'
import { ownKem } from './own-kem.ts'
import { randomPrivateKey } from './private-keys.ts'
import type {
  Aead,
  CryptoProvider,
  DiffieHellman,
  Hash,
  Kdf,
  KeyEncapsulation,
  PrimitiveId,
  SignatureScheme,
} from './provider.ts'

/** A KEM made of a Diffie-Hellman group and a KDF (RFC 9180 section 4.1), or one of its own. */
export type KemRow =
  | { readonly id: number; readonly dh: DiffieHellman['id']; readonly kdf: Kdf['id'] }
  | { readonly id: number; readonly own: KeyEncapsulation['id'] }

/** What a suite is made of: identifiers of RFC 9180's registries, and our primitives that serve them. */
export interface SuiteRow {
  readonly id: number
  readonly name: string
  readonly kem: KemRow
  readonly kdf: { readonly id: number; readonly primitive: Kdf['id'] }
  readonly aead: { readonly id: number; readonly primitive: Aead['id'] }
  readonly hash: Hash['id']
  readonly signature: SignatureScheme['id']
}

// the parts of rows, with their numbers in the registries of RFC 9180
const X25519 = { id: 0x0020, dh: 'x25519', kdf: 'hkdf-sha256' } as const
const X448 = { id: 0x0021, dh: 'x448', kdf: 'hkdf-sha512' } as const
const P256 = { id: 0x0010, dh: 'p256', kdf: 'hkdf-sha256' } as const
const P384 = { id: 0x0011, dh: 'p384', kdf: 'hkdf-sha384' } as const
const P521 = { id: 0x0012, dh: 'p521', kdf: 'hkdf-sha512' } as const
const XWING = { id: 0x647a, own: 'xwing' } as const
const AES128GCM = { id: 0x0001, primitive: 'aes128gcm' } as const
const AES256GCM = { id: 0x0002, primitive: 'aes256gcm' } as const
const CHACHA20POLY1305 = { id: 0x0003, primitive: 'chacha20poly1305' } as const
const SHA256 = { kdf: { id: 0x0001, primitive: 'hkdf-sha256' }, hash: 'sha256' } as const
const SHA384 = { kdf: { id: 0x0002, primitive: 'hkdf-sha384' }, hash: 'sha384' } as const
const SHA512 = { kdf: { id: 0x0003, primitive: 'hkdf-sha512' }, hash: 'sha512' } as const

/** The suites this library knows. Those above 7 are not registered: docs/suites.md says where they come from. */
export const SUITE_ROWS: readonly SuiteRow[] = [
  {
    id: 1,
    name: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
    kem: X25519,
    aead: AES128GCM,
    ...SHA256,
    signature: 'ed25519',
  },
  {
    id: 2,
    name: 'MLS_128_DHKEMP256_AES128GCM_SHA256_P256',
    kem: P256,
    aead: AES128GCM,
    ...SHA256,
    signature: 'p256-sha256',
  },
  {
    id: 3,
    name: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
    kem: X25519,
    aead: CHACHA20POLY1305,
    ...SHA256,
    signature: 'ed25519',
  },
  {
    id: 4,
    name: 'MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448',
    kem: X448,
    aead: AES256GCM,
    ...SHA512,
    signature: 'ed448',
  },
  {
    id: 5,
    name: 'MLS_256_DHKEMP521_AES256GCM_SHA512_P521',
    kem: P521,
    aead: AES256GCM,
    ...SHA512,
    signature: 'p521-sha512',
  },
  {
    id: 6,
    name: 'MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448',
    kem: X448,
    aead: CHACHA20POLY1305,
    ...SHA512,
    signature: 'ed448',
  },
  {
    id: 7,
    name: 'MLS_256_DHKEMP384_AES256GCM_SHA384_P384',
    kem: P384,
    aead: AES256GCM,
    ...SHA384,
    signature: 'p384-sha384',
  },
  {
    id: 0x004d,
    name: 'MLS_256_XWING_CHACHA20POLY1305_SHA256_Ed25519',
    kem: XWING,
    aead: CHACHA20POLY1305,
    ...SHA256,
    signature: 'ed25519',
  },
  {
    id: 0x0053,
    name: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
    kem: XWING,
    aead: AES256GCM,
    ...SHA512,
    signature: 'ed25519',
  },
  {
    id: 0x0054,
    name: 'MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519',
    kem: XWING,
    aead: CHACHA20POLY1305,
    ...SHA512,
    signature: 'ed25519',
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
  /** A fresh private key for `signature.signer`. Whoever asks owns it and wipes it. */
  generateSignatureKey(): Uint8Array<ArrayBuffer>
}

/** The primitives a row needs. */
export function primitivesOf(row: SuiteRow): PrimitiveId[] {
  const kem = 'own' in row.kem ? [row.kem.own] : [row.kem.dh, row.kem.kdf]
  return [row.hash, row.kdf.primitive, row.aead.primitive, row.signature, ...kem]
}

/** The row of a suite; throws `unknown-suite`. */
export function suiteRow(id: number): SuiteRow {
  const row = SUITE_ROWS.find(candidate => candidate.id === id)
  if (row === undefined) throw new UsageError('unknown-suite', { suite: id })
  return row
}

function createKem(row: KemRow, provider: CryptoProvider): Kem {
  const { id } = row
  const { random } = provider
  if ('own' in row) return ownKem({ id, primitive: provider.primitive(row.own), random })
  return dhKem({ id, dh: provider.primitive(row.dh), kdf: provider.primitive(row.kdf), random })
}

/** Makes a suite from its row and the primitives of a provider; throws `no-backend` where one is missing. */
export function createSuite(row: SuiteRow, provider: CryptoProvider): CipherSuite {
  const hash = provider.primitive(row.hash)
  const kdf = provider.primitive(row.kdf.primitive)
  const aead = provider.primitive(row.aead.primitive)
  const signature = provider.primitive(row.signature)
  const kem = createKem(row.kem, provider)
  const hpke = createHpke({ kem, kdf, kdfId: row.kdf.id, aead, aeadId: row.aead.id })
  const labels = createLabels({ hash, kdf, signature, hpke })
  const { id, name } = row
  const { random } = provider
  const generateSignatureKey = () => randomPrivateKey(signature, random)
  return { id, name, random, hash, kdf, aead, kem, signature, hpke, labels, generateSignatureKey }
}
