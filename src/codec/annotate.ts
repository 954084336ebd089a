/** RFC 9420 section 2.1: takes an encoding apart by the declaration of its type: names, places and values of all that is in it. */
import { RejectedError } from '../base/errors.ts'
import type { Codec } from './codec.ts'
import { type Field, type Part, snake } from './fields.ts'
import { Reader } from './reader.ts'
import type { Choice, PartShape, Shape } from './shape.ts'

/** What stands at a place. */
export type Content =
  | { readonly kind: 'number'; readonly value: number | bigint }
  | { readonly kind: 'enumeration'; readonly number: number; readonly name: string | undefined }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'padding' }
  | { readonly kind: 'struct' }
  /** `omitted` elements behind those annotated were checked only. */
  | { readonly kind: 'vector'; readonly omitted: number }
  | { readonly kind: 'absent' }
  /** It could not be read. */
  | { readonly kind: 'broken' }

/** A part of an encoding. */
export interface Annotation {
  /** The name of the field, as the RFC writes it; `[2]` for an element of a vector. */
  readonly name: string
  readonly type: string
  readonly start: number
  readonly end: number
  /** Bytes at the start that say how long it is, or whether it is there. */
  readonly header: number
  readonly content: Content
  readonly children: readonly Annotation[]
  /** Why the content of this byte string is not what it should be. */
  readonly problem: Problem | undefined
}

/** Where reading came to an end, and why. */
export interface Problem {
  /** Names of fields, from the outside in. */
  readonly path: readonly string[]
  readonly at: number
  readonly code: RejectedError['code']
  readonly message: string
}

/** A byte string in a struct, for those who know what is inside. */
export interface Inside {
  readonly struct: string
  readonly field: string
  /** What stands before it in the same struct, and itself. */
  readonly before: readonly Annotation[]
}

export interface AnnotateOptions {
  /** How many elements of a vector are annotated. */
  readonly elements?: number
  /** About how many annotations are made in all. */
  readonly total?: number
  /** What a byte string holds, where that is known. */
  readonly inside?: (place: Inside) => Codec<unknown> | undefined
  /** Where the encoding stands in the bytes; they are all of it by default. */
  readonly within?: { readonly start: number; readonly end: number }
}

/** An encoding taken apart, up to where it is broken. */
export interface Annotated {
  readonly root: Annotation
  readonly problem: Problem | undefined
}

type Open = { -readonly [K in keyof Annotation]: Annotation[K] } & { readonly children: Open[] }

// extensions may hold what has extensions
const MOST_NESTED = 4

function typeName({ syntax }: Codec<unknown>): string {
  return `${syntax.before}${syntax.after}`
}

class Annotator {
  readonly #elements: number
  readonly #inside: AnnotateOptions['inside']
  #left: number
  #nested = 0
  #open: Open[] = []

  constructor({ elements = Infinity, total = Infinity, inside }: AnnotateOptions) {
    this.#elements = elements
    this.#left = total
    this.#inside = inside
  }

  /** Annotates a value and whatever is inside. */
  whole(codec: Codec<unknown>, reader: Reader): { root: Open; problem: Problem | undefined } {
    const outer = this.#open
    this.#open = []
    const root = this.#begin(typeName(codec), codec, reader)
    let problem: Problem | undefined
    try {
      this.#fill(root, codec, reader)
      reader.field = root.name
      this.#open.push(root)
      reader.end()
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error
      problem = this.#problemOf(error, reader)
      for (const open of this.#open) open.end = Math.max(open.end, reader.at)
    }
    this.#open = outer
    return { root, problem }
  }

  #problemOf(error: RejectedError, reader: Reader): Problem {
    const at = error.details['at']
    return {
      path: this.#open.map(({ name }) => name),
      at: typeof at === 'number' ? at : reader.at,
      code: error.code,
      message: error.message,
    }
  }

