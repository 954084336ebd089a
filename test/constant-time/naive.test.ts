/** Functions that do what ours do, with our own parts, in the obvious way: right results, and caught. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { concat } from '../../src/base/bytes.ts'
import { wasmAead } from '../../src/crypto/backends/wasm/aead.ts'
import { createEd25519 } from '../../src/crypto/backends/wasm/ed25519.ts'
import { createWasmHashes } from '../../src/crypto/backends/wasm/hash.ts'
import { seededBytes } from '../crypto/seeded.ts'
import { instrument } from './instrument.ts'
import { firstDifference, TracedInstance } from './traced.ts'

const file = fileURLToPath(new URL('../../build/wasm/testing-leaks.wasm', import.meta.url))
const instance = TracedInstance.from('testing-leaks', instrument(readFileSync(file)))
const io = instance.global('IO')

describe('double-and-add', () => {
  const scalars = [0, 1, 2, 3].map(i => {
    const scalar = createWasmHashes()
      .sha512.digest(seededBytes(`seed ${i}`, 32))
      .slice(0, 32)
    scalar[0]! &= 248
    scalar[31]! = (scalar[31]! & 63) | 64
    return scalar
  })
  const multiply = (scalar: Uint8Array): Uint8Array => {
    instance.memory.set(scalar, io)
    instance.call('naiveMultiply', io + 32, io)
    return instance.memory.slice(io + 32, io + 64)
  }
  it('computes public keys', () => {
    for (const [i, scalar] of scalars.entries()) {
      expect(multiply(scalar)).toEqual(createEd25519().publicKey(seededBytes(`seed ${i}`, 32)))
    }
  })
  it('is caught', () => {
    const [first, second] = [() => multiply(scalars[0]!), () => multiply(scalars[1]!)]
    expect(firstDifference(instance, first, second)).toMatch(/^event \d+: .*Condition/)
    expect(firstDifference(instance, first, first)).toBe(undefined)
  })
})

describe.each([
  ['chacha20poly1305', 0],
  ['aes128gcm', 16],
] as const)('%s that compares tags byte by byte', (id, cipher) => {
  const aead = wasmAead(id)
  const [key, nonce, text] = [seededBytes('key', aead.keyLength), seededBytes('nonce', 12), seededBytes('text', 40)]
  const sealed = aead.seal(key, nonce, new Uint8Array(0), text)
  const wrongAt = (i: number): Uint8Array => sealed.map((byte, k) => (k === 40 + i ? byte ^ 1 : byte))
  const padded = (bytes: Uint8Array, length: number): Uint8Array => concat(bytes, new Uint8Array(length - bytes.length))
  const open = (ciphertext: Uint8Array): number => {
    instance.memory.set(concat(padded(key, 32), padded(nonce, 16), ciphertext), io)
    return instance.call('naiveOpen', cipher, io, 0, 40)
  }
  it('opens what is right and nothing else', () => {
    for (let i = 0; i < 16; i++) expect(open(wrongAt(i))).toBe(0)
    expect(open(sealed)).toBe(1)
    expect(instance.memory.slice(io + 48, io + 88)).toEqual(text)
  })
  it('is caught', () => {
    for (let i = 1; i < 16; i++) {
      const difference = firstDifference(
        instance,
        () => open(wrongAt(0)),
        () => open(wrongAt(i)),
      )
      expect(difference).toMatch(/^event \d+: .*Condition/)
    }
  })
})
