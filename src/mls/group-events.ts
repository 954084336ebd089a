/** What a group tells the application: one discriminated union for all that can arrive. */
import type { LeafIndex } from '../tree/math.ts'
import type { Changes } from './changes.ts'
import type { Sender } from './framing.ts'
import type { Proposal } from './proposal.ts'
import type { ProposalRequest } from './proposal-request.ts'

/** An application message of another member. */
export interface MessageEvent {
  readonly kind: 'message'
  /** Its place then: where the epoch is over, another member may have it now. */
  readonly sender: LeafIndex
  /** The key that its sender signed it with, by which to tell who that was. */
  readonly signatureKey: Uint8Array
  readonly data: Uint8Array
  /** What its sender authenticated with it, in the clear. */
  readonly authenticatedData: Uint8Array
  /** The epoch that it was sent in: perhaps not the present one. */
  readonly epoch: bigint
}

/** A proposal that now waits to be committed. */
export interface ProposalEvent {
  readonly kind: 'proposal'
  readonly proposal: Proposal
  readonly sender: Sender
  readonly ref: Uint8Array
  readonly authenticatedData: Uint8Array
  /** Whether this member sent it itself. */
  readonly own: boolean
}

/** A new epoch has begun. */
export interface CommitEvent {
  readonly kind: 'commit'
  readonly own: boolean
  readonly committer: LeafIndex
  /** Whether the committer joined by this commit. */
  readonly external: boolean
  readonly epoch: bigint
  readonly authenticatedData: Uint8Array
  readonly changes: Changes
  /** What this member proposed, or had in a commit that did not win, and what has not happened by this commit. */
  readonly proposeAgain: readonly ProposalRequest[]
}

/** This member is not in the group any more. */
export interface RemovedEvent {
  readonly kind: 'removed'
  readonly committer: LeafIndex
  readonly changes: Changes
}

/** What `process` makes of a message; `kind` tells them apart. */
export type GroupEvent = MessageEvent | ProposalEvent | CommitEvent | RemovedEvent
