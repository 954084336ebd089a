/** X-Wing: the vectors of draft-connolly-cfrg-xwing-kem, ML-KEM-768 inside of it against Wycheproof, and what the primitive promises. */
import { createHash } from 'node:crypto'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { isReduced } from '../../src/crypto/backends/noble/x-wing.ts'
import { postQuantum } from '../../src/crypto/backends/post-quantum.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import type { KeyEncapsulation } from '../../src/crypto/provider.ts'
import { checkKemPublicKey } from '../../src/crypto/public-keys.ts'
import { describeVectors } from '../vectors/locate.ts'
import { bytesOf, expectPure, failure } from './contract/tools.ts'
import { allSuites } from './curve-backends.ts'

/** The published vectors. Public keys and ciphertexts are kept as SHA-256 digests: 2,336 bytes each would be more than the rest. */
const DRAFT = [
  {
    seed: '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26',
    coins:
      '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
    publicKey: '2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb',
    kemOutput: '17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33',
    shared: 'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384',
  },
  {
    seed: 'badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea',
    coins:
      '17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d',
    publicKey: 'c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916',
    kemOutput: '1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154',
    shared: 'f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150',
  },
  {
    seed: 'ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9',
    coins:
      '22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b',
    publicKey: '6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95',
    kemOutput: 'd3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6',
    shared: '953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f',
  },
]

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const backends = {
  'X25519 of the default provider': postQuantum(),
  'X25519 of noble': postQuantum({ x25519: createNobleBackend().primitives.x25519! }),
}

for (const [name, { primitives }] of Object.entries(backends)) {
  describe(`X-Wing with the ${name}`, () => {
    const kem: KeyEncapsulation = primitives.xwing!
    const pairOf = (privateKey: Uint8Array) => ({ privateKey, publicKey: kem.publicKey(privateKey) })

    it.each(DRAFT.map((vector, i) => ({ i: i + 1, vector })))('vector $i of the draft', ({ vector }) => {
      const pair = pairOf(fromHex(vector.seed))
      expect(sha256(pair.publicKey)).toBe(vector.publicKey)
      const { kemOutput, sharedSecret } = kem.encapsulate(pair.publicKey, fromHex(vector.coins))
      expect([sha256(kemOutput), toHex(sharedSecret)]).toEqual([vector.kemOutput, vector.shared])
      expect(toHex(kem.decapsulate(pair, kemOutput))).toBe(vector.shared)
    })

    it('knows its sizes', () => {
      const { privateKeyLength, publicKeyLength, outputLength, secretLength, coinsLength } = kem
      expect([privateKeyLength, publicKeyLength, outputLength, secretLength, coinsLength]).toEqual([
        32, 1216, 1120, 32, 64,
      ])
    })

    it('derives private keys by SHAKE256', () => {
      const expected = createHash('shake256', { outputLength: 32 }).update('any length').digest('hex')
      expect(toHex(kem.derivePrivateKey(utf8('any length')))).toBe(expected)
    })

    it.each([0, 1, 3])('does %i at once as one by one', count => {
      const keys = ByteList.fixed(bytesOf(32 * count, 1), 32)
      const coins = ByteList.fixed(bytesOf(64 * count, 2), 64)
      const publicKeys = ByteList.fixed(kem.publicKeyMany(keys), 1216)
      const many = kem.encapsulateMany(publicKeys, coins)
      const singly = [...publicKeys].map((key, i) => kem.encapsulate(key, coins.at(i)))
      expect([...publicKeys]).toEqual([...keys].map(key => kem.publicKey(key)))
      expect([...ByteList.fixed(many.kemOutput, 1120)]).toEqual(singly.map(one => one.kemOutput))
      expect([...ByteList.fixed(many.sharedSecret, 32)]).toEqual(singly.map(one => one.sharedSecret))
    })

    it('refuses what no honest party sends, by its index in a list', () => {
      // copath-mls-x-wing-02, copath-mls-x-wing-01
      const good = kem.publicKey(bytesOf(32, 3))
      const lowOrder = good.slice()
      lowOrder.fill(0, 1184)
      // two coefficients in three bytes, of which one is the modulus and then one less
      const withBytes = (...bytes: number[]): Uint8Array => {
        const key = good.slice()
        key.set(bytes, 3)
        return key
      }
      for (const bytes of [
        [0x00, 0x0d, 0x00],
        [0x00, 0x00, 0xd0],
      ])
        expect(kem.acceptsPublicKey(withBytes(...bytes))).toBe(true)
      const coins = bytesOf(64, 4)
      const refused = [
        [lowOrder, 'low-order-point', true],
        [withBytes(0x01, 0x0d, 0x00), 'invalid-public-key', false],
        [withBytes(0x00, 0x10, 0xd0), 'invalid-public-key', false],
        [good.slice(1), 'invalid-public-key', false],
      ] as const
      for (const [key, code, accepted] of refused) {
        expect(kem.acceptsPublicKey(key)).toBe(accepted)
        expect(() => kem.encapsulate(key, coins)).toThrow(failure('RejectedError', code))
        const keys = ByteList.of([good, good, key])
        const many = ByteList.of([coins, coins, coins])
        expect(() => kem.encapsulateMany(keys, many)).toThrow(failure('RejectedError', code, { index: 2 }))
      }
    })

    it('refuses ciphertexts of another length or with a low-order point; altered ones give another secret', () => {
      const pair = pairOf(bytesOf(32, 5))
      const { kemOutput, sharedSecret } = kem.encapsulate(pair.publicKey, bytesOf(64, 6))
      const lowOrder = kemOutput.slice()
      lowOrder.fill(0, 1088)
      expect(() => kem.decapsulate(pair, lowOrder)).toThrow(failure('RejectedError', 'low-order-point'))
      const tooShort = kemOutput.slice(1)
      expect(() => kem.decapsulate(pair, tooShort)).toThrow(failure('RejectedError', 'invalid-public-key'))
      for (const at of [0, 500, 1087, 1090]) {
        const altered = kemOutput.slice()
        altered[at]! ^= 1
        expect(kem.decapsulate(pair, altered)).not.toEqual(sharedSecret)
      }
    })

    it('tells the caller about private keys and coins of the wrong length', () => {
      const pair = pairOf(bytesOf(32, 7))
      const wrong = failure('UsageError', 'wrong-length')
      expect(() => kem.publicKey(bytesOf(31, 1))).toThrow(wrong)
      expect(() => kem.encapsulate(pair.publicKey, bytesOf(63, 1))).toThrow(wrong)
      expect(() => kem.decapsulate({ ...pair, privateKey: bytesOf(33, 1) }, bytesOf(1120, 1))).toThrow(wrong)
      const named = failure('UsageError', 'wrong-length', { index: 1 })
      expect(() => kem.publicKeyMany(ByteList.of([bytesOf(32, 1), bytesOf(31, 1)]))).toThrow(named)
    })

    it('changes no input and returns arrays of its own', () => {
      const pair = pairOf(bytesOf(32, 8))
      const coins = bytesOf(64, 9)
      const { kemOutput } = kem.encapsulate(pair.publicKey, coins)
      expectPure([pair.privateKey], () => kem.publicKey(pair.privateKey))
      expectPure([pair.privateKey], () => kem.derivePrivateKey(pair.privateKey))
      expectPure([pair.publicKey, coins], () => kem.encapsulate(pair.publicKey, coins).kemOutput)
      expectPure([pair.publicKey, coins], () => kem.encapsulate(pair.publicKey, coins).sharedSecret)
      expectPure([pair.privateKey, pair.publicKey, kemOutput], () => kem.decapsulate(pair, kemOutput))
    })
  })
}

