/** RFC 9180 section 7.1.3: private keys by rejection, where not every byte string of their length is one. */
import { BugError } from '../base/errors.ts'
import { type RandomSource, randomBytes } from '../base/random.ts'
import { wipe } from '../base/secret.ts'
import type { DiffieHellman, SignatureScheme } from './provider.ts'

type Bytes = Uint8Array<ArrayBuffer>

// the limit of the RFC
const MAX_CANDIDATES = 256

/** The first candidate that is a private key. The others are wiped; that there were some says nothing about the one taken. */
export function firstPrivateKey(
  { id, toPrivateKey }: DiffieHellman | SignatureScheme,
  candidate: (counter: number) => Bytes,
): Bytes {
  for (let counter = 0; counter < MAX_CANDIDATES; counter++) {
    const bytes = candidate(counter)
    if (toPrivateKey === undefined || toPrivateKey(bytes)) return bytes
    wipe(bytes)
  }
  // the chance is below 2^-256 unless the source of the candidates is broken
  throw new BugError('broken-invariant', { primitive: id, candidates: MAX_CANDIDATES })
}

/** A fresh private key. */
export function randomPrivateKey(primitive: DiffieHellman | SignatureScheme, random: RandomSource): Bytes {
  return firstPrivateKey(primitive, () => randomBytes(random, primitive.privateKeyLength))
}
