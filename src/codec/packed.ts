/** RFC 9420 section 2.1: vectors of very many values, of which a reader wants few: checked at once, decoded one value at a time. */
import type { Codec } from './codec.ts'
import { vector } from './primitives.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** The values of a vector, encoded. */
export class Packed<T> implements Iterable<T> {
  readonly element: Codec<T>
  /** The encodings of the values, one behind the other: a view of what was decoded. */
  readonly bytes: Uint8Array
  readonly length: number

  /** `bytes` hold exactly `length` values. */
  private constructor(element: Codec<T>, bytes: Uint8Array, length: number) {
    this.element = element
    this.bytes = bytes
    this.length = length
  }

  /** Encodes values. */
  static of<T>(element: Codec<T>, values: readonly T[]): Packed<T> {
    const writer = new Writer()
    for (const value of values) element.write(writer, value)
    return new Packed(element, writer.finish(), values.length)
  }

  /** Reads up to the reader's limit, as strictly as if every value were decoded. */
  static read<T>(element: Codec<T>, reader: Reader): Packed<T> {
    const { bytes, count } = reader.values(element)
    return new Packed(element, bytes, count)
  }

  /** A reader of the values, one after the other. */
  reader(): Reader {
    return new Reader(this.bytes, this.element.syntax.before)
  }

  /** One value; undefined where there is none. Steps over all before it: to see many, iterate. */
  at(index: number): T | undefined {
    if (!(index >= 0 && index < this.length)) return undefined
    const reader = this.reader()
    for (let i = 0; i < index; i++) this.element.skip(reader)
    return this.element.read(reader)
  }

  *[Symbol.iterator](): IterableIterator<T> {
    const reader = this.reader()
    while (reader.at < reader.limit) yield this.element.read(reader)
  }
}

/** `T x<V>` whose values stay encoded. `element` must not depend on tags outside of it. */
export function packedVector<T>(element: Codec<T>): Codec<Packed<T>> {
  const { syntax, minLength, shape, skip } = vector(element)
  return {
    syntax,
    minLength,
    shape: shape!,
    skip,
    read(reader) {
      const outer = reader.openVector()
      const values = Packed.read(element, reader)
      reader.closeVector(outer)
      return values
    },
    write(writer, values) {
      if (!(values instanceof Packed) || values.element !== element) throw writer.unfit('packed values')
      writer.opaque(values.bytes)
    },
  }
}
