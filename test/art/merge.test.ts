/** ART section 6, mode B: updates of one stage become one. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArtGroup, type MergeProgress } from '../../src/art/index.ts'
import type { GroupState } from '../../src/art/state.ts'
import { ArtPacket, type MergeNodes, MergeNodesTBM } from '../../src/art/wire.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { forgeUpdate, LOW_ORDER, proofOf, stateOf, withKey } from './forge.ts'
import { build } from './oracle.ts'
import { expectAgreement, expectRefused, partyOf, updateBy, type World, worldOf } from './world.ts'

const merging = { concurrency: 'merging' } as const
const stateIn = ({ groups, people }: World, i: number): GroupState => stateOf(groups[i]!, people[i]!)

/**
 * Everybody merges the updates. Whoever waits gets the announcements, that of the lowest leaf first, until nobody waits;
 * returns them. `order` shuffles the updates that each member is given.
 */
function mergeAll(
  { groups, people }: World,
  updates: readonly Uint8Array[],
  order = <T>(items: readonly T[]): T[] => [...items],
  saving = false,
): Uint8Array[] {
  const waiting = new Set<number>()
  const offers = new Map<number, Uint8Array>()
  const note = (i: number, { kind, announcement }: MergeProgress): void => {
    if (kind === 'merging') waiting.add(i)
    else waiting.delete(i)
    if (announcement !== undefined) offers.set(i, announcement)
  }
  groups.forEach((group, i) => {
    note(i, group.merge(order(updates)))
  })
  const announced: Uint8Array[] = []
  while (waiting.size > 0) {
    const sender = Math.min(...offers.keys())
    const packet = offers.get(sender)
    if (packet === undefined) throw new Error('nobody can go on')
    offers.delete(sender)
    announced.push(packet)
    for (const i of [...waiting]) {
      if (i === sender) continue
      if (saving) groups[i] = ArtGroup.load(partyOf(people[i]!), groups[i]!.save())
      note(i, groups[i]!.receive(packet) as MergeProgress)
    }
  }
  return announced
}

const nodesIn = (packet: Uint8Array): number[] => {
  const decoded = decode(ArtPacket, packet)
  if (decoded.type !== 'merge_nodes') throw new Error('not an announcement')
  return [...decoded.mergeNodes.tbm.nodes]
}

