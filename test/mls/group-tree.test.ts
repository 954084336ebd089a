/** RFC 9420 section 7 on the column store: equal to the oracle after every operation, and cheap in what it touches. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { preparePath } from '../../src/mls/create-path.ts'
import { GroupTree } from '../../src/mls/group-tree.ts'
import { loadTree } from '../../src/mls/load-tree.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import type { LeafIndex, NodeIndex } from '../../src/tree/math.ts'
import { resolution } from '../../src/tree/resolution.ts'
import { keyPairOf, makeLeaf, signerOf } from './leaves.ts'
import { ObjectTree } from './object-tree.ts'

const suite = defaultProvider().suite(1)
const groupId = utf8('group')
const NONE: ReadonlySet<number> = new Set()

function rulesFor(treeHash: Uint8Array): Parameters<typeof loadTree>[1] {
  return { suite, groupId, group: { version: 1, cipherSuite: 1, extensionTypes: [], required: undefined }, treeHash }
}

const step = fc.record({
  kind: fc.constantFrom('add', 'add', 'update', 'remove', 'path', 'drop'),
  who: fc.nat(),
})

describe('group tree', () => {
  it('is what the oracle is after any history, and so is the tree loaded from its serialised form', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const tree = new GroupTree(suite)
        const oracle = new ObjectTree(suite)
        let seed = 0
        const seedOf = new Map<LeafIndex, number>()
        const join = (): void => {
          const staged = tree.stage()
          const leafNode = makeLeaf(suite, seed)
          const leaf = staged.add(leafNode)
          expect(oracle.add(leafNode)).toBe(leaf)
          seedOf.set(leaf, seed++)
          staged.merge()
        }
        join()
        for (const { kind, who } of steps) {
          const members = oracle.members()
          const leaf = members[who % members.length]!
          const staged = tree.stage()
          const seedOfLeaf = seedOf.get(leaf)!
          if (kind === 'add') join()
          else if (kind === 'update') {
            const { publicKey } = keyPairOf(suite, -++seed)
            const changed = makeLeaf(
              suite,
              seedOfLeaf,
              { leafNodeSource: 'update', encryptionKey: publicKey },
              { groupId, leafIndex: leaf },
            )
            staged.update(leaf, changed)
            oracle.update(leaf, changed)
            staged.merge()
          } else if (kind === 'remove' && members.length > 1) {
            staged.remove(leaf)
            oracle.remove(leaf)
            staged.merge()
          } else if (kind === 'path') {
            const request = {
              leaf,
              groupId,
              current: staged.leafNode(leaf)!,
              signer: signerOf(suite, seedOfLeaf),
              added: NONE,
            }
            const prepared = preparePath(suite, staged, request)
            const keys = prepared.path.nodes.map(node => staged.publicKeyAt(node)!)
            const parentHashes = prepared.path.nodes.map(node => staged.nodes.parentHashAt(node))
            oracle.applyPath({ path: prepared.path, leafNode: prepared.leafNode, publicKeys: keys, parentHashes })
            prepared.wipe()
            staged.merge()
          } else if (kind === 'drop') {
            staged.add(makeLeaf(suite, 999_999))
            staged.remove(leaf)
            staged.treeHash()
          }
          const sent = encode(RatchetTree, oracle.sent)
          expect(toHex(tree.encode())).toBe(toHex(sent))
          const hash = tree.stage().treeHash()
          expect(toHex(hash)).toBe(toHex(oracle.treeHash(oracle.root)))
        }
        const sent = tree.encode()
        const loaded = loadTree(sent, rulesFor(tree.stage().treeHash()))
        expect(toHex(loaded.encode())).toBe(toHex(sent))
        expect(loaded.memberCount).toBe(tree.memberCount)
        expect(loaded.summary.members).toBe(tree.summary.members)
        for (let node = 0; node < 2 * tree.leafCount - 1; node++) {
          expect(resolution(loaded.store, node as NodeIndex)).toEqual(oracle.resolution(node as NodeIndex))
        }
        expect(decode(RatchetTree, sent)).toHaveLength(oracle.sent.length)
      }),
      { numRuns: 40 },
    )
  }, 120_000)
})

/** A tree of n members without parents, its hashes known. */
function treeOf(n: number, counted: CipherSuite = suite): GroupTree {
  const tree = new GroupTree(counted)
  const staged = tree.stage()
  const leaf = makeLeaf(suite, 0)
  for (let i = 0; i < n; i++) {
    // signatures are not looked at here, and keys need not have private ones
    const key = new Uint8Array(32)
    new DataView(key.buffer).setUint32(0, i + 1)
    staged.add({ ...leaf, encryptionKey: key, signatureKey: key })
  }
  staged.treeHash()
  staged.merge()
  return tree
}

describe('what operations cost', () => {
  it.each([16, 128, 1024, 16384])('%i leaves: one change hashes one path and touches one path', n => {
    const counted = countOperations(defaultProvider())
    const tree = treeOf(n - 1, counted.suite(1))
    const height = Math.log2(n)
    const hashesOf = (change: () => void): number => counted.during(change).hash
    const staged = tree.stage()
    expect(
      hashesOf(() => {
        staged.add(makeLeaf(suite, 1))
        staged.treeHash()
      }),
    ).toBe(height + 1)
    expect(staged.nodes.touchedCount).toBe(1)
    staged.merge()

    const removal = tree.stage()
    removal.remove((n / 4) as LeafIndex)
    expect(hashesOf(() => void removal.treeHash())).toBe(height + 1)
    expect(removal.nodes.touchedCount).toBe(1)
    removal.merge()
  })

  it('growing and shrinking across a power of two, again and again, hashes paths only', () => {
    const counted = countOperations(defaultProvider())
    const tree = treeOf(4096, counted.suite(1))
    const turn = (): number => {
      const before = counted.counts().hash
      const grown = tree.stage()
      grown.add(makeLeaf(suite, 1))
      grown.treeHash()
      grown.merge()
      expect(tree.leafCount).toBe(8192)
      const shrunk = tree.stage()
      shrunk.remove(4096 as LeafIndex)
      shrunk.treeHash()
      shrunk.merge()
      expect(tree.leafCount).toBe(4096)
      return counted.counts().hash - before
    }
    // the first time the new half is hashed: its 8191 blank nodes
    expect(turn()).toBeGreaterThan(8000)
    for (let i = 0; i < 3; i++) expect(turn()).toBeLessThan(80)
    // what was kept from before is right
    const grown = tree.stage()
    grown.add(makeLeaf(suite, 2))
    const oracle = new ObjectTree(suite, decode(RatchetTree, tree.encode()))
    oracle.add(makeLeaf(suite, 2))
    expect(toHex(grown.treeHash())).toBe(toHex(oracle.treeHash(oracle.root)))
  })

  it('100,000 leaves: the tree takes at most 40 MB beyond the bytes of the leaves', () => {
    const tree = treeOf(100_000)
    const { leafBytes, overhead } = tree.store.footprint
    expect(leafBytes).toBeGreaterThan(100_000 * 150)
    expect(overhead).toBeLessThan(40e6)
    expect(tree.store.firstBlankLeaf()).toBe(100_000)
  })
})
