/** RFC 9420 sections 7.4 to 7.6: what an update path costs, counted, as a function of the height of the tree and of nothing else. */
import { describe, expect, it } from 'vitest'
import { TreeFixture } from '../../bench/fixtures/trees.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { countOperations, type OperationCounts } from '../../src/crypto/counting.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { applyUpdatePath } from '../../src/mls/apply-path.ts'
import { type PreparedPath, preparePath } from '../../src/mls/create-path.ts'
import type { StagedTree } from '../../src/mls/group-tree.ts'
import { loadTree } from '../../src/mls/load-tree.ts'
import { openUpdatePath } from '../../src/mls/process-path.ts'
import { UpdatePath } from '../../src/mls/update-path.ts'
import type { LeafIndex } from '../../src/tree/math.ts'

const counting = countOperations(defaultProvider())
const suite = counting.suite(1)
const groupId = utf8('the group of the benchmark')
const groupContext = utf8('context')
const NONE: ReadonlySet<number> = new Set()

interface Made {
  readonly staged: StagedTree
  readonly prepared: PreparedPath
  readonly update: UpdatePath
  readonly costs: OperationCounts
}

/** A member makes an update path; the counts are those of everything it does. */
function make(fixture: TreeFixture, sender: number): Made {
  const leaf = sender as LeafIndex
  const staged = fixture.tree.stage()
  const current = staged.leafNode(leaf)!
  let made: { prepared: PreparedPath; update: UpdatePath } | undefined
  const costs = counting.during(() => {
    const prepared = preparePath(suite, staged, {
      leaf,
      groupId,
      current,
      signer: fixture.signerOf(sender),
      added: NONE,
    })
    staged.treeHash()
    made = { prepared, update: prepared.seal(staged, groupContext) }
  })
  return { staged, ...made!, costs }
}

/** Another member takes it up. */
function follow(fixture: TreeFixture, sender: number, { update, prepared, staged }: Made, by: number): OperationCounts {
  const received = fixture.tree.stage()
  const held = fixture.heldBy(by)
  const sent = decode(UpdatePath, encode(UpdatePath, update))
  const costs = counting.during(() => {
    const applied = applyUpdatePath(suite, received, sent, { sender: sender as LeafIndex, added: NONE })
    received.treeHash()
    const { commitSecret } = openUpdatePath(suite, received, applied, { held, groupContext })
    expect(commitSecret.bytes).toEqual(prepared.commitSecret.bytes)
  })
  expect(received.treeHash()).toEqual(staged.treeHash())
  expect(received.nodes.touchedCount).toBe(staged.nodes.touchedCount)
  return costs
}

describe('an update path in a full tree', () => {
  it.each([4, 7, 12])('of 2^%i members: one encryption and one touched node a level', height => {
    const members = 2 ** height
    const fixture = new TreeFixture(suite, members, 'full')
    const senders = [0, members - 1, members / 2, 5]
    for (const sender of senders) {
      const made = make(fixture, sender)
      expect(made.prepared.encryptions).toBe(height)
      expect(made.staged.nodes.touchedCount).toBe(height + 1)
      // keys for the path and the leaf, an ephemeral one for each encryption
      expect(made.costs).toMatchObject({ dh: height, aead: height, base: height + 1 + height, sign: 1, verify: 0 })
      // a parent hash and a tree hash a level, and the leaf's tree hash
      expect(made.costs.hash).toBe(2 * height + 1)
      for (const by of [(sender + 1) % members, (sender + members / 2) % members, sender ^ 2]) {
        const shared = Math.floor(Math.log2(sender ^ by))
        const costs = follow(fixture, sender, made, by)
        // one decryption, and a key for each node from the common ancestor to the root
        expect(costs).toMatchObject({ dh: 1, aead: 1, base: height - shared, sign: 0, verify: 0 })
        expect(costs.hash).toBe(2 * height + 1)
      }
    }
  })

  it('of any number of members: never more than one encryption a level, and every path is right for a newcomer', () => {
    for (const members of [2, 3, 5, 100, 129]) {
      const height = Math.ceil(Math.log2(members))
      for (const sender of [0, members - 1]) {
        const fixture = new TreeFixture(suite, members, 'full')
        const made = make(fixture, sender)
        expect(made.prepared.encryptions).toBe(made.prepared.path.nodes.length)
        expect(made.prepared.encryptions).toBeLessThanOrEqual(height)
        follow(fixture, sender, made, sender === 0 ? members - 1 : 0)
        made.staged.merge()
        expect(loadTree(fixture.tree.encode(), fixture.rules()).memberCount).toBe(members)
      }
    }
  })

  it('costs a constant and a constant for each level, to the last key derivation', () => {
    const costs = [4, 6, 8, 10].map(height => {
      const fixture = new TreeFixture(suite, 2 ** height, 'full')
      const made = make(fixture, 1)
      const followed = follow(fixture, 1, made, 2 ** height - 1)
      return [...Object.values(made.costs), ...Object.values(followed)]
    })
    const steps = costs.slice(1).map((counts, i) => counts.map((count, k) => count - costs[i]![k]!))
    expect(steps[1]).toEqual(steps[0])
    expect(steps[2]).toEqual(steps[0])
  })
})

describe('an update path in a tree of blank parents', () => {
  it.each([4, 7, 11])('of 2^%i members: one encryption for each other member, one decryption for each', height => {
    const members = 2 ** height
    const fixture = new TreeFixture(suite, members, 'blank parents')
    const made = make(fixture, 3)
    expect(made.prepared.encryptions).toBe(members - 1)
    expect(made.staged.nodes.touchedCount).toBe(height + 1)
    expect(made.costs).toMatchObject({ dh: members - 1, aead: members - 1, base: height + 1 + members - 1, sign: 1 })
    expect(made.costs.hash).toBe(2 * height + 1)
    // linear: so many key derivations for each encryption, and for each level
    expect(made.costs.kdf).toBeLessThan(10 * (members - 1) + 10 * height)
    const costs = follow(fixture, 3, made, members - 1)
    expect(costs).toMatchObject({ dh: 1, aead: 1, base: 1, sign: 0, verify: 0 })
    expect(costs.hash).toBe(2 * height + 1)

    // afterwards the committer's path is one key a level, and what is still blank is encrypted to by leaf
    made.staged.merge()
    const next = make(fixture, 2)
    expect(next.prepared.encryptions).toBe(members - 1)
    const far = make(fixture, members - 1)
    // the left half is one key now
    expect(far.prepared.encryptions).toBe(members / 2)
  })
})
