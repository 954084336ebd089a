/** Structs that are passed on as they came: their values know the encoding that they were read from. */
import { type Codec, encode } from './codec.ts'
import { type Fields, type FieldsValue, type Row, readFields, type Struct } from './fields.ts'
import { struct } from './struct.ts'

// a private field: what is copied from a value, to be changed, does not have it
class Kept {
  #encoded: Uint8Array | undefined

  static keep(value: Kept, encoded: Uint8Array | undefined): void {
    value.#encoded = encoded
  }

  static encodingOf(value: object): Uint8Array | undefined {
    return #encoded in value ? value.#encoded : undefined
  }
}

/** The encoding that a value was read from, where its struct keeps that: a view, not to be written to. */
export const keptEncoding: (value: object) => Uint8Array | undefined = Kept.encodingOf

/** The encoding of a value: what it was read from, or fresh bytes. Not to be written to. */
export function encodingOf<T extends object>(codec: Codec<T>, value: T): Uint8Array {
  return keptEncoding(value) ?? encode(codec, value)
}

/** A struct whose decoded values keep a view of their encoding, and are written by copying it: as all decoded values, they are never changed. */
export function keptStruct<const F extends Fields>(name: string, fields: F): Struct<FieldsValue<F>> {
  const inner = struct(name, fields)
  const Value = class extends Kept {} as unknown as new () => Row & Kept
  Object.defineProperty(Value, 'name', { value: name })
  return {
    ...inner,
    read(reader) {
      const start = reader.at
      const row = new Value()
      readFields(inner.fields, reader, row)
      Kept.keep(row, reader.since(start))
      return row as unknown as FieldsValue<F>
    },
    write(writer, value) {
      const encoded = typeof value === 'object' && value !== null ? keptEncoding(value) : undefined
      if (encoded === undefined) inner.write(writer, value)
      else writer.raw(encoded)
    },
  }
}
