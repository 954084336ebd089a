/** The constant-time check checked: every leaking control is caught, no safe one is, and no instruction goes unwatched. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { countInText, instrument } from './instrument.ts'
import { firstDifference, TracedInstance, trace } from './traced.ts'

const built = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../build/wasm/${name}.wasm`, import.meta.url)))

// IO, scratch and tables of assembly/memory.ts; what follows is the module's own data
const TABLES_END = 0x20000

const SECRETS = [
  new Uint8Array(8),
  new Uint8Array(8).fill(0xff),
  ...Array.from({ length: 64 }, (_, bit) =>
    Uint8Array.from({ length: 8 }, (_, i) => (i === bit >> 3 ? 1 << (bit & 7) : 0)),
  ),
]

const instance = TracedInstance.from('testing-leaks', instrument(built('testing-leaks')))
const runWith = (name: string, secret: Uint8Array) => () => {
  instance.memory.fill(0, instance.global('IO'), TABLES_END)
  instance.memory.set(secret, instance.global('IO'))
  instance.call(name)
}
const traces = (name: string) => SECRETS.map(secret => trace([instance], runWith(name, secret))[0]!)
const names = (prefix: string): string[] => Object.keys(instance.exports).filter(name => name.startsWith(prefix))

describe('controls that leak', () => {
  const byValue = names('leak').filter(name => !name.endsWith('Subnormal'))
  it('cover every channel', () => expect(names('leak').length).toBeGreaterThanOrEqual(23))

  it.each(byValue)('%s is caught', name => {
    const seen = traces(name)
    expect(new Set(seen.map(t => `${t.digest} ${t.count}`)).size).toBeGreaterThan(1)
    const leaking = SECRETS[seen.findIndex(t => t.digest !== seen[0]!.digest || t.count !== seen[0]!.count)]!
    expect(firstDifference(instance, runWith(name, SECRETS[0]!), runWith(name, leaking))).toMatch(/^event \d+: /)
  })

  it.each(names('leak').filter(name => name.endsWith('Subnormal')))('%s is caught', name => {
    const seen = traces(name).map(t => t.unusual)
    expect(Math.min(...seen)).toBe(0)
    expect(Math.max(...seen)).toBeGreaterThan(0)
  })
})

describe('controls that do not leak', () => {
  it.each(names('safe'))('%s passes', name => {
    const seen = traces(name)
    expect(new Set(seen.map(t => `${t.digest} ${t.count}`)).size).toBe(1)
    expect(new Set(seen.map(t => t.selects)).size).toBe(name === 'safeIntegerSelect' ? 2 : 1)
    expect(seen.every(t => t.count > 0n && t.unusual === 0)).toBe(true)
  })
})

describe.each(['symmetric', 'curve-fma', 'curve-integer', 'testing-leaks'])('instrumented %s', name => {
  it('watches every branch, address, length and divisor that the text of the module shows', () => {
    const classes: Record<string, RegExp> = {
      '(SIMD)Load(StoreLane).Ptr and Store.Ptr': /^(SIMD)?(Load|Store|LoadStoreLane)\.Ptr$/,
      'Binary.Left and Binary.Right of integer divisions': /^Binary\.(Left|Right)$/,
    }
    const { sites } = instrument(built(name))
    for (const [label, expected] of Object.entries(countInText(built(name)))) {
      const pattern = classes[label]
      const count = sites.filter(({ what }) => (pattern === undefined ? what === label : pattern.test(what))).length
      expect(`${label}: ${count}`).toBe(`${label}: ${expected}`)
    }
  })

  it('has the exports of the module and no imports', () => {
    const before = new WebAssembly.Module(new Uint8Array(built(name)))
    const after = new WebAssembly.Module(instrument(built(name)).bytes)
    const own = WebAssembly.Module.exports(after).filter(e => !/^(trace|global|called)\./.test(e.name))
    expect(own).toEqual(WebAssembly.Module.exports(before))
    expect(WebAssembly.Module.imports(after)).toEqual([])
  })
})

it('computes what the module computes', () => {
  const plain = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(built('testing-leaks'))), {}).exports
  const memory = new Uint8Array((plain['memory'] as WebAssembly.Memory).buffer)
  for (const secret of SECRETS) {
    for (const name of [...names('leak'), ...names('safe')]) {
      memory.fill(0, instance.global('IO'), TABLES_END)
      memory.set(secret, instance.global('IO'))
      ;(plain[name] as () => void)()
      runWith(name, secret)()
      expect(Buffer.compare(instance.memory, memory)).toBe(0)
    }
  }
})
