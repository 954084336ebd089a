/** RFC 9420 section 12.4.3: what a newcomer needs to know of a group. */
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { opaque, uint32, vector } from '../codec/primitives.ts'
import { Reader } from '../codec/reader.ts'
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

/** A group info that came from somebody else. What a group keeps of it are copies: the bytes that it came in may be those of a whole tree. */
export type ReceivedGroupInfo = GroupInfo & {
  /** What the signature covers, in a view. */
  readonly signed: Uint8Array
}

const SIGNATURE = GroupInfo.fields.findIndex(({ key }) => key === 'signature')

/** Reads a group info; its extensions and its signature are views. */
export function receiveGroupInfo(bytes: Uint8Array): ReceivedGroupInfo {
  const info = decode(GroupInfo, bytes)
  const offsets = new Uint32Array(GroupInfo.fields.length + 1)
  GroupInfo.locate(new Reader(bytes, 'GroupInfo'), offsets, 0)
  return {
    ...info,
    groupContext: decode(GroupContext, encode(GroupContext, info.groupContext)),
    confirmationTag: info.confirmationTag.slice(),
    signed: bytes.subarray(0, offsets[SIGNATURE]),
  }
}
