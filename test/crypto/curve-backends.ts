/** The backends of copath/crypto/curves and copath/crypto/post-quantum, and providers that have all suites. */
import { moreCurves } from '../../src/crypto/backends/curves.ts'
import { createNobleCurves } from '../../src/crypto/backends/noble/curves.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { findNodeCurves } from '../../src/crypto/backends/node/curves.ts'
import { postQuantum } from '../../src/crypto/backends/post-quantum.ts'
import { createProvider, type ProviderOptions, type SuiteProvider } from '../../src/crypto/default-provider.ts'
import type { Backend } from '../../src/crypto/provider.ts'

/** The curves of suites 2, 4, 5, 6 and 7 in JavaScript and in native code, which share no arithmetic. */
export function curveBackendsUnderTest(): { noble: Backend; node: Backend } {
  const node = findNodeCurves()
  if (node === undefined) throw new Error('these tests need node:crypto')
  return { noble: createNobleCurves(), node }
}

/** Every suite that this library knows, on what a user gets who asks for all of them. */
export function allSuites(options: ProviderOptions = {}): SuiteProvider {
  return createProvider({ extra: [...moreCurves(), postQuantum()], ...options })
}

/** The same in JavaScript alone. */
export function allSuitesOnNoble(options: ProviderOptions = {}): SuiteProvider {
  const noble = createNobleBackend()
  const x25519 = noble.primitives.x25519!
  return createProvider({ backends: [noble, createNobleCurves(), postQuantum({ x25519 })], ...options })
}
