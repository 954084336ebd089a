/** RFC 9420 sections 7.1 and 7.9: parent nodes, and what a parent hash is of. */
import type { ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { opaque, uint32, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { HPKEPublicKey } from './crypto-objects.ts'

export const ParentNode = struct('ParentNode', {
  encryptionKey: HPKEPublicKey,
  parentHash: opaque,
  unmergedLeaves: vector(uint32),
})
export type ParentNode = ValueOf<typeof ParentNode>

export const NodeType = enumeration('NodeType', { leaf: 1, parent: 2 })
export type NodeType = ValueOf<typeof NodeType>

/** Section 7.9. */
export const ParentHashInput = struct('ParentHashInput', {
  encryptionKey: HPKEPublicKey,
  parentHash: opaque,
  originalSiblingTreeHash: opaque,
})
export type ParentHashInput = ValueOf<typeof ParentHashInput>
