/** RFC 9420 sections 7.2, 11.1, 12.1.8.1, 12.4.3.2 and 13.4: extensions and the content of those that are not elsewhere. */
import { arrayOf, objectOf } from '../base/arguments.ts'
import { copyOf } from '../base/bytes.ts'
import { type ErrorDetails, RejectedError } from '../base/errors.ts'
import { type Codec, decode, encode, type ValueOf } from '../codec/codec.ts'
import { named, opaque, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { Credential } from './credential.ts'
import { HPKEPublicKey, SignaturePublicKey } from './crypto-objects.ts'
import { CredentialType, ExtensionType, ProposalType } from './registries.ts'

/** Section 13.4: data under a registered number. */
export const Extension = struct('Extension', { extensionType: ExtensionType, extensionData: opaque })
/** An extension, its content still encoded. */
export type Extension = ValueOf<typeof Extension>

/** Section 5.3.3. */
export const ApplicationId = named('application_id', opaque)

/** Section 11.1. */
export const RequiredCapabilities = struct('RequiredCapabilities', {
  extensionTypes: vector(ExtensionType),
  proposalTypes: vector(ProposalType),
  credentialTypes: vector(CredentialType),
})
/** What every member of a group must support, decoded. */
export type RequiredCapabilities = ValueOf<typeof RequiredCapabilities>

/** Section 12.1.8.1. */
export const ExternalSender = struct('ExternalSender', { signatureKey: SignaturePublicKey, credential: Credential })
/** An external sender, decoded. */
export type ExternalSender = ValueOf<typeof ExternalSender>

/** Section 12.1.8.1. */
export const ExternalSenders = named('external_senders', vector(ExternalSender))

/** Section 12.4.3.2. */
export const ExternalPub = struct('ExternalPub', { externalPub: HPKEPublicKey })
/** The key for external commits, decoded. */
export type ExternalPub = ValueOf<typeof ExternalPub>

/** The content of the extension of one type, decoded, or undefined where there is none. */
export function findExtension<T>(extensions: readonly Extension[], type: number, content: Codec<T>): T | undefined {
  const found = extensions.find(({ extensionType }) => extensionType === type)
  return found === undefined ? undefined : decode(content, found.extensionData)
}

/** What is kept of an extension: of its own, not a view of a message or of the caller's bytes. */
export function copyExtension(extension: Extension): Extension {
  const { extensionType, extensionData } = objectOf(extension)
  return { extensionType, extensionData: copyOf(extensionData) }
}

/** An extension with its content encoded. */
export function makeExtension<T>(extensionType: number, content: Codec<T>, value: T): Extension {
  return { extensionType, extensionData: encode(content, value) }
}

/** Section 13.4: a list of extensions has no two of one type. */
export function checkNoRepeatedExtension(extensions: readonly Extension[], where: ErrorDetails = {}): void {
  const seen = new Set<number>()
  for (const extension of arrayOf(extensions)) {
    const { extensionType } = objectOf(extension)
    if (seen.has(extensionType)) throw new RejectedError('repeated-extension', { ...where, extension: extensionType })
    seen.add(extensionType)
  }
}
