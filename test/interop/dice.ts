/** Whole numbers below a bound, the same for the same seed. */
import { createHash } from 'node:crypto'

export function dice(seed: string): (below: number) => number {
  let turn = 0
  return below => createHash('sha256').update(`${seed} ${turn++}`).digest().readUInt32BE(0) % below
}
