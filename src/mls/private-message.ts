/** RFC 9420 section 6.3: private messages. */
import type { ValueOf } from '../codec/codec.ts'
import { opaque, opaqueOf, uint32, uint64, zeroPadding } from '../codec/primitives.ts'
import { dependent } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { CONTENT, ContentType, FramedContentAuthData } from './framing.ts'

export const PrivateMessage = struct('PrivateMessage', {
  groupId: opaque,
  epoch: uint64,
  contentType: ContentType,
  authenticatedData: opaque,
  encryptedSenderData: opaque,
  ciphertext: opaque,
})
export type PrivateMessage = ValueOf<typeof PrivateMessage>

/** Section 6.3.1: the plaintext. It is decoded and encoded with the content type of its message given. */
export const PrivateMessageContent = struct('PrivateMessageContent', {
  content: dependent(ContentType, 'PrivateMessage.content_type', CONTENT),
  auth: FramedContentAuthData,
  padding: zeroPadding('length_of_padding'),
})
export type PrivateMessageContent = ValueOf<typeof PrivateMessageContent>

/** Section 6.3.1. */
export const PrivateContentAAD = struct('PrivateContentAAD', {
  groupId: opaque,
  epoch: uint64,
  contentType: ContentType,
  authenticatedData: opaque,
})
export type PrivateContentAAD = ValueOf<typeof PrivateContentAAD>

/** Section 6.3.2. */
export const SenderData = struct('SenderData', { leafIndex: uint32, generation: uint32, reuseGuard: opaqueOf(4) })
export type SenderData = ValueOf<typeof SenderData>

/** Section 6.3.2. */
export const SenderDataAAD = struct('SenderDataAAD', { groupId: opaque, epoch: uint64, contentType: ContentType })
export type SenderDataAAD = ValueOf<typeof SenderDataAAD>
