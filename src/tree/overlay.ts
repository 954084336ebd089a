/** Changes to a tree, staged: read through, listed, merged in time that follows what was touched, or simply forgotten. */
import { EMPTY } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import { hostRandom } from '../base/random.ts'
import { StagedBitTree } from './bit-tree.ts'
import { KeyIndex } from './key-index.ts'
import { directPath, type LeafCount, type LeafIndex, leafCount, type NodeIndex, parent, width } from './math.ts'
import { hashSeed } from './seeded-hash.ts'
import type { NodeContent, TreeStore } from './store.ts'
import type { TreeFormat, TreeView } from './view.ts'

const BLANK: NodeContent = { publicKey: undefined }
const NONE: readonly number[] = []

/** A staged inner node; its list of unmerged leaves is the overlay's own. */
interface StagedParent extends NodeContent {
  readonly publicKey: Uint8Array
  readonly parentHash: Uint8Array
  readonly unmerged: number[]
}

/**
 * A tree that differs from a store. Several overlays over one store never see each other; once one is merged the others are
 * stale, and using a stale one is an error.
 */
export class Overlay implements TreeView {
  readonly base: TreeStore
  readonly #version: number
  readonly #nodes = new Map<number, NodeContent>()
  readonly #hashes = new Map<number, Uint8Array | undefined>()
  readonly #occupied: StagedBitTree
  readonly #publicKeys: KeyIndex
  readonly #signatureKeys: KeyIndex
  #leafCount: LeafCount
  #widest: number
  #memberCount: number
  #merged = false

  constructor(base: TreeStore) {
    this.base = base
    this.#version = base.version
    this.#leafCount = base.leafCount
    this.#widest = base.leafCount
    this.#memberCount = base.memberCount
    this.#occupied = new StagedBitTree(base.occupied)
    const seed = hashSeed(hostRandom)
    this.#publicKeys = new KeyIndex(seed, place => this.publicKeyAt(place as NodeIndex))
    this.#signatureKeys = new KeyIndex(seed, place => this.#signatureKeyAt(place as LeafIndex))
  }

  get format(): TreeFormat {
    return this.base.format
  }

  get leafCount(): LeafCount {
    return this.#leafCount
  }

  get memberCount(): number {
    return this.#memberCount
  }

  /** The nodes whose content was changed, in the order in which they were first touched: what persistence has to write. */
  get touched(): IterableIterator<NodeIndex> {
    return this.#nodes.keys() as IterableIterator<NodeIndex>
  }

  get touchedCount(): number {
    return this.#nodes.size
  }

  /** The largest number of leaves that the tree has had while it was staged. */
  get widest(): number {
    return this.#widest
  }

  isBlank(node: NodeIndex): boolean {
    const staged = this.#staged(node)
    return staged === undefined ? this.base.isBlank(node) : staged.publicKey === undefined
  }

  publicKeyAt(node: NodeIndex): Uint8Array | undefined {
    const staged = this.#staged(node)
    return staged === undefined ? this.base.publicKeyAt(node) : staged.publicKey
  }

  leafAt(leaf: LeafIndex): Uint8Array | undefined {
    const staged = this.#staged((2 * leaf) as NodeIndex)
    return staged === undefined ? this.base.leafAt(leaf) : staged.leaf
  }

  parentHashAt(node: NodeIndex): Uint8Array {
    const staged = this.#staged(node)
    return staged === undefined ? this.base.parentHashAt(node) : (staged.parentHash ?? EMPTY)
  }

  unmergedLeaves(node: NodeIndex): readonly number[] | Uint32Array {
    const staged = this.#staged(node)
    return staged === undefined ? this.base.unmergedLeaves(node) : (staged.unmerged ?? NONE)
  }

  treeHashAt(node: NodeIndex): Uint8Array | undefined {
    this.#checkFresh()
    return this.#hashes.has(node) ? this.#hashes.get(node) : this.base.treeHashAt(node)
  }

  nextLeaf(from: number): number | undefined {
    this.#checkFresh()
    return this.#occupied.next(from)
  }

