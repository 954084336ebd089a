/** Vectors of the MLS working group in tests: through the code that `copath vectors` runs, one test for each case. */
import { expect, it } from 'vitest'
import { Given } from '../../src/cli/vectors/given.ts'
import type { Suites } from '../../src/cli/vectors/kind.ts'
import { KINDS } from '../../src/cli/vectors/kinds.ts'
import { describeVectors } from './locate.ts'

type Case = Readonly<Record<string, unknown>>

/** Checks one case of a kind. Throws where it does not hold. */
export function checkCase(kind: string, vector: Case, suites: Suites): void {
  const found = KINDS.find(({ name }) => name === kind)
  if (found === undefined) throw new Error(`no kind ${kind}`)
  found.check(new Given(vector), suites)
}

/** All cases of the file of a kind, and what else there is to test about them. */
export function describeKind<T extends object>(kind: string, suites: Suites, more?: (cases: T[]) => void): void {
  describeVectors<T[]>(`mls/${kind}.json`, cases => {
    it('has cases', () => expect(cases.length).toBeGreaterThan(0))
    const numbered = cases.map((vector, i) => ({ i, suite: (vector as Case)['cipher_suite'] ?? 'none', vector }))
    it.each(numbered)('case $i, suite $suite', ({ vector }) => checkCase(kind, vector as Case, suites))
    more?.(cases)
  })
}
