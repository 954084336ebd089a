/** RFC 9420 section 13.5: published capabilities, and that our own checks ignore what is reserved. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hostRandom } from '../../src/base/random.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { GREASE_VALUES, supporting } from '../../src/mls/capabilities.ts'
import { withGrease } from '../../src/mls/key-package-create.ts'
import { checkGroupParameters } from '../../src/mls/leaf-checks.ts'
import { Capabilities } from '../../src/mls/leaf-node.ts'

it('the reserved values are those of the registries', () => {
  expect(GREASE_VALUES.map(value => value.toString(16))).toEqual(
    [...'0123456789abcde'].map(digit => Number.parseInt(`${digit}a${digit}a`, 16).toString(16)),
  )
})

it('lists what is supported once, but not what every client supports, and one reserved value in each list', () => {
  const types = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 8 })
  const some = { versions: [1], cipherSuites: [3], extensions: [10], proposals: [10], credentials: [1] }
  const first = (list: readonly number[], value: number): number[] => [value, ...list.filter(each => each !== value)]
  fc.assert(
    fc.property(types, types, types, types, (cipherSuites, credentials, extensions, proposals) => {
      const made = withGrease(supporting(some, { cipherSuites, credentials, extensions, proposals }), hostRandom)
      const isReserved = (value: number) => GREASE_VALUES.includes(value)
      for (const list of [made.cipherSuites, made.credentials, made.extensions, made.proposals]) {
        expect(list.filter(isReserved)).toHaveLength(1)
      }
      expect(made.versions).toEqual([1])
      expect(made.cipherSuites.slice(0, -1)).toEqual(first(cipherSuites, 3))
      expect(made.credentials.slice(0, -1)).toEqual(first(credentials, 1))
      expect(made.extensions.slice(0, -1)).toEqual(first(extensions, 10).filter(type => type > 5))
      expect(made.proposals.slice(0, -1)).toEqual(first(proposals, 10).filter(type => type > 7))
      expect(decode(Capabilities, encode(Capabilities, made))).toEqual(made)
      for (const cipherSuite of cipherSuites) {
        const required = { extensionTypes: extensions, proposalTypes: proposals, credentialTypes: credentials }
        checkGroupParameters(made, { version: 1, cipherSuite, extensionTypes: extensions, required })
      }
    }),
    { numRuns: 50 },
  )
})
