/** RFC 9420 section 5.3: credentials. */
import type { ValueOf } from '../codec/codec.ts'
import { opaque, vector } from '../codec/primitives.ts'
import { select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { CredentialType } from './registries.ts'

export const Certificate = struct('Certificate', { certData: opaque })
export type Certificate = ValueOf<typeof Certificate>

/**
 * A credential. The RFC defines no form for types it does not know; like other implementations this one carries their
 * content as one vector, so that whether a type is acceptable is decided by the members' capabilities.
 */
export const Credential = struct('Credential', {
  credentialType: select(
    CredentialType,
    { basic: { identity: opaque }, x509: { certificates: vector(Certificate) } },
    { content: opaque },
  ),
})
export type Credential = ValueOf<typeof Credential>

/** The number of a credential's type. */
export function credentialTypeOf(credential: Credential): number {
  return credential.credentialType === 'unknown'
    ? credential.credentialTypeValue
    : CredentialType.of[credential.credentialType]
}
