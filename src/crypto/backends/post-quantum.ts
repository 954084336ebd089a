/** copath/crypto/post-quantum: what the suites with X-Wing need besides the defaults. Apart, so that only those who use it load it. */
import { defaultProvider } from '../default-provider.ts'
import type { Backend, DiffieHellman } from '../provider.ts'
import { createXWing } from './noble/x-wing.ts'

/** Where X-Wing takes its parts from. */
export interface PostQuantumOptions {
  /** The X25519 half. By default that of the default provider: WebAssembly where there is any. */
  readonly x25519?: DiffieHellman
}

/** The backend for X-Wing: ML-KEM-768 of @noble/post-quantum. Pass it as `createProvider({ extra: [postQuantum()] })`. */
export function postQuantum({ x25519 = defaultProvider().primitive('x25519') }: PostQuantumOptions = {}): Backend {
  return {
    name: 'noble',
    detail: '@noble/post-quantum, JavaScript',
    primitives: { xwing: createXWing(x25519) },
  }
}
