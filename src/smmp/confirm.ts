/** SMMP, fixed profile: how members convince each other of one setup, and what each adds to the first root key. */
import { equalConstantTime } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import { uint16 } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import type { PublicKeys } from './shares.ts'
import { type Bytes, deriveFromShared, KEY, NONCE, type SmmpSuite, sharedSecrets, TAG, withJoined } from './suite.ts'
import { PairContext } from './wire.ts'

/** A secret of 32 bytes in a box. */
export const BOX = KEY + TAG

const ConfirmContext = struct('ConfirmContext', { index: uint16 })

/** Who confirms, and what. */
export interface Confirming {
  readonly suite: SmmpSuite
  readonly own: number
  readonly transcript: Bytes
  readonly master: Bytes
  /** Of all members, by index; that of the own index is unused. */
  readonly pairKeys: Bytes
}

/** The key that two members share, as one of them computes it: three multiplications. */
export function pairKey(
  { suite, transcript }: { readonly suite: SmmpSuite; readonly transcript: Uint8Array },
  own: { readonly index: number; readonly b: Uint8Array; readonly r: Uint8Array },
  their: PublicKeys & { readonly index: number },
): Bytes {
  const terms: [Uint8Array, Uint8Array][] = [
    [own.b, their.r],
    [own.r, their.b],
  ]
  // both ends begin with the identity key of the smaller index
  if (own.index > their.index) terms.reverse()
  const shared = sharedSecrets(suite.dh.shared, [...terms, [own.r, their.r]])
  return wipingAfter([shared], () => deriveFromShared(suite, shared, 'pair', transcript))
}

/** The key of the pair with member `index`, in place: not to be kept. */
export const pairKeyAt = (pairKeys: Uint8Array, index: number): Uint8Array =>
  pairKeys.subarray(KEY * index, KEY * (index + 1))

/** What member `index` publishes to show which master key it has. */
export function masterTag({ suite, master, transcript }: Confirming, index: number): Bytes {
  const key = suite.labels.expand(master, 'confirm', transcript)
  return wipingAfter([key], () => suite.kdf.hmac(key, encode(ConfirmContext, { index })))
}

function withBoxKey<T>(
  { suite, transcript, pairKeys, own }: Confirming,
  ends: { readonly from: number; readonly to: number },
  use: (key: Bytes, nonce: Bytes, context: Bytes) => T,
): T {
  const context = encode(PairContext, { transcript, ...ends })
  const other = ends.from === own ? ends.to : ends.from
  const both = suite.labels.expand(pairKeyAt(pairKeys, other), 'share box', context, KEY + NONCE)
  return wipingAfter([both], () => use(both.subarray(0, KEY), both.subarray(KEY), context))
}

/** The own share in a box for each other member. */
export function sealShare(confirming: Confirming, share: Uint8Array): Bytes {
  const { suite, own, pairKeys } = confirming
  const n = pairKeys.length / KEY
  const boxes = new Uint8Array(BOX * (n - 1))
  for (let to = 0, at = 0; to < n; to++) {
    if (to === own) continue
    const box = withBoxKey(confirming, { from: own, to }, (key, nonce, context) =>
      suite.aead.seal(key, nonce, context, share),
    )
    boxes.set(box, at)
    at += BOX
  }
  return boxes
}

/** The box for member `to` among those that `from` made. */
export function boxFor(boxes: Uint8Array, n: number, from: number, to: number): Uint8Array {
  if (boxes.length !== BOX * (n - 1)) throw new RejectedError('wrong-member-count', { sender: from })
  const at = BOX * (to < from ? to : to - 1)
  return boxes.subarray(at, at + BOX)
}

/** The share of another member, who must have the same master key, the same setup and the pair's key. */
export function openShare(
  confirming: Confirming,
  { index, tag, boxes }: { readonly index: number; readonly tag: Uint8Array; readonly boxes: Uint8Array },
): Bytes {
  const { suite, own, pairKeys } = confirming
  if (!equalConstantTime(tag, masterTag(confirming, index))) throw new RejectedError('invalid-confirmation', { index })
  const box = boxFor(boxes, pairKeys.length / KEY, index, own)
  return withBoxKey(confirming, { from: index, to: own }, (key, nonce, context) =>
    suite.aead.open(key, nonce, context, box),
  )
}

/** The first root key. Every member's share is in it, so that no organizer alone decides it or learns it. */
export function firstRoot({ suite, master, transcript }: Confirming, shares: readonly Uint8Array[]): Bytes {
  const extracted = withJoined(shares, joined => suite.kdf.extract(master, joined))
  return wipingAfter([extracted], () => suite.labels.expand(extracted, 'root', transcript))
}
