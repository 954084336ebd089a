/** RFC 9420 section 7.3, Leaf Node Validation: one function per check. Each throws a `RejectedError` that names what is wrong. */
import { equalPublic } from '../base/bytes.ts'
import { type ErrorDetails, RejectedError } from '../base/errors.ts'
import { checkKemPublicKey } from '../crypto/public-keys.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { credentialTypeOf } from './credential.ts'
import { checkNoRepeatedExtension, type RequiredCapabilities } from './extension.ts'
import type { Capabilities, LeafNode, LeafNodeSource, Lifetime } from './leaf-node.ts'
import { type Feature, isDefaultFeature, type LeafFeatures, type TreeSummary } from './tree-summary.ts'

/** What a group demands of every leaf. */
export interface GroupParameters {
  readonly version: number
  readonly cipherSuite: number
  /** Whether leaves need not list the suite. */
  readonly unlistedSuite?: boolean
  /** The types of the extensions in the GroupContext: all members must support each (section 13.4). */
  readonly extensionTypes: readonly number[]
  /** The content of the required_capabilities extension, where there is one. */
  readonly required: RequiredCapabilities | undefined
}

/** Which times are acceptable, in seconds since 1970-01-01T00:00:00Z. */
export interface LifetimePolicy {
  /** Left out where the time does not matter: a member may have been added long ago. */
  readonly now?: bigint | undefined
  /** The longest total lifetime of a leaf. */
  readonly longest: bigint
}

/** Answers whether a key is in use by a member other than the one at hand. */
export interface KeyLookup {
  usesSignatureKey(key: Uint8Array): boolean
  usesEncryptionKey(key: Uint8Array): boolean
}

/** What a tree's summary counts of a leaf. */
export function featuresOf(leaf: LeafNode): LeafFeatures {
  return { credentialType: credentialTypeOf(leaf.credential), capabilities: leaf.capabilities }
}

function missing(list: string, type: number, where: ErrorDetails): RejectedError {
  return new RejectedError('missing-capability', { ...where, list, type })
}

/** copath-mls-5.1.1-01: the keys have the form that the suite's keys have. */
export function checkKeyForms(
  suite: CipherSuite,
  leaf: Pick<LeafNode, 'encryptionKey' | 'signatureKey'>,
  where: ErrorDetails = {},
): void {
  checkKemPublicKey(suite.kem, leaf.encryptionKey, where)
  const length = leaf.signatureKey.length
  if (length !== suite.signature.publicKeyLength) throw new RejectedError('invalid-public-key', { ...where, length })
}

/** copath-mls-7.3-01: the credential's type is among those that the leaf itself says to support (section 7.2). */
export function checkOwnCredential(
  leaf: Pick<LeafNode, 'credential' | 'capabilities'>,
  where: ErrorDetails = {},
): void {
  const type = credentialTypeOf(leaf.credential)
  if (!leaf.capabilities.credentials.includes(type)) throw missing('credentials', type, where)
}

/** What a group demands of all leaves, besides its version and suite. */
export function demandsOf({
  extensionTypes,
  required,
}: GroupParameters): readonly (readonly [Feature, readonly number[]])[] {
  return [
    ['extensions', extensionTypes],
    ['extensions', required?.extensionTypes ?? []],
    ['proposals', required?.proposalTypes ?? []],
    ['credentials', required?.credentialTypes ?? []],
  ]
}

/** The leaf supports the group's version, suite, extensions and required capabilities. */
export function checkGroupParameters(caps: Capabilities, group: GroupParameters, where: ErrorDetails = {}): void {
  checkVersionAndSuite(caps, group, where)
  for (const [list, types] of demandsOf(group)) if (types.length > 0) checkListed(caps, list, types, where)
}

function checkListed(caps: Capabilities, list: Feature, types: readonly number[], where: ErrorDetails): void {
  const listed = new Set(caps[list])
  const lacking = types.find(type => !isDefaultFeature(list, type) && !listed.has(type))
  if (lacking !== undefined) throw missing(list, lacking, where)
}

/** The leaf supports the group's version and suite. */
export function checkVersionAndSuite(caps: Capabilities, group: GroupParameters, where: ErrorDetails = {}): void {
  if (!caps.versions.includes(group.version)) throw missing('versions', group.version, where)
  if (group.unlistedSuite !== true && !caps.cipherSuites.includes(group.cipherSuite)) {
    throw missing('cipher_suites', group.cipherSuite, where)
  }
}

/** All members support the leaf's type of credential. `others` does not count the leaf. */
export function checkCredentialIsSupported(leaf: LeafNode, others: TreeSummary, where: ErrorDetails = {}): void {
  const type = credentialTypeOf(leaf.credential)
  if (!others.everyMemberSupports('credentials', type)) {
    throw new RejectedError('unsupported-credential', { ...where, type })
  }
}

/** The leaf supports all types of credentials in use. `others` does not count the leaf. */
export function checkSupportsCredentials(leaf: LeafNode, others: TreeSummary, where: ErrorDetails = {}): void {
  const { credentials } = leaf.capabilities
  for (const type of others.credentialTypesInUse()) {
    if (!credentials.includes(type)) throw missing('credentials', type, where)
  }
}

/** The time is within the lifetime, and copath-mls-7.2-03: the lifetime is not longer than allowed. */
export function checkLifetime(lifetime: Lifetime, { now, longest }: LifetimePolicy, where: ErrorDetails = {}): void {
  const { notBefore, notAfter } = lifetime
  if (now !== undefined && (now < notBefore || now > notAfter)) throw new RejectedError('outside-lifetime', where)
  if (notAfter - notBefore > longest) throw new RejectedError('lifetime-too-long', where)
}

/** copath-mls-7.3-02: every extension that is not a default one is listed in the capabilities, and none occurs twice (section 13.4). */
export function checkExtensions(
  { extensions, capabilities }: Pick<LeafNode, 'extensions' | 'capabilities'>,
  where: ErrorDetails = {},
): void {
  if (extensions.length === 0) return
  checkNoRepeatedExtension(extensions, where)
  const types = extensions.map(({ extensionType }) => extensionType)
  checkListed(capabilities, 'extensions', types, where)
}

/** The leaf came about the way that the object around it demands. */
export function checkSource(leaf: LeafNode, expected: LeafNodeSource, where: ErrorDetails = {}): void {
  if (leaf.leafNodeSource !== expected) {
    throw new RejectedError('wrong-leaf-source', { ...where, expected, got: leaf.leafNodeSource })
  }
}

/** An update changes the encryption key. */
export function checkNewEncryptionKey(leaf: LeafNode, replaced: LeafNode, where: ErrorDetails = {}): void {
  if (equalPublic(leaf.encryptionKey, replaced.encryptionKey)) throw new RejectedError('encryption-key-kept', where)
}

/** No other member has the leaf's signature key or encryption key. */
export function checkUniqueKeys(leaf: LeafNode, others: KeyLookup, where: ErrorDetails = {}): void {
  if (others.usesSignatureKey(leaf.signatureKey)) {
    throw new RejectedError('duplicate-key', { ...where, field: 'signature_key' })
  }
  if (others.usesEncryptionKey(leaf.encryptionKey)) {
    throw new RejectedError('duplicate-key', { ...where, field: 'encryption_key' })
  }
}
