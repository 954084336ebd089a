/** RFC 9420 section 7.3 for all leaves of a received tree at once: linear in their number, signatures in batches. */
import { type ErrorDetails, RejectedError } from '../base/errors.ts'
import { ROOM } from '../codec/codec.ts'
import { Reader } from '../codec/reader.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { Credential } from './credential.ts'
import * as checks from './leaf-checks.ts'
import { FeatureReader, type ReadFeatures } from './leaf-features.ts'
import { LeafNode, LeafNodeSource, Lifetime } from './leaf-node.ts'
import { invalidLeafSignatures, type LocatedLeaves } from './leaf-signature.ts'
import { LEAF, type NodeSpans } from './received-tree.ts'
import { LEAF_OFFSETS, leafField } from './tree-format.ts'
import { type Feature, isDefaultFeature, TreeSummary } from './tree-summary.ts'

/** What leaves are validated against. */
export interface LeafRules {
  readonly suite: CipherSuite
  readonly groupId: Uint8Array
  readonly group: checks.GroupParameters
  /** Left out, lifetimes are not checked. */
  readonly lifetime?: checks.LifetimePolicy | undefined
  /** Section 5.3.1: throws unless the credential is valid for the signature key, in the eyes of the application. */
  readonly checkCredential?: (leaf: Pick<LeafNode, 'credential' | 'signatureKey'>, where: ErrorDetails) => void
}

// whatever a leaf may have that came in a message of some megabytes
const LEAF_ROOM = 4 * ROOM
const ENCRYPTION_KEY = leafField('encryptionKey')
const SOURCE = leafField('leafNodeSource')
const EXTENSIONS = leafField('extensions')

function locateLeaves(spans: NodeSpans): LocatedLeaves {
  const { bytes, kinds, starts, count, leaves } = spans
  const offsets = new Uint32Array(leaves * LEAF_OFFSETS)
  const indices = new Uint32Array(leaves)
  const reader = new Reader(bytes, 'ratchet_tree')
  let at = 0
  for (let node = 0; node < count; node += 2) {
    if (kinds[node] !== LEAF) continue
    reader.at = starts[node]!
    LeafNode.locate(reader, offsets, at * LEAF_OFFSETS)
    indices[at++] = node >>> 1
  }
  return { bytes, offsets, indices }
}

/** The first leaf that does not list a feature which all leaves together were found not to support. */
function firstLacking(leaves: LocatedLeaves, feature: Feature, type: number): RejectedError {
  const reader = new Reader(leaves.bytes, 'ratchet_tree')
  let leaf = 0
  for (let i = 0; i < leaves.indices.length; i++) {
    reader.at = leaves.offsets[i * LEAF_OFFSETS]!
    leaf = leaves.indices[i]!
    if (!LeafNode.read(reader).capabilities[feature].includes(type)) break
  }
  return new RejectedError('missing-capability', { leaf, list: feature, type })
}

/** What the members must support: copath-mls-7.3-05: what the group demands, and copath-mls-7.3-06: each other's credentials. */
function checkSupport(leaves: LocatedLeaves, summary: TreeSummary, group: checks.GroupParameters): void {
  const inUse = ['credentials', summary.credentialTypesInUse()] as const
  // copath-mls-13.4-05: all of them, the newcomer too, support what is in the group context
  for (const [feature, types] of [...checks.demandsOf(group), inUse]) {
    for (const type of types) {
      if (!isDefaultFeature(feature, type) && !summary.everyMemberSupports(feature, type)) {
        throw firstLacking(leaves, feature, type)
      }
    }
  }
}

/** What each leaf must be by itself. Only as much of it is decoded as is asked for: a leaf as an object is ten times its bytes. */
function checkLeaves({ bytes, offsets, indices }: LocatedLeaves, rules: LeafRules): TreeSummary {
  const { suite, group, lifetime, checkCredential } = rules
  const summary = new TreeSummary()
  const reader = new Reader(bytes, 'ratchet_tree')
  const features = new FeatureReader()
  let approved: ReadFeatures | undefined
  for (let i = 0; i < indices.length; i++) {
    const at = i * LEAF_OFFSETS
    const where = { leaf: indices[i]! }
    reader.room = LEAF_ROOM
    const leaf = identityAt(reader, offsets, at)
    checks.checkKeyForms(suite, leaf, where)
    const its = features.read(bytes, offsets, at)
    if (its !== approved) {
      checks.checkOwnCredential({ credential: leaf.credential, capabilities: its.capabilities }, where)
      checks.checkVersionAndSuite(its.capabilities, group, where)
      approved = its
    }
    // an empty vector is one byte
    if (offsets[at + EXTENSIONS + 1]! - offsets[at + EXTENSIONS]! > 1) {
      reader.at = offsets[at]!
      checks.checkExtensions(LeafNode.read(reader), where)
    }
    reader.at = offsets[at + SOURCE]!
    if (lifetime !== undefined && reader.uint8() === LeafNodeSource.numbers.key_package) {
      checks.checkLifetime(Lifetime.read(reader), lifetime, where)
    }
    checkCredential?.(leaf, where)
    summary.add(its)
  }
  return summary
}

/** The keys and the credential of a leaf. */
function identityAt(reader: Reader, offsets: Uint32Array, at: number) {
  reader.at = offsets[at + ENCRYPTION_KEY]!
  const encryptionKey = reader.opaque()
  const signatureKey = reader.opaque()
  return { encryptionKey, signatureKey, credential: Credential.read(reader) }
}

/**
 * Validates every leaf of a received tree but for the uniqueness of keys, which whoever stores the tree finds on the way.
 * Returns the summary of the members. Every refusal names a leaf.
 */
export function validateReceivedLeaves(spans: NodeSpans, rules: LeafRules): TreeSummary {
  const leaves = locateLeaves(spans)
  const summary = checkLeaves(leaves, rules)
  checkSupport(leaves, summary, rules.group)
  // copath-mls-7.3-04: each leaf is signed, for its place where it has one
  const [bad] = invalidLeafSignatures(rules.suite, leaves, rules.groupId)
  if (bad !== undefined) throw new RejectedError('invalid-signature', { leaf: bad })
  return summary
}
