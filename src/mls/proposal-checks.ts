/** RFC 9420 section 12.1: what each proposal has to be by itself, and who may send it. */
import { type ErrorDetails, RejectedError } from '../base/errors.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafIndex } from '../tree/math.ts'
import { type EpochContext, readContextExtensions } from './epoch-context.ts'
import { checkNoRepeatedExtension, type Extension } from './extension.ts'
import type { Sender } from './framing.ts'
import { checkIdentity, checkNewIdentity, lifetimePolicy, type Settings } from './group-config.ts'
import type { GroupTree } from './group-tree.ts'
import type { KeyPackage } from './key-package.ts'
import { checkKeyPackages, type KeyPackageRules } from './key-package-checks.ts'
import * as leafChecks from './leaf-checks.ts'
import type { LeafNode } from './leaf-node.ts'
import { checkLeafSignature } from './leaf-signature.ts'
import type { Proposal } from './proposal.ts'
import type { ListedProposal } from './proposal-list.ts'
import type { PreSharedKeyID } from './psk.ts'
import { ProtocolVersion } from './registries.ts'

/** What everybody knows of a group in an epoch, and what the application decides. */
export interface PublicState {
  readonly suite: CipherSuite
  readonly tree: GroupTree
  readonly epoch: EpochContext
  readonly interimTranscriptHash: Uint8Array
  readonly settings: Settings
  /** Whether the commit founds a group that continues another: only then may its resumption keys say so (sections 11.2 and 11.3). */
  readonly founding?: boolean
}

function refuse(rule: string, where: ErrorDetails): RejectedError {
  return new RejectedError('invalid-proposal', { rule, ...where })
}

/**
 * Section 10.1 for the key packages of Add proposals, copath-mls-5.3.1-04: also of those that are our own. copath-mls-7.3-08: that the
 * present is within a lifetime is checked by those who receive it where they are told to, copath-mls-7.3-07: and always by those who send.
 */
export function keyPackageRules(settings: Settings, sending = false): KeyPackageRules {
  return {
    checkCredential: (leaf, where) => checkIdentity(settings, leaf, where),
    lifetime: lifetimePolicy(settings, sending || settings.checkReceivedLifetimes),
  }
}

function checkPresent(settings: Settings, { leafNode }: KeyPackage, where: ErrorDetails): void {
  if (leafNode.leafNodeSource !== 'key_package') return
  leafChecks.checkLifetime(leafNode.lifetime, lifetimePolicy(settings, true), where)
}

/** Section 12.1.2: the leaf of an Update. */
function checkUpdate(state: PublicState, leaf: LeafIndex, leafNode: LeafNode, where: ErrorDetails): void {
  const { suite, tree, settings, epoch } = state
  const current = tree.leafNode(leaf)
  if (current === undefined) throw new RejectedError('unknown-sender', { ...where, leaf })
  // copath-mls-12.1.2-01, copath-mls-7.3-09: the leaf was made for an Update
  leafChecks.checkSource(leafNode, 'update', { ...where, rule: 'copath-mls-12.1.2-01' })
  // copath-mls-12.1.2-02, copath-mls-7.3-10: with another encryption key than before
  leafChecks.checkNewEncryptionKey(leafNode, current, { ...where, rule: 'copath-mls-12.1.2-02' })
  checkLeafContent(suite, leafNode, where)
  checkNewIdentity(settings, current, leafNode, where)
  // copath-mls-12.1.2-03, copath-mls-7.3-04: and signed for this place in this group
  const place = { groupId: epoch.context.groupId, leafIndex: leaf }
  checkLeafSignature(suite, leafNode, place, { ...where, rule: 'copath-mls-12.1.2-03' })
}

/** The parts of section 7.3 that concern a leaf alone, for leaves that are made in a group. */
export function checkLeafContent(suite: CipherSuite, leafNode: LeafNode, where: ErrorDetails): void {
  leafChecks.checkKeyForms(suite, leafNode, where)
  // copath-mls-7.3-01: a leaf supports the type of its own credential
  leafChecks.checkOwnCredential(leafNode, { ...where, rule: 'copath-mls-7.3-01' })
  // copath-mls-7.3-02: and its own extensions
  leafChecks.checkExtensions(leafNode, { ...where, rule: 'copath-mls-7.3-02' })
}

