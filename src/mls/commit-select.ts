/** RFC 9420 sections 12.2 and 12.4: which of the proposals that have been received go into a commit, where they contradict each other. */
import { equalPublic, toHex } from '../base/bytes.ts'
import type { LeafIndex } from '../tree/math.ts'
import { type Proposal, proposalTypeOf } from './proposal.ts'
import type { PublicState } from './proposal-checks.ts'
import type { ListedProposal } from './proposal-list.ts'

/**
 * The leaf that a proposal changes, and how strongly: the last update, then removal, and what the commit does by value before what
 * others proposed. A wish to leave comes first: beside it no Remove is valid (draft-ietf-mls-extensions).
 */
function targetOf({ proposal, sender, ref }: ListedProposal): { leaf: number; rank: number } | undefined {
  if (proposal.proposalType === 'remove') return { leaf: proposal.removed, rank: ref === undefined ? 3 : 2 }
  if (sender.senderType !== 'member') return undefined
  if (proposal.proposalType === 'self_remove') return { leaf: sender.leafIndex, rank: 4 }
  return proposal.proposalType === 'update' ? { leaf: sender.leafIndex, rank: 1 } : undefined
}

/** For each leaf the proposal that prevails. */
function prevailing(list: readonly ListedProposal[]): Map<number, ListedProposal> {
  const best = new Map<number, { entry: ListedProposal; rank: number }>()
  for (const entry of list) {
    const target = targetOf(entry)
    if (target === undefined) continue
    const { leaf, rank } = target
    if (rank >= (best.get(leaf)?.rank ?? 0)) best.set(leaf, { entry, rank })
  }
  return new Map([...best].map(([leaf, { entry }]) => [leaf, entry]))
}

/**
 * The list of a commit: of the received proposals those that can stand beside each other and beside what the committer does by
 * value; and that, but for the removal of those who leave by themselves.
 */
export function selectProposals(
  { tree, epoch }: PublicState,
  received: readonly ListedProposal[],
  { byValue, committer }: { readonly byValue: readonly ListedProposal[]; readonly committer: LeafIndex },
): ListedProposal[] {
  const candidates = received.filter(entry => {
    return targetOf(entry)?.leaf !== committer && isSupported(tree, entry.proposal)
  })
  const chosenForLeaf = prevailing([...candidates, ...byValue])
  const removed = new Set(
    [...chosenForLeaf].filter(([, e]) => e.proposal.proposalType !== 'update').map(([leaf]) => leaf),
  )
  const clients = new Set<string>()
  for (const { proposal } of byValue) {
    if (proposal.proposalType === 'add') clients.add(toHex(proposal.keyPackage.leafNode.signatureKey))
  }
  const isNewClient = (key: Uint8Array): boolean => {
    const present = tree.store.findSignatureKey(key)
    if (present !== undefined && !removed.has(present)) return false
    const name = toHex(key)
    return !clients.has(name) && clients.add(name) !== undefined
  }
  const extensions = [...candidates, ...byValue].findLast(
    ({ proposal }) => proposal.proposalType === 'group_context_extensions',
  )
  const chosen = candidates.filter(entry => {
    const { proposal } = entry
    const target = targetOf(entry)
    if (target !== undefined) return chosenForLeaf.get(target.leaf) === entry
    switch (proposal.proposalType) {
      case 'add':
        return isNewClient(proposal.keyPackage.leafNode.signatureKey)
      case 'group_context_extensions':
        return entry === extensions
      default:
        return true
    }
  })
  const addsSomebody = [...chosen, ...byValue].some(({ proposal }) => proposal.proposalType === 'add')
  const { groupId } = epoch.context
  // whom the commit adds cannot have a key of an earlier epoch, and could not open its Welcome
  const useful = addsSomebody ? chosen.filter(({ proposal }) => !isOwnKey(proposal, groupId)) : chosen
  const list = withoutReinit(useful, byValue)
  const leaving = new Set(
    list.filter(({ proposal }) => proposal.proposalType === 'self_remove').map(entry => targetOf(entry)?.leaf),
  )
  return [...list, ...byValue.filter(entry => !leaving.has(targetOf(entry)?.leaf))]
}

function isOwnKey(proposal: Proposal, groupId: Uint8Array): boolean {
  if (proposal.proposalType !== 'psk' || proposal.psk.psktype !== 'resumption') return false
  return equalPublic(proposal.psk.pskGroupId, groupId)
}

/** Whether all members support this type of proposal. */
export function isSupported({ summary }: PublicState['tree'], proposal: Proposal): boolean {
  return summary.everyMemberSupports('proposals', proposalTypeOf(proposal))
}

/** A ReInit stands alone, so it waits until there is nothing else to commit. */
function withoutReinit(chosen: readonly ListedProposal[], byValue: readonly ListedProposal[]): ListedProposal[] {
  const isReinit = ({ proposal }: ListedProposal): boolean => proposal.proposalType === 'reinit'
  const others = chosen.filter(entry => !isReinit(entry))
  if (byValue.some(isReinit)) return []
  if (others.length > 0 || byValue.length > 0) return others
  return chosen.slice(-1)
}
