/** What leaked keys and states open, and what they do not. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { GkaSession, groupKeyOf } from '../../src/gka/index.ts'
import { decodeGreeting } from '../../src/gka/packet.ts'
import { changedBy, forged, Puppet } from './forge.ts'
import { expectAllRefuse, invitation } from './hostile.ts'
import { worldOf } from './world.ts'

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
