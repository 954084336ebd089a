/** Instances of the testing builds of the curve modules, which export their internals. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type CurveModuleName = 'testing-curve-fma' | 'testing-curve-integer'
export const CURVE_MODULES: readonly CurveModuleName[] = ['testing-curve-fma', 'testing-curve-integer']

/** Calls by name and bytes by address. */
export interface CurveModule {
  readonly name: CurveModuleName
  readonly io: number
  readonly scratch: number
  readonly scratchSize: number
  call(name: string, ...args: number[]): number
  write(at: number, bytes: Uint8Array): void
  read(at: number, length: number): Uint8Array<ArrayBuffer>
  reserve(size: number): number
}

/** A fresh instance. */
export function curveModule(name: CurveModuleName): CurveModule {
  const file = fileURLToPath(new URL(`../../build/wasm/${name}.wasm`, import.meta.url))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {})
  const memory = exports['memory'] as WebAssembly.Memory
  const constant = (key: string) => (exports[key] as WebAssembly.Global).value as number
  const call = (key: string, ...args: number[]) => (exports[key] as (...args: number[]) => number)(...args)
  return {
    name,
    io: constant('IO'),
    scratch: constant('SCRATCH'),
    scratchSize: constant('SCRATCH_SIZE'),
    call,
    write: (at, bytes) => new Uint8Array(memory.buffer).set(bytes, at),
    read: (at, length) => new Uint8Array(memory.buffer.slice(at, at + length) as ArrayBuffer),
    reserve(size) {
      const arena = call('arena')
      const missing = arena + size - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / 65536))
      return arena
    },
  }
}
