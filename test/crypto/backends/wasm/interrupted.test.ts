/**
 * Calls that end in an exception at any point, as by a stack that is used up, which WebAssembly cannot catch: nothing secret stays behind
 * in memory, and the next call is right.
 */
import { describe, expect, it, vi } from 'vitest'
import type { WasmInstance } from '../../../../src/crypto/backends/wasm/instance.ts'
import {
  curveOperations,
  type SecretOperation,
  symmetricOperations,
  type WasmPrimitives,
} from '../../../support/secret-operations.ts'
import { seededBytes } from '../../seeded.ts'

const instances: WasmInstance[] = []
/** How many more calls of a module end well. */
let callsLeft = Number.POSITIVE_INFINITY

const constant = ({ exports }: WasmInstance, name: string): number =>
  (exports[name] as WebAssembly.Global).value as number

/** IO and SCRATCH, which are neighbours. */
function secretRegions(instance: WasmInstance): Uint8Array {
  const end = constant(instance, 'SCRATCH') + constant(instance, 'SCRATCH_SIZE')
  return instance.bytes().subarray(constant(instance, 'IO'), end)
}

type Exported = (...parameters: number[]) => unknown

/** The instance with functions that stop working, and leave the regions for secrets full, when `callsLeft` is used up. */
function interrupted(instance: WasmInstance): WasmInstance {
  const exports = Object.entries(instance.exports).map(([name, value]) => {
    // sizes are computed without memory
    if (typeof value !== 'function' || name.endsWith('_space')) return [name, value]
    const working = value as Exported
    const call: Exported = (...parameters) => {
      if (callsLeft-- > 0) return working(...parameters)
      secretRegions(instance).fill(0x5c)
      throw new RangeError('Maximum call stack size exceeded')
    }
    return [name, call]
  })
  return { ...instance, exports: Object.fromEntries(exports) as WebAssembly.Exports }
}

vi.doMock('../../../../src/crypto/backends/wasm/instance.ts', async importOriginal => {
  const original = await importOriginal<typeof import('../../../../src/crypto/backends/wasm/instance.ts')>()
  const instantiate: typeof original.instantiate = name => {
    const instance = interrupted(original.instantiate(name))
    instances.push(instance)
    return instance
  }
  return { ...original, instantiate }
})
const { createWasmBackend } = await import('../../../../src/crypto/backends/wasm/index.ts')

/** Secrets lie in memory in parts; this is how long the shortest is that is looked for. */
const PART = 16

function expectNothingLeft(secret: Uint8Array): void {
  for (const instance of instances) {
    expect(secretRegions(instance).every(byte => byte === 0)).toBe(true)
    const memory = Buffer.from(instance.bytes().buffer)
    for (let at = 0; at + PART <= secret.length; at += 997)
      expect(memory.includes(Buffer.from(secret.subarray(at, at + PART)))).toBe(false)
  }
}

function check({ length, run }: SecretOperation): void {
  const secret = seededBytes('interrupted', length)
  const results = run(secret)
  for (let calls = 0; ; calls++) {
    callsLeft = calls
    try {
      run(secret)
      break
    } catch (error) {
      expect(error).toMatchObject({ name: 'RangeError' })
    } finally {
      callsLeft = Number.POSITIVE_INFINITY
    }
    expectNothingLeft(secret)
  }
  expect(run(secret)).toEqual(results)
}

describe.each(['fma', 'integer'] as const)('%s', kind => {
  const primitives = createWasmBackend({ curve: kind }).primitives as WasmPrimitives
  it.each(curveOperations(primitives))('$name', check)
})

describe('symmetric', () => {
  const primitives = createWasmBackend().primitives as WasmPrimitives
  it.each(symmetricOperations(primitives))('$name', check)
})
