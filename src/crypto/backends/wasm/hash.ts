/** SHA-256, SHA-384 and SHA-512 (FIPS 180-4) on the symmetric module. */
import { type ByteList, checkList } from '../../../base/byte-list.ts'
import { checkBytes, EMPTY } from '../../../base/bytes.ts'
import { UsageError } from '../../../base/errors.ts'
import type { Hash, HashStream } from '../../provider.ts'
import type { WasmInstance } from './instance.ts'
import { aligned, BATCH_SIZE, batchEnd, place, SPAN } from './spans.ts'
import { symmetric, taken } from './symmetric.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What assembly/hash.ts exports. `kind` is 0, 1, 2 for SHA-256, SHA-384, SHA-512; addresses and lengths are numbers. */
interface HashFunctions {
  digest(kind: number, at: number, length: number): void
  streamBegin(kind: number, stream: number): void
  streamFeed(kind: number, stream: number, at: number, length: number): void
  streamEnd(kind: number, stream: number): void
  fillSpans(spans: number, count: number, base: number, stride: number, length: number): void
  digestMany(kind: number, count: number, spans: number, work: number, out: number): void
}

interface HashModule extends HashFunctions {
  readonly wasm: WasmInstance
}

let loaded: HashModule | undefined

// the functions are kept in a plain object, which is read faster than an instance's exports
function hashModule(): HashModule {
  if (loaded === undefined) {
    const wasm = symmetric()
    loaded = { ...(wasm.exports as unknown as HashFunctions), wasm }
  }
  return loaded
}

/** Overwritten behind a message in memory by its padding. */
export const PADDING_ROOM = 144

// a stream's state, and where in IO its data goes: behind the state and the padding of its last block
const STREAM_SIZE = 200
const STREAM_DATA = 320
const PIECE = 1 << 16
// how much a stream keeps to itself before it feeds the module
const PENDING = 256

/** What tells the three hashes apart. */
interface Variant {
  readonly kind: number
  readonly id: Hash['id']
  readonly length: number
  readonly blockLength: number
}

class WasmHashStream implements HashStream {
  readonly #hash: WasmHash
  // Between calls the state is kept here, so that any number of streams can be open at once; behind it what has not been fed to it
  // yet: short streams cross into the module only once, for their digest.
  #kept: Bytes | undefined = new Uint8Array(STREAM_SIZE + PENDING)
  #pending = 0
  #begun = false

  constructor(hash: WasmHash) {
    this.#hash = hash
  }

