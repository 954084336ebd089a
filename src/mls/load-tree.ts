/** RFC 9420 section 12.4.3.1: a ratchet tree from somebody else, checked in full and put into columns, all in linear time. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { Reader } from '../codec/reader.ts'
import { checkKemPublicKey } from '../crypto/public-keys.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { type LeafIndex, type NodeIndex, nodeOfLeaf, root } from '../tree/math.ts'
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

/** Puts nodes into an empty store. Keys that occur twice are found here. */
class Filler {
  readonly #suite: CipherSuite
  readonly #store: TreeStore
  readonly #reader: Reader

  constructor(suite: CipherSuite, store: TreeStore, { bytes }: NodeSpans) {
    this.#suite = suite
    this.#store = store
    this.#reader = new Reader(bytes, 'ratchet_tree')
  }

  /** copath-mls-7.3-03 */
  #checkUnused(publicKey: Uint8Array, node: number): void {
    const other = this.#store.findPublicKey(publicKey)
    if (other !== undefined) throw new RejectedError('duplicate-key', { node, other, field: LEAF_ENCRYPTION_KEY })
  }

  leaf(leaf: LeafIndex, start: number, end: number): void {
    const store = this.#store
    this.#reader.at = start
    const publicKey = this.#reader.opaque()
    const content = this.#reader.bytes.subarray(start, end)
    checkKemPublicKey(this.#suite.kem, publicKey, { leaf })
    this.#checkUnused(publicKey, 2 * leaf)
    const other = store.findSignatureKey(store.format.signatureKey(content))
    if (other !== undefined) throw new RejectedError('duplicate-key', { leaf, other, field: 'signature_key' })
    store.fill(nodeOfLeaf(leaf), { publicKey, leaf: content })
  }

  parent(node: NodeIndex, start: number): void {
    const { kem, hash } = this.#suite
    this.#reader.at = start
    const { encryptionKey, parentHash, unmergedLeaves } = ParentNode.read(this.#reader)
    // copath-mls-5.1.1-01
    checkKemPublicKey(kem, encryptionKey, { node })
    this.#checkUnused(encryptionKey, node)
    if (parentHash.length !== 0 && parentHash.length !== hash.length) {
      throw new RejectedError('untied-node', { node, length: parentHash.length })
    }
    this.#store.fill(node, { publicKey: encryptionKey, parentHash, unmerged: unmergedLeaves })
  }
}

function fill(suite: CipherSuite, spans: NodeSpans, maxLeaves: number): TreeStore {
  const leaves = leavesFor(spans.count)
  if (leaves > maxLeaves) throw new RejectedError('tree-too-large', { leaves, limit: maxLeaves })
  const store = new TreeStore(ratchetTreeFormat(suite), leaves)
  store.reserve(spans.nodes, spans.leaves)
  const filler = new Filler(suite, store, spans)
  for (let node = 0; node < spans.count; node++) {
    const [kind, start] = [spans.kinds[node], spans.starts[node]!]
    if (kind === LEAF) filler.leaf((node >>> 1) as LeafIndex, start, spans.ends[node]!)
    else if (kind === PARENT) filler.parent(node as NodeIndex, start)
  }
  return store
}

/** Section 7.7: the right half of a tree has members. */
function checkNotTooWide(tree: TreeStore): void {
  const needed = (tree.lastLeaf() ?? 0) + 1
  if (tree.leafCount > 1 && tree.leafCount / 2 >= needed) {
    throw new RejectedError('blank-at-end', { leaves: tree.leafCount, needed })
  }
}

/**
 * Scans, places and checks all nodes: copath-mls-12.4.3.1-12: their unmerged leaves, and copath-mls-12.4.3.1-13: that no two have one
 * key. Whatever depends on a group is left to the caller. The tree hashes are known afterwards.
 */
function placed(suite: CipherSuite, spans: NodeSpans, maxLeaves: number): TreeStore {
  const store = fill(suite, spans, maxLeaves)
  checkNotTooWide(store)
  checkUnmergedLeaves(store)
  treeHash(store, suite.hash)
  checkParentHashes(store, suite.hash)
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