  firstBlankLeaf(): number {
    this.#checkFresh()
    return Math.min(this.#occupied.firstGap(), this.#leafCount)
  }

  lastLeaf(): number | undefined {
    this.#checkFresh()
    return this.#occupied.last()
  }

  findPublicKey(key: Uint8Array): NodeIndex | undefined {
    this.#checkFresh()
    const here = this.#publicKeys.find(key, () => true)
    return (here ?? this.base.findPublicKey(key, node => !this.#nodes.has(node))) as NodeIndex | undefined
  }

  findSignatureKey(key: Uint8Array): LeafIndex | undefined {
    this.#checkFresh()
    const here = this.#signatureKeys.find(key, () => true)
    return (here ?? this.base.findSignatureKey(key, leaf => !this.#nodes.has(2 * leaf))) as LeafIndex | undefined
  }

  // Keys and hashes are copied: they may be views of rows of the store that the merge writes before it comes to this node.

  /** Fills a leaf, blank or not. Its hash and those above are not known any more. */
  setLeaf(leaf: LeafIndex, content: Uint8Array, publicKey: Uint8Array): void {
    const node = this.#check((2 * leaf) as NodeIndex)
    this.#checkKey(publicKey)
    if (this.isBlank(node)) {
      this.#memberCount++
      this.#occupied.add(leaf)
    }
    this.#nodes.set(node, { publicKey: publicKey.slice(), leaf: content })
    this.#publicKeys.insert(publicKey, node)
    this.#signatureKeys.insert(this.format.signatureKey(content), leaf)
    this.#forgetHash(node)
  }

  /** Fills an inner node; it has no unmerged leaves then. */
  setParent(node: NodeIndex, publicKey: Uint8Array, parentHash: Uint8Array, unmerged: readonly number[] = NONE): void {
    this.#check(node)
    this.#checkKey(publicKey)
    if (parentHash.length !== 0 && parentHash.length !== this.format.hashLength) {
      throw new UsageError('wrong-length', { expected: this.format.hashLength, got: parentHash.length })
    }
    this.#nodes.set(node, { publicKey: publicKey.slice(), parentHash: parentHash.slice(), unmerged: [...unmerged] })
    this.#publicKeys.insert(publicKey, node)
    this.#forgetHash(node)
  }

  /** Adds a leaf to the unmerged leaves of an inner node that is not blank. */
  addUnmerged(node: NodeIndex, leaf: LeafIndex): void {
    const { unmerged } = this.#ownParent(node)
    // leaves are added from left to right, so this is nearly always the end
    let at = unmerged.length
    while (at > 0 && unmerged[at - 1]! > leaf) at--
    if (unmerged[at - 1] !== leaf) unmerged.splice(at, 0, leaf)
  }

  /** Makes a node blank. */
  blank(node: NodeIndex): void {
    this.#check(node)
    if (this.isBlank(node)) return
    if ((node & 1) === 0) {
      this.#memberCount--
      this.#occupied.delete(node >>> 1)
    }
    this.#nodes.set(node, BLANK)
    this.#forgetHash(node)
  }

  /** Notes the hash of a subtree. */
  setTreeHash(node: NodeIndex, hash: Uint8Array): void {
    this.#checkFresh()
    this.#hashes.set(node, hash)
  }

  /** Changes the number of leaves. Leaves that fall away must be blank, and so must the inner nodes among them. */
  resize(leaves: number): void {
    this.#checkFresh()
    const last = this.lastLeaf()
    if (last !== undefined && last >= leaves) throw new UsageError('wrong-argument', { leaves, occupied: last })
    const [smaller, larger] = [Math.min(this.#leafCount, leaves), Math.max(this.#leafCount, leaves)]
    this.#leafCount = leafCount(leaves)
    this.#widest = Math.max(this.#widest, leaves)
    // Nodes that one of the trees cuts short, or that are above the smaller one: their hashes belong to trees of one size. All
    // are forgotten, whatever is forgotten already, since what is beyond the tree does not hear of changes in it.
    for (const edge of [smaller, larger]) {
      for (const node of directPath((2 * edge - 2) as NodeIndex, leafCount(larger))) this.#hashes.set(node, undefined)
    }
  }

  /** Writes everything into the store. This overlay and all others over it are used up. */
  merge(): void {
    this.#checkFresh()
    this.#merged = true
    this.base.apply({
      leafCount: this.#leafCount,
      widest: this.#widest,
      nodes: this.#nodes,
      hashes: this.#hashes,
    })
  }

  #checkFresh(): void {
    if (this.#merged || this.#version !== this.base.version) throw new UsageError('stale-overlay')
  }

  #check(node: NodeIndex): NodeIndex {
    this.#checkFresh()
    if (!(node >= 0 && node < width(this.#leafCount))) {
      throw new UsageError('outside-tree', { node, leaves: this.#leafCount })
    }
    return node
  }

  #checkKey(publicKey: Uint8Array): void {
    const { keyLength } = this.format
    if (publicKey.length !== keyLength)
      throw new UsageError('wrong-length', { expected: keyLength, got: publicKey.length })
  }

  /** The content of a node here; undefined where it is the store's. Nodes beyond the tree are blank. */
  #staged(node: NodeIndex): NodeContent | undefined {
    this.#checkFresh()
    return node < width(this.#leafCount) ? this.#nodes.get(node) : BLANK
  }

  #signatureKeyAt(leaf: LeafIndex): Uint8Array | undefined {
    const content = this.leafAt(leaf)
    return content === undefined ? undefined : this.format.signatureKey(content)
  }

  /** The inner node as a copy that belongs to this overlay. */
  #ownParent(node: NodeIndex): StagedParent {
    const publicKey = this.publicKeyAt(this.#check(node))
    if (publicKey === undefined) throw new UsageError('wrong-argument', { expected: 'a node that is not blank', node })
    let own = this.#nodes.get(node) as StagedParent | undefined
    if (own === undefined) {
      own = { publicKey, parentHash: this.parentHashAt(node), unmerged: [...this.unmergedLeaves(node)] }
      this.#nodes.set(node, own)
      this.#publicKeys.insert(publicKey, node)
    }
    this.#forgetHash(node)
    return own
  }

  /** The hashes of a node and of all above it are not known any more. Walks up no further than to what is not known already. */
  #forgetHash(node: NodeIndex): void {
    if (this.#isForgotten(node)) return
    this.#hashes.set(node, undefined)
    for (let p = parent(node, this.#leafCount); p !== undefined; p = parent(p, this.#leafCount)) {
      if (this.#isForgotten(p)) return
      this.#hashes.set(p, undefined)
    }
  }

  #isForgotten(node: NodeIndex): boolean {
    return this.#hashes.has(node) && this.#hashes.get(node) === undefined
  }
}
