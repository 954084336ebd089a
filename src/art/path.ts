/** ART section 5: publishing a new leaf secret as a path of public keys, and following such a path. */
import { equalConstantTime, equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { wipe } from '../base/secret.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import {
  commonAncestor,
  isInSubtree,
  type LeafIndex,
  leafIndex,
  left,
  type NodeIndex,
  nodeOfLeaf,
  right,
} from '../tree/math.ts'
import type { Advance } from './advance.ts'
import { type Climb, climb, pathNodes, publicKeysOf, secretAt } from './climb.ts'
import { type Bytes, KEY } from './labels.ts'
import type { GroupState } from './state.ts'

const keyAt = (path: Uint8Array, i: number): Uint8Array => path.subarray(KEY * i, KEY * (i + 1))

/** Keeps those secrets of a climb that belong to this member's own path. */
function keepOwn(state: GroupState, advance: Advance, climbed: Climb): void {
  const own = nodeOfLeaf(state.own)
  climbed.nodes.forEach((x, i) => {
    if (isInSubtree(own, x)) advance.setSecret(x, secretAt(climbed, i))
  })
}

/** Gives a leaf a new secret and returns the public keys that tell the others: leaf first, without the root. */
export function publishPath(state: GroupState, advance: Advance, leaf: number, secret: Uint8Array): Bytes {
  const { tree } = advance
  const start = leafIndex(leaf, tree.leaves)
  const climbed = climb(state.suite, tree, nodeOfLeaf(start), secret)
  const path = publicKeysOf(state.suite, climbed)
  for (let i = 0; i < climbed.nodes.length - 1; i++) tree.setKey(climbed.nodes[i]!, keyAt(path, i))
  keepOwn(state, advance, climbed)
  wipe(climbed.secrets)
  return path
}

/** Refuses paths of another length, with useless keys, or with keys that the path has already. Returns its nodes. */
function checkPath(advance: Advance, leaf: LeafIndex, path: Uint8Array): NodeIndex[] {
  const nodes = pathNodes(leaf, advance.tree.leaves)
  if (path.length !== KEY * nodes.length) {
    throw new RejectedError('wrong-path-length', { leaf, expected: KEY * nodes.length, got: path.length })
  }
  const current = nodes.map(x => advance.tree.key(x))
  nodes.forEach((node, i) => {
    const key = keyAt(path, i)
    checkX25519Key(key, { leaf, node })
    if (current.some(old => equalPublic(old, key))) throw new RejectedError('repeated-path-key', { leaf, node })
  })
  return nodes
}

/** Refuses a path unless its keys are those of the secrets computed here, from position `from` of the climb on. */
function comparePath(state: GroupState, climbed: Climb, from: number, path: Uint8Array): void {
  const derived = publicKeysOf(state.suite, climbed, from)
  // the last keys of the path belong to the same nodes
  const offset = path.length - derived.length
  for (let i = 0; KEY * i < derived.length; i++) {
    if (!equalConstantTime(keyAt(derived, i), keyAt(path.subarray(offset), i))) {
      throw new RejectedError('path-mismatch', { node: climbed.nodes[from + i]! })
    }
  }
}

/** Takes over the path of another leaf: from the lowest node above both on, every key is recomputed and compared. */
export function followPath(state: GroupState, advance: Advance, leaf: number, path: Uint8Array): void {
  const { tree } = advance
  const start = leafIndex(leaf, tree.leaves)
  checkPath(advance, start, path).forEach((x, i) => {
    tree.setKey(x, keyAt(path, i))
  })
  const own = nodeOfLeaf(state.own)
  const meeting = commonAncestor(own, nodeOfLeaf(start))
  const below = own < meeting ? left(meeting) : right(meeting, tree.leaves)
  const climbed = climb(state.suite, tree, below, advance.secret(below))
  try {
    comparePath(state, climbed, 1, path)
    for (let i = 1; i < climbed.nodes.length; i++) advance.setSecret(climbed.nodes[i]!, secretAt(climbed, i))
  } finally {
    wipe(climbed.secrets)
  }
}

/** Takes over a path of this member's own leaf that somebody else published: every key is recomputed and compared. */
export function followOwnPath(state: GroupState, advance: Advance, secret: Uint8Array, path: Uint8Array): void {
  const { tree } = advance
  const nodes = checkPath(advance, state.own, path)
  const climbed = climb(state.suite, tree, nodeOfLeaf(state.own), secret)
  try {
    comparePath(state, climbed, 0, path)
    nodes.forEach((x, i) => {
      tree.setKey(x, keyAt(path, i))
    })
    keepOwn(state, advance, climbed)
  } finally {
    wipe(climbed.secrets)
  }
}
