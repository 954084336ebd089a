/** RFC 9420 sections 4.2 and 7.4 to 7.6: who knows what after random histories, what hostile update paths meet, what it costs. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { UsageError } from '../../src/base/errors.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { applyUpdatePath } from '../../src/mls/apply-path.ts'
import { type PreparedPath, preparePath } from '../../src/mls/create-path.ts'
import { encodeTree } from '../../src/mls/group-tree.ts'
import { openUpdatePath } from '../../src/mls/process-path.ts'
import type { UpdatePath } from '../../src/mls/update-path.ts'
import type { LeafIndex, NodeIndex } from '../../src/tree/math.ts'
import { resolution } from '../../src/tree/resolution.ts'
import { signerOf } from './leaves.ts'
import { stolenFrom, World } from './tree-world.ts'

const suite = defaultProvider().suite(1)
const NONE: ReadonlySet<number> = new Set()
const nothing = { adds: 0, removes: [], updates: [] }

const choice = fc.record({
  sender: fc.nat(),
  adds: fc.constantFrom(0, 0, 1, 3),
  remove: fc.option(fc.nat(), { freq: 2 }),
  update: fc.option(fc.nat(), { freq: 2 }),
})

type Choice = typeof choice extends fc.Arbitrary<infer T> ? T : never

/** Plays a history; every choice is fitted to the members that there are. */
function play(world: World, steps: readonly Choice[], after: () => void): void {
  for (const { sender, adds, remove, update } of steps) {
    const leaves = [...world.members.keys()]
    const pick = (n: number | null, from: LeafIndex[]) =>
      n === null || from.length === 0 ? [] : [from[n % from.length]!]
    const [committer] = pick(sender, leaves)
    const others = leaves.filter(leaf => leaf !== committer)
    const removes = pick(remove, others)
    const updates = pick(
      update,
      others.filter(leaf => !removes.includes(leaf)),
    )
    world.commit(committer!, { adds, removes, updates })
    after()
  }
}

describe('a group', () => {
  it('shares its secrets with exactly its members, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 3),
        fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.integer({ min: 10, max: 40 })),
        fc.array(choice, { minLength: 1, maxLength: 6 }),
        (id, size, steps) => {
          const world = new World(defaultProvider().suite(id))
          world.commit(0 as LeafIndex, { ...nothing, adds: size })
          world.checkInvariant()
          play(world, steps, () => world.checkInvariant())
        },
      ),
      { numRuns: 25 },
    )
  })

  it('of 64 members does so through a long history', () => {
    fc.assert(
      fc.property(fc.array(choice, { minLength: 16, maxLength: 16 }), steps => {
        const world = new World(suite)
        world.commit(0 as LeafIndex, { ...nothing, adds: 63 })
        play(world, steps, () => expect(world.tree.memberCount).toBe(world.members.size))
        world.checkInvariant()
      }),
      // one history is not worth making smaller
      { numRuns: 1, endOnFailure: true },
    )
  })

  it('of 64 members heals after a theft once the victim commits', () => {
    const world = new World(suite)
    world.commit(0 as LeafIndex, { ...nothing, adds: 63 })
    for (const leaf of [5, 40, 17, 63]) world.commit(leaf as LeafIndex, nothing)
    const victim = 17 as LeafIndex
    const stolen = stolenFrom(world.members.get(victim)!.held)
    world.commit(40 as LeafIndex, nothing)
    // until the victim commits the thief follows: the keys below the root are in force
    expect(world.keysInForce(stolen).length).toBeGreaterThan(0)
    world.commit(victim, nothing)
    expect(world.keysInForce(stolen)).toEqual([])
    world.removed.push(stolen)
    world.commit(40 as LeafIndex, nothing)
    world.checkInvariant()
  })

  it('makes what was stolen useless as soon as the victim commits or its update is committed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(choice, { maxLength: 3 }),
        fc.nat(),
        fc.boolean(),
        (size, steps, who, byCommit) => {
          const world = new World(suite)
          world.commit(0 as LeafIndex, { ...nothing, adds: size })
          play(world, steps, () => {})
          const leaves = [...world.members.keys()]
          if (leaves.length < 2) return
          const victim = leaves[who % leaves.length]!
          const other = leaves.find(leaf => leaf !== victim)!
          const stolen = stolenFrom(world.members.get(victim)!.held)
          expect(world.keysInForce(stolen)).toHaveLength(stolen.nodes().length)
          if (byCommit) world.commit(victim, nothing)
          else world.commit(other, { ...nothing, updates: [victim] })
          expect(world.keysInForce(stolen)).toEqual([])
          // every later commit tries the stolen keys too, like those of removed members
          world.removed.push(stolen)
          world.commit(other, { ...nothing, adds: 1 })
          world.checkInvariant()
        },
      ),
      { numRuns: 20 },
    )
  })

  it('of one has a path of no nodes', () => {
    const world = new World(suite)
    world.commit(0 as LeafIndex, nothing)
    expect(world.encryptions).toBe(0)
    world.checkInvariant()
  })

  it('resolves as the recursive definition says, with new leaves left out', () => {
    fc.assert(
      fc.property(fc.nat(12), fc.array(choice, { maxLength: 4 }), fc.array(fc.nat(20)), (size, steps, leftOut) => {
        const world = new World(suite)
        world.commit(0 as LeafIndex, { ...nothing, adds: size })
        play(world, steps, () => {
          const { oracle, tree } = world
          oracle.nodes.forEach((_, x) => {
            const node = x as NodeIndex
            expect(resolution(tree.store, node)).toEqual(oracle.resolution(node))
            const expected = oracle.resolution(node).filter(at => at % 2 === 1 || !leftOut.includes(at / 2))
            expect(resolution(tree.store, node, new Set(leftOut))).toEqual(expected)
          })
        })
      }),
      { numRuns: 15 },
    )
  })
})

