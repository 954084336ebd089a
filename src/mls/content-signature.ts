/** RFC 9420 sections 6 and 6.1: what a member signs, bound to the group's epoch, and the check of it. */
import { EMPTY } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { encodeBetween } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { FramedContent, type FramedContentAuthData } from './framing.ts'
import { ProtocolVersion, WireFormat } from './registries.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Content with the wire format it travels in, which is part of what is signed. */
export interface ContentInFormat {
  readonly wireFormat: number
  readonly content: FramedContent
}

/** Content whose origin has been checked, or that we made ourselves. */
export interface SignedContent extends ContentInFormat {
  readonly auth: FramedContentAuthData
}

const FRAMED = 'FramedContentTBS'

/** Senders inside the group, or becoming part of it, sign the group context as well. */
function signsGroupContext({ sender }: FramedContent): boolean {
  return sender.senderType === 'member' || sender.senderType === 'new_member_commit'
}

/** FramedContentTBS. `groupContext` is the encoded context of the epoch, which its owner keeps at hand. */
export function contentToBeSigned({ wireFormat, content }: ContentInFormat, groupContext: Uint8Array): Bytes {
  const head = Uint8Array.of(0, ProtocolVersion.of.mls10, wireFormat >> 8, wireFormat)
  return encodeBetween(head, FramedContent, content, signsGroupContext(content) ? groupContext : EMPTY)
}

/** Section 6.1, SignWithLabel(., "FramedContentTBS", FramedContentTBS). */
export function signContent(suite: CipherSuite, signer: Signer, toBeSigned: Uint8Array): Bytes {
  return suite.labels.signWithLabel(signer, FRAMED, toBeSigned)
}

/** copath-mls-6.1-03: throws `invalid-signature` unless the content was signed by the holder of the key. */
export function verifyContent(
  suite: CipherSuite,
  publicKey: Uint8Array,
  toBeSigned: Uint8Array,
  signature: Uint8Array,
): void {
  if (!suite.labels.verifyWithLabel(publicKey, FRAMED, toBeSigned, signature)) {
    throw new RejectedError('invalid-signature', { rule: 'copath-mls-6.1-03', of: 'message' })
  }
}

/** The wire formats of framed content. */
export const PUBLIC_MESSAGE = WireFormat.of.mls_public_message
export const PRIVATE_MESSAGE = WireFormat.of.mls_private_message
