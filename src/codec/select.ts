/** RFC 8446 section 3.8: variants, chosen by a tag of their own or by one that stands elsewhere. */
import { BugError, UsageError } from '../base/errors.ts'
import type { Codec } from './codec.ts'
import { type DeclaredCase, declareCases, shapeOfDependent, shapeOfSelect } from './declare.ts'
import { remember, type Tags } from './enumerations.ts'
import {
  compile,
  type Dependent,
  type Field,
  type Fields,
  isStruct,
  minLengthOf,
  readFields,
  type Select,
  type Struct,
  skipFields,
  snake,
  writeFields,
} from './fields.ts'
import type { Reader } from './reader.ts'

interface Case extends DeclaredCase {
  readonly number: number
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
    shape: shapeOfSelect(tags, byNumber, others),
    cases,
    unknown: unknown as unknown as U,
    minLength: tags.minLength + Math.min(shortest(compiled), others === undefined ? Infinity : minLengthOf(others)),
    lines: (structName, field) => `${tags.tagName} ${field};\n${declareCases(`${structName}.${field}`, compiled)}`,
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
  const byTag = new Map(compiled.map(entry => [entry.tag, entry]))
  const keys = new Set(compiled.flatMap(entry => entry.fields.map(field => field.key)))
  const slot = remember(tags)

  function caseFor(tag: string | undefined): Case {
    if (tag === undefined) throw new UsageError('wrong-argument', { expected: `the value of ${tags.tagName}` })
    const entry = byTag.get(tag)
    if (entry === undefined) throw new BugError('broken-invariant', { tag })
    return entry
  }
  return {
    kind: 'dependent',
    shape: shapeOfDependent(slot, caseFor),
    cases,
    minLength: shortest(compiled),
    lines: () => declareCases(path, compiled),
    readInto: (reader, row) => readFields(caseFor(reader.tags[slot]).fields, reader, row),
    skip: reader => skipFields(caseFor(reader.tags[slot]).fields, reader),
    writeFrom(writer, row) {
      const { fields } = caseFor(writer.tags[slot])
      for (const key of keys) {
        const expected = fields.some(field => field.key === key)
        if ((row[key] !== undefined) !== expected) throw writer.unfit(`${expected ? 'a' : 'no'} ${snake(key)}`)
      }
      writeFields(fields, writer, row)
    },
  }
}
