/** Byte strings of any length, appended to chunks and never overwritten: a view that was handed out stays what it was. */
import { EnvironmentError } from '../base/errors.ts'

const FIRST_CHUNK = 4096
const CHUNK_BITS = 20
const CHUNK = 1 << CHUNK_BITS
const MAX_CHUNKS = 2 ** (32 - CHUNK_BITS)

/** An append-only store of byte strings, each known by a 32-bit address and its length. */
export class Arena {
  #chunks: Uint8Array[] = []
  /** Where the next string goes in the last chunk. */
  #end = 0
  #live = 0
  /** Bytes of strings given up, which the next compaction returns. */
  #dead = 0

  /** Bytes in use. */
  get liveBytes(): number {
    return this.#live
  }

  /** Bytes allocated. */
  get allocatedBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  /** Copies a string in and returns its address. */
  append(bytes: Uint8Array): number {
    let chunk = this.#chunks[this.#chunks.length - 1]
    if (chunk === undefined || chunk.length - this.#end < bytes.length || this.#end >= CHUNK) {
      if (this.#chunks.length === MAX_CHUNKS) throw new EnvironmentError('out-of-memory', { limit: MAX_CHUNKS * CHUNK })
      // the first chunks are small, so that small trees are; a string above the chunk size gets one of its own
      const size = chunk === undefined ? FIRST_CHUNK : Math.min(2 * chunk.length, CHUNK)
      chunk = new Uint8Array(Math.max(size, bytes.length))
      this.#chunks.push(chunk)
      this.#end = 0
    }
    const address = (this.#chunks.length - 1) * CHUNK + this.#end
    chunk.set(bytes, this.#end)
    this.#end += bytes.length
    this.#live += bytes.length
    return address
  }

  /** A view of the string at an address; its bytes never change. */
  at(address: number, length: number): Uint8Array {
    const start = address & (CHUNK - 1)
    return this.#chunks[address >>> CHUNK_BITS]!.subarray(start, start + length)
  }

  /** Gives up a string of this length; its bytes stay readable until nobody has a view any more. */
  release(length: number): void {
    this.#live -= length
    this.#dead += length
  }

  /** Whether compaction pays: at least as much is dead as alive, so that its cost is spread over what died. */
  get wantsCompaction(): boolean {
    return this.#dead > FIRST_CHUNK && this.#dead >= this.#live
  }
}
