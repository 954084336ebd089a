/** SMMP of 2014: its key derivation, its boxes, its resynchronisation. Insecure by design of the protocol: for attacks and measurements. */
import { concat, copyOf, equalConstantTime, utf8 } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { sharedOrZero } from './shares.ts'
import { type Bytes, KEY, NONCE, type SmmpSuite, withJoined, xor } from './suite.ts'
import type { Box } from './wire.ts'

const ITERATIONS = 10

/** PBKDF2-HMAC-SHA256 (RFC 8018 section 5.2) with a salt of one byte, 10 iterations and 32 bytes of output, as the reference does. */
export function historicalKdf({ kdf }: SmmpSuite, secret: Uint8Array, salt: number): Bytes {
  let block = kdf.hmac(secret, Uint8Array.of(salt, 0, 0, 0, 1))
  const out = copyOf(block)
  for (let i = 1; i < ITERATIONS; i++) {
    const next = kdf.hmac(secret, block)
    wipe(block)
    block = next
    for (let at = 0; at < KEY; at++) out[at]! ^= block[at]!
  }
  wipe(block)
  return out
}

/** The chain keys of the group, which every member has. */
export interface ChainKeys {
  readonly root: Bytes
  readonly headerKey: Bytes
  readonly nextHeaderKey: Bytes
  readonly messageKey: Bytes
}

/** Step 14: the keys that a master key gives, and v, which is cipher key, MAC key and private key at once. */
export function initialKeys(suite: SmmpSuite, master: Uint8Array): ChainKeys & { readonly v: Bytes } {
  const [root, headerKey, nextHeaderKey, messageKey, v] = [0, 1, 2, 3, 4].map(i => historicalKdf(suite, master, i))
  return { root: root!, headerKey: headerKey!, nextHeaderKey: nextHeaderKey!, messageKey: messageKey!, v: v! }
}

/** The XOR of all ratchet keys: not a sum of points, and any value that the last sender likes. */
export function aggregate(publicKeys: readonly Uint8Array[]): Bytes {
  return publicKeys.reduce<Bytes>((sum, key) => xor(sum, key), new Uint8Array(KEY))
}

/** How the next root key is made: as the text says, or as the authors' program does, with a multiplication for each member. */
export type RkMode = 'text' | 'reference'

/** The chain keys after a message. */
export function nextKeys(
  suite: SmmpSuite,
  { root, nextHeaderKey }: ChainKeys,
  {
    v,
    publicKeys,
    rkMode,
  }: { readonly v: Uint8Array; readonly publicKeys: readonly Uint8Array[]; readonly rkMode: RkMode },
): ChainKeys {
  const shared = rkMode === 'text' ? sharedOrZero(suite, v, aggregate(publicKeys)) : referenceTerm(suite, v, publicKeys)
  const next = wipingAfter([shared], () => withJoined([root, shared], joined => suite.hash.digest(joined)))
  return {
    root: next,
    headerKey: copyOf(nextHeaderKey),
    nextHeaderKey: historicalKdf(suite, next, 2),
    messageKey: historicalKdf(suite, next, 3),
  }
}

function referenceTerm(suite: SmmpSuite, v: Uint8Array, publicKeys: readonly Uint8Array[]): Bytes {
  const terms = publicKeys.map(key => sharedOrZero(suite, v, key))
  const sum = aggregate(terms)
  wipe(...terms)
  const hashed = wipingAfter([sum], () => suite.hash.digest(sum))
  return wipingAfter([hashed], () => sharedOrZero(suite, v, hashed))
}

/** What hides a new ratchet key from all but one receiver: digest and hash as the receiver has them, or nobody could go on. */
export function maskOf(suite: SmmpSuite, own: Uint8Array, theirs: Uint8Array, digest: Uint8Array): Bytes {
  const shared = sharedOrZero(suite, own, theirs)
  const hashed = wipingAfter([shared], () => suite.hash.digest(shared))
  return wipingAfter([hashed], () => xor(hashed, digest))
}

/** The private key that a resynchronisation gives member `index`: a constant that everybody knows. */
export function resyncPrivateKey({ hash }: SmmpSuite, index: number): Bytes {
  return hash.digest(utf8(String(index).padStart(KEY, '0')))
}

/** The chain keys after a resynchronisation. */
export function resyncKeys(suite: SmmpSuite, v: Uint8Array, publicKeys: readonly Uint8Array[]): ChainKeys {
  const sum = aggregate(publicKeys)
  const shared = sharedOrZero(suite, v, sum)
  const root = wipingAfter([shared], () => withJoined([sum, shared], joined => suite.hash.digest(joined)))
  const [headerKey, nextHeaderKey, messageKey] = [1, 2, 3].map(i => historicalKdf(suite, root, i))
  return { root, headerKey: headerKey!, nextHeaderKey: nextHeaderKey!, messageKey: messageKey! }
}

const NO_CONTEXT = new Uint8Array(0)

/** `e`: encrypts under a random nonce. */
export function sealBox({ aead, random }: SmmpSuite, key: Uint8Array, plaintext: Uint8Array): Box {
  const nonce = randomBytes(random, NONCE)
  return { nonce, ciphertext: aead.seal(key, nonce, NO_CONTEXT, plaintext) }
}

/** `d`. */
export function openBox({ aead }: SmmpSuite, key: Uint8Array, { nonce, ciphertext }: Box): Bytes {
  return aead.open(key, nonce, NO_CONTEXT, ciphertext)
}

/** Refuses what does not have the MAC of the group: Bad_HMAC. */
export function checkMac({ kdf }: SmmpSuite, v: Uint8Array, content: Uint8Array, mac: Uint8Array): void {
  if (!equalConstantTime(kdf.hmac(v, content), mac)) throw new RejectedError('invalid-mac')
}

/** The XOR digest of the conversation after one more message. */
export function nextDigest({ hash }: SmmpSuite, digest: Uint8Array, message: Uint8Array): Bytes {
  return xor(digest, hash.digest(message))
}

/** A housekeeping plaintext: one byte that says what, then the content. */
export const tagged = (tag: number, content: Uint8Array): Bytes => concat(Uint8Array.of(tag), content)
