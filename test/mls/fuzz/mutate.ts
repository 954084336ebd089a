/** Decoded objects changed at random places, by choices from a tape: what fast-check makes smaller is the tape. */
import { concat, equalPublic } from '../../../src/base/bytes.ts'
import { Packed } from '../../../src/codec/packed.ts'

/** Numbers to choose by; zeros once they are used up. */
export class Tape {
  readonly #numbers: readonly number[]
  #at = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  /** A number below a limit. */
  below(limit: number): number {
    return (this.#numbers[this.#at++] ?? 0) % Math.max(limit, 1)
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }

  /** True once in so many times, and never at the end of the tape. */
  chance(times: number): boolean {
    return this.below(times) === times - 1
  }
}

type Path = readonly (string | number)[]

/** Every place in an object, the object itself excepted. Names of kinds stay: they say which fields there are. */
function placesIn(value: unknown, at: Path = []): Path[] {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return []
  if (value instanceof Packed) return placesIn([...value], at)
  return Object.entries(value).flatMap(([name, field]) => {
    const place = [...at, Array.isArray(value) ? Number(name) : name]
    return field === undefined ? [] : [place, ...placesIn(field, place)]
  })
}

function mutateBytes(tape: Tape, bytes: Uint8Array): Uint8Array {
  switch (tape.below(8)) {
    case 0: {
      const copy = bytes.slice()
      if (copy.length > 0) copy[tape.below(copy.length)]! ^= 1 << tape.below(8)
      return copy
    }
    case 1:
      return bytes.slice(0, tape.below(bytes.length))
    case 2:
      return concat(bytes, new Uint8Array(1 + tape.below(40)))
    case 3:
      return new Uint8Array(0)
    case 4:
      return new Uint8Array(bytes.length)
    case 5:
      return new Uint8Array(bytes.length).fill(0xff)
    case 6:
      // a point of low order, the curves' base point, and the like
      return Uint8Array.from(bytes, (_, i) => (i === 0 ? tape.pick([1, 4, 9]) : 0))
    default:
      return new Uint8Array(tape.pick([1, 31, 32, 33, 64, 255, 4000]))
  }
}

/** Bytes that are not what they were. */
export function altered(tape: Tape, bytes: Uint8Array): Uint8Array {
  const changed = mutateBytes(tape, bytes)
  return equalPublic(changed, bytes) ? concat(bytes, Uint8Array.of(1)) : changed
}

function mutateNumber(tape: Tape, value: number): number {
  return tape.pick([value + 1, value ^ 1, 0, 1, 7, 0xff, 0xffff, 0x0a0a, 0x7fffffff, 0xffffffff, value - 1, value * 2])
}

function mutateBigint(tape: Tape, value: bigint): bigint {
  return tape.pick([value + 1n, value - 1n, 0n, 1n, 2n ** 63n, 2n ** 64n - 1n, value + 2n ** 32n])
}

function mutateList(tape: Tape, list: readonly unknown[]): unknown[] {
  const copy = [...list]
  const at = tape.below(copy.length)
  switch (tape.below(6)) {
    case 0:
      copy.splice(at, 1)
      break
    case 1:
      if (copy.length > 0) copy.splice(at, 0, copy[tape.below(copy.length)])
      break
    case 2:
      copy.reverse()
      break
    case 3:
      copy.length = 0
      break
    case 4:
      if (copy.length > 0) for (let i = tape.below(300); i > 0; i--) copy.push(copy[at])
      break
    default:
      if (copy.length > 1) [copy[0], copy[at]] = [copy[at], copy[0]]
  }
  return copy
}

function mutated(tape: Tape, value: unknown): unknown {
  if (value instanceof Uint8Array) return mutateBytes(tape, value)
  if (Array.isArray(value)) return mutateList(tape, value)
  if (value instanceof Packed) return Packed.of(value.element, mutateList(tape, [...value]))
  if (typeof value === 'number') return mutateNumber(tape, value)
  if (typeof value === 'bigint') return mutateBigint(tape, value)
  return value
}

function replaceAt(value: unknown, [name, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (name === undefined) return change(value)
  if (value instanceof Packed) {
    return Packed.of(value.element, replaceAt([...value], [name, ...rest], change) as unknown[])
  }
  const copy: Record<string | number, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) }
  copy[name] = replaceAt(copy[name], rest, change)
  return copy
}

/** The object with one or a few places changed. */
export function mutate<T>(tape: Tape, value: T): T {
  let result: unknown = value
  for (let i = 1 + (tape.chance(4) ? tape.below(3) : 0); i > 0; i--) {
    const places = placesIn(result)
    if (places.length > 0) result = replaceAt(result, tape.pick(places), old => mutated(tape, old))
  }
  return result as T
}
