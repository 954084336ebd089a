/** Lists of byte strings in the arena: the bytes copied in one piece, and a span (address and length, u32 each) for every item. */
import type { ByteList } from '../../../base/byte-list.ts'

/** How much one call works on: enough to make calls cheap, little enough to stay in the cache and to keep memory small. */
export const BATCH_SIZE = 1 << 18

/** Bytes of a span. */
export const SPAN = 8

/** The next address that vectors like. */
export const aligned = (address: number): number => (address + 15) & ~15

/** The largest `to` such that items `from` to `to` (excluded), each with `more` bytes besides, fit a batch; at least `from + 1`. */
export function batchEnd(items: ByteList, from: number, more: number): number {
  const start = items.start(from)
  let low = from + 1
  let high = items.count
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (items.end(middle - 1) - start + (middle - from) * more <= BATCH_SIZE) low = middle
    else high = middle - 1
  }
  return low
}

/** Copies items `from` to `to` (excluded) to `at` and writes their spans. */
export function place(
  memory: Uint8Array<ArrayBuffer>,
  { items, from, to }: { items: ByteList; from: number; to: number },
  { at, spans }: { at: number; spans: number },
): void {
  const first = items.start(from)
  memory.set(items.bytes.subarray(first, items.end(to - 1)), at)
  const words = new Uint32Array(memory.buffer, spans, 2 * (to - from))
  let start = first
  for (let i = from, word = 0; i < to; i++) {
    const end = items.end(i)
    words[word++] = at + start - first
    words[word++] = end - start
    start = end
  }
}
