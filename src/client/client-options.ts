/** What a client is made from, and what its calls may be given. */
import type { SuiteProvider } from '../crypto/default-provider.ts'
import type { Credential } from '../mls/credential.ts'
import type { Extension } from '../mls/extension.ts'
import type { Group } from '../mls/group.ts'
import type { GroupConfig } from '../mls/group-config.ts'
import type { ExternalJoinRequest } from '../mls/group-requests.ts'
import type { Capabilities, Lifetime } from '../mls/leaf-node.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What a client is made from. */
export interface ClientOptions {
  /** A name that your authentication service vouches for, as a basic credential; or a whole credential. */
  readonly identity: string | Credential
  /** Of RFC 9420's registry; 1 by default. */
  readonly suite?: number
  /** Where cryptography comes from; the fastest that runs here by default. */
  readonly provider?: SuiteProvider
  /** The private signature key of a client that existed before. A fresh one by default. */
  readonly signatureKey?: Uint8Array
  /** For all groups of this client: who is who, who may do what, what time it is. */
  readonly config?: GroupConfig
  /**
   * What the application supports besides what this library does by itself: types of proposals, extensions and credentials. All its
   * leaves say so. A group can use what all of its members support.
   */
  readonly capabilities?: Partial<Capabilities>
  /** In all leaves of this client, such as an application_id. Their types need not be among the capabilities. */
  readonly leafExtensions?: readonly Extension[]
}

/** How a saved client is loaded: what is not saved is given again. Capabilities and extensions are saved; given, they take the place of those. */
export type ClientLoadOptions = Pick<ClientOptions, 'provider' | 'config' | 'capabilities' | 'leafExtensions'>

/** How a key package is made. */
export interface PublishOptions {
  /** It may be used more than once, when all others have run out. */
  readonly lastResort?: boolean
  /** Three months by default, or the longest that the configuration allows. */
  readonly lifetime?: Lifetime
  /** Of the key package, not of its leaf. */
  readonly extensions?: readonly Extension[]
}

/** A key package that waits to be used. */
export interface WaitingKeyPackage {
  /** As it was published. */
  readonly keyPackage: Bytes
  /** What a Welcome names it by. */
  readonly ref: Bytes
  readonly lifetime: Lifetime
  readonly lastResort: boolean
}

/** What joining may need besides the invitation. */
export interface JoinOptions {
  /** The tree, where the invitation does not carry it. */
  readonly ratchetTree?: Uint8Array
  /**
   * Whether this client is in a group with this name already: only the application knows all groups. Give it wherever groups are
   * kept by name, or whoever invites can put its group in the place of another.
   */
  readonly isKnown?: (groupId: Uint8Array) => boolean
  /** The group that the new one is to continue: its branch, or what a ReInit announced. */
  readonly previous?: Group
}

/** How an outsider joins by itself. */
export interface ExternalJoinOptions
  extends Pick<JoinOptions, 'ratchetTree' | 'isKnown'>,
    Pick<ExternalJoinRequest, 'resync' | 'psks' | 'selfRemoves' | 'authenticatedData'> {}