  #begin(name: string, codec: Pick<Codec<unknown>, 'syntax'> | string, reader: Reader): Open {
    const type = typeof codec === 'string' ? codec : `${codec.syntax.before}${codec.syntax.after}`
    this.#left--
    const content = { kind: 'broken' } as const
    return { name, type, start: reader.at, end: reader.at, header: 0, content, children: [], problem: undefined }
  }

  #child(into: Open[], name: string, codec: Codec<unknown>, reader: Reader): Open {
    const child = this.#begin(name, codec, reader)
    into.push(child)
    this.#fill(child, codec, reader)
    return child
  }

  #fill(at: Open, codec: Codec<unknown>, reader: Reader): void {
    this.#open.push(at)
    reader.field = at.name
    this.#fillShape(at, codec, reader)
    at.end = reader.at
    this.#open.pop()
  }

  #fillShape(at: Open, codec: Codec<unknown>, reader: Reader): void {
    const { shape } = codec
    const from = reader.at
    if (shape === undefined) {
      codec.skip(reader)
      at.content = { kind: 'bytes', bytes: reader.bytes.subarray(from, reader.at) }
      return
    }
    switch (shape.kind) {
      case 'number':
        at.content = { kind: 'number', value: codec.read(reader) as number | bigint }
        break
      case 'enumeration':
        codec.skip(reader)
        at.content = enumerated(shape, reader, from)
        break
      case 'bytes':
        at.content = { kind: 'bytes', bytes: codec.read(reader) as Uint8Array }
        at.header += reader.at - from - at.content.bytes.length
        break
      case 'padding':
        codec.skip(reader)
        at.content = { kind: 'padding' }
        break
      case 'named':
        this.#fillShape(at, shape.inner, reader)
        break
      case 'optional':
        this.#optional(at, shape.inner, reader)
        break
      case 'vector':
        this.#vector(at, shape.element, reader)
        break
      case 'struct':
        at.content = { kind: 'struct' }
        this.#fields(at.children, shape, reader)
    }
  }

  #optional(at: Open, inner: Codec<unknown>, reader: Reader): void {
    at.header = 1
    if (reader.presence()) {
      at.type = typeName(inner)
      this.#fillShape(at, inner, reader)
    } else at.content = { kind: 'absent' }
  }

  #vector(at: Open, element: Codec<unknown>, reader: Reader): void {
    const from = reader.at
    const outer = reader.openVector()
    at.header += reader.at - from
    let omitted = 0
    at.content = { kind: 'vector', omitted }
    for (let i = 0; reader.at < reader.limit; i++) {
      if (i < this.#elements && this.#left > 0) this.#child(at.children, `[${i}]`, element, reader)
      else {
        reader.field = `${at.name}[${i}]`
        element.skip(reader)
        omitted++
      }
    }
    reader.closeVector(outer)
    at.content = { kind: 'vector', omitted }
  }

  #fields(into: Open[], { name, fields }: { name: string; fields: readonly Field[] }, reader: Reader): void {
    for (const { key, codec, part } of fields) {
      const field = snake(key)
      if (codec === undefined) this.#part(into, { struct: name, field, part: part! }, reader)
      else {
        const child = this.#child(into, field, codec, reader)
        if (child.content.kind === 'bytes') this.#lookInside(child, { struct: name, field, before: into }, reader)
      }
    }
  }

  #part(into: Open[], { struct, field, part }: { struct: string; field: string; part: Part }, reader: Reader): void {
    const { shape } = part
    if (shape === undefined || shape.kind === 'constant') {
      const at = this.#begin(field, shape?.tags.tagName ?? 'opaque', reader)
      into.push(at)
      this.#open.push(at)
      part.skip(reader)
      at.end = reader.at
      at.content =
        shape === undefined
          ? { kind: 'bytes', bytes: reader.bytes.subarray(at.start, at.end) }
          : enumerated(shape, reader, at.start)
      this.#open.pop()
    } else if (shape.kind === 'select') this.#select(into, { struct, field, shape }, reader)
    else this.#chosen(into, shape.choose(reader.tags[shape.slot]), struct, reader)
  }

  #select(
    into: Open[],
    { struct, field, shape }: { struct: string; field: string; shape: Extract<PartShape, { kind: 'select' }> },
    reader: Reader,
  ): void {
    const { tags } = shape
    const at = this.#begin(field, tags.tagName, reader)
    into.push(at)
    this.#open.push(at)
    reader.field = `${struct}.${field}`
    const number = tags.readNumber(reader)
    const choice = shape.choose(number)
    if (choice === undefined) throw reader.rejected('unknown-value', at.start)
    at.end = reader.at
    at.content = { kind: 'enumeration', number, name: choice.tag }
    this.#open.pop()
    if (tags.slot >= 0) reader.tags[tags.slot] = choice.tag
    this.#chosen(into, choice, struct, reader)
  }

  #chosen(into: Open[], { tag, struct, fields }: Choice, around: string, reader: Reader): void {
    if (struct === undefined) {
      this.#fields(into, { name: around, fields }, reader)
      return
    }
    const at = this.#begin(tag ?? struct, struct, reader)
    into.push(at)
    this.#open.push(at)
    at.content = { kind: 'struct' }
    this.#fields(at.children, { name: struct, fields }, reader)
    at.end = reader.at
    this.#open.pop()
  }

  #lookInside(at: Open, place: Inside, outer: Reader): void {
    const codec = this.#nested < MOST_NESTED ? this.#inside?.(place) : undefined
    if (codec === undefined) return
    const reader = new Reader(outer.bytes, typeName(codec))
    reader.at = at.start + at.header
    reader.limit = at.end
    this.#nested++
    const { root, problem } = this.whole(codec, reader)
    this.#nested--
    at.children.push(root)
    at.problem = problem && { ...problem, path: [...this.#open.map(({ name }) => name), at.name, ...problem.path] }
  }
}

function enumerated({ tags }: Extract<Shape | PartShape, { tags: unknown }>, reader: Reader, at: number): Content {
  const again = new Reader(reader.bytes, tags.tagName)
  again.at = at
  const number = tags.readNumber(again)
  const name = Object.keys(tags.numbers).find(key => tags.numbers[key] === number)
  return { kind: 'enumeration', number, name }
}

/** Takes apart a whole encoding. What is wrong with it is part of the answer. */
export function annotate(codec: Codec<unknown>, bytes: Uint8Array, options: AnnotateOptions = {}): Annotated {
  const reader = new Reader(bytes, typeName(codec))
  reader.at = options.within?.start ?? 0
  reader.limit = options.within?.end ?? bytes.length
  return new Annotator(options).whole(codec, reader)
}