interface LatticeCase extends Record<'seed' | 'ek' | 'c' | 'K', string> {
  readonly tcId: number
  readonly comment?: string
  readonly result: 'valid' | 'invalid'
}

describeVectors<{ numberOfTests: number; testGroups: { tests: LatticeCase[] }[] }>(
  'wycheproof/mlkem_768_test.json',
  ({ numberOfTests, testGroups }) => {
    const cases = testGroups.flatMap(group => group.tests)
    /** The shared secret in hex, or "refused". */
    const outcome = ({ seed, c }: LatticeCase): string => {
      try {
        return toHex(ml_kem768.decapsulate(fromHex(c), ml_kem768.keygen(fromHex(seed)).secretKey))
      } catch {
        return 'refused'
      }
    }
    it(`${numberOfTests} cases of ML-KEM-768`, () => {
      expect(cases.length).toBe(numberOfTests)
      const got = cases.map(c => [c.tcId, outcome(c)])
      expect(got).toEqual(cases.map(c => [c.tcId, c.result === 'valid' ? c.K : 'refused']))
    })
    it('valid public keys belong to their seeds, and pass the modulus check', () => {
      for (const { seed, ek, result } of cases) {
        if (result !== 'valid' || ek === '') continue
        expect(toHex(ml_kem768.keygen(fromHex(seed)).publicKey)).toBe(ek)
        expect(isReduced(fromHex(ek))).toBe(true)
      }
    })
  },
)

describe('the suites with X-Wing', () => {
  const provider = allSuites()
  it.each([0x004d, 0x0053, 0x0054])('%i encrypts, signs and refuses bad public keys', id => {
    const suite = provider.suite(id)
    const pair = suite.kem.generateKeyPair()
    const sealed = suite.labels.encryptWithLabel(pair.publicKey, 'test', utf8('context'), utf8('hello'))
    expect(suite.labels.decryptWithLabel(pair, 'test', utf8('context'), sealed)).toEqual(utf8('hello'))
    checkKemPublicKey(suite.kem, pair.publicKey)
    const bad = pair.publicKey.slice()
    bad.fill(0, 1184)
    expect(() => checkKemPublicKey(suite.kem, bad)).toThrow(failure('RejectedError', 'low-order-point'))
    bad.set(pair.publicKey)
    bad.fill(0xff, 0, 3)
    expect(() => checkKemPublicKey(suite.kem, bad)).toThrow(failure('RejectedError', 'invalid-public-key'))
  })
  it('are absent without the backend', () => {
    expect(defaultProvider().suites()).toEqual([1, 3])
    expect(() => defaultProvider().suite(0x004d)).toThrow(
      expect.objectContaining({ name: 'EnvironmentError', code: 'no-backend' }),
    )
  })
})
