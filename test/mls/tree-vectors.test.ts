/** Vectors of the MLS working group for trees: their arithmetic, proposals on them, and trees that are received. */
import { expect, it } from 'vitest'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeKind } from '../vectors/check.ts'

const provider = allSuites()

describeKind('tree-math', provider)
describeKind('tree-operations', provider)
describeKind<{ cipher_suite: number }>('tree-validation', provider, cases => {
  it('has cases of every suite of RFC 9420', () => {
    expect([...new Set(cases.map(c => c.cipher_suite))].sort()).toEqual([1, 2, 3, 4, 5, 6, 7])
  })
})
