/** Protocol Buffers: the encoding of proto3 messages (protobuf.dev, "Encoding"), as far as the interoperability service uses it. */

const VARINT = 0
const FIXED64 = 1
const DELIMITED = 2
const FIXED32 = 5

const UINT32 = (1n << 32n) - 1n
const UINT64 = (1n << 64n) - 1n

/** Bytes that are no message of the expected type. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

class Source {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value & UINT64
    }
    throw new WireError('a number of more than ten bytes')
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new WireError('the message ends too early')
    return this.#bytes.subarray(this.#at, (this.#at += length))
  }

  delimited(): Uint8Array {
    return this.take(Number(this.varint()))
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint()
    else if (wireType === FIXED64) this.take(8)
    else if (wireType === DELIMITED) this.delimited()
    else if (wireType === FIXED32) this.take(4)
    else throw new WireError(`a field of wire type ${wireType}`)
  }
}

class Sink {
  readonly #parts: Uint8Array[] = []

  varint(value: bigint): void {
    const bytes: number[] = []
    let rest = value
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
    bytes.push(Number(rest))
    this.#parts.push(Uint8Array.from(bytes))
  }

  delimited(bytes: Uint8Array): void {
    this.varint(BigInt(bytes.length))
    this.#parts.push(bytes)
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts))
  }
}

/** A type of values: how it is written, and which value is not written at all. */
interface ValueType<T> {
  readonly wireType: typeof VARINT | typeof DELIMITED
  readonly absent: () => T
  isAbsent(value: T): boolean
  read(source: Source): T
  write(value: T, sink: Sink): void
}

/** A field of a message. */
export interface Field<T> {
  readonly number: number
  readonly absent: () => T
  /** Takes in one occurrence; `before` is given up to it. */
  merge(before: T, source: Source, wireType: number): T
  write(value: T, sink: Sink): void
}

export const uint32: ValueType<number> = {
  wireType: VARINT,
  absent: () => 0,
  isAbsent: value => value === 0,
  read: source => Number(source.varint() & UINT32),
  write: (value, sink) => sink.varint(BigInt(value >>> 0)),
}

export const uint64: ValueType<bigint> = {
  wireType: VARINT,
  absent: () => 0n,
  isAbsent: value => value === 0n,
  read: source => source.varint(),
  write: (value, sink) => sink.varint(value & UINT64),
}

export const bool: ValueType<boolean> = {
  wireType: VARINT,
  absent: () => false,
  isAbsent: value => !value,
  read: source => source.varint() !== 0n,
  write: (value, sink) => sink.varint(value ? 1n : 0n),
}

export const bytes: ValueType<Uint8Array> = {
  wireType: DELIMITED,
  absent: () => new Uint8Array(0),
  isAbsent: ({ length }) => length === 0,
  // a copy whatever comes in: Buffer's slice makes none
  read: source => new Uint8Array(source.delimited()),
  write: (value, sink) => sink.delimited(value),
}

export const string: ValueType<string> = {
  wireType: DELIMITED,
  absent: () => '',
  isAbsent: value => value === '',
  read: source => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(source.delimited())
    } catch {
      throw new WireError('a string that is not UTF-8')
    }
  },
  write: (value, sink) => sink.delimited(new TextEncoder().encode(value)),
}

/** A field that is there once or not at all: of several occurrences the last one counts. */
export function one<T>(number: number, type: ValueType<T>): Field<T> {
  return {
    number,
    absent: type.absent,
    merge: (_, source, wireType) => {
      if (wireType !== type.wireType) throw new WireError(`field ${number} has wire type ${wireType}`)
      return type.read(source)
    },
    write: (value, sink) => {
      if (type.isAbsent(value)) return
      sink.varint(BigInt((number << 3) | type.wireType))
      type.write(value, sink)
    },
  }
}

/** A repeated field. Numbers are packed when they are sent, and may be packed or not when they arrive. */
export function list<T>(number: number, type: ValueType<T>): Field<readonly T[]> {
  const isPacked = type.wireType === VARINT
  return {
    number,
    absent: () => [],
    merge: (before, source, wireType) => {
      // in place: a copy for each occurrence would make long lists quadratic
      const values = before as T[]
      if (wireType === type.wireType) values.push(type.read(source))
      else if (isPacked && wireType === DELIMITED) {
        const packed = new Source(source.delimited())
        while (!packed.isAtEnd) values.push(type.read(packed))
      } else throw new WireError(`field ${number} has wire type ${wireType}`)
      return values
    },
    write: (values, sink) => {
      if (values.length === 0) return
      const tag = BigInt((number << 3) | DELIMITED)
      if (!isPacked) {
        for (const value of values) {
          sink.varint(tag)
          type.write(value, sink)
        }
        return
      }
      const packed = new Sink()
      for (const value of values) type.write(value, packed)
      sink.varint(tag)
      sink.delimited(packed.bytes())
    },
  }
}

type Fields = Readonly<Record<string, Field<unknown>>>
type Values<F> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never }

/** A message: its fields by name. Fields that are not given are absent, those that are not known are skipped. */
export interface MessageType<T> extends ValueType<T> {
  encode(value: Partial<T>): Uint8Array
  decode(bytes: Uint8Array): T
}

/** What a message type stands for. */
export type MessageOf<M> = M extends MessageType<infer T> ? T : never

/** Describes a message. */
// biome-ignore lint/suspicious/noExplicitAny: a field of any type; `unknown` would refuse those that take their value as an argument
export function message<F extends Readonly<Record<string, Field<any>>>>(fields: F): MessageType<Values<F>> {
  const known = Object.entries(fields as Fields)
  const byNumber = new Map(known.map(([name, field]) => [field.number, { name, field }]))
  const decode = (encoded: Uint8Array): Values<F> => {
    const source = new Source(encoded)
    const values = Object.fromEntries(known.map(([name, field]) => [name, field.absent()]))
    while (!source.isAtEnd) {
      const tag = source.varint()
      const wireType = Number(tag & 7n)
      const found = byNumber.get(Number(tag >> 3n))
      if (tag >> 3n === 0n) throw new WireError('a field without a number')
      if (found === undefined) source.skip(wireType)
      else values[found.name] = found.field.merge(values[found.name], source, wireType)
    }
    return values as Values<F>
  }
  const encode = (value: Partial<Values<F>>): Uint8Array => {
    const sink = new Sink()
    for (const [name, field] of known) {
      const given = value[name]
      if (given !== undefined) field.write(given, sink)
    }
    return sink.bytes()
  }
  return {
    wireType: DELIMITED,
    absent: () => decode(new Uint8Array(0)),
    isAbsent: value => encode(value).length === 0,
    read: source => decode(source.delimited()),
    write: (value, sink) => sink.delimited(encode(value)),
    encode,
    decode,
  }
}
