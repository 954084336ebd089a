/** RFC 9420 sections 7.1, 7.8, 7.9 and 12.4.3.3: nodes of a ratchet tree as they are hashed and sent. */
import type { ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { named, opaque, optional, uint32, vector } from '../codec/primitives.ts'
import { select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { HPKEPublicKey } from './crypto-objects.ts'
import { LeafNode } from './leaf-node.ts'

export const ParentNode = struct('ParentNode', {
  encryptionKey: HPKEPublicKey,
  parentHash: opaque,
  unmergedLeaves: vector(uint32),
})
export type ParentNode = ValueOf<typeof ParentNode>

export const NodeType = enumeration('NodeType', { leaf: 1, parent: 2 })
export type NodeType = ValueOf<typeof NodeType>

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

/** Section 7.9. */
export const ParentHashInput = struct('ParentHashInput', {
  encryptionKey: HPKEPublicKey,
  parentHash: opaque,
  originalSiblingTreeHash: opaque,
})
export type ParentHashInput = ValueOf<typeof ParentHashInput>

/** Section 12.4.3.3. */
export const Node = struct('Node', {
  nodeType: select(NodeType, { leaf: { leafNode: LeafNode }, parent: { parentNode: ParentNode } }),
})
export type Node = ValueOf<typeof Node>

/** Section 12.4.3.3: nodes from left to right, blanks after the last one left out. */
export const RatchetTree = named('ratchet_tree', vector(optional(Node)))
export type RatchetTree = ValueOf<typeof RatchetTree>
