/** RFC 9180 appendix A.1.1 and A.2.1, and what HPKE promises beyond single messages. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { concat, fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import type { RandomSource } from '../../src/base/random.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createProvider } from '../../src/crypto/default-provider.ts'
import type { Hpke } from '../../src/crypto/hpke.ts'
import type { KeyPair } from '../../src/crypto/kem.ts'
import { backendsUnderTest } from './backends.ts'

const INFO = fromHex('4f6465206f6e2061204772656369616e2055726e')
const PLAINTEXT = fromHex('4265617574792069732074727574682c20747275746820626561757479')
const AAD = utf8('Count-0')
const EMPTY = new Uint8Array(0)

const RFC_9180 = [
  {
    name: 'A.1.1 (AES-128-GCM)',
    suite: 1,
    ikmE: '7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234',
    skEm: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
    pkEm: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    ikmR: '6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037',
    skRm: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
    pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
    sharedSecret: 'fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc',
    ciphertext: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    exports: [
      { context: '', value: '3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee' },
      { context: '00', value: '2e8f0b54673c7029649d4eb9d5e33bf1872cf76d623ff164ac185da9e88c21a5' },
      {
        context: '54657374436f6e74657874',
        value: 'e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931',
      },
    ],
  },
  {
    name: 'A.2.1 (ChaCha20-Poly1305)',
    suite: 3,
    ikmE: '909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b',
    skEm: 'f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600',
    pkEm: '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
    ikmR: '1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df',
    skRm: '8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb',
    pkRm: '4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a',
    sharedSecret: '0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7',
    ciphertext: '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
    exports: [
      { context: '', value: '4bbd6243b8bb54cec311fac9df81841b6fd61f56538a775e7c80a9f40160606e' },
      { context: '00', value: '8c1df14732580e5501b00f82b10a1647b40713191b7c1240ac80e2b68808ba69' },
      {
        context: '54657374436f6e74657874',
        value: '5acb09211139c43b3090489a9da433e8a30ee7188ba8b0a9a1ccf0c229283e53',
      },
    ],
  },
]

/** Gives out the bytes of `stream`, then fails. */
function scripted(stream: Uint8Array): RandomSource {
  let at = 0
  return out => {
    if (at + out.length > stream.length) throw new Error('the script of randomness has ended')
    out.set(stream.subarray(at, (at += out.length)))
  }
}

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
    for (const vector of RFC_9180) {
      describe(`RFC 9180, ${vector.name}`, () => {
        const ephemeral = scripted(fromHex(vector.skEm))
        const pairR: KeyPair = { privateKey: fromHex(vector.skRm), publicKey: fromHex(vector.pkRm) }
        const sealed = { kemOutput: fromHex(vector.pkEm), ciphertext: fromHex(vector.ciphertext) }

        it('derives the key pairs', () => {
          const { kem } = suiteOf(vector.suite, ephemeral).hpke
          expect(kem.deriveKeyPair(fromHex(vector.ikmR))).toEqual(pairR)
          const many = kem.deriveKeyPairMany(ByteList.of([fromHex(vector.ikmE), fromHex(vector.ikmR)]))
          expect(toHex(many.privateKeys)).toBe(vector.skEm + vector.skRm)
          expect(toHex(many.publicKeys)).toBe(vector.pkEm + vector.pkRm)
        })
        it('encapsulates and decapsulates', () => {
          const { kem } = suiteOf(vector.suite, scripted(fromHex(vector.skEm))).hpke
          const { kemOutput, sharedSecret } = kem.encapsulate(pairR.publicKey)
          expect([toHex(kemOutput), toHex(sharedSecret)]).toEqual([vector.pkEm, vector.sharedSecret])
          expect(toHex(kem.decapsulate(pairR, kemOutput))).toBe(vector.sharedSecret)
        })
        it('seals, to one and to many, and opens', () => {
          const one = suiteOf(vector.suite, scripted(fromHex(vector.skEm))).hpke
          expect(one.seal(pairR.publicKey, INFO, AAD, PLAINTEXT)).toEqual(sealed)
          const many = suiteOf(vector.suite, scripted(fromHex(vector.skEm))).hpke
          const publicKeys = ByteList.of([pairR.publicKey])
          const result = many.sealMany({ publicKeys, info: INFO, aad: AAD, plaintexts: ByteList.of([PLAINTEXT]) })
          expect([...result.kemOutputs]).toEqual([sealed.kemOutput])
          expect([...result.ciphertexts]).toEqual([sealed.ciphertext])
          expect(one.open(pairR, sealed, INFO, AAD)).toEqual(PLAINTEXT)
        })
        for (const { context, value } of vector.exports) {
          it(`exports for "${context}" on both sides`, () => {
            const what = { info: INFO, context: fromHex(context), length: 32 }
            const { hpke } = suiteOf(vector.suite, scripted(fromHex(vector.skEm)))
            const sent = hpke.sendExport(pairR.publicKey, what)
            expect([toHex(sent.kemOutput), toHex(sent.secret)]).toEqual([vector.pkEm, value])
            expect(toHex(hpke.receiveExport(pairR, sent.kemOutput, what))).toBe(value)
          })
        }
      })
    }

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
