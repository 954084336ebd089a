/** Wycheproof against the curves of suites 2, 4, 5, 6 and 7: on @noble and on node:crypto every case has the same outcome. */
import { describe } from 'vitest'
import { curveBackendsUnderTest } from './curve-backends.ts'
import { wycheproofEcdh, wycheproofEcdsa, wycheproofEddsa, wycheproofMontgomery } from './wycheproof.ts'

for (const { detail, primitives } of Object.values(curveBackendsUnderTest())) {
  describe(`Wycheproof on ${detail}`, () => {
    wycheproofEcdh(primitives.p256!)
    for (const id of ['p256-sha256', 'p384-sha384', 'p521-sha512'] as const) wycheproofEcdsa(primitives[id]!)
    wycheproofMontgomery(primitives.x448!)
    wycheproofEddsa(primitives.ed448!)
  })
}
