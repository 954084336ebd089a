/**
 * Stands between the library and WebAssembly: swaps modules for rewritten ones and keeps hold of every instance that is made. It replaces
 * the global constructors, so that the library needs no back door for its tests. Import it before anything compiles a module.
 */
import { createHash } from 'node:crypto'
import { MODULES } from '../../src/crypto/backends/wasm/modules.generated.ts'

export type ModuleName = keyof typeof MODULES

/** Called with each shipped module; returns the bytes to compile in its place. */
export type Rewrite = (name: ModuleName, bytes: Uint8Array) => Uint8Array<ArrayBuffer>

/** The instances made of one of our modules, in order. */
export type Instances = ReadonlyArray<{ readonly name: ModuleName; readonly instance: WebAssembly.Instance }>

function nameOf(bytes: Uint8Array): ModuleName | undefined {
  const digest = createHash('sha256').update(bytes).digest('hex')
  return (Object.keys(MODULES) as ModuleName[]).find(name => MODULES[name].sha256 === digest)
}

/** From now on all modules of this library pass through `rewrite`. */
export function observeWebAssembly(rewrite: Rewrite = (_, bytes) => new Uint8Array(bytes)): Instances {
  const { Module, Instance } = WebAssembly
  const names = new WeakMap<WebAssembly.Module, ModuleName>()
  const instances: { name: ModuleName; instance: WebAssembly.Instance }[] = []
  WebAssembly.Module = new Proxy(Module, {
    construct(target, [bytes]: [Uint8Array<ArrayBuffer>]) {
      const name = nameOf(bytes)
      const module = new target(name === undefined ? bytes : rewrite(name, bytes))
      if (name !== undefined) names.set(module, name)
      return module
    },
  })
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, [module, imports]: [WebAssembly.Module, WebAssembly.Imports]) {
      const instance = new target(module, imports)
      const name = names.get(module)
      if (name !== undefined) instances.push({ name, instance })
      return instance
    },
  })
  return instances
}
