/** RFC 9420 section 8.1: what every member of an epoch agrees on. */
import type { ValueOf } from '../codec/codec.ts'
import { opaque, uint64, vector } from '../codec/primitives.ts'
import { constant, struct } from '../codec/struct.ts'
import { Extension } from './extension.ts'
import { CipherSuite, ProtocolVersion } from './registries.ts'

export const GroupContext = struct('GroupContext', {
  version: constant(ProtocolVersion, 'mls10'),
  cipherSuite: CipherSuite,
  groupId: opaque,
  epoch: uint64,
  treeHash: opaque,
  confirmedTranscriptHash: opaque,
  extensions: vector(Extension),
})
export type GroupContext = ValueOf<typeof GroupContext>
