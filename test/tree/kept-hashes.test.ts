/** Hashes of subtrees are kept through changes, sizes and merges: whatever is still known must be what it would be computed to. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LeafIndex, left, level, type NodeIndex, nodeOfLeaf, right, root, width } from '../../src/tree/math.ts'
import { Overlay } from '../../src/tree/overlay.ts'
import { TreeStore } from '../../src/tree/store.ts'
import type { TreeFormat, TreeView } from '../../src/tree/view.ts'

const format: TreeFormat = { keyLength: 4, hashLength: 8, signatureKey: leaf => leaf.subarray(0, 4) }
const MOST = 16

/** A key that has not been used before. */
class Keys {
  #next = 0
  next(): Uint8Array {
    const value = ++this.#next
    return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
  }
}

function hashOf(tree: TreeView, node: NodeIndex, children: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256').update(`${node}`)
  for (const part of [tree.publicKeyAt(node) ?? new Uint8Array(1), ...children]) hash.update(part)
  return new Uint8Array(hash.digest().subarray(0, 8))
}

function childrenOf(tree: TreeView, node: NodeIndex): NodeIndex[] {
  return level(node) === 0 ? [] : [left(node), right(node, tree.leafCount)]
}

function fromNothing(tree: TreeView, node: NodeIndex): Uint8Array {
  return hashOf(
    tree,
    node,
    childrenOf(tree, node).map(child => fromNothing(tree, child)),
  )
}

/** Computes what is not known, and keeps it. */
function complete(tree: Overlay, node: NodeIndex): Uint8Array {
  const known = tree.treeHashAt(node)
  if (known !== undefined) return known
  const hash = hashOf(
    tree,
    node,
    childrenOf(tree, node).map(child => complete(tree, child)),
  )
  tree.setTreeHash(node, hash)
  return hash
}

function allKnownAreRight(tree: TreeView): void {
  for (let node = 0; node < width(tree.leafCount); node++) {
    const known = tree.treeHashAt(node as NodeIndex)
    if (known !== undefined) expect([node, [...known]]).toEqual([node, [...fromNothing(tree, node as NodeIndex)]])
  }
}

const operation = fc.record({
  kind: fc.constantFrom('fill', 'fill', 'blank', 'resize', 'resize', 'hash', 'hash root', 'merge', 'drop'),
  at: fc.nat(2 * MOST),
})
type Operation = { readonly kind: string; readonly at: number }

/** A tree of `leaves` leaves: what falls away is made blank before. */
function resize(tree: Overlay, leaves: number): void {
  for (let node = width(tree.leafCount) - 1; node > 2 * leaves - 2; node--) tree.blank(node as NodeIndex)
  tree.resize(leaves)
}

function play(tree: Overlay, keys: Keys, { kind, at }: Operation, sizes: readonly number[]): void {
  const node = (at % width(tree.leafCount)) as NodeIndex
  if (kind === 'fill') {
    const key = keys.next()
    if (node % 2 === 0) tree.setLeaf((node / 2) as LeafIndex, key, key)
    else tree.setParent(node, key, new Uint8Array(0))
  } else if (kind === 'blank') tree.blank(node)
  else if (kind === 'resize') resize(tree, sizes[at % sizes.length]!)
  else if (kind === 'hash') complete(tree, node)
  else if (kind === 'hash root') complete(tree, root(tree.leafCount))
}

function runs(sizes: readonly number[]): void {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60, size: 'max' }), operations => {
      const store = new TreeStore(format, 4)
      const keys = new Keys()
      let tree = new Overlay(store)
      for (const each of operations) {
        if (each.kind === 'merge') tree.merge()
        if (each.kind === 'merge' || each.kind === 'drop') {
          tree = new Overlay(store)
          allKnownAreRight(store)
        }
        play(tree, keys, each, sizes)
        allKnownAreRight(tree)
      }
    }),
    { numRuns: 150 },
  )
}

describe('tree hashes that are kept', () => {
  it('are right in full trees that grow and shrink by any number of levels', () => runs([1, 2, 4, 8, 16]))

  it('are right in left-balanced trees of any size', () => runs(Array.from({ length: MOST }, (_, i) => i + 1)))

  it('are forgotten above a change that was made while the tree was smaller', () => {
    const store = new TreeStore(format, 8)
    const keys = new Keys()
    const first = new Overlay(store)
    complete(first, root(first.leafCount))
    first.resize(4)
    first.merge()
    const second = new Overlay(store)
    const key = keys.next()
    second.setLeaf(2 as LeafIndex, key, key)
    second.resize(16)
    expect(second.treeHashAt(root(second.leafCount))).toBeUndefined()
    expect([...complete(second, root(second.leafCount))]).toEqual([...fromNothing(second, root(second.leafCount))])
    expect(second.treeHashAt(nodeOfLeaf(12 as LeafIndex))).toBeDefined()
  })
})
