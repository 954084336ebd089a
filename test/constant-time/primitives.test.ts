/** Constant time by trace: every operation on secrets takes the same path over the same addresses, whatever the secrets are. */
import { afterAll, describe, expect, it } from 'vitest'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import { seededBytes } from '../crypto/seeded.ts'
import { observeWebAssembly } from '../support/observed-wasm.ts'
import {
  curveOperations,
  type SecretOperation,
  symmetricOperations,
  type WasmPrimitives,
} from '../support/secret-operations.ts'
import { type Instrumented, instrument } from './instrument.ts'
import { firstDifference, TracedInstance, trace } from './traced.ts'

const rewritten = new Map<string, Instrumented>()
const observed = observeWebAssembly((name, bytes) => {
  const module = instrument(bytes)
  rewritten.set(name, module)
  return module.bytes
})

const FMA = createWasmBackend({ curve: 'fma' }).primitives as WasmPrimitives
const NOBLE = createNobleBackend().primitives as WasmPrimitives
const INTEGER = createWasmBackend({ curve: 'integer' }).primitives as WasmPrimitives

const traced = new Map<WebAssembly.Instance, TracedInstance>()
function instances(): TracedInstance[] {
  return observed.map(({ name, instance }) => {
    const known = traced.get(instance) ?? new TracedInstance(name, rewritten.get(name)!, instance)
    traced.set(instance, known)
    return known
  })
}

/** 32 bytes, little-endian. */
function number(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}
const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const EDGES = [
  1n,
  8n,
  L - 1n,
  L,
  L + 1n,
  8n * L,
  P - 1n,
  P,
  2n ** 254n,
  2n ** 255n - 8n,
  2n ** 252n,
  2n ** 51n - 1n,
].map(number)

/** Secrets of one length: extremes, single bits, edges of the field and the group over and over, and some of no special kind. */
function secretsOf(length: number): Uint8Array[] {
  const bits = [0, 1, 7, 8, 63, 127, 128, 254, 255, 8 * length - 1].filter(bit => bit < 8 * length)
  return [
    seededBytes('first', length),
    new Uint8Array(length),
    new Uint8Array(length).fill(0xff),
    new Uint8Array(length).fill(0xaa),
    ...bits.map(bit => Uint8Array.from({ length }, (_, i) => (i === bit >> 3 ? 1 << (bit & 7) : 0))),
    ...(length < 5000 ? EDGES.map(edge => Uint8Array.from({ length }, (_, i) => edge[i % 32]!)) : []),
    ...(length < 5000 ? [1, 2, 3, 4].map(i => seededBytes(`random ${i}`, length)) : []),
  ]
}

let events = 0n
function expectSameTrace(bodies: readonly (() => unknown)[]): void {
  // tables are made and modules compiled on the first call
  bodies[0]!()
  const seen = bodies.map(body => trace(instances(), body))
  events += seen.flat().reduce((sum, { count }) => sum + count, 0n)
  for (const [i, instance] of instances().entries()) {
    const first = seen[0]![i]!
    for (const [n, traces] of seen.entries()) {
      const { digest, count, selects, unusual } = traces[i]!
      if (digest !== first.digest || count !== first.count) {
        expect.fail(`input ${n}: ${firstDifference(instance, bodies[0]!, bodies[n]!)}`)
      }
      expect(selects, `integer selects in ${instance.name}, input ${n}`).toBe(first.selects)
      expect(unusual, `subnormal, infinite or NaN in ${instance.lastUnusual()}, input ${n}`).toBe(0)
    }
  }
  expect(seen[0]!.some(({ count }) => count > 0n)).toBe(true)
}

function checkAll(primitives: WasmPrimitives, operationsOf: (primitives: WasmPrimitives) => SecretOperation[]): void {
  const reference = new Map(operationsOf(NOBLE).map(({ name, run }) => [name, run]))
  it.each(operationsOf(primitives))('$name', ({ name, length, run }) => {
    const secrets = secretsOf(length)
    expectSameTrace(secrets.map(secret => () => run(secret)))
    // what was watched is the real computation
    expect(run(secrets[0]!)).toEqual(reference.get(name)!(secrets[0]!))
  })
}

describe.each([
  ['curve-fma', FMA],
  ['curve-integer', INTEGER],
] as const)('%s, keys that no known seed makes', (name, { ed25519 }) => {
  it('sign in constant time with every single bit and edge of the secret scalar', () => {
    ed25519.publicKey(new Uint8Array(32))
    const instance = instances().find(candidate => candidate.name === name)!
    const io = instance.global('IO')
    const sign = (scalar: Uint8Array): void => {
      const clamped = scalar.slice()
      clamped[0]! &= 248
      clamped[31] = (clamped[31]! & 63) | 64
      instance.memory.set(clamped, io + 64)
      instance.memory.set(seededBytes('prefix and public key', 64), io + 96)
      instance.memory.set(seededBytes('message', 20), io + 160)
      instance.call('ed25519_sign_begin', io + 64)
      instance.call('ed25519_feed', io + 160, 20)
      instance.call('ed25519_sign_middle', io, io + 64)
      instance.call('ed25519_feed', io + 160, 20)
      instance.call('ed25519_sign_end', io, io + 64)
      instance.memory.fill(0, io, io + 180)
    }
    const scalars = [...Array.from({ length: 255 }, (_, bit) => number(1n << BigInt(bit))), ...secretsOf(32)]
    expectSameTrace(scalars.map(scalar => () => sign(scalar)))
  })
})

describe('curve-fma', () => checkAll(FMA, curveOperations))
describe('curve-integer', () => checkAll(INTEGER, curveOperations))
describe('symmetric', () => checkAll(FMA, symmetricOperations))

describe.each(['aes128gcm', 'aes256gcm', 'chacha20poly1305'] as const)('the comparison of tags of %s', id => {
  it.each([0, 33, 70_000])('takes one path wherever the tag of %d bytes differs', length => {
    const aead = FMA[id]
    const [key, nonce, aad] = [seededBytes('key', aead.keyLength), seededBytes('nonce', 12), seededBytes('aad', 20)]
    const sealed = aead.seal(key, nonce, aad, seededBytes('text', length))
    const wrong = Array.from({ length: length > 1000 ? 16 : 128 }, (_, i) => {
      const tag = sealed.slice()
      const bit = length > 1000 ? 8 * i : i
      tag[length + (bit >> 3)]! ^= 1 << (bit & 7)
      return tag
    })
    const unrelated = [0, 0xff].map(byte => sealed.slice().fill(byte, length))
    expectSameTrace(
      [...wrong, ...unrelated].map(ciphertext => () => expect(() => aead.open(key, nonce, aad, ciphertext)).toThrow()),
    )
  })
})

// all they take is public
const PUBLIC_FUNCTIONS = ['ed25519_verify\\w*', 'ed25519_batch_\\w+', 'x25519_first_off_curve', 'fused_rounding']

afterAll(() => {
  // a check that watches nothing would pass as well
  expect(events).toBeGreaterThan(10_000_000n)
  expect(instances().map(({ name }) => name)).toEqual(
    expect.arrayContaining(['curve-fma', 'curve-integer', 'symmetric']),
  )
  const isPublic = new RegExp(`^(${PUBLIC_FUNCTIONS.join('|')})$`)
  const unwatched = instances().flatMap(i => i.neverCalled().map(name => `${i.name}: ${name}`))
  expect(unwatched.filter(place => !isPublic.test(place.split(': ')[1]!))).toEqual([])
})
