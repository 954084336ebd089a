/** What the contract's parts share: repeatable bytes, awkward inputs, and the rules that hold for every call. */
import { expect } from 'vitest'
import { ByteList } from '../../../src/base/byte-list.ts'
import { equalPublic } from '../../../src/base/bytes.ts'
import { firstPrivateKey } from '../../../src/crypto/private-keys.ts'
import type { DiffieHellman, SignatureScheme } from '../../../src/crypto/provider.ts'

// the general comparison takes milliseconds for 70,000 bytes
expect.addEqualityTesters([
  (a, b) => (a instanceof Uint8Array && b instanceof Uint8Array ? equalPublic(a, b) : undefined),
])

/** List lengths around nothing, lanes, blocks and windows. */
export const COUNTS = [0, 1, 2, 3, 4, 5, 63, 64, 65]

/** The same bytes for the same seed (xorshift32; quality does not matter here). */
export function bytesOf(length: number, seed: number): Uint8Array<ArrayBuffer> {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[i] = state >>> 11
  }
  return out
}

/** `count` items of one length in a list without gaps. */
export function fixedList(count: number, length: number, seed: number): ByteList {
  return ByteList.fixed(bytesOf(count * length, seed), length)
}

/** A private key, the same for the same seed. */
export function privateKeyOf(primitive: DiffieHellman | SignatureScheme, seed: number): Uint8Array<ArrayBuffer> {
  return firstPrivateKey(primitive, i => bytesOf(primitive.privateKeyLength, seed + 1000 * i))
}

/** `count` private keys in a list without gaps. */
export function privateKeysOf(primitive: DiffieHellman | SignatureScheme, count: number, seed: number): ByteList {
  const keys = Array.from({ length: count }, (_, i) => privateKeyOf(primitive, seed + i))
  return ByteList.fixed(joined(keys), primitive.privateKeyLength)
}

/** `count` items of growing length. */
export function mixedList(count: number, seed: number): ByteList {
  return ByteList.of(Array.from({ length: count }, (_, i) => bytesOf((i * 7) % 150, seed + i)))
}

/** A view of the same bytes that starts at an odd address inside of something larger. */
export function unaligned(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length + 9).fill(0xa5)
  larger.set(bytes, 3)
  return larger.subarray(3, 3 + bytes.length)
}

/** The same list as the middle part of a longer one. */
export function sliced(list: ByteList): ByteList {
  const around = [Uint8Array.of(1, 2, 3), ...list, Uint8Array.of(4)]
  return ByteList.of(around).slice(1, 1 + list.count)
}

/** One result after the other. */
export function joined(items: readonly Uint8Array[]): Uint8Array {
  return ByteList.of(items).bytes
}

/** An error with this code, and these details if any. */
export function failure(name: 'RejectedError' | 'UsageError', code: string, details?: Record<string, unknown>): Error {
  const shape = details === undefined ? { name, code } : { name, code, details: expect.objectContaining(details) }
  return expect.objectContaining(shape) as Error
}

/**
 * The call leaves its inputs as they are, gives the same answer again, and each answer is an array of its own that fills its buffer:
 * nothing aliases the inputs, an earlier answer or a library's memory.
 */
export function expectPure(inputs: readonly Uint8Array[], call: () => Uint8Array): void {
  const before = inputs.map(input => input.slice())
  const first = call()
  const copy = first.slice()
  const second = call()
  expect(inputs).toEqual(before)
  expect(second).toEqual(copy)
  for (const result of [first, second]) {
    expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype)
    expect(result.byteLength).toBe(result.buffer.byteLength)
    expect(inputs.some(input => input.buffer === result.buffer)).toBe(false)
  }
  expect(first.buffer === second.buffer).toBe(false)
  first.fill(0x5a)
  expect(second).toEqual(copy)
  expect(inputs).toEqual(before)
}
