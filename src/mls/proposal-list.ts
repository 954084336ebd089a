/** RFC 9420 section 12.2, Proposal List Validation: which proposals may stand in one commit. */

import { toHex } from '../base/bytes.ts'
import { BugError, type ErrorDetails, RejectedError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import type { LeafIndex } from '../tree/math.ts'
import type { Extension } from './extension.ts'
import type { Sender } from './framing.ts'
import type { KeyPackage } from './key-package.ts'
import type { LeafNode } from './leaf-node.ts'
import type { Proposal, ReInit } from './proposal.ts'
import { PreSharedKeyID } from './psk.ts'
import { MAX_KEYS } from './psk-secret.ts'

/** A proposal in the list of a commit. */
export interface ListedProposal {
  readonly proposal: Proposal
  /** Who made it: the committer, where it is in the commit by value. */
  readonly sender: Sender
  /** Where it is in the commit by reference. */
  readonly ref?: Uint8Array
  /** Whether it has been checked by itself in this epoch. */
  readonly checked?: boolean
}

/** An entry of a list with its place there, which errors name. */
type Placed<T> = T & { readonly proposal: number }

/** The proposals of a commit by what they do. */
export interface SortedProposals {
  readonly list: readonly ListedProposal[]
  readonly updates: Placed<{ leaf: LeafIndex; leafNode: LeafNode }>[]
  /** SelfRemove included. */
  readonly removes: Placed<{ leaf: LeafIndex }>[]
  readonly adds: Placed<{ keyPackage: KeyPackage }>[]
  readonly psks: Placed<{ id: PreSharedKeyID }>[]
  readonly custom: Placed<{ type: number; data: Uint8Array }>[]
  extensions: Placed<{ extensions: readonly Extension[] }> | undefined
  reinit: ReInit | undefined
  /** The KEM output of an external commit. */
  externalInit: Uint8Array | undefined
}

/** A commit whose list breaks a rule. */
export function refuseList(rule: string, details: ErrorDetails = {}): RejectedError {
  return new RejectedError('invalid-proposal-list', { rule, ...details })
}

function emptySort(list: readonly ListedProposal[]): SortedProposals {
  return {
    list,
    updates: [],
    removes: [],
    adds: [],
    psks: [],
    custom: [],
    extensions: undefined,
    reinit: undefined,
    externalInit: undefined,
  }
}

/** Section 12.1.2: members update and remove themselves; nobody else's such proposal is taken in. */
function memberLeaf(sender: Sender): LeafIndex {
  if (sender.senderType !== 'member') throw new BugError('broken-invariant', { sender: sender.senderType })
  return sender.leafIndex as LeafIndex
}

function place(sorted: SortedProposals, { proposal, sender, ref }: ListedProposal, index: number): void {
  switch (proposal.proposalType) {
    case 'add':
      sorted.adds.push({ keyPackage: proposal.keyPackage, proposal: index })
      return
    case 'update':
      sorted.updates.push({ leaf: memberLeaf(sender), leafNode: proposal.leafNode, proposal: index })
      return
    case 'remove':
      sorted.removes.push({ leaf: proposal.removed as LeafIndex, proposal: index })
      return
    case 'self_remove':
      // copath-mls-self-remove-01: only by reference, so that it is its sender who wants it
      if (ref === undefined) throw refuseList('copath-mls-self-remove-01', { proposal: index })
      sorted.removes.push({ leaf: memberLeaf(sender), proposal: index })
      return
    case 'psk':
      sorted.psks.push({ id: proposal.psk, proposal: index })
      return
    case 'group_context_extensions':
      // copath-mls-12.2-07: at most one GroupContextExtensions
      if (sorted.extensions !== undefined) throw refuseList('copath-mls-12.2-07', { proposal: index })
      sorted.extensions = { extensions: proposal.extensions, proposal: index }
      return
    case 'reinit':
      // copath-mls-12.2-08: a ReInit stands alone
      if (sorted.list.length > 1) throw refuseList('copath-mls-12.2-08', { proposal: index })
      sorted.reinit = proposal
      return
    case 'external_init':
      // copath-mls-12.2-20: exactly one ExternalInit in an external commit
      if (sorted.externalInit !== undefined) throw refuseList('copath-mls-12.2-20', { proposal: index })
      sorted.externalInit = proposal.kemOutput
      return
    case 'unknown':
      sorted.custom.push({ type: proposal.proposalTypeValue, data: proposal.data, proposal: index })
  }
}

/** copath-mls-12.2-03: at most one Update or Remove for each leaf; copath-mls-self-remove-03: a SelfRemove counts as a Remove. */
function checkOncePerLeaf({ updates, removes, list }: SortedProposals): void {
  const seen = new Map<number, number>()
  for (const { leaf, proposal } of [...updates, ...removes]) {
    const other = seen.get(leaf)
    if (other !== undefined) {
      const isLeaving = [other, proposal].some(i => list[i]!.proposal.proposalType === 'self_remove')
      throw refuseList(isLeaving ? 'copath-mls-self-remove-03' : 'copath-mls-12.2-03', { proposal, leaf })
    }
    seen.set(leaf, proposal)
  }
}

/** copath-mls-8.4-01: no more PreSharedKey proposals than can be numbered. copath-mls-12.2-06: no two PreSharedKey proposals for one PreSharedKeyID. */
function checkPsksOnce({ psks }: SortedProposals): void {
  const tooMany = psks[MAX_KEYS]
  if (tooMany !== undefined) throw refuseList('copath-mls-8.4-01', { proposal: tooMany.proposal, psks: psks.length })
  const seen = new Set<string>()
  for (const { id, proposal } of psks) {
    const name = toHex(encode(PreSharedKeyID, id))
    if (seen.has(name)) throw refuseList('copath-mls-12.2-06', { proposal })
    seen.add(name)
  }
}

/** The list of a member's commit. */
export function sortProposals(list: readonly ListedProposal[], committer: LeafIndex): SortedProposals {
  const sorted = emptySort(list)
  list.forEach((listed, i) => {
    // copath-mls-12.2-09: no ExternalInit but in external commits
    if (listed.proposal.proposalType === 'external_init') throw refuseList('copath-mls-12.2-09', { proposal: i })
    place(sorted, listed, i)
  })
  for (const { leaf, proposal } of sorted.updates) {
    // copath-mls-12.2-01: no Update of the committer, whose leaf the path renews
    if (leaf === committer) throw refuseList('copath-mls-12.2-01', { proposal })
  }
  for (const { leaf, proposal } of sorted.removes) {
    // copath-mls-12.2-02: the committer is not removed
    if (leaf === committer) throw refuseList('copath-mls-12.2-02', { proposal })
  }
  checkOncePerLeaf(sorted)
  checkPsksOnce(sorted)
  return sorted
}

/** The list of an external commit. */
export function sortExternalProposals(list: readonly ListedProposal[]): SortedProposals {
  const sorted = emptySort(list)
  let removes = 0
  list.forEach((listed, i) => {
    const { proposalType } = listed.proposal
    if (proposalType === 'remove') removes++
    // copath-mls-12.2-21: at most one Remove, of the joiner's former leaf
    if (removes > 1) throw refuseList('copath-mls-12.2-21', { proposal: i })
    // copath-mls-12.2-22: nothing but ExternalInit, Remove, PreSharedKey, and SelfRemove by those who support it
    if (!['external_init', 'remove', 'psk', 'self_remove'].includes(proposalType)) {
      throw refuseList('copath-mls-12.2-22', { proposal: i })
    }
    // copath-mls-12.4.3.2-01: nothing by reference, SelfRemove excepted
    if (listed.ref !== undefined && proposalType !== 'self_remove') {
      throw refuseList('copath-mls-12.4.3.2-01', { proposal: i })
    }
    place(sorted, listed, i)
  })
  if (sorted.externalInit === undefined) throw refuseList('copath-mls-12.2-20')
  checkOncePerLeaf(sorted)
  checkPsksOnce(sorted)
  return sorted
}
