/** RFC 9420 section 7.3: all checks of a leaf that arrives in a proposal or a commit, against a tree that has its other members. */
import { equalPublic } from '../base/bytes.ts'
import type { ErrorDetails } from '../base/errors.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import * as checks from './leaf-checks.ts'
import type { LeafNode } from './leaf-node.ts'
import { checkLeafSignature, type LeafPlace } from './leaf-signature.ts'
import type { TreeSummary } from './tree-summary.ts'

/** What a leaf has to fit into. */
export interface LeafSurroundings {
  readonly suite: CipherSuite
  readonly group: checks.GroupParameters
  /** What the members support and use; with the leaf that is replaced, where one is. */
  readonly summary: TreeSummary
  /** The keys in use; with those of the leaf that is replaced, where one is. */
  readonly keys: checks.KeyLookup
  /** Left out, the lifetimes of key packages are not checked: section 7.3 asks for it when one is sent. */
  readonly lifetime?: checks.LifetimePolicy
  /** Section 5.3.1: throws unless the credential is valid for the signature key, in the eyes of the application. */
  readonly checkCredential?: (leaf: LeafNode, where: ErrorDetails) => void
}

/** A leaf that takes the place of another. */
export interface Replacement {
  readonly replaced: LeafNode
  readonly place: LeafPlace
}

/** What does not depend on how the leaf came about. */
function checkContent(leaf: LeafNode, { suite, group, checkCredential }: LeafSurroundings, where: ErrorDetails): void {
  checks.checkKeyForms(suite, leaf, where)
  checks.checkOwnCredential(leaf, where)
  checks.checkGroupParameters(leaf.capabilities, group, where)
  checks.checkExtensions(leaf, where)
  checkCredential?.(leaf, where)
}

function checkMutualSupport(leaf: LeafNode, others: TreeSummary, where: ErrorDetails): void {
  checks.checkCredentialIsSupported(leaf, others, where)
  checks.checkSupportsCredentials(leaf, others, where)
}

/**
 * The leaf of a key package that is about to be added. Among several, each is added before the next is validated. The
 * signature of the leaf is verified here unless that has been done in bulk.
 */
export function validateAddedLeaf(
  leaf: LeafNode,
  surroundings: LeafSurroundings,
  { signatureVerified = false, where = {} }: { signatureVerified?: boolean; where?: ErrorDetails } = {},
): void {
  const { suite, summary, keys, lifetime } = surroundings
  checks.checkSource(leaf, 'key_package', where)
  checkContent(leaf, surroundings, where)
  if (lifetime !== undefined && leaf.leafNodeSource === 'key_package') {
    checks.checkLifetime(leaf.lifetime, lifetime, where)
  }
  checkMutualSupport(leaf, summary, where)
  checks.checkUniqueKeys(leaf, keys, where)
  if (!signatureVerified) checkLeafSignature(suite, leaf, undefined, where)
}

/** The leaf of an update proposal or of the update path of a commit, which takes the place of its member's last one. */
export function validateReplacedLeaf(
  leaf: LeafNode,
  source: 'update' | 'commit',
  surroundings: LeafSurroundings,
  { replaced, place }: Replacement,
): void {
  const { suite, summary, keys } = surroundings
  const where = { leaf: place.leafIndex }
  checks.checkSource(leaf, source, where)
  checkContent(leaf, surroundings, where)
  checks.checkNewEncryptionKey(leaf, replaced, where)
  const others = summary.stage()
  others.remove(checks.featuresOf(replaced))
  checkMutualSupport(leaf, others, where)
  checks.checkUniqueKeys(leaf, withoutSignatureKey(keys, replaced), where)
  checkLeafSignature(suite, leaf, place, where)
}

/** A member may keep its signature key, which nobody else has. */
function withoutSignatureKey(keys: checks.KeyLookup, replaced: LeafNode): checks.KeyLookup {
  return {
    usesEncryptionKey: key => keys.usesEncryptionKey(key),
    usesSignatureKey: key => !equalPublic(key, replaced.signatureKey) && keys.usesSignatureKey(key),
  }
}
