/** Ed25519 signatures verified together (assembly/ed25519-batch.ts): chunks, random coefficients, and the search for those that are bad. */
import type { ByteList } from '../../../base/byte-list.ts'
import { hostRandom } from '../../../base/random.ts'
import type { SignedMessages } from '../../provider.ts'
import type { WasmInstance } from './instance.ts'

const KEY = 32
const SIGNATURE = 64
const COEFFICIENT = 16
const OFFSET = 4

/** Items and bytes of messages in memory at once. One longer message makes a chunk of its own. */
const MAX_ITEMS = 16384
const MAX_BYTES = 4 << 20
/** Fewer items than these are verified one by one: that is cheaper, also as the last step of a search. */
const LEAST_BATCH = 5
const LEAST_SPLIT = 9
/** Before a search, one item in so many is verified alone: where two of these are bad, all items are cheaper one by one. */
const SAMPLE_STEP = 64
const SAMPLED_FROM = 4 * SAMPLE_STEP
/** The search goes on while at least one in four of many splits leaves a half without bad signatures. */
const MANY_SPLITS = 8
const WORTHWHILE = 1 / 4

interface Exports {
  ed25519_verify(key: number, message: number, length: number, signature: number): number
  ed25519_batch_space(n: number): number
  ed25519_batch_prepare(
    n: number,
    keys: number,
    signatures: number,
    messages: number,
    offsets: number,
    coefficients: number,
    work: number,
  ): number
  ed25519_batch_sum(slot: number, from: number, to: number, n: number, coefficients: number, work: number): void
  ed25519_batch_subtract(slot: number, other: number, n: number, work: number): void
  ed25519_batch_holds(slot: number, n: number, work: number): number
}

/** A range of items whose sum, in a slot, is not zero: at least one of them is bad. */
interface BadRange {
  readonly from: number
  readonly to: number
  readonly slot: number
}

/** Copies items of `size` bytes; those of another length stay zero, which is neither a good key nor a good signature. */
function copyItems(memory: Uint8Array, at: number, list: ByteList, size: number): void {
  if (list.stride === size) {
    memory.set(list.bytes.subarray(list.start(0), list.end(list.count - 1)), at)
    return
  }
  memory.fill(0, at, at + size * list.count)
  for (let i = 0; i < list.count; i++) {
    if (list.lengthOf(i) !== size) continue
    // byte by byte: a view for each would be more than what it shows
    const [from, to] = [list.start(i), at + size * i]
    for (let k = 0; k < size; k++) memory[to + k] = list.bytes[from + k]!
  }
}

/** One chunk in the arena. */
class Chunk {
  readonly #calls: Exports
  readonly #count: number
  readonly #memory: Uint8Array
  readonly #from: number
  readonly #keys: number
  readonly #signatures: number
  readonly #offsets: number
  readonly #messages: number
  readonly #work: number
  readonly #starts: Uint32Array

