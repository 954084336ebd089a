/** RFC 9420 appendix C for any number of leaves: against a tree built by recursion, and by its laws up to 2^31 leaves. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/base/errors.ts'
import * as math from '../../src/tree/math.ts'
import { type LeafCount, leafCount, MAX_LEAVES, type NodeIndex } from '../../src/tree/math.ts'

const NONE = -1

/** A left-balanced tree written out by its definition: the left half is the largest full tree that leaves something over. */
class WrittenTree {
  readonly left: Int32Array
  readonly right: Int32Array
  readonly parent: Int32Array
  readonly level: Uint8Array
  readonly root: number

  constructor(n: number) {
    const nodes = 2 * n - 1
    this.left = new Int32Array(nodes).fill(NONE)
    this.right = new Int32Array(nodes).fill(NONE)
    this.parent = new Int32Array(nodes).fill(NONE)
    this.level = new Uint8Array(nodes)
    this.root = this.#build(0, n)
  }

  /** Builds the tree of `n` leaves that starts at node `start`; returns its root. */
  #build(start: number, n: number): number {
    if (n === 1) return start
    let half = 1
    while (2 * half < n) half *= 2
    const l = this.#build(start, half)
    const root = start + 2 * half - 1
    const r = this.#build(root + 1, n - half)
    this.left[root] = l
    this.right[root] = r
    this.parent[l] = root
    this.parent[r] = root
    // the left child is full, so its level says how high it is
    this.level[root] = this.level[l]! + 1
    return root
  }

  sibling(x: number): number {
    const p = this.parent[x]!
    if (p === NONE) return NONE
    return this.left[p] === x ? this.right[p]! : this.left[p]!
  }
}

/** How many nodes of a tree get something wrong; counted, since an assertion for each of 17 million would take minutes. */
function wrongNodes(n: LeafCount, tree: WrittenTree): number {
  let wrong = 0
  for (let i = 0; i < tree.level.length; i++) {
    const x = i as NodeIndex
    const parent = math.parent(x, n)
    const inner = tree.level[i] !== 0
    const right =
      math.level(x) === tree.level[i] &&
      (parent ?? NONE) === tree.parent[i] &&
      (math.sibling(x, n) ?? NONE) === tree.sibling(i) &&
      (!inner || (math.left(x) === tree.left[i] && math.right(x, n) === tree.right[i])) &&
      math.isLeaf(x) === !inner
    if (!right) wrong++
  }
  return wrong
}

/** How many nodes have a wrong direct path, copath, depth or range of leaves. */
function wrongPaths(n: LeafCount, tree: WrittenTree, step: number): number {
  let wrong = 0
  for (let i = 0; i < tree.level.length; i += step) {
    const x = i as NodeIndex
    const path = math.directPath(x, n)
    const copath = math.copath(x, n)
    let k = 0
    let right = true
    for (let below = i; tree.parent[below] !== NONE; below = tree.parent[below]!) {
      right &&= path[k] === tree.parent[below] && copath[k] === tree.sibling(below)
      k++
    }
    if (!right || path.length !== k || copath.length !== k) wrong++
  }
  return wrong
}

function writtenAncestor(tree: WrittenTree, x: number, y: number): number {
  const above = new Set<number>()
  for (let a = x; a !== NONE; a = tree.parent[a]!) above.add(a)
  let b = y
  while (!above.has(b)) b = tree.parent[b]!
  return b
}

