/** Randomness from a seed, for runs that can be replayed. Never for keys that protect anything. */
import { utf8 } from '../base/bytes.ts'
import { type RandomSource, randomBytes } from '../base/random.ts'
import type { Hash } from '../crypto/provider.ts'

/** The digests of the seed and a counter, one after the other: the same bytes for the same seed, however they are asked for. */
export function seededRandom(hash: Hash, seed: string): RandomSource {
  const key = hash.digest(utf8(seed))
  const input = new Uint8Array(key.length + 8)
  input.set(key)
  const counter = new DataView(input.buffer, key.length)
  let next = 0n
  let block = new Uint8Array(0)
  return out => {
    for (let at = 0; at < out.length; ) {
      if (block.length === 0) {
        counter.setBigUint64(0, next++)
        block = hash.digest(input)
      }
      const part = block.subarray(0, out.length - at)
      out.set(part, at)
      block = block.subarray(part.length)
      at += part.length
    }
  }
}

/** Decisions from a source of randomness. */
export class Draws {
  readonly #random: RandomSource

  constructor(random: RandomSource) {
    this.#random = random
  }

  /** From 0 to 1, the latter excluded. */
  fraction(): number {
    return new DataView(randomBytes(this.#random, 4).buffer).getUint32(0) / 2 ** 32
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    // nothing is drawn where nothing is to be decided: policies that are off do not move the others
    return probability > 0 && this.fraction() < probability
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low === high ? low : low + Math.floor(this.fraction() * (high - low + 1))
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)]!
  }
}
