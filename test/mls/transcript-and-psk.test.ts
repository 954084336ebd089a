import { describe, expect, it } from 'vitest'
import { EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { pskSecret } from '../../src/mls/psk-secret.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeKind } from '../vectors/check.ts'

const provider = allSuites()

describeKind('transcript-hashes', provider)
describeKind('psk_secret', provider)

describe('PSK secret (RFC 9420 section 8.4)', () => {
  const suite = provider.suite(1)
  const key = (pskId: string, secret: string, pskNonce = EMPTY) => ({
    id: { psktype: 'external', pskId: utf8(pskId), pskNonce } as const,
    secret: utf8(secret),
  })
  const [a, b] = [key('a', 'one'), key('b', 'two')]

  it('depends on every key, on its name, its nonce, its place and the number of keys', () => {
    const lists = [[], [a], [b], [a, b], [b, a], [a, a], [key('a', 'two')], [key('a', 'one', utf8('n'))]]
    expect(new Set(lists.map(list => toHex(pskSecret(suite, list)))).size).toBe(lists.length)
  })

  it('leaves the keys as they were', () => {
    pskSecret(suite, [a, b])
    expect(a.secret).toEqual(utf8('one'))
  })
})
