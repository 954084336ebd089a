import { expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { loadTree, readTree } from '../../src/mls/load-tree.ts'
import { Proposal } from '../../src/mls/proposal.ts'
import * as math from '../../src/tree/math.ts'
import { type LeafIndex, leafCount, type NodeIndex } from '../../src/tree/math.ts'
import { resolution } from '../../src/tree/resolution.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeVectors } from '../vectors/locate.ts'

const provider = allSuites()
/** Vectors do not say what their groups demand. */
const noDemands = { version: 1, extensionTypes: [], required: undefined }

interface MathCase {
  n_leaves: number
  n_nodes: number
  root: number
  left: (number | null)[]
  right: (number | null)[]
  parent: (number | null)[]
  sibling: (number | null)[]
}

describeVectors<MathCase[]>('mls/tree-math.json', cases => {
  it.each(cases)('$n_leaves leaves', vector => {
    const n = leafCount(vector.n_leaves)
    const nodes = Array.from({ length: vector.n_nodes }, (_, x) => x as NodeIndex)
    expect(math.width(n)).toBe(vector.n_nodes)
    expect(math.root(n)).toBe(vector.root)
    expect(nodes.map(x => (math.isLeaf(x) ? null : math.left(x)))).toEqual(vector.left)
    expect(nodes.map(x => (math.isLeaf(x) ? null : math.right(x, n)))).toEqual(vector.right)
    expect(nodes.map(x => math.parent(x, n) ?? null)).toEqual(vector.parent)
    expect(nodes.map(x => math.sibling(x, n) ?? null)).toEqual(vector.sibling)
  })
})

interface OperationCase {
  cipher_suite: number
  tree_before: string
  proposal: string
  proposal_sender: number
  tree_hash_before: string
  tree_after: string
  tree_hash_after: string
}

describeVectors<OperationCase[]>('mls/tree-operations.json', cases => {
  it.each(cases)('suite $cipher_suite, sender $proposal_sender', vector => {
    const suite = provider.suite(vector.cipher_suite)
    const proposal = decode(Proposal, fromHex(vector.proposal))
    // these vectors do not name their group, which the signatures of leaves cover
    const tree = readTree(suite, fromHex(vector.tree_before))
    expect(toHex(tree.stage().treeHash())).toBe(vector.tree_hash_before)
    const staged = tree.stage()
    if (proposal.proposalType === 'add') staged.add(proposal.keyPackage.leafNode)
    else if (proposal.proposalType === 'update') staged.update(vector.proposal_sender as LeafIndex, proposal.leafNode)
    else if (proposal.proposalType === 'remove') staged.remove(proposal.removed as LeafIndex)
    else throw new Error(`no operation for ${proposal.proposalType}`)
    expect(toHex(staged.treeHash())).toBe(vector.tree_hash_after)
    staged.merge()
    expect(toHex(tree.encode())).toBe(vector.tree_after)
    expect(toHex(tree.stage().treeHash())).toBe(vector.tree_hash_after)
  })
})

interface ValidationCase {
  cipher_suite: number
  tree: string
  group_id: string
  tree_hashes: string[]
  resolutions: number[][]
}

describeVectors<ValidationCase[]>('mls/tree-validation.json', cases => {
  it('has cases of every suite of RFC 9420', () => {
    expect([...new Set(cases.map(c => c.cipher_suite))].sort()).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it.each(cases.map((vector, i) => ({ i, vector })))('case $i', ({ vector }) => {
    const suite = provider.suite(vector.cipher_suite)
    const bytes = fromHex(vector.tree)
    const tree = loadTree(bytes, {
      suite,
      groupId: fromHex(vector.group_id),
      group: { ...noDemands, cipherSuite: vector.cipher_suite },
      treeHash: fromHex(vector.tree_hashes[math.root(leafCount((vector.tree_hashes.length + 1) / 2))]!),
    })
    const staged = tree.stage()
    staged.treeHash()
    vector.tree_hashes.forEach((hash, node) => {
      expect(toHex(staged.nodes.treeHashAt(node as NodeIndex)!)).toBe(hash)
    })
    vector.resolutions.forEach((nodes, node) => {
      expect(resolution(tree.store, node as NodeIndex)).toEqual(nodes)
    })
    expect(toHex(tree.encode())).toBe(vector.tree)
  })
})
