/** RFC 9420 section 12.3, Applying a Proposal List: to a staged tree, and the rules of section 12.2 that only then can be told. */
import { equalPublic } from '../base/bytes.ts'
import { type ErrorDetails, RejectedError } from '../base/errors.ts'
import { type LeafIndex, type NodeIndex, nodeOfLeaf } from '../tree/math.ts'
import { type ContextExtensions, readContextExtensions } from './epoch-context.ts'
import { checkExternalSenders } from './group-config.ts'
import type { StagedTree } from './group-tree.ts'
import * as leafChecks from './leaf-checks.ts'
import type { LeafNode } from './leaf-node.ts'
import { checkProposals, type PublicState } from './proposal-checks.ts'
import { refuseList, type SortedProposals } from './proposal-list.ts'
import { ProposalType } from './registries.ts'
import { isDefaultFeature } from './tree-summary.ts'

/** A staged tree with the proposals of a commit, before its path. */
export interface StagedProposals {
  readonly tree: StagedTree
  readonly sorted: SortedProposals
  /** The leaves of those who are added, in the order of their proposals. */
  readonly added: readonly LeafIndex[]
  /** The extensions of the new group context. */
  readonly meaning: ContextExtensions
  /** What the new group demands of new leaves. */
  readonly demands: leafChecks.GroupParameters
}

/** A leaf that a key stands at, if it is the leaf of a member at all. */
function leafOf(node: NodeIndex | undefined): LeafIndex | undefined {
  return node === undefined || (node & 1) === 1 ? undefined : ((node >>> 1) as LeafIndex)
}

/** copath-mls-7.3-03: no two leaves of the new tree have a key in common. Updates and Removes happen at once. */
function checkUpdatedKeys(tree: StagedTree, { updates, removes }: SortedProposals): void {
  if (updates.length === 0) return
  const removed = new Set<number>(removes.map(({ leaf }) => leaf))
  const replaced = new Map(updates.map(({ leaf, leafNode }) => [leaf as number, leafNode]))
  const fields = [
    ['signature_key', 'signatureKey', (key: Uint8Array) => tree.nodes.findSignatureKey(key)],
    ['encryption_key', 'encryptionKey', (key: Uint8Array) => tree.nodes.findPublicKey(key)],
  ] as const
  for (const [field, name, find] of fields) {
    const seen = new Set<string>()
    for (const { leaf, leafNode, proposal } of updates) {
      const key = leafNode[name]
      const found = find(key)
      const other =
        field === 'signature_key' ? (found as LeafIndex | undefined) : leafOf(found as NodeIndex | undefined)
      const isFree =
        found === undefined ||
        other === leaf ||
        (other !== undefined && (removed.has(other) || isReplaced(replaced.get(other), key, name)))
      const text = String.fromCharCode(...key)
      if (!isFree || seen.has(text)) {
        throw new RejectedError('duplicate-key', { rule: 'copath-mls-7.3-03', proposal, leaf, field })
      }
      seen.add(text)
    }
  }
}

function isReplaced(by: LeafNode | undefined, key: Uint8Array, name: 'signatureKey' | 'encryptionKey'): boolean {
  return by !== undefined && !equalPublic(by[name], key)
}

/** Puts the members of Add proposals into the tree. Every key is looked up, none compared with all. */
function applyAdds(tree: StagedTree, { adds }: SortedProposals): LeafIndex[] {
  const added: LeafIndex[] = []
  const isNew = new Set<number>()
  for (const { keyPackage, proposal } of adds) {
    const { leafNode } = keyPackage
    const same = tree.nodes.findSignatureKey(leafNode.signatureKey)
    if (same !== undefined) {
      // copath-mls-12.2-04: no client is added twice; copath-mls-12.2-05: nor one that is there already
      throw refuseList(isNew.has(same) ? 'copath-mls-12.2-04' : 'copath-mls-12.2-05', { proposal, leaf: same })
    }
    if (tree.usesEncryptionKey(leafNode.encryptionKey)) {
      throw new RejectedError('duplicate-key', { rule: 'copath-mls-7.3-03', proposal, field: 'encryption_key' })
    }
    const leaf = tree.add(leafNode)
    added.push(leaf)
    isNew.add(leaf)
  }
  return added
}

