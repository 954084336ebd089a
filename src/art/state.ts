/** ART section 3: what a member holds. Plain data; the operations in the files beside this one work on it. */
import type { LeafIndex, NodeIndex } from '../tree/math.ts'
import type { Bytes } from './labels.ts'
import type { Member, MemberList } from './members.ts'
import type { MessageKeys } from './message-keys.ts'
import type { PreKeys } from './prekeys.ts'
import type { PublicTree } from './public-tree.ts'
import type { ArtSuite } from './suite.ts'
import type { Identity, KxMode, MergeNodes, Update } from './wire.ts'

/** What all members of a group must have agreed on beforehand. */
export interface Policy {
  /** The key exchange for invited members. `one_dh` has no deniable authentication, `four_dh` adds one multiplication. */
  readonly kx: KxMode
  /** With `mac-only` any member can replace any other's leaf; it exists for measurements. */
  readonly authentication: 'signed' | 'mac-only'
  /** Whether updates from one stage exclude each other or can be merged. */
  readonly concurrency: 'ordered' | 'merging'
  /** Whether `updateDue` asks members to change a leaf secret that somebody else knows. */
  readonly updateOnJoin: boolean
}

/** Signed updates, in the order of a delivery service. */
export const DEFAULT_POLICY: Policy = {
  kx: 'three_dh',
  authentication: 'signed',
  concurrency: 'ordered',
  updateOnJoin: true,
}

/** Stands in the taint column of a leaf whose secret only its owner knows. */
export const UNTAINTED = 0xffffffff

/** Another owner, or none, for a leaf. */
export interface MemberChange {
  readonly leaf: number
  readonly identity: Identity
}

/** A step to the next stage that is ready to be made. */
export interface Step {
  /** The changed public keys. */
  readonly keys: ReadonlyMap<NodeIndex, Uint8Array>
  /** The new secrets of this member's path. */
  readonly secrets: ReadonlyMap<NodeIndex, Bytes>
  /** New entries of the taint column. */
  readonly taint: ReadonlyMap<number, number>
  readonly change: MemberChange | undefined
  readonly messages: MessageKeys
  readonly confirmation: Bytes
  /** Makes the new stage the current one and erases what it replaces. */
  install(): void
  /** Erases what the step holds. */
  discard(): void
}

/** A change of this member's own that the delivery service has not accepted yet. The state is as if it did not exist. */
export interface Pending {
  readonly kind: 'update' | 'add' | 'remove'
  /** What was sent. */
  readonly packet: Bytes
  readonly advance: Step
}

/** Updates of one stage that wait to become one, and keys of merged nodes that others announced. */
export interface Batch {
  /** By rising leaf index. */
  readonly updates: readonly Update[]
  readonly announced: readonly MergeNodes[]
}

/** What a member knows besides the group. */
export interface Party {
  readonly suite: ArtSuite
  readonly member: Member
  readonly prekeys: PreKeys
  /** Asks the authentication service whether a name and its keys belong together. */
  readonly authenticate: (identity: Identity) => boolean
}

export interface GroupState extends Party {
  readonly policy: Policy
  readonly groupId: Uint8Array
  readonly own: LeafIndex
  readonly tree: PublicTree
  stage: bigint
  members: MemberList
  /** For each leaf, which member besides the owner knows its secret. May be longer than there are leaves. */
  taint: Uint32Array
  /** The secrets of the own leaf and of all nodes above it. */
  readonly secrets: Map<NodeIndex, Bytes>
  messages: MessageKeys
  /** Message keys of the stage before, for what arrives late. */
  previous: MessageKeys | undefined
  pending: Pending | undefined
  batch: Batch | undefined
}

/** Overwrites every secret. */
export function wipeState(state: GroupState): void {
  for (const secret of state.secrets.values()) secret.fill(0)
  state.secrets.clear()
  state.messages.wipe()
  state.previous?.wipe()
  state.pending?.advance.discard()
  state.previous = undefined
  state.pending = undefined
  state.batch = undefined
}
