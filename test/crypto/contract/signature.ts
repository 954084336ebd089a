/** The contract of Ed25519 (RFC 8032), with the one acceptance set of docs/ed25519-acceptance.md. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../../src/base/byte-list.ts'
import { concat, fromHex, toHex } from '../../../src/base/bytes.ts'
import type { SignatureScheme, SignedMessages } from '../../../src/crypto/provider.ts'
import { ED25519_EDGE_CASES } from './ed25519-edge-cases.ts'
import { bytesOf, COUNTS, expectPure, failure, unaligned } from './tools.ts'

/** RFC 8032 section 7.1, tests 1 to 3: private key, public key, message, signature. */
const RFC_8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const

interface Signed {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

const batchOf = (items: readonly Signed[]): SignedMessages => ({
  publicKeys: ByteList.of(items.map(item => item.publicKey)),
  messages: ByteList.of(items.map(item => item.message)),
  signatures: ByteList.of(items.map(item => item.signature)),
})

/** Ways to spoil a signed message; each must be noticed. */
const SPOILED: Record<string, (item: Signed) => Signed> = {
  'another message': item => ({ ...item, message: concat(item.message, Uint8Array.of(1)) }),
  'a bit of R': item => ({ ...item, signature: flipped(item.signature, 9) }),
  'a bit of S': item => ({ ...item, signature: flipped(item.signature, 300) }),
  'a bit of the key': item => ({ ...item, publicKey: flipped(item.publicKey, 17) }),
  'a short signature': item => ({ ...item, signature: item.signature.slice(0, 63) }),
  'a long signature': item => ({ ...item, signature: concat(item.signature, Uint8Array.of(0)) }),
  'no signature': item => ({ ...item, signature: new Uint8Array(0) }),
  'a short key': item => ({ ...item, publicKey: item.publicKey.slice(1) }),
  'no key': item => ({ ...item, publicKey: new Uint8Array(0) }),
  'all zeros': item => ({ ...item, publicKey: new Uint8Array(32), signature: new Uint8Array(64) }),
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice()
  out[bit >> 3]! ^= 1 << (bit & 7)
  return out
}

export interface SignatureContract {
  readonly scheme: SignatureScheme
  readonly reference: SignatureScheme
  /** How many signatures the large batch has. */
  readonly batch: number
}

export function describeSignature({ scheme, reference, batch }: SignatureContract): void {
  const signer = scheme.signer(bytesOf(32, 1))
  const signed = (i: number): Signed => {
    const message = bytesOf(i % 190, i)
    return { publicKey: signer.publicKey, message, signature: signer.sign(message) }
  }

  describe(scheme.id, () => {
    it('knows its sizes and the cases of RFC 8032', () => {
      expect([scheme.privateKeyLength, scheme.publicKeyLength]).toEqual([32, 32])
      for (const [privateKey, publicKey, message, signature] of RFC_8032) {
        expect(toHex(scheme.publicKey(fromHex(privateKey)))).toBe(publicKey)
        const own = scheme.signer(fromHex(privateKey))
        expect(toHex(own.publicKey)).toBe(publicKey)
        expect(toHex(own.sign(fromHex(message)))).toBe(signature)
        expect(scheme.verify(fromHex(publicKey), fromHex(message), fromHex(signature))).toBe(true)
      }
    })
    it('signs as the reference does, messages of any length', () => {
      for (const length of [0, 1, 31, 32, 47, 48, 63, 64, 79, 80, 111, 112, 128, 200, 1000, 20_000, 70_001]) {
        const seed = bytesOf(32, length)
        const message = bytesOf(length, length)
        const own = scheme.signer(unaligned(seed))
        const signature = own.sign(unaligned(message))
        expect(signature, `${length} bytes`).toEqual(reference.signer(seed).sign(message))
        expect(scheme.verify(unaligned(own.publicKey), unaligned(message), unaligned(signature))).toBe(true)
      }
    })
    it('refuses what was spoiled, without an error', () => {
      const item = signed(50)
      expect(scheme.verify(item.publicKey, item.message, item.signature)).toBe(true)
      for (const [name, spoil] of Object.entries(SPOILED)) {
        const bad = spoil(item)
        expect(scheme.verify(bad.publicKey, bad.message, bad.signature), name).toBe(false)
      }
    })
    for (const edge of ED25519_EDGE_CASES) {
      it(`${edge.valid ? 'accepts' : 'refuses'} ${edge.name}, alone and among good ones`, () => {
        expect(scheme.verify(edge.publicKey, edge.message, edge.signature)).toBe(edge.valid)
        const good = [signed(1), signed(2), signed(3)]
        for (const items of [[edge], [edge, edge], [...good, edge], [edge, ...good, ...good]]) {
          const bad = items.flatMap((item, i) => (item === edge && !edge.valid ? [i] : []))
          expect(scheme.verifyMany(batchOf(items))).toEqual(bad)
        }
      })
    }
    for (const count of COUNTS) {
      it(`verifies ${count} at once: all good, first bad, last bad, all bad`, () => {
        const items = Array.from({ length: count }, (_, i) => signed(i))
        const spoil = SPOILED['a bit of S']!
        expect(scheme.verifyMany(batchOf(items))).toEqual([])
        if (count === 0) return
        expect(scheme.verifyMany(batchOf([spoil(items[0]!), ...items.slice(1)]))).toEqual([0])
        expect(scheme.verifyMany(batchOf([...items.slice(0, -1), spoil(items.at(-1)!)]))).toEqual([count - 1])
        if (count > 5) return
        expect(scheme.verifyMany(batchOf(items.map(spoil)))).toEqual(items.map((_, i) => i))
      })
    }
    it(`names every bad one among ${batch}, of many kinds and many signers`, () => {
      const signers = Array.from({ length: 7 }, (_, i) => scheme.signer(bytesOf(32, 1000 + i)))
      const items = Array.from({ length: batch }, (_, i): Signed => {
        const own = signers[i % 7]!
        const message = bytesOf(i % 60, i)
        return { publicKey: own.publicKey, message, signature: own.sign(message) }
      })
      const bad = Object.values(SPOILED).map((spoil, i) => {
        const index = Math.floor(((i + 0.5) * batch) / 11)
        items[index] = spoil(items[index]!)
        return index
      })
      expect(scheme.verifyMany(batchOf(items))).toEqual(bad)
      // one message in place of another's: both are signed, neither under this key
      const swapped = [...items.slice(0, 3), { ...items[3]!, publicKey: items[4]!.publicKey }, items[4]!]
      expect(scheme.verifyMany(batchOf(swapped))).toEqual([...bad.filter(index => index < 3), 3])
    })
    it('is not fooled by errors that cancel out', () => {
      // the S of two signatures shifted by +1 and -1: their plain sum would not change
      const [a, b] = [signed(10), signed(11)]
      const shifted = (item: Signed, by: number): Signed => {
        const signature = item.signature.slice()
        signature[32]! += by
        return { ...item, signature }
      }
      expect(scheme.verifyMany(batchOf([shifted(a, 1), shifted(b, -1)]))).toEqual([0, 1])
    })
    it('refuses lists that do not belong together', () => {
      const { publicKeys, messages, signatures } = batchOf([signed(1), signed(2)])
      const wrong = failure('UsageError', 'wrong-argument')
      expect(() => scheme.verifyMany({ publicKeys: publicKeys.slice(0, 1), messages, signatures })).toThrow(wrong)
      expect(() => scheme.verifyMany({ publicKeys, messages: messages.slice(0, 1), signatures })).toThrow(wrong)
      expect(() => scheme.verifyMany({ publicKeys, messages, signatures: signatures.slice(0, 0) })).toThrow(wrong)
    })
    it('tells the caller about private keys of the wrong length', () => {
      for (const length of [0, 31, 33, 64]) {
        const wrong = failure('UsageError', 'wrong-length', { expected: 32, got: length })
        expect(() => scheme.publicKey(bytesOf(length, 1))).toThrow(wrong)
        expect(() => scheme.signer(bytesOf(length, 1))).toThrow(wrong)
      }
    })
    it('owns its key: the caller may wipe theirs, and a wiped signer signs no more', () => {
      const seed = bytesOf(32, 77)
      const own = scheme.signer(seed)
      const before = own.sign(bytesOf(5, 1))
      seed.fill(0)
      own.publicKey.slice()
      expect(own.sign(bytesOf(5, 1))).toEqual(before)
      own.wipe()
      own.wipe()
      expect(() => own.sign(bytesOf(5, 1))).toThrow(failure('UsageError', 'wiped-secret'))
    })
    it('changes no input and returns arrays of its own', () => {
      const [seed, message] = [bytesOf(32, 2), bytesOf(90, 3)]
      const own = scheme.signer(seed)
      const signature = own.sign(message)
      expectPure([seed], () => scheme.publicKey(seed))
      expectPure([seed], () => scheme.signer(seed).publicKey)
      expectPure([seed, message], () => own.sign(message))
      const inputs = [own.publicKey, message, signature]
      const before = inputs.map(input => input.slice())
      const lists = {
        publicKeys: ByteList.fixed(own.publicKey, 32),
        messages: ByteList.fixed(message, 90),
        signatures: ByteList.fixed(signature, 64),
      }
      expect(scheme.verify(own.publicKey, message, signature)).toBe(true)
      expect(scheme.verifyMany(lists)).toEqual([])
      expect(inputs).toEqual(before)
    })
  })
}
