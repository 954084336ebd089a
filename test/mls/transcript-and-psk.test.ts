import { describe, expect, it } from 'vitest'
import { EMPTY, equalPublic, fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { AuthenticatedContent } from '../../src/mls/framing.ts'
import { pskSecret } from '../../src/mls/psk-secret.ts'
import { confirmedTranscriptHash, interimTranscriptHash } from '../../src/mls/transcript-hash.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeVectors } from '../vectors/locate.ts'

const provider = allSuites()

interface TranscriptCase {
  cipher_suite: number
  confirmation_key: string
  authenticated_content: string
  interim_transcript_hash_before: string
  confirmed_transcript_hash_after: string
  interim_transcript_hash_after: string
}

describeVectors<TranscriptCase[]>('mls/transcript-hashes.json', cases => {
  it.each(cases)('suite $cipher_suite', vector => {
    const suite = provider.suite(vector.cipher_suite)
    const { wireFormat, content, auth } = decode(AuthenticatedContent, fromHex(vector.authenticated_content))
    const { signature, confirmationTag } = auth
    const confirmed = confirmedTranscriptHash(suite, fromHex(vector.interim_transcript_hash_before), {
      wireFormat,
      content,
      signature,
    })
    expect(toHex(confirmed)).toBe(vector.confirmed_transcript_hash_after)
    expect(toHex(interimTranscriptHash(suite, confirmed, confirmationTag!))).toBe(vector.interim_transcript_hash_after)
    expect(equalPublic(suite.kdf.hmac(fromHex(vector.confirmation_key), confirmed), confirmationTag!)).toBe(true)
  })
})

interface PskCase {
  cipher_suite: number
  psks: { psk_id: string; psk: string; psk_nonce: string }[]
  psk_secret: string
}

describeVectors<PskCase[]>('mls/psk_secret.json', cases => {
  it.each(cases)('suite $cipher_suite, $psks.length keys', vector => {
    const keys = vector.psks.map(({ psk_id, psk, psk_nonce }) => ({
      id: { psktype: 'external', pskId: fromHex(psk_id), pskNonce: fromHex(psk_nonce) } as const,
      secret: fromHex(psk),
    }))
    expect(toHex(pskSecret(provider.suite(vector.cipher_suite), keys))).toBe(vector.psk_secret)
  })
})

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
