/** RFC 9420 section 12.4.3.1: a ratchet tree from somebody else, checked in full and put into columns, all in linear time. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { Reader } from '../codec/reader.ts'
import { checkKemPublicKey } from '../crypto/public-keys.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { type LeafIndex, type NodeIndex, root } from '../tree/math.ts'
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

/** How much is staged at a time. */
const NODES_AT_ONCE = 8192
const LEAVES_AT_ONCE = 4096

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

/** Puts all nodes into an empty store, some at a time, so that staging takes little memory. Keys that occur twice are found here. */
function fill(suite: CipherSuite, spans: NodeSpans, maxLeaves: number): TreeStore {
  const leaves = leavesFor(spans.count)
  if (leaves > maxLeaves) throw new RejectedError('tree-too-large', { leaves, limit: maxLeaves })
  const store = new TreeStore(ratchetTreeFormat(suite), leaves)
  for (let from = 0; from < spans.count; from += NODES_AT_ONCE) {
    const tree = new Overlay(store)
    fillRange(suite, tree, spans, from, Math.min(spans.count, from + NODES_AT_ONCE))
    tree.merge()
  }
  return store
}

function fillRange(suite: CipherSuite, tree: Overlay, spans: NodeSpans, from: number, to: number): void {
  const reader = new Reader(spans.bytes, 'ratchet_tree')
  for (let node = from; node < to; node++) {
    const kind = spans.kinds[node]
    if (kind === LEAF) {
      putLeaf(suite, tree, (node >>> 1) as LeafIndex, spans.bytes.subarray(spans.starts[node], spans.ends[node]))
    } else if (kind === PARENT) {
      reader.at = spans.starts[node]!
      putParent(suite, tree, node as NodeIndex, reader)
    }
  }
}

/** Hashes the whole tree, subtree by subtree. */
function hashAll(suite: CipherSuite, store: TreeStore): void {
  const hashed = (top: NodeIndex): void => {
    const tree = new Overlay(store)
    treeHash(tree, suite.hash, top)
    tree.merge()
  }
  // the tops of subtrees of this many leaves are this far apart, and the first is half as far from the start
  for (let top = LEAVES_AT_ONCE - 1; top < 2 * store.leafCount - 1; top += 2 * LEAVES_AT_ONCE) hashed(top as NodeIndex)
  hashed(root(store.leafCount))
}

/** Section 7.7: the right half of a tree has members. */
function checkNotTooWide(tree: TreeStore): void {
  const needed = (tree.lastLeaf() ?? 0) + 1
  if (tree.leafCount > 1 && tree.leafCount / 2 >= needed) {
    throw new RejectedError('blank-at-end', { leaves: tree.leafCount, needed })
  }
}

/** Scans, places and checks all nodes; whatever depends on a group is left to the caller. The tree hashes are known afterwards. */
function placed(suite: CipherSuite, spans: NodeSpans, maxLeaves: number): TreeStore {
  const store = fill(suite, spans, maxLeaves)
  checkNotTooWide(store)
  checkUnmergedLeaves(store)
  hashAll(suite, store)
  checkParentHashes(new Overlay(store), suite.hash)
  return store
}

/**
 * Decodes and validates a ratchet tree in full. Nothing of it is kept where anything is wrong. The tree keeps copies, so that
 * `bytes` may be reused. Signatures cost the most and come last.
 */
export function loadTree(bytes: Uint8Array, rules: TreeRules): GroupTree {
  const { suite, maxLeaves = DEFAULT_MAX_LEAVES } = rules
  const spans = scanRatchetTree(bytes)
  const store = placed(suite, spans, maxLeaves)
  const hash = store.treeHashAt(root(store.leafCount))!
  if (!equalPublic(hash, rules.treeHash)) throw new RejectedError('wrong-tree-hash')
  return new GroupTree(suite, store, validateReceivedLeaves(spans, rules))
}

/**
 * Decodes a ratchet tree by itself, to study or compare it: structure, keys, unmerged leaves and parent hashes are checked, but
 * not whether its leaves are valid in a group. A group takes trees from `loadTree` only.
 */
export function readTree(suite: CipherSuite, bytes: Uint8Array, maxLeaves = DEFAULT_MAX_LEAVES): GroupTree {
  const summary = new TreeSummary()
  const read = new GroupTree(suite, placed(suite, scanRatchetTree(bytes), maxLeaves), summary)
  for (const leaf of read.leaves()) summary.add(featuresOf(read.leafNode(leaf)!))
  return read
}
