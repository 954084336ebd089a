/** Every attack that the specification names, and hostile packets of every kind: one error each, and nothing changes. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { createProvider } from '../../src/crypto/index.ts'
import {
  AskeMember,
  CliquesMember,
  createGkaSuite,
  GkaSession,
  groupKeyOf,
  historicalSessionId,
} from '../../src/gka/index.ts'
import { decodeGreeting, type GreetingPacket } from '../../src/gka/packet.ts'
import { changedBy, forged, Puppet } from './forge.ts'
import { expectAgreement, expectRefused, names, type Sent, seededRandom, seededSuite, World, worldOf } from './world.ts'

const some = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)

/** Tries a packet on members; each must refuse it with the code and stay as it was. */
function expectAllRefuse(world: World, ids: readonly string[], code: string, from: string, bytes: Uint8Array): void {
  for (const id of ids) expectRefused(world.at(id), code, () => world.at(id).receive(from, bytes))
}

/** An inclusion of x by member 0 that has come to x, who is the test's own. */
function invitation() {
  const world = worldOf(3)
  const puppet = new Puppet(world, 'x')
  const bytes = world.at('member 0').include(['x'])
  world.deliver({ from: 'member 0', bytes })
  return { world, puppet, bytes, old: names(3) }
}

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

describe('leaks', () => {
  it('E083: a joiner cannot get at the key before it, from its state and all packets', () => {
    const world = worldOf(4)
    const before = toHex(world.at('member 0').exportGroupKey())
    const puppet = new Puppet(world, 'x')
    const bytes = world.at('member 2').include(['x'])
    world.deliver({ from: 'member 2', bytes })
    const answer = puppet.answer(bytes)
    for (const reply of world.deliver(answer).replies) world.deliver(reply)
    const scalars = puppet.cliques.state().contributions
    const points = world.log.flatMap(sent => decodeGreeting(sent.bytes, 9).points)
    const keys = new Set<string>()
    for (const point of points) {
      keys.add(toHex(groupKeyOf(world.suite, point)))
      for (const scalar of scalars) keys.add(toHex(groupKeyOf(world.suite, world.suite.dh.shared(scalar, point))))
    }
    expect(keys.has(before)).toBe(false)
    expect(keys.has(toHex(world.at('member 0').exportGroupKey()))).toBe(true)
  })

  it('E084: an excluded member, with its whole state and all packets, is out', () => {
    const world = worldOf(4)
    const gone = world.at('member 1')
    const packet = world.at('member 0').exclude(['member 1'])
    world.sessions.delete('member 1')
    world.run('member 0', packet)
    for (const { from, bytes } of world.log.slice(-4)) {
      try {
        gone.receive(from, bytes)
      } catch (error) {
        expect(error).toMatchObject({ name: 'RejectedError' })
      }
    }
    expect(toHex(gone.exportGroupKey())).not.toBe(toHex(world.at('member 0').exportGroupKey()))
    // nor is it heard
    gone.receive('member 0', packet)
    const own = gone.refresh()
    expectAllRefuse(world, ['member 0', 'member 2', 'member 3'], 'stale-operation', 'member 1', own)
    const order = decodeGreeting(world.at('member 2').refresh(), 9).order
    expectAllRefuse(world, ['member 0', 'member 3'], 'unknown-sender', 'member 1', changedBy(gone, own, { order }))
  })

  it('E022: with a leaked identity key the subsession goes on unread, and only its owner can be played in a new one', () => {
    const world = worldOf(3)
    const own = world.at('member 1').refresh()
    // the thief has the identity key of member 1, not its ephemeral key
    const thief = world.identity('member 1')
    const fake = forged(own, {}, content => thief.sign(content))
    expectAllRefuse(world, ['member 0', 'member 2'], 'invalid-signature', 'member 1', fake)
    // invited by a member that believes it, the thief is member 1 to them
    const puppet = new Puppet(world, 'member 1 again')
    const bytes = world.at('member 0').include(['member 1 again'])
    world.at('member 1').abandon()
    world.deliver({ from: 'member 0', bytes })
    for (const reply of world.deliver(puppet.answer(bytes)).replies) world.deliver(reply)
    expect(world.at('member 0').members.length).toBe(4)
    // as another member, whose key it does not have, it is not confirmed
    const { world: second, bytes: invite, old } = invitation()
    const impostor = new Puppet(second, 'x')
    const signer = second.identity('impostor')
    const lie = impostor.answer(invite, ({ sessionSignature }) => ({
      sessionSignature: sessionSignature && impostor.aske.acknowledge(signer),
    }))
    expectAllRefuse(second, old, 'invalid-session-signature', 'x', lie.bytes)
  })

  it('E023: with a leaked session state the thief is its owner until exclusion, and nobody else', () => {
    const world = worldOf(3)
    const party = world.party('member 1')
    const stolen = GkaSession.load(party, world.at('member 1').save())
    const packet = stolen.refresh()
    const asOther = changedBy(stolen, packet, { source: 'member 2' })
    expectAllRefuse(world, ['member 0'], 'invalid-signature', 'member 2', asOther)
    // sessions that are closed: the state holds nothing of them
    const before = worldOf(3, {}, 'another session')
    const saved = toHex(stolen.save())
    expect(saved).not.toContain(toHex(before.at('member 1').exportGroupKey()))
    const gone = world.at('member 0').exclude(['member 1'])
    expect(stolen.receive('member 0', gone).kind).toBe('excluded')
    world.sessions.delete('member 1')
    world.run('member 0', gone)
    expectAllRefuse(world, ['member 0', 'member 2'], 'stale-operation', 'member 1', packet)
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
