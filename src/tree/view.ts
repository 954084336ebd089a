/** What can be asked of a tree of keys, whether it is stored or staged. It knows no protocol: leaves are byte strings. */
import type { LeafIndex, NodeIndex } from './math.ts'
import type { TreeShape } from './resolution.ts'

/** A tree of keys. Byte strings that come from it are views: they must not be changed, and not be kept beyond the next change. */
export interface TreeView extends TreeShape {
  /** How many leaves are not blank. */
  readonly memberCount: number
  /** The public key of a node; undefined where it is blank or not in the tree. */
  publicKeyAt(node: NodeIndex): Uint8Array | undefined
  /** The content of a leaf; undefined where it is blank or not in the tree. */
  leafAt(leaf: LeafIndex): Uint8Array | undefined
  /** The parent hash of an inner node that is not blank; empty where it has none. */
  parentHashAt(node: NodeIndex): Uint8Array
  /** The hash of a subtree; undefined while it is not known. */
  treeHashAt(node: NodeIndex): Uint8Array | undefined
  unmergedLeaves(node: NodeIndex): readonly number[] | Uint32Array
  /** The leftmost blank leaf; equal to `leafCount` where the tree is full. */
  firstBlankLeaf(): number
  /** The rightmost leaf that is not blank. */
  lastLeaf(): number | undefined
  /** The node with this public key. */
  findPublicKey(key: Uint8Array): NodeIndex | undefined
  /** The leaf with this signature key. */
  findSignatureKey(key: Uint8Array): LeafIndex | undefined
}

/** What a protocol tells the tree about its nodes. */
export interface TreeFormat {
  /** The length of every public key. */
  readonly keyLength: number
  /** The length of tree hashes and of parent hashes that are not empty. */
  readonly hashLength: number
  /** Where the signature key is in the content of a leaf. */
  signatureKey(leaf: Uint8Array): Uint8Array
}
