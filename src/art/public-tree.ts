/** ART section 2: the public tree in array form, its hash cached for each node, and changes staged over it. */

import { ByteList } from '../base/byte-list.ts'
import { copyOf } from '../base/bytes.ts'
import { BugError } from '../base/errors.ts'
import {
  isLeaf,
  type LeafCount,
  leafCount,
  left,
  level,
  type NodeIndex,
  parent,
  right,
  root,
  width,
} from '../tree/math.ts'
import { type Bytes, KEY } from './labels.ts'
import type { ArtSuite } from './suite.ts'

const LEAF = 0
const INNER = 1
const ROOT = 2

/** What a tree shows: of the root there is no public key, because nobody needs one. */
export interface TreeView {
  readonly leaves: LeafCount
  key(x: NodeIndex): Uint8Array
  hash(x: NodeIndex): Uint8Array
}

/** What the hash of a node covers. */
function hashInput(tree: TreeView, x: NodeIndex): Bytes {
  if (isLeaf(x)) {
    const input = new Uint8Array(1 + KEY)
    input[0] = LEAF
    input.set(tree.key(x), 1)
    return input
  }
  const isRoot = x === root(tree.leaves)
  const own = isRoot ? 0 : KEY
  const input = new Uint8Array(1 + own + 2 * KEY)
  input[0] = isRoot ? ROOT : INNER
  if (!isRoot) input.set(tree.key(x), 1)
  input.set(tree.hash(left(x)), 1 + own)
  input.set(tree.hash(right(x, tree.leaves)), 1 + own + KEY)
  return input
}

/** The nodes of one level, from the left. */
export function nodesAtLevel(k: number, n: LeafCount): NodeIndex[] {
  const nodes: NodeIndex[] = []
  for (let x = 2 ** k - 1; x < width(n); x += 2 ** (k + 1)) nodes.push(x as NodeIndex)
  return nodes
}

// bounds the working memory of hashing a whole level
const HASHED_AT_ONCE = 4096

/** Two columns of 32 bytes: 12.8 MB at 100,000 members, no object per node. */
export class PublicTree implements TreeView {
  #leaves: LeafCount
  #keys: Uint8Array
  #hashes: Uint8Array

  private constructor(leaves: LeafCount, keys: Uint8Array) {
    this.#leaves = leaves
    this.#keys = keys
    this.#hashes = new Uint8Array(keys.length)
  }

  /** From all public keys in array order; copies them. Hashes every node, level by level in bulk. */
  static from(suite: ArtSuite, keys: Uint8Array): PublicTree {
    const n = leafCount((keys.length / KEY + 1) / 2)
    const tree = new PublicTree(n, copyOf(keys))
    for (let k = 0; k <= level(root(n)); k++) {
      // the root is hashed apart: its input has another length
      const nodes = nodesAtLevel(k, n).filter(x => x !== root(n))
      for (let from = 0; from < nodes.length; from += HASHED_AT_ONCE) {
        const some = nodes.slice(from, from + HASHED_AT_ONCE)
        const digests = suite.hash.digestMany(ByteList.of(some.map(x => hashInput(tree, x))))
        some.forEach((x, i) => {
          tree.#hashes.set(digests.subarray(KEY * i, KEY * (i + 1)), KEY * x)
        })
      }
    }
    tree.#hashes.set(suite.hash.digest(hashInput(tree, root(n))), KEY * root(n))
    return tree
  }

  get leaves(): LeafCount {
    return this.#leaves
  }

  /** Bytes held, room for growth included. */
  get allocatedBytes(): number {
    return this.#keys.length + this.#hashes.length
  }

  key(x: NodeIndex): Uint8Array {
    return this.#keys.subarray(KEY * x, KEY * x + KEY)
  }

  hash(x: NodeIndex): Uint8Array {
    return this.#hashes.subarray(KEY * x, KEY * x + KEY)
  }

  /** All public keys in array order, the place of the root filled with zeros. */
  toBytes(): Bytes {
    return this.#keys.slice(0, KEY * width(this.#leaves)) as Bytes
  }

  /** Takes over staged changes. */
  apply(leaves: LeafCount, keys: ReadonlyMap<NodeIndex, Uint8Array>, hashes: ReadonlyMap<NodeIndex, Uint8Array>): void {
    const needed = KEY * width(leaves)
    if (needed > this.#keys.length) {
      const grow = (old: Uint8Array): Uint8Array => {
        const grown = new Uint8Array(Math.max(needed, Math.ceil((old.length * 9) / 8)))
        grown.set(old)
        return grown
      }
      this.#keys = grow(this.#keys)
      this.#hashes = grow(this.#hashes)
    }
    this.#leaves = leaves
    for (const [x, key] of keys) this.#keys.set(key, KEY * x)
    for (const [x, hash] of hashes) this.#hashes.set(hash, KEY * x)
  }
}

/** Changes over a tree, seen as if they were made. Dropping them costs nothing; applying them costs what they touched. */
export class StagedTree implements TreeView {
  readonly #suite: ArtSuite
  readonly #base: PublicTree
  readonly #keys = new Map<NodeIndex, Uint8Array>()
  readonly #hashes = new Map<NodeIndex, Uint8Array>()
  #leaves: LeafCount

  constructor(suite: ArtSuite, base: PublicTree) {
    this.#suite = suite
    this.#base = base
    this.#leaves = base.leaves
  }

  get leaves(): LeafCount {
    return this.#leaves
  }

  /** The changed public keys. */
  get changed(): ReadonlyMap<NodeIndex, Uint8Array> {
    return this.#keys
  }

  key(x: NodeIndex): Uint8Array {
    return this.#keys.get(x) ?? this.#base.key(x)
  }

  hash(x: NodeIndex): Uint8Array {
    return this.#hashes.get(x) ?? this.#base.hash(x)
  }

  /** Sets a public key; copies it. The hashes are out of date until `rehash`. */
  setKey(x: NodeIndex, key: Uint8Array): void {
    this.#keys.set(x, copyOf(key))
  }

  /** All public keys in array order, as if the changes were made. */
  toBytes(): Bytes {
    const out = new Uint8Array(KEY * width(this.#leaves))
    const base = this.#base.toBytes()
    out.set(base)
    for (const [x, key] of this.#keys) out.set(key, KEY * x)
    return out
  }

  /** Adds one leaf on the right. The caller sets the keys of its path and, where the tree was full, that of the old root. */
  grow(): void {
    this.#leaves = leafCount(this.#leaves + 1)
  }

  /** Hashes what changed and everything above, and returns the hash of the tree. */
  rehash(): Uint8Array {
    const n = this.#leaves
    const stale = new Set<NodeIndex>()
    for (const changed of this.#keys.keys()) {
      for (let x: NodeIndex | undefined = changed; x !== undefined && !stale.has(x); x = parent(x, n)) stale.add(x)
    }
    const upwards = [...stale].sort((a, b) => level(a) - level(b))
    for (const x of upwards) this.#hashes.set(x, this.#suite.hash.digest(hashInput(this, x)))
    return this.hash(root(n))
  }

  /** Writes everything into the tree below. */
  apply(): void {
    if (this.#keys.size === 0) throw new BugError('broken-invariant', { expected: 'changes' })
    this.#base.apply(this.#leaves, this.#keys, this.#hashes)
  }
}
