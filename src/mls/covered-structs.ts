/** RFC 9420 sections 5, 6 and 8: what is hashed, signed, authenticated and expanded, as values: groups put it together from encodings at hand. */
import type { ValueOf } from '../codec/codec.ts'
import { opaque, uint16 } from '../codec/primitives.ts'
import { dependent } from '../codec/select.ts'
import { constant, struct } from '../codec/struct.ts'
import { FramedContent, FramedContentAuthData, SenderType } from './framing.ts'
import { GroupContext } from './group-context.ts'
import { ProtocolVersion, WireFormat } from './registries.ts'

/** Section 5.1.2. */
export const SignContent = struct('SignContent', { label: opaque, content: opaque })
export type SignContent = ValueOf<typeof SignContent>

/** Section 5.1.3. */
export const EncryptContext = struct('EncryptContext', { label: opaque, context: opaque })
export type EncryptContext = ValueOf<typeof EncryptContext>

/** Section 5.2. */
export const RefHashInput = struct('RefHashInput', { label: opaque, value: opaque })
export type RefHashInput = ValueOf<typeof RefHashInput>

/** Section 8. */
export const KDFLabel = struct('KDFLabel', { length: uint16, label: opaque, context: opaque })
export type KDFLabel = ValueOf<typeof KDFLabel>

const inGroup = { context: GroupContext } as const

/** Section 6.1. */
export const FramedContentTBS = struct('FramedContentTBS', {
  version: constant(ProtocolVersion, 'mls10'),
  wireFormat: WireFormat,
  content: FramedContent,
  place: dependent(SenderType, 'FramedContentTBS.content.sender.sender_type', {
    member: inGroup,
    new_member_commit: inGroup,
    external: {},
    new_member_proposal: {},
  }),
})
export type FramedContentTBS = ValueOf<typeof FramedContentTBS>

/** Section 6.2. */
export const AuthenticatedContentTBM = struct('AuthenticatedContentTBM', {
  contentTbs: FramedContentTBS,
  auth: FramedContentAuthData,
})
export type AuthenticatedContentTBM = ValueOf<typeof AuthenticatedContentTBM>
