/** RFC 9420 section 12.4.2, as far as no secret is needed: a commit checked and staged, by members and by those who only follow. */
import { EMPTY } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { type LeafIndex, nodeOfLeaf } from '../tree/math.ts'
import { type AppliedPath, applyUpdatePath } from './apply-path.ts'
import type { Commit } from './commit.ts'
import type { SignedContent } from './content-signature.ts'
import { type ContextExtensions, type EpochContext, epochContext } from './epoch-context.ts'
import { checkIdentity, checkNewIdentity } from './group-config.ts'
import * as leafChecks from './leaf-checks.ts'
import { checkLeafSignature } from './leaf-signature.ts'
import { checkNewTree, type NewLeaf, type StagedProposals, stageProposals } from './proposal-apply.ts'
import type { ProposalCache } from './proposal-cache.ts'
import { checkLeafContent, type PublicState } from './proposal-checks.ts'
import { type ListedProposal, sortExternalProposals, sortProposals } from './proposal-list.ts'
import { confirmedTranscriptHash, interimTranscriptHash } from './transcript-hash.ts'
import type { UpdatePath } from './update-path.ts'

/** A commit that is in a staged tree, with what the new epoch is to be. */
export interface StagedCommit extends StagedProposals {
  readonly committer: LeafIndex
  readonly external: boolean
  /** The update path, where there is one. */
  readonly applied: AppliedPath | undefined
  /** The encoded provisional group context, which path secrets are encrypted with; empty where there is no path. */
  readonly provisional: Uint8Array
  readonly next: EpochContext
  readonly confirmationTag: Uint8Array
  readonly interimTranscriptHash: Uint8Array
}

const NO_PATH_NEEDED = ['add', 'psk', 'reinit']

/** Section 12.4: whether a commit of these proposals has to have a path. Types that the RFC does not define need one. */
export function isPathRequired(list: readonly ListedProposal[]): boolean {
  return list.length === 0 || list.some(({ proposal }) => !NO_PATH_NEEDED.includes(proposal.proposalType))
}

/** The proposals of a commit, with those that it refers to. */
function resolveProposals(commit: Commit, sender: ListedProposal['sender'], cache: ProposalCache): ListedProposal[] {
  return commit.proposals.map((entry, i): ListedProposal => {
    if (entry.type === 'proposal') return { proposal: entry.proposal, sender }
    const cached = cache.get(entry.reference)
    // copath-mls-12.4.2-01: every reference is to a proposal of this epoch
    if (cached === undefined) throw new RejectedError('unknown-proposal', { rule: 'copath-mls-12.4.2-01', proposal: i })
    return cached
  })
}

// GroupContext counts epochs in 64 bits
const LAST_EPOCH = 2n ** 64n - 1n

/** The context of the new epoch; or with the confirmed transcript hash of the old one, the provisional context. */
export function nextContext(
  state: PublicState,
  staged: { readonly tree: StagedProposals['tree']; readonly meaning: ContextExtensions },
  confirmedTranscriptHash: Uint8Array,
): EpochContext {
  const { groupId, epoch } = state.epoch.context
  // copath-mls-8.1-01: epochs can be numbered; nobody gets to the last one but by an invitation made for that
  if (epoch === LAST_EPOCH) throw new RejectedError('invalid-commit', { rule: 'copath-mls-8.1-01' })
  const treeHash = staged.tree.treeHash()
  return epochContext(staged.meaning, { groupId, epoch: epoch + 1n, treeHash, confirmedTranscriptHash })
}

/** The leaf that an external committer takes the place of, where it does. */
function replacedLeaf(state: PublicState, { sorted }: StagedProposals): LeafIndex | undefined {
  const remove = sorted.list.find(({ proposal }) => proposal.proposalType === 'remove')?.proposal
  const leaf = remove?.proposalType === 'remove' ? (remove.removed as LeafIndex) : undefined
  return leaf !== undefined && state.tree.leafNode(leaf) !== undefined ? leaf : undefined
}

