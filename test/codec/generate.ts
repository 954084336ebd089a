/** Makes values of any codec: a reader that invents what it reads. Small numbers are likely, so that tags mean something. */
import { RejectedError } from '../../src/base/errors.ts'
import type { Codec, Given } from '../../src/codec/codec.ts'
import { Packed } from '../../src/codec/packed.ts'
import { Reader } from '../../src/codec/reader.ts'

class InventingReader extends Reader {
  readonly #next: () => number
  #elements: number

  constructor(next: () => number) {
    super(new Uint8Array(0), 'invented')
    this.#next = next
    this.#elements = 40
    this.limit = 6000
  }

  override uint8(): number {
    this.at += 1
    return 1 + (this.#next() % 4)
  }

  override uint16(): number {
    this.at += 2
    const choice = this.#next()
    return choice < 128 ? 1 : choice < 250 ? 1 + (choice % 7) : choice * 257
  }

  override uint32(): number {
    this.at += 4
    return (this.#next() < 200 ? this.#next() : this.#next() * 0x1010101) >>> 0
  }

  override uint64(): bigint {
    this.at += 8
    return this.#next() < 200 ? BigInt(this.#next()) : BigInt(this.#next()) * 0x101010101010101n
  }

  override presence(): boolean {
    this.at += 1
    return this.#next() % 2 === 1
  }

  override fixed(length: number): Uint8Array {
    this.at += length
    return Uint8Array.from({ length }, this.#next)
  }

  override opaque(): Uint8Array {
    return this.fixed(this.#next() < 240 ? this.#next() % 9 : 60 + (this.#next() % 9))
  }

  override openVector(): number {
    const outer = this.limit
    const wanted = Math.min(this.#next() % 3, this.#elements)
    this.#elements -= wanted
    this.limit = this.at + wanted
    return outer
  }

  override since(): undefined {
    return undefined
  }

  override values(codec: Codec<unknown>): { bytes: Uint8Array; count: number } {
    const values: unknown[] = []
    while (this.at < this.limit) values.push(codec.read(this))
    return { bytes: Packed.of(codec, values).bytes, count: values.length }
  }

  // padding: whatever is left, all of it zero
  override step(): number {
    return 0
  }
}

/** A value made from `entropy`, or undefined where no attempt met the codec's rules. */
export function invent<T>(codec: Codec<T>, entropy: Uint8Array, given?: Given): T | undefined {
  for (let attempt = 0; attempt < 200; attempt++) {
    let at = 0
    const next = () => {
      at += 1
      const mixed =
        Math.imul((entropy[at % entropy.length] ?? 0) + 1, 0x9e3779b1) ^ Math.imul(at + attempt * 977, 0x85ebca6b)
      return ((mixed ^ (mixed >>> 15)) >>> 8) & 0xff
    }
    const reader = new InventingReader(next)
    if (given !== undefined) reader.tags[given.slot] = given.tag
    try {
      return codec.read(reader)
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error
    }
  }
  return undefined
}
