/** RFC 9420 section 10.1, KeyPackage Validation: one function per check, and all of them for many key packages at once. */
import { ByteList } from '../base/byte-list.ts'
import { equalPublic } from '../base/bytes.ts'
import { type ErrorDetails, RejectedError } from '../base/errors.ts'
import { checkKemPublicKey } from '../crypto/public-keys.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { checkNoRepeatedExtension } from './extension.ts'
import { KEY_PACKAGE_LABEL, type KeyPackage, keyPackageTbs } from './key-package.ts'
import * as leafChecks from './leaf-checks.ts'
import type { LeafNode } from './leaf-node.ts'
import { leafNodeTbs } from './leaf-signature.ts'
import { ProtocolVersion } from './registries.ts'

/** What key packages are held against, before it is known which group they are for. */
export interface KeyPackageRules {
  /** Left out, lifetimes are not checked. */
  readonly lifetime?: leafChecks.LifetimePolicy
  /** Section 5.3.1: throws unless the credential is valid for the signature key, in the eyes of the application. */
  readonly checkCredential?: (leaf: LeafNode, where: ErrorDetails) => void
}

/** copath-mls-10.1-01: the version and the suite are those of the group; copath-mls-10-02: no other version is in a message. */
function checkKeyPackageSuite(suite: CipherSuite, { version, cipherSuite }: KeyPackage, where: ErrorDetails): void {
  if (version !== ProtocolVersion.of.mls10 || cipherSuite !== suite.id) {
    throw new RejectedError('wrong-suite', { ...where, rule: 'copath-mls-10.1-01', version, cipherSuite })
  }
}

/** copath-mls-10.1-02, copath-mls-7.3-09: the leaf of a key package says that it is made for one. */
export function checkKeyPackageSource({ leafNode }: KeyPackage, where: ErrorDetails): void {
  leafChecks.checkSource(leafNode, 'key_package', { ...where, rule: 'copath-mls-10.1-02' })
}

/** copath-mls-10.1-03: the init key is a key of the suite, and another one than the leaf's. */
export function checkInitKey(suite: CipherSuite, { initKey, leafNode }: KeyPackage, where: ErrorDetails): void {
  const details = { ...where, rule: 'copath-mls-10.1-03', field: 'init_key' }
  checkKemPublicKey(suite.kem, initKey, details)
  if (equalPublic(initKey, leafNode.encryptionKey)) throw new RejectedError('duplicate-key', details)
}

/** copath-mls-10-03: the owner of a key package lists its extensions in the capabilities of its leaf, and repeats none. */
export function checkKeyPackageExtensions(
  { extensions, leafNode: { capabilities } }: Pick<KeyPackage, 'extensions' | 'leafNode'>,
  where: ErrorDetails,
): void {
  leafChecks.checkExtensions({ extensions, capabilities }, where)
}

/** Everything about a key package but its two signatures. */
function checkContent(suite: CipherSuite, keyPackage: KeyPackage, rules: KeyPackageRules, where: ErrorDetails): void {
  const { leafNode } = keyPackage
  checkKeyPackageSuite(suite, keyPackage, where)
  checkKeyPackageSource(keyPackage, where)
  checkInitKey(suite, keyPackage, where)
  // copath-mls-10.1-04: none occurs twice; copath-mls-13.4-02: unknown ones are ignored, also where the leaf does not list them
  checkNoRepeatedExtension(keyPackage.extensions, { ...where, rule: 'copath-mls-10.1-04' })
  leafChecks.checkKeyForms(suite, leafNode, where)
  leafChecks.checkOwnCredential(leafNode, where)
  leafChecks.checkExtensions(leafNode, where)
  if (rules.lifetime !== undefined && leafNode.leafNodeSource === 'key_package') {
    leafChecks.checkLifetime(leafNode.lifetime, rules.lifetime, where)
  }
  rules.checkCredential?.(leafNode, where)
}

/** copath-mls-10.1-05: the signatures of the key packages, copath-mls-10.1-06, copath-mls-7.3-04: and those of their leaves, each in one batch. */
function checkSignatures(
  suite: CipherSuite,
  keyPackages: readonly KeyPackage[],
  where: (i: number) => ErrorDetails,
): void {
  const publicKeys = ByteList.of(keyPackages.map(({ leafNode }) => leafNode.signatureKey))
  const verify = (label: string, messages: Uint8Array[], signatures: Uint8Array[], rule: string): void => {
    const batch = { publicKeys, messages: ByteList.of(messages), signatures: ByteList.of(signatures) }
    const [bad] = suite.labels.verifyManyWithLabel(label, batch)
    if (bad !== undefined) throw new RejectedError('invalid-signature', { ...where(bad), rule })
  }
  verify(
    KEY_PACKAGE_LABEL,
    keyPackages.map(keyPackageTbs),
    keyPackages.map(({ signature }) => signature),
    'copath-mls-10.1-05',
  )
  verify(
    'LeafNodeTBS',
    keyPackages.map(({ leafNode }) => leafNodeTbs(leafNode)),
    keyPackages.map(({ leafNode }) => leafNode.signature),
    'copath-mls-10.1-06',
  )
}

/**
 * Validates key packages by themselves: whether their leaves fit into a group is checked when they are added to one. An error
 * names the index of the key package, and `where` where it is from.
 */
export function checkKeyPackages(
  suite: CipherSuite,
  keyPackages: readonly KeyPackage[],
  rules: KeyPackageRules = {},
  where: (i: number) => ErrorDetails = index => ({ index }),
): void {
  if (keyPackages.length === 0) return
  keyPackages.forEach((keyPackage, i) => {
    checkContent(suite, keyPackage, rules, where(i))
  })
  checkSignatures(suite, keyPackages, where)
}
