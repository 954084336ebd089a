/** RFC 9420 section 12.4: commits. */
import type { ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { optional, vector } from '../codec/primitives.ts'
import { select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { ProposalRef } from './crypto-objects.ts'
import { Proposal } from './proposal.ts'
import { UpdatePath } from './update-path.ts'

export const ProposalOrRefType = enumeration('ProposalOrRefType', { proposal: 1, reference: 2 })
export type ProposalOrRefType = ValueOf<typeof ProposalOrRefType>

export const ProposalOrRef = struct('ProposalOrRef', {
  type: select(ProposalOrRefType, { proposal: { proposal: Proposal }, reference: { reference: ProposalRef } }),
})
export type ProposalOrRef = ValueOf<typeof ProposalOrRef>

export const Commit = struct('Commit', { proposals: vector(ProposalOrRef), path: optional(UpdatePath) })
export type Commit = ValueOf<typeof Commit>
