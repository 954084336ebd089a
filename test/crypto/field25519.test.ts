/** Field arithmetic of both curve modules against big integers: at the ends of the stated ranges, under aliasing, in every lane. */
import { describe, expect, it } from 'vitest'
import { CURVE_MODULES } from './curve-modules.ts'
import {
  type Element,
  Elements,
  FieldModule,
  fromLittleEndian,
  littleEndian,
  mod,
  P,
  type Pair,
  power,
  residue,
} from './field25519.ts'

type Values = readonly [bigint, bigint]
type Meaning = (...operands: Values[]) => Values

const inBothLanes = (f: (...xs: bigint[]) => bigint): Meaning => {
  return (...operands) => [f(...operands.map(([x]) => x)), f(...operands.map(([, x]) => x))]
}
const product = inBothLanes((x, y) => x! * y!)
const square = inBothLanes(x => x! * x!)
const same = inBothLanes(x => x!)
const plusMinus: Meaning = ([x, y]) => [x + y, x - y]
const minusPlus: Meaning = ([x, y]) => [y - x, y + x]
const after = (outer: Meaning, inner: Meaning): Meaning => {
  return (...operands) => outer(inner(...operands))
}

// [name, bound of each operand and of the result as multiples of the reduced bound, meaning]
const OPERATIONS: readonly (readonly [string, readonly number[], number, Meaning])[] = [
  ['mul', [1, 3], 1, product],
  ['mul', [3, 1], 1, product],
  ['mulSumDifference', [1, 3], 1, after(plusMinus, product)],
  ['mulSumDifference', [3, 1], 1, after(plusMinus, product)],
  ['mulDifferenceSum', [1, 3], 1, after(minusPlus, product)],
  ['mulDifferenceSum', [3, 1], 1, after(minusPlus, product)],
  ['square', [1], 1, square],
  ['squareSumDifference', [1], 1, after(plusMinus, square)],
  ['squareDifferenceSum', [1], 1, after(minusPlus, square)],
  ['add', [1, 2], 3, inBothLanes((x, y) => x! + y!)],
  ['sub', [2, 1], 3, inBothLanes((x, y) => x! - y!)],
  ['addReduced', [4, 3], 1, inBothLanes((x, y) => x! + y!)],
  ['subReduced', [3, 4], 1, inBothLanes((x, y) => x! - y!)],
  ['reduce', [7], 1, same],
  ['negate', [7], 7, inBothLanes(x => -x!)],
  ['copy', [7], 7, same],
  ['sumDifference', [1], 2, plusMinus],
  ['sumDifferenceReduced', [3], 1, plusMinus],
  ['differenceSum', [1], 2, minusPlus],
  ['differenceSumReduced', [3], 1, minusPlus],
  ['swapLanes', [7], 7, ([x, y]) => [y, x]],
  ['splat0', [7], 7, ([x]) => [x, x]],
  ['splat1', [7], 7, ([, y]) => [y, y]],
  ['zip0', [7, 7], 7, ([x], [y]) => [x, y]],
  ['zip1', [7, 7], 7, ([, x], [, y]) => [x, y]],
  ['blend', [7, 7], 7, ([x], [, y]) => [x, y]],
]

const OUT = 0
const LEFT = 1
const RIGHT = 2

/** Every choice of signs of five limbs at a bound. */
function corners(bound: bigint): Element[] {
  return Array.from({ length: 32 }, (_, signs) => [0, 1, 2, 3, 4].map(i => (signs & (1 << i) ? bound : -bound)))
}

const largest = (pair: Pair): bigint =>
  pair.flat().reduce((most, limb) => (limb > most ? limb : -limb > most ? -limb : most), 0n)
const valuesOf = (pair: Pair): Values => [residue(pair[0]), residue(pair[1])]

