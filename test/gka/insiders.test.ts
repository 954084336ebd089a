/** Members who mean harm: packets that are signed correctly and wrong in every other way. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { GkaSession } from '../../src/gka/index.ts'
import { decodeGreeting, type GreetingPacket } from '../../src/gka/packet.ts'
import { changedBy, forged, Puppet } from './forge.ts'
import { expectAllRefuse, invitation, some } from './hostile.ts'
import { expectAgreement, expectRefused, names, seededSuite, World, worldOf } from './world.ts'

describe('members who mean harm', () => {
  it('E092, E116: an insider splits the group with a changed point; key confirmation finds it, at the first packet', () => {
    for (const confirmKey of [false, true]) {
      const world = worldOf(3, { confirmKey })
      const evil = world.at('member 0')
      const packet = evil.refresh()
      const wrong = world.suite.dh.publicKey(some(5))
      const split = changedBy(evil, packet, ({ points }) => ({ points: points.with(2, wrong) }))
      const [bob, carol] = [world.at('member 1'), world.at('member 2')]
      if (confirmKey) {
        expect(bob.receive('member 0', split).kind).toBe('progress')
        expectRefused(carol, 'invalid-session-signature', () => carol.receive('member 0', split))
        expect(bob.active && bob.operation !== undefined).toBe(true)
        bob.abandon()
        expect(toHex(bob.exportGroupKey())).toBe(toHex(carol.exportGroupKey()))
      } else {
        for (const member of [bob, carol]) expect(member.receive('member 0', split).kind).toBe('completed')
        expect(toHex(bob.exportGroupKey())).not.toBe(toHex(carol.exportGroupKey()))
        expect(toHex(bob.sid)).toBe(toHex(carol.sid))
      }
    }
  })

  it('E116: members, or values that belong to them, in another order', () => {
    const world = worldOf(3)
    world.add('x')
    world.add('y')
    const evil = world.at('member 0')
    const others = ['member 1', 'member 2']
    const refresh = evil.refresh()
    const reordered = changedBy(evil, refresh, ({ members }) => ({ members: members.toReversed() }))
    expectAllRefuse(world, others, 'wrong-member-list', 'member 0', reordered)
    evil.abandon()
    const include = evil.include(['x', 'y'])
    const swapped = changedBy(evil, include, { members: ['member 1', 'member 0', 'member 2', 'x', 'y'] })
    expectAllRefuse(world, others, 'wrong-member-list', 'member 0', swapped)
    const nonces = changedBy(evil, include, packet => ({ nonces: packet.nonces.toReversed() }))
    expectAllRefuse(world, ['member 1'], 'altered-values', 'member 0', nonces)
    expectAllRefuse(world, ['member 2'], 'own-values-altered', 'member 0', nonces)
    // the newcomer in the middle tells the last one of another order
    const {
      world: second,
      puppet,
      bytes,
      old,
    } = (() => {
      const inner = worldOf(3)
      const x = new Puppet(inner, 'x')
      const packet = inner.at('member 0').include(['x', 'y'])
      inner.deliver({ from: 'member 0', bytes: packet })
      return { world: inner, puppet: x, bytes: packet, old: names(3) }
    })()
    const last = new Puppet(second, 'y')
    const up = puppet.answer(bytes, { members: ['member 1', 'member 0', 'member 2', 'x', 'y'] })
    const down = last.answer(up.bytes)
    expectAllRefuse(second, old, 'wrong-member-list', down.from, down.bytes)
  })

  it('low-order points, points of the twist, second encodings and repeated points, on the way up and down', () => {
    const twisted = Uint8Array.of(2, ...new Uint8Array(31))
    const notCanonical = some(0xff).with(0, 0xf6).with(31, 0x7f)
    const cases: [string, Uint8Array | undefined][] = [
      ['low-order-point', some(0)],
      ['off-curve-point', twisted],
      ['invalid-public-key', notCanonical],
      ['repeated-point', undefined],
    ]
    for (const [code, bad] of cases) {
      const world = worldOf(3)
      const evil = world.at('member 0')
      const spoil = ({ points }: GreetingPacket) => ({ points: points.with(1, bad ?? points[0]!) })
      const refresh = evil.refresh()
      expectAllRefuse(world, ['member 1', 'member 2'], code, 'member 0', changedBy(evil, refresh, spoil))
      evil.abandon()
      const session = new GkaSession(world.party('x'))
      const include = changedBy(evil, evil.include(['x']), spoil)
      expectRefused(session, code, () => session.receive('member 0', include))
    }
  })

  it('wrong senders, stages and lists, correctly signed', () => {
    const world = worldOf(3)
    world.add('x')
    const [alice, bob] = [world.at('member 0'), world.at('member 1')]
    const refresh = alice.refresh()
    const refuse = (code: string, bytes: Uint8Array, from = 'member 0') =>
      expectAllRefuse(world, ['member 2'], code, from, bytes)
    const outsider = changedBy(alice, refresh, { source: 'x' })
    refuse('unknown-sender', outsider, 'x')
    const order = decodeGreeting(refresh, 9).order!
    refuse('stale-operation', changedBy(alice, refresh, { order: { ...order, previousFinal: some(1) } }))
    refuse('chain-mismatch', changedBy(alice, refresh, { order: { ...order, chainHash: some(1) } }))
    const two = ['member 0', 'member 1']
    refuse(
      'wrong-member-list',
      changedBy(alice, refresh, p => ({ members: two, points: p.points.slice(1) })),
    )
    alice.abandon()
    const exclude = alice.exclude(['member 1'])
    refuse(
      'wrong-member-list',
      changedBy(alice, exclude, p => ({ members: ['member 2', 'member 0'], points: p.points })),
    )
    // excluding a member in the name of somebody who is excluded with it
    const without = changedBy(alice, exclude, p => ({
      members: ['member 2'],
      ...{ points: p.points.slice(1), nonces: p.nonces.slice(1), keys: p.keys.slice(1) },
    }))
    refuse('wrong-member-list', without)
    const nonces = changedBy(alice, exclude, p => ({ nonces: p.nonces.with(1, some(1)) }))
    refuse('own-values-altered', nonces)
    refuse(
      'own-values-altered',
      changedBy(alice, exclude, p => ({ keys: p.keys.with(1, some(1)) })),
    )
    refuse(
      'altered-values',
      changedBy(alice, exclude, p => ({ keys: p.keys.with(0, some(1)) })),
    )
    refuse('invalid-session-signature', changedBy(alice, exclude, { sessionSignature: new Uint8Array(64) }))
    alice.abandon()
    const include = alice.include(['x'])
    refuse('wrong-sender', changedBy(alice, include, { destination: 'member 1' }))
    refuse(
      'wrong-member-list',
      changedBy(alice, include, p => ({ members: [...p.members.slice(1), 'member 0'] })),
    )
    refuse(
      'inconsistent-lengths',
      changedBy(alice, include, p => ({
        ...{ nonces: p.nonces.slice(1), keys: p.keys.slice(1), points: p.points.slice(1) },
      })),
    )
    const start = changedBy(alice, include, p => ({
      ...{ operation: 'start' as const, members: p.members, destination: 'x' },
    }))
    refuse('unexpected-packet', start)
    // x, who is in no session
    const x = world.at('x')
    expectRefused(x, 'inconsistent-lengths', () => x.receive('member 0', start))
    expectRefused(x, 'wrong-sender', () =>
      x.receive('member 0', changedBy(alice, include, { destination: 'member 1' })),
    )
    alice.abandon()
    const down = changedBy(bob, bob.exclude(['member 2']), { members: ['member 0', 'x'] })
    expectRefused(x, 'not-in-session', () => x.receive('member 1', down))
  })

  it('stages out of turn: second answers, confirmations before their time and twice, of those who are not there', () => {
    const { world, puppet, bytes, old } = invitation()
    const others = ['member 1', 'member 2']
    const answer = puppet.answer(bytes)
    const confirm = changedBy(world.at('member 1'), bytes, {
      ...{ source: 'member 1', destination: undefined, points: [], nonces: [], keys: [], order: undefined },
      sessionSignature: new Uint8Array(64),
    })
    expectAllRefuse(world, ['member 0', 'member 2'], 'wrong-stage', 'member 1', confirm)
    const { replies } = world.deliver(answer)
    expectAllRefuse(world, old, 'wrong-stage', answer.from, answer.bytes)
    expectAllRefuse(world, ['member 0', 'member 2'], 'invalid-session-signature', 'member 1', confirm)
    const stranger = changedBy(world.at('member 1'), confirm, { source: 'nobody' })
    expectAllRefuse(world, old, 'unknown-sender', 'nobody', stranger)
    const right = replies.find(({ from }) => from === 'member 1')!
    world.deliver(right)
    expectAllRefuse(world, ['member 0', 'member 2'], 'wrong-stage', 'member 1', right.bytes)
    expectRefused(world.at('member 1'), 'own-message', () => world.at('member 1').receive('member 1', right.bytes))
    for (const reply of replies) if (reply !== right) world.deliver(reply)
    expectAgreement(world.sessions.values())
    expect(others.every(id => world.at(id).members.includes('x'))).toBe(true)
  })

  it('a downflow that does not come from the last member, or comes before the own turn', () => {
    const world = new World(seededSuite('skipped'))
    for (const id of names(3)) world.add(id)
    const puppet = new Puppet(world, 'member 3')
    const first = world.at('member 0').start(['member 1', 'member 2', 'member 3'])
    world.deliver({ from: 'member 0', bytes: first })
    // the last member makes everything up, without asking members 1 and 2
    const lists = decodeGreeting(first, 9)
    const points = Array.from({ length: 4 }, (_, i) => world.suite.dh.publicKey(some(i + 1)))
    const keys = [...lists.keys, some(1), some(2)]
    const skipped = puppet.answer(
      forged(
        first,
        { nonces: [...lists.nonces, some(1), some(2)], keys, points, destination: 'member 3' },
        () => new Uint8Array(64),
      ),
    )
    expectAllRefuse(world, ['member 1', 'member 2'], 'own-values-altered', skipped.from, skipped.bytes)
    const { destination, source } = lists
    expect([source, destination]).toEqual(['member 0', 'member 1'])
    expectAllRefuse(
      world,
      ['member 1'],
      'wrong-sender',
      'member 2',
      forged(skipped.bytes, { source: 'member 2' }, () => new Uint8Array(64)),
    )
  })
})
