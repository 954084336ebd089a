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

  /** The items as views. */
  *[Symbol.iterator](): Iterator<Uint8Array> {
    for (let i = 0; i < this.count; i++) yield this.at(i)
  }
}

/** Refuses what is not a list: from callers without types, an array has no `count` and would pass for an empty one. */
export function checkList(list: ByteList): void {
  if (!(list instanceof ByteList)) throw new UsageError('wrong-argument', { expected: 'a ByteList', got: typeof list })
}

const MAX_OFFSET = 2 ** 32 - 1

/** Refuses a result that is more than the offsets of a list can say. */
export function checkListSize(length: number): void {
  if (length > MAX_OFFSET) throw new UsageError('input-too-long', { length, limit: MAX_OFFSET })
}

/** Lists that must have one length. */
export function checkSameCount(...lists: readonly ByteList[]): number {
  for (const list of lists) checkList(list)
  const counts = lists.map(list => list.count)
  if (counts.some(count => count !== counts[0])) {
    throw new UsageError('wrong-argument', { expected: 'lists of one length', got: counts })
  }
  return counts[0] ?? 0
}
