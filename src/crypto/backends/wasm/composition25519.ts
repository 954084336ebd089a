/** X25519 in WebAssembly: products of private keys, and points of the curve told from those of its twist. */
import type { KeyComposition } from '../../provider.ts'
import { checkOwnLength, checkPublicKeys } from '../checks.ts'
import { type CurveInstance, type CurveKind, curve } from './curve.ts'

const SIZE = 32
// keys in the region of single calls at once
const CHUNK = 256

interface Exports {
  x25519_product(out: number, a: number, b: number): void
  x25519_first_off_curve(us: number, count: number): number
}

/** On the module of one kind, or of the better kind that runs here. The module is compiled on the first call. */
export function createComposition(kind?: CurveKind): KeyComposition {
  let instance: CurveInstance | undefined
  const module = (): CurveInstance => (instance ??= curve(kind))
  const exportsOf = (wasm: CurveInstance): Exports => wasm.exports as unknown as Exports
  return {
    product(first, second) {
      checkOwnLength(first, SIZE)
      checkOwnLength(second, SIZE)
      const wasm = module()
      const memory = wasm.bytes()
      const [a, b, out] = [wasm.io, wasm.io + SIZE, wasm.io + 2 * SIZE]
      try {
        memory.set(first, a)
        memory.set(second, b)
        exportsOf(wasm).x25519_product(out, a, b)
        return memory.slice(out, out + SIZE)
      } catch (error) {
        throw wasm.abandoned(error)
      } finally {
        memory.fill(0, a, out + SIZE)
      }
    },
    firstOffCurve(publicKeys) {
      checkPublicKeys(publicKeys, SIZE)
      const wasm = module()
      const memory = wasm.bytes()
      for (let from = 0; from < publicKeys.count; from += CHUNK) {
        const count = Math.min(CHUNK, publicKeys.count - from)
        for (let i = 0; i < count; i++) memory.set(publicKeys.at(from + i), wasm.io + SIZE * i)
        const first = exportsOf(wasm).x25519_first_off_curve(wasm.io, count)
        memory.fill(0, wasm.io, wasm.io + SIZE * count)
        if (first < count) return from + first
      }
      return publicKeys.count
    },
  }
}
