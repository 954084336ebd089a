/** Counts of what members support, against counting anew, staged and merged. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BugError, UsageError } from '../../src/base/errors.ts'
import { type LeafFeatures, TreeSummary } from '../../src/mls/tree-summary.ts'

const GREASE = 0x1a1a
const TYPES = [1, 2, GREASE, 0xf001, 0xf002]
const type = fc.constantFrom(...TYPES)
const list = fc.array(type, { maxLength: 4 })
const longList = fc.array(type, { minLength: 20, maxLength: 24 })
const features: fc.Arbitrary<LeafFeatures> = fc.record({
  credentialType: type,
  capabilities: fc.record({ extensions: fc.oneof(list, longList), proposals: list, credentials: list }),
})

function agrees(summary: TreeSummary, leaves: readonly LeafFeatures[]): void {
  expect(summary.members).toBe(leaves.length)
  expect(summary.credentialTypesInUse()).toEqual(new Set(leaves.map(leaf => leaf.credentialType)))
  for (const feature of ['extensions', 'proposals', 'credentials'] as const) {
    for (const value of TYPES) {
      const byDefault = feature !== 'credentials' && value < 3
      const isListed = leaves.every(leaf => leaf.capabilities[feature].includes(value))
      const expected = byDefault || (value !== GREASE && isListed)
      expect(summary.everyMemberSupports(feature, value), `${feature} ${value}`).toBe(expected)
    }
  }
}

describe('a summary', () => {
  it('agrees with its leaves after any history; staged changes are seen on top only until merged', () => {
    const step = fc.record({ remove: fc.option(fc.nat(), { freq: 2 }), leaf: features })
    const stage = fc.record({ merge: fc.boolean(), steps: fc.array(step, { maxLength: 6 }) })
    fc.assert(
      fc.property(fc.array(stage, { maxLength: 6 }), stages => {
        const summary = new TreeSummary()
        let leaves: LeafFeatures[] = []
        for (const { merge, steps } of stages) {
          const staged = summary.stage()
          const other = summary.stage()
          const after = [...leaves]
          for (const { remove, leaf } of steps) {
            if (remove === null || after.length === 0) {
              staged.add(leaf)
              after.push(leaf)
            } else staged.remove(after.splice(remove % after.length, 1)[0]!)
          }
          agrees(staged, after)
          agrees(summary, leaves)
          agrees(other, leaves)
          if (merge) {
            staged.merge()
            leaves = after
            agrees(staged, leaves)
          }
          agrees(summary, leaves)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('refuses to remove what is not there and to merge into nothing', () => {
    const leaf = { credentialType: 1, capabilities: { extensions: [], proposals: [], credentials: [1] } }
    expect(() => new TreeSummary().remove(leaf)).toThrow(BugError)
    expect(() => new TreeSummary().merge()).toThrow(UsageError)
  })
})
