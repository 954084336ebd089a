/** Vectors of pre-shared keys: RFC 9420 section 8.4. */
import { pskSecret as pskSecretOf } from '../../mls/psk-secret.ts'
import { suiteOf, type VectorKind } from './kind.ts'

export const pskSecret: VectorKind = {
  name: 'psk_secret',
  fields: ['cipher_suite', 'psks', 'psk_secret'],
  check(given, suites) {
    const suite = suiteOf(given, suites)
    const keys = given
      .at('psks')
      .list()
      .map(psk => {
        const [pskId, pskNonce] = [psk.at('psk_id').bytes(), psk.at('psk_nonce').bytes()]
        return { id: { psktype: 'external', pskId, pskNonce } as const, secret: psk.at('psk').bytes() }
      })
    given.at('psk_secret').mustBe(pskSecretOf(suite, keys))
  },
}
