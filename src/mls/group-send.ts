/** RFC 9420 sections 12.1, 12.4.1 and 15: what a member sends. */
import { arrayOf, checked, objectOf, yesOrNo } from '../base/arguments.ts'
import { copyOf, toHex } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { wipingOnError } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import { type CommitRequest, createCommit, externalPublicKey, protect, signInEpoch } from './commit-create.ts'
import { isSupported, selectProposals } from './commit-select.ts'
import { PRIVATE_MESSAGE, PUBLIC_MESSAGE } from './content-signature.ts'
import type { LeafChanges } from './create-path.ts'
import { copyExtension, type Extension } from './extension.ts'
import type { FramedContent } from './framing.ts'
import type { GroupCore, PendingCommit } from './group-core.ts'
import { signGroupInfo } from './group-info-sign.ts'
import { type Invited, invite, type WelcomeContent } from './invitation.ts'
import { MLSMessage } from './message.ts'
import { proposalRef } from './proposal-cache.ts'
import { checkProposals } from './proposal-checks.ts'
import type { ListedProposal } from './proposal-list.ts'
import { type MadeProposal, makeProposal, type ProposalRequest } from './proposal-request.ts'
import { copyRequest } from './saved/requests.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** How a commit is made. */
export interface CommitOptions {
  /** Renew the committer's keys also where neither a proposal nor another of these options requires it. Default: true. */
  readonly path?: boolean
  /** What the own leaf says from now on. */
  readonly changes?: LeafChanges
  /** The own signature key from now on. */
  readonly signer?: Signer
  /** Whether to include what others have proposed. Default: true. */
  readonly proposals?: boolean
  readonly authenticatedData?: Uint8Array
  /** Whether the Welcome carries the tree, it comes beside it, or newcomers have it from elsewhere. Default: inside. */
  readonly ratchetTree?: WelcomeContent['ratchetTree']
  /** Extensions of the group info in the Welcome. */
  readonly groupInfoExtensions?: readonly Extension[]
}

/** What to send where. */
export interface CommitResult {
  /** To the group. */
  readonly commit: Bytes
  /** To those who are added, once the commit has been accepted. */
  readonly welcome: Bytes | undefined
  /** The tree of the new epoch, where it is to come beside the Welcome. */
  readonly ratchetTree: Bytes | undefined
  /** Received proposals that are not in the commit: they contradict others, turned out invalid, or came later. */
  readonly leftOut: readonly Uint8Array[]
}

const EMPTY = new Uint8Array(0)

/** Proposes something; the proposal waits for a commit, of whomever. */
export function propose(core: GroupCore, wish: ProposalRequest, authenticatedData: Uint8Array = EMPTY): Bytes {
  core.checkActive()
  const request = copyRequest(wish)
  if (request.type === 'self_remove') checkMayLeave(core)
  core.cache.checkRoom()
  const { state } = core
  const made = makeProposal(state, request)
  const secrets = made.update === undefined ? [] : [made.update.pair.privateKey]
  return wipingOnError(secrets, () => send(core, { request, ...made }, authenticatedData))
}

/** Members may be without SelfRemove, and then no commit could take it in. */
function checkMayLeave({ own, tree }: GroupCore): void {
  for (const { request } of own.values()) {
    // copath-mls-self-remove-04: a member asks to leave once in an epoch
    if (request.type === 'self_remove')
      throw new UsageError('self-remove-pending', { rule: 'copath-mls-self-remove-04' })
  }
  if (isSupported(tree, { proposalType: 'self_remove' })) return
  // copath-mls-self-remove-05: where all members support it
  throw new UsageError('wrong-argument', {
    rule: 'copath-mls-self-remove-05',
    expected: 'a Remove, where not all members support SelfRemove',
  })
}

