/** Vectors of proposals and trees: RFC 9420 sections 7.7 and 12.1. */
import { decode } from '../../codec/codec.ts'
import { readTree } from '../../mls/load-tree.ts'
import { Proposal } from '../../mls/proposal.ts'
import type { LeafIndex } from '../../tree/math.ts'
import { Mismatch } from './given.ts'
import { suiteOf, type VectorKind } from './kind.ts'

export const treeOperations: VectorKind = {
  name: 'tree-operations',
  fields: [
    'cipher_suite',
    'tree_before',
    'proposal',
    'proposal_sender',
    'tree_hash_before',
    'tree_after',
    'tree_hash_after',
  ],
  check(given, suites) {
    const suite = suiteOf(given, suites)
    const field = given.at('proposal')
    const proposal = decode(Proposal, field.bytes())
    // these vectors do not name their group, which the signatures of leaves cover
    const tree = readTree(suite, given.at('tree_before').bytes())
    given.at('tree_before').mustBe(tree.encode())
    const staged = tree.stage()
    given.at('tree_hash_before').mustBe(staged.treeHash())
    const sender = given.at('proposal_sender')
    const isMember = sender.uint() < tree.leafCount && tree.leafNode(sender.uint() as LeafIndex) !== undefined
    sender.require(isMember, 'is no member')
    if (proposal.proposalType === 'add') staged.add(proposal.keyPackage.leafNode)
    else if (proposal.proposalType === 'update') staged.update(sender.uint() as LeafIndex, proposal.leafNode)
    else if (proposal.proposalType === 'remove') {
      const { removed } = proposal
      field.require(removed < tree.leafCount && tree.leafNode(removed as LeafIndex) !== undefined, 'removes nobody')
      staged.remove(removed as LeafIndex)
    } else {
      throw new Mismatch(field.where, `should be an add, update or remove, not a ${proposal.proposalType}`)
    }
    given.at('tree_hash_after').mustBe(staged.treeHash())
    staged.merge()
    given.at('tree_after').mustBe(tree.encode())
    given.at('tree_hash_after').mustBe(tree.stage().treeHash())
    given.at('tree_hash_after').mustBe(readTree(suite, given.at('tree_after').bytes()).stage().treeHash())
  },
}
