/** RFC 9420 section 3.2, those who only follow: a group without a secret, for delivery services that check what they deliver. */
import { arrayOf, leafOf, objectOf } from '../base/arguments.ts'
import { copyOf } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { decode } from '../codec/codec.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafIndex } from '../tree/math.ts'
import { type Changes, changesOf } from './changes.ts'
import { checkEpoch, type StagedCommit, senderKey, stageCommit } from './commit-stage.ts'
import type { SignedContent } from './content-signature.ts'
import type { Sender } from './framing.ts'
import { type GroupConfig, settingsOf } from './group-config.ts'
import type { KeyPackage } from './key-package.ts'
import { checkKeyPackages } from './key-package-checks.ts'
import type { LeafNode } from './leaf-node.ts'
import { loadGroup, readGroupInfo } from './load-group.ts'
import { MLSMessage } from './message.ts'
import type { Proposal, ReInit } from './proposal.ts'
import { ProposalCache, proposalRef } from './proposal-cache.ts'
import { checkProposals, keyPackageRules, type PublicState } from './proposal-checks.ts'
import { unprotectPublic } from './public-protection.ts'
import { type FollowerState, loadFollower, saveFollower } from './saved/follower.ts'
import { suiteOfSaved } from './saved/records.ts'
import { interimTranscriptHash } from './transcript-hash.ts'

/** What a follower starts from. */
export interface FollowRequest {
  readonly suite: CipherSuite
  /** A group info, as a message. */
  readonly groupInfo: Uint8Array
  /** The encoded tree, where the group info does not carry it. */
  readonly ratchetTree?: Uint8Array
  readonly config?: GroupConfig
}

/** What a follower is loaded from. */
export interface LoadFollowerRequest {
  readonly suite: CipherSuite
  readonly saved: Uint8Array
  readonly config?: GroupConfig
}

/** What a handshake message means, to those who only follow. */
export type PublicEvent =
  | { readonly kind: 'proposal'; readonly proposal: Proposal; readonly sender: Sender; readonly ref: Uint8Array }
  | {
      readonly kind: 'commit'
      readonly committer: LeafIndex
      readonly external: boolean
      readonly epoch: bigint
      readonly changes: Changes
    }

/** A message that has been checked, and its effect, which has not happened yet. */
export interface CheckedMessage {
  readonly event: PublicEvent
  /** Makes it happen. Nothing else may have happened since. */
  apply(): void
}

/**
 * A group as outsiders see it. Membership tags and confirmation tags are made with secrets, so a follower checks everything
 * but these: signatures, proposals, trees and transcripts.
 */
export class PublicGroup {
  #state: PublicState
  readonly #cache: ProposalCache
  #reinit: ReInit | undefined

  private constructor({ state, cache, reinit }: FollowerState) {
    this.#state = state
    this.#cache = cache
    this.#reinit = reinit
  }

  /** Goes on from what `save` returned. */
  static load(request: LoadFollowerRequest): PublicGroup {
    const { suite, saved, config = {} } = objectOf(request)
    if (suiteOfSaved(saved) !== suite.id)
      throw new UsageError('wrong-suite', { expected: suiteOfSaved(saved), got: suite.id })
    return new PublicGroup(loadFollower(suite, settingsOf(config), saved))
  }