/** Checks a proposal as others do, signs and keeps it. */
function send(
  core: GroupCore,
  { request, proposal, update }: MadeProposal & { readonly request: ProposalRequest },
  authenticatedData: Uint8Array,
): Bytes {
  const { state, settings } = core
  const sender = { senderType: 'member', leafIndex: core.leaf } as const
  checkProposals(state, [{ proposal, sender, ref: EMPTY }], true)
  const { groupId, epoch } = core.epoch.context.context
  const content: FramedContent = { groupId, epoch, sender, authenticatedData, contentType: 'proposal', proposal }
  const isPublic = settings.handshake === 'public' || proposal.proposalType === 'self_remove'
  const wireFormat = isPublic ? PUBLIC_MESSAGE : PRIVATE_MESSAGE
  const { toBeSigned, signature } = signInEpoch(state, wireFormat, content)
  const signed = { wireFormat, content, auth: { signature } }
  const message = protect(state, signed, toBeSigned)
  const ref = proposalRef(core.suite, signed)
  core.cache.add(ref, proposal, sender, core.pending?.refs)
  core.own.set(toHex(ref), { request, update })
  core.sent.set(toHex(core.suite.hash.digest(message)), { ref, message: message.slice() })
  return message
}

/** Which entry of the list an error is about. */
function placeOfFault(
  { details: { proposal, psk } }: RejectedError,
  list: readonly ListedProposal[],
): number | undefined {
  if (typeof proposal === 'number') return proposal
  if (typeof psk !== 'number') return undefined
  const psks = list.flatMap((entry, i) => (entry.proposal.proposalType === 'psk' ? [i] : []))
  return psks[psk]
}

// each misfit costs making the commit anew: beyond these, whoever sends them is sending a flood of them
const MOST_MISFITS = 8

/** Whom a proposal is from; those who are not members count as one, since they can call themselves what they like. */
function originOf({ sender }: ListedProposal): string {
  return sender.senderType === 'member' ? `member ${sender.leafIndex}` : sender.senderType
}

/** The list without a received proposal that does not fit, and after some of them without all others of the same origin. */
function withoutMisfit(list: readonly ListedProposal[], at: number, misfits: number): readonly ListedProposal[] {
  const origin = originOf(list[at]!)
  const isFlood = misfits > MOST_MISFITS
  return list.filter((entry, i) => {
    // whoever sends a flood may still leave
    const isDropped = isFlood && entry.ref !== undefined && entry.proposal.proposalType !== 'self_remove'
    return i !== at && !(isDropped && originOf(entry) === origin)
  })
}

// what can make something of the committer's own unfit: what it demands of all, or a key that it has first
const SUSPECTS = ['group_context_extensions', 'update', 'add']

/** The list without the received proposals of a type, where it is not one of them that an error names. */
function withoutSuspects(list: readonly ListedProposal[]): readonly ListedProposal[] | undefined {
  const isOf = (type: string, { ref, proposal }: ListedProposal) => ref !== undefined && proposal.proposalType === type
  const suspect = SUSPECTS.find(type => list.some(entry => isOf(type, entry)))
  return suspect === undefined ? undefined : list.filter(entry => !isOf(suspect, entry))
}

/** A commit of the list, without those received proposals that turn out not to fit. */
function createFitting(
  { state }: GroupCore,
  wanted: readonly ListedProposal[],
  request: Omit<CommitRequest, 'list'>,
): ReturnType<typeof createCommit> & { readonly list: readonly ListedProposal[] } {
  let list = wanted
  for (let misfits = 1; ; misfits++) {
    try {
      return { ...createCommit(state, { ...request, list }), list }
    } catch (error) {
      // a received proposal that does not fit must not keep anybody from committing
      if (!(error instanceof RejectedError)) throw error
      const at = placeOfFault(error, list)
      const isNamed = at !== undefined && list[at]?.ref !== undefined
      const rest = isNamed ? withoutMisfit(list, at, misfits) : withoutSuspects(list)
      if (rest === undefined) throw error
      list = rest
    }
  }
}

const TREES: readonly unknown[] = ['inside', 'apart', 'omitted']

/** What a commit is made from besides its proposals: checked, and of its own. */
function requestFor({ settings }: GroupCore, options: CommitOptions): Omit<CommitRequest, 'list'> {
  const { path = true, ratchetTree = 'inside', groupInfoExtensions = [], authenticatedData = EMPTY } = options
  // what the leaf is to say is the same as in an Update
  const { changes, signer } = copyRequest({ ...options, type: 'update' }) as Extract<
    ProposalRequest,
    { type: 'update' }
  >
  return {
    path: yesOrNo(path),
    authenticatedData: copyOf(authenticatedData),
    framing: settings.handshake,
    welcome: {
      ratchetTree: checked(ratchetTree, TREES.includes(ratchetTree), 'inside, apart or omitted'),
      extensions: arrayOf(groupInfoExtensions).map(copyExtension),
    },
    ...(changes && { changes }),
    ...(signer && { newSigner: signer }),
  }
}

