/** ART section 5: the key of a stage, what confirms it, and what authenticates the messages that end it. */
import { EMPTY, equalConstantTime } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import { type Bytes, expandLabel, KEY, labeledContent } from './labels.ts'
import type { ArtSuite } from './suite.ts'
import { StageContext } from './wire.ts'

/** What the key of stage 0 is derived from in place of an earlier one. */
export const NO_STAGE_KEY: Uint8Array = new Uint8Array(KEY)

/** What can end a stage. Each has a MAC key and a signature label of its own. */
export type Handshake = 'update' | 'add' | 'remove' | 'merge'

const SIGNATURE_LABELS: Readonly<Record<Handshake, string>> = {
  update: 'Update',
  add: 'Add',
  remove: 'Remove',
  merge: 'MergeNodes',
}

/** StageContext: what every member must agree on besides the secrets. */
export const stageContext = (context: StageContext): Bytes => encode(StageContext, context)

/** The key of a stage from the one before and the secret of the root. */
export function deriveStageKey(
  { kdf }: ArtSuite,
  previous: Uint8Array,
  treeKey: Uint8Array,
  context: Uint8Array,
): Bytes {
  const extracted = kdf.extract(previous, treeKey)
  return wipingAfter([extracted], () => expandLabel(kdf, extracted, 'stage', context))
}

/** Shows to those who derived the same stage key that they did. */
export function confirmationOf({ kdf }: ArtSuite, stageKey: Uint8Array, context: Uint8Array): Bytes {
  const key = expandLabel(kdf, stageKey, 'confirm', EMPTY)
  return wipingAfter([key], () => kdf.hmac(key, context))
}

/** The MAC of a handshake message, under the key of the stage that it ends. */
export function handshakeMac({ kdf }: ArtSuite, stageKey: Uint8Array, kind: Handshake, tbm: Uint8Array): Bytes {
  const key = expandLabel(kdf, stageKey, `${kind} mac`, EMPTY)
  return wipingAfter([key], () => kdf.hmac(key, tbm))
}

/** MAC and signature of a handshake message; the signature is empty where the group does without. */
export interface Authentication {
  readonly mac: Uint8Array
  readonly signature: Uint8Array
}

/** Authenticates a handshake message. Without a signer the signature stays empty. */
export function authenticate(
  suite: ArtSuite,
  stageKey: Uint8Array,
  kind: Handshake,
  tbm: Uint8Array,
  signer: Signer | undefined,
): Authentication {
  const signature = signer === undefined ? EMPTY : signer.sign(labeledContent(SIGNATURE_LABELS[kind], tbm))
  return { mac: handshakeMac(suite, stageKey, kind, tbm), signature }
}

/** What a received handshake message claims. */
export interface Claimed extends Authentication {
  readonly kind: Handshake
  readonly tbm: Uint8Array
  readonly sender: number
}

/** Refuses a handshake message whose MAC is wrong or whose signature is. `sigKey` is undefined where the group does without. */
export function checkAuthentication(
  suite: ArtSuite,
  stageKey: Uint8Array,
  { kind, tbm, mac, signature, sender }: Claimed,
  sigKey: Uint8Array | undefined,
): void {
  if (!equalConstantTime(handshakeMac(suite, stageKey, kind, tbm), mac)) {
    throw new RejectedError('invalid-mac', { sender })
  }
  const valid =
    sigKey === undefined
      ? signature.length === 0
      : suite.signature.verify(sigKey, labeledContent(SIGNATURE_LABELS[kind], tbm), signature)
  if (!valid) throw new RejectedError('invalid-signature', { sender })
}
