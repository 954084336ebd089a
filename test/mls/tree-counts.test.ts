/** What the ratchet tree costs from a hundred to a hundred thousand members, counted: exact functions of the height. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { createProvider, defaultProvider } from '../../src/crypto/default-provider.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { GroupTree } from '../../src/mls/group-tree.ts'
import type { LeafNode } from '../../src/mls/leaf-node.ts'
import { readTree } from '../../src/mls/load-tree.ts'
import type { LeafIndex } from '../../src/tree/math.ts'
import { makeLeaf } from './leaves.ts'

const plain = defaultProvider().suite(1)
const template = makeLeaf(plain, 0)

/** A leaf with keys of its own; nobody looks at its signature here. */
function leafOf(i: number): LeafNode {
  const key = new Uint8Array(32)
  new DataView(key.buffer).setUint32(0, i + 1)
  return { ...template, encryptionKey: key, signatureKey: key }
}

function build(suite: CipherSuite, members: number): GroupTree {
  const tree = new GroupTree(suite)
  const staged = tree.stage()
  for (let i = 0; i < members; i++) staged.add(leafOf(i))
  staged.treeHash()
  staged.merge()
  return tree
}

/** Numbers that jump about, the same in every run. */
function* jumps(below: number): Generator<number, never> {
  for (let state = 1; ; state = (Math.imul(state, 1664525) + 1013904223) >>> 0)
    yield Math.floor((state / 2 ** 32) * below)
}

describe('counted costs of a ratchet tree', () => {
  it.each([100, 1_000, 10_000, 100_000])('%i members: one hash per node to build, one per level to change', members => {
    const counted = countOperations(createProvider())
    const height = Math.ceil(Math.log2(members))
    const before = counted.counts().hash
    const tree = build(counted.suite(1), members)
    expect(counted.counts().hash - before).toBe(2 ** (height + 1) - 1)

    const where = jumps(members)
    const blank: LeafIndex[] = []
    for (let i = 0; i < 30; i++) {
      const staged = tree.stage()
      let leaf = where.next().value as LeafIndex
      while (blank.includes(leaf)) leaf = where.next().value as LeafIndex
      const { hash } = counted.during(() => {
        if (i % 3 === 0) {
          staged.remove(leaf)
          blank.push(leaf)
        } else if (i % 3 === 1) staged.update(leaf, leafOf(1_000_000 + i))
        else {
          const leftmost = blank.splice(blank.indexOf(Math.min(...blank) as LeafIndex), 1)
          expect([staged.add(leafOf(2_000_000 + i))]).toEqual(leftmost)
        }
        staged.treeHash()
      })
      expect(hash).toBe(height + 1)
      // all inner nodes are blank, so that only the leaf has another content
      expect(staged.nodes.touchedCount).toBe(1)
      staged.merge()
    }
    // hashes that were kept are those of the same tree computed from nothing
    expect(toHex(tree.stage().treeHash())).toBe(toHex(readTree(plain, tree.encode()).stage().treeHash()))
  })

  it('a dropped change to 100,000 members leaves no trace, and costs nothing to drop', () => {
    const tree = build(plain, 100_000)
    const before = { hash: toHex(tree.stage().treeHash()), ...tree.store.footprint }
    const staged = tree.stage()
    const where = jumps(100_000)
    const removed = new Set<LeafIndex>()
    while (removed.size < 500) removed.add(where.next().value as LeafIndex)
    for (const leaf of removed) staged.remove(leaf)
    staged.add(leafOf(3_000_000))
    expect(toHex(staged.treeHash())).not.toBe(before.hash)
    expect(staged.nodes.touchedCount).toBe(500)
    expect({ hash: toHex(tree.stage().treeHash()), ...tree.store.footprint }).toEqual(before)
    expect(tree.memberCount).toBe(100_000)
  })
})
