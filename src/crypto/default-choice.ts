/** What the default provider takes for each primitive: measured, not believed. */
import { aeadByLength, hashByLength, kdfByLength } from './backends/by-length.ts'
import { createNobleBackend } from './backends/noble/index.ts'
import { findNodeBackend } from './backends/node/index.ts'
import { findWasmBackend } from './backends/wasm/index.ts'
import type { Aead, Backend, Hash, Kdf, PrimitiveId, Primitives } from './provider.ts'

/**
 * The backends that are present here, the one to take first. WebAssembly answers single calls 2 to 10 times sooner than node:crypto, whose
 * calls cost 0.5 to 12 µs and 30 to 280 µs more for each raw private key; bulk calls gain further. Without WebAssembly native code is
 * faster than JavaScript. In µs on Node 20 / Node 24:
 *
 *                            WebAssembly, fused   integer        node:crypto    libsodium      noble
 * SHA-256 of 64 B            0.30 / 0.25          the same       0.60 / 0.65                   0.97 / 0.88
 * HKDF-Expand                0.56 / 0.49          the same       2.0 / 11                      3.2 / 2.9
 * AES-128-GCM of 200 B       1.8 / 1.7            the same       2.4 / 11                      12 / 11
 * ChaCha20-Poly1305, 200 B   0.72 / 0.69          the same       2.8 / 12       1.1 / 1.0      5.5 / 4.2
 * X25519                     32 / 27              61 / 45        305 / 71       58 / 56        700 / 760
 * Ed25519, verification      24 / 21              56 / 40        62 / 70        65 / 64        790 / 930
 * the same, 1,024 at once    11 / 8.6             24 / 17        64 / 79        72 / 65        810 / 790
 * Ed25519, signature         12 / 10              26 / 19        20 / 19        27 / 27        350 / 350
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
