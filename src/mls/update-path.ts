/** RFC 9420 section 7.6: new keys for a direct path, and their secrets encrypted to the rest of the group. */
import type { ValueOf } from '../codec/codec.ts'
import { Packed, packedVector } from '../codec/packed.ts'
import { opaque, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { HPKEPublicKey } from './crypto-objects.ts'
import { LeafNode } from './leaf-node.ts'

export const HPKECiphertext = struct('HPKECiphertext', { kemOutput: opaque, ciphertext: opaque })
export type HPKECiphertext = ValueOf<typeof HPKECiphertext>

/** Path secrets of one node, encrypted. */
export const packedCiphertexts = (values: readonly HPKECiphertext[]): Packed<HPKECiphertext> =>
  Packed.of(HPKECiphertext, values)

export const UpdatePathNode = struct('UpdatePathNode', {
  encryptionKey: HPKEPublicKey,
  // after a bulk add there is one for nearly every member, and a receiver opens one of all
  encryptedPathSecret: packedVector(HPKECiphertext),
})
export type UpdatePathNode = ValueOf<typeof UpdatePathNode>

export const UpdatePath = struct('UpdatePath', { leafNode: LeafNode, nodes: vector(UpdatePathNode) })
export type UpdatePath = ValueOf<typeof UpdatePath>