describe('trees of 1 to 4,096 leaves', () => {
  it('have the root, children, parents, siblings and levels of the tree that is written out', () => {
    const wrong: number[] = []
    for (let leaves = 1; leaves <= 4096; leaves++) {
      const n = leafCount(leaves)
      const tree = new WrittenTree(leaves)
      if (math.root(n) !== tree.root || math.width(n) !== tree.level.length || wrongNodes(n, tree) > 0)
        wrong.push(leaves)
    }
    expect(wrong).toEqual([])
  })

  it('have its direct paths and copaths: of every node up to 512 leaves, then of one in 23', () => {
    const wrong: number[] = []
    for (let leaves = 1; leaves <= 4096; leaves++) {
      if (wrongPaths(leafCount(leaves), new WrittenTree(leaves), leaves <= 512 ? 1 : 23) > 0) wrong.push(leaves)
    }
    expect(wrong).toEqual([])
  })

  it('have its common ancestors, subtrees and depths: of all pairs up to 24 leaves, then of pairs all over', () => {
    const wrong: string[] = []
    const check = (n: LeafCount, tree: WrittenTree, x: number, y: number): void => {
      const ancestor = writtenAncestor(tree, x, y)
      const [a, b] = [x as NodeIndex, y as NodeIndex]
      let [first, last, edges] = [x, x, 0]
      while (tree.left[first] !== NONE) first = tree.left[first]!
      while (tree.right[last] !== NONE) last = tree.right[last]!
      for (let p = tree.parent[x]!; p !== NONE; p = tree.parent[p]!) edges++
      const right =
        math.commonAncestor(a, b) === ancestor &&
        math.isInSubtree(b, a) === (ancestor === x) &&
        math.subtreeStart(a) === first &&
        math.subtreeEnd(a, n) === last &&
        math.depth(a, n) === edges
      if (!right) wrong.push(`${n}: ${x}, ${y}`)
    }
    for (let leaves = 1; leaves <= 4096; leaves++) {
      const n = leafCount(leaves)
      const tree = new WrittenTree(leaves)
      const nodes = tree.level.length
      if (leaves <= 24) {
        for (let x = 0; x < nodes; x++) for (let y = 0; y < nodes; y++) check(n, tree, x, y)
      } else {
        // multiples of the golden ratio fall everywhere
        for (let i = 1; i <= 40; i++) {
          check(n, tree, Math.floor(nodes * ((i * 0.618034) % 1)), Math.floor(nodes * ((i * 0.414214) % 1)))
        }
        check(n, tree, 0, nodes - 1)
        check(n, tree, nodes - 1, nodes - 2)
      }
    }
    expect(wrong).toEqual([])
  })
})

const EDGES = [1, 2, 3, 2 ** 16, 2 ** 29, 2 ** 30 - 1, 2 ** 30, 2 ** 30 + 1, 2 ** 31 - 1, 2 ** 31]
/** Numbers of leaves of every magnitude, and a node: edges are as likely as anything. */
const place = fc
  .oneof(
    fc.constantFrom(...EDGES),
    fc.integer({ min: 1, max: MAX_LEAVES }),
    fc.tuple(fc.nat(30), fc.double({ min: 1, max: 2, noNaN: true })).map(([k, f]) => Math.floor(2 ** k * f)),
  )
  .chain(leaves => {
    const last = 2 * leaves - 2
    const node = fc.oneof(
      fc.integer({ min: 0, max: last }),
      fc.constantFrom(...[0, 1, last - 1, last, leaves - 1, 2 ** 31 - 1, 2 ** 31].filter(x => x >= 0 && x <= last)),
    )
    return fc.record({ n: fc.constant(leafCount(leaves)), x: node, y: node }) as fc.Arbitrary<{
      n: LeafCount
      x: NodeIndex
      y: NodeIndex
    }>
  })

const within = (n: LeafCount, ...nodes: (number | undefined)[]): void => {
  const outside = nodes.filter(
    x => x !== undefined && !(Number.isInteger(x) && !Object.is(x, -0) && x >= 0 && x < math.width(n)),
  )
  expect(outside).toEqual([])
}

