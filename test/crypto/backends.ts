/** Every backend that can run here, for the suites that all of them must pass. */
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createNodeBackend } from '../../src/crypto/backends/node/index.ts'
import { createSodiumBackend } from '../../src/crypto/backends/sodium/index.ts'
import { createWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import { createProvider } from '../../src/crypto/default-provider.ts'
import type { Backend } from '../../src/crypto/provider.ts'

export async function backendsUnderTest(): Promise<Backend[]> {
  const wasm = [createWasmBackend({ curve: 'fma' }), createWasmBackend({ curve: 'integer' })]
  return [createNobleBackend(), createNodeBackend(), await createSodiumBackend(), ...wasm, defaultAsBackend()]
}

/** What the default provider made of them here, which may be two backends for one primitive. */
function defaultAsBackend(): Backend {
  const provider = createProvider()
  const primitives = provider.choices().map(({ primitive }) => [primitive, provider.primitive(primitive)])
  return { name: 'wasm', detail: 'the default choice', primitives: Object.fromEntries(primitives) }
}
