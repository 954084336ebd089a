import { describe, expect, it } from 'vitest'
import { concat, fromHex, utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { opaque } from '../../src/codec/primitives.ts'
import type { LeafContent } from '../../src/mls/leaf-signature.ts'
import { DEFAULT_MAX_LEAVES, loadTree, readTree } from '../../src/mls/load-tree.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import { forge, fullPlan, type Plan, seedOfParent } from './forge.ts'
import { eight, group, groupId, refusal, suite, without } from './hostile-trees.ts'
import { keyPairOf, signerOf } from './leaves.ts'

/** What becomes of a forged tree. It is signed and announced with its own tree hash, so that only what is wrong with it counts. */
function received(plan: Plan, maxLeaves?: number): Record<string, unknown> | undefined {
  const { bytes, treeHash } = forge(suite, plan, groupId)
  const copy = bytes.slice()
  const rules = { suite, groupId, group, treeHash, ...(maxLeaves === undefined ? {} : { maxLeaves }) }
  const loaded = refusal(() => expect(loadTree(bytes, rules).encode()).toEqual(bytes))
  expect(bytes).toEqual(copy)
  return loaded
}

const keyOf = (seed: number): Uint8Array => keyPairOf(suite, seed).publicKey
const withParents = (changes: Plan['parents']): Plan => ({ ...eight, parents: { ...eight.parents, ...changes } })
const withMembers = (changes: Plan['members']): Plan => ({ ...eight, members: { ...eight.members, ...changes } })

describe('a forged tree that is right in everything', () => {
  it.each<[string, Plan]>([
    ['full', eight],
    ['of one leaf', fullPlan(1)],
    ['with blank parents', without(eight, [1, 3, 7, 9])],
    ['with blank leaves', without(eight, [2, 4, 5, 6, 10])],
    [
      'with unmerged leaves',
      withParents({ 1: { unmergedLeaves: [1] }, 3: { unmergedLeaves: [1, 3] }, 5: { unmergedLeaves: [3] } }),
    ],
    [
      'with unmerged leaves on both sides',
      withParents({
        7: { unmergedLeaves: [1, 7] },
        3: { unmergedLeaves: [1] },
        1: { unmergedLeaves: [1] },
        11: { unmergedLeaves: [7] },
        13: { unmergedLeaves: [7] },
      }),
    ],
    // the tree has been twice as large: what was not the root then is now
    ['whose root has a parent hash', withParents({ 7: { parentHash: new Uint8Array(32).fill(7) } })],
  ])('%s is taken', (_, plan) => {
    expect(received(plan)).toBeUndefined()
    expect(refusal(() => readTree(suite, forge(suite, plan, groupId).bytes))).toBeUndefined()
  })
})

describe('copath-mls-7.3-03, copath-mls-12.4.3.1-13: keys that occur twice', () => {
  it.each<[string, Plan, unknown]>([
    [
      'in two leaves',
      withMembers({ 5: { encryptionKey: keyOf(2) } }),
      { code: 'duplicate-key', node: 10, other: 4, field: 'encryption_key' },
    ],
    [
      'in a leaf and a parent after it',
      withParents({ 7: { encryptionKey: keyOf(2) } }),
      { code: 'duplicate-key', node: 7, other: 4, field: 'encryption_key' },
    ],
    [
      'in a parent and a leaf after it',
      withMembers({ 6: { encryptionKey: keyOf(seedOfParent(3)) } }),
      { code: 'duplicate-key', node: 12, other: 3, field: 'encryption_key' },
    ],
    [
      'in two parents',
      withParents({ 11: { encryptionKey: keyOf(seedOfParent(1)) } }),
      { code: 'duplicate-key', node: 11, other: 1, field: 'encryption_key' },
    ],
    [
      'in a parent and its child',
      withParents({ 3: { encryptionKey: keyOf(seedOfParent(1)) } }),
      { code: 'duplicate-key', node: 3, other: 1, field: 'encryption_key' },
    ],
  ])('%s', (_, plan, expected) => {
    expect(received(plan)).toEqual(expected)
  })

  it('to sign with', () => {
    // signed by the other member's key, which the forger holds as well
    const { tree } = forge(suite, without(eight, [1, 3, 5, 7, 9, 11, 13]), groupId)
    const twin = tree.leaf(2)!
    const other = { ...twin, encryptionKey: keyOf(99) }
    tree.nodes[12] = { nodeType: 'leaf', leafNode: other }
    const bytes = encode(RatchetTree, tree.sent)
    const treeHash = tree.treeHash(tree.root)
    expect(refusal(() => loadTree(bytes, { suite, groupId, group, treeHash }))).toEqual({
      code: 'duplicate-key',
      leaf: 6,
      other: 2,
      field: 'signature_key',
    })
  })
})

describe('copath-mls-5.1.1-01: keys that are none', () => {
  const LOW_ORDER = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
    // with the top bit, which X25519 ignores
    `${'00'.repeat(31)}80`,
    `ec${'ff'.repeat(31)}`,
  ].map(fromHex)

  it('points of low order are refused where they stand, in leaves and in parents', () => {
    for (const encryptionKey of LOW_ORDER) {
      expect(received(withMembers({ 3: { encryptionKey } }))).toEqual({ code: 'low-order-point', leaf: 3 })
      expect(received(withParents({ 5: { encryptionKey } }))).toEqual({ code: 'low-order-point', node: 5 })
      // and so they are by whoever reads a tree outside of a group
      const { bytes } = forge(suite, withParents({ 5: { encryptionKey } }), groupId)
      expect(refusal(() => readTree(suite, bytes))).toEqual({ code: 'low-order-point', node: 5 })
    }
  })

  it('so are keys of another length', () => {
    for (const length of [0, 1, 31, 33, 65]) {
      const encryptionKey = new Uint8Array(length).fill(9)
      expect(received(withMembers({ 3: { encryptionKey } }))).toEqual({ code: 'invalid-public-key', leaf: 3, length })
      expect(received(withParents({ 5: { encryptionKey } }))).toEqual({ code: 'invalid-public-key', node: 5, length })
    }
    const signatureKey = new Uint8Array(31)
    expect(received(withMembers({ 3: { signatureKey } }))).toEqual({ code: 'invalid-public-key', leaf: 3, length: 31 })
  })

  it('a signature key of small order has no valid signatures', () => {
    // under this key, the identity, R = S·B would make a signature of everything
    const signatureKey = fromHex(`01${'00'.repeat(31)}`)
    expect(received(withMembers({ 6: { signatureKey } }))).toEqual({ code: 'invalid-signature', leaf: 6 })
    const { tree } = forge(suite, without(eight, [1, 3, 5, 7, 9, 11, 13]), groupId)
    const signature = concat(fromHex(`01${'00'.repeat(31)}`), new Uint8Array(32))
    tree.nodes[12] = { nodeType: 'leaf', leafNode: { ...tree.leaf(6)!, signatureKey, signature } }
    const rules = { suite, groupId, group, treeHash: tree.treeHash(tree.root) }
    expect(refusal(() => loadTree(encode(RatchetTree, tree.sent), rules))).toEqual({
      code: 'invalid-signature',
      leaf: 6,
    })
  })
})

