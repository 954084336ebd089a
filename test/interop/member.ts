/** One member of a mixed group, whoever implements it. All messages are encoded MLSMessages. */

/** Something that can be proposed, or done by a commit. */
export type Change =
  | { readonly kind: 'add'; readonly keyPackage: Uint8Array }
  | { readonly kind: 'remove'; readonly identity: string }
  /** Only to be proposed. */
  | { readonly kind: 'update' }
  | { readonly kind: 'psk'; readonly id: Uint8Array }
  /** A resumption key of this group. */
  | { readonly kind: 'resumption'; readonly epoch: bigint }
  | { readonly kind: 'extensions'; readonly extensions: readonly RawExtension[] }

/** An extension that nobody knows and all members say they support. */
export const PRIVATE_EXTENSION = 0xf0e0

/** An extension of the group context. */
export interface RawExtension {
  readonly type: 'required_capabilities' | typeof PRIVATE_EXTENSION
  readonly data: Uint8Array
}

export interface Framing {
  readonly isPublic: boolean
}

export interface CommitMessages {
  readonly commit: Uint8Array
  /** For those who were added. */
  readonly welcome: Uint8Array | undefined
}

export interface InteropMember {
  readonly identity: string
  readonly implementation: string
  readonly canProposeUpdates: boolean
  /**
   * ts-mls 1.6.4 makes such commits without a path, or with one that is encrypted for a group context with the old extensions,
   * where RFC 9420 sections 12.4 and 12.4.1 demand a path and the new ones; its own members refuse them too.
   */
  readonly canCommitExtensions: boolean
  /** ts-mls 1.6.4 takes and gives the external key without the length before it that RFC 9420 section 12.4.3.2 has. */
  readonly hasBareExternalKey: boolean
  /** Made once; a member joins by it. */
  keyPackage(): Promise<Uint8Array>
  found(groupId: Uint8Array): Promise<void>
  join(welcome: Uint8Array): Promise<void>
  /** Joins by a commit of its own; as a member that lost its state it removes its former self. */
  externalJoin(groupInfo: Uint8Array, isResync: boolean): Promise<Uint8Array>
  groupInfo(how: { readonly bareExternalKey: boolean }): Promise<Uint8Array>
  /** Commits these changes and all proposals received, and goes on to the new epoch. */
  commit(changes: readonly Change[], framing: Framing): Promise<CommitMessages>
  propose(change: Change, framing: Framing): Promise<Uint8Array>
  /** Takes in a message; returns application data where it carries any. */
  process(message: Uint8Array): Promise<Uint8Array | undefined>
  encrypt(data: Uint8Array): Promise<Uint8Array>
  /** A pre-shared key from elsewhere. */
  learn(id: Uint8Array, secret: Uint8Array): void
  readonly epoch: bigint
  /** Its place in the tree. */
  readonly leaf: number
  /** Hexadecimal. */
  authenticator(): string
  exportSecret(label: string, context: Uint8Array, length: number): Promise<string>
}
