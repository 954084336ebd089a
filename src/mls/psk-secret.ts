/** RFC 9420 section 8.4: the PSK secret, all pre-shared keys of a commit mixed in the order of its proposals. */

import { UsageError } from '../base/errors.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { type PreSharedKeyID, PSKLabel } from './psk.ts'

/** A pre-shared key and the name under which it is mixed in. */
export interface PreSharedKey {
  readonly id: PreSharedKeyID
  readonly secret: Uint8Array
}

/** PSKLabel counts in 16 bits. */
export const MAX_KEYS = 0xffff

/** copath-mls-8.4-04: the secret that enters the key schedule, mixed in the order of the keys; zeros for none. */
export function pskSecret(suite: CipherSuite, keys: readonly PreSharedKey[]): Uint8Array<ArrayBuffer> {
  const { kdf, labels } = suite
  if (keys.length > MAX_KEYS)
    throw new UsageError('wrong-argument', { expected: `at most ${MAX_KEYS} pre-shared keys` })
  const noSalt = new Uint8Array(kdf.length)
  let mixed = new Uint8Array(kdf.length)
  keys.forEach(({ id, secret }, index) => {
    const label = encode(PSKLabel, { id, index, count: keys.length })
    const extracted = kdf.extract(noSalt, secret)
    const input = wipingAfter([extracted], () => labels.expandWithLabel(extracted, 'derived psk', label, kdf.length))
    const before = mixed
    mixed = kdf.extract(input, before)
    wipe(input, before)
  })
  return mixed
}
