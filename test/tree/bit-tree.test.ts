/** The set of leaves in use beside a plain set, across all levels of its words, at rest and staged. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BitTree, StagedBitTree } from '../../src/tree/bit-tree.ts'

const LARGEST = 2 ** 31 - 1

function gapOf(members: ReadonlySet<number>): number {
  let gap = 0
  while (members.has(gap)) gap++
  return gap
}

function agrees(set: BitTree, members: ReadonlySet<number>, probes: readonly number[]): void {
  const sorted = [...members].sort((a, b) => a - b)
  expect(set.firstGap()).toBe(gapOf(members))
  expect(set.last()).toBe(sorted.at(-1))
  for (const probe of probes) {
    expect(set.has(probe)).toBe(members.has(probe))
    expect(set.next(probe)).toBe(sorted.find(member => member >= probe))
  }
}

// near the borders of words at every level, where carries between levels happen
const place = fc.oneof(
  fc.nat(40),
  fc
    .tuple(fc.constantFrom(32, 64, 1024, 2048, 32768, 65536, 2 ** 20), fc.integer({ min: -2, max: 2 }))
    .map(([a, b]) => a + b),
)
// a range makes words full, and then empty again
const change = fc.record({ from: place, length: fc.constantFrom(1, 1, 2, 31, 32, 33, 1056), add: fc.boolean() })
type Change = { readonly from: number; readonly length: number; readonly add: boolean }

function play(set: BitTree, members: Set<number>, { from, length, add }: Change): void {
  for (let member = from; member < from + length; member++) {
    if (add) {
      set.add(member)
      members.add(member)
    } else {
      set.delete(member)
      members.delete(member)
    }
  }
}

describe('bit tree', () => {
  it('answers as a set does, and so does a staged copy that leaves its base alone', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 12 }),
        fc.array(change, { maxLength: 12 }),
        fc.array(place, { minLength: 5, maxLength: 20 }),
        (changes, staging, probes) => {
          const [base, members] = [new BitTree(), new Set<number>()]
          for (const each of changes) play(base, members, each)
          agrees(base, members, probes)
          const [staged, stagedMembers] = [new StagedBitTree(base), new Set(members)]
          for (const each of staging) play(staged, stagedMembers, each)
          agrees(staged, stagedMembers, probes)
          agrees(base, members, probes)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('finds its first gap behind full words of every level', () => {
    const set = new BitTree()
    for (let member = 0; member < 32 ** 3 + 40; member++) set.add(member)
    expect(set.firstGap()).toBe(32 ** 3 + 40)
    set.delete(32 ** 3 - 1)
    expect(set.firstGap()).toBe(32 ** 3 - 1)
    set.delete(5)
    expect(set.firstGap()).toBe(5)
    set.add(5)
    set.add(32 ** 3 - 1)
    expect(set.firstGap()).toBe(32 ** 3 + 40)
  })

  it('reaches the largest leaf of the largest tree, staged without memory for all before it', () => {
    const set = new StagedBitTree(new BitTree())
    set.add(LARGEST)
    expect([set.firstGap(), set.last(), set.next(1), set.next(LARGEST)]).toEqual([0, LARGEST, LARGEST, LARGEST])
    set.add(3)
    expect([set.next(0), set.next(4)]).toEqual([3, LARGEST])
    set.delete(LARGEST)
    expect([set.last(), set.next(4)]).toEqual([3, undefined])
  })
})