describe('copath-mls-12.4.3.1-12: unmerged leaves', () => {
  const lists = (node: number, unmergedLeaves: readonly number[], base: Plan = eight): Plan => ({
    ...base,
    parents: { ...base.parents, [node]: { unmergedLeaves: [...unmergedLeaves] } },
  })
  const sparse = without(eight, [3, 5, 6])
  it.each<[string, Plan, unknown]>([
    ['copath-mls-7.1-01: out of order', lists(7, [6, 5]), { node: 7, leaf: 5, reason: 'order' }],
    ['copath-mls-7.1-01: twice', lists(5, [3, 3]), { node: 5, leaf: 3, reason: 'order' }],
    ['of another subtree, to the right', lists(3, [4]), { node: 3, leaf: 4, reason: 'not below the node' }],
    ['of another subtree, to the left', lists(11, [3]), { node: 11, leaf: 3, reason: 'not below the node' }],
    ['outside of the tree', lists(7, [8]), { node: 7, leaf: 8, reason: 'not below the node' }],
    ['far outside of it', lists(7, [2 ** 32 - 1]), { node: 7, leaf: 2 ** 32 - 1, reason: 'not below the node' }],
    [
      'whose doubled index is below the node in 32 bits',
      lists(7, [2 ** 31 + 3]),
      { node: 7, leaf: 2 ** 31 + 3, reason: 'not below the node' },
    ],
    ['that are blank', lists(7, [3], sparse), { node: 7, leaf: 3, reason: 'blank' }],
    ['missing in the node between', lists(3, [3]), { node: 3, leaf: 3, reason: 'missing between', between: 5 }],
    [
      'missing in one of two nodes between',
      lists(7, [7], lists(11, [7])),
      { node: 11, leaf: 7, reason: 'missing between', between: 13 },
    ],
  ])('%s', (_, plan, details) => {
    expect(received(plan)).toEqual({ code: 'wrong-unmerged-leaves', ...(details as object) })
  })

  it('of a node all of whose leaves they are: it is tied to nobody', () => {
    expect(received(lists(1, [0, 1]))).toEqual({ code: 'untied-node', node: 1 })
  })
})

