/** A27: changes of members by those who are not members, and by the service that carries them: none may take effect. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { Driver } from '../../src/compare/index.ts'
import { defaultProvider } from '../../src/crypto/index.ts'
import { PROTOCOLS } from './protocols.ts'
import { star } from './star.ts'
import { groupOf, names, readBy, say, update } from './world.ts'

const sentBy = (driver: Driver<unknown>) => driver.transcript.entries.filter(({ what }) => what === 'sent')

describe.each(PROTOCOLS.map(protocol => [protocol.name, protocol] as const))('%s', (_, protocol) => {
  const listOf = (state: unknown): string => protocol.members(state).sort().join()

  /** Gives packets to everybody in a group, and says whether anybody's view of it changed. */
  function changedBy(driver: Driver<unknown>, packets: readonly { from: string; bytes: Uint8Array }[]): boolean {
    const before = driver.members.map(({ state }) => [listOf(state), toHex(protocol.epochId(state))])
    const people = driver.members
    for (const { state } of people) {
      for (const { from, bytes } of packets) {
        try {
          protocol.receive(state, from, bytes)
        } catch (error) {
          expect(error).toMatchObject({ name: 'RejectedError' })
        }
      }
    }
    const after = people.map(({ state }) => [listOf(state), listOf(state) && toHex(protocol.epochId(state))])
    return JSON.stringify(after) !== JSON.stringify(before)
  }

  it('A27: the service that repeats every change there has been changes nothing', () => {
    const driver = groupOf(protocol, 4)
    driver.run('member 1', { kind: 'add', who: 'member 4' })
    driver.run('member 2', { kind: 'remove', who: 'member 3' })
    driver.run('member 0', { kind: 'add', who: 'member 3' })
    driver.run('member 4', update)
    for (const id of names(5)) driver.run(id, say('hello'))
    expect(changedBy(driver, sentBy(driver))).toBe(false)
    driver.run('member 3', say('as before'))
    expect(readBy(driver, 'member 4')).toContain('member 3: as before')
  })

  it(`A27: an outsider under the name of a member ${protocol.name === star.name ? 'is believed: the toy has no keys to know it by' : 'changes nothing'}`, () => {
    const driver = groupOf(protocol, 4)
    for (const id of names(4)) driver.run(id, say('hello'))
    // the same names with keys of its own, and the true public ones where it has to encrypt to others
    const outsider = new Driver(
      {
        ...protocol,
        client: environment =>
          protocol.client({
            ...environment,
            fetch: id =>
              environment.id === 'member 1' && id !== 'mallory'
                ? protocol.publish(driver.person(id).state)
                : environment.fetch(id),
          }),
      },
      { seed: 'outsider', provider: defaultProvider() },
    )
    const others = ['member 0', 'member 2', 'member 3']
    outsider.perform('member 1', { kind: 'create', others: [...others, 'mallory'] })
    const actions = [update, { kind: 'add', who: 'a friend' }, { kind: 'remove', who: 'member 2' }, say('me')] as const
    // where a change needs others, it is begun and comes to nothing
    for (const action of protocol.traits.asynchronous ? actions : []) {
      outsider.perform('member 1', action)
      for (const person of outsider.people) if (person.undecided > 0) protocol.commitAccepted(person.state, true)
      for (const person of outsider.people) person.undecided = 0
    }
    expect(changedBy(driver, sentBy(outsider))).toBe(protocol.name === star.name)
  })
})
