/** Raw pairs of field elements in a testing curve module, and a source of limbs that favours edges. */
import { type CurveModule, type CurveModuleName, curveModule } from './curve-modules.ts'
import { seededBytes } from './seeded.ts'

export const P = 2n ** 255n - 19n
export const SIZE = 80
/** The bound of a reduced limb, as assembly/field25519.ts states it. */
export const REDUCED: Readonly<Record<CurveModuleName, bigint>> = {
  'testing-curve-fma': 2n ** 50n + 2n ** 14n,
  'testing-curve-integer': 2n ** 51n + 2n ** 18n,
}

/** Five limbs. */
export type Element = readonly bigint[]
/** Lane 0 and lane 1. */
export type Pair = readonly [Element, Element]

export const mod = (x: bigint): bigint => ((x % P) + P) % P
export const residue = (element: Element): bigint =>
  mod(element.reduce((sum, limb, i) => sum + (limb << BigInt(51 * i)), 0n))

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P
  return result
}

export function littleEndian(value: bigint): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
}

export function fromLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** A module with slots for pairs and access to raw limbs. */
export class FieldModule {
  readonly name: CurveModuleName
  readonly wasm: CurveModule
  readonly reduced: bigint
  readonly #slots: number

  constructor(name: CurveModuleName) {
    this.name = name
    this.wasm = curveModule(name)
    this.reduced = REDUCED[name]
    this.#slots = this.wasm.reserve(16 * SIZE)
  }

  /** Address of a slot. */
  at(slot: number): number {
    return this.#slots + SIZE * slot
  }

  write(slot: number, pair: Pair): void {
    const view = new DataView(new ArrayBuffer(SIZE))
    pair.forEach((element, lane) => {
      element.forEach((limb, i) => {
        if (this.name === 'testing-curve-fma') view.setFloat64(16 * i + 8 * lane, Number(limb), true)
        else view.setBigInt64(16 * i + 8 * lane, limb, true)
      })
    })
    this.wasm.write(this.at(slot), new Uint8Array(view.buffer))
  }

  raw(slot: number): Uint8Array {
    return this.wasm.read(this.at(slot), SIZE)
  }

  read(slot: number): Pair {
    const view = new DataView(this.raw(slot).buffer as ArrayBuffer)
    const lane = (l: number): Element =>
      [0, 1, 2, 3, 4].map(i =>
        this.name === 'testing-curve-fma'
          ? BigInt(view.getFloat64(16 * i + 8 * l, true))
          : view.getBigInt64(16 * i + 8 * l, true),
      )
    return [lane(0), lane(1)]
  }

  /** Calls a function with slots. */
  call(name: string, ...slots: number[]): number {
    return this.wasm.call(name, ...slots.map(slot => this.at(slot)))
  }
}

/** Reproducible elements whose limbs are often at the ends of their range or those of 0, 1, p - 1, p, p + 18 and 2^255 - 1. */
export class Elements {
  readonly #bytes: DataView
  #at = 0

  constructor(label: string) {
    this.#bytes = new DataView(seededBytes(label, 1 << 20).buffer)
  }

  #next(below: number): number {
    this.#at = (this.#at + 4) % this.#bytes.byteLength
    return this.#bytes.getUint32(this.#at, true) % below
  }

  #uniform(bound: bigint): bigint {
    const x = (BigInt(this.#next(2 ** 31)) << 31n) | BigInt(this.#next(2 ** 31))
    return (x % (2n * bound + 1n)) - bound
  }

  /** |limb| <= bound */
  element(bound: bigint): Element {
    const limit = (x: bigint): bigint => (x > bound ? bound : x < -bound ? -bound : x)
    const edges = [
      0n,
      1n,
      2n ** 25n,
      2n ** 26n - 1n,
      2n ** 26n,
      2n ** 50n - 1n,
      2n ** 50n,
      2n ** 51n - 19n,
      2n ** 51n - 1n,
      bound - 1n,
      bound,
    ]
    const kind = this.#next(8)
    if (kind === 0) return Array.from({ length: 5 }, () => (this.#next(2) ? bound : -bound))
    if (kind === 1) {
      const known = [0n, 1n, P - 1n, P, P + 18n, P - 19n][this.#next(6)]!
      const sign = this.#next(2) ? 1n : -1n
      return Array.from({ length: 5 }, (_, i) => limit(sign * ((known >> BigInt(51 * i)) & (2n ** 51n - 1n))))
    }
    if (kind < 5) {
      return Array.from({ length: 5 }, () => limit(edges[this.#next(edges.length)]! * (this.#next(2) ? 1n : -1n)))
    }
    return Array.from({ length: 5 }, () => this.#uniform(bound))
  }

  pair(bound: bigint): Pair {
    return [this.element(bound), this.element(bound)]
  }
}
