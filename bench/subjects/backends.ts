/** Every backend under the name the tables show. */
import { createRequire } from 'node:module'
import type { Backend } from '../../src/crypto/provider.ts'

export async function loadBackends(): Promise<ReadonlyMap<string, Backend>> {
  throw new Error('written when the backends land')
}

/** Versions of what is measured, for the report. */
export async function versions(): Promise<Record<string, string>> {
  const require = createRequire(import.meta.url)
  const version = (name: string): string => (require(`${name}/package.json`) as { version: string }).version
  return {
    openssl: process.versions.openssl,
    'libsodium-wrappers': version('libsodium-wrappers'),
    '@noble/curves': version('@noble/curves'),
  }
}