  /** All that is known of the group, proposals of this epoch among it. Nothing of it is secret. Equal states give equal bytes. */
  save(): Uint8Array<ArrayBuffer> {
    return saveFollower({ state: this.#state, cache: this.#cache, reinit: this.#reinit })
  }

  /** Starts to follow from a group info and its tree, both checked in full. */
  static follow(request: FollowRequest): PublicGroup {
    const { suite, ratchetTree } = objectOf(request)
    const settings = settingsOf(request.config ?? {})
    const info = readGroupInfo(request.groupInfo)
    const { tree, context } = loadGroup({ suite, settings }, info, ratchetTree)
    const interim = interimTranscriptHash(suite, info.groupContext.confirmedTranscriptHash, info.confirmationTag)
    const state = { suite, settings, tree, epoch: context, interimTranscriptHash: interim }
    return new PublicGroup({ state, cache: new ProposalCache(settings.maxProposals), reinit: undefined })
  }

  /** The name of the group. */
  get groupId(): Uint8Array {
    return this.#state.epoch.context.groupId.slice()
  }

  /** The number of the epoch. */
  get epoch(): bigint {
    return this.#state.epoch.context.epoch
  }

  /** Section 11.2: the ReInit that has ended the group; nothing more can happen in it. */
  get reinit(): ReInit | undefined {
    return this.#reinit
  }

  /** How many members there are. */
  get memberCount(): number {
    return this.#state.tree.memberCount
  }

  /** A member's leaf; undefined where there is none. */
  member(leaf: number): LeafNode | undefined {
    const { tree } = this.#state
    return leafOf(leaf) < tree.leafCount ? tree.leafNode(leaf as LeafIndex) : undefined
  }

  /** The members' places from left to right. */
  leaves(): IterableIterator<LeafIndex> {
    return this.#state.tree.leaves()
  }

  /** The tree, to give to newcomers. */
  ratchetTree(): Uint8Array<ArrayBuffer> {
    return this.#state.tree.encode()
  }

  /** Checks a public handshake message of the present epoch. Nothing changes. */
  check(message: Uint8Array): CheckedMessage {
    const decoded = decode(MLSMessage, copyOf(message))
    if (decoded.wireFormat !== 'mls_public_message') {
      throw new RejectedError('unexpected-message', { expected: 'mls_public_message', got: decoded.wireFormat })
    }
    // copath-mls-12.4.2-10: nothing is sent in a group that a ReInit has ended
    if (this.#reinit !== undefined) throw new RejectedError('group-inactive', { status: 'reinitialized' })
    const state = this.#state
    checkEpoch(state, decoded.publicMessage.content)
    const protection = { suite: state.suite, groupContext: state.epoch.encoded, membershipKey: undefined }
    const signed = unprotectPublic(protection, decoded.publicMessage, content => senderKey(state, content))
    return signed.content.contentType === 'proposal' ? this.#checkProposal(signed) : this.#checkCommit(signed)
  }

  /** Checks a message and lets it happen. */
  process(message: Uint8Array): PublicEvent {
    const { event, apply } = this.check(message)
    apply()
    return event
  }

  #checkProposal(signed: SignedContent): CheckedMessage {
    const { content } = signed
    if (content.contentType !== 'proposal') throw new RejectedError('malformed-content', { expected: 'proposal' })
    const { proposal, sender } = content
    const ref = proposalRef(this.#state.suite, signed)
    this.#cache.checkRoom()
    const state = this.#state
    checkProposals(state, [{ proposal, sender, ref }], false)
    return {
      event: { kind: 'proposal', proposal, sender, ref },
      apply: () => {
        if (this.#state !== state) throw new UsageError('stale-overlay')
        this.#cache.add(ref, proposal, sender)
      },
    }
  }

  #checkCommit(signed: SignedContent): CheckedMessage {
    const staged = stageCommit(this.#state, signed, this.#cache)
    const { committer, external, next } = staged
    const changes = changesOf(this.#state, staged)
    const event = { kind: 'commit', committer, external, epoch: next.context.epoch, changes } as const
    return { event, apply: () => this.#take(staged) }
  }

  #take({ tree, next, interimTranscriptHash, sorted }: StagedCommit): void {
    tree.merge()
    this.#state = { ...this.#state, epoch: next, interimTranscriptHash }
    this.#cache.clear()
    this.#reinit = sorted.reinit
  }

  /** Section 10.1: checks key packages that clients publish. */
  checkKeyPackages(keyPackages: readonly KeyPackage[]): void {
    const { suite, settings } = this.#state
    checkKeyPackages(suite, arrayOf(keyPackages).map(objectOf), keyPackageRules(settings, true))
  }
}
