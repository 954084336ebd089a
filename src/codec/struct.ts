/** RFC 8446 sections 3.6 and 3.8: structs and their variants. A struct's field order is the key order of one object, written once. */
import { BugError, UsageError } from '../base/errors.ts'
import type { Codec } from './codec.ts'
import { type Registry, remember, type Tags } from './enumerations.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

type Row = Record<string, unknown>

/** A field that is more than one value: it reads and writes several properties of its struct, or none. */
interface Part {
  readonly minLength: number
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

interface Field {
  readonly key: string
  /** The struct and the field, for errors. */
  readonly label: string
  readonly codec: Codec<unknown> | undefined
  readonly part: Part | undefined
}

/** A struct with its name. */
export interface Struct<T> extends Codec<T> {
  readonly name: string
  readonly fields: readonly Field[]
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
function snake(key: string): string {
  return key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

function compile(struct: string, fields: Fields): readonly Field[] {
  return Object.entries(fields).map(([key, field]) => {
    const label = `${struct}.${snake(key)}`
    return 'read' in field
      ? { key, label, codec: field, part: undefined }
      : { key, label, codec: undefined, part: field }
  })
}

function minLengthOf(fields: readonly Field[]): number {
  return fields.reduce((sum, { codec, part }) => sum + (codec ?? part!).minLength, 0)
}

function readFields(fields: readonly Field[], reader: Reader, row: Row): void {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!
    reader.field = field.label
    if (field.codec !== undefined) row[field.key] = field.codec.read(reader)
    else field.part!.readInto(reader, row, field.key)
  }
}

function skipFields(fields: readonly Field[], reader: Reader): void {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!
    reader.field = field.label
    if (field.codec !== undefined) field.codec.skip(reader)
    else field.part!.skip(reader)
  }
}

function writeFields(fields: readonly Field[], writer: Writer, row: Row): void {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!
    writer.field = field.label
    if (field.codec !== undefined) field.codec.write(writer, row[field.key])
    else field.part!.writeFrom(writer, row, field.key)
  }
}

function linesOf(struct: string, fields: readonly Field[], indent: string): string {
  return fields
    .map(({ key, codec, part }) => {
      const name = snake(key)
      if (codec !== undefined) return `${indent}${codec.syntax.before} ${name}${codec.syntax.after};\n`
      return part!.lines(struct, name).replace(/^(?=.)/gm, indent)
    })
    .join('')
}

/** A struct: `struct('Lifetime', { notBefore: uint64, notAfter: uint64 })`. */
export function struct<const F extends Fields>(name: string, fields: F): Struct<FieldsValue<F>> {
  const compiled = compile(name, fields)
  // a class per struct: V8 sizes its instances after the first few, which a shared literal would prevent
  const Value = class {} as unknown as new () => Row
  Object.defineProperty(Value, 'name', { value: name })
  return {
    name,
    fields: compiled,
    syntax: { before: name, after: '', declaration: `struct {\n${linesOf(name, compiled, '  ')}} ${name};` },
    minLength: minLengthOf(compiled),
    read(reader) {
      const row = new Value()
      readFields(compiled, reader, row)
      return row as FieldsValue<F>
    },
    skip: reader => skipFields(compiled, reader),
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
    minLength: tags.minLength,
    lines: (_, field) => `${tags.tagName} ${field} = ${name};\n`,
    readInto: skip,
    skip,
    writeFrom: writer => tags.writeNumber(writer, expected),
  }
}

interface Case {
  readonly tag: string
  readonly number: number
  readonly source: Fields | Struct<unknown>
  readonly fields: readonly Field[]
}

function isStruct(source: Fields | Struct<unknown>): source is Struct<unknown> {
  return typeof source['read'] === 'function'
}

function compileCases<Name extends string>(
  tags: Tags<Name>,
  cases: Readonly<Partial<Record<Name, Fields | Struct<unknown>>>>,
): readonly Case[] {
  return (Object.keys(cases) as Name[]).map(tag => {
    const source = cases[tag]!
    const fields = isStruct(source) ? source.fields : compile(`${tags.tagName}(${tag})`, source)
    return { tag, number: tags.numbers[tag], source, fields }
  })
}

/** Neighbouring cases with the same content are written once, as the RFC does. */
function caseLines(path: string, cases: readonly Case[]): string {
  let out = `select (${path}) {\n`
  cases.forEach((entry, i) => {
    const next = cases[i + 1]
    out += `  case ${entry.tag}:\n`
    const shared =
      next !== undefined && (next.source === entry.source || (next.fields.length === 0 && entry.fields.length === 0))
    if (shared) return
    if (isStruct(entry.source)) out += `    ${entry.source.name};\n`
    else out += entry.fields.length === 0 ? '    struct{};\n' : linesOf('', entry.fields, '    ')
  })
  return `${out}};\n`
}

