/**
 * A tree of keys in columns: typed arrays by node, no object per node, so that 100,000 leaves are a few dozen allocations.
 *
 * A tree that exists is changed through an `Overlay`, which reads through to the store and is merged in time that follows what it
 * touched, or dropped for free; only a tree that is being put together is filled node by node.
 */

import { EMPTY } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import { hostRandom } from '../base/random.ts'
import { Arena } from './arena.ts'
import { BitTree } from './bit-tree.ts'
import { KeyIndex } from './key-index.ts'
import { type LeafCount, type LeafIndex, leafCount, type NodeIndex, width } from './math.ts'
import { hashSeed } from './seeded-hash.ts'
import type { TreeFormat, TreeView } from './view.ts'

const OCCUPIED = 1
const HAS_PARENT_HASH = 2
const HASHED = 4

/** What a node becomes. */
export interface NodeContent {
  /** Undefined makes the node blank. */
  readonly publicKey: Uint8Array | undefined
  /** For leaves: their content. */
  readonly leaf?: Uint8Array | undefined
  /** For inner nodes. */
  readonly parentHash?: Uint8Array
  readonly unmerged?: readonly number[] | Uint32Array
}

const NONE = new Uint32Array(0)

const anywhere = (): boolean => true

/** Columns over all nodes of a tree with a power of two of leaves, of which the tree itself may use fewer. */
class Columns {
  readonly format: TreeFormat
  readonly capacity: number
  readonly flags: Uint8Array
  readonly keys: Uint8Array
  readonly treeHashes: Uint8Array
  /** By inner node: node >> 1. */
  readonly parentHashes: Uint8Array
  /** By leaf. */
  readonly leafAddresses: Uint32Array
  readonly leafLengths: Uint32Array

  constructor(format: TreeFormat, capacity: number) {
    const nodes = 2 * capacity - 1
    this.format = format
    this.capacity = capacity
    this.flags = new Uint8Array(nodes)
    this.keys = new Uint8Array(nodes * format.keyLength)
    this.treeHashes = new Uint8Array(nodes * format.hashLength)
    this.parentHashes = new Uint8Array((capacity - 1) * format.hashLength)
    this.leafAddresses = new Uint32Array(capacity)
    this.leafLengths = new Uint32Array(capacity)
  }

  /** The same nodes with room for more. */
  grown(capacity: number): Columns {
    const columns = new Columns(this.format, capacity)
    columns.#all.forEach((column, i) => {
      column.set(this.#all[i]!)
    })
    return columns
  }

  get allocatedBytes(): number {
    return this.#all.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  get #all(): (Uint8Array | Uint32Array)[] {
    return [this.flags, this.keys, this.treeHashes, this.parentHashes, this.leafAddresses, this.leafLengths]
  }
}

/** How many bytes a store takes. */
export interface Footprint {
  /** The content of leaves that are in the tree. */
  readonly leafBytes: number
  /** Everything else that is allocated. */
  readonly overhead: number
}

/** A tree at rest. */
export class TreeStore implements TreeView {
  readonly format: TreeFormat
  #columns: Columns
  #arena = new Arena()
  #leafCount: LeafCount
  #memberCount = 0
  readonly #unmerged = new Map<number, Uint32Array>()
  readonly #occupied = new BitTree()
  readonly #publicKeys: KeyIndex
  readonly #signatureKeys: KeyIndex
  /** Counts merges: an overlay knows by it whether the store has changed under it. */
  #version = 0
  /** Where somebody wants to know: the nodes whose content has changed since it was last emptied. */
  changes: Set<number> | undefined

  /** A tree of `leaves` blank leaves. */
  constructor(format: TreeFormat, leaves = 1) {
    this.format = format
    this.#leafCount = leafCount(leaves)
    this.#columns = new Columns(format, capacityFor(leaves))
    const seed = hashSeed(hostRandom)
    this.#publicKeys = new KeyIndex(seed, place => this.publicKeyAt(place as NodeIndex))
    this.#signatureKeys = new KeyIndex(seed, place => this.signatureKeyAt(place as LeafIndex))
  }

