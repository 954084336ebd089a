/** RFC 9420 section 2.1 and RFC 8446 section 3: numbers, byte strings, vectors, optional values, named types. */
import { BugError } from '../base/errors.ts'
import type { Codec } from './codec.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export const uint8: Codec<number> = {
  syntax: { before: 'uint8', after: '' },
  minLength: 1,
  shape: { kind: 'number' },
  read: reader => reader.uint8(),
  skip: reader => void reader.step(1),
  write: (writer, value) => writer.uint8(value),
}

export const uint16: Codec<number> = {
  syntax: { before: 'uint16', after: '' },
  minLength: 2,
  shape: { kind: 'number' },
  read: reader => reader.uint16(),
  skip: reader => void reader.step(2),
  write: (writer, value) => writer.uint16(value),
  readAll: reader => {
    const values: number[] = []
    while (reader.at < reader.limit) values.push(reader.uint16())
    return values
  },
  writeAll: (writer, values) => {
    for (let i = 0; i < values.length; i++) writer.uint16(values[i]!)
  },
}

export const uint32: Codec<number> = {
  syntax: { before: 'uint32', after: '' },
  minLength: 4,
  shape: { kind: 'number' },
  read: reader => reader.uint32(),
  skip: reader => void reader.step(4),
  write: (writer, value) => writer.uint32(value),
}

export const uint64: Codec<bigint> = {
  syntax: { before: 'uint64', after: '' },
  minLength: 8,
  shape: { kind: 'number' },
  read: reader => reader.uint64(),
  skip: reader => void reader.step(8),
  write: (writer, value) => writer.uint64(value),
}

/** `opaque x<V>`: a byte string of any length. */
export const opaque: Codec<Uint8Array> = {
  syntax: { before: 'opaque', after: '<V>' },
  minLength: 1,
  shape: { kind: 'bytes', prefixed: true },
  read: reader => reader.opaque(),
  skip: reader => void reader.step(reader.length()),
  write: (writer, value) => writer.opaque(value),
}

/** `opaque x[length]`: a byte string of one length. */
export function opaqueOf(length: number): Codec<Uint8Array> {
  return {
    syntax: { before: 'opaque', after: `[${length}]` },
    minLength: length,
    shape: { kind: 'bytes', prefixed: false },
    read: reader => reader.fixed(length),
    skip: reader => void reader.step(length),
    write(writer, value) {
      if (!(value instanceof Uint8Array) || value.length !== length) throw writer.unfit(`${length} bytes`)
      writer.raw(value)
    },
  }
}

/** Zero bytes up to the end of the input; the value is how many. `length` is how the RFC writes their number. */
export function zeroPadding(length: string): Codec<number> {
  function skip(reader: Reader): number {
    const count = reader.limit - reader.at
    const start = reader.step(count)
    let seen = 0
    for (let i = start; i < start + count; i++) seen |= reader.bytes[i]!
    // copath-mls-6.3.1-01: nothing is hidden in it
    if (seen !== 0) throw reader.rejected('bad-padding', start)
    return count
  }
  return {
    syntax: { before: 'opaque', after: `[${length}]` },
    minLength: 0,
    shape: { kind: 'padding' },
    read: skip,
    skip: reader => void skip(reader),
    write(writer, value) {
      if (!Number.isSafeInteger(value) || value < 0) throw writer.unfit('a number of bytes')
      const start = writer.extend(value)
      writer.bytes.fill(0, start, start + value)
    },
  }
}

/** `T x<V>`: any number of values of one type. */
export function vector<T>(element: Codec<T>): Codec<readonly T[]> {
  // an element of no bytes would make a vector of endless values out of nothing
  if (element.minLength < 1 || element.syntax.after !== '') throw new BugError('broken-invariant')
  const takes = element.shape?.kind === 'number' ? 0 : 1
  const readAll =
    element.readAll ??
    ((reader: Reader): T[] => {
      const values: T[] = []
      while (reader.at < reader.limit) {
        reader.room -= takes
        if (reader.room < 0) throw reader.rejected('too-many-values', reader.at)
        values.push(element.read(reader))
      }
      return values
    })
  const writeAll =
    element.writeAll ??
    ((writer: Writer, values: readonly T[]): void => {
      for (let i = 0; i < values.length; i++) element.write(writer, values[i]!)
    })
  return {
    syntax: { before: element.syntax.before, after: '<V>' },
    minLength: 1,
    shape: { kind: 'vector', element },
    read(reader: Reader): readonly T[] {
      const outer = reader.openVector()
      const values = readAll(reader)
      reader.closeVector(outer)
      return values
    },
    skip(reader: Reader): void {
      const outer = reader.openVector()
      while (reader.at < reader.limit) element.skip(reader)
      reader.closeVector(outer)
    },
    write(writer: Writer, values: readonly T[]): void {
      if (!Array.isArray(values)) throw writer.unfit('an array')
      const start = writer.openVector()
      writeAll(writer, values)
      writer.closeVector(start)
    },
  }
}

/** `optional<T> x`: a presence octet, then the value where there is one. */
export function optional<T>(inner: Codec<T>): Codec<T | undefined> {
  if (inner.syntax.after !== '') throw new BugError('broken-invariant')
  return {
    syntax: { before: `optional<${inner.syntax.before}>`, after: '' },
    minLength: 1,
    shape: { kind: 'optional', inner },
    read: reader => (reader.presence() ? inner.read(reader) : undefined),
    skip(reader) {
      if (reader.presence()) inner.skip(reader)
    },
    write(writer, value) {
      writer.uint8(value === undefined ? 0 : 1)
      if (value !== undefined) inner.write(writer, value)
    },
  }
}

/** A second name for a type: `opaque MAC<V>;`. */
export function named<T>(name: string, inner: Codec<T>): Codec<T> {
  const declaration = `${inner.syntax.before} ${name}${inner.syntax.after};`
  return {
    syntax: { before: name, after: '', declaration },
    minLength: inner.minLength,
    shape: { kind: 'named', inner },
    read: inner.read,
    skip: inner.skip,
    write: inner.write,
  }
}