/** Section 7.3 for the leaf in the path of a commit; copath-mls-7.5-05: it is what the leaf of an Update may be. */
export function checkCommitterLeaf(
  state: PublicState,
  staged: StagedProposals,
  { leafNode }: UpdatePath,
  { committer, external }: Pick<StagedCommit, 'committer' | 'external'>,
): void {
  const where = { leaf: committer }
  checkLeafContent(state.suite, leafNode, where)
  if (external) checkIdentity(state.settings, leafNode, where)
  const before = external ? replacedLeaf(state, staged) : committer
  const current = before === undefined ? undefined : state.tree.leafNode(before)
  if (current !== undefined) {
    // copath-mls-12.4.2-02, copath-mls-7.3-10: the path renews the key of the leaf; copath-mls-12.2-23: so does a joiner that was a member before
    const rule = external ? 'copath-mls-12.2-23' : 'copath-mls-12.4.2-02'
    leafChecks.checkNewEncryptionKey(leafNode, current, { ...where, rule })
    checkNewIdentity(state.settings, current, leafNode, where)
  }
  const other = staged.tree.nodes.findSignatureKey(leafNode.signatureKey)
  if (other !== undefined && other !== committer) {
    throw new RejectedError('duplicate-key', { ...where, rule: 'copath-mls-7.3-03', other, field: 'signature_key' })
  }
  // copath-mls-12.4.2-03, copath-mls-7.3-04: the leaf is signed for its place in this group
  const place = { groupId: state.epoch.context.groupId, leafIndex: committer }
  checkLeafSignature(state.suite, leafNode, place, { ...where, rule: 'copath-mls-12.4.2-03' })
}

/** copath-mls-12.4.2-07: the application allows the commit. */
export function checkCommitPolicy(
  { settings }: PublicState,
  { sorted }: StagedProposals,
  { committer, external }: Pick<StagedCommit, 'committer' | 'external'>,
): void {
  const { mayCommit } = settings.policy
  if (mayCommit !== undefined && !mayCommit({ committer, external, proposals: sorted.list })) {
    throw new RejectedError('forbidden', { rule: 'copath-mls-12.4.2-07', committer })
  }
}

function stagePath(
  state: PublicState,
  staged: StagedProposals,
  path: UpdatePath,
  by: Pick<StagedCommit, 'committer' | 'external'>,
): AppliedPath {
  checkCommitterLeaf(state, staged, path, by)
  return applyUpdatePath(state.suite, staged.tree, path, { sender: by.committer, added: new Set(staged.added) })
}

/** Checks a commit whose signature has been verified, and stages all that it does in public. */
export function stageCommit(state: PublicState, signed: SignedContent, cache: ProposalCache): StagedCommit {
  const { content, auth, wireFormat } = signed
  const { sender } = content
  if (content.contentType !== 'commit') throw new RejectedError('malformed-content', { expected: 'commit' })
  const external = sender.senderType === 'new_member_commit'
  // copath-mls-12.4.2-04: a commit is by a member, or by somebody who becomes one by it; copath-mls-6.1-04: not by an external sender
  if (!external && sender.senderType !== 'member') {
    throw new RejectedError('invalid-commit', { rule: 'copath-mls-12.4.2-04', sender: sender.senderType })
  }
  const { commit } = content
  const list = resolveProposals(commit, sender, cache)
  const sorted =
    sender.senderType === 'member' ? sortProposals(list, sender.leafIndex as LeafIndex) : sortExternalProposals(list)
  // copath-mls-12.4.2-05: a path where one is required
  if (commit.path === undefined && isPathRequired(list)) {
    throw new RejectedError('invalid-commit', { rule: 'copath-mls-12.4.2-05' })
  }
  const staged = stageProposals(state, sorted, false)
  // copath-mls-12.4.3.2-06: a newcomer takes the leftmost leaf that is free then
  const committer = sender.senderType === 'member' ? (sender.leafIndex as LeafIndex) : staged.tree.makeRoom()
  const by = { committer, external }
  const applied = commit.path === undefined ? undefined : stagePath(state, staged, commit.path, by)
  const newLeaf: NewLeaf | undefined = applied && { leafNode: applied.update.leafNode, where: { leaf: committer } }
  checkNewTree(staged, newLeaf)
  checkCommitPolicy(state, staged, by)
  const { signature, confirmationTag } = auth
  const confirmed = confirmedTranscriptHash(state.suite, state.interimTranscriptHash, {
    wireFormat,
    content,
    signature,
  })
  const { confirmedTranscriptHash: before } = state.epoch.context
  return {
    ...staged,
    ...by,
    applied,
    provisional: applied === undefined ? EMPTY : nextContext(state, staged, before).encoded,
    next: nextContext(state, staged, confirmed),
    confirmationTag: confirmationTag!,
    interimTranscriptHash: interimTranscriptHash(state.suite, confirmed, confirmationTag!),
  }
}

