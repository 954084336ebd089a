/** RFC 9420 section 12.4.3.1: a Welcome as it arrives, with an entry for each newcomer, of which at most one is made an object. */
import { RejectedError } from '../base/errors.ts'
import { Reader } from '../codec/reader.ts'
import { ProtocolVersion, WireFormat } from './registries.ts'
import { HPKECiphertext } from './update-path.ts'

/** What a newcomer needs of a Welcome. Byte strings are views. */
export interface ScannedWelcome<T> {
  readonly cipherSuite: number
  /** The first entry that is for somebody known, and who that is. */
  readonly found: { readonly own: T; readonly ciphertext: HPKECiphertext } | undefined
  readonly encryptedGroupInfo: Uint8Array
}

/** Goes through a Welcome message, checks its form, and asks about each reference of a key package until one is known. */
export function scanWelcome<T>(
  message: Uint8Array,
  whose: (keyPackageRef: Uint8Array) => T | undefined,
): ScannedWelcome<T> {
  const reader = new Reader(message, 'MLSMessage')
  const version = reader.uint16()
  const format = reader.uint16()
  if (version !== ProtocolVersion.of.mls10 || format !== WireFormat.of.mls_welcome) {
    throw new RejectedError('unexpected-message', { expected: 'mls_welcome', format })
  }
  const cipherSuite = reader.uint16()
  let found: ScannedWelcome<T>['found']
  const outer = reader.openVector()
  while (reader.at < reader.limit) {
    const ref = reader.opaque()
    const own = found === undefined ? whose(ref) : undefined
    if (own === undefined) HPKECiphertext.skip(reader)
    else found = { own, ciphertext: HPKECiphertext.read(reader) }
  }
  reader.closeVector(outer)
  const encryptedGroupInfo = reader.opaque()
  reader.end()
  return { cipherSuite, found, encryptedGroupInfo }
}
