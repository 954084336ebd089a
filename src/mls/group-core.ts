/** RFC 9420 sections 8 and 14: the state of a member and its step to the next epoch. For the files of this room; `Group` is for all others. */
import { toHex } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafIndex } from '../tree/math.ts'
import type { CreatedCommit } from './commit-create.ts'
import { type Epoch, PastEpochs } from './epoch.ts'
import type { Settings } from './group-config.ts'
import type { CommitEvent } from './group-events.ts'
import type { GroupTree } from './group-tree.ts'
import type { HeldKeys } from './held-keys.ts'
import { wipeInvitation } from './invitation.ts'
import type { ReInit } from './proposal.ts'
import { ProposalCache } from './proposal-cache.ts'
import type { ListedProposal } from './proposal-list.ts'
import { type ProposalRequest, readKeyPackage } from './proposal-request.ts'
import { pskSource, ResumptionKeys } from './resumption.ts'
import type { Journal } from './saved/journal.ts'
import { type MemberState, type OwnUpdate, type Transition, wipeOwnUpdate, wipeTransition } from './transition.ts'

/** The state behind each group, for those in this room that need another group's: one that is continued. */
export const cores = new WeakMap<object, GroupCore>()

/** Whether a member can take part: it was removed, or the group was reinitialized (section 11.2). */
export type GroupStatus = 'active' | 'removed' | 'reinitialized'

/** A commit of this member that the others may or may not accept. */
export interface PendingCommit {
  readonly created: CreatedCommit
  /** What it does by value. */
  readonly requests: readonly ProposalRequest[]
  /** The references of the proposals in it, in hexadecimal. */
  readonly refs: ReadonlySet<string>
}

/** A proposal that this member sent in this epoch. */
export interface OwnProposal {
  readonly request: ProposalRequest
  readonly update: OwnUpdate | undefined
}

/** What this member sent. */
export interface SentProposal {
  readonly ref: Uint8Array<ArrayBuffer>
  /** Empty where the state is of a version that did not keep it. */
  readonly message: Uint8Array<ArrayBuffer>
}

/** What a member's state starts from. */
export interface CoreParts {
  readonly suite: CipherSuite
  readonly settings: Settings
  readonly tree: GroupTree
  readonly leaf: LeafIndex
  readonly held: HeldKeys
  readonly epoch: Epoch
  readonly signer: Signer
  /** What is there already where a group was stored. */
  readonly stored?: {
    readonly past: PastEpochs
    readonly resumption: ResumptionKeys
    readonly cache: ProposalCache
  }
}

/** The state of a member of a group. */
export class GroupCore {
  readonly suite: CipherSuite
  readonly settings: Settings
  readonly tree: GroupTree
  readonly leaf: LeafIndex
  readonly held: HeldKeys
  readonly past: PastEpochs
  readonly resumption: ResumptionKeys
  readonly cache: ProposalCache
  /** By reference, in hexadecimal. */
  readonly own = new Map<string, OwnProposal>()
  /** The proposals that this member sent in this epoch, by the digest of their message: it cannot decrypt its own. */
  readonly sent = new Map<string, SentProposal>()
  epoch: Epoch
  signer: Signer
  pending: PendingCommit | undefined
  status: GroupStatus = 'active'
  /** The ReInit that ended the group. */
  reinit: ReInit | undefined
  /** What has been saved of the state, where anything has. */
  journal: Journal | undefined

  constructor({ suite, settings, tree, leaf, held, epoch, signer, stored }: CoreParts) {
    this.suite = suite
    this.settings = settings
    this.tree = tree
    this.leaf = leaf
    this.held = held
    this.epoch = epoch
    this.signer = signer
    this.past = stored?.past ?? new PastEpochs(settings.pastEpochs)
    this.resumption = stored?.resumption ?? new ResumptionKeys(settings.resumptionEpochs)
    this.cache = stored?.cache ?? new ProposalCache(settings.maxProposals)
    if (stored === undefined) this.resumption.keep(epoch.number, epoch.secrets.resumptionPsk)
  }

  get groupId(): Uint8Array {
    return this.epoch.context.context.groupId
  }

