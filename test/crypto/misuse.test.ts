/** What callers may get wrong in the layers above the primitives: an error, never a quiet other meaning. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { EnvironmentError } from '../../src/base/errors.ts'
import type { RandomSource } from '../../src/base/random.ts'
import { createNobleCurves } from '../../src/crypto/backends/noble/curves.ts'
import { type CurveKind, curve } from '../../src/crypto/backends/wasm/curve.ts'
import { findBad } from '../../src/crypto/backends/wasm/ed25519-batch.ts'
import { createWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import { createProvider, type ProviderOptions } from '../../src/crypto/default-provider.ts'

const usage = (code = 'wrong-argument') => expect.objectContaining({ name: 'UsageError', code })
const { labels, kdf, hpke } = createProvider().suite(1)
const secret = new Uint8Array(kdf.length).fill(7)
const list = (...items: Uint8Array[]): ByteList => ByteList.of(items)
// never touched, so that it costs no memory
const huge = new Uint8Array(2 ** 31)

describe('a provider', () => {
  it('refuses random sources that fill the bytes later, or none at all', () => {
    const later: RandomSource = async out => {
      await Promise.resolve()
      out.fill(1)
    }
    expect(() => createProvider({ random: later }).suite(1).kem.generateKeyPair()).toThrow(usage())
    expect(() => createProvider({ random: 'random' as unknown as RandomSource })).toThrow(usage())
  })
  it('refuses a choice for a primitive that does not exist', () => {
    const choose = { 'sha-256': 'noble' } as unknown as NonNullable<ProviderOptions['choose']>
    expect(() => createProvider({ choose })).toThrow(usage())
  })
  it('refuses a curve module that does not exist', () => {
    expect(() => createWasmBackend({ curve: 'Integer' as CurveKind })).toThrow(usage())
  })
})

describe('labels', () => {
  it('are texts', () => {
    expect(() => labels.deriveSecret(secret, undefined as unknown as string)).toThrow(usage())
  })
  it('refuse generations that four bytes do not hold', () => {
    for (const generation of [-1, 2 ** 32, 0.5, Number.NaN]) {
      expect(() => labels.deriveTreeSecret(secret, 'key', generation, 16)).toThrow(usage())
    }
    const last = 2 ** 32 - 1
    expect(labels.deriveTreeSecret(secret, 'key', last, 16)).not.toEqual(labels.deriveTreeSecret(secret, 'key', 0, 16))
  })
  it('refuse contents that are no byte strings', () => {
    const text = 'text' as unknown as Uint8Array
    expect(() => labels.refHash('a', text)).toThrow(usage())
    expect(() => labels.expandWithLabel(secret, 'a', text, 16)).toThrow(usage())
  })
  it('refuse arrays where they verify lists', () => {
    const none = [] as unknown as ByteList
    const batch = { publicKeys: none, messages: none, signatures: none }
    expect(() => labels.verifyManyWithLabel('a', batch)).toThrow(usage())
  })
})

describe('signers of the other curves', () => {
  const { primitives } = createNobleCurves()
  it.each(['p256-sha256', 'p384-sha384', 'p521-sha512', 'ed448'] as const)('%s has a key of its own', id => {
    const scheme = primitives[id]!
    const given = Buffer.alloc(scheme.privateKeyLength, 1)
    // no scalar of P-521 has more than 521 bits
    given[0] = 0
    const signer = scheme.signer(given)
    const signature = signer.sign(secret)
    given.fill(2, 1)
    expect(scheme.verify(signer.publicKey, secret, signer.sign(secret))).toBe(true)
    expect(scheme.verify(signer.publicKey, secret, signature)).toBe(true)
    signer.wipe()
    expect(given[1]).toBe(2)
  })
})

describe('more than a list holds', () => {
  it('is not sealed', () => {
    const publicKeys = list(...Array.from({ length: 3 }, () => utf8('k'.repeat(32))))
    const plaintexts = ByteList.fixed(huge, huge.length)
    const batch = { publicKeys, info: secret, aad: secret, plaintexts }
    expect(() => hpke.sealMany(batch)).toThrow(usage('input-too-long'))
  })
})

describe('a message of 2 GiB', () => {
  it('gets an arena that holds it', () => {
    const reserved: number[] = []
    const refusing = {
      ...curve(),
      reserve(size: number): number {
        reserved.push(size)
        throw new EnvironmentError('out-of-memory', { bytes: size })
      },
    }
    const batch = {
      publicKeys: list(secret),
      messages: ByteList.fixed(huge, huge.length),
      signatures: list(new Uint8Array(64)),
    }
    expect(() => findBad(refusing, batch)).toThrow(expect.objectContaining({ code: 'out-of-memory' }))
    expect(reserved[0]).toBeGreaterThan(huge.length)
  })
})
