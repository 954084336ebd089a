import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyIndex } from '../../src/tree/key-index.ts'
import { seededHash } from '../../src/tree/seeded-hash.ts'

describe('key index', () => {
  it('answers as a map does, whatever is inserted and deleted in whatever order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ place: fc.nat(40), insert: fc.boolean() }), { maxLength: 200 }),
        fc.integer(),
        (steps, low) => {
          const keyOf = (place: number): Uint8Array => Uint8Array.of(place, 1, 2)
          const present = new Set<number>()
          const index = new KeyIndex({ low, high: 7 }, place => (present.has(place) ? keyOf(place) : undefined))
          for (const { place, insert } of steps) {
            if (insert === present.has(place)) continue
            if (insert) {
              present.add(place)
              index.insert(keyOf(place), place)
            } else {
              index.delete(keyOf(place), place)
              present.delete(place)
            }
          }
          for (let place = 0; place <= 40; place++) {
            expect(index.find(keyOf(place), () => true)).toBe(present.has(place) ? place : undefined)
          }
        },
      ),
    )
  })

  it('spreads keys that differ in little, differently for every seed', () => {
    const keys = Array.from({ length: 4096 }, (_, i) => Uint8Array.of(i, i >> 8, 0, 0, 0, 0, 0, 0))
    const bucketsOf = (low: number) => keys.map(key => seededHash({ low, high: 99 }, key, 0, key.length) & 1023)
    const [a, b] = [bucketsOf(1), bucketsOf(2)]
    const fullest = Math.max(...Array.from({ length: 1024 }, (_, bucket) => a.filter(x => x === bucket).length))
    expect(fullest).toBeLessThan(20)
    expect(a.filter((bucket, i) => bucket === b[i]).length).toBeLessThan(40)
  })
})