describe('merging', () => {
  it.each([
    [1, 6, []],
    [1, 2, [3]],
    [0, 1, [1, 3]],
  ] as const)(
    'of 8 members, %i and %i: the merged nodes nobody published are %j, besides the root',
    (a, b, expected) => {
      const world = worldOf(8, merging)
      const { groups } = world
      const updates = [a, b].map(i => groups[i]!.update())
      const announcements = mergeAll(world, updates)
      expectAgreement(groups)
      expect(groups[0]!.stage).toBe(1n)
      expect(announcements.flatMap(nodesIn).sort((x, y) => x - y)).toEqual(expected)
    },
  )

  it('gives the tree that the leaf secrets make, whoever updated and however they are ordered', () => {
    const updaters = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 17 }),
        updaters,
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (n, who, saving, ranks) => {
          const world = worldOf(n, merging, `merge ${n}`)
          const { groups } = world
          const leaves = [...new Set(who.map(i => i % n))]
          const updates = leaves.map(i => groups[i]!.update())
          const shuffle = <T>(items: readonly T[]): T[] =>
            items
              .map(item => ({ item, rank: ranks.next().value! }))
              .sort((x, y) => x.rank - y.rank)
              .map(({ item }) => item)
          mergeAll(world, updates, shuffle, saving)
          expectAgreement(groups)
          expect(groups[0]!.stage).toBe(1n)
          const states = groups.map((_, i) => stateIn(world, i))
          const oracle = build(states.map(s => s.secrets.get((2 * s.own) as never)!))
          for (const { secrets, tree } of states) {
            const top = Math.max(...[...secrets.keys()].filter(x => isTop(x, tree.leaves)))
            expect(toHex(secrets.get(top as never)!)).toBe(toHex(oracle.secret))
          }
          const text = groups[n - 1]!.send(utf8('merged'))
          expect(groups[0]!.receive(text)).toMatchObject({ kind: 'message' })
        },
      ),
      { numRuns: 40 },
    )
  })

  it('a single update needs no announcement, and a pending update that is not in the batch is lost', () => {
    const world = worldOf(5, merging)
    const { groups } = world
    const lost = groups[3]!.update()
    const packet = groups[1]!.update()
    for (const group of groups) expect(group.merge([packet])).toEqual({ kind: 'merged', missing: 0 })
    expect(groups[3]!.pending).toBeUndefined()
    expectAgreement(groups)
    expectRefused(groups[0]!, 'stale-stage', () => groups[0]!.merge([lost]))
    updateBy(groups, groups[3]!)
    expectAgreement(groups)
  })

  it('can be given up for one update after the other', () => {
    const world = worldOf(8, merging)
    const { groups } = world
    const [first, second] = [groups[0]!.update(), groups[1]!.update()]
    expect(groups[6]!.merge([first, second])).toMatchObject({ kind: 'merging', missing: 2 })
    expect(() => groups[6]!.update()).toThrow(expect.objectContaining({ code: 'pending-change' }))
    expectRefused(groups[6]!, 'pending-change', () => groups[6]!.merge([first]))
    groups[6]!.abandonMerge()
    expect(() => groups[6]!.abandonMerge()).toThrow(expect.objectContaining({ code: 'no-pending-change' }))
    for (const group of groups.slice(1)) group.receive(first)
    groups[0]!.accept()
    expectAgreement(groups)
  })

  it('refuses batches that are not updates of different members of this stage', () => {
    const world = worldOf(4, merging)
    const { groups } = world
    const insider = stateIn(world, 1)
    const update = groups[1]!.update()
    const receiver = groups[2]!
    const refused = (code: string, packets: readonly Uint8Array[]) => {
      expectRefused(receiver, code, () => receiver.merge(packets))
    }
    refused('wrong-argument', [])
    refused('repeated-sender', [update, update])
    refused('unexpected-packet', [update, groups[0]!.send(utf8('text'))])
    refused('invalid-confirmation', [
      update,
      forgeUpdate(stateIn(world, 0), () => ({ confirmation: new Uint8Array(32) })),
    ])
    refused('own-message', [update, forgeUpdate(stateIn(world, 2), () => ({}))])
    refused('invalid-signature', [forgeUpdate(insider, () => ({}), 3)])
    const ordered = worldOf(4)
    expectRefused(ordered.groups[2]!, 'wrong-argument', () => ordered.groups[2]!.merge([ordered.groups[1]!.update()]))
    expect(() => groups[0]!.updateWithMessage(utf8('text'))).toThrow(
      expect.objectContaining({ code: 'wrong-argument' }),
    )
  })

  it('refuses announcements about other merges, of nodes their sender cannot know, or that are wrong', () => {
    const world = worldOf(8, merging)
    const { groups } = world
    const updates = [0, 1].map(i => groups[i]!.update())
    const zero = stateIn(world, 1)
    const results = groups.map(group => group.merge(updates))
    // 0 and 1 know everything at once; the others below wait for node 1, those of the other half for node 3 too
    expect(results.map(({ missing }) => missing)).toEqual([0, 0, 2, 2, 2, 2, 2, 2])
    const [near, far] = [groups[3]!, groups[6]!]
    const insider = stateIn(world, 2)
    const fromZero = results[0]!.announcement!
    expect(fromZero).toBeDefined()
    const decoded = decode(ArtPacket, fromZero)
    if (decoded.type !== 'merge_nodes') throw new Error('wrong type')
    expect([...decoded.mergeNodes.tbm.nodes]).toEqual([1, 3])
    const forged = (change: Partial<MergeNodesTBM>, state = zero): Uint8Array => {
      const tbm: MergeNodes['tbm'] = { ...decoded.mergeNodes.tbm, sender: state.own, ...change }
      const mergeNodes = { tbm, ...proofOf(state, 'merge', encode(MergeNodesTBM, tbm)) }
      return encode(ArtPacket, { type: 'merge_nodes', mergeNodes })
    }
    const refused = (code: string, packet: Uint8Array, who: ArtGroup = far) => {
      expectRefused(who, code, () => who.receive(packet))
    }
    const { keys } = decoded.mergeNodes.tbm
    refused('merge-mismatch', forged({ leaves: Uint32Array.of(0, 2) }))
    refused('merge-mismatch', forged({ nodes: Uint32Array.of(1, 5) }))
    refused('merge-mismatch', forged({ nodes: Uint32Array.of(1, 7) }))
    refused('merge-mismatch', forged({}, insider))
    refused('inconsistent-lengths', forged({ keys: keys.subarray(32) }))
    refused('inconsistent-lengths', forged({ confirmation: keys.subarray(1, 32) }))
    refused('stale-stage', forged({ stage: 0n, groupId: utf8('group') }), advanced())
    refused('wrong-group', forged({ groupId: utf8('other') }))
    refused('low-order-point', forged({ keys: withKey(keys, 0, LOW_ORDER[4]!) }))
    refused('invalid-mac', forged({}, { ...zero, messages: otherKeys() }))
    const lie = forged({ keys: withKey(keys, 1, keys.subarray(0, 32)) })
    refused('path-mismatch', lie, near)
    refused('invalid-confirmation', lie, far)
    // a lie without a confirmation is only found by those who can compute the node, so honest ones confirm
    expect(far.receive(forged({}))).toMatchObject({ kind: 'merged', missing: 0 })
    expect(near.receive(fromZero)).toMatchObject({ kind: 'merged' })
    expectAgreement([far, near])
    expectRefused(far, 'merge-mismatch', () => far.receive(fromZero))
  })
})

const isTop = (node: number, leaves: number): boolean => node === 2 ** Math.floor(Math.log2(2 * leaves - 1)) - 1

/** A merging group that is one stage further, in the middle of another merge. */
function advanced(): ArtGroup {
  const world = worldOf(8, merging)
  updateBy(world.groups, world.groups[5]!)
  const updates = [0, 1].map(i => world.groups[i]!.update())
  world.groups[6]!.merge(updates)
  return world.groups[6]!
}

function otherKeys(): GroupState['messages'] {
  return stateIn(worldOf(3, merging, 'others'), 0).messages
}