describe('copath-mls-7.9.2-01: parent hashes', () => {
  const flipped = (from: number): Plan => ({
    ...eight,
    bend: (hash, node) => (node === from ? hash.map((byte, i) => (i === 31 ? byte ^ 1 : byte)) : hash),
  })
  it.each([1, 3, 7, 5, 9, 11, 13])('a bit of what ties node %i is wrong, all above and below is made to fit', node => {
    expect(received(flipped(node))).toEqual({ code: 'untied-node', node })
  })

  const fixed = (parentHash: Uint8Array): Partial<LeafContent> => ({ leafNodeSource: 'commit', parentHash })
  it.each<[string, Plan, unknown]>([
    ['a leaf without one', withMembers({ 2: { leafNodeSource: 'update' } }), { node: 5 }],
    ['a leaf with an empty one', withMembers({ 2: fixed(new Uint8Array(0)) }), { node: 5 }],
    ['a leaf with a short one', withMembers({ 2: fixed(new Uint8Array(31)) }), { node: 5 }],
    ['a leaf with a long one', withMembers({ 2: fixed(new Uint8Array(300)) }), { node: 5 }],
    ['a parent with an empty one', withParents({ 3: { parentHash: new Uint8Array(0) } }), { node: 7 }],
    ['a parent with a short one', withParents({ 3: { parentHash: new Uint8Array(31) } }), { node: 3, length: 31 }],
    ['a parent with a long one', withParents({ 3: { parentHash: new Uint8Array(33) } }), { node: 3, length: 33 }],
    ['a parent above nobody', without(eight, [4, 6, 1, 3, 7]), { node: 5 }],
  ])('%s', (_, plan, details) => {
    expect(received(plan)).toEqual({ code: 'untied-node', ...(details as object) })
  })

  it('a parent that no single node covers on either side', () => {
    // blank nodes on both sides of the root: two nodes each, and every one of them could carry what it likes
    expect(received(without(eight, [3, 11]))).toEqual({ code: 'untied-node', node: 7 })
    // node 3 has an unmerged leaf that the root does not list, so that it was not made together with the root
    const newer = withParents({ 3: { unmergedLeaves: [3] }, 5: { unmergedLeaves: [3] } })
    expect(received(without(newer, [11]))).toEqual({ code: 'untied-node', node: 7 })
  })

  it('a parent hash made without taking unmerged leaves out of the sibling', () => {
    const plan = withParents({ 7: { unmergedLeaves: [7] }, 11: { unmergedLeaves: [7] }, 13: { unmergedLeaves: [7] } })
    const { tree } = forge(suite, plan, groupId)
    // the same tie as if leaf 7 had been there when the path was made
    const naive = forge(suite, eight, groupId).tree
    expect(naive.parent(3)!.parentHash).not.toEqual(tree.parent(3)!.parentHash)
    expect(received({ ...plan, bend: (hash, from) => (from === 7 ? naive.parent(3)!.parentHash : hash) })).toEqual({
      code: 'untied-node',
      node: 7,
    })
  })
})