describe.each(CURVE_MODULES)('field arithmetic, %s', name => {
  const field = new FieldModule(name)

  function check(operation: (typeof OPERATIONS)[number], operands: readonly Pair[]): void {
    const [call, , result, meaning] = operation
    operands.forEach((pair, i) => {
      field.write(LEFT + i, pair)
    })
    field.call(call, OUT, ...operands.map((_, i) => LEFT + i))
    const got = field.read(OUT)
    const wanted = meaning(...operands.map(valuesOf)).map(mod)
    const values = valuesOf(got)
    if (values[0] !== wanted[0] || values[1] !== wanted[1])
      expect({ operands, values }).toEqual({ operands, values: wanted })
    if (largest(got) > BigInt(result) * field.reduced) expect({ operands, got }).toBe(`at most ${result} R`)
  }

  it.each(OPERATIONS)('%s of operands up to %j R is exact, and its result at most %i R', (...operation) => {
    const [call, bounds] = operation
    const source = new Elements(`${call} ${bounds.join()}`)
    for (let i = 0; i < 1500; i++) {
      check(
        operation,
        bounds.map(bound => source.pair(BigInt(bound) * field.reduced)),
      )
    }
  })

  it.each(OPERATIONS)('%s of operands with all limbs at %j R, all signs', (...operation) => {
    const [left, right] = operation[1].map(bound => corners(BigInt(bound) * field.reduced))
    for (let i = 0; i < 32; i++) {
      for (let j = 0; j < 32; j++) {
        const operands: Pair[] = [[left![i]!, left![j]!]]
        if (right !== undefined) operands.push([right[j]!, right[i]!])
        check(operation, operands)
      }
    }
  })

  it.each(OPERATIONS)('%s may write over its operands', (call, bounds) => {
    const source = new Elements(`alias ${call}`)
    for (let i = 0; i < 100; i++) {
      const left = source.pair(field.reduced)
      const right = source.pair(field.reduced)
      const run = (out: number, ...slots: number[]): string => {
        field.write(LEFT, left)
        field.write(RIGHT, slots.length === 2 && slots[0] === slots[1] ? left : right)
        field.call(call, out, ...slots)
        return Buffer.from(field.raw(out)).toString('hex')
      }
      if (bounds.length === 1) {
        expect(run(LEFT, LEFT)).toBe(run(OUT, LEFT))
      } else {
        const apart = run(OUT, LEFT, RIGHT)
        expect(run(LEFT, LEFT, RIGHT)).toBe(apart)
        expect(run(RIGHT, LEFT, RIGHT)).toBe(apart)
        const twice = run(OUT, LEFT, LEFT)
        field.call(call, OUT, LEFT, RIGHT)
        expect(Buffer.from(field.raw(OUT)).toString('hex')).toBe(twice)
        expect(run(LEFT, LEFT, LEFT)).toBe(twice)
      }
    }
  })

  it('squareTimes squares n times, singly too', () => {
    const source = new Elements('squareTimes')
    for (const n of [1, 2, 3, 10]) {
      const pair = source.pair(field.reduced)
      const wanted = pair.map(element => power(residue(element), 1n << BigInt(n)))
      for (const slot of [OUT, LEFT]) {
        field.write(LEFT, pair)
        field.wasm.call('squareTimes', field.at(slot), field.at(LEFT), n)
        expect(valuesOf(field.read(slot))).toEqual(wanted)
        field.write(LEFT, pair)
        field.wasm.call('squareTimesSingle', field.at(slot), field.at(LEFT), n)
        expect(residue(field.read(slot)[0])).toBe(wanted[0])
        expect(largest(field.read(slot))).toBeLessThanOrEqual(field.reduced)
      }
    }
  })

  it('mulSingle is mul in lane 0', () => {
    const source = new Elements('mulSingle')
    for (let i = 0; i < 300; i++) {
      const [a, b] = [source.pair(field.reduced), source.pair(3n * field.reduced)]
      for (const slot of [OUT, LEFT, RIGHT]) {
        field.write(LEFT, a)
        field.write(RIGHT, b)
        field.call('mulSingle', slot, LEFT, RIGHT)
        expect(residue(field.read(slot)[0])).toBe(mod(residue(a[0]) * residue(b[0])))
      }
    }
  })

  it.each([
    ['invert', P - 2n],
    ['pow22523', (P - 5n) / 8n],
  ])('%s, in both lanes and singly, over its operand too', (call, exponent) => {
    const source = new Elements(call)
    const encoded = (x: bigint, lane: number): void => {
      field.wasm.write(field.wasm.io, littleEndian(x))
      field.wasm.call('fromBytes', field.at(LEFT), lane, field.wasm.io)
    }
    const operands = Array.from({ length: 30 }, () => source.pair(field.reduced))
    for (const [x, y] of [
      [0n, 1n],
      [2n, P - 1n],
      [P - 2n, 0n],
      [0n, 0n],
    ] as const) {
      encoded(x, 0)
      encoded(y, 1)
      operands.push(field.read(LEFT))
    }
    for (const operand of operands) {
      const wanted = operand.map(element => power(residue(element), exponent))
      for (const slot of [OUT, LEFT]) {
        field.write(LEFT, operand)
        field.call(call, slot, LEFT)
        expect(valuesOf(field.read(slot))).toEqual(wanted)
        expect(largest(field.read(slot))).toBeLessThanOrEqual(field.reduced)
        field.write(LEFT, operand)
        field.call(`${call}Single`, slot, LEFT)
        expect(residue(field.read(slot)[0])).toBe(wanted[0])
      }
    }
    field.wasm.call('wipeFieldScratch')
    expect(field.wasm.read(field.wasm.scratch, field.wasm.scratchSize).some(byte => byte !== 0)).toBe(false)
  })

  const MASKS = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const

  it('conditionalSwap, select and conditionalNegate act on the lanes of the mask', () => {
    const source = new Elements('masks')
    const minus = (element: Element): Element => element.map(limb => -limb)
    for (const bits of MASKS) {
      const [a, b] = [source.pair(3n * field.reduced), source.pair(3n * field.reduced)]
      const choose = (x: Pair, y: Pair): Pair => [bits[0] ? y[0] : x[0], bits[1] ? y[1] : x[1]]
      const reset = (): void => {
        field.write(LEFT, a)
        field.write(RIGHT, b)
      }
      reset()
      field.wasm.call('conditionalSwap', field.at(LEFT), field.at(RIGHT), ...bits)
      expect([field.read(LEFT), field.read(RIGHT)]).toEqual([choose(a, b), choose(b, a)])
      for (const slot of [OUT, LEFT, RIGHT]) {
        reset()
        field.wasm.call('select', field.at(slot), field.at(LEFT), field.at(RIGHT), ...bits)
        expect(field.read(slot)).toEqual(choose(a, b))
      }
      for (const slot of [OUT, LEFT]) {
        reset()
        field.wasm.call('conditionalNegate', field.at(slot), field.at(LEFT), ...bits)
        expect(field.read(slot)).toEqual(choose(a, [minus(a[0]), minus(a[1])]))
      }
    }
  })

  it('set gives small integers', () => {
    for (const values of [
      [0, 1],
      [121665, -1],
      [-(2 ** 31), 2 ** 31 - 1],
    ] as const) {
      field.wasm.call('set', field.at(OUT), ...values)
      expect(valuesOf(field.read(OUT))).toEqual(values.map(value => mod(BigInt(value))))
    }
  })

  it('bytes: bit 255 ignored, all other values taken mod p, canonical again on the way out', () => {
    const edges = [0n, 1n, 19n, 2n ** 51n - 1n, 2n ** 51n, 2n ** 254n, P - 1n, P, P + 1n, P + 18n, 2n ** 255n - 1n]
    const source = new Elements('bytes')
    const random = Array.from({ length: 300 }, () => residue(source.element(2n ** 51n)))
    for (const value of [...edges, ...random]) {
      for (const top of [0n, 2n ** 255n]) {
        for (const lane of [0, 1]) {
          const other = source.pair(field.reduced)
          field.write(OUT, other)
          field.wasm.write(field.wasm.io, littleEndian(value + top))
          field.wasm.call('fromBytes', field.at(OUT), lane, field.wasm.io)
          const got = field.read(OUT)
          expect(residue(got[lane]!)).toBe(mod(value))
          expect(got[1 - lane]).toEqual(other[1 - lane])
          expect(largest(got)).toBeLessThanOrEqual(field.reduced)
          field.wasm.call('toBytes', field.wasm.io, field.at(OUT), lane)
          expect(fromLittleEndian(field.wasm.read(field.wasm.io, 32))).toBe(mod(value))
        }
      }
    }
  })

  it('toBytes, isZero and parity of every representation', () => {
    const source = new Elements('toBytes')
    const digits = (x: bigint): bigint[] =>
      [0, 1, 2, 3, 4].map(i => (i < 4 ? (x >> BigInt(51 * i)) & (2n ** 51n - 1n) : x >> 204n))
    // multiples of p near zero, each with its limbs shifted by units that cancel
    const shifted = [-P, 0n, P].flatMap(x =>
      corners(1n).map(signs => {
        const limbs = digits(x)
        signs.slice(0, 4).forEach((sign, i) => {
          limbs[i] = limbs[i]! - (sign << 51n)
          limbs[i + 1] = limbs[i + 1]! + sign
        })
        return limbs
      }),
    )
    const representations = [
      ...shifted.filter(limbs => largest([limbs, limbs]) <= field.reduced),
      ...corners(field.reduced),
    ]
    for (let i = 0; i < 500; i++) representations.push([...source.element(field.reduced)])
    for (const element of representations) {
      const value = residue(element)
      for (const lane of [0, 1]) {
        field.write(
          LEFT,
          lane === 0 ? [element, source.element(field.reduced)] : [source.element(field.reduced), element],
        )
        field.wasm.call('toBytes', field.wasm.io, field.at(LEFT), lane)
        expect(fromLittleEndian(field.wasm.read(field.wasm.io, 32))).toBe(value)
        expect(field.wasm.call('isZero', field.at(LEFT), lane)).toBe(value === 0n ? 1 : 0)
        expect(field.wasm.call('parity', field.at(LEFT), lane)).toBe(Number(value & 1n))
      }
    }
  })
})

it('these tests see it when a bound is passed: 5 R times R is wrong in the FMA module', () => {
  const field = new FieldModule('testing-curve-fma')
  const wrong = corners(5n * field.reduced).filter(a => {
    const b = corners(field.reduced)[0]!
    field.write(LEFT, [a, a])
    field.write(RIGHT, [b, b])
    field.call('mul', OUT, LEFT, RIGHT)
    return residue(field.read(OUT)[0]) !== mod(residue(a) * residue(b))
  })
  expect(wrong.length).toBeGreaterThan(0)
})
