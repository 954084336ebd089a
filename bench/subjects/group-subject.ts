/** What a library of groups (RFC 9420) looks like to the benchmarks: one small adapter each, for ours and for peers. */

type Bytes = Uint8Array

/** Libraries are synchronous or not. What is awaited counts as time of the library that makes us wait. */
export type MaybePromise<T> = T | Promise<T>

/** What a commit does besides renewing its sender's path. */
export type Change =
  | { readonly kind: 'update' }
  /** Encoded key packages, each by itself, without an outer message. */
  | { readonly kind: 'add'; readonly keyPackages: readonly Bytes[] }
  | { readonly kind: 'remove'; readonly leaf: number }

/** How newcomers get the tree: in the Welcome, or from elsewhere (what a large group does). */
export type TreeDelivery = 'inside' | 'omitted'

/** All messages are encoded MLSMessages. */
export interface Sent {
  readonly commit: Bytes
  /** For those who were added. */
  readonly welcome: Bytes | undefined
}

/**
 * Operations that a library may lack. Those of `GroupMember` and `Newcomer` that are not named here are never missing. `add many` is one
 * commit that adds several; `join again` is joining by the same Welcome more than once, to time it repeatedly.
 */
export type Ability = 'update' | 'add' | 'add many' | 'remove' | 'join again' | 'messages' | 'save'

/** One member. A library whose states are immutable replaces its state in here. */
export interface GroupMember {
  /** Makes a commit with an update path and goes on to the new epoch, as if the delivery service had taken it at once. */
  commit(change: Change, tree: TreeDelivery): MaybePromise<Sent>
  /** Takes in another's commit. */
  process(commit: Bytes): MaybePromise<void>
  /** An application message, encrypted and signed. */
  encrypt(data: Bytes): MaybePromise<Bytes>
  decrypt(message: Bytes): MaybePromise<Bytes>
  /** RFC 9420 section 8.7. Never timed: members are compared by it. */
  epochAuthenticator(): MaybePromise<Bytes>
  /** The state in bytes. */
  save?(): MaybePromise<Bytes>
  /** Frees what the runtime does not free by itself. Called once, last. */
  close?(): MaybePromise<void>
}

/** A key package with its private keys. */
export interface Newcomer {
  /** Without an outer message. */
  readonly keyPackage: Bytes
  /**
   * Joins with everything verified that the RFC asks for. `tree` is an encoded ratchet tree, given where the Welcome has none.
   * May be called again with the same Welcome by who can `join again`: each call gives a member with a state of its own.
   */
  join(welcome: Bytes, tree: Bytes | undefined): MaybePromise<GroupMember>
}

/** A library as it is measured: in its best configuration. */
export interface GroupSubject {
  /** As in the tables. Ours is `copath`. */
  readonly name: string
  /** The package and its version. */
  readonly version: string
  /** Numbers of the cipher suites that can be measured; subjects are compared where they share one. */
  readonly suites: readonly number[]
  /** The largest group that it can be asked for in reasonable time and memory. */
  readonly maxMembers: number
  readonly abilities: ReadonlySet<Ability>
  /** What a reader of the tables has to know: what it cannot do, how it was configured. */
  readonly notes: readonly string[]
  /** Makes a client with keys and a key package. Not timed. */
  newcomer(suite: number, identity: string): MaybePromise<Newcomer>
  /** Founds a group of one. Not timed. */
  found(suite: number, identity: string): MaybePromise<GroupMember>
  /** Loads a state that `save` gave. */
  load?(suite: number, state: Bytes): MaybePromise<GroupMember>
}

/** A subject, or one sentence that says why there is none: for each peer that may not be installed. */
export type GroupSubjectLoader = () => Promise<GroupSubject | { readonly missing: string }>
