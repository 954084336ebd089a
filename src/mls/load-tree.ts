/** RFC 9420 section 12.4.3.1: a ratchet tree from somebody else, checked in full and put into columns, all in linear time. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { Reader } from '../codec/reader.ts'
import { checkKemPublicKey } from '../crypto/public-keys.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafIndex, NodeIndex } from '../tree/math.ts'
import { Overlay } from '../tree/overlay.ts'
import { TreeStore } from '../tree/store.ts'
import { GroupTree } from './group-tree.ts'
import { featuresOf } from './leaf-checks.ts'
import { checkParentHashes, checkUnmergedLeaves } from './parent-hash.ts'
import { ParentNode } from './ratchet-tree.ts'
import { type LeafRules, validateReceivedLeaves } from './received-leaves.ts'
import { LEAF, type NodeSpans, PARENT, scanRatchetTree } from './received-tree.ts'
import { ratchetTreeFormat } from './tree-format.ts'
import { treeHash } from './tree-hash.ts'
import { TreeSummary } from './tree-summary.ts'

/** What a received tree must be. */
export interface TreeRules extends LeafRules {
  /** From the GroupContext that came with the tree. */
  readonly treeHash: Uint8Array
  /** Blank nodes take a byte in a message and a hundred in memory: the most leaves to make room for. */
  readonly maxLeaves?: number
}

/** Room for the largest groups, and an end to what a small message can make us allocate. */
export const DEFAULT_MAX_LEAVES = 2 ** 18

const LEAF_ENCRYPTION_KEY = 'encryption_key'

/** The smallest power of two of leaves that has this many nodes. */
function leavesFor(nodes: number): number {
  return 2 ** Math.ceil(Math.log2((nodes + 1) / 2))
}

function checkUnused(tree: Overlay, publicKey: Uint8Array, node: number): void {
  const other = tree.findPublicKey(publicKey)
  if (other !== undefined) throw new RejectedError('duplicate-key', { node, other, field: LEAF_ENCRYPTION_KEY })
}

function putLeaf(suite: CipherSuite, tree: Overlay, leaf: LeafIndex, bytes: Uint8Array): void {
  const publicKey = new Reader(bytes, 'LeafNode').opaque()
  checkKemPublicKey(suite.kem, publicKey, { leaf })
  checkUnused(tree, publicKey, 2 * leaf)
  const other = tree.findSignatureKey(tree.format.signatureKey(bytes))
  if (other !== undefined) throw new RejectedError('duplicate-key', { leaf, other, field: 'signature_key' })
  tree.setLeaf(leaf, bytes, publicKey)
}

function putParent(suite: CipherSuite, tree: Overlay, node: NodeIndex, reader: Reader): void {
  const { encryptionKey, parentHash, unmergedLeaves } = ParentNode.read(reader)
  checkKemPublicKey(suite.kem, encryptionKey, { node })
  checkUnused(tree, encryptionKey, node)
  if (parentHash.length !== 0 && parentHash.length !== suite.hash.length) {
    throw new RejectedError('untied-node', { node, length: parentHash.length })
  }
  tree.setParent(node, encryptionKey, parentHash, unmergedLeaves)
}

/** Puts all nodes into an overlay over an empty store. Keys that occur twice are found here. */
function fill(suite: CipherSuite, spans: NodeSpans, maxLeaves: number): Overlay {
  const leaves = leavesFor(spans.count)
  if (leaves > maxLeaves) throw new RejectedError('tree-too-large', { leaves, limit: maxLeaves })
  const tree = new Overlay(new TreeStore(ratchetTreeFormat(suite), leaves))
  const reader = new Reader(spans.bytes, 'ratchet_tree')
  for (let node = 0; node < spans.count; node++) {
    const kind = spans.kinds[node]
    if (kind === LEAF) {
      putLeaf(suite, tree, (node >>> 1) as LeafIndex, spans.bytes.subarray(spans.starts[node], spans.ends[node]))
    } else if (kind === PARENT) {
      reader.at = spans.starts[node]!
      putParent(suite, tree, node as NodeIndex, reader)
    }
  }
  return tree
}

/** Section 7.7: the right half of a tree has members. */
function checkNotTooWide(tree: Overlay): void {
  const needed = (tree.lastLeaf() ?? 0) + 1
  if (tree.leafCount > 1 && tree.leafCount / 2 >= needed) {
    throw new RejectedError('blank-at-end', { leaves: tree.leafCount, needed })
  }
}

/** Scans, places and checks all nodes; whatever depends on a group is left to the caller. The tree hashes are known afterwards. */
function placed(suite: CipherSuite, spans: NodeSpans, maxLeaves: number): Overlay {
  const tree = fill(suite, spans, maxLeaves)
  checkNotTooWide(tree)
  checkUnmergedLeaves(tree)
  treeHash(tree, suite.hash)
  checkParentHashes(tree, suite.hash)
  return tree
}

/**
 * Decodes and validates a ratchet tree in full. Nothing of it is kept where anything is wrong. The tree keeps copies, so that
 * `bytes` may be reused. Signatures cost the most and come last.
 */
export function loadTree(bytes: Uint8Array, rules: TreeRules): GroupTree {
  const { suite, maxLeaves = DEFAULT_MAX_LEAVES } = rules
  const spans = scanRatchetTree(bytes)
  const tree = placed(suite, spans, maxLeaves)
  if (!equalPublic(treeHash(tree, suite.hash), rules.treeHash)) throw new RejectedError('wrong-tree-hash')
  const summary = validateReceivedLeaves(spans, rules)
  tree.merge()
  return new GroupTree(suite, tree.base, summary)
}

/**
 * Decodes a ratchet tree by itself, to study or compare it: structure, keys, unmerged leaves and parent hashes are checked, but
 * not whether its leaves are valid in a group. A group takes trees from `loadTree` only.
 */
export function readTree(suite: CipherSuite, bytes: Uint8Array, maxLeaves = DEFAULT_MAX_LEAVES): GroupTree {
  const tree = placed(suite, scanRatchetTree(bytes), maxLeaves)
  tree.merge()
  const summary = new TreeSummary()
  const read = new GroupTree(suite, tree.base, summary)
  for (const leaf of read.leaves()) summary.add(featuresOf(read.leafNode(leaf)!))
  return read
}
