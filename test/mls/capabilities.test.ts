/** RFC 9420 section 13.5: published capabilities, and that our own checks ignore what is reserved. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hostRandom } from '../../src/base/random.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { GREASE_VALUES, makeCapabilities } from '../../src/mls/capabilities.ts'
import { checkGroupParameters } from '../../src/mls/leaf-checks.ts'
import { Capabilities } from '../../src/mls/leaf-node.ts'

it('the reserved values are those of the registries', () => {
  expect(GREASE_VALUES.map(value => value.toString(16))).toEqual(
    [...'0123456789abcde'].map(digit => Number.parseInt(`${digit}a${digit}a`, 16).toString(16)),
  )
})

it('lists what is supported but not what every client supports, and one reserved value in each list', () => {
  const types = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 8 })
  fc.assert(
    fc.property(types, types, types, types, (cipherSuites, credentials, extensions, proposals) => {
      const made = makeCapabilities({ cipherSuites, credentials, extensions, proposals }, hostRandom)
      const isReserved = (value: number) => GREASE_VALUES.includes(value)
      for (const list of [made.cipherSuites, made.credentials, made.extensions, made.proposals]) {
        expect(list.filter(isReserved)).toHaveLength(1)
      }
      expect(made.versions).toEqual([1])
      expect(made.cipherSuites.filter(value => !isReserved(value))).toEqual(cipherSuites)
      expect(made.credentials.filter(value => !isReserved(value))).toEqual(credentials)
      expect(made.extensions.filter(value => !isReserved(value))).toEqual(extensions.filter(type => type > 5))
      expect(made.proposals.filter(value => !isReserved(value))).toEqual(proposals.filter(type => type > 7))
      expect(decode(Capabilities, encode(Capabilities, made))).toEqual(made)
      for (const cipherSuite of cipherSuites) {
        const required = { extensionTypes: extensions, proposalTypes: proposals, credentialTypes: credentials }
        checkGroupParameters(made, { version: 1, cipherSuite, extensionTypes: extensions, required })
      }
    }),
    { numRuns: 50 },
  )
})
