/** RFC 9420 sections 7.9.2 and 12.4.3.1 word by word, against what the loader takes: random forgeries, hashed, tied and signed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalPublic, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { encode } from '../../src/codec/codec.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import type { LeafContent } from '../../src/mls/leaf-signature.ts'
import { loadTree, readTree } from '../../src/mls/load-tree.ts'
import { ParentHashInput, type ParentNode } from '../../src/mls/ratchet-tree.ts'
import { directPath, isInSubtree, left, level, type NodeIndex, right } from '../../src/tree/math.ts'
import { forge, type Plan, seedOfParent } from './forge.ts'
import { keyPairOf } from './leaves.ts'
import type { ObjectTree } from './object-tree.ts'

const suite = defaultProvider().suite(1)
const groupId = utf8('group')
const group = { version: 1, cipherSuite: 1, extensionTypes: [], required: undefined }

const nodesOf = (tree: ObjectTree): NodeIndex[] => tree.nodes.map((_, x) => x as NodeIndex)
const isBelow = (leaf: number, node: NodeIndex): boolean => isInSubtree((2 * leaf) as NodeIndex, node)

/** All keys to encrypt to differ, and so do all keys to sign with. */
function keysDiffer(tree: ObjectTree): boolean {
  const keys = nodesOf(tree).flatMap(node => tree.publicKeyAt(node) ?? [])
  const signers = tree.members().map(leaf => tree.leaf(leaf)!.signatureKey)
  return [keys, signers].every(list => new Set(list.map(toHex)).size === list.length)
}

/** Section 12.4.3.1: each unmerged leaf of a node is a member below it, and unmerged at every keyed node between; lists rise. */
function unmergedLeavesHold(tree: ObjectTree): boolean {
  return nodesOf(tree).every(node => {
    const list = tree.unmergedLeaves(node)
    if (list.some((leaf, i) => i > 0 && leaf <= list[i - 1]!)) return false
    return list.every(leaf => {
      if (!isBelow(leaf, node) || tree.leaf(leaf) === undefined) return false
      const between = directPath((2 * leaf) as NodeIndex, tree.leafCount).filter(at => level(at) < level(node))
      return between.every(at => tree.isBlank(at) || tree.unmergedLeaves(at).includes(leaf))
    })
  })
}

/** Section 7.9: the parent hash of `node` with respect to one of its children. */
function parentHashOf(tree: ObjectTree, node: NodeIndex, sibling: NodeIndex): Uint8Array {
  const { encryptionKey, parentHash, unmergedLeaves } = tree.parent(node)!
  const originalSiblingTreeHash = tree.treeHash(sibling, new Set(unmergedLeaves.filter(leaf => isBelow(leaf, sibling))))
  return suite.hash.digest(encode(ParentHashInput, { encryptionKey, parentHash, originalSiblingTreeHash }))
}

/** Section 7.9.2: how many nodes below a parent it is parent-hash valid with respect to. */
function ties(tree: ObjectTree, node: NodeIndex): number {
  let found = 0
  const [l, r] = [left(node), right(node, tree.leafCount)]
  for (const [child, sibling] of [[l, r] as const, [r, l] as const]) {
    const expected = parentHashOf(tree, node, sibling)
    const unmerged = tree.unmergedLeaves(node).filter(leaf => isBelow(leaf, child))
    for (const below of tree.resolution(child)) {
      const leaf = tree.leaf(below / 2)
      const carried =
        leaf === undefined ? tree.parent(below)!.parentHash : leaf.leafNodeSource === 'commit' && leaf.parentHash
      if (carried === false || !equalPublic(carried, expected)) continue
      const others = tree.resolution(child).filter(at => at !== below)
      if (others.join() === unmerged.map(at => 2 * at).join()) found++
    }
  }
  return found
}

/** The tree is as wide as its last member needs, and not empty. */
function isTight(tree: ObjectTree): boolean {
  const last = tree.members().at(-1)
  return (
    last !== undefined &&
    (tree.leafCount === 1 || 2 * last >= tree.leafCount - 1) &&
    last >= tree.leafCount / 2 === tree.leafCount > 1
  )
}

function holds(tree: ObjectTree): boolean {
  const parents = nodesOf(tree).filter(node => tree.parent(node) !== undefined)
  return isTight(tree) && keysDiffer(tree) && unmergedLeavesHold(tree) && parents.every(node => ties(tree, node) === 1)
}

const plan: fc.Arbitrary<Plan> = fc
  .tuple(fc.constantFrom(1, 2, 4, 8, 8, 16), fc.infiniteStream(fc.nat(999)), fc.constantFrom(0, 0, 60, 250))
  .map(([leaves, stream, harm]) => {
    const draw = (): number => stream.next().value
    const harmful = (): boolean => draw() < harm
    const members: Record<number, Partial<LeafContent>> = {}
    const parents: Record<number, Partial<ParentNode>> = {}
    for (let leaf = 0; leaf < leaves; leaf++) {
      if (draw() < 250 && leaf !== leaves - 1) continue
      members[leaf] = {}
      if (harmful()) members[leaf] = { encryptionKey: keyPairOf(suite, draw() % leaves).publicKey }
    }
    const unmerged = Object.keys(members)
      .map(Number)
      .filter(() => draw() < 250)
    for (let node = 1; node < 2 * leaves - 1; node += 2) {
      const at = node as NodeIndex
      const below = Object.keys(members)
        .map(Number)
        .filter(leaf => isBelow(leaf, at))
      // who is unmerged is so at all nodes above, unless harm is meant; a node of which all leaves are unmerged is blank
      const list = unmerged.filter(leaf => isBelow(leaf, at) !== harmful() && !harmful())
      if (draw() < 300 || (list.length >= below.length && !harmful())) continue
      if (harmful()) list.reverse()
      parents[node] = { unmergedLeaves: list }
      if (harmful())
        parents[node] = {
          ...parents[node],
          encryptionKey: keyPairOf(suite, seedOfParent(draw() % (2 * leaves))).publicKey,
        }
    }
    const bent = harmful() ? draw() % (2 * leaves) : -1
    return { leaves, members, parents, bend: (hash, from) => (from === bent ? suite.hash.digest(hash) : hash) }
  })

describe('random forgeries', () => {
  it('are taken exactly when the definitions hold', () => {
    const taken = new Map<unknown, number>()
    const counted = (code: unknown) => taken.set(code, (taken.get(code) ?? 0) + 1)
    fc.assert(
      fc.property(plan, forged => {
        const { tree, bytes, treeHash } = forge(suite, forged, groupId)
        let code: string | undefined
        try {
          const loaded = loadTree(bytes, { suite, groupId, group, treeHash })
          expect(loaded.encode()).toEqual(bytes)
          expect(loaded.stage().treeHash()).toEqual(treeHash)
          expect(readTree(suite, bytes).encode()).toEqual(bytes)
        } catch (error) {
          if (!(error instanceof RejectedError)) throw error
          code = error.code
          expect(() => readTree(suite, bytes)).toThrow(RejectedError)
        }
        const kept = tree.nodes.flatMap((_, node) => tree.parent(node) ?? [])
        if (code !== undefined) counted(code)
        else counted(kept.length === 0 ? 'no parents' : kept.some(({ unmergedLeaves }) => unmergedLeaves.length > 0))
        expect(code === undefined).toBe(holds(tree))
      }),
      { numRuns: 600 },
    )
    // among those that are taken, with unmerged leaves and without
    for (const code of [true, false, 'untied-node', 'wrong-unmerged-leaves', 'duplicate-key']) {
      expect(taken.get(code)).toBeGreaterThan(5)
    }
  })
})
