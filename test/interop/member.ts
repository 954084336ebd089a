/** One member of a mixed group, whoever implements it. All messages are encoded MLSMessages. */

/** What a commit does besides renewing its sender's path. */
export interface Changes {
  /** Key packages. */
  readonly adds?: readonly Uint8Array[]
  /** Identities. */
  readonly removes?: readonly string[]
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
  /** Made once; a member joins by it. */
  keyPackage(): Promise<Uint8Array>
  found(groupId: Uint8Array): Promise<void>
  join(welcome: Uint8Array): Promise<void>
  /** Commits these changes and all proposals received, and goes on to the new epoch. */
  commit(changes: Changes, framing: Framing): Promise<CommitMessages>
  proposeUpdate?(framing: Framing): Promise<Uint8Array>
  proposeAdd(keyPackage: Uint8Array, framing: Framing): Promise<Uint8Array>
  proposeRemove(identity: string, framing: Framing): Promise<Uint8Array>
  /** Takes in a message; returns application data where it carries any. */
  process(message: Uint8Array): Promise<Uint8Array | undefined>
  encrypt(data: Uint8Array): Promise<Uint8Array>
  /** Hexadecimal. */
  authenticator(): string
  exportSecret(label: string, context: Uint8Array, length: number): Promise<string>
}
