/** Every backend that can run here, for the suites that all of them must pass. */
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createNodeBackend } from '../../src/crypto/backends/node/index.ts'
import { createSodiumBackend } from '../../src/crypto/backends/sodium/index.ts'
import type { Backend } from '../../src/crypto/provider.ts'

export async function backendsUnderTest(): Promise<Backend[]> {
  return [createNobleBackend(), createNodeBackend(), await createSodiumBackend()]
}
