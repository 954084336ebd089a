/** Runs functions of instrumented modules, compares their traces, and finds the first event in which two runs differ. */
import type { Instrumented, Site } from './instrument.ts'

/** What one run gave away. Equal traces mean: same path, same addresses, same operands of variable-time instructions. */
export interface Trace {
  readonly digest: bigint
  readonly count: bigint
  /** Digest of the conditions of integer selects. */
  readonly selects: bigint
  /** How many subnormal, infinite or NaN values floating-point operations took or gave. */
  readonly unusual: number
}

/** An instance of an instrumented module. */
export class TracedInstance {
  readonly name: string
  readonly exports: WebAssembly.Exports
  readonly #sites: readonly Site[]

  constructor(name: string, module: Instrumented, instance: WebAssembly.Instance) {
    this.name = name
    this.exports = instance.exports
    this.#sites = module.sites
  }

  static from(name: string, module: Instrumented): TracedInstance {
    return new TracedInstance(name, module, new WebAssembly.Instance(new WebAssembly.Module(module.bytes), {}))
  }

  get memory(): Uint8Array<ArrayBuffer> {
    return new Uint8Array((this.exports['memory'] as WebAssembly.Memory).buffer as ArrayBuffer)
  }

  /** An exported global, such as an address of the memory map. */
  global(name: string): number {
    return (this.exports[name] as WebAssembly.Global).value as number
  }

  call(name: string, ...args: number[]): number {
    return (this.exports[name] as (...args: number[]) => number)(...args)
  }

  /** Exported functions that nobody has called so far. */
  neverCalled(): string[] {
    const marks = Object.keys(this.exports).filter(name => name.startsWith('called.'))
    return marks.filter(mark => this.global(mark) === 0).map(mark => mark.slice('called.'.length))
  }

  /** Starts a trace; events from number `limit` on are counted but not digested. */
  begin(limit = -1n): void {
    const start = { digest: 0n, selects: 0n, count: 0n, limit, stopSite: 0, stopValue: 0, unusual: 0, unusualSite: 0 }
    for (const [name, value] of Object.entries(start))
      (this.exports[`trace.${name}`] as WebAssembly.Global).value = value
  }

  end(): Trace {
    const value = (name: string): bigint => BigInt.asUintN(64, BigInt(this.#traced(name)))
    return {
      digest: value('digest'),
      count: value('count'),
      selects: value('selects'),
      unusual: Number(this.#traced('unusual')),
    }
  }

  #traced(name: string): bigint | number {
    return (this.exports[`trace.${name}`] as WebAssembly.Global).value as bigint | number
  }

  /** The event at which the last trace reached its limit. */
  stopped(): string {
    return `${this.#place(Number(this.#traced('stopSite')))}, value ${this.#traced('stopValue')}`
  }

  lastUnusual(): string {
    return this.#place(Number(this.#traced('unusualSite')))
  }

  #place(index: number): string {
    const site = this.#sites[index]
    return `${this.name}: function $${site?.function}, ${site?.what}`
  }
}

/** Runs `body` and returns the trace of each instance. */
export function trace(instances: readonly TracedInstance[], body: () => void, limit?: bigint): Trace[] {
  for (const instance of instances) instance.begin(limit)
  body()
  return instances.map(instance => instance.end())
}

/** The first event that differs between two runs, by bisection over the length of the trace; undefined where none does. */
export function firstDifference(instance: TracedInstance, one: () => void, other: () => void): string | undefined {
  const run = (body: () => void, limit?: bigint): Trace => trace([instance], body, limit)[0]!
  const [a, b] = [run(one), run(other)]
  if (a.digest === b.digest && a.count === b.count) return undefined
  let same = 0n
  let different = (a.count < b.count ? a.count : b.count) + 1n
  while (different - same > 1n) {
    const middle = (same + different) / 2n
    if (run(one, middle).digest === run(other, middle).digest) same = middle
    else different = middle
  }
  run(one, same)
  const left = instance.stopped()
  run(other, same)
  return `event ${same}: ${left} / ${instance.stopped()}`
}
