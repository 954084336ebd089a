/** RFC 9420 section 10: key packages. */
import { encode, type ValueOf } from '../codec/codec.ts'
import { keptStruct } from '../codec/kept.ts'
import { opaque, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { HPKEPublicKey, keptContent } from './crypto-objects.ts'
import { Extension } from './extension.ts'
import { LeafNode } from './leaf-node.ts'
import { CipherSuite, ProtocolVersion } from './registries.ts'

const content = {
  version: ProtocolVersion,
  cipherSuite: CipherSuite,
  initKey: HPKEPublicKey,
  leafNode: LeafNode,
  extensions: vector(Extension),
} as const

/** Section 10: what a client publishes so that others can add it while it is offline. */
export const KeyPackage = keptStruct('KeyPackage', { ...content, signature: opaque })
/** A key package, decoded; nothing in it has been checked. */
export type KeyPackage = ValueOf<typeof KeyPackage>

/** The label of KeyPackageTBS. */
export const KEY_PACKAGE_LABEL = 'KeyPackageTBS'

/** What the signature of a key package covers. */
export const KeyPackageTBS = struct('KeyPackageTBS', content)
export type KeyPackageTBS = ValueOf<typeof KeyPackageTBS>

/** What the signature of a key package covers, encoded: not to be written to. */
export function keyPackageTbs(keyPackage: KeyPackage): Uint8Array {
  return keptContent(keyPackage) ?? encode(KeyPackageTBS, keyPackage)
}
