/** The combined agreement as members see it: operations, order, atomicity, storage. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { createGkaSuite, GkaSession } from '../../src/gka/index.ts'
import { decodeGreeting } from '../../src/gka/packet.ts'
import { changedBy } from './forge.ts'
import { expectAgreement, expectRefused, names, type Sent, seededRandom, seededSuite, World, worldOf } from './world.ts'

function abandonAll(world: World): void {
  for (const session of world.sessions.values()) if (session.operation !== undefined) session.abandon()
}

const viewOf = (session: GkaSession) => ({
  members: session.members,
  sid: toHex(session.sid),
  chain: toHex(session.chainHash),
  key: toHex(session.exportGroupKey()),
})

describe.each([
  ['the document', {}],
  ['with key confirmation', { confirmKey: true }],
  ['with lists of contributions', { contributions: 'list' as const }],
])('%s', (_, options) => {
  it.each([2, 3, 4, 8])(
    'E039, E040, E089: %i members start, and all agree on members, session id, chain and key',
    n => {
      const world = worldOf(n, options)
      expectAgreement(world.sessions.values())
      expect(world.at('member 0').members).toEqual(names(n))
      for (const session of world.sessions.values()) expect(session.operation).toBeUndefined()
    },
  )

  it('E007, E083, E084, E085, E090: a life of a session; ids and chains never repeat', () => {
    const world = worldOf(4, options)
    const chains: string[] = []
    const sids: string[] = []
    const check = () => {
      expectAgreement(world.sessions.values())
      const any = [...world.sessions.values()][0]!
      chains.push(toHex(any.chainHash))
      sids.push(toHex(any.sid))
    }
    const leave = (by: string, gone: string[]) => {
      const packet = world.at(by).exclude(gone)
      for (const id of gone) {
        const before = toHex(world.at(id).save())
        expect(world.at(id).receive(by, packet).kind).toBe('excluded')
        expect(toHex(world.at(id).save())).toBe(before)
        world.sessions.delete(id)
      }
      world.run(by, packet)
      check()
    }
    check()
    world.run('member 2', world.at('member 2').refresh())
    check()
    world.add('x')
    world.run('member 1', world.at('member 1').include(['x']))
    check()
    leave('x', ['member 0', 'member 2'])
    for (const id of ['y', 'z', 'w']) world.add(id)
    world.run('x', world.at('x').include(['y', 'z', 'w']))
    check()
    leave('member 3', ['y', 'z', 'w'])
    world.run('x', world.at('x').refresh())
    check()
    // rejoining is joining anew
    world.add('y')
    world.run('member 3', world.at('member 3').include(['y']))
    check()
    leave('y', ['x', 'member 1', 'member 3'])
    expect(world.at('y').members).toEqual(['y'])
    expect(new Set(chains).size).toBe(chains.length)
    // two refreshes keep the id that they found
    expect(new Set(sids).size).toBe(sids.length - 2)
  })

  it('E012, E095: nothing takes effect before every member has confirmed', () => {
    const world = worldOf(4, options)
    world.add('x')
    const before = [...world.sessions.values()].filter(({ active }) => active).map(viewOf)
    const queue: Sent[] = [{ from: 'member 1', bytes: world.at('member 1').include(['x']) }]
    let packets = 0
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { outcomes, replies } = world.deliver(next)
      queue.push(...replies)
      packets++
      const done = queue.length === 0
      for (const { kind } of outcomes.values()) expect(kind === 'completed').toBe(done)
      if (!done) expect(names(4).map(id => viewOf(world.at(id)))).toEqual(before)
      if (!done) expect(world.at('x').active).toBe(false)
    }
    expect(packets).toBe(2 + 4)
    expectAgreement(world.sessions.values())
  })

  it('E037: an operation abandoned at any step leaves every member as it was, byte by byte', () => {
    const steps = 2 + 5
    for (let at = 0; at < steps; at++) {
      const world = worldOf(4, options)
      for (const id of ['x', 'y']) world.add(id)
      const before = [...world.sessions.values()].map(session => toHex(session.save()))
      const packet = world.at('member 2').include(['x', 'y'])
      world.runUntil('member 2', packet, (_sent, i) => i === at)
      for (const session of world.sessions.values()) {
        if (session.operation !== undefined) session.abandon()
        expectRefused(session, 'no-operation', () => session.abandon())
      }
      expect([...world.sessions.values()].map(session => toHex(session.save()))).toEqual(before)
      world.run('member 0', world.at('member 0').include(['x', 'y']))
      expectAgreement(world.sessions.values())
    }
  })

  it('save and load between any two packets: the operation ends as if nothing had happened', () => {
    const world = worldOf(3, options)
    world.add('x')
    const reload = () => {
      for (const [id, session] of world.sessions) {
        const saved = session.save()
        const loaded = GkaSession.load(world.party(id), saved)
        expect(toHex(loaded.save())).toBe(toHex(saved))
        expect(loaded.operation).toEqual(session.operation)
        expect(loaded.unacknowledged.map(toHex)).toEqual(session.unacknowledged.map(toHex))
        session.leave()
        world.sessions.set(id, loaded)
      }
    }
    const step = (from: string, bytes: Uint8Array) => {
      reload()
      const queue: Sent[] = [{ from, bytes }]
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        queue.push(...world.deliver(next).replies)
        reload()
      }
      expectAgreement([...world.sessions.values()].filter(({ active }) => active))
    }
    step('member 0', world.at('member 0').include(['x']))
    step('member 1', world.at('member 1').refresh())
    const packet = world.at('x').exclude(['member 2'])
    world.sessions.delete('member 2')
    step('x', packet)
    expect(world.at('x').members).toEqual(['member 0', 'member 1', 'x'])
  })
})

describe('order of operations', () => {
  it('E042, E025: of two proposals the first wins; the other is dropped, not repeated, and refused by everybody', () => {
    const world = worldOf(4)
    const [first, second] = [world.at('member 0').refresh(), world.at('member 1').exclude(['member 3'])]
    const { outcomes } = world.deliver({ from: 'member 0', bytes: first })
    expect([...outcomes.values()].map(({ proposalRejected }) => proposalRejected)).toEqual([false, true, false, false])
    expect([...outcomes.values()].every(({ kind, send }) => kind === 'completed' && send.length === 0)).toBe(true)
    expectRefused(world.at('member 1'), 'no-operation', () => world.at('member 1').receive('member 1', second))
    for (const id of ['member 0', 'member 2', 'member 3']) {
      expectRefused(world.at(id), 'stale-operation', () => world.at(id).receive('member 1', second))
    }
    expectAgreement(world.sessions.values())
    expect(world.at('member 1').operation).toBeUndefined()
  })

  it('E118: a rejected proposal is not repeated, and how often in a row it happened is told', () => {
    const world = worldOf(2)
    const bob = world.at('member 1')
    for (let i = 1; i <= 3; i++) {
      bob.refresh()
      const { outcomes, replies } = world.deliver({ from: 'member 0', bytes: world.at('member 0').refresh() })
      expect(outcomes.get('member 1')!.proposalRejected).toBe(true)
      expect([replies.length, bob.operation, bob.unacknowledged.length]).toEqual([0, undefined, 0])
      expect(bob.rejectedProposals).toBe(i)
      world.sessions.set('member 1', GkaSession.load(world.party('member 1'), bob.save()))
      expect(world.at('member 1').rejectedProposals).toBe(i)
      world.sessions.set('member 1', bob)
    }
    world.run('member 1', bob.refresh())
    expect(bob.rejectedProposals).toBe(0)
  })

  it('E042: while an operation runs no other begins', () => {
    const world = worldOf(3)
    world.add('x')
    const mine = world.at('member 2').refresh()
    world.runUntil('member 0', world.at('member 0').include(['x']), (_, i) => i === 1)
    for (const id of ['member 1', 'x']) {
      expectRefused(world.at(id), 'operation-running', () => world.at(id).receive('member 2', mine))
    }
    expectRefused(world.at('member 1'), 'operation-running', () => world.at('member 1').refresh())
    expectRefused(world.at('member 2'), 'own-message', () => world.at('member 2').receive('member 2', mine))
  })

  it('E045: refreshing and excluding down to one are one packet, initial and final at once; a joiner has the chain', () => {
    const world = worldOf(2)
    const { outcomes } = world.deliver({ from: 'member 1', bytes: world.at('member 1').refresh() })
    expect([...outcomes.values()].map(({ kind }) => kind)).toEqual(['completed', 'completed'])
    const packet = world.at('member 1').exclude(['member 0'])
    world.sessions.delete('member 0')
    expect(world.deliver({ from: 'member 1', bytes: packet }).outcomes.get('member 1')!.kind).toBe('completed')
    world.add('x')
    world.run('member 1', world.at('member 1').include(['x']))
    expectAgreement(world.sessions.values())
  })

  it('E043: a member who was shown another order does not go on with the others', () => {
    const world = worldOf(3)
    const [a, b, c] = names(3).map(id => world.at(id)) as [GkaSession, GkaSession, GkaSession]
    const [byA, byB] = [a.refresh(), b.refresh()]
    // the server shows A's refresh to A and B, and B's to C
    for (const session of [a, b]) session.receive('member 0', byA)
    c.receive('member 1', byB)
    expect(toHex(c.chainHash)).not.toBe(toHex(a.chainHash))
    const next = a.refresh()
    b.receive('member 0', next)
    expectRefused(c, 'stale-operation', () => c.receive('member 0', next))
  })

  it('E094: messages read last reach everybody; the chain hash is checked', () => {
    const world = worldOf(3)
    const seen = [1, 2].map(fill => new Uint8Array(32).fill(fill))
    const { outcomes } = world.deliver({ from: 'member 0', bytes: world.at('member 0').refresh(seen) })
    for (const { latestMessages } of outcomes.values()) expect(latestMessages.map(toHex)).toEqual(seen.map(toHex))
    expect(() => world.at('member 0').refresh([new Uint8Array(31)])).toThrow(
      expect.objectContaining({ code: 'wrong-length' }),
    )
  })

  it('E086: nobody excludes himself; who wants to leave is excluded by another', () => {
    const world = worldOf(3)
    const leaving = world.at('member 1')
    expectRefused(leaving, 'wrong-member-list', () => leaving.exclude(['member 1']))
    const packet = world.at('member 0').exclude(['member 1'])
    expect(leaving.receive('member 0', packet).kind).toBe('excluded')
    leaving.leave()
    world.sessions.delete('member 1')
    world.run('member 0', packet)
    expectAgreement(world.sessions.values())
    expect(leaving.active).toBe(false)
  })

  it('packets for others are ignored, and a newcomer waits for its own invitation', () => {
    const world = worldOf(2)
    world.add('x')
    world.add('y')
    const { outcomes } = world.deliver({ from: 'member 0', bytes: world.at('member 0').include(['x']) })
    expect(outcomes.get('y')!.kind).toBe('ignored')
    expect(outcomes.get('x')!.send.length).toBe(1)
    const log = worldOf(2)
    const refresh = log.at('member 0').refresh()
    expectRefused(world.at('y'), 'wrong-sender', () => world.at('y').receive('member 1', refresh))
    expect(world.at('y').receive('member 0', refresh).kind).toBe('ignored')
  })
})

describe('use', () => {
  it('E018: members sign with their ephemeral keys, which others know', () => {
    const world = worldOf(3)
    const content = new Uint8Array(5).fill(1)
    const signature = world.at('member 1').sign(content)
    const key = world.at('member 2').signatureKey('member 1')
    expect(world.suite.signature.verify(key, content, signature)).toBe(true)
    expect(toHex(world.at('member 0').exportEncryptionKey())).toBe(
      toHex(world.at('member 2').exportGroupKey().slice(0, 16)),
    )
    expect(() => world.at('member 0').signatureKey('x')).toThrow(expect.objectContaining({ code: 'not-a-member' }))
  })

  it('calls at the wrong time are refused', () => {
    const world = new World(seededSuite('wrong time'))
    const session = world.add('a')
    for (const attempt of [
      () => session.include(['b']),
      () => session.exclude(['b']),
      () => session.refresh(),
      () => session.sid,
      () => session.exportGroupKey(),
    ]) {
      expectRefused(session, 'not-in-session', attempt)
    }
    expectRefused(session, 'wrong-argument', () => session.start([]))
    expectRefused(session, 'duplicate-member', () => session.start(['a']))
    expectRefused(session, 'too-many-members', () => session.start(names(512)))
    session.start(['b'])
    expectRefused(session, 'operation-running', () => session.start(['c']))
    expect(() => GkaSession.load(world.party('b'), session.save())).toThrow(
      expect.objectContaining({ code: 'not-a-member' }),
    )
    const full = worldOf(3, { maxMembers: 3 })
    expectRefused(full.at('member 0'), 'too-many-members', () => full.at('member 0').include(['x']))
    expectRefused(full.at('member 0'), 'wrong-argument', () => full.at('member 0').exclude([]))
    expectRefused(full.at('member 0'), 'operation-running', () => full.at('member 0').start(['x']))
  })

  it('a saved state that was tampered with cut short or of another format is refused', () => {
    const saved = worldOf(3).at('member 1').save()
    const party = worldOf(3).party('member 1')
    for (let length = 0; length < saved.length; length += 7) {
      expect(() => GkaSession.load(party, saved.subarray(0, length))).toThrow(RejectedError)
    }
    expect(() => GkaSession.load(party, saved.with(0, 9))).toThrow(expect.objectContaining({ code: 'unknown-value' }))
  })

  it('whatever is drawn at random is public in the end, or erased: after operations, failures and leaving', () => {
    const drawn: Uint8Array[] = []
    const source = seededRandom('erased')
    const random = (out: Uint8Array<ArrayBuffer>) => {
      source(out)
      drawn.push(out)
    }
    const world = worldOf(3, {}, 'erased', createGkaSuite(createProvider({ random })))
    world.add('x')
    world.run('member 0', world.at('member 0').include(['x']))
    const spoiled = changedBy(world.at('member 1'), world.at('member 1').refresh(), ({ points }) => ({
      points: points.with(0, points[1]!),
    }))
    world.at('member 1').abandon()
    expectRefused(world.at('x'), 'repeated-point', () => world.at('x').receive('member 1', spoiled))
    world.add('y')
    world.runUntil('x', world.at('x').include(['y']), (_, i) => i === 2)
    const people = [...world.sessions.keys()]
    abandonAll(world)
    world.sessions.delete('y')
    world.run('member 2', world.at('member 2').refresh())
    // the identity keys are the test's own
    const identities = new Set(people.map(id => toHex(world.identity(id).publicKey)))
    for (const session of world.sessions.values()) session.leave()
    const sent = world.log.map(({ bytes }) => toHex(bytes)).join(' ')
    const kept = drawn.filter(bytes => bytes.some(byte => byte !== 0) && !sent.includes(toHex(bytes)))
    const keys = kept.map(bytes => toHex(world.suite.signature.publicKey(bytes)))
    expect(keys.filter(key => !identities.has(key))).toEqual([])
    expect(kept.length).toBe(people.length)
    expect(drawn.length).toBeGreaterThan(20)
  })

  it('leaving ends the session', () => {
    const world = worldOf(2)
    const session = world.at('member 0')
    session.refresh()
    session.leave()
    expect(session.active).toBe(false)
    expect(session.operation).toBeUndefined()
    expect(() => session.sign(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'not-in-session' }))
  })

  it('E093: the records of every stage of every operation', () => {
    const world = worldOf(3)
    world.add('x')
    world.run('member 1', world.at('member 1').include(['x']))
    const packet = world.at('member 0').exclude(['x'])
    world.sessions.delete('x')
    world.run('member 0', packet)
    world.run('member 2', world.at('member 2').refresh())
    const shape = world.log.map(({ bytes }) => {
      const { operation, destination, members, points, nonces, keys, order, sessionSignature } = decodeGreeting(
        bytes,
        9,
      )
      const counts = [members.length, points.length, nonces.length, keys.length]
      return [operation, destination, ...counts, order !== undefined, sessionSignature !== undefined]
    })
    expect(shape).toEqual([
      ['start', 'member 1', 3, 2, 1, 1, true, false],
      ['start', 'member 2', 3, 3, 2, 2, false, false],
      ['start', undefined, 3, 3, 3, 3, false, true],
      ['start', undefined, 3, 0, 0, 0, false, true],
      ['start', undefined, 3, 0, 0, 0, false, true],
      ['include', 'x', 4, 4, 3, 3, true, false],
      ['include', undefined, 4, 4, 4, 4, false, true],
      ['include', undefined, 4, 0, 0, 0, false, true],
      ['include', undefined, 4, 0, 0, 0, false, true],
      ['include', undefined, 4, 0, 0, 0, false, true],
      ['exclude', undefined, 3, 3, 3, 3, true, true],
      ['exclude', undefined, 3, 0, 0, 0, false, true],
      ['exclude', undefined, 3, 0, 0, 0, false, true],
      ['refresh', undefined, 3, 3, 0, 0, true, false],
    ])
    const types = world.log.map(({ bytes }) => (bytes[68 + 6 + 5 + 4]! << 8) | bytes[68 + 6 + 5 + 5]!)
    expect(types).toEqual([
      ...[0x9c, 0x1c, 0x1e, 0x1a, 0x1a, 0xad, 0x2f, 0x2b, 0x2b, 0x2b],
      ...[0xbf, 0x3b, 0x3b, 0xc7],
    ])
  })
})
