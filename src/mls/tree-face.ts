/** copath/tree: ratchet trees to study and to cross-check, with their members simulated and drawn as text. */
export { CopathError, type ErrorCode, RejectedError, UsageError } from '../base/errors.ts'
export { SecretBytes } from '../base/secret.ts'
export { type DrawOptions, drawTree } from '../tree/draw.ts'
export {
  asLeafIndex,
  asNodeIndex,
  commonAncestor,
  copath,
  depth,
  directPath,
  isInSubtree,
  isLeaf,
  type LeafCount,
  type LeafIndex,
  leafCount,
  leafIndex,
  leafOfNode,
  left,
  level,
  MAX_LEAVES,
  type NodeIndex,
  nodeIndex,
  nodeOfLeaf,
  parent,
  right,
  root,
  sibling,
  subtreeEnd,
  subtreeStart,
  width,
} from '../tree/math.ts'
export { type FilteredPath, filteredDirectPath, resolution, type TreeShape } from '../tree/resolution.ts'
export type { LeafNode } from './leaf-node.ts'
export type { StudyCommit } from './study-commit.ts'
export {
  type BuildOptions,
  type KnownKey,
  type StudyOptions,
  type StudyProposals,
  StudyTree,
} from './study-tree.ts'
