/** Interval arithmetic over the formulas of both field modules: every intermediate value of every operation, for whole ranges of limbs. */

export interface Interval {
  readonly low: bigint
  readonly high: bigint
}
/** Five limbs, or five columns. */
export type Bounds = readonly Interval[]

/** A promise of the arithmetic does not hold over the given ranges. */
export class BoundsError extends Error {}

export const interval = (low: bigint, high: bigint): Interval => ({ low, high })
export const within = (bound: bigint): Interval => interval(-bound, bound)
export const everywhere = (limb: Interval): Bounds => [limb, limb, limb, limb, limb]
export const largest = (x: Interval): bigint => (x.high > -x.low ? x.high : -x.low)
export const largestOf = (bounds: Bounds): bigint => bounds.map(largest).reduce((a, b) => (a > b ? a : b))

const plus = (...xs: Interval[]): Interval =>
  interval(
    xs.reduce((sum, x) => sum + x.low, 0n),
    xs.reduce((sum, x) => sum + x.high, 0n),
  )
const negated = (x: Interval): Interval => interval(-x.high, -x.low)
const scaled = (x: Interval, factor: bigint): Interval => interval(x.low * factor, x.high * factor)
const times = (x: Interval, y: Interval): Interval => {
  const ends = [x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high]
  return interval(
    ends.reduce((a, b) => (a < b ? a : b)),
    ends.reduce((a, b) => (a > b ? a : b)),
  )
}
const shifted = (x: Interval, bits: bigint): Interval => interval(x.low >> bits, x.high >> bits)
/** Nearest multiples of 2^51, as counts; ties may go either way. */
const rounded = (x: Interval): Interval =>
  interval(((x.low - 1n) >> 51n) + (((x.low - 1n) >> 50n) & 1n), (x.high >> 51n) + ((x.high >> 50n) & 1n))

function demand(condition: boolean, promise: string): void {
  if (!condition) throw new BoundsError(promise)
}

const UNIT = 2n ** 51n
const REST = within(2n ** 50n)
const primeLimb = (k: number): bigint => (k === 0 ? UNIT - 19n : UNIT - 1n)
const at = (bounds: Bounds, k: number): Interval => bounds[k]!
const map = (f: (k: number) => Interval): Bounds => [0, 1, 2, 3, 4].map(f)

/** What both modules offer, on bounds. A method throws where an intermediate value leaves its range. */
export interface FieldModel {
  /** The bound of a reduced limb. */
  readonly reduced: bigint
  mul(a: Bounds, b: Bounds): Bounds
  square(a: Bounds): Bounds
  reduce(a: Bounds): Bounds
  toBytes(a: Bounds): void
}

export const add = (a: Bounds, b: Bounds): Bounds => map(k => plus(at(a, k), at(b, k)))
export const sub = (a: Bounds, b: Bounds): Bounds => map(k => plus(at(a, k), negated(at(b, k))))

/** assembly/field25519-fma-core.ts. Columns are given without the exponents of their terms. */
class FmaModel implements FieldModel {
  readonly reduced = 2n ** 50n + 2n ** 14n

  /** x y as 2^51 H + L. */
  #split(x: Interval, y: Interval): { H: Interval; L: Interval } {
    const product = times(x, y)
    demand(largest(product) <= 2n ** 102n, 'h stays in the binade of 2^103')
    return { H: rounded(product), L: REST }
  }

  #columns(a: Bounds, b: Bounds, squared: boolean): Bounds {
    const columns = Array.from({ length: 10 }, () => interval(0n, 0n))
    for (let i = 0; i < 5; i++) {
      for (let j = squared ? i : 0; j < 5; j++) {
        const y = squared && i !== j ? scaled(at(b, j), 2n) : at(b, j)
        const { H, L } = this.#split(at(a, i), y)
        columns[i + j] = plus(columns[i + j]!, L)
        columns[i + j + 1] = plus(columns[i + j + 1]!, H)
      }
    }
    return map(k => plus(columns[k]!, scaled(columns[k + 5]!, 19n)))
  }

  mulColumns(a: Bounds, b: Bounds): Bounds {
    return this.#columns(a, b, false)
  }

  squareColumns(a: Bounds): Bounds {
    return this.#columns(a, a, true)
  }

  /** storeColumns, with the bias B added. */
  carryColumns(columns: Bounds): Bounds {
    const biased = map(k =>
      plus(at(columns, k), interval(256n * primeLimb(k) + 2n ** 50n, 256n * primeLimb(k) + 2n ** 50n)),
    )
    for (const column of biased) demand(column.low >= 0n && column.high < 2n ** 63n, 'a biased column is positive')
    const carries = biased.map(column => shifted(column, 51n))
    return map(k => {
      const carry = k === 0 ? scaled(carries[4]!, 19n) : carries[k - 1]!
      const limb = plus(interval(0n, UNIT - 1n), carry)
      demand(limb.high < 2n ** 52n, 'a limb fits below the exponent bits')
      return plus(limb, interval(-(2n ** 50n), -(2n ** 50n)))
    })
  }

  mul(a: Bounds, b: Bounds): Bounds {
    return this.carryColumns(this.mulColumns(a, b))
  }

  square(a: Bounds): Bounds {
    return this.carryColumns(this.squareColumns(a))
  }

  reduce(a: Bounds): Bounds {
    for (const limb of a) demand(largest(limb) <= 2n ** 53n, 'a limb is an exact f64')
    const carries = a.map(rounded)
    return map(k => plus(REST, k === 0 ? scaled(carries[4]!, 19n) : carries[k - 1]!))
  }

  /** c + a f, by smallHigh, addSmall and addSmall0. */
  addSmall(c: Bounds, a: Bounds, factor: bigint): Bounds {
    const carries = a.map(limb => this.#split(limb, interval(0n, factor)).H)
    return map(k => {
      const rest = plus(at(c, k), REST)
      const limb = plus(rest, k === 0 ? scaled(carries[4]!, 19n) : carries[k - 1]!)
      for (const x of [at(c, k), rest, limb]) demand(largest(x) <= 2n ** 53n, 'a limb is an exact f64')
      return limb
    })
  }

  toBytes(a: Bounds): void {
    for (const limb of a) demand(largest(limb) <= UNIT, 'limb + 1.5*2^52 has the exponent of 2^52')
    canonical(a)
  }
}

