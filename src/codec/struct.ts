/** RFC 8446 section 3.6: structs. The order of the fields is the key order of one object, written once. */

import { declareStruct } from './declare.ts'
import type { Registry } from './enumerations.ts'
import {
  type Constant,
  compile,
  type Fields,
  type FieldsValue,
  minLengthOf,
  type Row,
  readFields,
  type Struct,
  skipFields,
  writeFields,
} from './fields.ts'
import type { Reader } from './reader.ts'

/** A struct: `struct('Lifetime', { notBefore: uint64, notAfter: uint64 })`. */
export function struct<const F extends Fields>(name: string, fields: F): Struct<FieldsValue<F>> {
  const compiled = compile(name, fields)
  // a class per struct: V8 sizes its instances after the first few, which a shared literal would prevent
  const Value = class {} as unknown as new () => Row
  Object.defineProperty(Value, 'name', { value: name })
  return {
    name,
    fields: compiled,
    syntax: { before: name, after: '', declaration: declareStruct(name, compiled) },
    minLength: minLengthOf(compiled),
    shape: { kind: 'struct', name, fields: compiled },
    read(reader) {
      const row = new Value()
      readFields(compiled, reader, row)
      return row as FieldsValue<F>
    },
    skip: reader => skipFields(compiled, reader),
    locate(reader, offsets, at) {
      for (let i = 0; i < compiled.length; i++) {
        const field = compiled[i]!
        reader.field = field.label
        offsets[at + i] = reader.at
        if (field.codec !== undefined) field.codec.skip(reader)
        else field.part!.skip(reader)
      }
      offsets[at + compiled.length] = reader.at
    },
    write(writer, value) {
      if (typeof value !== 'object' || value === null) throw writer.unfit(name)
      writeFields(compiled, writer, value as Row)
    },
  }
}

/** `ProtocolVersion version = mls10`: read and written, never shown. */
export function constant<Name extends string>(tags: Registry<Name>, name: NoInfer<Name>): Constant {
  const expected = tags.numbers[name]
  function skip(reader: Reader): void {
    const at = reader.at
    if (tags.readNumber(reader) !== expected) throw reader.rejected('unknown-value', at)
  }
  return {
    kind: 'constant',
    shape: { kind: 'constant', tags },
    minLength: tags.minLength,
    lines: (_, field) => `${tags.tagName} ${field} = ${name};\n`,
    readInto: skip,
    skip,
    writeFrom: writer => tags.writeNumber(writer, expected),
  }
}
