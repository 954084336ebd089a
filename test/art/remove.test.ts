/** ART section 7, Remove: who goes reads nothing, and no leaf stays that it knew. */
import { describe, expect, it } from 'vitest'
import { Advance } from '../../src/art/advance.ts'
import { ArtGroup } from '../../src/art/index.ts'
import { TOMBSTONE } from '../../src/art/members.ts'
import { publishPath } from '../../src/art/path.ts'
import { composeRemove } from '../../src/art/remove.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { leafIndex, nodeOfLeaf } from '../../src/tree/math.ts'
import { canRead, secretsIn } from './attacker.ts'
import { forgeRemove, LOW_ORDER, secretOf } from './forge.ts'
import { addPerson, removePerson, sealedBy, stateIn } from './membership.ts'
import { deliver, expectAgreement, expectRefused, updateBy, worldOf } from './world.ts'

describe('remove', () => {
  it('a removed member with its whole state and all later traffic reads nothing', () => {
    const world = worldOf(6)
    for (const group of world.groups) updateBy(world.groups, group)
    const removed = 3
    const stolen = secretsIn(stateIn(world, removed))
    const before = { packet: world.groups[0]!.send(utf8('before')), view: stateIn(world, 0) }
    expect(canRead(before.view, stolen, before.packet)).toBe(true)
    const packet = world.groups[1]!.remove(removed)
    expect(world.groups[removed]!.receive(packet)).toEqual({ kind: 'removed', sender: 1, leaf: removed, self: true })
    expect(world.groups[removed]!.active).toBe(false)
    deliver(world.groups, world.groups[1]!, packet)
    expectAgreement(world.groups)
    const after = { packet: world.groups[0]!.send(utf8('after')), view: stateIn(world, 0) }
    expect(canRead(after.view, stolen, after.packet)).toBe(false)
    expect([...world.groups[0]!.members()].map(m => m.index)).toEqual([0, 1, 2, 4, 5])
    expectRefused(world.groups[0]!, 'wrong-argument', () => world.groups[0]!.remove(removed))
    expectRefused(world.groups[0]!, 'wrong-argument', () => world.groups[0]!.remove(0))
    expectRefused(world.groups[0]!, 'wrong-argument', () => world.groups[0]!.remove(6))
  })

  it('attack: a removed adder reads on through a leaf it made, if nobody re-keys it', () => {
    const world = worldOf(4)
    for (const group of world.groups) updateBy(world.groups, group)
    const adder = 1
    const leaf = addPerson(world, adder, 'added')
    // what a dishonest adder keeps: the leaf secret that it computed
    const kept = stateIn(world, leaf).secrets.get(nodeOfLeaf(leafIndex(leaf, stateIn(world, leaf).tree.leaves)))!
    const stolen = [...secretsIn(stateIn(world, adder)), kept.slice()]

    // the naive removal: only the adder's own leaf gets a new secret
    const naive = stateIn(world, 0)
    const advance = new Advance(naive)
    advance.setMember({ leaf: adder, identity: TOMBSTONE })
    publishPath(naive, advance, adder, secretOf('naive'))
    advance.finish()
    advance.install()
    const naiveGroup = { packet: sealedBy(naive), view: naive }
    expect(canRead(naiveGroup.view, stolen, naiveGroup.packet)).toBe(true)

    // this library refuses it, and with a prekey of the added member it re-keys that leaf too
    expectRefused(world.groups[0]!, 'tainted-leaf', () => world.groups[0]!.remove(adder))
    expect(world.groups[0]!.prekeysToRemove(adder)).toEqual([leaf])
    removePerson(world, 0, adder)
    expectAgreement(world.groups)
    const after = { packet: world.groups[2]!.send(utf8('after')), view: stateIn(world, 2) }
    expect(canRead(after.view, stolen, after.packet)).toBe(false)
    expect(world.groups[2]!.taintedLeaves()).toEqual([{ leaf, knownBy: 0 }])
  })

  it('the initiator can be removed at once, with a prekey of everybody', () => {
    const world = worldOf(6)
    const leafSecrets = [1, 2, 3, 4, 5].map(i =>
      stateIn(world, i)
        .secrets.get((2 * i) as never)!
        .slice(),
    )
    const stolen = [...secretsIn(stateIn(world, 0)), ...leafSecrets]
    expect(world.groups[2]!.prekeysToRemove(0)).toEqual([1, 3, 4, 5])
    removePerson(world, 2, 0)
    expectAgreement(world.groups)
    const after = { packet: world.groups[1]!.send(utf8('after')), view: stateIn(world, 1) }
    expect(canRead(after.view, stolen, after.packet)).toBe(false)
    // the remover changed its own leaf in the same message
    expect(world.groups[2]!.taintedLeaves()).toEqual([1, 3, 4, 5].map(leaf => ({ leaf, knownBy: 2 })))
    updateBy(world.groups, world.groups[4]!)
    expectAgreement(world.groups)
  })

  it('receivers refuse a removal that leaves tainted leaves, re-keys others, or uses prekeys twice', () => {
    const world = worldOf(5)
    updateBy(world.groups, world.groups[4]!)
    const insider = stateIn(world, 3)
    const prekeys = new Map([1, 2].map(leaf => [leaf, world.people[leaf]!.prekey()]))
    const { advance, remove } = composeRemove(insider, 0, prekeys)
    advance.discard()
    const receiver = world.groups[1]!
    const refused = (code: string, change: Parameters<typeof forgeRemove>[2]) => {
      expectRefused(receiver, code, () => receiver.receive(forgeRemove(insider, remove, change)))
    }
    refused('tainted-leaf', ({ rekeyed }) => ({ rekeyed: rekeyed.slice(1) }))
    refused('tainted-leaf', () => ({ rekeyed: [] }))
    refused('tainted-leaf', ({ rekeyed }) => ({ rekeyed: [...rekeyed].reverse() }))
    refused('tainted-leaf', ({ rekeyed }) => ({ rekeyed: [...rekeyed, { ...rekeyed[0]!, leafIndex: 4 }] }))
    refused('tainted-leaf', ({ rekeyed }) => ({ rekeyed: rekeyed.map(r => ({ ...r, exchange: undefined })) }))
    refused('wrong-leaf', () => ({ removed: 3 }))
    refused('wrong-leaf', () => ({ removed: 5 }))
    refused('invalid-confirmation', () => ({ confirmation: secretOf('x') }))
    const own =
      (change: object) =>
      ({ rekeyed }: typeof remove.tbm) => ({
        rekeyed: rekeyed.map(r => (r.leafIndex === 1 ? { ...r, exchange: { ...r.exchange!, ...change } } : r)),
      })
    refused('unknown-prekey', own({ prekeyId: 99 }))
    refused('unknown-prekey', own({ prekey: secretOf('x') }))
    refused('low-order-point', own({ suk: LOW_ORDER[1]! }))
    refused('path-mismatch', own({ suk: insider.tree.key(2 as never).slice() }))
    const good = forgeRemove(insider, remove, () => ({}))
    expect(receiver.receive(good)).toEqual({ kind: 'removed', sender: 3, leaf: 0, self: false })
    expectRefused(receiver, 'stale-stage', () => receiver.receive(good))
  })

  it('a member that missed a message comes back by being removed and added again', () => {
    const world = worldOf(4)
    for (const group of world.groups) updateBy(world.groups, group)
    const lost = world.groups[2]!
    // one update never arrives
    const missed = world.groups[0]!.update()
    for (const i of [1, 3]) world.groups[i]!.receive(missed)
    world.groups[0]!.accept()
    const next = world.groups[1]!.update()
    expectRefused(lost, 'missing-stage', () => lost.receive(next))
    for (const i of [0, 3]) world.groups[i]!.receive(next)
    world.groups[1]!.accept()
    const present = [0, 1, 3].map(i => world.groups[i]!)
    deliver(present, world.groups[0]!, world.groups[0]!.remove(2))
    const again = world.people[2]!
    const { add, welcome } = world.groups[3]!.add(again.member.identity, again.prekey())
    deliver(present, world.groups[3]!, add)
    expectAgreement([...present, ArtGroup.join(again, welcome)])
  })
})
