/** What the default provider takes for each primitive: measured, not believed. */
import { aeadByLength, hashByLength, kdfByLength } from './backends/by-length.ts'
import { createNobleBackend } from './backends/noble/index.ts'
import { findNodeBackend } from './backends/node/index.ts'
import { findWasmBackend } from './backends/wasm/index.ts'
import type { Aead, Backend, Hash, Kdf, PrimitiveId, Primitives } from './provider.ts'

/**
 * The backends that are present here, the one to take first. WebAssembly answers single calls 2 to 10 times sooner than node:crypto, whose
 * calls cost 0.5 to 12 µs and 30 to 290 µs more for each raw private key, and bulk calls gain further. In µs on Node 20 / 24, WebAssembly
 * against node:crypto: SHA-256 of 64 B 0.30 / 0.25 : 0.60 / 0.65; HKDF-Expand 0.56 / 0.49 : 2.0 / 11; AES-128-GCM of 200 B
 * 1.8 / 1.7 : 2.4 / 11; X25519 32 / 27 (61 / 45 without fused multiply-add) : 315 / 76. Without WebAssembly native code is faster than
 * JavaScript: X25519 315 / 76 : 700 / 740, Ed25519 verification 62 / 75 : 790 / 850.
 */
export function presentBackends(): Backend[] {
  return [findWasmBackend(), findNodeBackend(), createNobleBackend()].filter(backend => backend !== undefined)
}

/** Where long inputs of a primitive go to another backend: from how many bytes on, and how the two become one. */
interface LongInputs<Id extends PrimitiveId> {
  readonly from: number
  join(short: Primitives[Id], long: Primitives[Id]): Primitives[Id]
}

const hashes = (from: number, fromInBulk: number) => ({
  from,
  join: (short: Hash, long: Hash) => hashByLength({ short, long, from, fromInBulk }),
})
const kdfs = (from: number) => ({ from, join: (short: Kdf, long: Kdf) => kdfByLength({ short, long, from }) })
const aeads = (from: number) => ({ from, join: (short: Aead, long: Aead) => aeadByLength({ short, long, from }) })

/** From where on node:crypto overtakes WebAssembly, which has no access to SHA and AES instructions; the same units and order. */
export const NODE_FOR_LONG: { readonly [Id in PrimitiveId]?: LongInputs<Id> } = {
  // 1 KiB: 2.0 / 1.7 against 1.0 / 1.1, equal at 350 bytes; in bulk, four lanes, 1.2 / 1.1 against 1.6 / 1.2, equal at 1.5 KiB
  sha256: hashes(384, 1536),
  // 1 KiB: 1.8 / 1.8 against 1.5 / 1.5, equal at 700 bytes, in bulk too
  sha384: hashes(768, 768),
  sha512: hashes(768, 768),
  // 64 KiB: 118 / 99 against 31 / 39, equal at 1 / 9 KiB
  'hkdf-sha256': kdfs(8192),
  'hkdf-sha384': kdfs(8192),
  'hkdf-sha512': kdfs(8192),
  // 16 KiB: 70 / 70 against 6.3 / 15, equal at 0.35 / 2.4 KiB
  aes128gcm: aeads(2048),
  aes256gcm: aeads(2048),
  // 128 KiB: 134 / 134 against 52 / 45, equal at 3 / 15 KiB
  chacha20poly1305: aeads(8192),
}