function shortest(cases: readonly Case[]): number {
  return Math.min(...cases.map(({ fields }) => minLengthOf(fields)))
}

/** The cases of a select: all of an enumeration's names; further names of a registry may be left out. */
export type Cases<Name extends string> = { readonly [N in Name]?: Fields | Struct<unknown> }

/**
 * A tag, and the fields that it selects, which become properties of the same object beside the tag. A number without a
 * case is refused, except where `unknown` says how to carry it: then the tag is `unknown` and the number is kept.
 */
export function select<Name extends string, const C extends Cases<Name>, const U extends Fields = never>(
  tags: Codec<unknown> & Tags<Name>,
  cases: C,
  unknown?: U,
): Select<C, NoInfer<U>> {
  const compiled = compileCases(tags, cases)
  const byNumber: (Case | undefined)[] = []
  for (const entry of compiled) byNumber[entry.number] = entry
  const byTag = new Map(compiled.map(entry => [entry.tag, entry]))
  const others = unknown === undefined ? undefined : compile(`${tags.tagName}(unknown)`, unknown)

  function refuse(reader: Reader, at: number): readonly Field[] {
    if (others === undefined) throw reader.rejected('unknown-value', at)
    return others
  }
  return {
    kind: 'select',
    cases,
    unknown: unknown as unknown as U,
    minLength: tags.minLength + Math.min(shortest(compiled), others === undefined ? Infinity : minLengthOf(others)),
    lines: (structName, field) => `${tags.tagName} ${field};\n${caseLines(`${structName}.${field}`, compiled)}`,
    readInto(reader, row, key) {
      const at = reader.at
      const number = tags.readNumber(reader)
      const entry = byNumber[number]
      if (entry !== undefined) {
        if (tags.slot >= 0) reader.tags[tags.slot] = entry.tag
        row[key] = entry.tag
        readFields(entry.fields, reader, row)
      } else {
        const fields = refuse(reader, at)
        row[key] = 'unknown'
        row[`${key}Value`] = number
        readFields(fields, reader, row)
      }
    },
    skip(reader) {
      const at = reader.at
      const entry = byNumber[tags.readNumber(reader)]
      if (entry !== undefined && tags.slot >= 0) reader.tags[tags.slot] = entry.tag
      skipFields(entry === undefined ? refuse(reader, at) : entry.fields, reader)
    },
    writeFrom(writer, row, key) {
      const tag = row[key] as string
      const entry = byTag.get(tag)
      if (entry !== undefined) {
        if (tags.slot >= 0) writer.tags[tags.slot] = tag
        tags.writeNumber(writer, entry.number)
        writeFields(entry.fields, writer, row)
      } else {
        const number = row[`${key}Value`]
        if (others === undefined || tag !== 'unknown' || typeof number !== 'number' || byNumber[number] !== undefined)
          throw writer.unfit(tags.tagName)
        tags.writeNumber(writer, number)
        writeFields(others, writer, row)
      }
    },
  }
}

/** Fields that depend on a tag elsewhere: in what was read before, or in what the caller gives. `path` is how the RFC names it. */
export function dependent<Name extends string, const C extends Cases<Name>>(
  tags: Tags<Name>,
  path: string,
  cases: C,
): Dependent<C> {
  const compiled = compileCases(tags, cases)
  const byTag = new Map(compiled.map(entry => [entry.tag, entry.fields]))
  const keys = new Set(compiled.flatMap(entry => entry.fields.map(field => field.key)))
  const slot = remember(tags)

  function fieldsFor(tag: string | undefined): readonly Field[] {
    if (tag === undefined) throw new UsageError('wrong-argument', { expected: `the value of ${tags.tagName}` })
    const fields = byTag.get(tag)
    if (fields === undefined) throw new BugError('broken-invariant', { tag })
    return fields
  }
  return {
    kind: 'dependent',
    cases,
    minLength: shortest(compiled),
    lines: () => caseLines(path, compiled),
    readInto: (reader, row) => readFields(fieldsFor(reader.tags[slot]), reader, row),
    skip: reader => skipFields(fieldsFor(reader.tags[slot]), reader),
    writeFrom(writer, row) {
      const fields = fieldsFor(writer.tags[slot])
      for (const key of keys) {
        const expected = fields.some(field => field.key === key)
        if ((row[key] !== undefined) !== expected) throw writer.unfit(`${expected ? 'a' : 'no'} ${snake(key)}`)
      }
      writeFields(fields, writer, row)
    },
  }
}
