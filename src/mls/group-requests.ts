/** RFC 9420: what a group is joined with, and what it says about its members. */
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafIndex } from '../tree/math.ts'
import type { Group } from './group.ts'
import type { GroupConfig } from './group-config.ts'
import type { ClientDescription, OwnKeyPackage } from './key-package-create.ts'
import type { LeafNode } from './leaf-node.ts'
import type { PreSharedKeyID } from './psk.ts'

/** What a client joins by a Welcome with. */
export interface JoinRequest extends Pick<ClientDescription, 'signer'> {
  readonly suite: CipherSuite
  /** The Welcome, as a message. */
  readonly welcome: Uint8Array
  /** The client's key packages; the Welcome is for one of them. It is the caller's to wipe, once the group is stored. */
  readonly keyPackages: readonly OwnKeyPackage[]
  /** The encoded tree, where the Welcome does not carry it. */
  readonly ratchetTree?: Uint8Array
  /** The group that this one continues (sections 11.2 and 11.3): a Welcome of one that does not is refused. */
  readonly previous?: Group
  /** Whether the client is in a group with this name already. */
  readonly isKnown?: (groupId: Uint8Array) => boolean
  readonly config?: GroupConfig
}

/** What a client joins by an external commit with. */
export interface ExternalJoinRequest extends ClientDescription {
  readonly suite: CipherSuite
  /** A group info with the external key, as a message. */
  readonly groupInfo: Uint8Array
  readonly ratchetTree?: Uint8Array
  /** The leaf of a former self that is removed by the same commit. */
  readonly resync?: number
  /** Pre-shared keys to mix in. Their nonces are made anew. */
  readonly psks?: readonly PreSharedKeyID[]
  /** Public messages of this epoch in which members remove themselves. */
  readonly selfRemoves?: readonly Uint8Array[]
  readonly authenticatedData?: Uint8Array
  /** Whether the client is in a group with this name already. */
  readonly isKnown?: (groupId: Uint8Array) => boolean
  readonly config?: GroupConfig
}

/** A member as the others see it. */
export interface Member extends Pick<LeafNode, 'credential' | 'signatureKey' | 'capabilities' | 'extensions'> {
  readonly leaf: LeafIndex
}

/** A group that continues another, and the Welcome for those who are in it. */
export interface FoundedGroup {
  readonly group: Group
  readonly welcome: Uint8Array<ArrayBuffer>
}
