/** RFC 9420 sections 7.8 and 12.4.3.3: ratchet trees as values, for tools and tests: groups hash and send theirs without any. */
import type { ValueOf } from '../codec/codec.ts'
import { named, opaque, optional, uint32, vector } from '../codec/primitives.ts'
import { select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { LeafNode } from './leaf-node.ts'
import { NodeType, ParentNode } from './ratchet-tree.ts'

/** Section 7.8. */
export const LeafNodeHashInput = struct('LeafNodeHashInput', { leafIndex: uint32, leafNode: optional(LeafNode) })
export type LeafNodeHashInput = ValueOf<typeof LeafNodeHashInput>

/** Section 7.8. */
export const ParentNodeHashInput = struct('ParentNodeHashInput', {
  parentNode: optional(ParentNode),
  leftHash: opaque,
  rightHash: opaque,
})
export type ParentNodeHashInput = ValueOf<typeof ParentNodeHashInput>

/** Section 7.8. */
export const TreeHashInput = struct('TreeHashInput', {
  nodeType: select(NodeType, { leaf: { leafNode: LeafNodeHashInput }, parent: { parentNode: ParentNodeHashInput } }),
})
export type TreeHashInput = ValueOf<typeof TreeHashInput>

/** Section 12.4.3.3. */
export const Node = struct('Node', {
  nodeType: select(NodeType, { leaf: { leafNode: LeafNode }, parent: { parentNode: ParentNode } }),
})
export type Node = ValueOf<typeof Node>

/** Section 12.4.3.3: nodes from left to right, blanks after the last one left out. */
export const RatchetTree = named('ratchet_tree', vector(optional(Node)))
export type RatchetTree = ValueOf<typeof RatchetTree>
