/** Attacks that the specification names: in the middle, by replay, by garbage: one error each, and nothing changes. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { AskeMember, CliquesMember, createGkaSuite, GkaSession, historicalSessionId } from '../../src/gka/index.ts'
import { decodeGreeting } from '../../src/gka/packet.ts'
import { changedBy, forged, Puppet } from './forge.ts'
import { expectAllRefuse, invitation, some } from './hostile.ts'
import { expectAgreement, expectRefused, names, type Sent, seededRandom, seededSuite, World, worldOf } from './world.ts'

describe('somebody in the middle', () => {
  it('E082, E095: any byte of any packet changed on the way is refused, and the operation goes on with the right one', () => {
    const world = worldOf(2)
    world.add('x')
    const queue: Sent[] = [{ from: 'member 0', bytes: world.at('member 0').include(['x']) }]
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { from, bytes } = next
      for (const [id, session] of world.sessions) {
        if (id === from) continue
        const before = toHex(session.save())
        for (let at = 0; at < bytes.length; at += 5) {
          let outcome: string | undefined
          try {
            outcome = session.receive(from, bytes.with(at, bytes[at]! ^ 1)).kind
          } catch (error) {
            expect(error).toMatchObject({ name: 'RejectedError' })
          }
          // what names another addressee is none of our business
          expect([undefined, 'ignored']).toContain(outcome)
        }
        expect(toHex(session.save())).toBe(before)
      }
      queue.push(...world.deliver(next).replies)
    }
    expectAgreement(world.sessions.values())
  })

  it('E082, E091: points, nonces and signature keys of a newcomer replaced with a key of the attacker', () => {
    const attacker = seededSuite('attacker').signature.signer(some(66))
    const sign = (content: Uint8Array) => attacker.sign(content)
    for (const [field, code] of [
      ['points', 'invalid-session-signature'],
      ['nonces', 'invalid-session-signature'],
      ['keys', 'invalid-session-signature'],
    ] as const) {
      const { world, puppet, bytes, old } = invitation()
      const { from, bytes: down } = puppet.answer(bytes)
      // the attacker signs with a key of its own and says it is the newcomer's
      const fake = forged(
        down,
        packet => ({
          [field]: packet[field].with(3, field === 'points' ? world.suite.dh.publicKey(some(3)) : some(3)),
          keys: packet.keys.with(3, attacker.publicKey),
        }),
        sign,
      )
      expectAllRefuse(world, old, code, from, fake)
      // with the newcomer's key in the list, the signature is not the newcomer's
      const other = forged(down, packet => ({ [field]: packet[field].with(3, some(3)), keys: packet.keys }), sign)
      if (field !== 'keys') expectAllRefuse(world, old, 'invalid-signature', from, other)
    }
  })

  it('E091: values of the way up replaced before they come down: their owner notices, and so does who saw them', () => {
    const attacker = seededSuite('attacker').signature.signer(some(66))
    for (const field of ['nonces', 'keys'] as const) {
      const world = new World(seededSuite('mitm'))
      for (const id of names(2)) world.add(id)
      const puppet = new Puppet(world, 'member 2')
      const first = world.at('member 0').start(['member 1', 'member 2'])
      const { replies } = world.deliver({ from: 'member 0', bytes: first })
      world.deliver(replies[0]!)
      // on the way from member 1 to member 2
      const fake = forged(
        replies[0]!.bytes,
        packet => ({ [field]: packet[field].with(1, some(4)), keys: packet.keys.with(1, attacker.publicKey) }),
        content => attacker.sign(content),
      )
      const { from, bytes } = puppet.answer(fake)
      expectAllRefuse(world, ['member 1'], 'own-values-altered', from, bytes)
      world.at('member 1').abandon()
      expect(world.at('member 1').active).toBe(false)
    }
  })

  it('E016, E095: unsigned packets, and packets signed by another member', () => {
    const world = worldOf(3)
    const bytes = world.at('member 0').refresh()
    const others = ['member 1', 'member 2']
    const unsigned = bytes.subarray(68)
    expectAllRefuse(world, others, 'unexpected-record', 'member 0', unsigned)
    expectAllRefuse(world, others, 'invalid-signature', 'member 0', changedBy(world.at('member 1'), bytes, {}))
    expectAllRefuse(world, others, 'wrong-sender', 'member 1', bytes)
  })
})

describe('replays', () => {
  it('E019: every packet of every operation before is refused by everybody, at rest and during an operation', () => {
    const world = worldOf(3)
    world.add('x')
    world.run('member 1', world.at('member 1').include(['x']))
    world.run('member 2', world.at('member 2').refresh())
    const gone = world.at('member 0').exclude(['x'])
    world.sessions.delete('x')
    world.run('member 0', gone)
    const old = world.log.slice()
    const replay = () => {
      for (const { from, bytes } of old) {
        for (const [id, session] of world.sessions) {
          const before = toHex(session.save())
          let code: string | undefined
          let kind: string | undefined
          try {
            kind = session.receive(from, bytes).kind
          } catch (error) {
            code = (error as { code: string }).code
          }
          expect(toHex(session.save())).toBe(before)
          const codes = ['no-operation', 'stale-operation', 'unexpected-packet', 'own-message', 'operation-running']
          const during = ['wrong-stage', 'wrong-member-list', 'wrong-sender', 'invalid-session-signature']
          expect([...codes, ...during, 'altered-values', 'own-values-altered'], `${id} ${kind}`).toContain(code)
        }
      }
    }
    replay()
    world.add('x')
    const packet = world.at('member 1').include(['x'])
    const fresh = world.at('x')
    world.sessions.delete('x')
    world.deliver({ from: 'member 1', bytes: packet })
    replay()
    world.sessions.set('x', fresh)
    const answer = fresh.receive('member 1', packet).send[0]!
    world.run('x', answer)
    expectAgreement(world.sessions.values())
  })

  it('E019: an initiator that replays a whole session with the same nonces is found out', () => {
    const world = worldOf(3)
    const [alice, bob] = [world.at('member 0'), world.at('member 1')]
    // Alice excludes nobody she could be found out by, and keeps her nonce: the members are the same, and so would be the id
    const puppet = new Puppet(world, 'x')
    const bytes = alice.include(['x'])
    world.deliver({ from: 'member 0', bytes })
    const { from, bytes: down } = puppet.answer(bytes)
    const { replies } = world.deliver({ from, bytes: down })
    // x confirmed with its answer; the rest confirm now
    for (const reply of replies) world.deliver(reply)
    expect(alice.members).toContain('x')
    const packet = alice.exclude(['x'])
    const nonces = decodeGreeting(world.log[2]!.bytes, 9).nonces
    const stale = changedBy(alice, packet, { nonces })
    expectRefused(bob, 'session-id-reused', () => bob.receive('member 0', stale))
  })
})

describe('cost of garbage', () => {
  it('E010: a packet of wrong shape costs nothing, a forged one a single verification, and neither a multiplication', () => {
    const counting = countOperations(createProvider({ random: seededRandom('garbage') }))
    const world = worldOf(8, {}, 'garbage', createGkaSuite(counting))
    const refresh = world.at('member 0').refresh()
    const bob = world.at('member 1')
    const cost = (bytes: Uint8Array) =>
      counting.during(() =>
        expect(() => bob.receive('member 0', bytes)).toThrow(expect.objectContaining({ name: 'RejectedError' })),
      )
    const nothing = { dh: 0, base: 0, sign: 0, verify: 0, hash: 0, kdf: 0 }
    expect(cost(refresh.subarray(0, -1))).toMatchObject(nothing)
    expect(
      cost(changedBy(world.at('member 0'), refresh, ({ members }) => ({ members: members.toReversed() }))),
    ).toMatchObject(nothing)
    expect(cost(refresh.with(10, refresh[10]! ^ 1))).toMatchObject({ ...nothing, verify: 1 })
    const include = world.at('member 0')
    include.abandon()
    const x = new GkaSession(world.party('x'))
    const bytes = include.include(['x'])
    const forgedInvite = bytes.with(10, bytes[10]! ^ 1)
    const joining = counting.during(() => expect(() => x.receive('member 0', forgedInvite)).toThrow())
    expect(joining).toMatchObject({ ...nothing, verify: 1 })
  })

  it('E010: more members than allowed are refused before anything is computed', () => {
    const world = worldOf(3)
    const include = world.at('member 0').include(['x'])
    const members = [...names(3), ...Array.from({ length: 510 }, (_, i) => `x${i}`)]
    const many = changedBy(world.at('member 0'), include, { members, destination: 'x0' })
    expectAllRefuse(world, ['member 1'], 'unexpected-record', 'member 0', many)
  })
})

it('E089: with the id of the document a man in the middle moves a letter from one name to the next; not with this one', () => {
  const suite = seededSuite('letters')
  const alice = new AskeMember(suite, 'ab')
  const lists = alice.start(['c'])
  const full = new AskeMember(suite, 'c').joinUpflow(lists)
  const moved = { ...full, members: ['a', 'bc'] }
  expect(toHex(historicalSessionId(suite, full))).toBe(toHex(historicalSessionId(suite, moved)))
  alice.receive(full, undefined)
  const bob = AskeMember.restore(suite, 'bc', {}, { ...moved, seed: some(1), sid: undefined })
  expect(toHex(bob.sid)).not.toBe(toHex(alice.sid))
  expect(new CliquesMember(suite, 'bc').ready).toBe(false)
})
