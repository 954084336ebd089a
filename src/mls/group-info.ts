/** RFC 9420 section 12.4.3: what a newcomer needs to know of a group. */
import type { ValueOf } from '../codec/codec.ts'
import { opaque, uint32, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { MAC } from './crypto-objects.ts'
import { Extension } from './extension.ts'
import { GroupContext } from './group-context.ts'

const content = {
  groupContext: GroupContext,
  extensions: vector(Extension),
  confirmationTag: MAC,
  signer: uint32,
} as const

export const GroupInfo = struct('GroupInfo', { ...content, signature: opaque })
export type GroupInfo = ValueOf<typeof GroupInfo>

/** What the signature of a group info covers. */
export const GroupInfoTBS = struct('GroupInfoTBS', content)
export type GroupInfoTBS = ValueOf<typeof GroupInfoTBS>
