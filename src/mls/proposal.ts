/**
 * RFC 9420 section 12.1: proposals. The RFC defines no form for types it does not know; like other implementations this one
 * carries their content as one vector, so that whether a type is acceptable is decided by the members' capabilities.
 */
import type { ValueOf } from '../codec/codec.ts'
import { opaque, uint32, vector } from '../codec/primitives.ts'
import { select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { Extension } from './extension.ts'
import { KeyPackage } from './key-package.ts'
import { LeafNode } from './leaf-node.ts'
import { PreSharedKeyID } from './psk.ts'
import { CipherSuite, ProposalType, ProtocolVersion } from './registries.ts'

export const Add = struct('Add', { keyPackage: KeyPackage })
export type Add = ValueOf<typeof Add>

export const Update = struct('Update', { leafNode: LeafNode })
export type Update = ValueOf<typeof Update>

export const Remove = struct('Remove', { removed: uint32 })
export type Remove = ValueOf<typeof Remove>

export const PreSharedKey = struct('PreSharedKey', { psk: PreSharedKeyID })
export type PreSharedKey = ValueOf<typeof PreSharedKey>

export const ReInit = struct('ReInit', {
  groupId: opaque,
  version: ProtocolVersion,
  cipherSuite: CipherSuite,
  extensions: vector(Extension),
})
export type ReInit = ValueOf<typeof ReInit>

export const ExternalInit = struct('ExternalInit', { kemOutput: opaque })
export type ExternalInit = ValueOf<typeof ExternalInit>

export const GroupContextExtensions = struct('GroupContextExtensions', { extensions: vector(Extension) })
export type GroupContextExtensions = ValueOf<typeof GroupContextExtensions>

/** draft-ietf-mls-extensions: a member removes itself, and external joiners may commit that. */
export const SelfRemove = struct('SelfRemove', {})
export type SelfRemove = ValueOf<typeof SelfRemove>

/** Section 12.1: a change that somebody asks for. */
export const Proposal = struct('Proposal', {
  proposalType: select(
    ProposalType,
    {
      add: Add,
      update: Update,
      remove: Remove,
      psk: PreSharedKey,
      reinit: ReInit,
      external_init: ExternalInit,
      group_context_extensions: GroupContextExtensions,
      self_remove: SelfRemove,
    },
    { data: opaque },
  ),
})
/** A proposal, decoded. */
export type Proposal = ValueOf<typeof Proposal>

/** The number of a proposal's type. */
export function proposalTypeOf(proposal: Proposal): number {
  return proposal.proposalType === 'unknown' ? proposal.proposalTypeValue : ProposalType.of[proposal.proposalType]
}
