/** HalfSipHash-1-3: a keyed 32-bit hash of short byte strings, for hash tables whose keys an adversary may choose. */
import type { RandomSource } from '../base/random.ts'
import { randomBytes } from '../base/random.ts'

/** The key of one table: 64 bits nobody outside knows. */
export interface HashSeed {
  readonly low: number
  readonly high: number
}

/** A fresh seed. */
export function hashSeed(random: RandomSource): HashSeed {
  const view = new DataView(randomBytes(random, 8).buffer)
  return { low: view.getInt32(0, true), high: view.getInt32(4, true) }
}

/** The hash of `bytes[at .. at + length]` under a seed, as an unsigned 32-bit number. */
export function seededHash(seed: HashSeed, bytes: Uint8Array, at: number, length: number): number {
  let v0 = seed.low
  let v1 = seed.high
  let v2 = 0x6c796765 ^ v0
  let v3 = 0x74656462 ^ v1
  const whole = length >>> 2
  // one message word per turn, then the last word with the length, then three finishing rounds
  for (let turn = 0; turn < whole + 4; turn++) {
    let word = 0
    if (turn < whole) {
      const p = at + (turn << 2)
      word = bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)
    } else if (turn === whole) {
      word = length << 24
      for (let i = whole << 2; i < length; i++) word |= bytes[at + i]! << ((i & 3) << 3)
    } else if (turn === whole + 1) v2 ^= 0xff
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  return (v1 ^ v3) >>> 0
}
