/** RFC 9420 sections 5.1, 5.2 and 8: public keys, MACs, and what labelled operations hash, sign, encrypt and expand. */
import type { ValueOf } from '../codec/codec.ts'
import { keptEncoding } from '../codec/kept.ts'
import { named, opaque, uint16 } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { lengthSize } from '../codec/writer.ts'

export const HPKEPublicKey = named('HPKEPublicKey', opaque)
export const SignaturePublicKey = named('SignaturePublicKey', opaque)
export const MAC = named('MAC', opaque)

/** Section 5.1.2. */
export const SignContent = struct('SignContent', { label: opaque, content: opaque })
export type SignContent = ValueOf<typeof SignContent>

/** Section 5.1.3. */
export const EncryptContext = struct('EncryptContext', { label: opaque, context: opaque })
export type EncryptContext = ValueOf<typeof EncryptContext>

/** Section 5.2. */
export const HashReference = named('HashReference', opaque)
export const KeyPackageRef = named('KeyPackageRef', HashReference)
export const ProposalRef = named('ProposalRef', HashReference)

/** Section 5.2. */
export const RefHashInput = struct('RefHashInput', { label: opaque, value: opaque })
export type RefHashInput = ValueOf<typeof RefHashInput>

/** Section 8. */
export const KDFLabel = struct('KDFLabel', { length: uint16, label: opaque, context: opaque })
export type KDFLabel = ValueOf<typeof KDFLabel>

/** What the signature at the end of a value covers, where the value knows the encoding that it was read from: not to be written to. */
export function keptContent(value: { readonly signature: Uint8Array }): Uint8Array | undefined {
  const encoded = keptEncoding(value)
  const { length } = value.signature
  return encoded?.subarray(0, encoded.length - lengthSize(length) - length)
}
