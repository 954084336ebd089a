/** The instance of the symmetric module that hashes, key derivation and AEADs share; made on first use. */
import { instantiate, type WasmInstance } from './instance.ts'

let shared: WasmInstance | undefined

/** The shared instance. Calls are synchronous and leave no secret behind, so that sharing it is safe. Throws `no-webassembly`. */
export function symmetric(): WasmInstance {
  shared ??= instantiate('symmetric')
  return shared
}
