/** RFC 9420 section 7.9: original sibling tree hashes are what the definition says, and cost a hash per node where parents agree. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { encodeTree, GroupTree } from '../../src/mls/group-tree.ts'
import { includes, leavesBelow, OriginalHashes } from '../../src/mls/original-hashes.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import { directPath, isInSubtree, type LeafIndex, type NodeIndex, nodeOfLeaf, right } from '../../src/tree/math.ts'
import type { TreeStore } from '../../src/tree/store.ts'
import { makeLeaf } from './leaves.ts'
import { ObjectTree } from './object-tree.ts'

const counting = countOperations(defaultProvider())
const suite = counting.suite(1)
const template = makeLeaf(defaultProvider().suite(1), 0)

function key(number: number): Uint8Array {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, number + 2)
  return bytes
}

/** A tree with a parent wherever `has` says so, each of which lists what `lists` says for a leaf: on how many levels from the bottom. */
function treeOf(n: number, lists: (leaf: number) => number, has: (node: number) => boolean = () => true): TreeStore {
  const tree = new GroupTree(suite)
  const staged = tree.stage()
  staged.nodes.resize(n)
  for (let leaf = 0; leaf < n; leaf++) {
    staged.put(leaf as LeafIndex, { ...template, encryptionKey: key(2 * leaf), signatureKey: key(2 * leaf) })
  }
  for (let node = 1; node < 2 * n - 1; node += 2) {
    if (has(node)) staged.nodes.setParent(node as NodeIndex, key(node), new Uint8Array(0))
  }
  for (let leaf = 0; leaf < n; leaf++) {
    for (const node of directPath(nodeOfLeaf(leaf as LeafIndex), staged.leafCount).slice(0, lists(leaf))) {
      if (has(node)) staged.nodes.addUnmerged(node, leaf as LeafIndex)
    }
  }
  staged.treeHash()
  staged.merge()
  return tree.store
}

describe('original tree hashes', () => {
  it('are what the definition says, however many are asked for at once and again', () => {
    const shape = fc.record({
      height: fc.integer({ min: 1, max: 4 }),
      levels: fc.array(fc.constantFrom(0, 1, 2, 4), { minLength: 16, maxLength: 16 }),
      blank: fc.array(fc.nat(31), { maxLength: 6 }),
      rounds: fc.array(fc.array(fc.tuple(fc.nat(31), fc.array(fc.nat(15), { maxLength: 6 })), { maxLength: 8 }), {
        maxLength: 3,
      }),
    })
    fc.assert(
      fc.property(shape, ({ height, levels, blank, rounds }) => {
        const n = 2 ** height
        const store = treeOf(
          n,
          leaf => levels[leaf]!,
          node => !blank.includes(node),
        )
        const oracle = new ObjectTree(suite, decode(RatchetTree, encodeTree(store)))
        const originals = new OriginalHashes(store, suite.hash)
        for (const questions of rounds) {
          const asked = questions.map(([place, leaves]) => {
            const node = (place % (2 * n - 1)) as NodeIndex
            const left = Uint8Array.from(new Set(leaves)).sort()
            const without = Uint32Array.from(left).filter(
              leaf => isInSubtree((2 * leaf) as NodeIndex, node) && leaf < n,
            )
            return { node, without, answer: originals.ask(node, without) }
          })
          originals.compute()
          for (const { node, without, answer } of asked) {
            expect(toHex(answer.hash!)).toBe(toHex(oracle.treeHash(node, new Set(without))))
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  /** How many hashes it takes to check all parents of a tree whose left children carry the ties. */
  function hashesFor(store: TreeStore): number {
    return counting.during(() => {
      const originals = new OriginalHashes(store, suite.hash)
      for (let node = 1; node < 2 * store.leafCount - 1; node += 2) {
        const other = right(node as NodeIndex, store.leafCount)
        originals.ask(other, leavesBelow(store.unmergedLeaves(node as NodeIndex), other))
        if (node % 512 === 511) originals.compute()
      }
      originals.compute()
    }).hash
  }

  it.each([1024, 16384])('%i leaves, every other unmerged at all parents: at most a hash per node', n => {
    expect(hashesFor(treeOf(n, leaf => (leaf % 2) * 31))).toBeLessThan(2 * n)
  })

  it('cost a hash per node and level at most, where every parent lists others', () => {
    const n = 4096
    const hashes = hashesFor(treeOf(n, leaf => leaf % 13))
    expect(hashes).toBeGreaterThan(2 * n)
    expect(hashes).toBeLessThan(12 * n)
  })
})

describe('rising lists of leaves', () => {
  it('answer what is in them and what is below a node', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(40)), fc.nat(62), fc.nat(40), (leaves, place, leaf) => {
        const node = place as NodeIndex
        const rising = Uint32Array.from(leaves).sort()
        expect(includes(rising, leaf)).toBe(leaves.includes(leaf))
        expect([...leavesBelow(rising, node)]).toEqual([...rising].filter(x => isInSubtree((2 * x) as NodeIndex, node)))
      }),
    )
  })
})