/** Makes a commit, copath-mls-14-01: which changes nothing until it is accepted, rejected, or overtaken by another. */
export function commit(core: GroupCore, wishes: readonly ProposalRequest[], options: CommitOptions): CommitResult {
  core.checkActive()
  if (core.pending !== undefined) throw new UsageError('commit-pending')
  const { state, leaf: committer } = core
  const request = requestFor(core, objectOf(options))
  const requests = arrayOf(wishes).map(copyRequest)
  const sender = { senderType: 'member', leafIndex: committer } as const
  const byValue = requests.map((wish): ListedProposal => {
    if (wish.type === 'update' || wish.type === 'self_remove') {
      throw new UsageError('wrong-argument', { expected: 'something that can be done by a commit', got: wish.type })
    }
    return { proposal: makeProposal(state, wish).proposal, sender }
  })
  const received = yesOrNo(options.proposals ?? true) ? core.cache.values() : []
  const chosen = selectProposals(state, received, { byValue, committer })
  const { created, invited, list } = createFitting(core, chosen, request)
  const refs = new Set(list.flatMap(({ ref }) => (ref === undefined ? [] : [toHex(ref)])))
  core.pending = { created, requests, refs }
  return resultOf(core, core.pending, invited)
}

function resultOf({ cache }: GroupCore, { created, refs }: PendingCommit, invited: Invited | undefined): CommitResult {
  return {
    // the group knows its echo by the original
    commit: created.message.slice(),
    welcome: invited?.welcome,
    ratchetTree: invited?.ratchetTree,
    leftOut: cache.values().flatMap(({ ref }) => (refs.has(toHex(ref)) ? [] : [ref])),
  }
}

/** The pending commit, to be sent again. Its Welcome is made anew. */
export function pendingCommit(core: GroupCore): CommitResult | undefined {
  const { state, pending } = core
  if (pending === undefined) return undefined
  const { invitation, transition } = pending.created
  return resultOf(core, pending, invitation && invite(state, transition, invitation))
}

/** Encrypts data to the group. */
export function encrypt(core: GroupCore, data: Uint8Array, authenticatedData: Uint8Array): Bytes {
  core.checkActive()
  // copath-mls-12.4-01: what was proposed takes effect before anything else is said
  if (core.cache.size > 0 && core.pending === undefined) {
    throw new UsageError('proposals-pending', { rule: 'copath-mls-12.4-01', proposals: core.cache.size })
  }
  const { state } = core
  const { groupId, epoch } = core.epoch.context.context
  const sender = { senderType: 'member', leafIndex: core.leaf } as const
  const content: FramedContent = {
    groupId,
    epoch,
    sender,
    authenticatedData,
    contentType: 'application',
    applicationData: data,
  }
  const { toBeSigned, signature } = signInEpoch(state, PRIVATE_MESSAGE, content)
  return protect(state, { wireFormat: PRIVATE_MESSAGE, content, auth: { signature } }, toBeSigned)
}

/** What a published group info carries. */
export interface GroupInfoOptions {
  /** Let others join by external commits. Default: true. */
  readonly externalPub?: boolean
  /** Default: true. */
  readonly ratchetTree?: boolean
  readonly extensions?: readonly Extension[]
}

/** A group info of the present epoch, as a message. */
export function groupInfo(core: GroupCore, options: GroupInfoOptions): Bytes {
  core.checkActive()
  const { extensions = [], ratchetTree = true, externalPub = true } = objectOf(options)
  const { state, epoch, tree } = core
  const info = signGroupInfo(core.suite, {
    context: epoch.context.context,
    confirmationTag: epoch.confirmationTag,
    leaf: core.leaf,
    signer: core.signer,
    extensions: arrayOf(extensions).map(copyExtension),
    ratchetTree: yesOrNo(ratchetTree) ? tree.encode() : undefined,
    ...(yesOrNo(externalPub) && { externalPub: externalPublicKey(state, epoch) }),
  })
  return encode(MLSMessage, { wireFormat: 'mls_group_info', groupInfo: info })
}