/** Section 12.1.4: the identifier of a pre-shared key. */
function checkPsk({ suite, founding }: PublicState, id: PreSharedKeyID, where: ErrorDetails): void {
  if (id.psktype === 'resumption' && id.usage !== 'application' && founding !== true) {
    // copath-mls-12.1.4-01 and copath-mls-12.1.4-02: keys to continue a group are for that alone
    throw refuse(id.usage === 'reinit' ? 'copath-mls-12.1.4-01' : 'copath-mls-12.1.4-02', where)
  }
  // copath-mls-12.1.4-03: the nonce has the length that the KDF has
  if (id.pskNonce.length !== suite.kdf.length) throw refuse('copath-mls-12.1.4-03', where)
}

// copath-mls-12.1.8-02, copath-mls-6.1-05: what an external sender may propose
const EXTERNAL: readonly Proposal['proposalType'][] = ['add', 'remove', 'psk', 'reinit', 'group_context_extensions']

/** Section 12.1.8: who may send which proposal on its own. */
export function checkProposalSender(proposal: Proposal, sender: Sender, where: ErrorDetails): void {
  const { proposalType } = proposal
  const { senderType } = sender
  if (senderType === 'external' && !EXTERNAL.includes(proposalType)) throw refuse('copath-mls-12.1.8-02', where)
  // copath-mls-12.1.6-01: an ExternalInit stands in an external commit and nowhere else
  if (proposalType === 'external_init' && senderType !== 'new_member_commit') {
    throw refuse('copath-mls-12.1.6-01', where)
  }
}

function checkOne(state: PublicState, { proposal, sender }: ListedProposal, where: ErrorDetails): void {
  switch (proposal.proposalType) {
    case 'update':
      if (sender.senderType === 'member') checkUpdate(state, sender.leafIndex as LeafIndex, proposal.leafNode, where)
      return
    case 'remove': {
      // copath-mls-12.1.3-01: there is somebody to remove
      if (state.tree.store.leafAt(proposal.removed as LeafIndex) === undefined) {
        throw refuse('copath-mls-12.1.3-01', { ...where, leaf: proposal.removed })
      }
      return
    }
    case 'psk':
      checkPsk(state, proposal.psk, where)
      return
    case 'reinit':
      // copath-mls-12.1.5-01: no way back to an older version
      if (proposal.version < ProtocolVersion.of.mls10) throw refuse('copath-mls-12.1.5-01', where)
      checkNoRepeatedExtension(proposal.extensions, { ...where, rule: 'copath-mls-13.4-01' })
      // what they look like in later versions is not known
      if (proposal.version === ProtocolVersion.of.mls10) checkReadable(state.suite, proposal.extensions, where)
      return
    case 'group_context_extensions':
      checkReadable(state.suite, proposal.extensions, where)
  }
}

/** copath-mls-12.1.7-02: what nobody can read must not wait for a commit, which it would keep everybody from making, nor end a group that could not be founded again. */
function checkReadable({ id }: CipherSuite, extensions: readonly Extension[], where: ErrorDetails): void {
  try {
    readContextExtensions(id, extensions)
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    throw new RejectedError(error.code, { ...error.details, ...where, rule: 'copath-mls-12.1.7-02' })
  }
}

/**
 * Checks each proposal by itself, key packages in batches. What depends on the rest of the commit is left for later. Errors
 * name the place of the proposal in the list.
 */
export function checkProposals(state: PublicState, list: readonly ListedProposal[], sending: boolean): void {
  const keyPackages: KeyPackage[] = []
  const places: number[] = []
  const { mayPropose } = state.settings.policy
  list.forEach((listed, i) => {
    const { proposal, sender, checked } = listed
    const where = { proposal: i }
    if (checked === true) {
      // copath-mls-7.3-07: meanwhile it may have run out
      if (sending && proposal.proposalType === 'add') checkPresent(state.settings, proposal.keyPackage, where)
      return
    }
    checkProposalSender(proposal, sender, where)
    if (proposal.proposalType === 'add') {
      keyPackages.push(proposal.keyPackage)
      places.push(i)
    } else checkOne(state, listed, where)
    // copath-mls-12.2-30: the application allows it
    if (mayPropose !== undefined && !mayPropose(proposal, sender)) {
      throw new RejectedError('forbidden', { ...where, rule: 'copath-mls-12.2-30' })
    }
  })
  // copath-mls-12.1.1-01: all that section 10.1 asks of a key package
  checkKeyPackages(state.suite, keyPackages, keyPackageRules(state.settings, sending), i => ({ proposal: places[i]! }))
}
