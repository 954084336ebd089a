/** RFC 9420 sections 6, 6.1 and 6.2: framed content, what authenticates it, public messages. */
import type { ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { opaque, uint32, uint64 } from '../codec/primitives.ts'
import { dependent, select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { Commit } from './commit.ts'
import { MAC } from './crypto-objects.ts'
import { Proposal } from './proposal.ts'
import { WireFormat } from './registries.ts'

export const ContentType = enumeration('ContentType', { application: 1, proposal: 2, commit: 3 })
export type ContentType = ValueOf<typeof ContentType>

export const SenderType = enumeration('SenderType', {
  member: 1,
  external: 2,
  new_member_proposal: 3,
  new_member_commit: 4,
})
export type SenderType = ValueOf<typeof SenderType>

/** Section 6: who sent a message. */
export const Sender = struct('Sender', {
  senderType: select(SenderType, {
    member: { leafIndex: uint32 },
    external: { senderIndex: uint32 },
    new_member_commit: {},
    new_member_proposal: {},
  }),
})
/** Who sent a message, decoded. */
export type Sender = ValueOf<typeof Sender>

/** What a message of each content type carries. */
export const CONTENT = {
  application: { applicationData: opaque },
  proposal: { proposal: Proposal },
  commit: { commit: Commit },
} as const

export const FramedContent = struct('FramedContent', {
  groupId: opaque,
  epoch: uint64,
  sender: Sender,
  authenticatedData: opaque,
  contentType: select(ContentType, CONTENT),
})
export type FramedContent = ValueOf<typeof FramedContent>

/** Section 6.1. Decoded by itself it needs to be told the content type. */
export const FramedContentAuthData = struct('FramedContentAuthData', {
  signature: opaque,
  confirmation: dependent(ContentType, 'FramedContent.content_type', {
    commit: { confirmationTag: MAC },
    application: {},
    proposal: {},
  }),
})
export type FramedContentAuthData = ValueOf<typeof FramedContentAuthData>

/** Section 6. */
export const AuthenticatedContent = struct('AuthenticatedContent', {
  wireFormat: WireFormat,
  content: FramedContent,
  auth: FramedContentAuthData,
})
export type AuthenticatedContent = ValueOf<typeof AuthenticatedContent>

/** Section 6.2. */
export const PublicMessage = struct('PublicMessage', {
  content: FramedContent,
  auth: FramedContentAuthData,
  membership: dependent(SenderType, 'PublicMessage.content.sender.sender_type', {
    member: { membershipTag: MAC },
    external: {},
    new_member_commit: {},
    new_member_proposal: {},
  }),
})
export type PublicMessage = ValueOf<typeof PublicMessage>
