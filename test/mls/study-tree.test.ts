/** copath/tree: the members of a simulated tree know what they should, and the tree is what an independent one says. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { createProvider, defaultProvider } from '../../src/crypto/default-provider.ts'
import { LeafNode } from '../../src/mls/leaf-node.ts'
import { Proposal } from '../../src/mls/proposal.ts'
import { type KnownKey, StudyTree } from '../../src/mls/tree-face.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import { UpdatePath } from '../../src/mls/update-path.ts'
import { describeVectors } from '../vectors/locate.ts'
import { makeLeaf } from './leaves.ts'
import { ObjectTree } from './object-tree.ts'

const nodesOf = (keys: readonly KnownKey[]): number[] => keys.map(({ node }) => node)

/** Every member holds exactly the keys of its leaf and of the nodes above where it is not unmerged, and they are the right ones. */
function checkKnowledge(tree: StudyTree): void {
  for (const leaf of tree.members()) {
    const expected = [2 * leaf, ...tree.directPath(leaf)].filter(
      node => !tree.isBlank(node) && !tree.unmergedLeaves(node).includes(leaf),
    )
    const keys = tree.knownKeys(leaf)
    expect(nodesOf(keys)).toEqual(expected)
    for (const { node, publicKey, privateKey } of keys) {
      expect(toHex(publicKey)).toBe(toHex(tree.publicKey(node)!))
      const pair = { privateKey: privateKey.bytes.slice() as Uint8Array<ArrayBuffer>, publicKey: publicKey.slice() }
      const { kemOutput, sharedSecret } = tree.suite.kem.encapsulate(publicKey)
      expect(toHex(tree.suite.kem.decapsulate(pair, kemOutput))).toBe(toHex(sharedSecret))
      expect(tree.knowersOf(node)).toContain(leaf)
    }
  }
}

/** The same nodes, hashes, paths and resolutions as a tree of objects that knows no shortcuts. */
function checkAgainstOracle(tree: StudyTree): void {
  const oracle = new ObjectTree(tree.suite, decode(RatchetTree, tree.encode()))
  expect(toHex(tree.treeHash())).toBe(toHex(oracle.treeHash(oracle.root)))
  for (let node = 0; node < 2 * tree.leafCount - 1; node++) {
    expect(tree.resolution(node)).toEqual(oracle.resolution(node as Parameters<typeof oracle.resolution>[0]))
  }
}

const step = fc.record({
  kind: fc.constantFrom('add', 'update', 'remove', 'commit', 'commit', 'busy commit'),
  who: fc.nat(),
  other: fc.nat(),
})

