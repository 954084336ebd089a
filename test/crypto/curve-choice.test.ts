/** Which curve module is used: the FMA module only where relaxed SIMD is allowed and rounds once. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { curve } from '../../src/crypto/backends/wasm/curve.ts'

describe('the curve modules', () => {
  it('give one shared instance of each kind, FMA by default', () => {
    expect(curve('fma').kind).toBe('fma')
    expect(curve('integer').kind).toBe('integer')
    expect(curve()).toBe(curve('fma'))
    expect(curve('integer')).toBe(curve('integer'))
  })
})

// the operands of assembly/field25519-check.ts
const PRODUCTS = 128
function* operands(): Generator<bigint> {
  for (let state = 25519n; ; ) {
    state = BigInt.asIntN(64, state * 6364136223846793005n + 1442695040888963407n)
    yield (state >> 13n) | 1n
  }
}

/** The check of one product in plain JavaScript, with a multiply-add of the caller's. */
function splits(x: bigint, y: bigint, multiplyAdd: (a: number, b: number, c: number) => number): boolean {
  const round = 1.5 * 2 ** 103
  const h = multiplyAdd(Number(x), Number(y), round)
  const l = multiplyAdd(Number(x), Number(y), round + 1.5 * 2 ** 52 - h)
  const high = (BigInt(h) - BigInt(round)) >> 51n
  const low = BigInt(l) - BigInt(1.5 * 2 ** 52)
  const half = 1n << 50n
  return BigInt.asUintN(64, (high << 51n) + low) === BigInt.asUintN(64, x * y) && low >= -half && low <= half
}

describe('the self-test of fused rounding', () => {
  const source = operands()
  const pairs = Array.from({ length: PRODUCTS }, () => [source.next().value, source.next().value] as [bigint, bigint])

  // Number(bigint) rounds to nearest, ties to even
  it('accepts one rounding for all of its products', () => {
    const fused = (a: number, b: number, c: number) => Number(BigInt(a) * BigInt(b) + BigInt(c))
    expect(pairs.filter(([x, y]) => !splits(x, y, fused))).toEqual([])
  })

  it('finds two roundings', () => {
    const twice = (a: number, b: number, c: number) => a * b + c
    const wrong = pairs.filter(([x, y]) => !splits(x, y, twice))
    expect(wrong.length).toBeGreaterThan(PRODUCTS / 2)
  })
})

describe('on an engine', () => {
  const relaxed = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : []
  const answer = (...flags: string[]): string => {
    const file = fileURLToPath(new URL('../../build/wasm/curve-fma.wasm', import.meta.url))
    const script = `const { readFileSync } = require('node:fs')
      const module = new WebAssembly.Module(readFileSync(${JSON.stringify(file)}))
      console.log(new WebAssembly.Instance(module).exports.fused_rounding())`
    return spawnSync(process.execPath, [...relaxed, ...flags, '-e', script], { encoding: 'utf8' }).stdout.trim()
  }

  it('that fuses, the self-test passes', () => {
    expect(answer()).toBe('1')
  })

  it('that multiplies and adds, the self-test fails', () => {
    expect(answer('--no-enable-fma3')).toBe('0')
  })
})

describe('the choice', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.doUnmock('../../src/crypto/backends/wasm/instance.ts')
  })
  const fresh = async (): Promise<typeof curve> => {
    vi.resetModules()
    return (await import('../../src/crypto/backends/wasm/curve.ts')).curve
  }
  const expectInteger = (choose: typeof curve) => {
    expect(choose().kind).toBe('integer')
    expect(() => choose('fma')).toThrow(expect.objectContaining({ name: 'EnvironmentError', code: 'no-fma' }))
    expect(choose('integer')).toBe(choose())
  }

  it('is the integer module where relaxed SIMD is unknown', async () => {
    const refusing = Object.create(WebAssembly, { validate: { value: () => false } })
    vi.stubGlobal('WebAssembly', refusing)
    expectInteger(await fresh())
  })

  it('is the integer module where the self-test fails', async () => {
    vi.doMock('../../src/crypto/backends/wasm/instance.ts', async importOriginal => {
      const original = await importOriginal<typeof import('../../src/crypto/backends/wasm/instance.ts')>()
      const instantiate: typeof original.instantiate = name => {
        const instance = original.instantiate(name)
        return name === 'curve-fma'
          ? { ...instance, exports: { ...instance.exports, fused_rounding: () => 0 } }
          : instance
      }
      return { ...original, instantiate }
    })
    expectInteger(await fresh())
  })

  it('is an error where WebAssembly is missing', async () => {
    vi.stubGlobal('WebAssembly', undefined)
    const choose = await fresh()
    expect(() => choose()).toThrow(expect.objectContaining({ code: 'no-webassembly' }))
  })
})
