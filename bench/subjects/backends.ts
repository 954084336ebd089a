/** Every backend under the name the tables show. */
import { readFileSync } from 'node:fs'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createSodiumBackend } from '../../src/crypto/backends/sodium/index.ts'
import { createWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import type { Backend } from '../../src/crypto/provider.ts'

/** Ours with FMA arithmetic where this runtime has it, ours with integers, libsodium, noble. OpenSSL is measured without our glue. */
export async function loadBackends(): Promise<ReadonlyMap<string, Backend>> {
  const backends = new Map<string, Backend>()
  try {
    backends.set('copath', createWasmBackend({ curve: 'fma' }))
  } catch {
    console.error('No relaxed SIMD here: the FMA module is not measured.')
  }
  backends.set('copath-integer', createWasmBackend({ curve: 'integer' }))
  backends.set('libsodium', await createSodiumBackend())
  backends.set('noble', createNobleBackend())
  return backends
}

/** Versions of what is measured, for the report: from the lock file, since not every package exports its own. */
export function versions(): Record<string, string> {
  const lock = JSON.parse(readFileSync(new URL('../../../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, { version: string } | undefined>
  }
  const version = (name: string): string => lock.packages[`node_modules/${name}`]?.version ?? 'unknown'
  return {
    openssl: process.versions.openssl,
    'libsodium-wrappers': version('libsodium-wrappers'),
    '@noble/curves': version('@noble/curves'),
  }
}