describe('a tree to study', () => {
  it('keeps tree and knowledge right through any history, and draws its serialised form the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 12 }), (size, steps) => {
        const tree = StudyTree.build(size)
        let joined = 0
        for (const { kind, who, other } of steps) {
          const members = tree.members()
          const leaf = members[who % members.length]!
          const others = members.filter(member => member !== leaf)
          const second = others[other % Math.max(1, others.length)]
          if (kind === 'add') tree.add(`joiner ${joined++}`)
          else if (kind === 'update') tree.update(leaf)
          else if (kind === 'remove' && second !== undefined) tree.remove(leaf)
          else if (kind === 'commit') tree.commit(leaf)
          else if (kind === 'busy commit') {
            const changes = second === undefined ? {} : who % 2 === 0 ? { removes: [second] } : { updates: [second] }
            tree.commit(leaf, { ...changes, adds: [`joiner ${joined++}`] })
          }
          checkKnowledge(tree)
        }
        checkAgainstOracle(tree)
        const read = StudyTree.read(tree.encode())
        const highlight = tree.members()[0]!
        expect(read.draw({ highlight })).toBe(tree.draw({ highlight }))
        expect(toHex(read.encode())).toBe(toHex(tree.encode()))
        expect(toHex(read.treeHash())).toBe(toHex(tree.treeHash()))
      }),
      { numRuns: 25 },
    )
  })

  it('names members, and follows a commit through: path, recipients, parent hashes', () => {
    const tree = StudyTree.build(['Ann', 'Ben', 'Cid', 'Dot', 'Eve'])
    expect(tree.members().map(leaf => tree.nameOf(leaf))).toEqual(['Ann', 'Ben', 'Cid', 'Dot', 'Eve'])
    expect([tree.leafCount, tree.memberCount, tree.root()]).toEqual([8, 5, 7])
    expect(tree.directPath(4)).toEqual([9, 11, 7])
    expect(tree.copath(4)).toEqual([10, 13, 3])
    // Eve has nobody beside her up to the root
    expect(tree.filteredDirectPath(4)).toEqual({ leaf: 4, nodes: [7], copath: [3] })
    const { path, recipients, added, message } = tree.commit(0)
    expect(path.nodes).toEqual([1, 3, 7])
    expect(recipients).toEqual([[2], [4, 6], [8]])
    expect(added).toEqual([])
    expect(decode(UpdatePath, message).nodes).toHaveLength(3)
    expect(tree.parentHash(7)).toHaveLength(0)
    expect(tree.parentHash(0)).toHaveLength(tree.suite.hash.length)
    expect(tree.parentHash(2)).toHaveLength(0)
    expect(nodesOf(tree.knownKeys(4))).toEqual([8, 7])
    expect(tree.knowersOf(3)).toEqual([0, 1, 2, 3])
    expect(tree.knowersOf(5)).toEqual([])
  })

  it('shows what adding and removing do without a path', () => {
    const tree = StudyTree.build(4)
    tree.commit(1)
    expect(tree.add('Eve')).toBe(4)
    expect([tree.leafCount, tree.isBlank(7)]).toEqual([8, true])
    tree.remove(2)
    expect([1, 3, 5].map(node => tree.isBlank(node))).toEqual([false, true, true])
    expect(tree.add('Fay')).toBe(2)
    expect(tree.unmergedLeaves(3)).toEqual([])
    tree.remove(4)
    expect(tree.leafCount).toBe(4)
  })

  it('reuses in one commit the leaf of a member that it removes, whatever that member proposed before', () => {
    const tree = StudyTree.build(4)
    tree.commit(0)
    const { added } = tree.commit(3, { updates: [1], removes: [1], adds: ['Zed'] })
    expect(added).toEqual([1])
    expect(tree.nameOf(1)).toBe('Zed')
    checkKnowledge(tree)
  })

  it('changes nothing where something is wrong', () => {
    const tree = StudyTree.build(5)
    tree.commit(2)
    const before = tree.draw() + toHex(tree.encode())
    const refused = (body: () => unknown, code: string): void =>
      expect(body).toThrow(expect.objectContaining({ name: 'UsageError', code }))
    refused(() => tree.commit(0, { removes: [1, 1] }), 'wrong-argument')
    refused(() => tree.commit(0, { updates: [1], removes: [6] }), 'wrong-argument')
    refused(() => tree.commit(0, { removes: [0] }), 'wrong-argument')
    refused(() => tree.commit(6), 'wrong-argument')
    refused(() => tree.commit(8), 'outside-tree')
    refused(() => tree.remove(8), 'outside-tree')
    refused(() => tree.update(7), 'wrong-argument')
    refused(() => tree.resolution(15), 'outside-tree')
    refused(() => tree.leafNode(7), 'wrong-argument')
    refused(() => StudyTree.build(0), 'wrong-argument')
    refused(() => StudyTree.build(1).remove(0), 'wrong-argument')
    expect(tree.draw() + toHex(tree.encode())).toBe(before)
    checkKnowledge(tree)
    tree.commit(0)
    checkKnowledge(tree)
  })

  it('reads trees of others, whose members can be looked at but do not act', () => {
    const read = StudyTree.read(StudyTree.build(6).encode())
    expect(read.members()).toEqual([0, 1, 2, 3, 4, 5])
    expect(read.knowersOf(4)).toEqual([])
    for (const act of [() => read.knownKeys(0), () => read.commit(0), () => read.update(0)]) {
      expect(act).toThrow(expect.objectContaining({ code: 'no-path-key' }))
    }
    // a simulated member may join, and act
    const leaf = read.add('me')
    expect(read.commit(leaf).recipients.flat()).toEqual([8, 10, 0, 2, 4, 6])
    expect(nodesOf(read.knownKeys(leaf))).toEqual([12, 11, 7])
  })

  it('prints no name that could play with a terminal', () => {
    const tree = StudyTree.build(['\u001b[2J', 'a\nb', 'x'.repeat(100), '', 'Zoë ☂', '\u202eright to left'])
    expect(tree.members().map(leaf => tree.nameOf(leaf))).toEqual([
      '0x1b5b324a',
      '0x610a62',
      `${'x'.repeat(40)}…`,
      '0x',
      'Zoë ☂',
      expect.stringMatching(/^0x[0-9a-f…]+$/),
    ])
  })

  it('is the same for the same seed, through all that follows, and else never', () => {
    const play = (seed?: string): string => {
      const tree = StudyTree.build(6, seed === undefined ? {} : { seed })
      tree.commit(2, { adds: ['G'], removes: [4] })
      tree.update(3)
      return toHex(tree.encode())
    }
    expect(play('one')).toBe(play('one'))
    expect(new Set([play('one'), play('two'), play(''), play(), play()]).size).toBe(5)
    const tree = StudyTree.build(3, { seed: 'one', suite: createProvider().suite(3) })
    expect(tree.suite.id).toBe(3)
    tree.commit(1)
    checkKnowledge(tree)
  })

  it('takes leaves from elsewhere, which nobody is simulated at, and refuses bad ones', () => {
    const tree = StudyTree.build(4)
    tree.commit(0)
    const { suite } = tree
    const leaf = (seed: number, changes: Parameters<typeof makeLeaf>[2] = {}): Uint8Array =>
      encode(LeafNode, makeLeaf(suite, seed, changes))
    expect(tree.addLeaf(leaf(1))).toBe(4)
    tree.updateLeaf(2, leaf(2))
    // it may keep its signature key, and must change the other
    tree.updateLeaf(2, leaf(2, { encryptionKey: makeLeaf(suite, 3).encryptionKey }))
    const before = toHex(tree.encode())
    for (const [body, code] of [
      [() => tree.addLeaf(leaf(1)), 'duplicate-key'],
      [() => tree.addLeaf(leaf(4, { encryptionKey: tree.publicKey(0)! })), 'duplicate-key'],
      [() => tree.updateLeaf(2, leaf(2, { encryptionKey: makeLeaf(suite, 3).encryptionKey })), 'duplicate-key'],
      [() => tree.updateLeaf(2, leaf(1, { encryptionKey: makeLeaf(suite, 5).encryptionKey })), 'duplicate-key'],
      [() => tree.addLeaf(leaf(4, { encryptionKey: new Uint8Array(32) })), 'low-order-point'],
      [() => tree.addLeaf(leaf(4, { encryptionKey: new Uint8Array(31) })), 'invalid-public-key'],
      [() => tree.addLeaf(leaf(4).subarray(1)), 'truncated'],
      [() => tree.updateLeaf(6, leaf(4)), 'wrong-argument'],
      [() => tree.commit(2), 'no-path-key'],
      [() => tree.knownKeys(4), 'no-path-key'],
    ] as const) {
      expect(body).toThrow(expect.objectContaining({ code }))
    }
    expect(toHex(tree.encode())).toBe(before)
    expect(tree.commit(1).recipients.flat()).toEqual(expect.arrayContaining([4, 8]))
    for (const member of [0, 1, 3]) expect(tree.knownKeys(member).length).toBeGreaterThan(1)
    checkAgainstOracle(tree)
  })

  it('works with other suites', () => {
    const tree = StudyTree.build(7, { suite: createProvider().suite(3) })
    tree.commit(5, { adds: ['H'] })
    checkKnowledge(tree)
  })
})

type Operation = {
  cipher_suite: number
  proposal: string
  proposal_sender: number
  tree_before: string
  tree_after: string
}
describeVectors<Operation[]>('mls/tree-operations.json', cases => {
  const supported = cases.filter(({ cipher_suite }) => defaultProvider().suites().includes(cipher_suite))
  it.each(supported)('$#: a tree of others follows their proposals', vector => {
    const suite = defaultProvider().suite(vector.cipher_suite)
    const tree = StudyTree.read(fromHex(vector.tree_before), { suite })
    const proposal = decode(Proposal, fromHex(vector.proposal))
    if (proposal.proposalType === 'add') tree.addLeaf(encode(LeafNode, proposal.keyPackage.leafNode))
    else if (proposal.proposalType === 'update') {
      tree.updateLeaf(vector.proposal_sender, encode(LeafNode, proposal.leafNode))
    } else if (proposal.proposalType === 'remove') tree.remove(proposal.removed)
    else throw new Error(proposal.proposalType)
    expect(toHex(tree.encode())).toBe(vector.tree_after)
  })
})
