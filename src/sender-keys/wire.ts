/** Sender keys: what travels. */
import type { ValueOf } from '../codec/codec.ts'
import { opaque, opaqueOf, uint8, uint32 } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { KEY } from './suite.ts'

/** What a pairwise packet with a sender key is bound to beside its session; not sent. */
export const DistributionContext = struct('DistributionContext', { purpose: uint8, groupId: opaque })
export const DISTRIBUTION = 2

/** A sender key from message `index` on; travels through pairwise channels only. */
export const SenderKey = struct('SenderKey', {
  keyId: uint32,
  index: uint32,
  chain: opaqueOf(KEY),
  sigKey: opaqueOf(KEY),
})
export type SenderKey = ValueOf<typeof SenderKey>

/** What a message says of itself; associated data of its encryption. */
export const MessageContext = struct('MessageContext', {
  groupId: opaque,
  sender: opaque,
  keyId: uint32,
  index: uint32,
})

/** What its signature covers, after the label. */
export const SenderKeyMessageTBS = struct('SenderKeyMessageTBS', { context: MessageContext, ciphertext: opaque })

/** One packet for all members. */
export const SenderKeyMessage = struct('SenderKeyMessage', {
  groupId: opaque,
  keyId: uint32,
  index: uint32,
  ciphertext: opaque,
  signature: opaqueOf(64),
})
