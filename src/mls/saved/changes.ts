/** What deltas change, by key: kept as places in their bytes, and laid over the records of a snapshot in one pass over both. */
import { equalPublic } from '../../base/bytes.ts'
import { CursorPlace, compareKeys, type KeySpan, type RecordCursor, type RecordSpan, wholeKey } from './cursor.ts'
import type { ReadDelta } from './records.ts'

/** A change is these numbers: the delta that it is from, counted from 0; where its key and its value start and end. */
const NUMBERS = 5
const FIRST_ROOM = 16
/** No value starts at the front of a file. */
const DELETED = 0
/** What is in a snapshot is older than all deltas. */
const SNAPSHOT = -1

interface Clear {
  readonly prefix: KeySpan
  readonly delta: number
}

function startsWith({ bytes, keyStart, keyEnd }: KeySpan, { prefix }: Clear): boolean {
  const end = keyStart + prefix.bytes.length
  return end <= keyEnd && equalPublic(bytes.subarray(keyStart, end), prefix.bytes)
}

/** Prefixes that were cleared. Keys are asked about in their order, so that all questions together take one pass. */
class Clears {
  readonly #rising: readonly Clear[]
  #next = 0
  /** The prefixes of the last key, each with the last delta that cleared it or one before it. */
  readonly #open: Clear[] = []

  constructor(clears: readonly Clear[]) {
    this.#rising = [...clears].sort((a, b) => compareKeys(a.prefix, b.prefix))
  }

  /** The last delta that cleared a prefix of this key. */
  last(key: KeySpan): number {
    for (let next = this.#rising[this.#next]; next !== undefined; next = this.#rising[this.#next]) {
      if (compareKeys(next.prefix, key) > 0) break
      this.#open.push({ ...next, delta: Math.max(next.delta, this.#lastOf(next.prefix)) })
      this.#next++
    }
    return this.#lastOf(key)
  }

  #lastOf(key: KeySpan): number {
    const open = this.#open
    while (open.length > 0 && !startsWith(key, open[open.length - 1]!)) open.pop()
    return open[open.length - 1]?.delta ?? SNAPSHOT
  }
}

/** Gathers what deltas change. */
export class Changes {
  readonly #files: Uint8Array[] = []
  #rows = new Uint32Array(FIRST_ROOM * NUMBERS)
  #count = 0
  readonly #clears: Clear[] = []

  /** Takes in the next delta, reading all of it. */
  add({ clears, deletes, puts }: ReadDelta): void {
    const { bytes } = puts
    const delta = this.#files.length
    this.#files.push(bytes)
    for (const prefix of clears) this.#clears.push({ prefix: wholeKey(prefix), delta })
    for (const { byteOffset, length } of deletes) {
      const keyStart = byteOffset - bytes.byteOffset
      this.#note({ bytes, keyStart, keyEnd: keyStart + length, valueStart: DELETED, valueEnd: DELETED })
    }
    for (; !puts.ended; puts.advance()) this.#note(puts)
  }

  /** What comes of the records of a snapshot. */
  over(base: RecordCursor | undefined): RecordCursor {
    if (base !== undefined && this.#files.length === 0) return base
    return new MergedRecords(base, new ChangedRecords(this.#files, this.#rows, this.#count), new Clears(this.#clears))
  }

  #note({ keyStart, keyEnd, valueStart, valueEnd }: RecordSpan): void {
    const at = this.#count * NUMBERS
    if (at === this.#rows.length) {
      const grown = new Uint32Array(2 * at)
      grown.set(this.#rows)
      this.#rows = grown
    }
    this.#rows.set([this.#files.length - 1, keyStart, keyEnd, valueStart, valueEnd], at)
    this.#count++
  }
}

/** The last change to each key, in the order of keys. */
class ChangedRecords extends CursorPlace implements RecordCursor {
  readonly #files: readonly Uint8Array[]
  readonly #rows: Uint32Array
  readonly #order: Uint32Array
  #next = 0
  delta = 0

  constructor(files: readonly Uint8Array[], rows: Uint32Array, count: number) {
    super()
    this.#files = files
    this.#rows = rows
    const [first, second] = [new CursorPlace(), new CursorPlace()]
    const compare = (a: number, b: number) => compareKeys(this.#read(a, first), this.#read(b, second))
    const order = Uint32Array.from({ length: count }, (_, row) => row)
    order.sort((a, b) => compare(a, b) || a - b)
    // of the changes to one key only the last remains
    this.#order = order.filter((row, i) => i + 1 === count || compare(row, order[i + 1]!) !== 0)
    this.advance()
  }

  advance(): void {
    this.ended = this.#next === this.#order.length
    if (this.ended) return
    const row = this.#order[this.#next++]!
    this.#read(row, this)
    this.delta = this.#rows[row * NUMBERS]!
  }

  #read(row: number, into: CursorPlace): CursorPlace {
    const at = row * NUMBERS
    const rows = this.#rows
    into.bytes = this.#files[rows[at]!]!
    into.keyStart = rows[at + 1]!
    into.keyEnd = rows[at + 2]!
    into.valueStart = rows[at + 3]!
    into.valueEnd = rows[at + 4]!
    return into
  }
}

/** A snapshot with changes on top of it. */
class MergedRecords extends CursorPlace implements RecordCursor {
  readonly #base: RecordCursor | undefined
  readonly #changed: ChangedRecords
  readonly #clears: Clears

  constructor(base: RecordCursor | undefined, changed: ChangedRecords, clears: Clears) {
    super()
    this.#base = base
    this.#changed = changed
    this.#clears = clears
    this.advance()
  }

  advance(): void {
    const [base, changed] = [this.#base, this.#changed]
    for (;;) {
      const isBase = base !== undefined && !base.ended
      if (!isBase && changed.ended) break
      const order = !isBase ? 1 : changed.ended ? -1 : compareKeys(base, changed)
      const [from, delta] = order < 0 ? [base!, SNAPSHOT] : [changed, changed.delta]
      const { bytes, keyStart, keyEnd, valueStart, valueEnd } = from
      Object.assign(this, { bytes, keyStart, keyEnd, valueStart, valueEnd })
      if (order <= 0) base!.advance()
      if (order >= 0) changed.advance()
      if (this.valueStart !== DELETED && this.#clears.last(this) <= delta) return
    }
    this.ended = true
  }
}
