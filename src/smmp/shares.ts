/** SMMP steps 11 to 14: shares, what hides them, and the master key, in both profiles. */
import { concat, copyOf } from '../base/bytes.ts'
import { CopathError } from '../base/errors.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { encode, type ValueOf } from '../codec/codec.ts'
import { opaque, opaqueOf, uint16, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { type Bytes, deriveFromShared, KEY, type SmmpSuite, sharedSecrets, xor } from './suite.ts'

/** The public keys of one participant. */
export const PublicKeys = struct('PublicKeys', { b: opaqueOf(KEY), k: opaqueOf(KEY), r: opaqueOf(KEY) })
export type PublicKeys = ValueOf<typeof PublicKeys>

/** Everything that setup said, in the order of indices. */
export const SetupTranscript = struct('SetupTranscript', {
  groupId: opaque,
  u: opaqueOf(KEY),
  w: opaqueOf(KEY),
  n: uint16,
  participants: vector(PublicKeys),
})

/** How a profile makes keys of shared secrets. */
export interface ShareRules {
  readonly fixed: boolean
  shared(privateKey: Uint8Array, publicKey: Uint8Array): Bytes
  /** L of participant `index`, from its three terms. */
  share(terms: Uint8Array, index: number): Bytes
  /** What hides the other shares from everybody but participant `index`. */
  mask(shared: Uint8Array, index: number): Bytes
  /** The master key, from the XOR of all shares. */
  master(total: Uint8Array): Bytes
}

/** The 2014 text, read so that it works: no key is bound to anything, and zero is a shared secret like any other. */
export function historicalRules(suite: SmmpSuite): ShareRules {
  return {
    fixed: false,
    shared: (privateKey, publicKey) => sharedOrZero(suite, privateKey, publicKey),
    share: terms => suite.hash.digest(terms),
    mask: shared => copyOf(shared),
    master: total => copyOf(total),
  }
}

/** X25519 with the results that it should refuse. */
export function sharedOrZero({ dh }: SmmpSuite, privateKey: Uint8Array, publicKey: Uint8Array): Bytes {
  try {
    return dh.shared(privateKey, publicKey)
  } catch (error) {
    if (error instanceof CopathError && error.code === 'low-order-point') return new Uint8Array(KEY)
    throw error
  }
}

/** The fixed profile: every key is bound to the transcript and to its place. */
export function fixedRules(suite: SmmpSuite, transcript: Uint8Array): ShareRules {
  const context = (index: number): Bytes => concat(transcript, Uint8Array.of(index >> 8, index))
  return {
    fixed: true,
    shared: suite.dh.shared,
    share: (terms, index) => deriveFromShared(suite, terms, 'share', context(index)),
    mask: (shared, index) => deriveFromShared(suite, shared, 'mask', context(index)),
    master: total => suite.labels.expand(total, 'master', transcript),
  }
}

/** What the fixed profile binds everything to. */
export function transcriptOf({ hash, labels }: SmmpSuite, setup: ValueOf<typeof SetupTranscript>): Bytes {
  return hash.digest(labels.content('setup', encode(SetupTranscript, setup)))
}

/** Steps 11 and 12 at the organizer: G for each participant. Four multiplications each. */
export function maskedShares(
  rules: ShareRules,
  organizer: { readonly u: Uint8Array; readonly w: Uint8Array },
  participants: readonly PublicKeys[],
): Bytes[] {
  const { u, w } = organizer
  const shares: Bytes[] = []
  const total = new Uint8Array(KEY)
  try {
    participants.forEach(({ b, k }, i) => {
      const terms = sharedSecrets(rules.shared, [
        [u, k],
        [w, b],
        [w, k],
      ])
      const share = wipingAfter([terms], () => rules.share(terms, i))
      shares.push(share)
      for (let at = 0; at < KEY; at++) total[at]! ^= share[at]!
    })
    return participants.map(({ r }, i) => {
      const shared = rules.shared(w, r)
      const mask = wipingAfter([shared], () => rules.mask(shared, i))
      // all but its own
      const others = xor(total, shares[i]!)
      return wipingAfter([mask, others], () => xor(mask, others))
    })
  } finally {
    wipe(total, ...shares)
  }
}

/** Step 13 at a participant, with the parenthesis where it must be: the master key. Four multiplications. */
export function masterKey(
  rules: ShareRules,
  own: { readonly index: number; readonly b: Uint8Array; readonly k: Uint8Array; readonly r: Uint8Array },
  received: { readonly u: Uint8Array; readonly w: Uint8Array; readonly g: Uint8Array },
): Bytes {
  const { u, w, g } = received
  const terms = sharedSecrets(rules.shared, [
    [own.k, u],
    [own.b, w],
    [own.k, w],
  ])
  const share = wipingAfter([terms], () => rules.share(terms, own.index))
  const made: Bytes[] = [share]
  try {
    const shared = rules.shared(own.r, w)
    made.push(shared)
    const mask = rules.mask(shared, own.index)
    made.push(mask)
    const others = xor(g, mask)
    made.push(others)
    const total = xor(others, share)
    made.push(total)
    return rules.master(total)
  } finally {
    wipe(...made)
  }
}
