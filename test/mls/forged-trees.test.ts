/** RFC 9420 sections 7.9.2 and 12.4.3.1 word by word, against what the loader takes: random forgeries, hashed, tied and signed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import type { LeafContent } from '../../src/mls/leaf-signature.ts'
import { loadTree, readTree } from '../../src/mls/load-tree.ts'
import type { ParentNode } from '../../src/mls/ratchet-tree.ts'
import type { NodeIndex } from '../../src/tree/math.ts'
import { forge, type Plan, seedOfParent } from './forge.ts'
import { keyPairOf } from './leaves.ts'
import { holds, isBelow } from './tree-definitions.ts'

const suite = defaultProvider().suite(1)
const groupId = utf8('group')
const group = { version: 1, cipherSuite: 1, extensionTypes: [], required: undefined }

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
