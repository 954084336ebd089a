/** The bounds that assembly/field25519.ts states, by interval arithmetic: for all limbs in the ranges, not for samples. */
import { describe, expect, it } from 'vitest'
import { REDUCED } from './field25519.ts'
import {
  add,
  type Bounds,
  BoundsError,
  everywhere,
  type FieldModel,
  fmaModel,
  integerModel,
  interval,
  largestOf,
  sub,
  within,
} from './field25519-bounds.ts'

const MODELS = { 'testing-curve-fma': fmaModel, 'testing-curve-integer': integerModel } as const
const A24 = 121665n

describe.each(Object.entries(MODELS))('bounds, %s', (name, model: FieldModel) => {
  const reduced = everywhere(within(model.reduced))
  const loose = everywhere(within(3n * model.reduced))
  const isReduced = (bounds: Bounds): void => expect(largestOf(bounds)).toBeLessThanOrEqual(model.reduced)

  it('speaks of the same bound as the tests of the code', () => {
    expect(model.reduced).toBe(REDUCED[name as keyof typeof MODELS])
  })

  it('a product of reduced and loose is reduced', () => {
    isReduced(model.mul(reduced, loose))
    isReduced(model.mul(loose, reduced))
  })

  it('a square of reduced is reduced', () => isReduced(model.square(reduced)))

  it('a sum or difference of two reduced elements or of a reduced and one such is loose', () => {
    const twice = add(reduced, reduced)
    for (const bounds of [add(twice, reduced), sub(twice, reduced), sub(reduced, twice)]) {
      expect(largestOf(bounds)).toBeLessThanOrEqual(largestOf(loose))
    }
  })

  it('reduce takes 7 R', () => isReduced(model.reduce(everywhere(within(7n * model.reduced)))))

  it('toBytes takes reduced', () => model.toBytes(reduced))

  it('fromBytes and set give reduced', () => {
    const unsigned = everywhere(interval(0n, 2n ** 51n - 1n))
    isReduced(model === fmaModel ? model.reduce(unsigned) : unsigned)
    isReduced(everywhere(within(2n ** 31n)))
  })
})

describe('bounds of the FMA module', () => {
  const reduced = everywhere(within(fmaModel.reduced))
  const loose = everywhere(within(3n * fmaModel.reduced))
  const isReduced = (bounds: Bounds): void => expect(largestOf(bounds)).toBeLessThanOrEqual(fmaModel.reduced)

  it('a sum or difference of two columns is carried to reduced', () => {
    const [product, square] = [fmaModel.mulColumns(reduced, loose), fmaModel.squareColumns(reduced)]
    for (const [x, y] of [
      [product, product],
      [product, square],
      [square, square],
    ] as const) {
      isReduced(fmaModel.carryColumns(add(x, y)))
      isReduced(fmaModel.carryColumns(sub(x, y)))
    }
  })

  it('AA + a24 E is loose where E is the difference of two reduced elements', () => {
    expect(largestOf(fmaModel.addSmall(reduced, sub(reduced, reduced), A24))).toBeLessThanOrEqual(largestOf(loose))
  })

  it('a step of the ladder keeps the bounds of its columns', () => {
    // what mulColumns gives for the widest operands it takes bounds x2, z2, x3 and z3 at the start of every step
    const start = fmaModel.mulColumns(reduced, loose)
    const a = fmaModel.carryColumns(add(start, start))
    const b = fmaModel.carryColumns(sub(start, start))
    const da = fmaModel.mulColumns(a, b)
    const [sum, difference] = [fmaModel.carryColumns(add(da, da)), fmaModel.carryColumns(sub(da, da))]
    const [aa, bb] = [fmaModel.square(a), fmaModel.square(b)]
    const e = sub(aa, bb)
    const next = [
      fmaModel.squareColumns(sum),
      fmaModel.mulColumns(reduced, fmaModel.square(difference)),
      fmaModel.mulColumns(aa, bb),
      fmaModel.mulColumns(fmaModel.reduce(e), fmaModel.addSmall(aa, e, A24)),
    ]
    for (const columns of next) expect(largestOf(columns)).toBeLessThanOrEqual(largestOf(start))
  })
})

describe('bounds of the integer module', () => {
  const reduced = everywhere(within(integerModel.reduced))

  it('products take two loose elements', () => {
    const loose = everywhere(within(3n * integerModel.reduced))
    expect(largestOf(integerModel.mul(loose, loose))).toBeLessThanOrEqual(integerModel.reduced)
  })

  it('a step of the ladder needs no carries but those of its products', () => {
    const two = add(reduced, reduced)
    const aa = integerModel.square(two)
    const products = integerModel.mul(two, sub(reduced, reduced))
    const e = sub(aa, aa)
    for (const bounds of [
      aa,
      products,
      integerModel.square(add(products, products)),
      integerModel.mulSmall(e, A24),
      integerModel.mul(e, add(aa, integerModel.mulSmall(e, A24))),
    ]) {
      expect(largestOf(bounds)).toBeLessThanOrEqual(integerModel.reduced)
    }
  })
})

describe('the model refuses what goes too far', () => {
  const times = (model: FieldModel, n: bigint): Bounds => everywhere(within(n * model.reduced))

  it('in the FMA module: 4 R times R, squares of 2 R, more than 53 bits', () => {
    expect(() => fmaModel.mul(times(fmaModel, 4n), times(fmaModel, 1n))).toThrow(BoundsError)
    expect(() => fmaModel.square(times(fmaModel, 2n))).toThrow(BoundsError)
    expect(() => fmaModel.reduce(times(fmaModel, 8n))).toThrow(BoundsError)
    expect(() => fmaModel.toBytes(times(fmaModel, 3n))).toThrow(BoundsError)
    const columns = fmaModel.mulColumns(times(fmaModel, 1n), times(fmaModel, 3n))
    expect(() => fmaModel.carryColumns(add(add(columns, columns), columns))).toThrow(BoundsError)
  })

  it('in the integer module: products of large sums', () => {
    expect(() => integerModel.mul(times(integerModel, 16n), times(integerModel, 16n))).toThrow(BoundsError)
    expect(() => integerModel.toBytes(times(integerModel, 3n))).toThrow(BoundsError)
  })
})
