/** RFC 9420 section 2.1: what a type of the presentation language is here, and how values of it become bytes and come back. */
import { EMPTY } from '../base/bytes.ts'
import { MAX_VECTOR_LENGTH, Reader } from './reader.ts'
import type { Shape } from './shape.ts'
import { Writer } from './writer.ts'

/** How a type is written in presentation language. */
export interface Syntax {
  /** What stands before a field's name, such as `opaque`. */
  readonly before: string
  /** What stands behind it, such as `<V>`. */
  readonly after: string
  /** The whole declaration of a named type. */
  readonly declaration?: string
}

/** A type of the presentation language with values of type `T`. `read` accepts exactly what `write` produces. */
export interface Codec<T> {
  // functions that need no `this`: they are taken out of their object and called by themselves
  readonly syntax: Syntax
  /** The fewest bytes that a value takes. */
  readonly minLength: number
  /** What it is made of, for those who look at encodings; without it, values are bytes to them. */
  readonly shape?: Shape
  /** Reads a value. Byte strings in it are views of the input. */
  read(reader: Reader): T
  /** Checks a value as strictly as `read` does and steps over it, making no objects. */
  skip(reader: Reader): void
  write(writer: Writer, value: T): void
  /** Reads values up to the limit, where that is faster than one at a time. */
  readAll?(reader: Reader): T[]
  /** Writes values one after the other, likewise. */
  writeAll?(writer: Writer, values: readonly T[]): void
}

/** The values of a codec. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never

/** The value of an enumeration that an enclosing structure determines; see `Enumeration.is`. */
export interface Given {
  readonly slot: number
  readonly tag: string
}

function nameOf(codec: Codec<unknown>): string {
  return `${codec.syntax.before}${codec.syntax.after}`
}

/** How many values of vectors there may be in any encoding; in a long one, one more for each 32 bytes. Far more than is ever meant. */
export const ROOM = 1 << 18

/**
 * Decodes a whole byte string: no byte may be left over. Byte strings in the value are views of `bytes`, so keep `bytes`
 * unchanged for as long as the value lives, or pass a copy.
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, given?: Given, room = ROOM + (bytes.length >>> 5)): T {
  const reader = new Reader(bytes, nameOf(codec))
  reader.room = room
  if (given !== undefined) reader.tags[given.slot] = given.tag
  const value = codec.read(reader)
  reader.end()
  return value
}

/** Decodes what has been taken in before, as a part of something longer perhaps. */
export function decodeKnown<T>(codec: Codec<T>, bytes: Uint8Array): T {
  return decode(codec, bytes, undefined, MAX_VECTOR_LENGTH)
}

/** Decodes a value at the front of `bytes` and says where it ends. */
export function decodePrefix<T>(codec: Codec<T>, bytes: Uint8Array): { readonly value: T; readonly end: number } {
  const reader = new Reader(bytes, nameOf(codec))
  const value = codec.read(reader)
  return { value, end: reader.at }
}

/** Checks that a whole byte string is an encoding, making no objects. */
export function check(codec: Codec<unknown>, bytes: Uint8Array, given?: Given): void {
  const reader = new Reader(bytes, nameOf(codec))
  if (given !== undefined) reader.tags[given.slot] = given.tag
  codec.skip(reader)
  reader.end()
}

// one buffer serves all calls; a larger one is not kept
const KEPT_CAPACITY = 1 << 16
let idle: Writer | undefined

/** Encodes a value into fresh bytes. The working buffer is overwritten afterwards. */
export function encode<T>(codec: Codec<T>, value: T, given?: Given): Uint8Array<ArrayBuffer> {
  return encodeBetween(EMPTY, codec, value, EMPTY, given)
}

/** Encodes a value between bytes that are hashed or signed with it: one buffer where joining would take two more. */
export function encodeBetween<T>(
  before: Uint8Array,
  codec: Codec<T>,
  value: T,
  after: Uint8Array = EMPTY,
  given?: Given,
): Uint8Array<ArrayBuffer> {
  const writer = idle ?? new Writer()
  idle = undefined
  writer.field = codec.syntax.before
  try {
    if (given !== undefined) writer.tags[given.slot] = given.tag
    if (before.length > 0) writer.raw(before)
    codec.write(writer, value)
    if (after.length > 0) writer.raw(after)
    return writer.finish()
  } finally {
    writer.wipe()
    if (writer.bytes.length <= KEPT_CAPACITY) idle = writer
  }
}

/** The declaration of a named type in presentation language. */
export function printStruct(codec: Codec<unknown>): string {
  return codec.syntax.declaration ?? `${nameOf(codec)};`
}
