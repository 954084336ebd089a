/** Many byte strings in one buffer: what bulk calls take, so that 100,000 inputs cost no 100,000 objects. */
import { checkBytes, plainView } from './bytes.ts'
import { UsageError } from './errors.ts'

/** A list of byte strings laid out in one buffer. Item `i` is `bytes[start(i) .. end(i)]`. Immutable by convention. */
export class ByteList {
  readonly count: number
  readonly bytes: Uint8Array
  /** Item size where all items have the same and follow each other without gaps, else 0. */
  readonly stride: number
  readonly #offsets: Uint32Array | undefined

  private constructor(count: number, bytes: Uint8Array, stride: number, offsets?: Uint32Array) {
    this.count = count
    this.bytes = bytes
    this.stride = stride
    this.#offsets = offsets
  }

  /** Items of one size, one after the other. */
  static fixed(bytes: Uint8Array, stride: number): ByteList {
    checkBytes(bytes)
    if (!Number.isInteger(stride) || stride <= 0) throw new UsageError('wrong-argument', { stride })
    if (bytes.length % stride !== 0) {
      throw new UsageError('wrong-length', { expected: `a multiple of ${stride}`, got: bytes.length })
    }
    return new ByteList(bytes.length / stride, plainView(bytes), stride)
  }

  /** Items of any size: item `i` ends where item `i + 1` starts; `offsets` has one entry more than there are items. */
  static packed(bytes: Uint8Array, offsets: Uint32Array): ByteList {
    checkBytes(bytes)
    if (!(offsets instanceof Uint32Array)) throw new UsageError('wrong-argument', { expected: 'a Uint32Array' })
    const last = offsets[offsets.length - 1]
    if (last === undefined || last > bytes.length)
      throw new UsageError('wrong-argument', { expected: 'offsets within bytes' })
    for (let i = 1; i < offsets.length; i++) {
      if (offsets[i]! < offsets[i - 1]!) throw new UsageError('wrong-argument', { expected: 'rising offsets', at: i })
    }
    return new ByteList(offsets.length - 1, plainView(bytes), 0, offsets)
  }

  /** Copies separate byte strings into one list. */
  static of(items: readonly Uint8Array[]): ByteList {
    const offsets = new Uint32Array(items.length + 1)
    for (let i = 0; i < items.length; i++) {
      checkBytes(items[i]!)
      offsets[i + 1] = offsets[i]! + items[i]!.length
    }
    const bytes = new Uint8Array(offsets[items.length]!)
    for (let i = 0; i < items.length; i++) bytes.set(items[i]!, offsets[i])
    return new ByteList(items.length, bytes, 0, offsets)
  }

  /** Where item `i` starts in `bytes`. */
  start(i: number): number {
    return this.#offsets === undefined ? i * this.stride : this.#offsets[i]!
  }

  /** Where item `i` ends in `bytes`. */
  end(i: number): number {
    return this.#offsets === undefined ? (i + 1) * this.stride : this.#offsets[i + 1]!
  }

  /** The length of item `i`. */
  lengthOf(i: number): number {
    return this.end(i) - this.start(i)
  }

  /** A view of item `i`. */
  at(i: number): Uint8Array {
    if (!(i >= 0 && i < this.count)) throw new UsageError('wrong-argument', { index: i, count: this.count })
    return this.bytes.subarray(this.start(i), this.end(i))
  }

  /** Items `from` (included) to `to` (excluded), without copying. */
  slice(from: number, to: number): ByteList {
    if (!(from >= 0 && from <= to && to <= this.count))
      throw new UsageError('wrong-argument', { from, to, count: this.count })
    if (this.#offsets === undefined) {
      return new ByteList(to - from, this.bytes.subarray(from * this.stride, to * this.stride), this.stride)
    }
    return new ByteList(to - from, this.bytes, 0, this.#offsets.subarray(from, to + 1))
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    for (let i = 0; i < this.count; i++) yield this.at(i)
  }
}
