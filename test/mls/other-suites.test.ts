/** Ratchet trees with keys and hashes of other lengths: every suite besides 1 and 3, in which the random histories are. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { encodeTree } from '../../src/mls/group-tree.ts'
import { readTree } from '../../src/mls/load-tree.ts'
import { StudyTree } from '../../src/mls/study-tree.ts'
import type { LeafIndex } from '../../src/tree/math.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { World } from './tree-world.ts'

const provider = allSuites()
const others = provider.suites().filter(id => id !== 1 && id !== 3)

describe.each(others)('suite %i', id => {
  const suite = provider.suite(id)

  it('shares secrets with exactly the members, by commits with adds, removals and updates', () => {
    const world = new World(suite)
    const leaf = (index: number) => index as LeafIndex
    world.commit(leaf(0), { adds: 6, removes: [], updates: [] })
    world.commit(leaf(3), { adds: 0, removes: [leaf(5)], updates: [leaf(2)] })
    world.commit(leaf(6), { adds: 2, removes: [leaf(0)], updates: [] })
    world.checkInvariant()
    const bytes = encodeTree(world.tree.stage().nodes)
    const read = readTree(suite, bytes)
    expect(toHex(encodeTree(read.stage().nodes))).toBe(toHex(bytes))
    expect(read.stage().treeHash()).toEqual(world.tree.stage().treeHash())
    expect(read.stage().treeHash()).toHaveLength(suite.hash.length)
  })

  it('is there to study', () => {
    const tree = StudyTree.build(3, { suite })
    expect(tree.memberCount).toBe(3)
  })
})
