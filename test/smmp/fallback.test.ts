/** SMMP on the JavaScript fallback: whatever the backend, the same bytes. */
import { expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { createSmmpSuite } from '../../src/smmp/index.ts'
import { seededRandom } from '../pairwise/world.ts'
import { fixedGroups, historicalGroups, say, sayHistorical } from './world.ts'

it('both profiles send the same bytes on every backend', () => {
  const traffic = [{}, { backends: [createNobleBackend()] }].map(options => {
    const suite = createSmmpSuite(createProvider({ ...options, random: seededRandom('fallback') }))
    const packet = say(fixedGroups({ n: 3, suite }), 1, 'text')
    return [packet, ...sayHistorical(historicalGroups({ n: 3, suite }), 2, 'text')].map(toHex)
  })
  expect(traffic[0]).toEqual(traffic[1])
})
