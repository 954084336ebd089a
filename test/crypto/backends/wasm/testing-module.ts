/** Loads build/wasm/testing-*.wasm: the modules with their internals exported, for tests only. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A testing module: its functions by name, its memory, and the fixed regions of assembly/memory.ts. */
export interface TestingModule {
  readonly call: Readonly<Record<string, (...args: (number | bigint)[]) => number>>
  readonly memory: WebAssembly.Memory
  readonly io: number
  readonly ioSize: number
  readonly scratch: number
  readonly scratchSize: number
  readonly arena: number
  /** All of linear memory, as it is now. */
  bytes(): Uint8Array<ArrayBuffer>
}

/** A fresh instance of `build/wasm/<name>.wasm`. */
export function testingModule(name: string): TestingModule {
  const file = fileURLToPath(new URL(`../../../../build/wasm/${name}.wasm`, import.meta.url))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {})
  const memory = exports['memory'] as WebAssembly.Memory
  const constant = (region: string): number => (exports[region] as WebAssembly.Global).value as number
  return {
    call: exports as Record<string, (...args: (number | bigint)[]) => number>,
    memory,
    io: constant('IO'),
    ioSize: constant('IO_SIZE'),
    scratch: constant('SCRATCH'),
    scratchSize: constant('SCRATCH_SIZE'),
    arena: (exports['arena'] as () => number)(),
    bytes: () => new Uint8Array(memory.buffer as ArrayBuffer),
  }
}
