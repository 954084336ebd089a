/** RFC 9420, a member's group: what a messenger works with. Synchronous; where a call throws, the group is as it was. */
import { arrayOf, checked, functionOf, leafOf, objectOf, yesOrNo } from '../base/arguments.ts'
import { checkBytes } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import { exclusive } from '../base/exclusive.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafIndex } from '../tree/math.ts'
import {
  type Continuation,
  type ContinuationRequest,
  checkContinuation,
  continueGroup,
  withPrevious,
} from './continuation.ts'
import type { Extension } from './extension.ts'
import { joinByExternalCommit } from './external.ts'
import { settingsOf } from './group-config.ts'
import { cores, GroupCore, type GroupStatus } from './group-core.ts'
import type { CommitEvent, GroupEvent } from './group-events.ts'
import { foundGroup, type NewGroup } from './group-found.ts'
import { receive } from './group-receive.ts'
import type { ExternalJoinRequest, FoundedGroup, JoinRequest, Member } from './group-requests.ts'
import {
  type CommitOptions,
  type CommitResult,
  commit,
  encrypt,
  type GroupInfoOptions,
  groupInfo,
  pendingCommit,
  propose,
} from './group-send.ts'
import { type JoinedGroup, joinByWelcome } from './join.ts'
import type { CachedProposal } from './proposal-cache.ts'
import type { ProposalRequest } from './proposal-request.ts'
import { ProtocolVersion } from './registries.ts'
import { deltaOfCore, type LoadRequest, loadCore, saveCore } from './saved/group-save.ts'

type Bytes = Uint8Array<ArrayBuffer>

const EMPTY = new Uint8Array(0)
const never = (): boolean => false
const answering = (isKnown: JoinRequest['isKnown'] = never) => {
  functionOf(isKnown)
  return (groupId: Uint8Array): boolean => yesOrNo(isKnown(groupId))
}
const listOf = <T>(some: T | readonly T[]): readonly T[] => (Array.isArray(some) ? some : [some as T])

/** A group with one of its members looking out: everything it does is on behalf of that member. */
export class Group {
  readonly #core: GroupCore
  readonly #alone = exclusive()

  private constructor(core: GroupCore) {
    this.#core = core
    cores.set(this, core)
  }

  /** Founds a group of one. */
  static create(request: NewGroup): Group {
    return new Group(foundGroup(objectOf(request)))
  }

  /** Joins by a Welcome. */
  static join(request: JoinRequest): Group {
    const settings = settingsOf(objectOf(request).config ?? {})
    const previous = request.previous && cores.get(request.previous)
    const { suite, keyPackages, signer, ratchetTree, isKnown } = request
    const findPsk = withPrevious(previous, settings.preSharedKey)
    checkBytes(request.welcome)
    const joined = joinByWelcome(request.welcome, {
      suite,
      settings,
      keyPackages,
      signer,
      ratchetTree,
      findPsk,
      isKnown: answering(isKnown),
    })
    try {
      checkContinuation(joined, previous)
    } catch (error) {
      forget(joined)
      throw error
    }
    return new Group(new GroupCore({ ...joined, suite, settings, signer }))
  }

  /** Joins by a commit of one's own, which is to be sent to the group; if it is rejected, so is this object. */
  static externalJoin(request: ExternalJoinRequest): { readonly group: Group; readonly commit: Bytes } {
    const settings = settingsOf(objectOf(request).config ?? {})
    const { suite, ratchetTree, resync, psks = [], selfRemoves = [], authenticatedData = EMPTY } = request
    const joined = joinByExternalCommit(request.groupInfo, {
      suite,
      settings,
      ratchetTree,
      isKnown: answering(request.isKnown),
      psks: arrayOf(psks),
      selfRemoves: arrayOf(selfRemoves),
      authenticatedData,
      findPsk: settings.preSharedKey,
      client: request,
      resync: resync === undefined ? undefined : (leafOf(resync) as LeafIndex),
    })
    const group = new Group(new GroupCore({ ...joined, suite, settings, signer: request.signer }))
    return { group, commit: joined.message }
  }

