/** Where WebAssembly is missing, forbidden or limited, the default goes without it, and every suite still works. */
import { afterEach, describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createWasmBackend, findWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import { MODULES } from '../../src/crypto/backends/wasm/modules.generated.ts'
import { createProvider } from '../../src/crypto/default-provider.ts'

const whole = globalThis.WebAssembly
afterEach(() => {
  globalThis.WebAssembly = whole
})

/** WebAssembly whose `Module` refuses what `refuses` says. */
function refusing(refuses: (bytes: Uint8Array) => boolean, error: Error): typeof WebAssembly {
  const Module = new Proxy(whole.Module, {
    construct(target, [bytes]: [Uint8Array<ArrayBuffer>]) {
      if (refuses(bytes)) throw error
      return new target(bytes)
    },
  })
  return Object.assign(Object.create(whole), { Module }) as typeof WebAssembly
}

describe.each([
  ['is missing', undefined],
  ['is forbidden by a content security policy', refusing(() => true, new whole.CompileError('unsafe-eval'))],
  [
    'compiles up to 4 KiB only',
    refusing(bytes => bytes.length > 4096, new RangeError('disallowed on the main thread')),
  ],
  ['has no SIMD', Object.assign(Object.create(whole), { validate: () => false }) as typeof WebAssembly],
])('where WebAssembly %s', (_, replacement) => {
  it('no backend is found, and asking for one says so', () => {
    globalThis.WebAssembly = replacement as typeof WebAssembly
    expect(findWasmBackend()).toBeUndefined()
    expect(() => createWasmBackend()).toThrow(expect.objectContaining({ code: 'no-webassembly' }))
  })
  it('every suite works by default', () => {
    globalThis.WebAssembly = replacement as typeof WebAssembly
    const provider = createProvider()
    expect(provider.choices().map(({ backend }) => backend)).not.toContain('wasm')
    for (const id of provider.suites()) {
      const { hpke, kem } = provider.suite(id)
      const pair = kem.generateKeyPair()
      const sealed = hpke.seal(pair.publicKey, utf8('info'), utf8('aad'), utf8('text'))
      expect(hpke.open(pair, sealed, utf8('info'), utf8('aad'))).toEqual(utf8('text'))
    }
    expect(provider.suites()).toEqual(createProvider({ backends: [createNobleBackend()] }).suites())
  })
})

it('the probe is larger than every module', () => {
  expect(Math.max(...Object.values(MODULES).map(({ size }) => size))).toBeLessThan(65536)
})