describe('trees of up to 2^31 leaves', () => {
  it('keep the laws of children, parents and siblings, and all within the tree', () => {
    fc.assert(
      fc.property(place, ({ n, x }) => {
        within(n, math.root(n), math.parent(x, n), math.sibling(x, n), math.subtreeStart(x), math.subtreeEnd(x, n))
        if (!math.isLeaf(x)) {
          const [l, r] = [math.left(x), math.right(x, n)]
          within(n, l, r)
          expect(l).toBeLessThan(x)
          expect(r).toBeGreaterThan(x)
          expect([math.parent(l, n), math.parent(r, n)]).toEqual([x, x])
          expect([math.sibling(l, n), math.sibling(r, n)]).toEqual([r, l])
          expect(math.level(l)).toBe(math.level(x) - 1)
          expect(math.level(r)).toBeLessThan(math.level(x))
          // the subtree is what the children's subtrees are, and the node between
          expect(math.subtreeStart(l)).toBe(math.subtreeStart(x))
          expect(math.subtreeEnd(l, n)).toBe(x - 1)
          expect(math.subtreeStart(r)).toBe(x + 1)
          expect(math.subtreeEnd(r, n)).toBe(math.subtreeEnd(x, n))
        }
        const p = math.parent(x, n)
        if (p === undefined) expect(x).toBe(math.root(n))
        else expect(x < p ? math.left(p) : math.right(p, n)).toBe(x)
      }),
      { numRuns: 2000 },
    )
  })

  it('have paths that lead to the root in at most 31 steps, and copaths beside them', () => {
    fc.assert(
      fc.property(place, ({ n, x }) => {
        const path = math.directPath(x, n)
        const copath = math.copath(x, n)
        within(n, ...path, ...copath)
        expect(path.length).toBeLessThanOrEqual(31)
        expect(copath).toHaveLength(path.length)
        expect(math.depth(x, n)).toBe(path.length)
        expect(path.at(-1) ?? x).toBe(math.root(n))
        const below = [x, ...path]
        copath.forEach((node, i) => {
          expect(node).toBe(math.sibling(below[i]!, n))
        })
        // every leaf is at the node, or below exactly one node of the copath
        const leaves = [x, ...copath].map(node => (math.subtreeEnd(node, n) - math.subtreeStart(node)) / 2 + 1)
        expect(leaves.reduce((sum, count) => sum + count, 0)).toBe(n)
      }),
      { numRuns: 1000 },
    )
  })

  it('have one lowest common ancestor', () => {
    fc.assert(
      fc.property(place, ({ n, x, y }) => {
        const ancestor = math.commonAncestor(x, y)
        within(n, ancestor)
        expect(math.commonAncestor(y, x)).toBe(ancestor)
        const [ofX, ofY] = [
          [x, ...math.directPath(x, n)],
          [y, ...math.directPath(y, n)],
        ]
        const shared = ofX.filter(node => ofY.includes(node))
        expect(ancestor).toBe(shared[0])
        for (const node of shared) expect([math.isInSubtree(x, node), math.isInSubtree(y, node)]).toEqual([true, true])
        for (const node of ofX) if (!shared.includes(node)) expect(math.isInSubtree(y, node)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it('number leaves and nodes up to the last bit', () => {
    const n = leafCount(MAX_LEAVES)
    expect(math.root(n)).toBe(2 ** 31 - 1)
    const last = math.nodeOfLeaf(math.leafIndex(2 ** 31 - 1, n))
    expect(last).toBe(2 ** 32 - 2)
    expect(math.leafOfNode(last)).toBe(2 ** 31 - 1)
    expect(math.parent(last, n)).toBe(2 ** 32 - 3)
    expect(math.directPath(last, n)).toHaveLength(31)
    expect(math.sibling(last, n)).toBe(2 ** 32 - 4)
  })
})

describe('indices from outside', () => {
  it('are refused where there is no such leaf, node or tree', () => {
    for (const value of [0, -1, 1.5, 2 ** 31 + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => leafCount(value)).toThrow(UsageError)
    }
    const n = leafCount(5)
    for (const value of [5, -1, 0.5, Number.NaN, 2 ** 32]) {
      expect(math.asLeafIndex(value, n)).toBeUndefined()
      expect(() => math.leafIndex(value, n)).toThrow(expect.objectContaining({ code: 'outside-tree' }))
    }
    for (const value of [9, -1, 0.5, Number.NaN, 2 ** 32]) {
      expect(math.asNodeIndex(value, n)).toBeUndefined()
      expect(() => math.nodeIndex(value, n)).toThrow(expect.objectContaining({ code: 'outside-tree' }))
    }
    expect([math.asLeafIndex(4, n), math.leafIndex(4, n)]).toEqual([4, 4])
    expect([math.asNodeIndex(8, n), math.nodeIndex(8, n)]).toEqual([8, 8])
  })

  it('leaves have no children, inner nodes no leaf', () => {
    const n = leafCount(5)
    expect(() => math.left(4 as NodeIndex)).toThrow(UsageError)
    expect(() => math.right(4 as NodeIndex, n)).toThrow(UsageError)
    expect(() => math.leafOfNode(3 as NodeIndex)).toThrow(UsageError)
  })
})