  constructor(wasm: WasmInstance, { publicKeys, messages, signatures }: SignedMessages) {
    const calls = wasm.exports as unknown as Exports
    const count = publicKeys.count
    const text = messages.bytes.subarray(messages.start(0), messages.end(count - 1))
    // coefficients, keys, signatures, offsets, messages, working space; its address is a multiple of 16
    const ahead = (COEFFICIENT + KEY + SIGNATURE) * count
    // no bit operation: messages may have 2 GiB
    const untilWork = 16 * Math.ceil((ahead + OFFSET * (count + 1) + text.length) / 16)
    this.#from = wasm.reserve(untilWork + calls.ed25519_batch_space(count))
    this.#keys = this.#from + COEFFICIENT * count
    this.#signatures = this.#keys + KEY * count
    this.#offsets = this.#signatures + SIGNATURE * count
    this.#messages = this.#offsets + OFFSET * (count + 1)
    this.#work = this.#from + untilWork
    this.#calls = calls
    this.#count = count
    this.#memory = wasm.bytes()
    this.#starts = new Uint32Array(count + 1)
    for (let i = 0; i < count; i++) this.#starts[i + 1] = this.#starts[i]! + messages.lengthOf(i)
    copyItems(this.#memory, this.#keys, publicKeys, KEY)
    copyItems(this.#memory, this.#signatures, signatures, SIGNATURE)
    this.#memory.set(new Uint8Array(this.#starts.buffer), this.#offsets)
    this.#memory.set(text, this.#messages)
  }

  /** Wipes the messages, which may be confidential. */
  wipe(): void {
    this.#memory.fill(0, this.#from, this.#work)
  }

  /** All bad items, rising. */
  bad(): number[] {
    return this.#count < LEAST_BATCH ? this.#oneByOne(0, this.#count) : this.#together()
  }

  #oneByOne(from: number, to: number): number[] {
    const bad: number[] = []
    for (let i = from; i < to; i++) if (!this.#isGood(i)) bad.push(i)
    return bad
  }

  #isGood(i: number): boolean {
    const start = this.#starts[i]!
    const [key, signature] = [this.#keys + KEY * i, this.#signatures + SIGNATURE * i]
    return this.#calls.ed25519_verify(key, this.#messages + start, this.#starts[i + 1]! - start, signature) === 1
  }

  /** True if `ed25519_batch_prepare` has refused the encodings of item `i`. */
  #isRefused(i: number): boolean {
    return this.#memory[this.#work + i] === 1
  }

  #hasManyBad(): boolean {
    if (this.#count < SAMPLED_FROM) return false
    let bad = 0
    for (let i = 0; i < this.#count && bad < 2; i += SAMPLE_STEP) if (!this.#isRefused(i) && !this.#isGood(i)) bad++
    return bad === 2
  }

  #together(): number[] {
    const count = this.#count
    hostRandom(this.#memory.subarray(this.#from, this.#keys) as Uint8Array<ArrayBuffer>)
    const refused = this.#calls.ed25519_batch_prepare(
      count,
      this.#keys,
      this.#signatures,
      this.#messages,
      this.#offsets,
      this.#from,
      this.#work,
    )
    this.#sum(0, 0, count)
    if (!this.#holds(0)) return this.#search()
    const bad: number[] = []
    if (refused > 0) for (let i = 0; i < count; i++) if (this.#isRefused(i)) bad.push(i)
    return bad
  }

  /**
   * Halves bad ranges, all of one size before the next. The sum of a right half is the whole less the left half. One bad item costs as much
   * as the batch's sum again; where bad items are so many that halving finds few good halves, the rest is verified one by one.
   */
  #search(): number[] {
    if (this.#hasManyBad()) return this.#oneByOne(0, this.#count)
    const last: BadRange[] = []
    let ranges: BadRange[] = [{ from: 0, to: this.#count, slot: 0 }]
    let slots = 1
    while (ranges.length > 0) {
      const next: BadRange[] = []
      let splits = 0
      for (const range of ranges) {
        if (range.to - range.from < LEAST_SPLIT) {
          last.push(range)
          continue
        }
        splits++
        const middle = (range.from + range.to) >>> 1
        const left = { from: range.from, to: middle, slot: slots }
        const right = { from: middle, to: range.to, slot: range.slot }
        this.#sum(left.slot, left.from, left.to)
        this.#calls.ed25519_batch_subtract(right.slot, left.slot, this.#count, this.#work)
        if (!this.#holds(right.slot)) next.push(right)
        if (!this.#holds(left.slot)) {
          next.push(left)
          slots++
        }
      }
      const goodHalves = 2 * splits - next.length
      ranges = next
      if (splits >= MANY_SPLITS && goodHalves < splits * WORTHWHILE) {
        last.push(...next)
        ranges = []
      }
    }
    const bad = new Set<number>()
    for (const { from, to } of last) for (const i of this.#oneByOne(from, to)) bad.add(i)
    for (let i = 0; i < this.#count; i++) if (this.#isRefused(i)) bad.add(i)
    return [...bad].sort((a, b) => a - b)
  }

  #sum(slot: number, from: number, to: number): void {
    this.#calls.ed25519_batch_sum(slot, from, to, this.#count, this.#from, this.#work)
  }

  #holds(slot: number): boolean {
    return this.#calls.ed25519_batch_holds(slot, this.#count, this.#work) === 1
  }
}

/** The indices of all invalid signatures, rising. The lists have one length. */
export function findBad(wasm: WasmInstance, batch: SignedMessages): number[] {
  const { publicKeys, messages, signatures } = batch
  const bad: number[] = []
  for (let from = 0; from < messages.count; ) {
    let to = from + 1
    const limit = Math.min(messages.count, from + MAX_ITEMS)
    while (to < limit && messages.end(to) - messages.start(from) <= MAX_BYTES) to++
    const chunk = new Chunk(wasm, {
      publicKeys: publicKeys.slice(from, to),
      messages: messages.slice(from, to),
      signatures: signatures.slice(from, to),
    })
    try {
      for (const i of chunk.bad()) bad.push(from + i)
    } catch (error) {
      throw wasm.abandoned(error)
    } finally {
      chunk.wipe()
    }
    from = to
  }
  return bad
}
