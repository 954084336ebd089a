/** RFC 9420 sections 6, 12.1 and 15.3: what a member does with a message. Where it throws, nothing has changed. */
import { checkBytes, copyOf, equalPublic, toHex } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { decode } from '../codec/codec.ts'
import type { LeafIndex } from '../tree/math.ts'
import { processCommit } from './commit-process.ts'
import { checkEpoch, memberKey, senderKey } from './commit-stage.ts'
import { PUBLIC_MESSAGE, type SignedContent } from './content-signature.ts'
import type { PublicMessage } from './framing.ts'
import type { GroupCore } from './group-core.ts'
import type { GroupEvent, ProposalEvent } from './group-events.ts'
import { MLSMessage } from './message.ts'
import type { PrivateMessage } from './private-message.ts'
import { type OpenedMessage, openPrivate } from './private-protection.ts'
import { type CachedProposal, proposalRef } from './proposal-cache.ts'
import { checkProposals } from './proposal-checks.ts'
import { unprotectPublic } from './public-protection.ts'

/** A private message of its sender's own, which it cannot decrypt. */
function ownEcho(core: GroupCore, { authenticatedData }: PrivateMessage, bytes: Uint8Array): ProposalEvent | undefined {
  const sent = core.sent.get(toHex(core.suite.hash.digest(bytes)))
  const cached = sent && core.cache.get(sent.ref)
  return cached && proposalEvent(cached, authenticatedData, true)
}

function proposalEvent(
  { proposal, sender, ref }: CachedProposal,
  authenticatedData: Uint8Array,
  own: boolean,
): ProposalEvent {
  return { kind: 'proposal', proposal, sender, ref, authenticatedData, own }
}

/** Nothing more can happen to a group that this member has left, or that was reinitialized. */
function checkOpen({ status }: GroupCore): void {
  if (status !== 'active') throw new RejectedError('group-inactive', { status })
}

function isOwn(core: GroupCore, { content: { sender } }: SignedContent): boolean {
  return sender.senderType === 'member' && sender.leafIndex === core.leaf
}

function receiveProposal(core: GroupCore, signed: SignedContent, accept: () => void): ProposalEvent {
  const { content } = signed
  if (content.contentType !== 'proposal') throw new RejectedError('malformed-content', { expected: 'proposal' })
  const { proposal, sender, authenticatedData } = content
  const ref = proposalRef(core.suite, signed)
  const known = core.cache.get(ref)
  if (known === undefined) {
    core.cache.checkRoom()
    // copath-mls-self-remove-02: in public, so that those who join by themselves can commit it
    if (proposal.proposalType === 'self_remove' && signed.wireFormat !== PUBLIC_MESSAGE) {
      throw new RejectedError('invalid-proposal', { rule: 'copath-mls-self-remove-02' })
    }
    checkProposals(core.state, [{ proposal, sender, ref }], false)
  }
  accept()
  const kept = known ?? core.cache.add(ref, proposal, sender, core.pending?.refs)
  return proposalEvent(kept, authenticatedData, isOwn(core, signed))
}

function receiveCommit(core: GroupCore, signed: SignedContent, accept: () => void): GroupEvent {
  const { cache } = core
  const processed = processCommit(core.state, signed, { cache, updates: core.ownUpdates() })
  if (processed.kind === 'removed') {
    accept()
    core.leave()
    return { kind: 'removed', committer: processed.committer as LeafIndex, changes: processed.changes }
  }
  const external = signed.content.sender.senderType === 'new_member_commit'
  return core.take(processed.transition, { own: false, external, accept })
}

function receiveHandshake(core: GroupCore, signed: SignedContent, accept: () => void): GroupEvent {
  return signed.content.contentType === 'proposal'
    ? receiveProposal(core, signed, accept)
    : receiveCommit(core, signed, accept)
}

function receivePublic(core: GroupCore, message: PublicMessage): GroupEvent {
  const { state } = core
  checkEpoch(state, message.content)
  const signed = unprotectPublic(core.epoch.publicProtection, message, content => senderKey(state, content))
  return receiveHandshake(core, signed, () => {})
}

/** Opens a message of the present epoch, or an application message of one that is not long over. */
function open(core: GroupCore, message: PrivateMessage): OpenedMessage {
  const { state, past } = core
  const keyNow = (leaf: number): Uint8Array => memberKey(state, leaf)
  const notOwn = (leaf: number): number => {
    if (leaf === core.leaf) throw new RejectedError('own-data', { leaf })
    return leaf
  }
  if (message.epoch === core.epoch.number && core.status !== 'removed') {
    return openPrivate(core.epoch.privateProtection, message, leaf => keyNow(notOwn(leaf)))
  }
  const earlier = message.contentType === 'application' ? past.find(message.epoch) : undefined
  if (earlier === undefined) throw wrongEpoch(core, message)
  return openPrivate(earlier.privateProtection, message, leaf => past.signatureKey(message.epoch, notOwn(leaf), keyNow))
}

function wrongEpoch(core: GroupCore, { epoch }: PrivateMessage): RejectedError {
  const current = String(core.epoch.number)
  return new RejectedError('wrong-epoch', { rule: 'copath-mls-6-02', epoch: String(epoch), current })
}

function receivePrivate(core: GroupCore, message: PrivateMessage, bytes: Uint8Array): GroupEvent {
  if (!equalPublic(message.groupId, core.groupId)) throw new RejectedError('wrong-group', { rule: 'copath-mls-6-01' })
  if (message.contentType !== 'application') {
    checkOpen(core)
    const echo = message.contentType === 'proposal' ? ownEcho(core, message, bytes) : undefined
    if (echo !== undefined) return echo
  }
  const { signed, signatureKey, accept, discard } = open(core, message)
  const { content } = signed
  try {
    if (content.contentType !== 'application') return receiveHandshake(core, signed, accept)
  } catch (error) {
    discard()
    throw error
  }
  accept()
  const { sender, applicationData: data, authenticatedData, epoch } = content
  const leaf = sender.senderType === 'member' ? sender.leafIndex : core.leaf
  return {
    kind: 'message',
    sender: leaf as LeafIndex,
    signatureKey: signatureKey.slice(),
    data,
    authenticatedData: authenticatedData.slice(),
    epoch,
  }
}

/** Takes in a message that the group has received. */
export function receive(core: GroupCore, message: Uint8Array): GroupEvent {
  const { pending } = core
  checkBytes(message)
  if (pending !== undefined && equalPublic(message, pending.created.message)) {
    return core.take(pending.created.transition, { own: true, external: false })
  }
  // what is kept of the message are views of it
  const bytes = copyOf(message)
  const decoded = decode(MLSMessage, bytes)
  switch (decoded.wireFormat) {
    case 'mls_public_message':
      checkOpen(core)
      return receivePublic(core, decoded.publicMessage)
    case 'mls_private_message':
      return receivePrivate(core, decoded.privateMessage, bytes)
    default:
      throw new RejectedError('unexpected-message', { expected: 'a message of the group', got: decoded.wireFormat })
  }
}
