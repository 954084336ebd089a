/** Ed25519 in both curve modules: 10,000 cases in one digest, batches of every shape, what a search for bad ones costs, nothing left behind. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { concat, fromHex, toHex } from '../../src/base/bytes.ts'
import { type CurveInstance, type CurveKind, curve } from '../../src/crypto/backends/wasm/curve.ts'
import { createEd25519 } from '../../src/crypto/backends/wasm/ed25519.ts'
import { findBad } from '../../src/crypto/backends/wasm/ed25519-batch.ts'
import type { SignatureScheme, SignedMessages } from '../../src/crypto/provider.ts'
import { seededBytes } from './seeded.ts'

const KINDS: readonly CurveKind[] = ['fma', 'integer']
const SCALAR_AT = 32

const CASES = 10_000
const seeds = seededBytes('ed25519 seeds', 32 * CASES)
const text = seededBytes('ed25519 messages', CASES + 300)
/** Of all public keys, signatures and answers; computed with @noble/curves 2.4.0 and with node:crypto, which repeats the first part below. */
const DIGEST = '63ad0e5800458f5bbd01c2af9251320cf1ec13014fdb2a3ed78c5fb1e77fe76e'
const FIRST = 2_000
const FIRST_DIGEST = '2c61092c2679eeb097b448862185b44e160fc333b20b62703547c0d6ac43bff1'

interface Keys {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
  verify(message: Uint8Array, signature: Uint8Array): boolean
}

/** The digests of the first cases, and of all. */
function accumulate(keysOf: (seed: Uint8Array) => Keys, count: number): [first: string, all: string] {
  const hash = createHash('sha256')
  let first = hash.copy()
  for (let i = 0; i < count; i++) {
    if (i === FIRST) first = hash.copy()
    const message = text.subarray(i, i + (i % 257))
    const keys = keysOf(seeds.subarray(32 * i, 32 * i + 32))
    const signature = keys.sign(message)
    const bad = Uint8Array.from(signature)
    bad[i % 64]! ^= 1 << (i % 8)
    const answers = [signature, bad].map(s => Number(keys.verify(message, s)))
    hash
      .update(keys.publicKey)
      .update(signature)
      .update(Uint8Array.of(answers[0]! + 2 * answers[1]!))
  }
  return [first.digest('hex'), hash.digest('hex')]
}

function openssl(seed: Uint8Array): Keys {
  const der = Buffer.from(concat(fromHex('302e020100300506032b657004220420'), seed))
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  return {
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
    sign: message => sign(null, message, privateKey),
    verify: (message, signature) => verify(null, message, publicKey, signature),
  }
}