  /** Loads a group that was saved. */
  static load(request: LoadRequest): Group {
    return new Group(loadCore(request))
  }

  /** The cipher suite; it never changes. */
  get suite(): CipherSuite {
    return this.#core.suite
  }

  /** The name of the group, as a copy. */
  get groupId(): Bytes {
    return this.#core.groupId.slice() as Bytes
  }

  /** The number of the epoch: one more after each commit. */
  get epoch(): bigint {
    return this.#core.epoch.number
  }

  /** Whether this member can still take part. */
  get status(): GroupStatus {
    return this.#core.status
  }

  /** The place of this member. */
  get leaf(): LeafIndex {
    return this.#core.leaf
  }

  /** How many members there are, this one included. */
  get memberCount(): number {
    return this.#core.tree.memberCount
  }

  /** The extensions of the group context. */
  get extensions(): readonly Extension[] {
    return this.#core.epoch.context.extensions
  }

  /** Whether a commit of this member waits to be accepted. */
  get isPending(): boolean {
    return this.#core.pending !== undefined
  }

  /**
   * The commit that waits, as `commit` has returned it: to send it again, when it is not known whether it was sent. The Welcome is
   * made anew, which takes as long as it did; any of them will do.
   */
  pendingCommit(): CommitResult | undefined {
    return this.#alone(() => pendingCommit(this.#core))
  }

  /** The proposals that wait to be committed. */
  get proposals(): readonly CachedProposal[] {
    return this.#core.cache.values()
  }

  /** The members from left to right. */
  *members(): IterableIterator<Member> {
    for (const leaf of this.#core.tree.leaves()) yield this.member(leaf)!
  }

  /** A member by its leaf; undefined where there is none. Its byte strings are views of the group's tree, not to be written to. */
  member(leaf: number): Member | undefined {
    const { tree } = this.#core
    const node = leafOf(leaf) < tree.leafCount ? tree.leafNode(leaf as LeafIndex) : undefined
    if (node === undefined) return undefined
    const { credential, signatureKey, capabilities, extensions } = node
    return { leaf: leaf as LeafIndex, credential, signatureKey, capabilities, extensions }
  }

  /** Proposes something. The message goes to the group. */
  propose(request: ProposalRequest, authenticatedData?: Uint8Array): Bytes {
    return this.#alone(() => propose(this.#core, request, authenticatedData))
  }

  /** The messages that this member has proposed by in this epoch: to send them again, when it is not known whether they were sent. */
  sentProposals(): readonly Bytes[] {
    return [...this.#core.sent.values()].map(({ message }) => message.slice())
  }

  /** Sets a proposal aside: it is in no commit of this member. Others may still commit it, so it is kept while there is room. */
  dropProposal(ref: Uint8Array): boolean {
    checkBytes(ref)
    return this.#alone(() => this.#core.cache.setAside(ref))
  }

  /** Makes a commit of these requests and of what has been proposed. It is pending until accepted, rejected or overtaken. */
  commit(requests: readonly ProposalRequest[] = [], options: CommitOptions = {}): CommitResult {
    return this.#alone(() => commit(this.#core, requests, options))
  }

  /** Adds members by their key packages, which `readKeyPackage` shows: a commit, and the Welcome for all of them. */
  add(keyPackages: Uint8Array | readonly Uint8Array[], options: CommitOptions = {}): CommitResult {
    const requests = listOf(keyPackages).map((keyPackage): ProposalRequest => ({ type: 'add', keyPackage }))
    return this.commit(requests, options)
  }

  /** Removes other members by their leaves: a commit after which they read nothing more. To leave oneself, `propose({ type: 'self_remove' })`. */
  remove(leaves: number | readonly number[], options: CommitOptions = {}): CommitResult {
    const requests = listOf(leaves).map((leaf): ProposalRequest => ({ type: 'remove', leaf }))
    return this.commit(requests, options)
  }

  /** Renews this member's keys: a commit after which what was stolen from it is worth nothing. */
  update(options: CommitOptions = {}): CommitResult {
    return this.commit([], options)
  }

  /** The pending commit has won: the next epoch begins. The same happens when `process` is given its echo. */
  accept(): CommitEvent {
    return this.#alone(() => {
      const { pending } = this.#core
      if (pending === undefined) throw new UsageError('no-pending-commit')
      return this.#core.take(pending.created.transition, { own: true, external: false })
    })
  }

