/** RFC 9420 sections 4.1.1 and 4.1.2 on shapes of any size: against their recursive definitions, and what they look at. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/base/errors.ts'
import {
  directPath,
  isInSubtree,
  isLeaf,
  type LeafIndex,
  leafCount,
  left,
  type NodeIndex,
  right,
  root,
  sibling,
  width,
} from '../../src/tree/math.ts'
import { filteredDirectPath, hasLeaves, resolution, type TreeShape } from '../../src/tree/resolution.ts'

/** A tree of which only the shape is known; it counts how often it is asked. */
class Shape implements TreeShape {
  readonly leafCount
  readonly occupied: ReadonlySet<number>
  readonly unmerged: ReadonlyMap<number, readonly number[]>
  questions = 0

  constructor(
    leaves: number,
    occupied: Iterable<number>,
    unmerged: ReadonlyMap<number, readonly number[]> = new Map(),
  ) {
    this.leafCount = leafCount(leaves)
    this.occupied = new Set(occupied)
    this.unmerged = unmerged
  }

  isBlank(node: NodeIndex): boolean {
    this.questions++
    return !this.occupied.has(node)
  }

  unmergedLeaves(node: NodeIndex): readonly number[] {
    return this.unmerged.get(node) ?? []
  }

  nextLeaf(from: number): number | undefined {
    this.questions++
    // nodes are few here or all leaves are taken, so that a walk is short
    for (let leaf = from; leaf < this.leafCount; leaf++) if (this.occupied.has(2 * leaf)) return leaf
    return undefined
  }

  /** Section 4.1.1, word by word. */
  defined(node: NodeIndex): NodeIndex[] {
    if (this.occupied.has(node)) return [node, ...this.unmergedLeaves(node).map(leaf => (2 * leaf) as NodeIndex)]
    if (isLeaf(node)) return []
    return [...this.defined(left(node)), ...this.defined(right(node, this.leafCount))]
  }
}

/** Any nodes may be blank; a parent has some leaf below it, or it could not be in a tree, and lists some of them. */
const shape = fc
  .integer({ min: 1, max: 70 })
  .chain(leaves =>
    fc.tuple(
      fc.constant(leaves),
      fc.subarray(Array.from({ length: 2 * leaves - 1 }, (_, x) => x)),
      fc.infiniteStream(fc.boolean()),
    ),
  )
  .map(([leaves, chosen, lists]) => {
    const taken: number[] = []
    const unmerged = new Map<number, number[]>()
    for (const node of chosen) {
      const below = chosen.filter(x => x % 2 === 0 && isInSubtree(x as NodeIndex, node as NodeIndex))
      if (below.length === 0) continue
      taken.push(node)
      if (node % 2 === 1)
        unmerged.set(
          node,
          below.filter(() => lists.next().value === true).map(x => x / 2),
        )
    }
    return new Shape(leaves, taken, unmerged)
  })

describe('resolution', () => {
  it('is what its definition says, with leaves left out where wished', () => {
    fc.assert(
      fc.property(shape, fc.uniqueArray(fc.nat(70)), (tree, leftOut) => {
        const excluded = new Set(leftOut)
        for (let x = 0; x < width(tree.leafCount); x++) {
          const node = x as NodeIndex
          const defined = tree.defined(node)
          expect(resolution(tree, node)).toEqual(defined)
          expect(resolution(tree, node, excluded)).toEqual(defined.filter(at => !isLeaf(at) || !excluded.has(at / 2)))
        }
      }),
      { numRuns: 100 },
    )
  })

  it('of an empty subtree is empty, and is found so without a walk', () => {
    const tree = new Shape(2 ** 16, [0])
    const top = right(root(tree.leafCount), tree.leafCount)
    expect(resolution(tree, top)).toEqual([])
    expect(tree.questions).toBeLessThanOrEqual(4)
  })

  it('costs the length of the answer times the height, not the number of leaves', () => {
    const height = 20
    const tree = new Shape(2 ** height, [2 ** 20, 2 ** 21 - 2])
    const top = right(root(tree.leafCount), tree.leafCount)
    // the leaves at the two ends of the right half: nothing between them is looked at
    const near = new Shape(2 ** height, [2 ** 20])
    expect(resolution(near, top)).toEqual([2 ** 20])
    expect(near.questions).toBeLessThanOrEqual(4 * height)
    expect(resolution(tree, top)).toEqual([2 ** 20, 2 ** 21 - 2])
    expect(tree.questions).toBeLessThanOrEqual(8 * height)
  })

  it('of a tree of blank parents is all its leaves, in about two questions for each', () => {
    const n = 4096
    const tree = new Shape(
      n,
      Array.from({ length: n }, (_, i) => 2 * i),
    )
    expect(resolution(tree, root(tree.leafCount))).toEqual(Array.from({ length: n }, (_, i) => 2 * i))
    expect(tree.questions).toBeLessThanOrEqual(3 * n)
  })
})

describe('filtered direct path', () => {
  it('is the direct path without nodes whose other child resolves to nothing; the copath goes with it', () => {
    fc.assert(
      fc.property(shape, fc.nat(), (tree, which) => {
        const leaf = (which % tree.leafCount) as LeafIndex
        const node = (2 * leaf) as NodeIndex
        const n = tree.leafCount
        const expected: NodeIndex[] = []
        const copath: NodeIndex[] = []
        let below = node
        for (const p of directPath(node, n)) {
          const other = sibling(below, n)!
          const leaves = Array.from({ length: n }, (_, i) => (2 * i) as NodeIndex)
          const someone = leaves.some(at => isInSubtree(at, other) && tree.occupied.has(at))
          expect(hasLeaves(tree, other)).toBe(someone)
          if (someone) {
            expected.push(p)
            copath.push(other)
          }
          below = p
        }
        expect(filteredDirectPath(tree, leaf)).toEqual({ leaf, nodes: expected, copath })
      }),
      { numRuns: 200 },
    )
  })

  it('of a leaf that is not in the tree is the caller’s mistake', () => {
    const tree = new Shape(16, [0, 2])
    for (const leaf of [16, 100, 2 ** 31 - 1, -1, Number.NaN] as LeafIndex[]) {
      expect(() => filteredDirectPath(tree, leaf)).toThrow(UsageError)
    }
  })

  it('of a lone leaf is empty, in any tree', () => {
    for (const leaves of [1, 2, 5, 64, 100]) {
      expect(filteredDirectPath(new Shape(leaves, [0]), 0 as LeafIndex)).toEqual({ leaf: 0, nodes: [], copath: [] })
    }
  })
})
