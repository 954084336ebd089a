import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/base/errors.ts'
import { type LeafIndex, type NodeIndex, width } from '../../src/tree/math.ts'
import { Overlay } from '../../src/tree/overlay.ts'
import { TreeStore } from '../../src/tree/store.ts'
import type { TreeFormat, TreeView } from '../../src/tree/view.ts'

/** Leaves whose content is their signature key. */
const format: TreeFormat = { keyLength: 4, hashLength: 8, signatureKey: leaf => leaf.subarray(0, 2) }
const key = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
const content = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value, 7, 7, 7)

interface ModelNode {
  key: number
  leaf?: number
  parentHash?: number
  unmerged?: number[]
}
interface Model {
  leaves: number
  nodes: Map<number, ModelNode>
}

/** Everything that can be asked of a tree, as plain data. */
function answers(tree: TreeView): unknown {
  const nodes = Array.from({ length: width(tree.leafCount) + 4 }, (_, x) => x as NodeIndex)
  const leaves = nodes.filter(x => x % 2 === 0).map(x => (x / 2) as LeafIndex)
  return {
    leafCount: tree.leafCount,
    memberCount: tree.memberCount,
    blank: nodes.map(x => tree.isBlank(x)),
    keys: nodes.map(x => tree.publicKeyAt(x)?.slice()),
    contents: leaves.map(leaf => tree.leafAt(leaf)?.slice()),
    parentHashes: nodes.filter(x => x % 2 === 1).map(x => [...tree.parentHashAt(x)]),
    unmerged: nodes.map(x => [...tree.unmergedLeaves(x)]),
    firstBlank: tree.firstBlankLeaf(),
    last: tree.lastLeaf(),
    next: leaves.map(leaf => tree.nextLeaf(leaf)),
    found: Array.from({ length: 60 }, (_, value) => tree.findPublicKey(key(value))),
    foundSignature: Array.from({ length: 60 }, (_, value) =>
      tree.findSignatureKey(format.signatureKey(content(value))),
    ),
  }
}

/** The same answers from the model. */
function expected({ leaves: leafCount, nodes: stored }: Model): unknown {
  const size = 2 * leafCount - 1
  const nodes = Array.from({ length: size + 4 }, (_, x) => x)
  const at = (x: number) => (x < size ? stored.get(x) : undefined)
  const leaves = nodes.filter(x => x % 2 === 0).map(x => x / 2)
  const members = leaves.filter(leaf => at(2 * leaf) !== undefined)
  const gap = leaves.find(leaf => at(2 * leaf) === undefined)!
  return {
    leafCount,
    memberCount: members.length,
    blank: nodes.map(x => at(x) === undefined),
    keys: nodes.map(x => (at(x) === undefined ? undefined : key(at(x)!.key))),
    contents: leaves.map(leaf => (at(2 * leaf) === undefined ? undefined : content(at(2 * leaf)!.leaf!))),
    parentHashes: nodes
      .filter(x => x % 2 === 1)
      .map(x => (at(x)?.parentHash === undefined ? [] : Array(8).fill(at(x)!.parentHash))),
    unmerged: nodes.map(x => at(x)?.unmerged ?? []),
    firstBlank: Math.min(gap, leafCount),
    last: members.at(-1),
    next: leaves.map(leaf => members.find(member => member >= leaf)),
    found: Array.from({ length: 60 }, (_, value) => nodes.find(x => at(x)?.key === value)),
    foundSignature: Array.from({ length: 60 }, (_, value) => leaves.find(leaf => at(2 * leaf)?.leaf === value)),
  }
}