interface Signed {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** Signed messages of many lengths by many signers. */
function signedMessages(scheme: SignatureScheme, count: number, lengthOf = (i: number) => (i * 37) % 200): Signed[] {
  const signers = Array.from({ length: 16 }, (_, i) => scheme.signer(seeds.subarray(32 * i, 32 * i + 32)))
  return Array.from({ length: count }, (_, i) => {
    const signer = signers[(i * 7) % 16]!
    const message = seededBytes(`message ${i % 64}`, lengthOf(i))
    return { publicKey: signer.publicKey, message, signature: signer.sign(message) }
  })
}

function batchOf(items: readonly Signed[]): SignedMessages {
  return {
    publicKeys: ByteList.of(items.map(item => item.publicKey)),
    messages: ByteList.of(items.map(item => item.message)),
    signatures: ByteList.of(items.map(item => item.signature)),
  }
}

/** The items with one byte of each signature named changed: R, S in turn. */
function spoiled(items: readonly Signed[], bad: Iterable<number>): Signed[] {
  const out = items.slice()
  for (const i of bad) {
    const signature = out[i]!.signature.slice()
    signature[i % 2 === 0 ? 3 : SCALAR_AT + 3]! ^= 0x10
    out[i] = { ...out[i]!, signature }
  }
  return out
}

/** The module with its calls counted: items summed together, items verified alone. */
function counting(wasm: CurveInstance) {
  const counts = { summed: 0, alone: 0 }
  const calls = wasm.exports as Record<string, (...args: number[]) => number>
  const exports = {
    ...wasm.exports,
    ed25519_batch_sum(slot: number, from: number, to: number, ...rest: number[]) {
      counts.summed += to - from
      return calls['ed25519_batch_sum']!(slot, from, to, ...rest)
    },
    ed25519_verify(...args: number[]) {
      counts.alone++
      return calls['ed25519_verify']!(...args)
    },
  }
  return { counts, wasm: { ...wasm, exports: exports as unknown as WebAssembly.Exports } }
}

it('the accumulated digest of node:crypto', () => {
  expect(accumulate(openssl, FIRST)[1]).toBe(FIRST_DIGEST)
})

describe.each(KINDS)('Ed25519, %s', kind => {
  const scheme = createEd25519(kind)
  // more would be the same again: lengths, texts and signers repeat
  const some = signedMessages(scheme, 1_600)
  const many = Array.from({ length: 10_000 }, (_, i) => some[i % 1_600]!)

  it('signs and verifies 10,000 cases to the same digest', () => {
    const keys = (seed: Uint8Array): Keys => {
      const signer = scheme.signer(seed)
      return {
        publicKey: signer.publicKey,
        sign: signer.sign,
        verify: (message, signature) => scheme.verify(signer.publicKey, message, signature),
      }
    }
    expect(accumulate(keys, CASES)).toEqual([FIRST_DIGEST, DIGEST])
  })

  it('takes a message of any length in pieces: memory of WebAssembly that has grown stays', () => {
    const signer = scheme.signer(seeds.subarray(0, 32))
    const message = new Uint8Array(30_000_001).fill(7)
    const before = curve(kind).bytes().length
    const signature = signer.sign(message)
    expect(scheme.verify(signer.publicKey, message, signature)).toBe(true)
    expect(curve(kind).bytes().length - before).toBeLessThanOrEqual(2 ** 17)
    expect(toHex(signature)).toBe(toHex(openssl(seeds.subarray(0, 32)).sign(message)))
  })

  it('names the bad one at every position of small batches', () => {
    for (const n of [1, 2, 4, 5, 6, 8, 9, 10, 17, 33, 96, 97]) {
      const items = many.slice(n, 2 * n)
      expect(scheme.verifyMany(batchOf(items))).toEqual([])
      const step = n < 20 ? 1 : 7
      for (let i = 0; i < n; i += step) expect(scheme.verifyMany(batchOf(spoiled(items, [i])))).toEqual([i])
    }
  })

  it('names every set of bad ones among six', () => {
    const items = many.slice(0, 6)
    for (let set = 0; set < 64; set++) {
      const bad = [0, 1, 2, 3, 4, 5].filter(i => ((set >> i) & 1) === 1)
      expect(scheme.verifyMany(batchOf(spoiled(items, bad)))).toEqual(bad)
    }
  })

  it('takes messages of very different lengths, also longer than a chunk', () => {
    const lengths = [0, 1, 100_000, 63, 64, 65, 0, 17_000, 5_000_000, 3, 3_000_000, 2_000_000, 5]
    const items = signedMessages(scheme, lengths.length, i => lengths[i]!)
    expect(scheme.verifyMany(batchOf(items))).toEqual([])
    expect(scheme.verifyMany(batchOf(spoiled(items, [0, 8, 12])))).toEqual([0, 8, 12])
    for (const { publicKey, message, signature } of items) {
      expect(scheme.verify(publicKey, message, signature)).toBe(true)
      expect(scheme.verify(publicKey, concat(message, Uint8Array.of(0)), signature)).toBe(false)
    }
  })

  it('finds one bad among 10,000 for the price of the sum again, and a logarithm', () => {
    for (const i of [0, 4_321, 9_999]) {
      const counted = counting(curve(kind))
      expect(findBad(counted.wasm, batchOf(spoiled(many, [i])))).toEqual([i])
      expect(counted.counts.summed).toBeLessThan(10_000 + 10_000 + 16)
      // the sample, and the last eight
      expect(counted.counts.alone).toBeLessThanOrEqual(Math.ceil(10_000 / 64) + 8)
    }
  })

  it('does not search long where many are bad', () => {
    const items = many.slice(0, 3_000)
    for (const every of [1, 7, 50, 63, 300]) {
      const bad = Array.from({ length: Math.ceil(items.length / every) }, (_, i) => i * every)
      const counted = counting(curve(kind))
      expect(findBad(counted.wasm, batchOf(spoiled(items, bad)))).toEqual(bad)
      // the batch itself, and at most six levels of left halves
      expect(counted.counts.summed).toBeLessThanOrEqual(items.length * 4 + 100)
      expect(counted.counts.alone).toBeLessThanOrEqual(items.length + Math.ceil(items.length / 64))
      // dense enough to be seen in the sample: no search at all
      if (every < 50) expect(counted.counts.summed).toBe(items.length)
    }
  })

  it('goes over the border of a chunk', () => {
    const count = 16_384 + 6
    const items = Array.from({ length: count }, (_, i) => many[i % 300]!)
    const bad = [0, 16_383, 16_384, count - 1]
    const spoil = spoiled(items, bad)
    expect(scheme.verifyMany(batchOf(spoil))).toEqual(bad)
    const whole = batchOf(spoil)
    const part: SignedMessages = {
      publicKeys: whole.publicKeys.slice(16_380, 16_386),
      messages: whole.messages.slice(16_380, 16_386),
      signatures: whole.signatures.slice(16_380, 16_386),
    }
    expect(scheme.verifyMany(part)).toEqual([3, 4])
  })

  it('draws coefficients of its own for each batch', () => {
    const wasm = curve(kind)
    const seen = new Set<string>()
    const items = batchOf(many.slice(0, 6))
    const calls = wasm.exports as Record<string, (...args: number[]) => number>
    const exports = {
      ...wasm.exports,
      ed25519_batch_prepare(...args: number[]) {
        seen.add(toHex(wasm.bytes().slice(args[5]!, args[5]! + 16)))
        return calls['ed25519_batch_prepare']!(...args)
      },
    }
    for (let i = 0; i < 20; i++) findBad({ ...wasm, exports: exports as unknown as WebAssembly.Exports }, items)
    expect(seen.size).toBe(20)
    expect(seen.has('00'.repeat(16))).toBe(false)
  })

  it('leaves nothing in memory: scratch, arguments and results, messages of a batch', () => {
    const wasm = curve(kind)
    const at = (name: string) => (wasm.exports[name] as WebAssembly.Global).value as number
    const [scratch, size] = [at('SCRATCH'), at('SCRATCH_SIZE')]
    const clean = (from: number, length: number) =>
      wasm
        .bytes()
        .subarray(from, from + length)
        .every(byte => byte === 0)
    const expectClean = () => expect([clean(scratch, size), clean(wasm.io, wasm.ioSize)]).toEqual([true, true])
    const seed = seeds.slice(0, 32)
    const signer = scheme.signer(seed)
    expectClean()
    scheme.publicKey(seed)
    expectClean()
    const message = seededBytes('confidential', 100)
    const signature = signer.sign(message)
    expectClean()
    expect(scheme.verify(signer.publicKey, message, signature)).toBe(true)
    expectClean()
    for (const [key, s] of [
      [signature.subarray(0, 32), signature],
      [signer.publicKey, signature.map(byte => byte ^ 1)],
      [new Uint8Array(32), signature],
    ] as const) {
      expect(scheme.verify(key, message, s)).toBe(false)
      expectClean()
    }
    // longer than the IO region: through the arena
    const long = seededBytes('long and confidential', 40_000)
    const found = (needle: Uint8Array) => Buffer.from(wasm.bytes().buffer).includes(Buffer.from(needle))
    expect(scheme.verify(signer.publicKey, long, signer.sign(long))).toBe(true)
    expect(found(long.subarray(100, 132))).toBe(false)
    const items = Array.from({ length: 20 }, () => ({ publicKey: signer.publicKey, message, signature }))
    for (const bad of [[], [7]]) {
      expect(scheme.verifyMany(batchOf(spoiled(items, bad)))).toEqual(bad)
      expectClean()
      expect(found(message.subarray(0, 16))).toBe(false)
    }
    for (const secret of [seed, createHash('sha512').update(seed).digest().subarray(32)])
      expect(found(secret)).toBe(false)
    signer.wipe()
  })
})
