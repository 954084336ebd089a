/** Which backend serves what: by default, where something is missing, and where the user decides. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createNodeBackend, findNodeBackend } from '../../src/crypto/backends/node/index.ts'
import { createWasmBackend, findWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import { createProvider, defaultProvider, describeChoices } from '../../src/crypto/default-provider.ts'
import type { Backend, BackendName, PrimitiveId } from '../../src/crypto/provider.ts'

const noble = createNobleBackend()
const NAMES = Object.keys(noble.primitives) as PrimitiveId[]

function servedBy(provider: ReturnType<typeof createProvider>): Partial<Record<PrimitiveId, BackendName>> {
  return Object.fromEntries(provider.choices().map(choice => [choice.primitive, choice.backend]))
}

const failure = (name: string, code: string) => expect.objectContaining({ name, code })

/** Encrypts under one provider and decrypts under another. */
function expectInterworking(a: ReturnType<typeof createProvider>, b: ReturnType<typeof createProvider>): void {
  for (const id of [1, 3]) {
    const pair = b.suite(id).kem.deriveKeyPair(utf8('recipient'))
    const sealed = a.suite(id).labels.encryptWithLabel(pair.publicKey, 'test', utf8('context'), utf8('hello'))
    expect(b.suite(id).labels.decryptWithLabel(pair, 'test', utf8('context'), sealed)).toEqual(utf8('hello'))
    const signer = a.suite(id).signature.signer(new Uint8Array(32).fill(id))
    const signature = a.suite(id).labels.signWithLabel(signer, 'test', utf8('content'))
    expect(b.suite(id).labels.verifyWithLabel(signer.publicKey, 'test', utf8('content'), signature)).toBe(true)
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the default', () => {
  it('serves all primitives of noble, suites 1 and 3, and is made once', () => {
    const provider = defaultProvider()
    expect(provider).toBe(defaultProvider())
    expect(provider.choices().map(choice => choice.primitive)).toEqual(NAMES)
    expect(provider.suites()).toEqual([1, 3])
    expect(provider.suite(1)).toBe(provider.suite(1))
    expectInterworking(provider, createProvider({ backends: [noble] }))
    expectInterworking(createProvider({ backends: [noble] }), provider)
  })
  it('takes WebAssembly, and node:crypto for long inputs', () => {
    const provider = createProvider()
    expect(new Set(Object.values(servedBy(provider)))).toEqual(new Set(['wasm']))
    const sha256 = provider.choices().find(choice => choice.primitive === 'sha256')
    expect(sha256?.long).toEqual({ from: 384, backend: 'node', detail: createNodeBackend().detail })
    expect(provider.choices().find(choice => choice.primitive === 'x25519')?.long).toBe(undefined)
  })
  it('is node:crypto without WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined)
    expect(findWasmBackend()).toBe(undefined)
    expect(() => createWasmBackend()).toThrow(failure('EnvironmentError', 'no-webassembly'))
    const provider = createProvider()
    expect(new Set(Object.values(servedBy(provider)))).toEqual(new Set(['node']))
    expectInterworking(provider, defaultProvider())
  })
  it('is WebAssembly alone in a browser', () => {
    vi.stubGlobal('process', undefined)
    expect(findNodeBackend()).toBe(undefined)
    expect(() => createNodeBackend()).toThrow(failure('EnvironmentError', 'no-backend'))
    const provider = createProvider()
    expect(new Set(Object.values(servedBy(provider)))).toEqual(new Set(['wasm']))
    expect(provider.choices().some(choice => choice.long !== undefined)).toBe(false)
    expectInterworking(provider, defaultProvider())
  })
  it('is noble where a browser forbids WebAssembly', () => {
    vi.stubGlobal('process', undefined)
    const refusing = {
      Module: class {
        constructor() {
          throw new Error('refused by the content security policy')
        }
      },
    }
    vi.stubGlobal('WebAssembly', refusing)
    const provider = createProvider()
    expect(new Set(Object.values(servedBy(provider)))).toEqual(new Set(['noble']))
    expectInterworking(provider, defaultProvider())
  })
})

describe('what the user decides', () => {
  it('takes the first backend that offers a primitive', () => {
    const few: Backend = { name: 'sodium', detail: 'only a hash', primitives: { sha256: noble.primitives.sha256! } }
    const provider = createProvider({ backends: [few, createNodeBackend()] })
    expect(servedBy(provider).sha256).toBe('sodium')
    expect(servedBy(provider).sha512).toBe('node')
    expect(provider.choices().some(choice => choice.long !== undefined)).toBe(false)
  })
  it('fixes single primitives', () => {
    const provider = createProvider({ choose: { ed25519: 'noble', sha256: 'wasm', aes128gcm: 'node' } })
    const { ed25519, sha256, aes128gcm, x25519 } = servedBy(provider)
    expect([ed25519, sha256, aes128gcm, x25519]).toEqual(['noble', 'wasm', 'node', 'wasm'])
    expect(provider.choices().find(choice => choice.primitive === 'sha256')?.long).toBe(undefined)
    const missing = { backends: [noble], choose: { sha256: 'node' } } as const
    expect(() => createProvider(missing)).toThrow(failure('UsageError', 'no-backend'))
  })
  it('says what is missing', () => {
    const provider = createProvider({ backends: [{ name: 'noble', detail: 'nothing', primitives: {} }] })
    expect(provider.suites()).toEqual([])
    expect(() => provider.primitive('sha256')).toThrow(failure('EnvironmentError', 'no-backend'))
    expect(() => provider.suite(1)).toThrow(failure('EnvironmentError', 'no-backend'))
    expect(() => provider.suite(9)).toThrow(failure('UsageError', 'unknown-suite'))
  })
  it('draws from the source given', () => {
    const random = (out: Uint8Array): void => {
      out.set(fromHex('77076d0a7318a57d3c16c17251b26645df4c2f92ebc099ac5b4c4fd7a2fd1db9').subarray(0, out.length))
    }
    const first = createProvider({ random }).suite(1).kem.generateKeyPair()
    const second = createProvider({ random }).suite(1).kem.generateKeyPair()
    expect(toHex(first.privateKey)).toBe(toHex(second.privateKey))
  })
  it('is described in one line for each primitive', () => {
    const lines = describeChoices(createProvider()).split('\n')
    expect(lines).toHaveLength(NAMES.length)
    expect(lines[0]).toMatch(/^sha256 +wasm +\(WebAssembly, .*\); from 384 bytes on node \(node:crypto, OpenSSL .*\)$/)
    expect(describeChoices(createProvider({ backends: [noble] })).split('\n')[0]).toBe(
      'sha256            noble  (@noble, JavaScript)',
    )
  })
})
