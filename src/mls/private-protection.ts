/** RFC 9420 section 6.3: messages that only members can read, and whose sender only members learn. */
import { concat } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe, wipingAfter, wipingOnError } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { contentToBeSigned, PRIVATE_MESSAGE, type SignedContent, verifyContent } from './content-signature.ts'
import { ContentType, type FramedContent } from './framing.ts'
import type { PaddingPolicy } from './padding.ts'
import {
  PrivateContentAAD,
  type PrivateMessage,
  PrivateMessageContent,
  SenderData,
  SenderDataAAD,
} from './private-message.ts'
import type { RatchetKind, SecretTree } from './secret-tree.ts'

/** What an epoch protects private messages with. */
export interface PrivateProtection {
  readonly suite: CipherSuite
  /** The encoded GroupContext. */
  readonly groupContext: Uint8Array
  readonly senderDataSecret: Uint8Array
  readonly secretTree: SecretTree
}

/** What travels in the clear and is authenticated with everything else. */
type Envelope = Pick<PrivateMessage, 'groupId' | 'epoch' | 'contentType' | 'authenticatedData'>

const REUSE_GUARD_LENGTH = 4

function ratchetOf(contentType: FramedContent['contentType']): RatchetKind {
  return contentType === 'application' ? 'application' : 'handshake'
}

/** copath-mls-6.3.1-02: the reuse guard keeps a nonce unique even where a device's state was restored and a key comes twice. */
function guarded(nonce: Uint8Array, reuseGuard: Uint8Array): Uint8Array {
  const out = nonce.slice()
  for (let i = 0; i < REUSE_GUARD_LENGTH; i++) out[i]! ^= reuseGuard[i]!
  return out
}

/** Section 6.3.2: key and nonce of the sender data depend on a sample of the ciphertext. The caller wipes them. */
export function senderDataKey({ kdf, aead, labels }: CipherSuite, secret: Uint8Array, ciphertext: Uint8Array) {
  const sample = ciphertext.subarray(0, kdf.length)
  const key = labels.expandWithLabel(secret, 'key', sample, aead.keyLength)
  return { key, nonce: labels.expandWithLabel(secret, 'nonce', sample, aead.nonceLength) }
}

function withSenderDataKey<T>(
  { suite, senderDataSecret }: PrivateProtection,
  ciphertext: Uint8Array,
  use: (key: Uint8Array, nonce: Uint8Array) => T,
): T {
  const { key, nonce } = senderDataKey(suite, senderDataSecret, ciphertext)
  return wipingAfter([key, nonce], () => use(key, nonce))
}

function plaintextOf({ content, auth }: SignedContent, padding: PaddingPolicy): Uint8Array {
  const given = ContentType.is(content.contentType)
  const unpadded = encode(PrivateMessageContent, { ...content, auth, padding: 0 } as PrivateMessageContent, given)
  const zeros = wipingOnError([unpadded], () => padding(unpadded.length))
  return zeros === 0 ? unpadded : wipingAfter([unpadded], () => concat(unpadded, new Uint8Array(zeros)))
}

/** Encrypts content that this member has signed, with the next key of its own ratchet. */
export function protectPrivate(
  protection: PrivateProtection,
  signed: SignedContent,
  options: { readonly leaf: number; readonly padding: PaddingPolicy },
): PrivateMessage {
  const { suite, secretTree } = protection
  const { groupId, epoch, contentType, authenticatedData } = signed.content
  const plaintext = plaintextOf(signed, options.padding)
  // fresh, and drawn before anything is used up: a source of randomness can fail
  const reuseGuard = randomBytes(suite.random, REUSE_GUARD_LENGTH)
  const { generation, key, nonce } = secretTree.next(options.leaf, ratchetOf(contentType))
  const guardedNonce = guarded(nonce, reuseGuard)
  const envelope: Envelope = { groupId, epoch, contentType, authenticatedData }
  const ciphertext = wipingAfter([key, nonce, guardedNonce, plaintext], () =>
    suite.aead.seal(key, guardedNonce, encode(PrivateContentAAD, envelope), plaintext),
  )
  // copath-mls-6.3.1-03: the guard is told to those who read
  const senderData = encode(SenderData, { leafIndex: options.leaf, generation, reuseGuard })
  const encryptedSenderData = withSenderDataKey(protection, ciphertext, (senderKey, senderNonce) =>
    suite.aead.seal(senderKey, senderNonce, encode(SenderDataAAD, envelope), senderData),
  )
  return { ...envelope, encryptedSenderData, ciphertext }
}

function openSenderData(protection: PrivateProtection, message: PrivateMessage): SenderData {
  const { aead } = protection.suite
  const bytes = withSenderDataKey(protection, message.ciphertext, (key, nonce) =>
    aead.open(key, nonce, encode(SenderDataAAD, message), message.encryptedSenderData),
  )
  return decode(SenderData, bytes)
}

/** A genuine message whose key is not consumed yet: either `accept` or `discard` ends that. */
export interface OpenedMessage {
  readonly signed: SignedContent
  readonly signatureKey: Uint8Array
  accept(): void
  /** What the message asks for is refused: the key stays as if it had not come. */
  discard(): void
}

/**
 * Decrypts a message of this epoch and checks who sent it. `signatureKey` gives the key of the member at a leaf, or throws
 * where there is none. The key is consumed when the caller accepts the message.
 */
export function openPrivate(
  protection: PrivateProtection,
  message: PrivateMessage,
  signatureKey: (leaf: number) => Uint8Array,
): OpenedMessage {
  const { suite, secretTree, groupContext } = protection
  const { leafIndex, generation, reuseGuard } = openSenderData(protection, message)
  const publicKey = signatureKey(leafIndex)
  const pending = secretTree.receive(leafIndex, ratchetOf(message.contentType), generation)
  try {
    const nonce = guarded(pending.nonce, reuseGuard)
    const plaintext = wipingAfter([nonce], () =>
      suite.aead.open(pending.key, nonce, encode(PrivateContentAAD, message), message.ciphertext),
    )
    const signed = readPlaintext(message, leafIndex, plaintext)
    // copath-mls-6.3.1-04: what members can read one of them has signed
    verifyContent(suite, publicKey, contentToBeSigned(signed, groupContext), signed.auth.signature)
    return { signed, signatureKey: publicKey, accept: () => pending.accept(), discard: () => pending.discard() }
  } catch (error) {
    pending.discard()
    throw error
  }
}

/** `openPrivate` for messages that are acceptable as soon as they are genuine. */
export function unprotectPrivate(
  protection: PrivateProtection,
  message: PrivateMessage,
  signatureKey: (leaf: number) => Uint8Array,
): SignedContent {
  const { signed, accept } = openPrivate(protection, message, signatureKey)
  accept()
  return signed
}

function readPlaintext(message: PrivateMessage, leafIndex: number, plaintext: Uint8Array): SignedContent {
  const { groupId, epoch, contentType, authenticatedData } = message
  let decoded: PrivateMessageContent
  try {
    decoded = decode(PrivateMessageContent, plaintext, ContentType.is(contentType))
  } catch (error) {
    wipe(plaintext)
    throw error instanceof RejectedError ? new RejectedError('malformed-content', { reason: error.code }) : error
  }
  const { auth, padding: _, ...fields } = decoded
  const sender = { senderType: 'member', leafIndex } as const
  const content = { groupId, epoch, sender, authenticatedData, contentType, ...fields } as FramedContent
  return { wireFormat: PRIVATE_MESSAGE, content, auth }
}
