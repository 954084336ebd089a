/** The backend on our own WebAssembly modules: constant time, fastest in bulk, compiled on the first use of each. */
import { EnvironmentError } from '../../../base/errors.ts'
import type { Backend } from '../../provider.ts'
import { wasmAead } from './aead.ts'
import { type CurveKind, curve } from './curve.ts'
import { createEd25519 } from './ed25519.ts'
import { createWasmHashes } from './hash.ts'
import { webAssemblyAllowed } from './instance.ts'
import { createWasmKdfs } from './kdf.ts'
import { createX25519 } from './x25519.ts'

export type { CurveKind }

/** How the WebAssembly backend is chosen. */
export interface WasmOptions {
  /** The arithmetic of the curves; by default the better one that runs here. */
  readonly curve?: CurveKind
}

// (module (func (drop (i8x16.splat (i32.const 0)))))
const SIMD_PROBE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 4, 1, 96, 0, 0],
  ...[3, 2, 1, 0],
  ...[10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11],
)

const DETAILS = {
  fma: 'WebAssembly, curves with two-lane fused multiply-add',
  integer: 'WebAssembly, curves with integer arithmetic',
} as const

/** True where our modules can be compiled. */
function canCompile(): boolean {
  return webAssemblyAllowed() && WebAssembly.validate(SIMD_PROBE)
}

/** The backend on WebAssembly, or undefined where it may not be compiled or lacks SIMD. */
export function findWasmBackend({ curve: kind }: WasmOptions = {}): Backend | undefined {
  if (!canCompile()) return undefined
  const hashes = createWasmHashes()
  return {
    name: 'wasm',
    // asked for late: finding out compiles a curve module
    get detail() {
      return DETAILS[curve(kind).kind]
    },
    primitives: {
      ...hashes,
      ...createWasmKdfs(hashes),
      aes128gcm: wasmAead('aes128gcm'),
      aes256gcm: wasmAead('aes256gcm'),
      chacha20poly1305: wasmAead('chacha20poly1305'),
      x25519: createX25519(kind),
      ed25519: createEd25519(kind),
    },
  }
}

/** The backend on WebAssembly; throws `no-webassembly` where there is none, and `no-fma` where that was asked for and is missing. */
export function createWasmBackend(options: WasmOptions = {}): Backend {
  const backend = findWasmBackend(options)
  if (backend === undefined) throw new EnvironmentError('no-webassembly')
  if (options.curve !== undefined) curve(options.curve)
  return backend
}
