/** How a group of channels begins: one list for all, and an invitation that says by its digest which list is meant. */
import { describe, expect, it } from 'vitest'
import { Driver, type GroupProtocol, pairwise, senderKeys } from '../../src/compare/index.ts'
import { defaultProvider } from '../../src/crypto/index.ts'
import { names } from './world.ts'

const ALL = [pairwise, senderKeys] as unknown as readonly GroupProtocol<unknown>[]

describe.each(ALL.map(protocol => [protocol.name, protocol] as const))('%s', (_, protocol) => {
  function founded(seed = 'invitation', others = ['member 1', 'member 2']) {
    const driver = new Driver(protocol, { seed, provider: defaultProvider() })
    const { out } = protocol.create(driver.person('member 0').state, others)
    const [list, first] = out.map(({ bytes }) => bytes)
    return { driver, list: list!, invitation: first!, guest: driver.person('member 1').state }
  }
  const listed = (state: unknown): string[] => protocol.members(state).sort()

  it('the list and the invitation are taken in either order, and nobody is a member before both', () => {
    for (const isListFirst of [true, false]) {
      const { list, invitation, guest } = founded()
      const [one, other] = isListFirst ? [list, invitation] : [invitation, list]
      expect(protocol.join(guest, 'member 0', one)).toMatchObject({ out: [], events: [] })
      expect(listed(guest)).toEqual([])
      expect(protocol.join(guest, 'member 0', other).events).toEqual([{ kind: 'epoch' }])
      expect(listed(guest)).toEqual(names(3))
    }
  })

  it('what waits for the other part is stored', () => {
    for (const isListFirst of [true, false]) {
      const { driver, list, invitation, guest } = founded()
      const [one, other] = isListFirst ? [list, invitation] : [invitation, list]
      protocol.join(guest, 'member 0', one)
      const { provider } = driver.person('member 1')
      const environment = { id: 'member 1', provider, fetch: () => new Uint8Array() }
      const loaded = protocol.storage.load(environment, protocol.storage.save(guest))
      protocol.join(loaded, 'member 0', other)
      expect(listed(loaded)).toEqual(names(3))
    }
  })

  it('a list that no invitation means makes nobody a member, however many there are', () => {
    const { list, invitation, guest } = founded()
    const foreign = Array.from({ length: 5 }, (_, i) => founded('elsewhere', ['member 1', `stranger ${i}`]).list)
    for (const other of foreign) protocol.join(guest, 'mallory', other)
    protocol.join(guest, 'member 0', invitation)
    for (const other of foreign) protocol.join(guest, 'mallory', other)
    expect(listed(guest)).toEqual([])
    protocol.join(guest, 'member 0', list)
    expect(listed(guest)).toEqual(names(3))
  })

  it('a list without its reader, or with a name twice, is refused', () => {
    const { guest } = founded()
    for (const others of [['member 2'], ['member 1', 'member 2']]) {
      const { list } = founded('elsewhere', others)
      const text = new TextDecoder('latin1').decode(list).replace(/member 1|member 2/g, 'member 2')
      const bytes = Uint8Array.from(text, character => character.charCodeAt(0))
      expect(() => protocol.join(guest, 'mallory', bytes)).toThrow(
        expect.objectContaining({ name: 'RejectedError', code: 'wrong-member-list' }),
      )
    }
  })
})