/** assembly/field25519-integer.ts. */
class IntegerModel implements FieldModel {
  readonly reduced = 2n ** 51n + 2n ** 18n

  #signed(x: Interval, what: string): Interval {
    demand(x.low >= -(2n ** 63n) && x.high < 2n ** 63n, `${what} fits in 64 bits`)
    return x
  }

  #carried(columns: Bounds): Bounds {
    const carries = columns.map(column => shifted(this.#signed(column, 'a column'), 51n))
    return map(k => plus(interval(0n, UNIT - 1n), k === 0 ? scaled(carries[4]!, 19n) : carries[k - 1]!))
  }

  mul(a: Bounds, b: Bounds): Bounds {
    const split = (x: Interval) => {
      const l = interval(0n, 2n ** 26n - 1n)
      const h = shifted(this.#signed(x, 'a limb'), 26n)
      return { l, h, s: plus(l, h) }
    }
    const [as, bs] = [a.map(split), b.map(split)]
    const column = (k: number, term: (i: number, j: number) => Interval): Interval =>
      [0, 1, 2, 3, 4]
        .map(i => scaled(term(i, (k - i + 5) % 5), i > k ? 19n : 1n))
        .reduce((x, y) => this.#signed(plus(x, y), 'a sum'))
    const p = map(k => column(k, (i, j) => times(as[i]!.l, bs[j]!.l)))
    const u = map(k => column(k, (i, j) => times(as[i]!.h, bs[j]!.h)))
    // the sum of three parts is computed; the middle part alone is what is left of it
    map(k => column(k, (i, j) => times(as[i]!.s, bs[j]!.s)))
    const m = map(k => column(k, (i, j) => plus(times(as[i]!.l, bs[j]!.h), times(as[i]!.h, bs[j]!.l))))
    const over = map(k => plus(shifted(at(m, k), 25n), scaled(at(u, k), 2n)))
    const half = interval(0n, (2n ** 25n - 1n) * 2n ** 26n)
    return this.#carried(
      map(k =>
        plus(at(p, k), half, k === 0 ? this.#signed(scaled(over[4]!, 19n), 'the carry to column 0') : over[k - 1]!),
      ),
    )
  }

  /** The same sums: a doubled factor stands for two equal products, and it fits because their sum does. */
  square(a: Bounds): Bounds {
    return this.mul(a, a)
  }

  reduce(a: Bounds): Bounds {
    for (const limb of a) demand(largest(limb) < 2n ** 62n, 'limb + 2^62 is positive')
    return this.#carried(a)
  }

  mulSmall(a: Bounds, factor: bigint): Bounds {
    const h = a.map(limb => scaled(shifted(limb, 26n), factor))
    const low = interval(0n, (2n ** 26n - 1n) * factor)
    const half = interval(0n, (2n ** 25n - 1n) * 2n ** 26n)
    return this.#carried(
      map(k => plus(low, half, k === 0 ? scaled(shifted(h[4]!, 25n), 19n) : shifted(h[k - 1]!, 25n))),
    )
  }

  toBytes(a: Bounds): void {
    canonical(a)
  }
}

/** assembly/field25519-bytes.ts, toBytes: plus 2 p, one chain of carries, and the value must end below 2 p. */
function canonical(a: Bounds): void {
  let carry = interval(0n, 0n)
  for (let k = 0; k < 5; k++) {
    const limb = plus(at(a, k), interval(2n * primeLimb(k), 2n * primeLimb(k)))
    demand(limb.low >= 0n, 'limbs are positive after 2 p is added')
    carry = shifted(plus(limb, carry), 51n)
  }
  demand(2n ** 255n - 1n + 19n * carry.high < 2n * (2n ** 255n - 19n), 'the value is below 2 p')
  demand(19n * carry.high + 19n + 19n < UNIT, 'limb 0 carries at most 1')
}

export const fmaModel = new FmaModel()
export const integerModel = new IntegerModel()
