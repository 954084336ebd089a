/** Many values hashed in bulk: written one after the other into one buffer, and digested some hundred at a time. */
import { ByteList } from '../base/byte-list.ts'
import { Writer } from '../codec/writer.ts'
import type { Hash } from '../crypto/provider.ts'

// more at once is not faster; bounds the buffers
const AT_ONCE = 1024

/** A hash with a buffer of its own, which serves for one bulk after the other. */
export class BulkHash {
  readonly hash: Hash
  readonly #writer = new Writer()

  constructor(hash: Hash) {
    this.hash = hash
  }

  /** Hashes what `write` writes for each item, and gives each its digest: a view. */
  each<T>(
    items: readonly T[],
    write: (writer: Writer, item: T) => void,
    take: (item: T, digest: Uint8Array) => void,
  ): void {
    const { hash } = this
    const writer = this.#writer
    for (let from = 0; from < items.length; from += AT_ONCE) {
      const count = Math.min(items.length - from, AT_ONCE)
      const offsets = new Uint32Array(count + 1)
      writer.at = 0
      for (let i = 0; i < count; i++) {
        write(writer, items[from + i]!)
        offsets[i + 1] = writer.at
      }
      const digests = hash.digestMany(ByteList.packed(writer.bytes, offsets))
      for (let i = 0; i < count; i++) {
        take(items[from + i]!, digests.subarray(i * hash.length, (i + 1) * hash.length))
      }
    }
  }
}
