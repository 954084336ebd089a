/** ART section 5, SetupGroup: the whole tree from all leaf secrets, level by level in bulk. */
import { ByteList } from '../base/byte-list.ts'
import { wipe } from '../base/secret.ts'
import {
  directPath,
  leafCount,
  leafIndex,
  left,
  level,
  type NodeIndex,
  nodeOfLeaf,
  right,
  root,
  width,
} from '../tree/math.ts'
import { type Bytes, KEY } from './labels.ts'
import { nodesAtLevel } from './public-tree.ts'
import type { ArtSuite } from './suite.ts'

/** What the initiator keeps of the tree it built. */
export interface BuiltTree {
  /** Public keys in array order, zeros in place of the root. */
  readonly keys: Bytes
  /** The secrets of leaf 0 and of all nodes above it. */
  readonly secrets: ReadonlyMap<NodeIndex, Bytes>
}

const at = (bytes: Uint8Array, i: number): Uint8Array => bytes.subarray(KEY * i, KEY * (i + 1))

/** Builds the tree over leaf secrets of 32 bytes each. All secrets but those of leaf 0's path are wiped. */
export function buildTree({ dh, iota }: ArtSuite, leafSecrets: Uint8Array): BuiltTree {
  const n = leafCount(leafSecrets.length / KEY)
  const keys = new Uint8Array(KEY * width(n))
  const secrets = new Uint8Array(KEY * width(n))
  const top = root(n)
  const place = (nodes: readonly NodeIndex[], items: Uint8Array): void => {
    nodes.forEach((x, i) => {
      secrets.set(at(items, i), KEY * x)
    })
    const inner = nodes.at(-1) === top ? 0 : nodes.length
    const publicKeys = dh.publicKeyMany(ByteList.fixed(items.subarray(0, KEY * inner), KEY))
    for (let i = 0; i < inner; i++) keys.set(at(publicKeys, i), KEY * nodes[i]!)
  }
  try {
    place(nodesAtLevel(0, n), leafSecrets)
    for (let k = 1; k <= level(top); k++) {
      const nodes = nodesAtLevel(k, n)
      const own = new Uint8Array(KEY * nodes.length)
      const others = new Uint8Array(KEY * nodes.length)
      nodes.forEach((x, i) => {
        own.set(at(secrets, left(x)), KEY * i)
        others.set(at(keys, right(x, n)), KEY * i)
      })
      const shared = dh.sharedMany(ByteList.fixed(own, KEY), ByteList.fixed(others, KEY))
      const items = iota.many(shared)
      place(nodes, items)
      wipe(own, shared, items)
    }
    const first = nodeOfLeaf(leafIndex(0, n))
    const kept = [first, ...directPath(first, n)].map(x => [x, at(secrets, x).slice() as Bytes] as const)
    return { keys, secrets: new Map(kept) }
  } finally {
    wipe(secrets)
  }
}
