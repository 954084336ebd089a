/** Long inputs in parts and in pieces: the results of the whole, and no memory of WebAssembly that grows with them. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import { UsageError } from '../../src/base/errors.ts'
import { createNodeBackend } from '../../src/crypto/backends/node/index.ts'
import { curve } from '../../src/crypto/backends/wasm/curve.ts'
import { createWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import { countOperations, createProvider } from '../../src/crypto/index.ts'
import type { Kdf } from '../../src/crypto/provider.ts'

const wasm = createWasmBackend()
const node = createNodeBackend()
const long = new Uint8Array(randomBytes(300_001))
/** Cut where pieces start and end, and into nothing. */
const cuts = [[0], [1, 65_535, 65_536, 65_537, 131_072], [64, 64, 300_001]]

function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length))
}

describe.each([
  ['wasm', wasm],
  ['node', node],
] as const)('%s', (_, { primitives }) => {
  it.each(['hkdf-sha256', 'hkdf-sha384', 'hkdf-sha512'] as const)('extracts from parts what it extracts: %s', id => {
    const kdf = primitives[id] as Kdf
    for (const salt of [new Uint8Array(0), long.subarray(0, 32), long.subarray(0, 200)]) {
      const expected = toHex(kdf.extract(salt, long))
      for (const places of cuts) expect(toHex(kdf.extractParts!(salt, cutAt(long, places)))).toBe(expected)
      expect(toHex(kdf.extractParts!(salt, []))).toBe(toHex(kdf.extract(salt, new Uint8Array(0))))
    }
    expect(() => kdf.extractParts!(long, ['text' as never])).toThrow(UsageError)
  })
})

describe.each(['fma', 'integer'] as const)('signatures of long messages, %s', kind => {
  const scheme = createWasmBackend({ curve: kind }).primitives.ed25519!
  const signer = node.primitives.ed25519!.signer(long.subarray(0, 32))
  const signature = signer.sign(long)

  it('are accepted whole and in parts, and nothing else is', () => {
    expect(scheme.verify(signer.publicKey, long, signature)).toBe(true)
    for (const places of cuts) {
      const parts = cutAt(long, places)
      expect(scheme.verifyParts!(signer.publicKey, parts, signature)).toBe(true)
      expect(scheme.verifyParts!(signer.publicKey, parts.toReversed(), signature)).toBe(parts.length < 3)
      expect(scheme.verifyParts!(signer.publicKey, [...parts, Uint8Array.of(0)], signature)).toBe(false)
    }
    for (const at of [0, 65_535, 65_536, 300_000]) {
      const changed = long.slice()
      changed[at]! ^= 1
      expect(scheme.verify(signer.publicKey, changed, signature)).toBe(false)
    }
    const [badKey, badSignature] = [signer.publicKey.slice(), signature.slice()]
    badKey[3]! ^= 1
    badSignature[40]! ^= 1
    expect(scheme.verify(badKey, long, signature)).toBe(false)
    expect(scheme.verify(signer.publicKey, long, badSignature)).toBe(false)
    expect(scheme.verifyParts!(signer.publicKey.subarray(1), [long], signature)).toBe(false)
    expect(scheme.verifyParts!(new Uint8Array(32), [long], signature)).toBe(false)
    expect(() => scheme.verifyParts!(signer.publicKey, ['text' as never], signature)).toThrow(UsageError)
  })

  it('leave the memory of the module as small as it was', () => {
    const before = curve(kind).bytes().length
    const longer = concat(...Array.from({ length: 10 }, () => long))
    expect(scheme.verify(signer.publicKey, longer, signature)).toBe(false)
    expect(curve(kind).bytes().length).toBe(before)
  })
})

describe('labels and HPKE', () => {
  it('give the same for long content, and count the same, with and without primitives that take parts', () => {
    const parts = countOperations(createProvider({ backends: [wasm, node] }))
    const { extractParts: _, ...kdf } = node.primitives['hkdf-sha256'] as Kdf & Record<string, unknown>
    const { verifyParts: __, ...ed25519 } = wasm.primitives.ed25519!
    const without = { ...node, primitives: { 'hkdf-sha256': kdf as Kdf, ed25519 } }
    const whole = countOperations(createProvider({ backends: [without, wasm, node] }))
    const [a, b] = [parts.suite(1), whole.suite(1)]
    const signer = a.signature.signer(long.subarray(0, 32))
    const signature = b.labels.signWithLabel(signer, 'label', long)
    const pair = a.kem.deriveKeyPair(long.subarray(0, 32))
    const sealed = b.labels.encryptWithLabel(pair.publicKey, 'label', long, long.subarray(0, 40))
    for (const [provider, { labels }] of [
      [parts, a],
      [whole, b],
    ] as const) {
      const counts = provider.during(() => {
        expect(labels.verifyWithLabel(signer.publicKey, 'label', long, signature)).toBe(true)
        expect(labels.verifyWithLabel(signer.publicKey, 'label', long.subarray(1), signature)).toBe(false)
        expect(labels.decryptWithLabel(pair, 'label', long, sealed)).toEqual(long.slice(0, 40))
      })
      expect(counts).toMatchObject({ verify: 2, aead: 1, dh: 1, kdf: 6 })
    }
  })
})
