/** Vectors of the MLS working group for newcomers: Welcomes, joining, and following a group through its commits. */
import { expect, it } from 'vitest'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeKind } from '../vectors/check.ts'

const provider = allSuites()

describeKind('welcome', provider)
describeKind<{ epochs: unknown[] }>('passive-client-welcome', provider, cases => {
  it('ends after the Welcome', () => {
    for (const { epochs } of cases) expect(epochs).toEqual([])
  })
})
describeKind<{ epochs: unknown[] }>('passive-client-handling-commit', provider, cases => {
  it('goes on after the Welcome', () => {
    for (const { epochs } of cases) expect(epochs.length).toBeGreaterThan(0)
  })
})
describeKind('passive-client-random', provider)
