/** The instance of the symmetric module that hashes, key derivation and AEADs share; made on first use. */
import { instantiate, type WasmInstance } from './instance.ts'

let shared: WasmInstance | undefined

/** The shared instance. Calls are synchronous and leave no secret behind, so that sharing it is safe. Throws `no-webassembly`. */
export function symmetric(): WasmInstance {
  shared ??= instantiate('symmetric')
  return shared
}

/** A copy of a result that lies in linear memory, where it is wiped. */
export function taken(memory: Uint8Array<ArrayBuffer>, at: number, length: number): Uint8Array<ArrayBuffer> {
  const out = memory.slice(at, at + length)
  memory.fill(0, at, at + length)
  return out
}
