/** RFC 9180 appendix A.1.1 and A.2.1, and what HPKE promises beyond single messages. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { concat, toHex, utf8 } from '../../src/base/bytes.ts'
import type { RandomSource } from '../../src/base/random.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createProvider } from '../../src/crypto/default-provider.ts'
import type { Hpke } from '../../src/crypto/hpke.ts'
import type { KeyPair } from '../../src/crypto/kem.ts'
import { backendsUnderTest } from './backends.ts'
import { AAD, describeRfc9180, INFO, PLAINTEXT, RFC_9180 } from './rfc9180.ts'

const EMPTY = new Uint8Array(0)

/** Different bytes for each call, the same in each run. */
function counting(): RandomSource {
  let state = 1
  return out => {
    for (let i = 0; i < out.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      out[i] = state >>> 16
    }
  }
}

// what a backend lacks, noble serves
const noble = createNobleBackend()

for (const backend of await backendsUnderTest()) {
  const suiteOf = (id: number, random: RandomSource) => createProvider({ backends: [backend, noble], random }).suite(id)

  describe(`HPKE on ${backend.detail}`, () => {
    for (const vector of RFC_9180) if ([1, 3].includes(vector.suite)) describeRfc9180(vector, suiteOf)

    describe('to many recipients', () => {
      const { hpke } = suiteOf(1, counting())
      const recipients = (count: number): KeyPair[] => Array.from({ length: count }, () => hpke.kem.generateKeyPair())
      const keysOf = (pairs: readonly KeyPair[]): ByteList => ByteList.of(pairs.map(pair => pair.publicKey))
      const opened = (scheme: Hpke, pairs: readonly KeyPair[], batch: ReturnType<Hpke['sealMany']>) =>
        pairs.map((pair, i) => {
          const sealed = { kemOutput: batch.kemOutputs.at(i).slice(), ciphertext: batch.ciphertexts.at(i).slice() }
          return scheme.open(pair, sealed, INFO, AAD)
        })

      for (const count of [0, 1, 2, 5, 9]) {
        it(`opens what was sealed, ${count} recipients, a plaintext for each and one for all`, () => {
          const pairs = recipients(count)
          const messages = pairs.map((_, i) => new Uint8Array(i * 7).fill(i))
          const each = { publicKeys: keysOf(pairs), info: INFO, aad: AAD, plaintexts: ByteList.of(messages) }
          expect(opened(hpke, pairs, hpke.sealMany(each))).toEqual(messages)
          const all = hpke.sealMany({ ...each, plaintexts: ByteList.of([PLAINTEXT]) })
          expect(opened(hpke, pairs, all)).toEqual(pairs.map(() => PLAINTEXT))
          expect(new Set([...all.kemOutputs].map(toHex)).size).toBe(count)
        })
      }

      it('names the bad public key by its index, by length and by order', () => {
        const keys = recipients(4).map(pair => pair.publicKey)
        const plaintexts = ByteList.of([PLAINTEXT])
        const attempt = (bad: Uint8Array) => () =>
          hpke.sealMany({ publicKeys: ByteList.of([...keys, bad]), info: INFO, aad: AAD, plaintexts })
        const lowOrder = { name: 'RejectedError', code: 'low-order-point', details: { index: 4 } }
        expect(attempt(new Uint8Array(32))).toThrow(expect.objectContaining(lowOrder))
        const malformed = { name: 'RejectedError', code: 'invalid-public-key' }
        expect(attempt(new Uint8Array(31))).toThrow(expect.objectContaining(malformed))
      })

      it('refuses a number of plaintexts that fits nothing', () => {
        const publicKeys = keysOf(recipients(3))
        const plaintexts = ByteList.of([PLAINTEXT, PLAINTEXT])
        const wrong = { name: 'UsageError', code: 'wrong-argument' }
        expect(() => hpke.sealMany({ publicKeys, info: INFO, aad: AAD, plaintexts })).toThrow(
          expect.objectContaining(wrong),
        )
      })
    })

    it('rejects forgeries with typed errors', () => {
      const { hpke } = suiteOf(3, counting())
      const pair = hpke.kem.generateKeyPair()
      const { kemOutput, ciphertext } = hpke.seal(pair.publicKey, INFO, AAD, PLAINTEXT)
      const code = (wanted: string) => expect.objectContaining({ name: 'RejectedError', code: wanted })
      const open = (output: Uint8Array<ArrayBuffer>, text: Uint8Array<ArrayBuffer>, info = INFO, aad = AAD) =>
        hpke.open(pair, { kemOutput: output, ciphertext: text }, info, aad)
      expect(open(kemOutput, ciphertext)).toEqual(PLAINTEXT)
      const tampered = ciphertext.slice()
      tampered[3]! ^= 1
      expect(() => open(kemOutput, tampered)).toThrow(code('invalid-tag'))
      expect(() => open(kemOutput, ciphertext.slice(0, 15))).toThrow(code('invalid-tag'))
      expect(() => open(kemOutput, ciphertext, EMPTY)).toThrow(code('invalid-tag'))
      expect(() => open(kemOutput, ciphertext, INFO, EMPTY)).toThrow(code('invalid-tag'))
      expect(() => open(concat(kemOutput, EMPTY, Uint8Array.of(0)), ciphertext)).toThrow(code('invalid-public-key'))
      expect(() => open(new Uint8Array(32), ciphertext)).toThrow(code('low-order-point'))
    })
  })
}

describe('more recipients than fit in one bulk call', () => {
  const { hpke } = createProvider().suite(1)
  const count = 1030
  const pairs = hpke.kem.deriveKeyPairMany(
    ByteList.fixed(
      Uint8Array.from({ length: 2 * count }, (_, i) => i >> 3),
      2,
    ),
  )
  const publicKeys = ByteList.fixed(pairs.publicKeys, 32)
  const plaintexts = ByteList.of(Array.from({ length: count }, (_, i) => utf8(`message ${i}`)))
  const batch = { publicKeys, info: INFO, aad: AAD, plaintexts }

  it('are all served', () => {
    const { kemOutputs, ciphertexts } = hpke.sealMany(batch)
    expect([kemOutputs.count, ciphertexts.count]).toEqual([count, count])
    for (const i of [0, 1, 1023, 1024, 1029]) {
      const pair = { privateKey: pairs.privateKeys.slice(32 * i, 32 * i + 32), publicKey: publicKeys.at(i).slice() }
      const sealed = { kemOutput: kemOutputs.at(i).slice(), ciphertext: ciphertexts.at(i).slice() }
      expect(hpke.open(pair, sealed, INFO, AAD)).toEqual(utf8(`message ${i}`))
    }
  })
  it('are refused by the index in the whole list', () => {
    const spoiled = pairs.publicKeys.slice()
    spoiled.fill(0, 32 * 1027, 32 * 1028)
    expect(() => hpke.sealMany({ ...batch, publicKeys: ByteList.fixed(spoiled, 32) })).toThrow(
      expect.objectContaining({ code: 'low-order-point', details: expect.objectContaining({ index: 1027 }) }),
    )
  })
})
