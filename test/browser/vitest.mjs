/** Stands in for vitest where the contract runs in a page: collects tests, runs them one by one, and has vitest's own `expect`. */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  addCustomEqualityTesters,
  chai,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
} from '@vitest/expect'

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

export const expect = Object.assign((value, message) => chai.expect(value, message), chai.expect, {
  ...globalThis[ASYMMETRIC_MATCHERS_OBJECT],
  addEqualityTesters: testers => addCustomEqualityTesters(testers),
})

const titles = []
let tests = []

export function describe(title, body) {
  titles.push(title)
  body()
  titles.pop()
}

export function it(title, body) {
  tests.push({ title: [...titles, title].join(' > '), body })
}

/** Runs what has been collected and forgets it; returns how many passed, and what failed. */
export async function runCollected() {
  const failures = []
  const all = tests
  tests = []
  for (const { title, body } of all) {
    try {
      await body()
    } catch (error) {
      failures.push(`${title}: ${error.message}`)
    }
  }
  return { passed: all.length - failures.length, failures }
}
