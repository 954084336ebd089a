/** Every backend under the name the tables show. */
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createSodiumBackend } from '../../src/crypto/backends/sodium/index.ts'
import { createWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import type { Backend } from '../../src/crypto/provider.ts'

/**
 * Ours with FMA arithmetic where this runtime has it, ours with integers, libsodium where it is installed, noble. OpenSSL is measured
 * without our glue. `note` is told what is missing.
 */
export async function loadBackends(note: (what: string) => void): Promise<ReadonlyMap<string, Backend>> {
  const backends = new Map<string, Backend>()
  try {
    backends.set('copath', createWasmBackend({ curve: 'fma' }))
  } catch {
    note('No relaxed SIMD here: the FMA module is not measured.')
  }
  backends.set('copath-integer', createWasmBackend({ curve: 'integer' }))
  try {
    backends.set('libsodium', await createSodiumBackend())
  } catch {
    note('libsodium is not measured: install libsodium-wrappers.')
  }
  backends.set('noble', createNobleBackend())
  return backends
}
