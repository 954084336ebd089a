import { describe, expect, it } from 'vitest'
import { drawTree } from '../../src/tree/draw.ts'
import { type LeafIndex, leafCount, type NodeIndex } from '../../src/tree/math.ts'
import type { TreeShape } from '../../src/tree/resolution.ts'

/** A tree of which only the shape is known: members, inner nodes with a key, unmerged leaves. */
function shape(leaves: number, members: Iterable<number>, parents: Record<number, readonly number[]> = {}): TreeShape {
  const occupied = new Set(members)
  const n = leafCount(leaves)
  return {
    leafCount: n,
    isBlank: node => ((node & 1) === 0 ? !occupied.has(node / 2) : !(node in parents)),
    unmergedLeaves: node => parents[node] ?? [],
    nextLeaf: from => {
      for (let leaf = from; leaf < n; leaf++) if (occupied.has(leaf)) return leaf
      return undefined
    },
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
const lines = (text: string): string[] => text.trimEnd().split('\n')

describe('drawing of a tree', () => {
  // the tree of figure "A Tree with Blanks and Unmerged Leaves": X[B] over A to D, Y over E and F
  const figure = shape(8, [0, 1, 3, 4, 5, 7], { 3: [1], 9: [] })
  const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']

  it('shows node kinds, blanks, unmerged leaves and labels in array order', () => {
    expect(lines(drawTree(figure, { label: leaf => names[leaf]! }))).toEqual([
      ' 0        ┌─ ■ leaf 0 A',
      ' 1     ┌─ _',
      ' 2     │  └─ ■ leaf 1 B',
      ' 3  ┌─ ● [1]',
      ' 4  │  │  ┌─ _ leaf 2',
      ' 5  │  └─ _',
      ' 6  │     └─ ■ leaf 3 D',
      ' 7  _',
      ' 8  │     ┌─ ■ leaf 4 E',
      ' 9  │  ┌─ ●',
      '10  │  │  └─ ■ leaf 5 F',
      '11  └─ _',
      '12     │  ┌─ _ leaf 6',
      '13     └─ _',
      '14        └─ ■ leaf 7 H',
    ])
  })

  it('marks a leaf, its direct path, what the filter leaves out, and its copath', () => {
    const drawn = lines(drawTree(figure, { highlight: 7 as LeafIndex }))
    const marks = Object.fromEntries(drawn.slice(0, 15).map((line, node) => [node, line[0]]))
    expect(marks).toEqual({
      ...Object.fromEntries(range(0, 15).map(node => [node, ' '])),
      14: '*',
      13: '-', // leaf 6 is blank
      12: '+',
      11: '>',
      9: '+',
      7: '>',
      3: '+',
    })
    expect(drawn.at(-1)).toMatch(/^\* leaf {2}> its direct path/)
  })

  it('draws trees of any number of leaves, one leaf included', () => {
    expect(drawTree(shape(1, [0]))).toBe('0  ■ leaf 0\n')
    expect(lines(drawTree(shape(3, [0, 1, 2], { 3: [] })))).toEqual([
      '0     ┌─ ■ leaf 0',
      '1  ┌─ _',
      '2  │  └─ ■ leaf 1',
      '3  ●',
      '4  └─ ■ leaf 2',
    ])
  })

  it('has a line per node up to 64 leaves, and a limit that can be set', () => {
    expect(lines(drawTree(shape(64, range(0, 64))))).toHaveLength(127)
    expect(lines(drawTree(shape(128, range(0, 128))))).toHaveLength(127)
    expect(lines(drawTree(shape(128, range(0, 128)), { maxLeaves: 128 }))).toHaveLength(255)
    expect(lines(drawTree(shape(64, range(0, 64)), { maxLeaves: 8 }))).toHaveLength(15)
  })

  it('folds what is large, counting its members, and what is blank as a whole', () => {
    const drawn = drawTree(shape(1024, [...range(0, 300), 513]), { maxLeaves: 64 })
    expect(drawn).toContain('… leaves 0-15: 16 members')
    expect(drawn).toContain('… leaves 288-303: 12 members')
    expect(drawn).toContain('… leaves 320-383: all blank')
    expect(drawn).toContain('… leaves 512-527: 1 member\n')
    expect(lines(drawn).length).toBeLessThan(127)
  })

  it('keeps a path through 100,000 members within a screen', () => {
    const members = 100_000
    const tree: TreeShape = {
      leafCount: leafCount(2 ** 17),
      isBlank: node => (node & 1) === 1 || node / 2 >= members,
      unmergedLeaves: () => [],
      nextLeaf: from => (from < members ? from : undefined),
    }
    const drawn = lines(drawTree(tree, { highlight: 77_777 as LeafIndex }))
    // 17 nodes above the leaf, their other children, and the two subtrees beside the leaf that are small enough to be shown
    expect(drawn.length).toBeLessThan(50)
    expect(drawn.filter(line => line.startsWith('>'))).toHaveLength(17)
    expect(drawn.filter(line => line.startsWith('+'))).toHaveLength(17)
    expect(drawn.filter(line => /^\* *\d/.test(line))).toEqual([expect.stringContaining('leaf 77777')])
  })

  it('shortens long lists of unmerged leaves', () => {
    const tree = shape(32, range(0, 32), { 31: range(3, 23) })
    expect(drawTree(tree)).toContain('● [3 4 5 6 7 8 9 10 … 20 in all]')
    expect(tree.isBlank(31 as NodeIndex)).toBe(false)
  })
})
