/** RFC 8446 section 3.5: closed enumerations, whose unknown values are refused, and open ones, whose values are carried as numbers. */
import type { Codec, Given } from './codec.ts'
import { declareEnumeration } from './declare.ts'
import { uint16 } from './primitives.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** A mapping between names and numbers on the wire. Values that a `select` depends on. */
export interface Tags<Name extends string> {
  readonly tagName: string
  readonly numbers: Readonly<Record<Name, number>>
  readNumber(reader: Reader): number
  writeNumber(writer: Writer, value: number): void
  /** Where readers and writers keep the last value, for structures that depend on it later; -1 where none does. */
  slot: number
}

/** A closed enumeration: values are names; everything else, the reserved zero included, is refused. */
export interface Enumeration<Name extends string> extends Codec<Name>, Tags<Name> {
  /** Tells `decode`, `check` or `encode` the value that an enclosing structure determines. */
  is(name: Name): Given
}

/** An open set of numbers, some of which have names: `Registry.of.basic`. */
export interface Registry<Name extends string> extends Codec<number>, Tags<Name> {
  readonly of: Readonly<Record<Name, number>>
}

let slots = 0

/** Lets structures that come later depend on these values. */
export function remember(tags: Tags<string>): number {
  if (tags.slot < 0) tags.slot = slots++
  return tags.slot
}

/** An enumeration of one byte with all of its values. */
export function enumeration<const Name extends string>(
  name: string,
  numbers: Readonly<Record<Name, number>>,
): Enumeration<Name> {
  const names: (Name | undefined)[] = []
  for (const key of Object.keys(numbers) as Name[]) names[numbers[key]] = key
  const codec: Enumeration<Name> = {
    syntax: { before: name, after: '', declaration: declareEnumeration(name, numbers, 255) },
    minLength: 1,
    get shape() {
      return { kind: 'enumeration', tags: codec } as const
    },
    tagName: name,
    numbers,
    slot: -1,
    readNumber: reader => reader.uint8(),
    writeNumber: (writer, value) => writer.uint8(value),
    is: tag => ({ slot: remember(codec), tag }),
    read(reader) {
      const value = names[reader.uint8()]
      if (value === undefined) throw reader.rejected('unknown-value', reader.at - 1)
      return value
    },
    skip(reader) {
      if (names[reader.uint8()] === undefined) throw reader.rejected('unknown-value', reader.at - 1)
    },
    write(writer, value) {
      const number = Object.hasOwn(numbers, value) ? numbers[value] : undefined
      if (number === undefined) throw writer.unfit(name)
      writer.uint8(number)
    },
  }
  return codec
}

function open<const Name extends string>(
  name: string,
  numbers: Readonly<Record<Name, number>>,
  declaration: string,
): Registry<Name> {
  const codec: Registry<Name> = {
    ...uint16,
    syntax: { before: name, after: '', declaration },
    tagName: name,
    numbers,
    of: numbers,
    slot: -1,
    readNumber: uint16.read,
    writeNumber: uint16.write,
    get shape() {
      return { kind: 'enumeration', tags: codec } as const
    },
  }
  return codec
}

/** A registry of two-byte numbers: unknown ones are carried (RFC 9420 section 13.5, GREASE). */
export function registry<const Name extends string>(
  name: string,
  numbers: Readonly<Record<Name, number>>,
): Registry<Name> {
  return open(name, numbers, `uint16 ${name};`)
}

/** A two-byte enumeration whose unknown values are carried, because lists of them may name what only others know. */
export function openEnumeration<const Name extends string>(
  name: string,
  numbers: Readonly<Record<Name, number>>,
): Registry<Name> {
  return open(name, numbers, declareEnumeration(name, numbers, 65535))
}
