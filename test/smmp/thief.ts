/** What an attacker on SMMP of 2014 has: the state of a member, field by field. */
import { CopathError } from '../../src/base/errors.ts'
import { decode } from '../../src/codec/codec.ts'
import { HistoricalGroup } from '../../src/smmp/historical.ts'
import { openBox } from '../../src/smmp/historical-keys.ts'
import { GroupMessage, Routed } from '../../src/smmp/wire.ts'
import { seededSuite } from './world.ts'

export const suite = seededSuite('attacker')
export const steal = (group: HistoricalGroup): HistoricalGroup =>
  HistoricalGroup.load(suite, group.save(), { unsafeHistorical: true })

/** Fields of a saved group: format, four chain keys, v, digest, r, then the list of public keys. */
export const fieldOf = (group: HistoricalGroup, field: 'root' | 'headerKey' | 'messageKey' | 'v' | 'r'): Uint8Array => {
  const at = 1 + 32 * { root: 0, headerKey: 1, messageKey: 3, v: 4, r: 6 }[field]
  return group.save().slice(at, at + 32)
}
export const publicKeysOf = (group: HistoricalGroup, n: number): Uint8Array[] => {
  const start = 1 + 32 * 7 + (32 * n < 64 ? 1 : 2)
  return Array.from({ length: n }, (_, i) => group.save().slice(start + 32 * i, start + 32 * (i + 1)))
}
export const opensBody = (key: Uint8Array, packet: Uint8Array): boolean => {
  try {
    openBox(suite, key, decode(GroupMessage, decode(Routed, packet).packet).body)
    return true
  } catch (error) {
    if (error instanceof CopathError && error.code === 'invalid-tag') return false
    throw error
  }
}
