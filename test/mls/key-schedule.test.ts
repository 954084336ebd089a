import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { UsageError } from '../../src/base/errors.ts'
import { createFirstEpoch, deriveEpoch, welcomeKey, wipeNewEpoch, zeroSecret } from '../../src/mls/key-schedule.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeKind } from '../vectors/check.ts'

const provider = allSuites()

describeKind<{ cipher_suite: number }>('key-schedule', provider, groups => {
  it('has cases for every suite of RFC 9420', () => {
    expect(groups.map(group => group.cipher_suite)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })
})

describe('key schedule (RFC 9420 section 8)', () => {
  const suite = provider.suite(1)

  it('starts a group from fresh randomness', () => {
    const [a, b] = [createFirstEpoch(suite), createFirstEpoch(suite)]
    expect(a.init.bytes).toHaveLength(32)
    expect(toHex(a.init.bytes)).not.toBe(toHex(b.init.bytes))
  })

  it('binds the epoch to each of its inputs', () => {
    const base = {
      initSecret: fromHex('01'.repeat(32)),
      commitSecret: zeroSecret(suite),
      pskSecret: zeroSecret(suite),
      groupContext: fromHex('0203'),
    }
    const authenticatorOf = (inputs: typeof base) => toHex(deriveEpoch(suite, inputs).secrets.epochAuthenticator.bytes)
    const other = fromHex('05'.repeat(32))
    const all = [
      base,
      { ...base, initSecret: other },
      { ...base, commitSecret: other },
      { ...base, pskSecret: other },
      { ...base, groupContext: other },
    ]
    expect(new Set(all.map(authenticatorOf)).size).toBe(all.length)
  })

  it('has no secrets any more once they are wiped', () => {
    const zero = zeroSecret(suite)
    const made = deriveEpoch(suite, {
      initSecret: fromHex('01'.repeat(32)),
      commitSecret: zero,
      pskSecret: zero,
      groupContext: fromHex('00'),
    })
    wipeNewEpoch(made)
    expect(() => made.secrets.exporter.bytes).toThrow(UsageError)
    expect(() => made.joinerSecret.bytes).toThrow(UsageError)
  })

  it('gives a Welcome key of the lengths of the AEAD', () => {
    const { key, nonce } = welcomeKey(suite, fromHex('07'.repeat(32)))
    expect([key.length, nonce.length]).toEqual([16, 12])
  })
})
