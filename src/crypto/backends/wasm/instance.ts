/** Compiles an embedded module on first use, synchronously, and gives typed access to its memory. */
import { BugError, EnvironmentError } from '../../../base/errors.ts'
import { inflate } from './inflate.ts'
import { MODULES } from './modules.generated.ts'

export type ModuleName = keyof typeof MODULES

/** An instance, its memory and the fixed regions of its map (assembly/memory.ts). */
export interface WasmInstance {
  readonly exports: WebAssembly.Exports
  /** Where single calls put arguments and find results. */
  readonly io: number
  readonly ioSize: number
  /** All of linear memory; look it up again after every `reserve`, which may replace it. */
  bytes(): Uint8Array<ArrayBuffer>
  /** Address of an arena of at least `size` bytes; memory grows where it has to. */
  reserve(size: number): number
  /** Wipes IO and SCRATCH, where a call that threw (the stack may be used up anywhere) left what it had. Gives the error back. */
  abandoned(error: unknown): unknown
}

const PAGE = 65536
/** A module packed with another as its dictionary shares what stands this near to the other's start. */
const WINDOW = 32768
const ABI = 1
const compiled = new Map<ModuleName, WebAssembly.Module>()

function fromBase64(text: string): Uint8Array {
  const binary = atob(text)
  const out = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i)
  return out
}

/** The Wasm bytes of a module. */
export function moduleBytes(name: ModuleName): Uint8Array<ArrayBuffer> {
  const { deflated, size, dictionary } = MODULES[name]
  return inflate(fromBase64(deflated), size, dictionary && moduleBytes(dictionary).subarray(0, WINDOW))
}

// An empty module with a custom section of 64 KiB, larger than any module of ours: Chrome before 114 compiles nothing above 4 KiB
// synchronously on the main thread. (id 0, a length of 65536 in LEB128, then an empty name and zeros)
const PROBE_HEAD = [0, 97, 115, 109, 1, 0, 0, 0, 0, 0x80, 0x80, 4]
const PROBE_SECTION = 65536

/** True where WebAssembly may be compiled here (not in Lockdown Mode, under a strict content security policy, or above a size limit). */
export function webAssemblyAllowed(): boolean {
  try {
    const probe = new Uint8Array(PROBE_HEAD.length + PROBE_SECTION)
    probe.set(PROBE_HEAD)
    return new WebAssembly.Module(probe) instanceof WebAssembly.Module
  } catch {
    return false
  }
}

function compile(name: ModuleName): WebAssembly.Module {
  let module = compiled.get(name)
  if (module === undefined) {
    module = new WebAssembly.Module(moduleBytes(name))
    compiled.set(name, module)
  }
  return module
}

function constant(exports: WebAssembly.Exports, name: string): number {
  const value: unknown = exports[name]
  if (!(value instanceof WebAssembly.Global)) throw new BugError('broken-invariant', { missing: name })
  return value.value as number
}

/** A fresh instance of a module. Throws `no-webassembly` where the runtime forbids it. */
export function instantiate(name: ModuleName): WasmInstance {
  let exports: WebAssembly.Exports
  try {
    exports = new WebAssembly.Instance(compile(name), {}).exports
  } catch {
    throw new EnvironmentError('no-webassembly', { module: name })
  }
  if (constant(exports, 'ABI') !== ABI) throw new BugError('broken-invariant', { module: name, expected: `ABI ${ABI}` })
  const memory = exports['memory'] as WebAssembly.Memory
  const arena = (exports['arena'] as () => number)()
  const io = constant(exports, 'IO')
  const scratchEnd = constant(exports, 'SCRATCH') + constant(exports, 'SCRATCH_SIZE')
  let view = new Uint8Array(memory.buffer as ArrayBuffer)
  return {
    exports,
    io,
    ioSize: constant(exports, 'IO_SIZE'),
    bytes() {
      if (view.length === 0) view = new Uint8Array(memory.buffer as ArrayBuffer)
      return view
    },
    reserve(size) {
      const missing = arena + size - view.length
      if (missing > 0) {
        try {
          memory.grow(Math.ceil(missing / PAGE))
        } catch {
          throw new EnvironmentError('out-of-memory', { bytes: size })
        }
        view = new Uint8Array(memory.buffer as ArrayBuffer)
      }
      return arena
    },
    abandoned(error) {
      // the two are neighbours
      new Uint8Array(memory.buffer).fill(0, io, scratchEnd)
      return error
    },
  }
}
