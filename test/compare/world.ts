/** Groups on virtual networks, for the tests. */
import { expect } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { Driver, type DriverOptions, type GroupProtocol, type MemberId } from '../../src/compare/index.ts'
import { defaultProvider } from '../../src/crypto/index.ts'

export const names = (n: number): MemberId[] => Array.from({ length: n }, (_, i) => `member ${i}`)

/** A driver whose first `n` people are in a group made by the first. */
export function groupOf<S>(
  protocol: GroupProtocol<S>,
  n: number,
  options: Partial<DriverOptions> & { readonly seed?: string } = {},
): Driver<S> {
  const driver = new Driver(protocol, { seed: 'group', provider: defaultProvider(), ...options })
  driver.run('member 0', { kind: 'create', others: names(n).slice(1) })
  return driver
}

export const update = { kind: 'update' } as const
export const say = (text: string) => ({ kind: 'send', plaintext: utf8(text) }) as const

/** Checks that these and no others are in the group, and agree. */
export function expectAgreement<S>(driver: Driver<S>, ids: readonly MemberId[]): void {
  const { protocol } = driver
  expect(driver.members.map(({ id }) => id).sort()).toEqual([...ids].sort())
  const epochs = new Set(driver.members.map(({ state }) => toHex(protocol.epochId(state))))
  expect(epochs.size).toBe(1)
  for (const { state } of driver.members) expect(protocol.members(state).sort()).toEqual([...ids].sort())
}

/** The texts that somebody has read, with their senders. */
export const readBy = <S>(driver: Driver<S>, id: MemberId): string[] =>
  driver.person(id).messages.map(({ from, plaintext }) => `${from}: ${new TextDecoder().decode(plaintext)}`)
