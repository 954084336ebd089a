/** RFC 9420 section 5: the published vectors of the working group, and what they do not say. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createProvider } from '../../src/crypto/default-provider.ts'
import { checkCase } from '../vectors/check.ts'
import { describeVectors } from '../vectors/locate.ts'
import { backendsUnderTest } from './backends.ts'
import { allSuites, allSuitesOnNoble } from './curve-backends.ts'

const backends = await backendsUnderTest()
// what a backend lacks, noble serves
const noble = createNobleBackend()

const providers = [
  ...backends.map(backend => ({
    detail: backend.detail,
    provider: createProvider({ backends: [backend, noble] }),
    ids: [1, 3],
  })),
  ...Object.entries({ native: allSuites(), JavaScript: allSuitesOnNoble() }).map(([name, provider]) => ({
    detail: `more curves, ${name}`,
    provider,
    ids: [2, 4, 5, 6, 7],
  })),
]

describeVectors<{ cipher_suite: number }[]>('mls/crypto-basics.json', vectors => {
  it('has a case for every suite of RFC 9420', () => {
    expect(vectors.map(vector => vector.cipher_suite)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  for (const { detail, provider, ids } of providers) {
    for (const vector of vectors.filter(({ cipher_suite }) => ids.includes(cipher_suite))) {
      it(`suite ${vector.cipher_suite} on ${detail}`, () => checkCase('crypto-basics', { ...vector }, provider))
    }
  }
})

describe('variable-size vectors in labels (RFC 9420 section 2.1.2)', () => {
  const provider = createProvider()
  const { labels, hash } = provider.suite(1)

  for (const [length, header] of [
    [0, '00'],
    [63, '3f'],
    [64, '4040'],
    [16383, '7fff'],
    [16384, '80004000'],
  ] as const) {
    it(`writes ${length} bytes after ${header}`, () => {
      const value = new Uint8Array(length).fill(7)
      const input = fromHex(`0161${header}${toHex(value)}`)
      expect(labels.refHash('a', value)).toEqual(hash.digest(input))
    })
  }

  it('refuses lists of different lengths', () => {
    const empty = ByteList.of([])
    const batch = { publicKeys: empty, messages: ByteList.of([new Uint8Array(1)]), signatures: empty }
    expect(() => labels.verifyManyWithLabel('x', batch)).toThrow(expect.objectContaining({ code: 'wrong-argument' }))
  })
})
