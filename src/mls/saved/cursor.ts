/** The records of a saved state one after the other, where they lie: what is loaded from 200,000 of them makes no 200,000 objects first. */
import { EMPTY } from '../../base/bytes.ts'
import { Reader } from '../../codec/reader.ts'
import { refuseSaved } from './refuse.ts'

/** One piece of a state under the name of its place. */
export interface SavedRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Where a key is. */
export interface KeySpan {
  readonly bytes: Uint8Array
  readonly keyStart: number
  readonly keyEnd: number
}

/** A key that is by itself. */
export function wholeKey(key: Uint8Array): KeySpan {
  return { bytes: key, keyStart: 0, keyEnd: key.length }
}

/** Where a record is. */
export interface RecordSpan extends KeySpan {
  readonly valueStart: number
  readonly valueEnd: number
}

/** Stands at a record, or behind the last one: then the span means nothing. */
export interface RecordCursor extends RecordSpan {
  readonly ended: boolean
  advance(): void
}

/** The present record as an object, its parts as views. */
export function recordAt({ bytes, keyStart, keyEnd, valueStart, valueEnd }: RecordSpan): SavedRecord {
  return { key: bytes.subarray(keyStart, keyEnd), value: bytes.subarray(valueStart, valueEnd) }
}

/** The place that the present record belongs to. */
export function placeAt({ bytes, keyStart, keyEnd }: KeySpan): number {
  return keyStart < keyEnd ? bytes[keyStart]! : 0
}

/** All records from the present one on, as objects. */
export function* eachRecord(records: RecordCursor): Generator<SavedRecord> {
  for (; !records.ended; records.advance()) yield recordAt(records)
}

/** Bytewise, the shorter first where one starts with the other. */
export function compareKeys(a: KeySpan, b: KeySpan): number {
  const [lengthA, lengthB] = [a.keyEnd - a.keyStart, b.keyEnd - b.keyStart]
  const shared = Math.min(lengthA, lengthB)
  for (let i = 0; i < shared; i++) {
    const difference = a.bytes[a.keyStart + i]! - b.bytes[b.keyStart + i]!
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}

/** The place of a cursor. */
export class CursorPlace {
  ended = false
  bytes: Uint8Array = EMPTY
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  valueEnd = 0
}

/** Records up to the end of a file. */
export class FileRecords extends CursorPlace implements RecordCursor {
  readonly #reader: Reader
  readonly #isSorted: boolean
  readonly #before: { bytes: Uint8Array; keyStart: number; keyEnd: number }

  /** From where a reader stands up to its limit; refuses records that are not in order, where they have to be. */
  constructor({ bytes, at, limit }: Reader, { isSorted }: { isSorted: boolean }) {
    super()
    this.#reader = new Reader(bytes, 'saved record')
    this.#reader.at = at
    this.#reader.limit = limit
    this.#isSorted = isSorted
    this.bytes = this.#reader.bytes
    this.#before = { bytes: this.bytes, keyStart: 0, keyEnd: 0 }
    this.#read()
  }

  advance(): void {
    this.#before.keyStart = this.keyStart
    this.#before.keyEnd = this.keyEnd
    this.#read()
    if (this.#isSorted && !this.ended && compareKeys(this.#before, this) >= 0) {
      throw refuseSaved('its records are not in order')
    }
  }

  #read(): void {
    const reader = this.#reader
    this.ended = reader.at === reader.limit
    if (this.ended) return
    this.keyStart = reader.step(reader.length())
    this.keyEnd = reader.at
    this.valueStart = reader.step(reader.length())
    this.valueEnd = reader.at
  }
}
