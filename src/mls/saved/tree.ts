/** RFC 9420 section 7: the ratchet tree from its saved nodes. Whoever saved it had checked it; here only what keeps hostile bytes from doing harm. */
import { RejectedError } from '../../base/errors.ts'
import { check, decode } from '../../codec/codec.ts'
import { Reader } from '../../codec/reader.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { type LeafIndex, type NodeIndex, subtreeEnd, subtreeStart } from '../../tree/math.ts'
import { TreeStore } from '../../tree/store.ts'
import { GroupTree } from '../group-tree.ts'
import { featuresOf } from '../leaf-checks.ts'
import { LeafNode } from '../leaf-node.ts'
import { DEFAULT_MAX_LEAVES } from '../load-tree.ts'
import { ratchetTreeFormat } from '../tree-format.ts'
import { TreeSummary } from '../tree-summary.ts'
import { numberIn } from './keys.ts'
import { refuseSaved, type SavedRecord } from './records.ts'
import { SavedNode } from './structs.ts'

interface Shape {
  readonly leafCount: number
  readonly maxLeaves: number | undefined
}

function checkShape({ leafCount, maxLeaves = DEFAULT_MAX_LEAVES }: Shape): void {
  if (leafCount < 1 || (leafCount & (leafCount - 1)) !== 0) throw refuseSaved('a tree has a power of two of leaves')
  if (leafCount > maxLeaves) throw new RejectedError('tree-too-large', { leaves: leafCount, limit: maxLeaves })
}

function checkUnmerged(store: TreeStore, node: NodeIndex, unmerged: readonly number[]): void {
  const [first, last] = [subtreeStart(node) / 2, subtreeEnd(node, store.leafCount) / 2]
  unmerged.forEach((leaf, i) => {
    if (leaf < first || leaf > last || (i > 0 && unmerged[i - 1]! >= leaf)) {
      throw new RejectedError('wrong-unmerged-leaves', { node, leaf })
    }
  })
}

function fillNode(store: TreeStore, { key, value }: SavedRecord): void {
  const { keyLength, hashLength } = store.format
  const node = numberIn(key, 1, 5) as NodeIndex
  if (node > 2 * store.leafCount - 2) throw new RejectedError('outside-tree', { node })
  const saved = decode(SavedNode, value)
  if ((saved.kind === 'leaf') !== ((node & 1) === 0))
    throw new RejectedError('wrong-node-type', { node, got: saved.kind })
  if (saved.kind === 'leaf') {
    check(LeafNode, saved.leafNode)
    const publicKey = new Reader(saved.leafNode, 'LeafNode').opaque()
    if (publicKey.length !== keyLength) throw refuseSaved('a key has the wrong length')
    store.fill(node, { publicKey, leaf: saved.leafNode })
  } else {
    const { encryptionKey, parentHash, unmergedLeaves } = saved
    if (encryptionKey.length !== keyLength) throw refuseSaved('a key has the wrong length')
    if (parentHash.length !== 0 && parentHash.length !== hashLength) throw refuseSaved('a hash has the wrong length')
    checkUnmerged(store, node, unmergedLeaves)
    store.fill(node, { publicKey: encryptionKey, parentHash, unmerged: unmergedLeaves })
  }
}

/** Puts nodes into a tree. Linear; hashes are computed when they are asked for. */
export function readNodes(suite: CipherSuite, records: readonly SavedRecord[], shape: Shape): GroupTree {
  checkShape(shape)
  const store = new TreeStore(ratchetTreeFormat(suite), shape.leafCount)
  for (const record of records) fillNode(store, record)
  const tree = new GroupTree(suite, store, new TreeSummary())
  for (const leaf of tree.leaves()) tree.summary.add(featuresOf(tree.leafNode(leaf as LeafIndex)!))
  return tree
}
