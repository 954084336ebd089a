/** mpENC section 5.2.2: the session id, and what members sign to confirm a session. */
import { concat, EMPTY, utf8 } from '../base/bytes.ts'
import { encode } from '../codec/codec.ts'
import { named, opaque, opaqueOf, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { compareIds, type MemberId } from './member-ids.ts'
import { type Bytes, type GkaSuite, KEY } from './suite.ts'

const Pid = named('Pid', opaque)

/** What the session id covers: ids in lexical order, nonces in the order of their owners. */
export const SessionContent = struct('SessionContent', { pids: vector(Pid), nonces: opaque })

/** What a member confirms with its identity key. `confirmation` is there in groups that confirm their key. */
export const Acknowledgement = struct('Acknowledgement', {
  pid: opaque,
  key: opaqueOf(KEY),
  nonce: opaqueOf(KEY),
  sid: opaqueOf(KEY),
})

/** Members with their nonces and public signature keys, in the order of the members. */
export interface SessionLists {
  readonly members: readonly MemberId[]
  readonly nonces: readonly Uint8Array[]
  readonly keys: readonly Uint8Array[]
}

type Named = Pick<SessionLists, 'members' | 'nonces'>

function sorted({ members, nonces }: Named): { pids: Bytes[]; nonces: Bytes } {
  const order = members.map((_, i) => i).sort((a, b) => compareIds(members[a]!, members[b]!))
  return { pids: order.map(i => utf8(members[i]!)), nonces: concat(...order.map(i => nonces[i]!)) }
}

/** The id of a session: differs for any two sets of members with nonces. */
export function sessionId({ hash }: GkaSuite, lists: Named): Bytes {
  return hash.digest(concat(utf8('mpENC2 sid'), encode(SessionContent, sorted(lists))))
}

/** The id as the document has it: {"ab", "c"} and {"a", "bc"} with the same nonces get the same. For comparison only. */
export function historicalSessionId({ hash }: GkaSuite, lists: Named): Bytes {
  const { pids, nonces } = sorted(lists)
  return hash.digest(concat(...pids, nonces))
}

/** What member `index` signs. */
export function acknowledged(
  lists: SessionLists,
  index: number,
  sid: Uint8Array,
  confirmation: Uint8Array = EMPTY,
): Bytes {
  const pid = utf8(lists.members[index]!)
  const content = { pid, key: lists.keys[index]!, nonce: lists.nonces[index]!, sid }
  return concat(utf8('acksig'), encode(Acknowledgement, content), confirmation)
}
