/** RFC 9420 section 2.1: a strict, total reader of the TLS presentation language. */
import { checkBytes, plainView } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'

/** The longest vector that a variable-size length can announce. */
export const MAX_VECTOR_LENGTH = 2 ** 30 - 1

/**
 * Reads values from the front of a byte string.
 *
 * Invariant: `at <= limit <= bytes.length`; nothing at or beyond `limit` is read. Every failure is a `RejectedError` that
 * names the offset and the field.
 */
export class Reader {
  readonly bytes: Uint8Array
  /** Where the next value starts. */
  at: number
  /** Where the innermost open vector, or the input, ends. */
  limit: number
  /** The field being read, such as `LeafNode.signature`; kept for error messages only. */
  field: string
  /** How many more values of vectors may be read. Numbers do not count; as objects others take a hundred times the byte that each may be encoded in. */
  room: number
  /** The last value read of each enumeration that a later `select` depends on, by slot. */
  readonly tags: (string | undefined)[]
  #view: DataView | undefined

  constructor(bytes: Uint8Array, field: string) {
    // subclasses such as Buffer would make every view of the same slower class
    if (bytes?.constructor !== Uint8Array) checkBytes(bytes)
    this.bytes = plainView(bytes)
    this.at = 0
    this.limit = bytes.length
    this.field = field
    this.room = MAX_VECTOR_LENGTH
    // room for the few that RFC 9420 has: growing an empty array costs more than reading a leaf's numbers
    this.tags = [undefined, undefined, undefined]
    this.#view = undefined
  }

  /** The error to throw for what starts at `at`. */
  rejected(
    code:
      | 'too-many-values'
      | 'truncated'
      | 'trailing-bytes'
      | 'non-minimal-length'
      | 'bad-presence'
      | 'unknown-value'
      | 'bad-padding',
    at: number,
  ): RejectedError {
    return new RejectedError(code, { at, field: this.field })
  }

  uint8(): number {
    const at = this.at
    if (at >= this.limit) throw this.rejected('truncated', at)
    this.at = at + 1
    return this.bytes[at]!
  }

  uint16(): number {
    const at = this.at
    if (at + 2 > this.limit) throw this.rejected('truncated', at)
    this.at = at + 2
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!
  }

  uint32(): number {
    const at = this.at
    if (at + 4 > this.limit) throw this.rejected('truncated', at)
    this.at = at + 4
    const bytes = this.bytes
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  }

  uint64(): bigint {
    const at = this.at
    if (at + 8 > this.limit) throw this.rejected('truncated', at)
    this.at = at + 8
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength)
    return this.#view.getBigUint64(at)
  }

  /** A variable-size vector length (section 2.1.2): 1, 2 or 4 bytes, and no more of them than needed. */
  length(): number {
    const at = this.at
    if (at >= this.limit) throw this.rejected('truncated', at)
    const first = this.bytes[at]!
    if (first < 0x40) {
      this.at = at + 1
      return first
    }
    if (first < 0x80) {
      const value = this.uint16() & 0x3fff
      // copath-mls-2.1.2-02: no more bytes than it takes
      if (value < 64) throw this.rejected('non-minimal-length', at)
      return value
    }
    // copath-mls-2.1.2-03: there is no fourth size
    if (first >= 0xc0) throw this.rejected('unknown-value', at)
    const value = this.uint32() & 0x3fffffff
    if (value < 0x4000) throw this.rejected('non-minimal-length', at)
    return value
  }

  /** Steps over the next `length` bytes and says where they started. */
  step(length: number): number {
    const at = this.at
    if (length > this.limit - at) throw this.rejected('truncated', at)
    this.at = at + length
    return at
  }

  /** A view of the next `length` bytes. */
  fixed(length: number): Uint8Array {
    const at = this.step(length)
    return this.bytes.subarray(at, at + length)
  }

  /** A view of a byte string with a variable-size length. */
  opaque(): Uint8Array {
    return this.fixed(this.length())
  }

  /** Opens a vector: until `closeVector`, its end is the end of what can be read. Returns the limit to restore. */
  openVector(): number {
    const length = this.length()
    const outer = this.limit
    if (length > outer - this.at) throw this.rejected('truncated', this.at)
    this.limit = this.at + length
    return outer
  }

  /** Closes the vector that `openVector` opened. Call it when `at` has reached `limit`. */
  closeVector(outer: number): void {
    this.limit = outer
  }

  /** A view of what has been read from `start` on; undefined of readers whose values do not lie in bytes. */
  since(start: number): Uint8Array | undefined {
    return this.bytes.subarray(start, this.at)
  }

  /** Steps over values up to the limit, and says how many they are and where their bytes stand. */
  values(codec: { skip(reader: Reader): void }): { readonly bytes: Uint8Array; readonly count: number } {
    const start = this.at
    let count = 0
    for (; this.at < this.limit; count++) codec.skip(this)
    return { bytes: this.bytes.subarray(start, this.at), count }
  }

  /** The presence octet of an optional value (section 2.1.1): 0 or 1, nothing else. */
  presence(): boolean {
    const octet = this.uint8()
    // copath-mls-2.1.1-01
    if (octet > 1) throw this.rejected('bad-presence', this.at - 1)
    return octet === 1
  }

  /** Refuses anything left over. */
  end(): void {
    if (this.at !== this.limit) throw this.rejected('trailing-bytes', this.at)
  }
}
