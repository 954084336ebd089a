/** Vectors of the MLS working group: TreeKEM on the column tree, and trees on the oracle, which has to be right itself. */
import { expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { loadTree, readTree } from '../../src/mls/load-tree.ts'
import { Proposal } from '../../src/mls/proposal.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import type { LeafIndex, NodeIndex } from '../../src/tree/math.ts'
import { resolution } from '../../src/tree/resolution.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeKind } from '../vectors/check.ts'
import { describeVectors } from '../vectors/locate.ts'
import { ObjectTree } from './object-tree.ts'

const provider = allSuites()

type Validation = { cipher_suite: number; tree: string; resolutions: number[][]; tree_hashes: string[] }
describeVectors<Validation[]>('mls/tree-validation.json', cases => {
  it('resolutions, trees of all suites', () => {
    for (const { tree, resolutions } of cases) {
      const oracle = new ObjectTree(provider.suite(1), decode(RatchetTree, fromHex(tree)))
      resolutions.forEach((expected, x) => {
        expect(resolution(oracle, x as NodeIndex)).toEqual(expected)
        expect(oracle.resolution(x as NodeIndex)).toEqual(expected)
      })
    }
  })

  it.each(cases)('$#: tree hashes of the oracle, suite $cipher_suite', ({ cipher_suite, tree, tree_hashes }) => {
    const oracle = new ObjectTree(provider.suite(cipher_suite), decode(RatchetTree, fromHex(tree)))
    tree_hashes.forEach((expected, x) => {
      expect(toHex(oracle.treeHash(x as NodeIndex))).toBe(expected)
    })
  })
})

type Operation = {
  cipher_suite: number
  proposal: string
  proposal_sender: number
  tree_before: string
  tree_after: string
  tree_hash_after: string
}
describeVectors<Operation[]>('mls/tree-operations.json', cases => {
  it.each(cases)('$#: operations of the oracle', vector => {
    const tree = new ObjectTree(provider.suite(vector.cipher_suite), decode(RatchetTree, fromHex(vector.tree_before)))
    const proposal = decode(Proposal, fromHex(vector.proposal))
    if (proposal.proposalType === 'add') tree.add(proposal.keyPackage.leafNode)
    else if (proposal.proposalType === 'update') tree.update(vector.proposal_sender as LeafIndex, proposal.leafNode)
    else if (proposal.proposalType === 'remove') tree.remove(proposal.removed as LeafIndex)
    else throw new Error(proposal.proposalType)
    expect(toHex(encode(RatchetTree, tree.sent))).toBe(vector.tree_after)
    expect(toHex(tree.treeHash(tree.root))).toBe(vector.tree_hash_after)
  })
})

describeKind<{ cipher_suite: number; group_id: string; ratchet_tree: string }>('treekem', provider, cases => {
  // one of each suite: the check of a case loads its tree too. The leaves in this file say that they support suites 1 to 6, so that
  // those of suite 7 are not let into a group
  const ofEachSuite = cases.filter(({ cipher_suite }, i) => cases[i + 1]?.cipher_suite !== cipher_suite)
  it.each(ofEachSuite)(
    '$#: a group takes the tree or refuses it, suite $cipher_suite',
    ({ cipher_suite, group_id, ratchet_tree }) => {
      const suite = provider.suite(cipher_suite)
      const bytes = fromHex(ratchet_tree)
      const load = () =>
        loadTree(bytes, {
          suite,
          groupId: fromHex(group_id),
          group: { version: 1, cipherSuite: suite.id, extensionTypes: [], required: undefined },
          treeHash: readTree(suite, bytes).stage().treeHash(),
        })
      if (suite.id === 7) expect(load).toThrow(expect.objectContaining({ code: 'missing-capability' }))
      else expect(toHex(load().encode())).toBe(ratchet_tree)
    },
  )
})
