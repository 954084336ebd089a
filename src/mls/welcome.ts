/** RFC 9420 section 12.4.3.1: joining by a welcome message. */
import type { ValueOf } from '../codec/codec.ts'
import { opaque, optional, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { KeyPackageRef } from './crypto-objects.ts'
import { PreSharedKeyID } from './psk.ts'
import { CipherSuite } from './registries.ts'
import { HPKECiphertext } from './update-path.ts'

export const PathSecret = struct('PathSecret', { pathSecret: opaque })
export type PathSecret = ValueOf<typeof PathSecret>

export const GroupSecrets = struct('GroupSecrets', {
  joinerSecret: opaque,
  pathSecret: optional(PathSecret),
  psks: vector(PreSharedKeyID),
})
export type GroupSecrets = ValueOf<typeof GroupSecrets>

export const EncryptedGroupSecrets = struct('EncryptedGroupSecrets', {
  newMember: KeyPackageRef,
  encryptedGroupSecrets: HPKECiphertext,
})
export type EncryptedGroupSecrets = ValueOf<typeof EncryptedGroupSecrets>

export const Welcome = struct('Welcome', {
  cipherSuite: CipherSuite,
  secrets: vector(EncryptedGroupSecrets),
  encryptedGroupInfo: opaque,
})
export type Welcome = ValueOf<typeof Welcome>
