/** Randomness that is the same in every run. */
import { createHash } from 'node:crypto'
import type { RandomSource } from '../../../src/base/random.ts'

/** SHA-256 of a name and a counter. */
export function streamOf(name: string): RandomSource {
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
