/**
 * What a stolen state is worth. The thief has an exact copy of everything that a client holds, made by running the same history a second time,
 * gets every packet, and uses the protocol's own code. Each property that a protocol claims is the outcome of one of these.
 */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { Driver, type GroupProtocol, pairwise, type TranscriptEntry } from '../../src/compare/index.ts'
import { defaultProvider } from '../../src/crypto/index.ts'
import { PROTOCOLS } from './protocols.ts'
import { names, readBy, say, update } from './world.ts'

type Script<S> = (driver: Driver<S>) => void

const VICTIM = 'member 2'

/** A group in which everybody has spoken, and been answered. */
function play<S>(protocol: GroupProtocol<S>, script: Script<S>): Driver<S> {
  const driver = new Driver(protocol, { seed: 'leaks', provider: defaultProvider() })
  driver.run('member 0', { kind: 'create', others: names(4).slice(1) })
  for (const id of [...names(4), ...names(4)]) driver.run(id, say('chat'))
  script(driver)
  return driver
}

/** The same client in the same state, in the hands of a thief. */
function stolen<S>(protocol: GroupProtocol<S>, script: Script<S>): { real: Driver<S>; copy: S } {
  const real = play(protocol, script)
  const twin = play(protocol, script)
  expect(toHex(twin.transcript.encode())).toBe(toHex(real.transcript.encode()))
  return { real, copy: twin.person(VICTIM).state }
}

/** What the thief reads of these packets, in whatever order helps. */
function readings<S>(protocol: GroupProtocol<S>, copy: S, packets: readonly TranscriptEntry[]): string[] {
  const read: string[] = []
  for (const order of [packets, packets.slice().reverse(), packets]) {
    for (const { from, bytes } of order) {
      try {
        const { events } = protocol.receive(copy, from, bytes)
        for (const event of events) if (event.kind === 'message') read.push(new TextDecoder().decode(event.plaintext))
      } catch {
        // a thief tries everything
      }
    }
  }
  return read
}

const sentBy = <S>(driver: Driver<S>, from = 0): TranscriptEntry[] =>
  driver.transcript.entries.slice(from).filter(({ what }) => what === 'sent')

/** A list of what has been read already keeps nobody from reading it again who has stolen it: CLIQUES keeps one. */
function forgetReadings(state: unknown): void {
  if (typeof state === 'object' && state !== null && 'read' in state && state.read instanceof Set) state.read.clear()
}

describe('pairwise', () => {
  it('where everybody has updated before anybody answered, the next update heals both ways all the same', () => {
    const { real, copy } = stolen(pairwise, driver => {
      for (const id of names(4)) driver.run(id, update)
      for (const id of [...names(4), ...names(4)]) driver.run(id, say('chat'))
    })
    const theft = real.transcript.entries.length
    real.run(VICTIM, update)
    for (const id of names(4)) real.run(id, say(`from ${id}`))
    const read = readings(pairwise, copy, sentBy(real, theft))
    expect(read).toEqual([])
  })
})

describe.each(PROTOCOLS.map(protocol => [protocol.name, protocol] as const))('%s', (_, protocol) => {
  const { forwardSecrecy, postCompromiseSecurity, deniable, needsTotalOrder } = protocol.traits

  it('control: a stolen state opens what is sent after the theft', () => {
    const { real, copy } = stolen(protocol, () => {})
    const theft = real.transcript.entries.length
    real.run('member 1', say('after the theft'))
    expect(readings(protocol, copy, sentBy(real, theft))).toContain('after the theft')
  })

  it(`forward secrecy: a state stolen after reading ${forwardSecrecy ? 'does not open' : 'opens'} what was read`, () => {
    const { real, copy } = stolen(protocol, driver => driver.run('member 1', say('read before')))
    expect(readBy(real, VICTIM)).toContain('member 1: read before')
    const restored = storedAnew(protocol, real, copy)
    forgetReadings(restored)
    expect(readings(protocol, restored, sentBy(real)).includes('read before')).toBe(!forwardSecrecy)
  })

  it(`post-compromise security: after the victim's update it ${postCompromiseSecurity ? 'opens nothing' : 'still opens something'}`, () => {
    const { real, copy } = stolen(protocol, () => {})
    const theft = real.transcript.entries.length
    real.run(VICTIM, update)
    for (const id of names(4)) real.run(id, say(`healed, says ${id}`))
    expect(readBy(real, 'member 0').slice(-3)).toEqual(
      ['member 1', VICTIM, 'member 3'].map(id => `${id}: healed, says ${id}`),
    )
    const read = readings(protocol, copy, sentBy(real, theft))
    expect(read.length === 0).toBe(postCompromiseSecurity)
    // whoever changed its keys is safe in any case
    expect(read).not.toContain(`healed, says ${VICTIM}`)
  })

  it(`deniability: messages are ${deniable ? 'not signed' : 'signed'}`, () => {
    const { real } = stolen(protocol, () => {})
    // the first message of all may bring keys along; the second is a message and nothing else
    real.run('member 1', say('first'))
    const { actor, others } = real.run('member 1', say('on record'))
    expect(actor.counts.sign > 0).toBe(!deniable)
    expect(others.total.verify > 0).toBe(!deniable)
  })

  it(`order: two updates at once, taken in different orders, ${needsTotalOrder ? 'part' : 'do not part'} the group`, () => {
    const driver = play(protocol, () => {})
    const [a, b, c, d] = names(4).map(id => driver.person(id).state)
    // where even messages have their place in the order, two of them are enough
    const inLockStep = protocol.send(play(protocol, () => {}).person('member 0').state, utf8('?')).out[0]!.ordered
    const packetsOf = (state: unknown) =>
      (inLockStep === false ? protocol.update(state) : protocol.send(state, utf8('at once'))).out
    const byA = packetsOf(a).map(packet => ({ ...packet, from: 'member 0' }))
    const byB = packetsOf(b).map(packet => ({ ...packet, from: 'member 1' }))
    const give = (state: unknown, id: string, packets: typeof byA) => {
      for (const { to, from, bytes } of packets) {
        if (to !== 'all' && !to.includes(id)) continue
        try {
          protocol.receive(state, from, bytes)
        } catch (error) {
          expect(error).toMatchObject({ name: 'RejectedError' })
        }
      }
    }
    give(c, 'member 2', [...byA, ...byB])
    give(d, 'member 3', [...byB, ...byA])
    const reads = (by: number): number => {
      const { out } = protocol.send([a, b, c, d][by], utf8('can you read this?'))
      let count = 0
      for (const { to, bytes } of out) {
        for (const at of [2, 3].filter(other => other !== by)) {
          if (to !== 'all' && !to.includes(`member ${at}`)) continue
          try {
            count += protocol
              .receive([a, b, c, d][at], `member ${by}`, bytes)
              .events.filter(e => e.kind === 'message').length
          } catch (error) {
            expect(error).toMatchObject({ name: 'RejectedError' })
          }
        }
      }
      return count
    }
    const together = toHex(protocol.epochId(c)) === toHex(protocol.epochId(d)) && reads(2) === 1 && reads(3) === 1
    expect(together).toBe(!needsTotalOrder)
  })
})

/** What a thief of the stored form has: reading leaves traces in memory that are gone there. */
function storedAnew<S>(protocol: GroupProtocol<S>, driver: Driver<S>, copy: S): S {
  const { storage } = protocol
  const { provider } = driver.person(VICTIM)
  return storage.load(
    { id: VICTIM, provider, fetch: id => protocol.publish(driver.person(id).state) },
    storage.save(copy),
  )
}