  update(data: Uint8Array): this {
    const kept = this.#alive()
    checkBytes(data)
    if (this.#pending + data.length > PENDING) this.#feed(kept, data)
    else {
      kept.set(data, STREAM_SIZE + this.#pending)
      this.#pending += data.length
    }
    return this
  }

  digest(): Bytes {
    const kept = this.#alive()
    try {
      if (!this.#begun) return this.#hash.digest(kept.subarray(STREAM_SIZE, STREAM_SIZE + this.#pending))
      this.#feed(kept, EMPTY)
      return this.#end(kept)
    } finally {
      this.wipe()
    }
  }

  wipe(): void {
    this.#kept?.fill(0)
    this.#kept = undefined
  }

  #alive(): Bytes {
    if (this.#kept === undefined) throw new UsageError('wiped-secret')
    return this.#kept
  }

  #end(kept: Bytes): Bytes {
    const { wasm, streamEnd } = hashModule()
    const memory = wasm.bytes()
    try {
      memory.set(kept.subarray(0, STREAM_SIZE), wasm.io)
      streamEnd(this.#hash.kind, wasm.io)
      return taken(memory, wasm.io, this.#hash.length)
    } catch (error) {
      throw wasm.abandoned(error)
    }
  }

  /** Feeds what is pending, and then `data`. Where that fails the stream is as it was. */
  #feed(kept: Bytes, data: Uint8Array): void {
    const { wasm, streamBegin, streamFeed } = hashModule()
    const { io, ioSize } = wasm
    const { kind } = this.#hash
    const pending = this.#pending
    const whole = STREAM_DATA + pending + data.length <= ioSize
    const piecesAt = whole ? 0 : wasm.reserve(PIECE)
    const memory = wasm.bytes()
    const at = io + STREAM_DATA
    try {
      if (this.#begun) memory.set(kept.subarray(0, STREAM_SIZE), io)
      else streamBegin(kind, io)
      memory.set(kept.subarray(STREAM_SIZE, STREAM_SIZE + pending), at)
      if (whole) memory.set(data, at + pending)
      streamFeed(kind, io, at, whole ? pending + data.length : pending)
      for (let from = 0; !whole && from < data.length; from += PIECE) {
        const piece = data.subarray(from, from + PIECE)
        memory.set(piece, piecesAt)
        streamFeed(kind, io, piecesAt, piece.length)
      }
      kept.set(memory.subarray(io, io + STREAM_SIZE))
      memory.fill(0, io, io + STREAM_SIZE)
    } catch (error) {
      if (!whole) memory.fill(0, piecesAt, piecesAt + PIECE)
      throw wasm.abandoned(error)
    }
    this.#begun = true
    this.#pending = 0
  }
}

class WasmHash implements Hash, Variant {
  readonly id: Hash['id']
  readonly kind: number
  readonly length: number
  readonly blockLength: number

  constructor({ kind, id, length, blockLength }: Variant) {
    this.kind = kind
    this.id = id
    this.length = length
    this.blockLength = blockLength
  }

  digest(data: Uint8Array): Bytes {
    checkBytes(data)
    const { wasm, digest } = hashModule()
    if (data.length > wasm.ioSize - PADDING_ROOM) return this.stream().update(data).digest()
    const memory = wasm.bytes()
    try {
      memory.set(data, wasm.io)
      digest(this.kind, wasm.io, data.length)
      return taken(memory, wasm.io, this.length)
    } catch (error) {
      throw wasm.abandoned(error)
    }
  }

  stream(): HashStream {
    return new WasmHashStream(this)
  }

  digestMany(items: ByteList): Bytes {
    checkList(items)
    const out = new Uint8Array(items.count * this.length)
    for (let from = 0; from < items.count; ) {
      const to = batchEnd(items, from, SPAN + this.length)
      if (items.end(to - 1) - items.start(from) > BATCH_SIZE) out.set(this.digest(items.at(from)), from * this.length)
      else this.#digestBatch({ items, from, to }, out)
      from = to
    }
    return out
  }

  #digestBatch(batch: { items: ByteList; from: number; to: number }, out: Bytes): void {
    const { items, from, to } = batch
    const count = to - from
    const { wasm, digestMany, fillSpans } = hashModule()
    // spans, digests, messages, and room for the blocks of padding, which also is the room behind the last message
    const bytes = items.end(to - 1) - items.start(from)
    const size = aligned(count * (SPAN + this.length)) + aligned(bytes) + 2 * this.blockLength
    const spans = wasm.reserve(size)
    const digests = spans + count * SPAN
    const at = aligned(digests + count * this.length)
    const memory = wasm.bytes()
    try {
      if (items.stride === 0) place(memory, batch, { at, spans })
      else {
        memory.set(items.bytes.subarray(items.start(from), items.end(to - 1)), at)
        fillSpans(spans, count, at, items.stride, items.stride)
      }
      digestMany(this.kind, count, spans, aligned(at + bytes), digests)
      out.set(memory.subarray(digests, digests + count * this.length), from * this.length)
    } catch (error) {
      throw wasm.abandoned(error)
    } finally {
      memory.fill(0, spans, spans + size)
    }
  }
}

/** Hash functions on the shared instance of the symmetric module, which is made when one of them is first used. */
export function createWasmHashes(): Record<Hash['id'], Hash> {
  return {
    sha256: new WasmHash({ kind: 0, id: 'sha256', length: 32, blockLength: 64 }),
    sha384: new WasmHash({ kind: 1, id: 'sha384', length: 48, blockLength: 128 }),
    sha512: new WasmHash({ kind: 2, id: 'sha512', length: 64, blockLength: 128 }),
  }
}