  /** The pending commit has lost: it is forgotten. Returns what it would have done by value. */
  reject(): readonly ProposalRequest[] {
    return this.#alone(() => this.#core.dropPending()?.requests ?? [])
  }

  /** Takes in a message of the group. */
  process(message: Uint8Array): GroupEvent {
    return this.#alone(() => receive(this.#core, message))
  }

  /** Encrypts data to the group. */
  encrypt(data: Uint8Array, authenticatedData: Uint8Array = EMPTY): Bytes {
    return this.#alone(() => encrypt(this.#core, data, authenticatedData))
  }

  /** Section 8.5: a secret of this epoch for the application. */
  exportSecret(label: string, context: Uint8Array, length: number): Bytes {
    this.#core.checkActive()
    return this.#core.epoch.export(label, context, checked(length, Number.isSafeInteger(length), 'a number of bytes'))
  }

  /** Section 8.7: equal for all members of an epoch, and known to nobody else. */
  epochAuthenticator(): Bytes {
    const { epochAuthenticator } = this.#core.epoch.secrets
    return epochAuthenticator.bytes.slice() as Bytes
  }

  /** A signed description of the present epoch, for those who want to join. */
  groupInfo(options: GroupInfoOptions = {}): Bytes {
    return this.#alone(() => groupInfo(this.#core, options))
  }

  /** The encoded tree of the present epoch. */
  ratchetTree(): Bytes {
    return this.#core.tree.encode()
  }

  /** Section 11.3: founds a group of some of the members. */
  branch(request: ContinuationRequest & Pick<NewGroup, 'groupId' | 'extensions'>): FoundedGroup {
    this.#core.checkActive()
    const { suite } = this.#core
    return this.#founded('branch', { ...request, suite })
  }

  /** Section 11.2: founds the group that a committed ReInit announces. Its suite must be given: the provider makes it. */
  reinitialize(request: ContinuationRequest & Pick<NewGroup, 'suite'>): FoundedGroup {
    const { reinit } = this.#core
    if (reinit === undefined) throw new UsageError('wrong-argument', { expected: 'a group that a ReInit has ended' })
    if (objectOf(objectOf(request).suite).id !== reinit.cipherSuite)
      throw new UsageError('wrong-argument', { suite: reinit.cipherSuite })
    if (reinit.version !== ProtocolVersion.of.mls10) throw new UsageError('wrong-argument', { version: reinit.version })
    const { groupId, extensions } = reinit
    return this.#founded('reinit', { ...request, groupId, extensions })
  }

  /**
   * The whole state, with all its secrets and not encrypted: store it where nobody else can read it, and delete older ones. Equal
   * states give equal bytes. Works at any time, also while a commit is pending.
   */
  save(): Bytes {
    return this.#alone(() => saveCore(this.#core))
  }

  /**
   * What has changed since the last call, or since the group was loaded; everything where there was neither. Its size follows what
   * was done, not the size of the group. Store it before you send what the operation gave you.
   */
  delta(): Bytes {
    return this.#alone(() => deltaOfCore(this.#core))
  }

  /** Forgets all secrets of the group. */
  close(): void {
    this.#alone(() => this.#core.wipe())
  }

  #founded(how: Continuation, request: Parameters<typeof continueGroup>[2]): FoundedGroup {
    const { core, welcome } = this.#alone(() => continueGroup(this.#core, how, request))
    return { group: new Group(core), welcome }
  }
}

function forget({ held, epoch }: JoinedGroup): void {
  held.wipe()
  epoch.wipe()
}
