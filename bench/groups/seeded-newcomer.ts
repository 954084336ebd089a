/** A newcomer that two processes can make alike. */
import { seededRandom } from '../../src/compare/index.ts'
import { createProvider, defaultProvider } from '../../src/crypto/default-provider.ts'
import { type CopathMember, type CopathNewcomer, copathSubject } from '../subjects/copath.ts'

export function seededNewcomer(): CopathNewcomer {
  const random = seededRandom(defaultProvider().primitive('sha256'), 'the member whose memory is measured')
  return copathSubject(createProvider({ random }), '').newcomer(1, 'measured')
}

export function joinSeeded(welcome: Uint8Array): CopathMember {
  return seededNewcomer().join(welcome, undefined)
}
