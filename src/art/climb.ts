/** ART section 5: from a secret up to the root, and paths of public keys. */
import { ByteList } from '../base/byte-list.ts'
import { wipe } from '../base/secret.ts'
import {
  depth,
  type LeafCount,
  type LeafIndex,
  type NodeIndex,
  nodeOfLeaf,
  parent,
  root,
  sibling,
} from '../tree/math.ts'
import { type Bytes, KEY } from './labels.ts'
import type { TreeView } from './public-tree.ts'
import { type ArtSuite, parentSecret } from './suite.ts'

/** Nodes from the bottom up and their secrets, 32 bytes each. Owned by whoever asked for it. */
export interface Climb {
  readonly nodes: readonly NodeIndex[]
  readonly secrets: Bytes
}

/** The nodes whose public keys a new leaf secret changes, leaf first. The root has none. */
export function pathNodes(leaf: LeafIndex, n: LeafCount): NodeIndex[] {
  const nodes: NodeIndex[] = []
  const top = root(n)
  for (let x = nodeOfLeaf(leaf); x !== top; x = parent(x, n)!) nodes.push(x)
  return nodes
}

/** Computes the secrets of all nodes above `from`. The first node of the result is `from` itself. */
export function climb(suite: ArtSuite, tree: TreeView, from: NodeIndex, secret: Uint8Array): Climb {
  const n = tree.leaves
  const secrets = new Uint8Array(KEY * (depth(from, n) + 1))
  const nodes: NodeIndex[] = [from]
  secrets.set(secret)
  try {
    for (let i = 1, x = from; KEY * i < secrets.length; i++) {
      const above = parentSecret(suite, secrets.subarray(KEY * (i - 1), KEY * i), tree.key(sibling(x, n)!))
      secrets.set(above, KEY * i)
      wipe(above)
      nodes.push((x = parent(x, n)!))
    }
    return { nodes, secrets }
  } catch (error) {
    wipe(secrets)
    throw error
  }
}

/** The secret at position `i` of a climb. */
export const secretAt = ({ secrets }: Climb, i: number): Uint8Array => secrets.subarray(KEY * i, KEY * (i + 1))

/** The public keys of the nodes of a climb from position `from` on, without the root, in one bulk call. */
export function publicKeysOf({ dh }: ArtSuite, { secrets }: Climb, from = 0): Bytes {
  return dh.publicKeyMany(ByteList.fixed(secrets.subarray(KEY * from, secrets.length - KEY), KEY))
}