const operation = fc.oneof(
  fc.record({ kind: fc.constant('leaf' as const), at: fc.nat(15), value: fc.nat(59) }),
  fc.record({ kind: fc.constant('parent' as const), at: fc.nat(15), value: fc.nat(59), hashed: fc.boolean() }),
  fc.record({ kind: fc.constant('unmerged' as const), at: fc.nat(15), value: fc.nat(15) }),
  fc.record({ kind: fc.constant('blank' as const), at: fc.nat(31) }),
  fc.record({ kind: fc.constant('resize' as const), at: fc.nat(4) }),
  fc.record({ kind: fc.constant('move' as const), at: fc.nat(31), value: fc.nat(31) }),
  fc.record({ kind: fc.constant('swap' as const), at: fc.nat(31), value: fc.nat(31) }),
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

/** Moves what a node has to another as the tree itself shows it, or exchanges two nodes for a moment in which a key is at both. */
function moveKey(tree: Overlay, model: Model, from: number, to: number, kind: 'move' | 'swap'): void {
  const [a, b] = [model.nodes.get(from), model.nodes.get(to)]
  if (from === to || to < 0 || Math.max(from, to) >= 2 * model.leaves - 1 || a === undefined) return
  const place = (node: number, publicKey: Uint8Array, value: ModelNode, leaf = content(value.leaf!)): void => {
    if (node % 2 === 0) tree.setLeaf((node / 2) as LeafIndex, leaf, publicKey)
    else tree.setParent(node as NodeIndex, publicKey, new Uint8Array(0))
    model.nodes.set(node, node % 2 === 0 ? value : { key: value.key })
  }
  if (kind === 'move') {
    const leaf = from % 2 === 0 ? tree.leafAt((from / 2) as LeafIndex) : undefined
    place(to, tree.publicKeyAt(from as NodeIndex)!, a, leaf)
    tree.blank(from as NodeIndex)
    model.nodes.delete(from)
  } else if (b !== undefined) {
    place(from, key(b.key), b)
    place(to, key(a.key), a)
  }
}

/** Applies an operation to both, unless it would repeat a key, which trees do not hold. */
function play(tree: Overlay, model: Model, op: Operation): void {
  const size = 2 * model.leaves - 1
  const used = new Set([...model.nodes.values()].map(node => node.key))
  const usedSignatures = new Set([...model.nodes.values()].map(node => node.leaf))
  if (op.kind === 'leaf') {
    const node = 2 * (op.at % model.leaves)
    if (used.has(op.value) || usedSignatures.has(op.value)) return
    tree.setLeaf((node / 2) as LeafIndex, content(op.value), key(op.value))
    model.nodes.set(node, { key: op.value, leaf: op.value })
  } else if (op.kind === 'parent') {
    const node = 2 * op.at + 1
    if (node >= size || used.has(op.value)) return
    tree.setParent(node as NodeIndex, key(op.value), op.hashed ? new Uint8Array(8).fill(op.value) : new Uint8Array(0))
    model.nodes.set(node, { key: op.value, ...(op.hashed ? { parentHash: op.value } : {}) })
  } else if (op.kind === 'unmerged') {
    const node = 2 * op.at + 1
    const own = model.nodes.get(node)
    if (node >= size || own === undefined) return
    tree.addUnmerged(node as NodeIndex, op.value as LeafIndex)
    const unmerged = [...new Set([...(own.unmerged ?? []), op.value])].sort((a, b) => a - b)
    model.nodes.set(node, { ...own, unmerged })
  } else if (op.kind === 'blank') {
    if (op.at >= size) return
    tree.blank(op.at as NodeIndex)
    model.nodes.delete(op.at)
  } else if (op.kind === 'move' || op.kind === 'swap') {
    // nodes of one kind
    moveKey(tree, model, op.at, op.value - ((op.value ^ op.at) & 1), op.kind)
  } else {
    const leaves = 2 ** op.at
    const beyond = [...model.nodes.keys()].filter(x => x >= 2 * leaves - 1)
    if (beyond.length > 0) return
    tree.resize(leaves)
    model.leaves = leaves
  }
}

describe('overlay over a column store', () => {
  it('answers as a plain model does, through any staging, merging and dropping', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ops: fc.array(operation, { maxLength: 25, size: 'max' }), merged: fc.boolean() }), {
          maxLength: 6,
          size: 'max',
        }),
        rounds => {
          const store = new TreeStore(format, 4)
          let model: Model = { leaves: 4, nodes: new Map() }
          for (const { ops, merged } of rounds) {
            const overlay = new Overlay(store)
            const staged: Model = { leaves: model.leaves, nodes: new Map(model.nodes) }
            for (const op of ops) play(overlay, staged, op)
            expect(answers(overlay)).toEqual(expected(staged))
            expect(answers(store)).toEqual(expected(model))
            if (merged) {
              overlay.merge()
              model = staged
              expect(answers(store)).toEqual(expected(model))
            }
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('keeps two overlays apart, and refuses one whose store has changed', () => {
    const store = new TreeStore(format, 2)
    const [a, b] = [new Overlay(store), new Overlay(store)]
    a.setLeaf(0 as LeafIndex, content(1), key(1))
    b.setLeaf(1 as LeafIndex, content(2), key(2))
    expect(b.isBlank(0 as NodeIndex)).toBe(true)
    expect([...a.touched]).toEqual([0])
    a.merge()
    for (const use of [
      () => b.merge(),
      () => b.isBlank(0 as NodeIndex),
      () => a.merge(),
      () => b.findPublicKey(key(2)),
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'stale-overlay' }))
    }
    expect(store.memberCount).toBe(1)
  })

  it('refuses places outside the tree, keys of a wrong length, and cutting off members', () => {
    const overlay = new Overlay(new TreeStore(format, 2))
    expect(() => overlay.setLeaf(2 as LeafIndex, content(1), key(1))).toThrow(UsageError)
    expect(() => overlay.setLeaf(0 as LeafIndex, content(1), new Uint8Array(5))).toThrow(UsageError)
    expect(() => overlay.setParent(1 as NodeIndex, key(1), new Uint8Array(3))).toThrow(UsageError)
    expect(() => overlay.addUnmerged(1 as NodeIndex, 0 as LeafIndex)).toThrow(UsageError)
    overlay.setLeaf(1 as LeafIndex, content(1), key(1))
    expect(() => overlay.resize(1)).toThrow(UsageError)
  })

  it('gives the bytes of replaced leaves back', () => {
    const store = new TreeStore(format, 4)
    for (let round = 0; round < 4000; round++) {
      const overlay = new Overlay(store)
      overlay.setLeaf((round % 4) as LeafIndex, content(round % 60), key(round))
      overlay.merge()
    }
    expect(store.footprint.leafBytes).toBe(20)
    expect(store.footprint.overhead).toBeLessThan(20_000)
  })

  it('leaves views of leaves as they were when the arena is compacted', () => {
    const store = new TreeStore(format, 2)
    const fill = (leaf: number, value: number): void => {
      const overlay = new Overlay(store)
      overlay.setLeaf(leaf as LeafIndex, content(value), key(value))
      overlay.merge()
    }
    fill(0, 0x1234)
    fill(1, 1)
    const [kept, replaced] = [store.leafAt(0 as LeafIndex)!, store.leafAt(1 as LeafIndex)!]
    for (let value = 2; value < 3000; value++) fill(1, value)
    // two compactions at least have moved it
    expect(store.leafAt(0 as LeafIndex)!.buffer).not.toBe(kept.buffer)
    expect([[...kept], [...store.leafAt(0 as LeafIndex)!]]).toEqual([[...content(0x1234)], [...content(0x1234)]])
    expect([...replaced]).toEqual([...content(1)])
    expect(store.findSignatureKey(content(0x1234).subarray(0, 2))).toBe(0)
  })
})
