/** RFC 9420 section 5: the published vectors of the working group, and what they do not say. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createProvider } from '../../src/crypto/default-provider.ts'
import { describeVectors } from '../vectors/locate.ts'
import { privateKeyIn } from '../vectors/private-key.ts'
import { backendsUnderTest } from './backends.ts'
import { allSuites, allSuitesOnNoble } from './curve-backends.ts'

type Fields<Names extends string> = Record<Names, string>

interface CryptoBasics {
  readonly cipher_suite: number
  readonly ref_hash: Fields<'label' | 'value' | 'out'>
  readonly expand_with_label: Fields<'secret' | 'label' | 'context' | 'out'> & { readonly length: number }
  readonly derive_secret: Fields<'secret' | 'label' | 'out'>
  readonly derive_tree_secret: Fields<'secret' | 'label' | 'out'> & {
    readonly generation: number
    readonly length: number
  }
  readonly sign_with_label: Fields<'priv' | 'pub' | 'content' | 'label' | 'signature'>
  readonly encrypt_with_label: Fields<'priv' | 'pub' | 'label' | 'context' | 'plaintext' | 'kem_output' | 'ciphertext'>
}

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

describeVectors<CryptoBasics[]>('mls/crypto-basics.json', vectors => {
  it('has a case for every suite of RFC 9420', () => {
    expect(vectors.map(vector => vector.cipher_suite)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  for (const { detail, provider, ids } of providers) {
    for (const vector of vectors.filter(({ cipher_suite }) => ids.includes(cipher_suite))) {
      describe(`suite ${vector.cipher_suite} on ${detail}`, () => {
        const { kem, labels, signature } = provider.suite(vector.cipher_suite)

        it('RefHash', () => {
          const { label, value, out } = vector.ref_hash
          expect(toHex(labels.refHash(label, fromHex(value)))).toBe(out)
        })
        it('ExpandWithLabel, one and many', () => {
          const { secret, label, context, length, out } = vector.expand_with_label
          expect(toHex(labels.expandWithLabel(fromHex(secret), label, fromHex(context), length))).toBe(out)
          const secrets = ByteList.of([fromHex(secret), fromHex(secret)])
          const many = labels.expandManyWithLabel(secrets, label, ByteList.of([fromHex(context)]), length)
          expect(toHex(many)).toBe(out + out)
        })
        it('DeriveSecret', () => {
          const { secret, label, out } = vector.derive_secret
          expect(toHex(labels.deriveSecret(fromHex(secret), label))).toBe(out)
        })
        it('DeriveTreeSecret', () => {
          const { secret, label, generation, length, out } = vector.derive_tree_secret
          expect(toHex(labels.deriveTreeSecret(fromHex(secret), label, generation, length))).toBe(out)
        })
        it('SignWithLabel and VerifyWithLabel', () => {
          const { priv, pub, content, label, signature: published } = vector.sign_with_label
          const [key, text, tag] = [fromHex(pub), fromHex(content), fromHex(published)]
          expect(labels.verifyWithLabel(key, label, text, tag)).toBe(true)
          expect(labels.verifyWithLabel(key, `${label}.`, text, tag)).toBe(false)
          const signer = signature.signer(privateKeyIn(priv, signature))
          expect(toHex(signer.publicKey)).toBe(pub)
          const own = labels.signWithLabel(signer, label, text)
          expect(labels.verifyWithLabel(key, label, text, own)).toBe(true)
          // Ed25519 and Ed448 are deterministic, ECDSA of those who published these vectors is not
          if (signature.id.startsWith('ed')) expect(toHex(own)).toBe(published)
          signer.wipe()
          const batch = {
            publicKeys: ByteList.of([key, key, key]),
            messages: ByteList.of([text, fromHex(`${content}00`), text]),
            signatures: ByteList.of([tag, tag, tag]),
          }
          expect(labels.verifyManyWithLabel(label, batch)).toEqual([1])
        })
        it('EncryptWithLabel and DecryptWithLabel', () => {
          const { priv, pub, label, context, plaintext, kem_output, ciphertext } = vector.encrypt_with_label
          const pair = { privateKey: privateKeyIn(priv, kem), publicKey: fromHex(pub) }
          const published = { kemOutput: fromHex(kem_output), ciphertext: fromHex(ciphertext) }
          expect(toHex(labels.decryptWithLabel(pair, label, fromHex(context), published))).toBe(plaintext)
          const own = labels.encryptWithLabel(pair.publicKey, label, fromHex(context), fromHex(plaintext))
          expect(toHex(labels.decryptWithLabel(pair, label, fromHex(context), own))).toBe(plaintext)
          const many = labels.encryptManyWithLabel({
            publicKeys: ByteList.of([pair.publicKey, pair.publicKey]),
            label,
            context: fromHex(context),
            plaintexts: ByteList.of([fromHex(plaintext)]),
          })
          for (const i of [0, 1]) {
            const sealed = { kemOutput: many.kemOutputs.at(i).slice(), ciphertext: many.ciphertexts.at(i).slice() }
            expect(toHex(labels.decryptWithLabel(pair, label, fromHex(context), sealed))).toBe(plaintext)
            const other = () => labels.decryptWithLabel(pair, `${label}.`, fromHex(context), sealed)
            expect(other).toThrow(expect.objectContaining({ code: 'invalid-tag' }))
          }
        })
      })
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