/** copath-mls-6.1-07: the key that a message from outside the group has to be signed with. */
function outsideSenderKey({ epoch }: PublicState, content: SignedContent['content']): Uint8Array {
  const { sender } = content
  if (sender.senderType === 'external') {
    const external = epoch.externalSenders[sender.senderIndex]
    // copath-mls-12.1.8-04: external senders are those in the group context
    if (external === undefined) {
      throw new RejectedError('unknown-sender', { rule: 'copath-mls-12.1.8-04', external: sender.senderIndex })
    }
    return external.signatureKey
  }
  if (sender.senderType === 'new_member_commit' && content.contentType === 'commit') {
    const { path } = content.commit
    // copath-mls-12.4.3.2-02: a path, without which nobody could have signed
    if (path === undefined) throw new RejectedError('invalid-commit', { rule: 'copath-mls-12.4.3.2-02' })
    // copath-mls-12.4.3.2-04: who joins has signed
    return path.leafNode.signatureKey
  }
  if (
    sender.senderType === 'new_member_proposal' &&
    content.contentType === 'proposal' &&
    content.proposal.proposalType === 'add'
  ) {
    return content.proposal.keyPackage.leafNode.signatureKey
  }
  // copath-mls-12.1.8-05: each kind of sender has its kind of content; copath-mls-6.1-06: newcomers a commit or an Add
  throw new RejectedError('unknown-sender', { rule: 'copath-mls-12.1.8-05', sender: sender.senderType })
}

/** The signature key of whoever sent a message in this epoch. */
export function senderKey(state: PublicState, content: SignedContent['content']): Uint8Array {
  const { sender } = content
  if (sender.senderType !== 'member') return outsideSenderKey(state, content)
  return memberKey(state, sender.leafIndex)
}

/** copath-mls-6.1-01 and copath-mls-6.3.2-01: the signature key of a member of this epoch. */
export function memberKey({ tree }: PublicState, leaf: number): Uint8Array {
  const { store } = tree
  const isThere = leaf < store.leafCount && !store.isBlank(nodeOfLeaf(leaf as LeafIndex))
  if (!isThere) throw new RejectedError('unknown-sender', { rule: 'copath-mls-6.1-01', leaf })
  return store.signatureKeyAt(leaf as LeafIndex)!
}

/** copath-mls-6-01 and copath-mls-6-02: a handshake message is for this group and its present epoch. */
export function checkEpoch(
  { epoch }: PublicState,
  { groupId, epoch: number }: { readonly groupId: Uint8Array; readonly epoch: bigint },
): void {
  const { context } = epoch
  const same = groupId.length === context.groupId.length && groupId.every((byte, i) => byte === context.groupId[i])
  if (!same) throw new RejectedError('wrong-group', { rule: 'copath-mls-6-01' })
  if (number !== context.epoch) {
    throw new RejectedError('wrong-epoch', {
      rule: 'copath-mls-6-02',
      epoch: String(number),
      current: String(context.epoch),
    })
  }
}
