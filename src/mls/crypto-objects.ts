/** RFC 9420 sections 5.1 and 5.2: public keys, MACs, references, and what signatures cover. */
import { keptEncoding } from '../codec/kept.ts'
import { named, opaque } from '../codec/primitives.ts'
import { lengthSize } from '../codec/writer.ts'

export const HPKEPublicKey = named('HPKEPublicKey', opaque)
export const SignaturePublicKey = named('SignaturePublicKey', opaque)
export const MAC = named('MAC', opaque)

/** Section 5.2. */
export const HashReference = named('HashReference', opaque)
export const KeyPackageRef = named('KeyPackageRef', HashReference)
export const ProposalRef = named('ProposalRef', HashReference)

/** What the signature at the end of a value covers, where the value knows the encoding that it was read from: not to be written to. */
export function keptContent(value: { readonly signature: Uint8Array }): Uint8Array | undefined {
  const encoded = keptEncoding(value)
  const { length } = value.signature
  return encoded?.subarray(0, encoded.length - lengthSize(length) - length)
}