  /** What the protocol's functions work on; they change none of it. */
  get state(): MemberState {
    const { suite, settings, tree, leaf, held, epoch, signer } = this
    return {
      suite,
      settings,
      tree,
      leaf,
      held,
      signer,
      secrets: epoch,
      epoch: epoch.context,
      interimTranscriptHash: epoch.interimTranscriptHash,
      findPsk: pskSource(this.groupId, this.resumption, settings.preSharedKey),
    }
  }

  /** Throws unless the member can take part. copath-mls-12.4.2-10: nobody sends anything after a ReInit. */
  checkActive(): void {
    if (this.status !== 'active') throw new UsageError('group-inactive', { status: this.status })
  }

  /** The Updates among the own proposals. */
  ownUpdates(): Map<string, OwnUpdate> {
    const updates = new Map<string, OwnUpdate>()
    for (const [ref, { update }] of this.own) if (update !== undefined) updates.set(ref, update)
    return updates
  }

  /** The next epoch begins. Everything has been checked: from `accept` on, which uses up the key of the message, nothing can fail. */
  take(transition: Transition, how: { own: boolean; external: boolean; accept?: () => void }): CommitEvent {
    const { staged, committer, changes, epoch, newKeys, replaced, signer, authenticatedData } = transition
    const { own, external, accept } = how
    const proposeAgain = this.#wanted(transition, own).flatMap(request => stillOpen(request, transition))
    accept?.()
    staged.tree.merge()
    this.held.adopt(newKeys, this.tree.store)
    this.past.push(this.epoch, replaced)
    this.epoch = epoch
    this.resumption.keep(epoch.number, epoch.secrets.resumptionPsk)
    this.signer = signer ?? this.signer
    if (own) wipeInvitation(this.pending?.created.invitation)
    else this.dropPending()
    this.pending = undefined
    this.forgetProposals()
    if (changes.reinit !== undefined) {
      this.reinit = changes.reinit
      this.status = 'reinitialized'
    }
    return { kind: 'commit', own, external, committer, epoch: epoch.number, authenticatedData, changes, proposeAgain }
  }

  /** What this member asked for and the commit does not bring. */
  #wanted({ staged }: Transition, own: boolean): ProposalRequest[] {
    const covered = new Set<string>()
    for (const { ref } of staged.sorted.list) if (ref !== undefined) covered.add(toHex(ref))
    const wanted = own || this.pending === undefined ? [] : [...this.pending.requests]
    for (const [ref, { request }] of this.own) if (!covered.has(ref)) wanted.push(request)
    return wanted
  }

  /** Forgets the pending commit and its secrets. */
  dropPending(): PendingCommit | undefined {
    const { pending } = this
    if (pending !== undefined) {
      wipeTransition(pending.created.transition)
      wipeInvitation(pending.created.invitation)
    }
    this.pending = undefined
    return pending
  }

  forgetProposals(): void {
    for (const { update } of this.own.values()) if (update !== undefined) wipeOwnUpdate(update)
    this.own.clear()
    this.sent.clear()
    this.cache.clear()
  }

  /** The member is out: all secrets but those of messages that may still arrive are gone. */
  leave(): void {
    this.dropPending()
    this.forgetProposals()
    this.status = 'removed'
    this.held.wipe()
    this.resumption.wipe()
    this.past.push(this.epoch, new Map())
  }

  /** Forgets every secret. */
  wipe(): void {
    this.dropPending()
    this.forgetProposals()
    this.held.wipe()
    this.resumption.wipe()
    this.past.wipe()
    this.epoch.wipe()
    this.status = 'removed'
  }
}

/**
 * What a commit leaves to do of a request: nobody is removed twice, nor somebody else at the same place, nor added while being there.
 * Who is to be removed does not escape by taking the place of its former self: it is removed from where it is now.
 */
function stillOpen(request: ProposalRequest, { staged, changes, committer }: Transition): ProposalRequest[] {
  const { type } = request
  if (type === 'remove' && changes.removed.some(({ leaf }) => leaf === request.leaf)) {
    const isBack = ({ proposal }: ListedProposal): boolean =>
      proposal.proposalType === 'remove' && proposal.removed === request.leaf
    const { externalInit, list } = staged.sorted
    return externalInit !== undefined && list.some(isBack) ? [{ type, leaf: committer }] : []
  }
  const isThere =
    type === 'add' && staged.tree.usesSignatureKey(readKeyPackage(request.keyPackage).leafNode.signatureKey)
  return isThere ? [] : [request]
}
