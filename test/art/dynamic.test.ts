/** ART section 7: members come and go, and nobody keeps a secret of a leaf that is not theirs. */
import { describe, expect, it } from 'vitest'
import { composeAdd } from '../../src/art/add.ts'
import { ArtGroup } from '../../src/art/index.ts'
import { ArtPacket } from '../../src/art/wire.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { canRead, secretsIn } from './attacker.ts'
import { forgeAdd, forgeWelcome, LOW_ORDER, NON_CANONICAL, secretOf, stateOf, withKey } from './forge.ts'
import { addPerson, prekeysFor, removePerson, stateIn } from './membership.ts'
import { deliver, expectAgreement, expectRefused, type Person, partyOf, person, updateBy, worldOf } from './world.ts'

describe('add', () => {
  it.each([2, 3, 4, 5, 7, 8])('A15: a group of %i grows by members who are offline, added by anybody', n => {
    const world = worldOf(n)
    for (let i = 0; i < 4; i++) {
      const adder = (3 * i + 1) % world.groups.length
      const leaf = addPerson(world, adder, `new ${i}`)
      expect(leaf).toBe(n + i)
      expectAgreement(world.groups)
      expect(world.groups[0]!.taintedLeaves()).toContainEqual({ leaf, knownBy: adder })
      expect(world.groups[leaf]!.taintedLeaves()).toEqual(world.groups[0]!.taintedLeaves())
    }
    for (const group of world.groups) updateBy(world.groups, group)
    expectAgreement(world.groups)
    expect(world.groups[0]!.taintedLeaves()).toEqual([])
  })

  it('A26: nobody but the actor is needed: everybody else processes the message whenever they come', () => {
    const world = worldOf(5)
    const newcomer = person(world.suite, 'late')
    const { identity, prekey } = newcomer.invite()
    const { add, welcome } = world.groups[4]!.add(identity, prekey)
    world.groups[4]!.accept()
    const joined = ArtGroup.join(newcomer, welcome)
    const packet = joined.update()
    joined.accept()
    world.groups[4]!.receive(packet)
    for (const group of world.groups.slice(0, 4)) {
      group.receive(add)
      group.receive(packet)
    }
    expectAgreement([...world.groups, joined])
  })

  it('a new member cannot read the stage before, and its adder can read until it updates', () => {
    const world = worldOf(4)
    const past = { packet: world.groups[0]!.send(utf8('past')), view: stateIn(world, 0) }
    const leaf = addPerson(world, 1, 'new')
    const joined = secretsIn(stateIn(world, leaf))
    expect(canRead(past.view, joined, past.packet)).toBe(false)
    const now = { packet: world.groups[0]!.send(utf8('now')), view: stateIn(world, 0) }
    expect(canRead(now.view, joined, now.packet)).toBe(true)
  })

  it('the leaf of a removed member is given to the next one', () => {
    const world = worldOf(5)
    for (const group of world.groups) updateBy(world.groups, group)
    removePerson(world, 0, 2)
    expect(addPerson(world, 3, 'replacement')).toBe(2)
    expect(world.groups[0]!.size).toBe(5)
    expectAgreement(world.groups)
    updateBy(world.groups, world.groups[2]!)
    expectAgreement(world.groups)
  })

  it('refuses wrong leaves, names, keys and confirmations', () => {
    const world = worldOf(4)
    const insider = stateIn(world, 1)
    const receiver = world.groups[2]!
    const newcomer = person(world.suite, 'new', 40)
    const refused = (code: string, change: Parameters<typeof forgeAdd>[2]) => {
      expectRefused(receiver, code, () => receiver.receive(forgeAdd(insider, newcomer, change)))
    }
    const { identity } = newcomer.member
    refused('wrong-leaf', () => ({ leafIndex: 5 }))
    refused('wrong-leaf', () => ({ leafIndex: 3 }))
    refused('unknown-sender', () => ({ sender: 4 }))
    refused('invalid-signature', () => ({ sender: 0 }))
    refused('duplicate-member', () => ({ identity: { ...identity, id: utf8('member 3') } }))
    refused('invalid-identity', () => ({ identity: { ...identity, id: new Uint8Array(0) } }))
    refused('low-order-point', () => ({ suk: LOW_ORDER[2]! }))
    refused('invalid-public-key', () => ({ identity: { ...identity, kxKey: NON_CANONICAL[0]! } }))
    refused('low-order-point', ({ path }) => ({ path: withKey(path, 0, LOW_ORDER[0]!) }))
    // the new leaf hangs below the root, whose key nobody publishes: only the stage key can tell
    refused('invalid-confirmation', ({ path, suk }) => ({ path: withKey(path, 0, suk) }))
    refused('wrong-path-length', ({ path }) => ({ path: path.subarray(32) }))
    refused('invalid-confirmation', () => ({ confirmation: secretOf('x') }))
    // another identity than the one the path was made for changes the stage context
    refused('invalid-confirmation', () => ({ identity: { ...identity, id: utf8('other') } }))
    const suspicious = stateOf(receiver, world.people[2]!)
    expect(suspicious.stage).toBe(0n)
    expect(() => world.groups[1]!.add(world.people[3]!.member.identity, world.people[3]!.prekey())).toThrow(
      expect.objectContaining({ code: 'duplicate-member' }),
    )
    const { prekey } = newcomer.invite()
    expectRefused(world.groups[1]!, 'invalid-signature', () =>
      world.groups[1]!.add({ ...identity, sigKey: LOW_ORDER[1]! }, prekey),
    )
  })

  it('a welcome is refused unless all of it fits together', () => {
    const world = worldOf(4)
    const newcomer = person(world.suite, 'new')
    const { identity, prekey } = newcomer.invite()
    const { welcome } = world.groups[1]!.add(identity, prekey)
    const adder = world.people[1]!
    const before = newcomer.prekeys.save()
    const refused = (code: string, packet: Uint8Array, who: Person = newcomer, policy = {}) => {
      expect(() => ArtGroup.join({ ...who, policy }, packet)).toThrow(expect.objectContaining({ code }))
      expect(newcomer.prekeys.save()).toEqual(before)
    }
    const forged = (change: Parameters<typeof forgeWelcome>[2]) => forgeWelcome(adder, welcome, change)
    for (let at = 5; at < welcome.length; at += 11) {
      const changed = welcome.slice()
      changed[at]! ^= 4
      expect(() => ArtGroup.join(newcomer, changed), `byte ${at}`).toThrow()
    }
    refused('not-a-member', welcome, person(world.suite, 'somebody'))
    refused(
      'not-a-member',
      forged(() => ({ leafIndex: 3 })),
    )
    refused(
      'unknown-sender',
      forged(() => ({ sender: 4 })),
    )
    refused(
      'unknown-sender',
      forged(() => ({ sender: 9 })),
    )
    refused(
      'unknown-sender',
      forged(({ info }) => ({ taint: Uint32Array.from(info.taint, () => 7) })),
    )
    refused(
      'inconsistent-lengths',
      forged(({ info }) => ({ taint: info.taint.subarray(1) })),
    )
    refused(
      'inconsistent-lengths',
      forged(({ info }) => ({ tree: info.tree.subarray(32) })),
    )
    refused(
      'invalid-signature',
      forged(() => ({ sender: 0 })),
    )
    refused('unknown-identity', welcome, { ...newcomer, authenticate: () => false })
    refused('policy-mismatch', welcome, newcomer, { kx: 'four_dh' })
    refused(
      'unknown-prekey',
      forged(() => ({ prekeyId: 3 })),
    )
    refused(
      'low-order-point',
      forged(() => ({ suk: LOW_ORDER[3]! })),
    )
    // the stage key is sealed to exactly this content
    refused(
      'invalid-tag',
      forged(() => ({ stage: 2n })),
    )
    refused(
      'invalid-tag',
      forged(() => ({ confirmation: secretOf('x') })),
    )
    refused(
      'invalid-tag',
      forged(({ info }) => ({ tree: withKey(info.tree, 2, info.suk) })),
    )
    refused('unexpected-packet', world.groups[0]!.send(utf8('text')))
    expect(ArtGroup.join(newcomer, welcome).stage).toBe(1n)
  })
})

