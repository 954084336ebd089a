/** RFC 8446 section 3: types written out in presentation language, and what encodings are taken apart by. Only for people: `copath/lean` leaves it out. */
import type { Tags } from './enumerations.ts'
import { type Field, type Fields, isStruct, type Struct, snake } from './fields.ts'
import type { Choice, PartShape } from './shape.ts'

/** A variant to write out. */
export interface DeclaredCase {
  readonly tag: string
  readonly source: Fields | Struct<unknown>
  readonly fields: readonly Field[]
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

/** A struct with its fields. */
export function declareStruct(name: string, fields: readonly Field[]): string {
  return `struct {\n${linesOf(name, fields, '  ')}} ${name};`
}

/** An enumeration whose values go up to `max`. */
export function declareEnumeration(name: string, numbers: Readonly<Record<string, number>>, max: number): string {
  const lines = Object.entries(numbers).map(([value, number]) => `  ${value}(${number}),\n`)
  return `enum {\n  reserved(0),\n${lines.join('')}  (${max})\n} ${name};`
}

/** Variants. Neighbouring cases with the same content are written once, as the RFC does. */
export function declareCases(path: string, cases: readonly DeclaredCase[]): string {
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

const choiceOf = ({ tag, source, fields }: DeclaredCase): Choice => ({
  tag,
  struct: isStruct(source) ? source.name : undefined,
  fields,
})

/** What numbers select. Those of `others` have no name. */
export function shapeOfSelect(
  tags: Tags<string>,
  cases: readonly (DeclaredCase | undefined)[],
  others: readonly Field[] | undefined,
): PartShape {
  return {
    kind: 'select',
    tags,
    choose(number) {
      const entry = cases[number]
      if (entry !== undefined) return choiceOf(entry)
      return others && { tag: undefined, struct: undefined, fields: others }
    },
  }
}

/** What a tag that stands elsewhere selects. */
export function shapeOfDependent(slot: number, caseFor: (tag: string | undefined) => DeclaredCase): PartShape {
  return { kind: 'dependent', slot, choose: tag => choiceOf(caseFor(tag)) }
}
