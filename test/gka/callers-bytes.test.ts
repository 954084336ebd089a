/** Bytes that callers hand over stay theirs: they may be Buffers, and be overwritten as soon as the call is over. */
import { describe, expect, it } from 'vitest'
import { CliquesMember, GkaSession, type IntermediateKeys } from '../../src/gka/index.ts'
import { lend } from '../support/lend.ts'
import { expectAgreement, expectOneKey, names, seededSuite, World } from './world.ts'

/** A world whose packets come in Buffers that are overwritten after every call, and whose sessions are stored between them. */
class LendingWorld extends World {
  override deliver({ from, bytes }: { from: string; bytes: Uint8Array }): ReturnType<World['deliver']> {
    for (const [id, session] of this.sessions) {
      const { suite } = this
      this.sessions.set(
        id,
        lend(session.save(), saved => GkaSession.load({ ...this.party(id), suite }, saved)),
      )
    }
    return lend(bytes, lent => super.deliver({ from, bytes: lent }))
  }
}

/** Points that are overwritten after the call. */
function lendPoints<T>({ members, points }: IntermediateKeys, call: (lent: IntermediateKeys) => T): T {
  const lent = points.map(point => Buffer.from(point))
  try {
    return call({ members, points: lent })
  } finally {
    for (const point of lent) point.fill(0xee)
  }
}

describe('bytes of callers', () => {
  it('sessions agree although everything they were given has been overwritten', () => {
    const world = new LendingWorld(seededSuite('callers'))
    for (const id of names(3)) world.add(id)
    const by = (id: string, packet: (session: GkaSession) => Uint8Array): void => {
      world.run(id, packet(world.at(id)))
    }
    by('member 0', session => session.start(names(3).slice(1)))
    expectAgreement(world.sessions.values())
    by('member 1', session => session.refresh())
    by('member 2', session => session.refresh())
    world.add('newcomer')
    by('member 1', session => session.include(['newcomer']))
    expectAgreement(world.sessions.values())
    expect(world.at('newcomer').members).toHaveLength(4)
  })

  it('bare members agree, and refresh from the points that they keep', () => {
    const suite = seededSuite('callers')
    const [first, second] = names(2).map(id => new CliquesMember(suite, id))
    const down = lendPoints(first!.start(['member 1']), lent => second!.joinUpflow(lent))
    lendPoints(down, lent => first!.receive(lent, 'member 0'))
    for (const [from, to] of [[first!, second!] as const, [second!, first!] as const]) {
      lendPoints(from.refresh(), lent => to.receive(lent, from.id))
      expectOneKey([first!, second!])
    }
  })
})