describe('changes that wait for the delivery service', () => {
  it('survive save and load, whatever they are, and can then be accepted or discarded', () => {
    // a full tree, which an added leaf makes higher, and one with room
    for (const n of [4, 5]) {
      const world = worldOf(n)
      const newcomer = person(world.suite, 'new')
      const { identity, prekey } = newcomer.invite()
      const reload = (i: number): void => {
        const saved = world.groups[i]!.save()
        world.groups[i] = ArtGroup.load(partyOf(world.people[i]!), saved)
        expect(world.groups[i]!.save()).toEqual(saved)
      }
      const untouched = world.groups[1]!.save()
      world.groups[1]!.add(identity, prekey)
      reload(1)
      expect(world.groups[1]!.pending).toBe('add')
      world.groups[1]!.discard()
      expect(world.groups[1]!.save()).toEqual(untouched)

      const { add, welcome } = world.groups[1]!.add(identity, prekey)
      reload(1)
      expect(world.groups[1]!.pendingPacket).toEqual(add)
      deliver(world.groups, world.groups[1]!, add)
      world.groups.push(ArtGroup.join(newcomer, welcome))
      world.people.push(newcomer)
      expectAgreement(world.groups)

      const packet = world.groups[2]!.remove(1, prekeysFor(world, 2, 1))
      reload(2)
      deliver(world.groups, world.groups[2]!, packet)
      expectAgreement(world.groups)
      const both = world.groups[3]!.updateWithMessage(utf8('text'))
      reload(3)
      deliver(world.groups, world.groups[3]!, both)
      expectAgreement(world.groups)
      expect(world.groups[0]!.receive(world.groups[3]!.send(utf8('next')))).toMatchObject({
        message: { generation: 1 },
      })
    }
  })
})

describe('a dishonest adder', () => {
  it('cannot give the new member another stage key than the group has without being noticed', () => {
    const world = worldOf(4)
    const newcomer = person(world.suite, 'new')
    const { identity, prekey } = newcomer.invite()
    const adder = stateIn(world, 1)
    const { aead } = adder.suite
    const lying = {
      ...aead,
      seal: (...[key, nonce, aad]: Parameters<typeof aead.seal>) => aead.seal(key, nonce, aad, secretOf('lie')),
    }
    const { welcome } = composeAdd({ ...adder, suite: { ...adder.suite, aead: lying } }, identity, prekey)
    const packet = encode(ArtPacket, { type: 'welcome', welcome })
    expect(() => ArtGroup.join(newcomer, packet)).toThrow(expect.objectContaining({ code: 'invalid-confirmation' }))
    expect(newcomer.prekeys.count).toBe(4)
  })
})