/** copath-mls-12.2-10: everybody who stays supports the types of proposals that the RFC does not define. */
function checkCustomTypes(tree: StagedTree, { custom, list }: SortedProposals): void {
  const check = (type: number, proposal: number): void => {
    if (!tree.summary.everyMemberSupports('proposals', type)) {
      throw refuseList('copath-mls-12.2-10', { proposal, type })
    }
  }
  for (const { type, proposal } of custom) check(type, proposal)
  list.forEach(({ proposal }, i) => {
    if (proposal.proposalType === 'self_remove') check(ProposalType.of.self_remove, i)
  })
}

/** Stages the proposals of a commit in the order of section 12.3. Costs what they change. */
export function stageProposals(state: PublicState, sorted: SortedProposals, sending: boolean): StagedProposals {
  checkProposals(state, sorted.list, sending)
  const { suite, epoch } = state
  const { extensions } = sorted
  // copath-mls-12.3-01: what is proposed beside new extensions is held against these
  const meaning = extensions === undefined ? epoch : readContextExtensions(suite.id, extensions.extensions)
  if (extensions !== undefined) {
    const { proposal } = extensions
    const known = epoch.externalSenders
    checkExternalSenders(state.settings, meaning.externalSenders, { known, where: { proposal } })
  }
  const tree = state.tree.stage()
  checkUpdatedKeys(tree, sorted)
  for (const { leaf, proposal } of sorted.removes) {
    if (tree.isBlank(nodeOfLeaf(leaf))) throw new RejectedError('unknown-sender', { proposal, leaf })
  }
  // copath-mls-12.3-02: in this order, wherever they are in the list
  for (const { leaf, leafNode } of sorted.updates) tree.update(leaf, leafNode)
  for (const { leaf } of sorted.removes) tree.remove(leaf)
  checkCustomTypes(tree, sorted)
  const demands = { ...meaning.parameters, unlistedSuite: state.settings.unlistedSuite }
  return { tree, sorted, added: applyAdds(tree, sorted), meaning, demands }
}

/** A leaf that a commit puts into the tree. */
export interface NewLeaf {
  readonly leafNode: LeafNode
  readonly where: ErrorDetails
}

/**
 * copath-mls-12.2-11, copath-mls-7.3-05: a new leaf supports what the group demands; copath-mls-12.2-12, copath-mls-7.3-06: it and the
 * others support their credentials.
 */
function checkFits({ leafNode, where }: NewLeaf, { tree, demands }: StagedProposals): void {
  // copath-mls-13.4-04: that is also the extensions of the group context
  leafChecks.checkGroupParameters(leafNode.capabilities, demands, { ...where, rule: 'copath-mls-12.2-11' })
  const details = { ...where, rule: 'copath-mls-12.2-12' }
  leafChecks.checkCredentialIsSupported(leafNode, tree.summary, details)
  leafChecks.checkSupportsCredentials(leafNode, tree.summary, details)
}

/** copath-mls-12.1.7-01: all members of the new epoch support the new extensions and what they require. */
function checkNewExtensions({ tree, sorted, meaning }: StagedProposals): void {
  if (sorted.extensions === undefined) return
  for (const [list, types] of leafChecks.demandsOf(meaning.parameters)) {
    const type = types.find(t => !isDefaultFeature(list, t) && !tree.summary.everyMemberSupports(list, t))
    if (type === undefined) continue
    const rule = 'copath-mls-12.1.7-01'
    throw new RejectedError('missing-capability', { rule, proposal: sorted.extensions.proposal, list, type })
  }
}

/** What can be told when the tree of the new epoch is complete, the committer's new leaf included. */
export function checkNewTree(staged: StagedProposals, committer: NewLeaf | undefined): void {
  const { updates, adds } = staged.sorted
  for (const { leafNode, proposal } of updates) checkFits({ leafNode, where: { proposal } }, staged)
  for (const { keyPackage, proposal } of adds) {
    checkFits({ leafNode: keyPackage.leafNode, where: { proposal } }, staged)
  }
  if (committer !== undefined) checkFits(committer, staged)
  checkNewExtensions(staged)
}
