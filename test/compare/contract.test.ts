/** What every protocol behind the common interface must do. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { Driver } from '../../src/compare/index.ts'
import { defaultProvider } from '../../src/crypto/index.ts'
import { PROTOCOLS } from './protocols.ts'
import { expectAgreement, groupOf, names, readBy, say, update } from './world.ts'

describe.each(PROTOCOLS.map(protocol => [protocol.name, protocol] as const))('%s', (_, protocol) => {
  it.each([2, 3, 5, 8])('%i members agree, and everybody reads what anybody says', n => {
    const driver = groupOf(protocol, n)
    expectAgreement(driver, names(n))
    for (const id of names(n)) driver.run(id, say(`from ${id}`))
    for (const id of names(n)) {
      const others = names(n).filter(other => other !== id)
      expect(readBy(driver, id)).toEqual(others.map(other => `${other}: from ${other}`))
    }
    for (const { unread } of driver.people) expect(unread).toHaveLength(0)
  })

  it('updates, additions and removals change the epoch, for all alike', () => {
    const driver = groupOf(protocol, 4)
    const seen = new Set([toHex(protocol.epochId(driver.person('member 0').state))])
    const members = new Set(names(4))
    const expectNewEpoch = () => {
      expectAgreement(driver, [...members])
      const epoch = toHex(protocol.epochId(driver.members[0]!.state))
      expect(seen.has(epoch)).toBe(false)
      seen.add(epoch)
    }
    members.add('member 4')
    driver.run('member 2', { kind: 'add', who: 'member 4' })
    expectNewEpoch()
    members.delete('member 1')
    driver.run('member 3', { kind: 'remove', who: 'member 1' })
    expectNewEpoch()
    driver.run('member 4', update)
    expectAgreement(driver, [...members])
    driver.run('member 4', { kind: 'remove', who: 'member 0' })
    members.delete('member 0')
    expectNewEpoch()
    for (const id of members) driver.run(id, say(`after all, ${id}`))
    for (const id of members) {
      const others = [...members].filter(other => other !== id)
      expect(readBy(driver, id)).toEqual(others.sort().map(other => `${other}: after all, ${other}`))
    }
    for (const id of ['member 0', 'member 1']) {
      expect(readBy(driver, id)).toEqual([])
      expect(driver.person(id).events.at(-1)).toEqual({ kind: 'removed' })
    }
  })

  it('somebody who was removed cannot read on, whatever it is given; a newcomer cannot read what was said before', () => {
    const driver = groupOf(protocol, 4)
    driver.run('member 0', update)
    driver.run('member 3', say('early'))
    // it never takes in its own removal, and keeps all it had
    driver.network.disconnect('member 2')
    driver.run('member 1', { kind: 'remove', who: 'member 2' })
    driver.run('member 0', { kind: 'add', who: 'member 4' })
    driver.run('member 3', say('late'))
    const packets = driver.transcript.entries.filter(({ what }) => what === 'sent')
    const readings = (id: string, order: typeof packets): string[] => {
      const { state } = driver.person(id)
      return order.flatMap(({ from, bytes }) => {
        try {
          const { events } = protocol.receive(state, from, bytes)
          return events.flatMap(event => (event.kind === 'message' ? [new TextDecoder().decode(event.plaintext)] : []))
        } catch {
          return []
        }
      })
    }
    expect(readings('member 2', packets.slice().reverse())).not.toContain('late')
    expect(readings('member 2', packets)).not.toContain('late')
    expect(readBy(driver, 'member 4')).toEqual(['member 3: late'])
    expect(readings('member 4', packets)).toEqual([])
  })

  it('refused packets change nothing', () => {
    const driver = groupOf(protocol, 3)
    driver.run('member 0', say('something'))
    // where there is one for each, the last is for the last
    const sent = driver.transcript.entries.filter(({ what }) => what === 'sent').at(-1)!
    driver.network.disconnect('member 2')
    driver.run('member 0', say('unread yet'))
    const next = driver.transcript.entries.filter(({ what }) => what === 'sent').at(-1)!
    const { state, provider } = driver.person('member 2')
    const storage = protocol.storage
    const environment = { id: 'member 2', provider, fetch: () => new Uint8Array(0) }
    const before = storage.save(state)
    const epoch = toHex(protocol.epochId(state))
    const forged = [sent, next].flatMap(({ bytes }) =>
      Array.from({ length: bytes.length }, (_, i) => {
        const changed = bytes.slice()
        changed[i]! ^= 1
        return changed
      }),
    )
    let meantForOthers = 0
    for (const bytes of [...forged, utf8('no packet'), sent.bytes.slice(0, -1), next.bytes.slice(0, -1)]) {
      const target = storage.load(environment, before)
      try {
        const { events } = protocol.receive(target, 'member 0', bytes)
        expect(events).toEqual([{ kind: 'message', from: 'member 0', plaintext: utf8('unread yet') }])
        meantForOthers++
      } catch (error) {
        expect(error).toMatchObject({ name: 'RejectedError' })
        expect(toHex(storage.save(target))).toBe(toHex(before))
        expect(toHex(protocol.epochId(target))).toBe(epoch)
      }
    }
    // a box of the fixed SMMP is its receiver's affair alone: that of member 1 has a key and a tag
    expect(meantForOthers).toBe(protocol.name === 'SMMP' ? 32 + 16 : 0)
    driver.network.connect('member 2')
    driver.settle()
    driver.run('member 1', say('still here'))
    expect(readBy(driver, 'member 2')).toEqual([
      ...['member 0: something', 'member 0: unread yet', 'member 1: still here'],
    ])
  })

  it('stored states go on as if nothing had happened', () => {
    const storage = protocol.storage
    const driver = groupOf(protocol, 3)
    driver.run('member 1', say('one'))
    const person = driver.person('member 2')
    const bytes = storage.save(person.state)
    const restored = storage.load({ id: 'member 2', provider: person.provider, fetch: () => new Uint8Array(0) }, bytes)
    expect(toHex(storage.save(restored))).toBe(toHex(bytes))
    expect(protocol.epochId(restored)).toEqual(protocol.epochId(person.state))
    driver.network.disconnect('member 2')
    driver.run('member 1', say('two'))
    const packet = driver.transcript.entries
      .filter(({ what }) => what === 'sent')
      .flatMap(({ from, bytes: sent }) => {
        try {
          return protocol.receive(restored, from, sent).events
        } catch {
          return []
        }
      })
    expect(packet).toContainEqual({ kind: 'message', from: 'member 1', plaintext: utf8('two') })
  })

  it(`${protocol.traits.asynchronous ? 'works' : 'does not work'} with one client online at a time`, () => {
    const driver = new Driver(protocol, { seed: 'alone', provider: defaultProvider() })
    const everybody = names(6)
    const alone = (id: string, act: () => void) => {
      driver.network.connect(id)
      driver.settle()
      act()
      driver.settle()
      driver.network.disconnect(id)
    }
    for (const id of everybody) driver.network.disconnect(driver.person(id).id)
    alone('member 0', () => driver.perform('member 0', { kind: 'create', others: names(5).slice(1) }))
    const complete = () => {
      const group = driver.members
      return group.length === 5 && new Set(group.map(({ state }) => toHex(protocol.epochId(state)))).size === 1
    }
    for (const id of names(5)) alone(id, () => {})
    expect(complete()).toBe(protocol.traits.asynchronous)
    if (!protocol.traits.asynchronous) return
    alone('member 3', () => driver.perform('member 3', update))
    alone('member 1', () => driver.perform('member 1', { kind: 'add', who: 'member 5' }))
    alone('member 4', () => driver.perform('member 4', { kind: 'remove', who: 'member 0' }))
    alone('member 5', () => driver.perform('member 5', say('hello all')))
    for (const id of everybody) alone(id, () => {})
    expectAgreement(driver, everybody.slice(1))
    for (const id of ['member 1', 'member 2', 'member 3', 'member 4']) {
      expect(readBy(driver, id)).toEqual(['member 5: hello all'])
    }
    expect(readBy(driver, 'member 0')).toEqual([])
  })

  it('takes as many rounds as it says', () => {
    const { rounds } = protocol.traits
    const driver = new Driver(protocol, { seed: 'rounds', provider: defaultProvider() })
    expect(driver.run('member 0', { kind: 'create', others: names(6).slice(1) }).rounds).toBe(rounds('create', 6))
    expect(driver.run('member 2', update).rounds).toBe(rounds('update', 6))
    expect(driver.run('member 1', { kind: 'add', who: 'member 6' }).rounds).toBe(rounds('add', 7))
    expect(driver.run('member 4', { kind: 'remove', who: 'member 1' }).rounds).toBe(rounds('remove', 6))
    expect(driver.run('member 3', say('x')).rounds).toBe(rounds('send', 6))
  })
})
