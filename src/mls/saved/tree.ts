/** RFC 9420 section 7: the ratchet tree from its saved nodes. Whoever saved it had checked it; here only what keeps hostile bytes from doing harm. */
import { RejectedError } from '../../base/errors.ts'
import { Reader } from '../../codec/reader.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { type NodeIndex, subtreeEnd, subtreeStart } from '../../tree/math.ts'
import { TreeStore } from '../../tree/store.ts'
import { GroupTree } from '../group-tree.ts'
import { FeatureReader } from '../leaf-features.ts'
import { LeafNode } from '../leaf-node.ts'
import { DEFAULT_MAX_LEAVES } from '../load-tree.ts'
import { contentOf, LEAF_OFFSETS, leafField, ratchetTreeFormat } from '../tree-format.ts'
import { TreeSummary } from '../tree-summary.ts'
import { placeAt, type RecordCursor } from './cursor.ts'
import { nodeIn, Place } from './keys.ts'
import { refuseSaved } from './refuse.ts'
import { SavedNode } from './structs.ts'

interface Shape {
  readonly leafCount: number
  readonly maxLeaves: number | undefined
}

/** The limit is for trees of others: one that was joined may have grown beyond it. */
export function ownLimit(maxLeaves = 0): number {
  return Math.max(maxLeaves, DEFAULT_MAX_LEAVES)
}

function checkShape({ leafCount, maxLeaves }: Shape): void {
  if (leafCount < 1 || (leafCount & (leafCount - 1)) !== 0) throw refuseSaved('a tree has a power of two of leaves')
  const limit = ownLimit(maxLeaves)
  if (leafCount > limit) throw new RejectedError('tree-too-large', { leaves: leafCount, limit })
}

function checkUnmerged(store: TreeStore, node: NodeIndex, unmerged: readonly number[]): void {
  const [first, last] = [subtreeStart(node) / 2, subtreeEnd(node, store.leafCount) / 2]
  unmerged.forEach((leaf, i) => {
    if (leaf < first || leaf > last || (i > 0 && unmerged[i - 1]! >= leaf)) {
      throw new RejectedError('wrong-unmerged-leaves', { node, leaf })
    }
  })
}

const ENCRYPTION_KEY = leafField('encryptionKey')

/** Puts nodes into a tree, each from where it lies. */
class NodeFiller {
  readonly tree: GroupTree
  readonly #features = new FeatureReader()
  readonly #offsets = new Uint32Array(LEAF_OFFSETS)
  #reader = new Reader(new Uint8Array(0), 'saved node')

  constructor(tree: GroupTree) {
    this.tree = tree
  }

  fill(record: RecordCursor): void {
    const { store } = this.tree
    const node = nodeIn(record)
    if (node > 2 * store.leafCount - 2) throw new RejectedError('outside-tree', { node })
    const reader = this.#open(record)
    const saved = SavedNode.read(reader)
    reader.end()
    if ((saved.kind === 'leaf') !== ((node & 1) === 0))
      throw new RejectedError('wrong-node-type', { node, got: saved.kind })
    if (saved.kind === 'leaf') this.#leaf(node, saved.leafNode)
    else this.#parent(node, saved)
  }

  #leaf(node: NodeIndex, leaf: Uint8Array): void {
    const { store, summary } = this.tree
    const reader = this.#reader
    reader.at = reader.limit - leaf.length
    LeafNode.locate(reader, this.#offsets, 0)
    reader.end()
    const publicKey = contentOf(reader.bytes, this.#offsets[ENCRYPTION_KEY]!, this.#offsets[ENCRYPTION_KEY + 1]!)
    if (publicKey.length !== store.format.keyLength) throw refuseSaved('a key has the wrong length')
    store.fill(node, { publicKey, leaf })
    summary.add(this.#features.read(reader.bytes, this.#offsets))
  }

  #parent(node: NodeIndex, { encryptionKey, parentHash, unmergedLeaves }: SavedParent): void {
    const { store } = this.tree
    const { keyLength, hashLength } = store.format
    if (encryptionKey.length !== keyLength) throw refuseSaved('a key has the wrong length')
    if (parentHash.length !== 0 && parentHash.length !== hashLength) throw refuseSaved('a hash has the wrong length')
    if (unmergedLeaves.length > 0) checkUnmerged(store, node, unmergedLeaves)
    store.fill(node, { publicKey: encryptionKey, parentHash, unmerged: unmergedLeaves })
  }

  /** A reader of the record's value. */
  #open({ bytes, valueStart, valueEnd }: RecordCursor): Reader {
    if (this.#reader.bytes !== bytes) this.#reader = new Reader(bytes, 'saved node')
    this.#reader.at = valueStart
    this.#reader.limit = valueEnd
    return this.#reader
  }
}

type SavedParent = Extract<SavedNode, { kind: 'parent' }>

/** Puts the nodes that the cursor comes to into a tree, up to the next place. Linear; hashes are computed when they are asked for. */
export function readNodes(suite: CipherSuite, records: RecordCursor, shape: Shape): GroupTree {
  checkShape(shape)
  const store = new TreeStore(ratchetTreeFormat(suite), shape.leafCount)
  const filler = new NodeFiller(new GroupTree(suite, store, new TreeSummary()))
  for (; !records.ended && placeAt(records) === Place.node; records.advance()) filler.fill(records)
  return filler.tree
}
