/** mpENC section 3.3: packet ids, and the chain hash over the packets that began and ended the operations of a session. */
import { concat, utf8 } from '../base/bytes.ts'
import { encode } from '../codec/codec.ts'
import { named, opaque, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { compareIds, type MemberId } from './member-ids.ts'
import { type Bytes, type GkaSuite, KEY } from './suite.ts'

const Recipient = named('Recipient', opaque)

/** What the id of a packet covers. */
export const PacketContent = struct('PacketContent', {
  sender: opaque,
  recipients: vector(Recipient),
  packet: opaque,
})

/** What a packet is to its operation. */
export const CHAIN_KIND = { initial: 1, final: 2, both: 3, leave: 4, genesis: 255 } as const
/** What kind of packet a link of the chain stands for. */
export type ChainKind = keyof typeof CHAIN_KIND

/** Where a session stands: the id of the last final packet, and the hash of everything up to it. */
export interface ChainHead {
  readonly last: Uint8Array
  readonly hash: Uint8Array
}

/** The id of a packet. `concerned` are all who get it; the sender may be among them. */
export function packetId(
  { hash }: GkaSuite,
  { sender, concerned, packet }: { sender: MemberId; concerned: readonly MemberId[]; packet: Uint8Array },
): Bytes {
  const others = [...new Set(concerned)].filter(id => id !== sender).sort(compareIds)
  const content = encode(PacketContent, { sender: utf8(sender), recipients: others.map(utf8), packet })
  return hash.digest(concat(utf8('mpENC2 packet'), content))
}

/** The chain after one more packet. */
export function chained({ hash }: GkaSuite, { hash: before }: ChainHead, id: Uint8Array, kind: ChainKind): ChainHead {
  const content = concat(utf8('mpENC2 chain'), before, id, Uint8Array.of(CHAIN_KIND[kind]))
  return { last: id, hash: hash.digest(content) }
}

/** The chain before the first operation; `root` is 32 random bytes. */
export function genesis(suite: GkaSuite, root: Uint8Array): ChainHead {
  return chained(suite, { last: root, hash: new Uint8Array(KEY) }, root, 'genesis')
}
