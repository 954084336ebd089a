/** Randomness that can be had again: a stream for each thing that a member does. */
import { createHash } from 'node:crypto'
import type { RandomSource } from '../../../src/base/random.ts'

/** SHA-256 of a name and a counter. */
function streamOf(name: string): RandomSource {
  let block = new Uint8Array(0)
  let blocks = 0
  return out => {
    for (let i = 0; i < out.length; i++) {
      if (block.length === 0) block = createHash('sha256').update(`${name} ${blocks++}`).digest()
      out[i] = block[0]!
      block = block.subarray(1)
    }
  }
}

/** A random source whose stream is chosen by name while a call runs. */
export class Streams {
  readonly #seed: number
  #current: RandomSource

  constructor(seed: number) {
    this.#seed = seed
    this.#current = streamOf(`${seed}`)
  }

  readonly source: RandomSource = out => this.#current(out)

  during<T>(name: string, call: () => T): T {
    const before = this.#current
    this.#current = streamOf(`${this.#seed} ${name}`)
    try {
      return call()
    } finally {
      this.#current = before
    }
  }
}
