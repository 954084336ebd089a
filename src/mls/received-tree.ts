/** RFC 9420 section 12.4.3.3: a ratchet tree as it arrives, scanned without an object per node. */
import { RejectedError } from '../base/errors.ts'
import { Reader } from '../codec/reader.ts'
import { LeafNode } from './leaf-node.ts'
import { NodeType, ParentNode } from './ratchet-tree.ts'

/** What stands at a node. */
export const BLANK = 0
export const LEAF = NodeType.numbers.leaf
export const PARENT = NodeType.numbers.parent

/** Where the nodes of an encoded tree are. Nodes beyond the last one are blank. */
export interface NodeSpans {
  readonly bytes: Uint8Array
  /** How many nodes were sent. */
  readonly count: number
  /** `BLANK`, `LEAF` or `PARENT` for each node. */
  readonly kinds: Uint8Array
  /** Where the LeafNode or ParentNode of each node starts and ends. */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** How many nodes are not blank, and how many of these are leaves. */
  readonly nodes: number
  readonly leaves: number
}

/** Checks that `reader` holds nodes up to its limit and counts them. */
function countNodes(reader: Reader): number {
  const start = reader.at
  let count = 0
  let last = BLANK
  while (reader.at < reader.limit) {
    last = skipNode(reader, count++)
  }
  reader.at = start
  // copath-mls-12.4.3.3-01: the last node that is sent is not blank
  if (last === BLANK) throw new RejectedError('blank-at-end', { nodes: count })
  return count
}

/** Steps over one node, which must be a leaf at even places and a parent at odd ones. Returns its kind. */
function skipNode(reader: Reader, node: number): number {
  reader.field = 'ratchet_tree'
  if (!reader.presence()) return BLANK
  const kind = reader.uint8()
  if (kind !== ((node & 1) === 0 ? LEAF : PARENT)) throw new RejectedError('wrong-node-type', { node, got: kind })
  if (kind === LEAF) LeafNode.skip(reader)
  else ParentNode.skip(reader)
  return kind
}

/** Scans the content of a ratchet_tree extension. Allocates in proportion to the input, after having checked all of it. */
export function scanRatchetTree(bytes: Uint8Array): NodeSpans {
  const reader = new Reader(bytes, 'ratchet_tree')
  const outer = reader.openVector()
  const count = countNodes(reader)
  const kinds = new Uint8Array(count)
  const starts = new Uint32Array(count)
  const ends = new Uint32Array(count)
  let [nodes, leaves] = [0, 0]
  for (let node = 0; node < count; node++) {
    const start = reader.at
    const kind = skipNode(reader, node)
    if (kind !== BLANK) nodes++
    if (kind === LEAF) leaves++
    kinds[node] = kind
    // the presence octet and the type stand before a node
    starts[node] = kind === BLANK ? reader.at : start + 2
    ends[node] = reader.at
  }
  reader.closeVector(outer)
  reader.end()
  return { bytes: reader.bytes, count, kinds, starts, ends, nodes, leaves }
}
