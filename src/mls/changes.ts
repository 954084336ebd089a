/** RFC 9420 section 12.3: what the proposals of a commit come to, for those who want to know. */
import type { LeafIndex } from '../tree/math.ts'
import type { Extension } from './extension.ts'
import type { LeafNode } from './leaf-node.ts'
import type { ReInit } from './proposal.ts'
import type { StagedProposals } from './proposal-apply.ts'
import type { PublicState } from './proposal-checks.ts'
import type { PreSharedKeyID } from './psk.ts'

/** A proposal of another type than those of the RFC, as it was committed. */
export interface CustomProposal {
  readonly type: number
  readonly data: Uint8Array
}

/** What a commit has changed. */
export interface Changes {
  readonly added: readonly LeafIndex[]
  /** With what their leaves said. */
  readonly removed: readonly { readonly leaf: LeafIndex; readonly leafNode: LeafNode }[]
  /** By Update proposals; the committer's own leaf is renewed by the path. */
  readonly updated: readonly LeafIndex[]
  readonly extensions: readonly Extension[] | undefined
  readonly psks: readonly PreSharedKeyID[]
  readonly reinit: ReInit | undefined
  readonly custom: readonly CustomProposal[]
}

/** What a commit changes, told before it comes into force. */
export function changesOf({ tree }: PublicState, { sorted, added }: StagedProposals): Changes {
  return {
    added,
    removed: sorted.removes.map(({ leaf }) => ({ leaf, leafNode: tree.leafNode(leaf)! })),
    updated: sorted.updates.map(({ leaf }) => leaf),
    extensions: sorted.extensions?.extensions,
    psks: sorted.psks.map(({ id }) => id),
    reinit: sorted.reinit,
    custom: sorted.custom.map(({ type, data }) => ({ type, data })),
  }
}
