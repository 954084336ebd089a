/**
 * What the Wasm modules remember of secrets: nothing. After every operation, on success and on failure, the whole linear memory and all
 * mutable globals are the same whatever the secrets were, the regions for secrets are zero, and no 8 bytes of a secret or of anything
 * derived from it are left anywhere.
 */
import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { createWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import { instrument } from '../constant-time/instrument.ts'
import { type Instances, observeWebAssembly } from '../support/observed-wasm.ts'
import {
  curveOperations,
  type SecretOperation,
  symmetricOperations,
  type WasmPrimitives,
} from '../support/secret-operations.ts'
import { seededBytes } from './seeded.ts'

// the rewritten modules of the constant-time check export their mutable globals as well
const instances: Instances = observeWebAssembly((_, bytes) => instrument(bytes).bytes)

const FMA = createWasmBackend({ curve: 'fma' }).primitives as WasmPrimitives
const INTEGER = createWasmBackend({ curve: 'integer' }).primitives as WasmPrimitives

type Instance = Instances[number]['instance']
const memoryOf = (instance: Instance): Uint8Array =>
  new Uint8Array((instance.exports['memory'] as WebAssembly.Memory).buffer)
const constant = (instance: Instance, name: string): number =>
  (instance.exports[name] as WebAssembly.Global).value as number

/** IO and SCRATCH of one instance: from and to. */
function secretRegions(instance: Instance): [name: string, from: number, to: number][] {
  return ['IO', 'SCRATCH'].map(name => {
    const from = constant(instance, name)
    return [name, from, from + constant(instance, `${name}_SIZE`)]
  })
}

/** All that a module keeps between calls. */
function kept(instance: Instance): { memory: Buffer; globals: unknown[] } {
  const names = Object.keys(instance.exports).filter(name => name.startsWith('global.'))
  return {
    memory: Buffer.from(memoryOf(instance)),
    globals: names.map(name => (instance.exports[name] as WebAssembly.Global).value as unknown),
  }
}

/** Every run of 8 bytes. */
function windowsOf(secrets: readonly Uint8Array[]): Set<string> {
  const windows = new Set<string>()
  for (const secret of secrets) {
    const text = Buffer.from(secret).toString('latin1')
    for (let i = 0; i + 8 <= text.length; i++) windows.add(text.slice(i, i + 8))
  }
  return windows
}

/** Where 8 bytes of any secret lie in memory, or -1. Memory is mostly zero: runs with a zero at both ends are not looked up. */
function find(memory: Uint8Array, secrets: readonly Uint8Array[]): number {
  const windows = windowsOf(secrets)
  const text = Buffer.from(memory.buffer, memory.byteOffset, memory.length).toString('latin1')
  for (let i = 0; i + 8 <= text.length; i++) {
    if (memory[i] === 0 && memory[i + 7] === 0) continue
    if (windows.has(text.slice(i, i + 8))) return i
  }
  return -1
}

/** Values on the way from a secret to a result that are as secret as the secret. */
function derived(secret: Uint8Array): Uint8Array[] {
  const [first, rest] = [secret.subarray(0, 32), secret.subarray(32)]
  const sha512 = createHash('sha512').update(first).digest()
  const clamped = (bytes: Uint8Array): Uint8Array => {
    const scalar = bytes.slice(0, 32)
    scalar[0]! &= 248
    scalar[31] = (scalar[31]! & 63) | 64
    return scalar
  }
  const padded = (byte: number): Uint8Array => first.map(b => b ^ byte)
  return [
    secret,
    sha512,
    ...(first.length === 32 ? [clamped(first), clamped(sha512)] : []),
    padded(0x36),
    padded(0x5c),
    ...['sha256', 'sha384', 'sha512'].flatMap(hash => [
      createHmac(hash, first).update(rest).digest(),
      new Uint8Array(hkdfSync(hash, rest, first, new Uint8Array(0), 64)),
    ]),
  ]
}

function expectNothingKept({ length, run }: SecretOperation): void {
  const one = seededBytes('one secret', length)
  const other = seededBytes('another secret', length).map(byte => byte | 0x81)
  // compiles, fills public tables, grows memory
  run(one)
  const results = run(one)
  const before = instances.map(({ instance }) => kept(instance))
  for (const { name, instance } of instances) {
    for (const [region, from, to] of secretRegions(instance)) {
      expect(
        memoryOf(instance)
          .subarray(from, to)
          .every(byte => byte === 0),
        `${region} of ${name}`,
      ).toBe(true)
    }
    expect(find(memoryOf(instance), [...derived(one), ...results]), `secret bytes in ${name} at`).toBe(-1)
  }
  run(other)
  for (const [i, { name, instance }] of instances.entries()) {
    const after = kept(instance)
    expect(Buffer.compare(after.memory, before[i]!.memory), `memory of ${name} depends on secrets`).toBe(0)
    expect(after.globals).toEqual(before[i]!.globals)
  }
}

function checkAll(operations: readonly SecretOperation[]): void {
  it.each(operations)('$name', operation => expectNothingKept(operation))
}

describe('curve-fma', () => checkAll(curveOperations(FMA)))
describe('curve-integer', () => checkAll(curveOperations(INTEGER)))
describe('symmetric', () => checkAll(symmetricOperations(FMA)))

describe('verification', () => {
  // signatures and messages are public as a rule, but a message may be the plaintext of something
  it.each([
    ['curve-fma', FMA],
    ['curve-integer', INTEGER],
  ] as const)('leaves nothing of messages in %s, whether signatures are good or bad', (_, { ed25519 }) => {
    const sign = (label: string, i: number) => {
      const message = seededBytes(`${label} ${i}`, 100)
      const signer = ed25519.signer(seededBytes(`seed ${i}`, 32))
      return { message, signature: signer.sign(message), publicKey: signer.publicKey }
    }
    const batch =
      (label: string): SecretOperation['run'] =>
      () => {
        const signed = Array.from({ length: 70 }, (_, i) => sign(label, i))
        const messages = signed.map(({ message }) => message)
        const signatures = signed.map(({ signature }) => signature.slice())
        const publicKeys = ByteList.of(signed.map(({ publicKey }) => publicKey))
        const verify = () =>
          ed25519.verifyMany({ publicKeys, messages: ByteList.of(messages), signatures: ByteList.of(signatures) })
        expect(verify()).toEqual([])
        signatures[7]![3]! ^= 1
        signatures[40]![63] = 0xff
        expect(verify()).toEqual([7, 40])
        expect(ed25519.verify(publicKeys.at(7), messages[7]!, signatures[7]!)).toBe(false)
        expect(ed25519.verify(publicKeys.at(8), messages[8]!, signatures[8]!)).toBe(true)
        expect(ed25519.verify(publicKeys.at(40), messages[40]!, signatures[40]!)).toBe(false)
        return messages
      }
    const messages = batch('message')(new Uint8Array(0))
    for (const { name, instance } of instances) {
      for (const [region, from, to] of secretRegions(instance)) {
        expect(
          memoryOf(instance)
            .subarray(from, to)
            .every(byte => byte === 0),
          `${region} of ${name}`,
        ).toBe(true)
      }
      expect(find(memoryOf(instance), messages), `a message in ${name} at`).toBe(-1)
    }
  })
})

describe('the check itself', () => {
  const { instance } = (() => {
    FMA.sha256.digest(new Uint8Array(1))
    return instances.find(({ name }) => name === 'symmetric')!
  })()
  const arena = (instance.exports['arena'] as () => number)()
  const leaving = (at: number): SecretOperation => ({
    name: 'leaving',
    length: 32,
    run(secret) {
      memoryOf(instance).set(secret.subarray(5, 13), at)
      return []
    },
  })
  it.each([
    ['in the arena', arena + 1001],
    ['at the end of memory', memoryOf(instance).length - 8],
    ['in IO', constant(instance, 'IO') + 77],
    ['in SCRATCH', constant(instance, 'SCRATCH') + 1],
    ['in the tables', 0x1fff0],
  ])('finds 8 bytes of a secret %s', (_, at) => {
    const before = memoryOf(instance).slice(at, at + 8)
    expect(() => expectNothingKept(leaving(at))).toThrow()
    memoryOf(instance).set(before, at)
  })
  it('finds a value that has nothing in common with the secret but that it depends on it', () => {
    const run = (secret: Uint8Array): Uint8Array[] => {
      memoryOf(instance)[arena + 500] = secret[0]! & 1
      return []
    }
    expect(() => expectNothingKept({ name: 'one bit', length: 32, run })).toThrow(/depends on secrets/)
    memoryOf(instance)[arena + 500] = 0
  })
  it('saw all three modules', () => {
    expect([...new Set(instances.map(({ name }) => name))].sort()).toEqual(['curve-fma', 'curve-integer', 'symmetric'])
  })
})
