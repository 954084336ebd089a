/** Vectors of proposals and trees: RFC 9420 sections 7.7 and 12.1. */
import { decode } from '../../codec/codec.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { readTree } from '../../mls/load-tree.ts'
import { Proposal } from '../../mls/proposal.ts'
import { RatchetTree } from '../../mls/tree-structs.ts'
import type { LeafIndex } from '../../tree/math.ts'
import { type Given, Mismatch } from './given.ts'
import { present, type Suites, suiteOf, type VectorKind } from './kind.ts'

/** By the length of their keys, suites whose trees are of one form; they have one hash. */
const SUITE_BY_KEY_LENGTH: Readonly<Record<number, number>> = { 32: 1, 65: 2, 56: 4, 133: 5, 97: 7 }

/** Before July 2023 the format named neither the suite nor the tree hashes. */
function suiteOfTree(given: Given, suites: Suites): CipherSuite {
  if (given.at('cipher_suite').isPresent) return suiteOf(given, suites)
  const nodes = decode(RatchetTree, given.at('tree_before').bytes())
  const leaf = nodes.find(node => node?.nodeType === 'leaf')
  const id = leaf?.nodeType === 'leaf' ? SUITE_BY_KEY_LENGTH[leaf.leafNode.encryptionKey.length] : undefined
  return suites.suite(present(id, given.at('cipher_suite'), 'is missing, and the keys are of no suite'))
}

const givenIf = (given: Given): Given | undefined => (given.isPresent ? given : undefined)

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
  optional: ['cipher_suite', 'tree_hash_before', 'tree_hash_after'],
  check(given, suites) {
    const suite = suiteOfTree(given, suites)
    const [hashBefore, hashAfter] = ['tree_hash_before', 'tree_hash_after'].map(name => givenIf(given.at(name)))
    const field = given.at('proposal')
    const proposal = decode(Proposal, field.bytes())
    // these vectors do not name their group, which the signatures of leaves cover
    const tree = readTree(suite, given.at('tree_before').bytes())
    given.at('tree_before').mustBe(tree.encode())
    const staged = tree.stage()
    hashBefore?.mustBe(staged.treeHash())
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
    hashAfter?.mustBe(staged.treeHash())
    staged.merge()
    given.at('tree_after').mustBe(tree.encode())
    hashAfter?.mustBe(tree.stage().treeHash())
    hashAfter?.mustBe(readTree(suite, given.at('tree_after').bytes()).stage().treeHash())
  },
}
