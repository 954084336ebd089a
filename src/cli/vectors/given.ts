/** What a vector file says, read strictly: each value knows where it stands, so that a failure can say it. */
import { equalPublic, fromHex, toHex } from '../../base/bytes.ts'
import { CopathError, type ErrorCode } from '../../base/errors.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** A vector does not hold: what was expected where, and what came. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
  readonly where: string
  readonly expected: string | undefined
  readonly actual: string | undefined

  constructor(where: string, what: string, values: { readonly expected?: string; readonly actual?: string } = {}) {
    super(what)
    this.where = where
    this.expected = values.expected
    this.actual = values.actual
  }
}

/** Numbers too large for JavaScript, as `parseVectors` hands them on: no hexadecimal text begins like this. */
export const LARGE_NUMBER = '#'

const MAX_UINT64 = 2n ** 64n - 1n

/** A JSON value of a vector. */
export class Given {
  readonly where: string
  readonly #value: unknown

  constructor(value: unknown, where = '') {
    this.#value = value
    this.where = where
  }

  #wrong(expected: string): Mismatch {
    if (this.#value === undefined) return new Mismatch(this.where, `is missing; it should be ${expected}`)
    return new Mismatch(this.where, `should be ${expected}, not ${shortly(this.#value)}`)
  }

  get isNull(): boolean {
    return this.#value === null
  }

  /** Whether it is there and not null. */
  get isPresent(): boolean {
    return this.#value !== null && this.#value !== undefined
  }

  /** A field of this object. */
  at(name: string): Given {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#wrong('an object')
    const where = this.where === '' ? name : `${this.where}.${name}`
    return new Given(Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined, where)
  }

  /** The items of this list. */
  list(): Given[] {
    const value = this.#value
    if (!Array.isArray(value)) throw this.#wrong('a list')
    return value.map((item, i) => new Given(item, `${this.where}[${i}]`))
  }

  text(): string {
    if (typeof this.#value !== 'string') throw this.#wrong('text')
    return this.#value
  }

  /** Bytes, written in hexadecimal. */
  bytes(): Bytes {
    const value = this.#value
    if (typeof value !== 'string' || !/^(?:[0-9a-f]{2})*$/i.test(value)) throw this.#wrong('bytes in hexadecimal')
    return fromHex(value.toLowerCase())
  }

  /** A whole number up to `max`, which is 2^32-1 where nothing else is said. */
  uint(max = 2 ** 32 - 1): number {
    const value = this.#value
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value
    throw this.#wrong(`a whole number up to ${max}`)
  }

  /** A whole number of 64 bits, which some write as text: not every reader of JSON keeps all of its digits. */
  uint64(): bigint {
    const value = this.#value
    if (typeof value === 'string' && /^#?\d{1,40}$/.test(value)) {
      const large = BigInt(value.replace(LARGE_NUMBER, ''))
      if (large <= MAX_UINT64) return large
    }
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
    throw this.#wrong('a whole number up to 2^64-1')
  }

  /** Throws unless these bytes are what is given here. */
  mustBe(actual: Uint8Array): void {
    const expected = this.bytes()
    if (equalPublic(expected, actual)) return
    throw new Mismatch(this.where, `differs ${placeOf(expected, actual)}`, {
      expected: toHex(expected),
      actual: toHex(actual),
    })
  }

  /** Throws unless this value, of numbers, nulls and lists of them, is what is given here. */
  mustEqual(actual: unknown): void {
    const [expected, came] = [JSON.stringify(this.#value) ?? 'nothing', JSON.stringify(actual)]
    if (expected !== came) throw new Mismatch(this.where, 'differs', { expected, actual: came })
  }

  /** Throws unless something about this value holds. */
  require(holds: boolean, what: string): void {
    if (!holds) throw new Mismatch(this.where, what)
  }

  /** Throws unless the body refuses something, with this code. */
  mustBeRefused(body: () => unknown, code: ErrorCode, what: string): void {
    try {
      body()
    } catch (error) {
      if (error instanceof CopathError && error.code === code) return
      throw error
    }
    throw new Mismatch(this.where, what)
  }
}

/** A value in a few words, however long or deep it is. */
function shortly(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 61) : value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function placeOf(expected: Uint8Array, actual: Uint8Array): string {
  const length = Math.min(expected.length, actual.length)
  let at = 0
  while (at < length && expected[at] === actual[at]) at++
  const lengths = expected.length === actual.length ? '' : ` (${expected.length} bytes expected, ${actual.length} came)`
  return `from byte ${at} on${lengths}`
}
