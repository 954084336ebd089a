/** RFC 9420 section 2.1: a writer of the TLS presentation language. */
import { UsageError } from '../base/errors.ts'
import { MAX_VECTOR_LENGTH } from './reader.ts'

const FIRST_CAPACITY = 1024

/** How many bytes the length of a vector takes, for one that may be written. */
export function lengthSize(length: number): number {
  return length < 64 ? 1 : length < 0x4000 ? 2 : 4
}

/** Appends values to a buffer that grows. The buffer may hold secrets: `wipe` it when done. */
export class Writer {
  bytes: Uint8Array<ArrayBuffer>
  /** How much has been written. */
  at: number
  /** The field being written; kept for error messages only. */
  field: string
  /** The last value written of each enumeration that a later `select` depends on, by slot. */
  readonly tags: (string | undefined)[]
  #view: DataView | undefined

  constructor(capacity: number = FIRST_CAPACITY) {
    this.bytes = new Uint8Array(capacity)
    this.at = 0
    this.field = ''
    this.tags = [undefined, undefined, undefined]
    this.#view = undefined
  }

  /** The error for a value that cannot be written. */
  unfit(expected: string): UsageError {
    return new UsageError('wrong-argument', { field: this.field, expected })
  }

  /** Makes room for `length` more bytes and says where they start; the caller fills them. */
  extend(length: number): number {
    const at = this.at
    const end = at + length
    if (end > this.bytes.length) this.#grow(end)
    this.at = end
    return at
  }

  #grow(needed: number): void {
    const old = this.bytes
    // something nearly always follows, were it only the lengths of the vectors around
    this.bytes = new Uint8Array(Math.max(needed + (needed >>> 4), 2 * old.length))
    this.bytes.set(old)
    this.#view = undefined
    old.fill(0)
  }

  uint8(value: number): void {
    if (typeof value !== 'number' || (value & 0xff) !== value) throw this.unfit('uint8')
    const at = this.extend(1)
    this.bytes[at] = value
  }

  uint16(value: number): void {
    if (typeof value !== 'number' || (value & 0xffff) !== value) throw this.unfit('uint16')
    const at = this.extend(2)
    this.bytes[at] = value >> 8
    this.bytes[at + 1] = value
  }

  uint32(value: number): void {
    if (typeof value !== 'number' || value >>> 0 !== value) throw this.unfit('uint32')
    const at = this.extend(4)
    const bytes = this.bytes
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
  }

  uint64(value: bigint): void {
    if (typeof value !== 'bigint' || value < 0n || value > 0xffffffffffffffffn) throw this.unfit('uint64')
    const at = this.extend(8)
    this.#view ??= new DataView(this.bytes.buffer)
    this.#view.setBigUint64(at, value)
  }

  /** copath-mls-2.1.2-01: a variable-size vector length in as few bytes as it takes. */
  length(value: number): void {
    if (value < 64) this.uint8(value)
    else if (value < 0x4000) this.uint16(value | 0x4000)
    else if (value <= MAX_VECTOR_LENGTH) this.uint32((value | 0x80000000) >>> 0)
    else throw new UsageError('input-too-long', { field: this.field, length: value })
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    const at = this.extend(value.length)
    this.bytes.set(value, at)
  }

  /** A byte string with a variable-size length before it. */
  opaque(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw this.unfit('bytes')
    this.length(value.length)
    this.raw(value)
  }

  /** Opens a vector whose length is not known yet. Pass what it returns to `closeVector`. */
  openVector(): number {
    return this.extend(1)
  }

  /** Writes the length of the vector that was opened at `start`, moving its content where that takes more than one byte. */
  closeVector(start: number): void {
    const length = this.at - start - 1
    const header = lengthSize(length)
    if (header > 1) {
      this.extend(header - 1)
      this.bytes.copyWithin(start + header, start + 1, start + 1 + length)
    }
    const end = this.at
    this.at = start
    this.length(length)
    this.at = end
  }

  /** A copy of what has been written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.at)
  }

  /** Forgets and overwrites what has been written, ready for the next value. */
  wipe(): void {
    this.bytes.fill(0, 0, this.at)
    this.at = 0
    this.tags.fill(undefined)
  }
}
