/** mpENC section 5.4: the primitives, and checks of points that come from outside. */
import { ByteList } from '../base/byte-list.ts'
import { toHex } from '../base/bytes.ts'
import { EnvironmentError, RejectedError } from '../base/errors.ts'
import type { RandomSource } from '../base/random.ts'
import type { CryptoProvider, DiffieHellman, Hash, Kdf, KeyComposition, SignatureScheme } from '../crypto/provider.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** The length of keys, points, nonces and hashes. */
export const KEY = 32

/** X25519, Ed25519, SHA-256, HKDF over it. */
export interface GkaSuite {
  readonly random: RandomSource
  readonly dh: DiffieHellman
  readonly composition: KeyComposition
  readonly signature: SignatureScheme
  readonly hash: Hash
  readonly kdf: Kdf
}

/** The suite on a provider. Its X25519 must know how to compose keys, as those of WebAssembly and of `@noble` do. */
export function createGkaSuite(provider: CryptoProvider): GkaSuite {
  const dh = provider.primitive('x25519')
  if (dh.composition === undefined) throw new EnvironmentError('no-backend', { primitive: 'x25519 composition' })
  return {
    random: provider.random,
    dh,
    composition: dh.composition,
    signature: provider.primitive('ed25519'),
    hash: provider.primitive('sha256'),
    kdf: provider.primitive('hkdf-sha256'),
  }
}

/** Refuses points that no honest member sends, and equal ones. Costs a tenth of a multiplication each. */
export function checkPoints({ composition }: GkaSuite, points: readonly Uint8Array[]): void {
  const seen = new Set<string>()
  points.forEach((point, index) => {
    checkX25519Key(point, { index })
    seen.add(toHex(point))
  })
  if (seen.size !== points.length) throw new RejectedError('repeated-point')
  const off = composition.firstOffCurve(ByteList.of(points))
  if (off < points.length) throw new RejectedError('off-curve-point', { index: off })
}
