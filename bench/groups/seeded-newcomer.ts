/** A newcomer that two processes can make alike. */
import { seededRandom } from '../../src/compare/random.ts'
import { createProvider, defaultProvider } from '../../src/crypto/default-provider.ts'
import { Group } from '../../src/mls/group.ts'
import { CONFIG, CopathMember, type CopathNewcomer, copathSubject } from '../subjects/copath.ts'

export function seededNewcomer(): CopathNewcomer {
  const random = seededRandom(defaultProvider().primitive('sha256'), 'the member whose memory is measured')
  return copathSubject(createProvider({ random }), '').newcomer(1, 'measured')
}

export function joinSeeded(welcome: Uint8Array): CopathMember {
  return seededNewcomer().join(welcome, undefined)
}

export function loadSeeded(snapshot: Uint8Array): CopathMember {
  const { suite, client } = seededNewcomer()
  return new CopathMember(Group.load({ suite, signer: client.signer, config: CONFIG, snapshot }))
}
