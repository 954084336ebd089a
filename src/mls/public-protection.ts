/** RFC 9420 section 6.2: messages that anyone may read, authenticated by a signature and, from members, by a membership tag. */
import { concat, equalConstantTime } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { contentToBeSigned, PUBLIC_MESSAGE, type SignedContent, verifyContent } from './content-signature.ts'
import { ContentType, FramedContentAuthData, type PublicMessage } from './framing.ts'

/** What an epoch protects public messages with. */
export interface PublicProtection {
  readonly suite: CipherSuite
  /** The encoded GroupContext. */
  readonly groupContext: Uint8Array
  /** Undefined for those who follow a group without being in it: they cannot check membership tags. */
  readonly membershipKey: Uint8Array | undefined
}

/** Section 6.2: the MAC over AuthenticatedContentTBM. */
function membershipTag(
  { suite }: PublicProtection,
  key: Uint8Array,
  toBeSigned: Uint8Array,
  signed: SignedContent,
): Uint8Array {
  const auth = encode(FramedContentAuthData, signed.auth, ContentType.is(signed.content.contentType))
  return suite.kdf.hmac(key, concat(toBeSigned, auth))
}

/** A public message of signed content. A member's needs the membership key. */
export function protectPublic(
  protection: PublicProtection,
  signed: SignedContent,
  toBeSigned: Uint8Array,
): PublicMessage {
  const { content, auth } = signed
  if (content.sender.senderType !== 'member') return { content, auth }
  const tag = membershipTag(protection, protection.membershipKey!, toBeSigned, signed)
  return { content, auth, membershipTag: tag }
}

/**
 * Checks where a public message comes from. `senderKey` gives the signature key that the epoch knows for the sender, or throws.
 * The membership tag is checked first: it is cheap, and only members can make one.
 */
export function unprotectPublic(
  protection: PublicProtection,
  message: PublicMessage,
  senderKey: (content: PublicMessage['content']) => Uint8Array,
): SignedContent {
  const { content, auth } = message
  // copath-mls-6-03: application data is always encrypted
  if (content.contentType === 'application') {
    throw new RejectedError('unencrypted-application-message', { rule: 'copath-mls-6-03' })
  }
  const signed = { wireFormat: PUBLIC_MESSAGE, content, auth }
  const toBeSigned = contentToBeSigned(signed, protection.groupContext)
  const { membershipKey } = protection
  if (content.sender.senderType === 'member' && membershipKey !== undefined) {
    const expected = membershipTag(protection, membershipKey, toBeSigned, signed)
    // copath-mls-6.2-01: whoever says to be a member of the epoch knows its membership key
    if (!equalConstantTime(expected, message.membershipTag!)) {
      throw new RejectedError('invalid-membership-tag', { rule: 'copath-mls-6.2-01' })
    }
  }
  verifyContent(protection.suite, senderKey(content), toBeSigned, auth.signature)
  return signed
}
