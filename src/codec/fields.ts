/** RFC 8446 sections 3.6 and 3.8: the fields of structs and what types their values have. */
import type { Codec } from './codec.ts'
import type { Reader } from './reader.ts'
import type { PartShape } from './shape.ts'
import type { Writer } from './writer.ts'

/** A struct as its fields see it. */
export type Row = Record<string, unknown>

/** A field that is more than one value: it reads and writes several properties of its struct, or none. */
export interface Part {
  readonly minLength: number
  /** What it is made of, as for codecs. */
  readonly shape?: PartShape
  lines(struct: string, name: string): string
  readInto(reader: Reader, row: Row, key: string): void
  skip(reader: Reader): void
  writeFrom(writer: Writer, row: Row, key: string): void
}

/** A field whose value never varies; structs do not show it. */
export interface Constant extends Part {
  readonly kind: 'constant'
}

/** A tag and, depending on it, further fields of the same struct. */
export interface Select<Cases, Unknown = never> extends Part {
  readonly kind: 'select'
  readonly cases: Cases
  readonly unknown: Unknown
}

/** Further fields that depend on a tag read earlier or given by the caller. */
export interface Dependent<Cases> extends Part {
  readonly kind: 'dependent'
  readonly cases: Cases
}

type AnyField = Codec<unknown> | Constant | Select<unknown, unknown> | Dependent<unknown>
/** The fields of a struct, in the order of the wire. Names are the RFC's, in camel case. */
export type Fields = Readonly<Record<string, AnyField>>

/** A field with its name. */
export interface Field {
  readonly key: string
  /** The struct and the field, for errors. */
  readonly label: string
  readonly codec: Codec<unknown> | undefined
  readonly part: Part | undefined
  /** The codec's, at hand where it is needed most. */
  readonly read: ((reader: Reader) => unknown) | undefined
}

/** A struct with its name. */
export interface Struct<T> extends Codec<T> {
  readonly name: string
  readonly fields: readonly Field[]
  /**
   * As `skip`, and writes where each field starts, then where the struct ends, into `offsets` from `at` on. A select counts
   * as one field together with what it selects.
   */
  locate(reader: Reader, offsets: Uint32Array, at: number): void
}

type CaseValue<C> = C extends Struct<infer T> ? T : C extends Fields ? FieldsValue<C> : never
type Flat<T> = T extends unknown ? { readonly [K in keyof T]: T[K] } : never
type Both<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never
type OrNothing<T> = [T] extends [never] ? unknown : T

type Plain<F> = { [K in keyof F as F[K] extends Codec<unknown> ? K : never]: F[K] extends Codec<infer T> ? T : never }
type Unknown<K extends string, U> = [U] extends [never]
  ? never
  : { [P in K]: 'unknown' } & { [P in `${K}Value`]: number } & CaseValue<U>
type Selected<F> = {
  [K in keyof F & string]: F[K] extends Select<infer Cases, infer U>
    ? { [Name in keyof Cases]: { [P in K]: Name } & CaseValue<Cases[Name]> }[keyof Cases] | Unknown<K, U>
    : never
}[keyof F & string]
type Depending<F> = {
  [K in keyof F]: F[K] extends Dependent<infer Cases> ? Partial<Both<CaseValue<Cases[keyof Cases]>>> : never
}[keyof F]

/** The values of a list of fields. */
export type FieldsValue<F> = Flat<Plain<F> & OrNothing<Selected<F>> & OrNothing<Depending<F>>>

/** `leafNodeSource` is `leaf_node_source` in the RFC. */
export function snake(key: string): string {
  return key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** Fields in the order of the wire. */
export function compile(struct: string, fields: Fields): readonly Field[] {
  return Object.entries(fields).map(([key, field]) => {
    const label = `${struct}.${snake(key)}`
    return 'read' in field
      ? { key, label, codec: field, part: undefined, read: field.read }
      : { key, label, codec: undefined, part: field, read: undefined }
  })
}

/** The fewest bytes that fields take. */
export function minLengthOf(fields: readonly Field[]): number {
  return fields.reduce((sum, { codec, part }) => sum + (codec ?? part!).minLength, 0)
}

/** Reads fields into the properties of a struct. */
export function readFields(fields: readonly Field[], reader: Reader, row: Row): void {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!
    reader.field = field.label
    const read = field.read
    if (read !== undefined) row[field.key] = read(reader)
    else field.part!.readInto(reader, row, field.key)
  }
}

/** Checks fields and steps over them. */
export function skipFields(fields: readonly Field[], reader: Reader): void {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!
    reader.field = field.label
    if (field.codec !== undefined) field.codec.skip(reader)
    else field.part!.skip(reader)
  }
}

/** Writes fields from the properties of a struct. */
export function writeFields(fields: readonly Field[], writer: Writer, row: Row): void {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!
    writer.field = field.label
    if (field.codec !== undefined) field.codec.write(writer, row[field.key])
    else field.part!.writeFrom(writer, row, field.key)
  }
}

/** Whether it is a struct, and not just fields. */
export function isStruct(source: Fields | Struct<unknown>): source is Struct<unknown> {
  return typeof source['read'] === 'function'
}