describe('the size of a tree', () => {
  it('more leaves than allowed', () => {
    expect(received(eight, 4)).toEqual({ code: 'tree-too-large', leaves: 8, limit: 4 })
    expect(received(eight, 8)).toBeUndefined()
  })

  it('a right half without members', () => {
    const plan = { ...fullPlan(4), leaves: 8, parents: { ...fullPlan(4).parents, 9: {} } }
    expect(received(plan)).toEqual({ code: 'blank-at-end', leaves: 8, needed: 4 })
  })

  it('no members at all', () => {
    expect(received({ leaves: 4, members: {}, parents: { 3: {} } })).toEqual({
      code: 'blank-at-end',
      leaves: 4,
      needed: 1,
    })
    expect(refusal(() => readTree(suite, fromHex('00')))).toEqual({ code: 'blank-at-end', nodes: 0 })
  })

  it('blank nodes make room only up to the limit, and next to nothing is allocated for what is refused', () => {
    const blanks = (leaves: number): Uint8Array => {
      const last = encode(RatchetTree, forge(suite, fullPlan(1), groupId).tree.sent).subarray(2)
      return encode(opaque, concat(new Uint8Array(2 * leaves - 2), last))
    }
    const bytes = blanks(2 * DEFAULT_MAX_LEAVES)
    const before = process.memoryUsage().arrayBuffers
    expect(refusal(() => readTree(suite, bytes))).toEqual({
      code: 'tree-too-large',
      leaves: 2 * DEFAULT_MAX_LEAVES,
      limit: DEFAULT_MAX_LEAVES,
    })
    // kinds, starts and ends of its nodes: nine bytes for each of theirs
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(12 * bytes.length)
    const taken = readTree(suite, blanks(2 ** 12))
    expect([taken.leafCount, taken.memberCount]).toEqual([2 ** 12, 1])
    expect(taken.store.footprint.overhead).toBeLessThan(110 * 2 ** 13)
  })
})

describe('the tree hash', () => {
  it('is that of another tree', () => {
    const { bytes, treeHash } = forge(suite, eight, groupId)
    const other = forge(suite, without(eight, [1]), groupId).treeHash
    for (const wrong of [other, treeHash.subarray(1), new Uint8Array(0), new Uint8Array(32)]) {
      expect(refusal(() => loadTree(bytes, { suite, groupId, group, treeHash: wrong }))).toEqual({
        code: 'wrong-tree-hash',
      })
    }
  })

  it('is right, but the group is another: leaves made by updates and commits are not its own', () => {
    const { bytes, treeHash } = forge(suite, eight, groupId)
    const rules = { suite, groupId: utf8('other'), group, treeHash }
    expect(refusal(() => loadTree(bytes, rules))).toEqual({ code: 'invalid-signature', leaf: 0 })
  })
})

it('what a forger signs with is what the tree says', () => {
  const { tree } = forge(suite, eight, groupId)
  for (const leaf of tree.members()) expect(tree.leaf(leaf)!.signatureKey).toEqual(signerOf(suite, leaf).publicKey)
})