describe('a full tree of 64', () => {
  const world = new World(suite)
  world.commit(0 as LeafIndex, { ...nothing, adds: 63 })
  for (let leaf = 0; leaf < 64; leaf++) world.commit(leaf as LeafIndex, nothing)

  it('costs one encryption per level to update, one decryption to process', () => {
    world.commit(9 as LeafIndex, nothing)
    expect(world.encryptions).toBe(6)
    const counting = countOperations(defaultProvider())
    const counted = counting.suite(1)
    const sender = 9 as LeafIndex
    const staged = world.tree.stage()
    const current = staged.leafNode(sender)!
    let prepared: PreparedPath | undefined
    let update: UpdatePath | undefined
    const making = counting.during(() => {
      prepared = preparePath(counted, staged, {
        leaf: sender,
        groupId: world.groupId,
        current,
        signer: signerOf(suite, 9),
        added: NONE,
      })
      update = prepared.seal(staged, utf8('context'))
    })
    expect(making).toMatchObject({ dh: 6, aead: 6 })
    // a key pair for each node and the leaf, an ephemeral one for each encryption
    expect(making.base).toBe(6 + 1 + 6)
    const received = world.tree.stage()
    const { held } = world.members.get(40 as LeafIndex)!
    const processing = counting.during(() => {
      const applied = applyUpdatePath(counted, received, update!, { sender, added: NONE })
      openUpdatePath(counted, received, applied, { held, groupContext: utf8('context') })
    })
    // leaf 40 is on the other side of the root: one secret, one key to derive
    expect(processing).toMatchObject({ dh: 1, aead: 1, base: 1, sign: 0, verify: 0 })
  })
})

it('held keys are wiped when they are replaced, given up or outdated', () => {
  const world = new World(suite)
  world.commit(0 as LeafIndex, { ...nothing, adds: 3 })
  const { held } = world.members.get(0 as LeafIndex)!
  const old = held.nodes().map(node => held.at(node)!.privateKey)
  world.commit(0 as LeafIndex, nothing)
  for (const key of old) expect(key.every(byte => byte === 0)).toBe(true)
  const current = held.nodes().map(node => held.at(node)!.privateKey)
  for (const key of current) expect(key.some(byte => byte !== 0)).toBe(true)
  held.wipe()
  for (const key of current) expect(key.every(byte => byte === 0)).toBe(true)
})

it('a path that cannot be signed leaves no secrets and an unchanged tree', () => {
  const world = new World(suite)
  world.commit(0 as LeafIndex, { ...nothing, adds: 3 })
  const made: Uint8Array[] = []
  const kem: CipherSuite['kem'] = {
    ...suite.kem,
    generateKeyPair() {
      const pair = suite.kem.generateKeyPair()
      made.push(pair.privateKey)
      return pair
    },
    deriveKeyPairMany(inputs) {
      const pairs = suite.kem.deriveKeyPairMany(inputs)
      made.push(inputs.bytes, pairs.privateKeys)
      return pairs
    },
  }
  const random: CipherSuite['random'] = out => {
    suite.random(out)
    made.push(out)
  }
  const signer = {
    ...signerOf(suite, 0),
    sign(): never {
      throw new UsageError('wiped-secret')
    },
  }
  const staged = world.tree.stage()
  const leaf = 0 as LeafIndex
  const request = { leaf, groupId: world.groupId, current: staged.leafNode(leaf)!, signer, added: NONE }
  expect(() => preparePath({ ...suite, kem, random }, staged, request)).toThrow(UsageError)
  expect(made).toHaveLength(4)
  for (const secret of made) expect(secret.every(byte => byte === 0)).toBe(true)
  expect(encodeTree(staged.nodes)).toEqual(world.tree.encode())
})