  get leafCount(): LeafCount {
    return this.#leafCount
  }

  get memberCount(): number {
    return this.#memberCount
  }

  get version(): number {
    return this.#version
  }

  /** The staged view of leaves in use, for overlays. */
  get occupied(): BitTree {
    return this.#occupied
  }

  isBlank(node: NodeIndex): boolean {
    return !this.#has(node, OCCUPIED)
  }

  publicKeyAt(node: NodeIndex): Uint8Array | undefined {
    const { keyLength } = this.format
    return this.#has(node, OCCUPIED) ? this.#columns.keys.subarray(node * keyLength, (node + 1) * keyLength) : undefined
  }

  leafAt(leaf: LeafIndex): Uint8Array | undefined {
    if (!this.#has(2 * leaf, OCCUPIED)) return undefined
    return this.#arena.at(this.#columns.leafAddresses[leaf]!, this.#columns.leafLengths[leaf]!)
  }

  signatureKeyAt(leaf: LeafIndex): Uint8Array | undefined {
    const content = this.leafAt(leaf)
    return content === undefined ? undefined : this.format.signatureKey(content)
  }

  parentHashAt(node: NodeIndex): Uint8Array {
    const { hashLength } = this.format
    const row = (node >>> 1) * hashLength
    return this.#has(node, HAS_PARENT_HASH) ? this.#columns.parentHashes.subarray(row, row + hashLength) : EMPTY
  }

  /** Known hashes stay known for nodes beyond the tree too: there they are the hashes of blank subtrees. */
  treeHashAt(node: NodeIndex): Uint8Array | undefined {
    const { hashLength } = this.format
    if (((this.#columns.flags[node] ?? 0) & HASHED) === 0) return undefined
    return this.#columns.treeHashes.subarray(node * hashLength, (node + 1) * hashLength)
  }

  unmergedLeaves(node: NodeIndex): Uint32Array {
    return this.#unmerged.get(node) ?? NONE
  }

  nextLeaf(from: number): number | undefined {
    return this.#occupied.next(from)
  }

  firstBlankLeaf(): number {
    return Math.min(this.#occupied.firstGap(), this.#leafCount)
  }

  lastLeaf(): number | undefined {
    return this.#occupied.last()
  }

  findPublicKey(key: Uint8Array, accept: (node: number) => boolean = anywhere): NodeIndex | undefined {
    return this.#publicKeys.find(key, accept) as NodeIndex | undefined
  }

  findSignatureKey(key: Uint8Array, accept: (leaf: number) => boolean = anywhere): LeafIndex | undefined {
    return this.#signatureKeys.find(key, accept) as LeafIndex | undefined
  }

  /** What the tree costs in memory, apart from a few objects. */
  get footprint(): Footprint {
    const unmerged = [...this.#unmerged.values()].reduce((sum, list) => sum + list.byteLength + 100, 0)
    const indices = this.#publicKeys.allocatedBytes + this.#signatureKeys.allocatedBytes + this.#occupied.allocatedBytes
    const leafBytes = this.#arena.liveBytes
    return {
      leafBytes,
      overhead: this.#columns.allocatedBytes + this.#arena.allocatedBytes - leafBytes + unmerged + indices,
    }
  }

  /** Makes room in the indices for this many nodes and leaves that are to be filled: tables that double leave their halves behind. */
  reserve(nodes: number, leaves: number): void {
    this.#publicKeys.reserve(nodes)
    this.#signatureKeys.reserve(leaves)
  }

  /** Fills a blank node without staging, for whoever puts a new tree together; overlays that exist already are stale then. */
  fill(node: NodeIndex, content: NodeContent): void {
    this.#write(node, content)
    this.#version++
  }

  /** Notes the hash of a subtree that has been computed from what is in the tree. */
  setTreeHash(node: NodeIndex, hash: Uint8Array): void {
    this.#writeHash(node, hash)
  }

  /** Takes over staged changes: for `Overlay.merge`, which checks the version first. */
  apply(changes: StagedChanges): void {
    const needed = capacityFor(Math.max(changes.leafCount, changes.widest))
    if (needed > this.#columns.capacity) this.#columns = this.#columns.grown(needed)
    // all old keys go before any new one comes, since keys may move between nodes
    for (const node of changes.nodes.keys()) this.#forgetKeys(node)
    this.#publicKeys.reserve(this.#memberCount + changes.nodes.size)
    for (const [node, content] of changes.nodes) {
      this.#write(node, content)
      this.changes?.add(node)
    }
    for (const [node, hash] of changes.hashes) this.#writeHash(node, hash)
    this.#leafCount = changes.leafCount
    this.#version++
    if (this.#arena.wantsCompaction) this.#compact()
  }

  #has(node: number, flag: number): boolean {
    return node < width(this.#leafCount) && (this.#columns.flags[node]! & flag) !== 0
  }

  #forgetKeys(node: number): void {
    if (!this.#has(node, OCCUPIED)) return
    this.#publicKeys.delete(this.publicKeyAt(node as NodeIndex)!, node)
    if ((node & 1) === 0) {
      const leaf = (node >>> 1) as LeafIndex
      this.#signatureKeys.delete(this.signatureKeyAt(leaf)!, leaf)
      this.#arena.release(this.#columns.leafLengths[leaf]!)
      this.#memberCount--
    }
  }

  #write(node: number, { publicKey, leaf, parentHash = EMPTY, unmerged = NONE }: NodeContent): void {
    const { flags, keys, parentHashes, leafAddresses, leafLengths } = this.#columns
    const { keyLength, hashLength } = this.format
    flags[node] = 0
    this.#unmerged.delete(node)
    if ((node & 1) === 0) {
      if (publicKey === undefined) this.#occupied.delete(node >>> 1)
      else this.#occupied.add(node >>> 1)
    }
    if (publicKey === undefined) return
    flags[node] = OCCUPIED | (parentHash.length > 0 ? HAS_PARENT_HASH : 0)
    keys.set(publicKey, node * keyLength)
    this.#publicKeys.insert(publicKey, node)
    if ((node & 1) === 0) {
      const at = node >>> 1
      leafAddresses[at] = this.#arena.append(leaf!)
      leafLengths[at] = leaf!.length
      this.#signatureKeys.insert(this.format.signatureKey(leaf!), at)
      this.#memberCount++
    } else {
      parentHashes.set(parentHash, (node >>> 1) * hashLength)
      if (unmerged.length > 0) this.#unmerged.set(node, Uint32Array.from(unmerged))
    }
  }

  #writeHash(node: number, hash: Uint8Array | undefined): void {
    if (hash === undefined) this.#columns.flags[node]! &= ~HASHED
    else {
      this.#columns.treeHashes.set(hash, node * this.format.hashLength)
      this.#columns.flags[node]! |= HASHED
    }
  }

  #compact(): void {
    const { leafAddresses, leafLengths } = this.#columns
    const arena = new Arena()
    for (let leaf = this.nextLeaf(0); leaf !== undefined; leaf = this.nextLeaf(leaf + 1)) {
      leafAddresses[leaf] = arena.append(this.#arena.at(leafAddresses[leaf]!, leafLengths[leaf]!))
    }
    this.#arena = arena
  }
}

/** What an overlay hands over. */
export interface StagedChanges {
  readonly leafCount: LeafCount
  /** The largest number of leaves that the tree had while it was staged. */
  readonly widest: number
  readonly nodes: ReadonlyMap<number, NodeContent>
  /** New tree hashes; undefined for nodes whose hash is not known any more. */
  readonly hashes: ReadonlyMap<number, Uint8Array | undefined>
}

function capacityFor(leaves: number): number {
  if (leaves > 2 ** 30) throw new UsageError('wrong-argument', { expected: 'at most 2^30 leaves', leaves })
  return 2 ** Math.ceil(Math.log2(leaves))
}
