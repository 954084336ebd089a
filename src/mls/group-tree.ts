/** RFC 9420 sections 7 and 12.1.1 to 12.1.3: the ratchet tree of a group, at rest and with changes staged. */
import { UsageError } from '../base/errors.ts'
import { encodingOf } from '../codec/kept.ts'
import { lengthSize, Writer } from '../codec/writer.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { type LeafCount, type LeafIndex, type NodeIndex, nodeOfLeaf, parent } from '../tree/math.ts'
import { Overlay } from '../tree/overlay.ts'
import { TreeStore } from '../tree/store.ts'
import { featuresOf, type KeyLookup } from './leaf-checks.ts'
import { LeafNode } from './leaf-node.ts'
import { NodeType } from './ratchet-tree.ts'
import { leafNodeAt, ratchetTreeFormat } from './tree-format.ts'
import { treeHash, writeParentNode } from './tree-hash.ts'
import { TreeSummary } from './tree-summary.ts'
import type { KemTree, PathChange } from './treekem.ts'

/** A ratchet tree at rest: its nodes, and the summary of what its members support. */
export class GroupTree {
  readonly suite: CipherSuite
  readonly store: TreeStore
  readonly summary: TreeSummary

  /** An empty tree of one blank leaf; or what a loader has put together. */
  constructor(suite: CipherSuite, store = new TreeStore(ratchetTreeFormat(suite)), summary = new TreeSummary()) {
    this.suite = suite
    this.store = store
    this.summary = summary
  }

  get leafCount(): LeafCount {
    return this.store.leafCount
  }

  get memberCount(): number {
    return this.store.memberCount
  }

  /** A member's leaf, decoded; undefined where it is blank. */
  leafNode(leaf: LeafIndex): LeafNode | undefined {
    return leafNodeAt(this.store, leaf)
  }

  /** The occupied leaves from left to right. */
  *leaves(): IterableIterator<LeafIndex> {
    for (let leaf = this.store.nextLeaf(0); leaf !== undefined; leaf = this.store.nextLeaf(leaf + 1)) {
      yield leaf as LeafIndex
    }
  }

  /** Starts staging changes. */
  stage(): StagedTree {
    return new StagedTree(this)
  }

  /** Section 12.4.3.3: the tree as it is sent, without the blanks after its last node. */
  encode(): Uint8Array<ArrayBuffer> {
    return encodeTree(this.store)
  }
}

/** Changes to a ratchet tree, merged or forgotten as a whole. */
export class StagedTree implements KemTree, KeyLookup {
  readonly suite: CipherSuite
  readonly nodes: Overlay
  readonly summary: TreeSummary

  constructor({ suite, store, summary }: GroupTree) {
    this.suite = suite
    this.nodes = new Overlay(store)
    this.summary = summary.stage()
  }

  get leafCount(): LeafCount {
    return this.nodes.leafCount
  }

  isBlank(node: NodeIndex): boolean {
    return this.nodes.isBlank(node)
  }

  publicKeyAt(node: NodeIndex): Uint8Array | undefined {
    return this.nodes.publicKeyAt(node)
  }

  unmergedLeaves(node: NodeIndex): readonly number[] | Uint32Array {
    return this.nodes.unmergedLeaves(node)
  }

  nextLeaf(from: number): number | undefined {
    return this.nodes.nextLeaf(from)
  }

  leafNode(leaf: LeafIndex): LeafNode | undefined {
    return leafNodeAt(this.nodes, leaf)
  }

  usesEncryptionKey(key: Uint8Array): boolean {
    return this.nodes.findPublicKey(key) !== undefined
  }

  usesSignatureKey(key: Uint8Array): boolean {
    return this.nodes.findSignatureKey(key) !== undefined
  }

  /** The hash of a subtree, or of the whole tree: computed where it is not known, and kept. A view: copy it to keep it. */
  treeHash(node?: NodeIndex): Uint8Array {
    return treeHash(this.nodes, this.suite.hash, node)
  }

  /** The leftmost blank leaf; the tree doubles where there is none. */
  makeRoom(): LeafIndex {
    const leaf = this.nodes.firstBlankLeaf() as LeafIndex
    if ((leaf as number) === this.leafCount) this.nodes.resize(2 * this.leafCount)
    return leaf
  }

  /** Section 12.1.1: puts a member into the leftmost blank leaf. Returns the leaf. */
  add(leafNode: LeafNode): LeafIndex {
    const leaf = this.makeRoom()
    const { leafCount } = this
    for (let p = parent(nodeOfLeaf(leaf), leafCount); p !== undefined; p = parent(p, leafCount)) {
      if (!this.isBlank(p)) this.nodes.addUnmerged(p, leaf)
    }
    this.#setLeaf(leaf, leafNode)
    return leaf
  }

  /** Fills a blank leaf of one's choice, touching nothing else: to rebuild a tree whose other nodes are put in as well. */
  put(leaf: LeafIndex, leafNode: LeafNode): void {
    if (!this.isBlank(nodeOfLeaf(leaf))) throw new UsageError('wrong-argument', { expected: 'a blank leaf', leaf })
    this.#setLeaf(leaf, leafNode)
  }

  /** Section 12.1.2: replaces a member's leaf and blanks what is above it. */
  update(leaf: LeafIndex, leafNode: LeafNode): void {
    this.#forgetLeaf(leaf)
    this.#setLeaf(leaf, leafNode)
    this.#blankPath(leaf)
  }

  /** Section 12.1.3: blanks a member's leaf and what is above it; the tree halves while its right half is empty. */
  remove(leaf: LeafIndex): void {
    this.#forgetLeaf(leaf)
    this.nodes.blank(nodeOfLeaf(leaf))
    this.#blankPath(leaf)
    this.#truncate()
  }

  /** Section 7.5: puts a new path in place of the direct path of its sender, whose leaf is blank if it joins by that. */
  applyPath({ path, leafNode, publicKeys, parentHashes }: PathChange): void {
    if (!this.isBlank(nodeOfLeaf(path.leaf))) this.#forgetLeaf(path.leaf)
    this.#setLeaf(path.leaf, leafNode)
    this.#blankPath(path.leaf)
    path.nodes.forEach((node, i) => {
      this.nodes.setParent(node, publicKeys[i]!, parentHashes[i]!)
    })
  }

  /** Takes all changes into the tree that this was staged on. */
  merge(): void {
    this.nodes.merge()
    this.summary.merge()
  }

  #setLeaf(leaf: LeafIndex, leafNode: LeafNode): void {
    this.nodes.setLeaf(leaf, encodingOf(LeafNode, leafNode), leafNode.encryptionKey)
    this.summary.add(featuresOf(leafNode))
  }

  #forgetLeaf(leaf: LeafIndex): void {
    const current = this.leafNode(leaf)
    if (current === undefined) throw new UsageError('wrong-argument', { expected: 'a leaf with a member', leaf })
    this.summary.remove(featuresOf(current))
  }

  #blankPath(leaf: LeafIndex): void {
    const { leafCount } = this
    for (let p = parent(nodeOfLeaf(leaf), leafCount); p !== undefined; p = parent(p, leafCount)) this.nodes.blank(p)
  }

  /** Section 7.7: no right half without members. A tree without members keeps one leaf. */
  #truncate(): void {
    const needed = (this.nodes.lastLeaf() ?? 0) + 1
    let leaves: number = this.leafCount
    while (leaves > 1 && leaves / 2 >= needed) leaves /= 2
    if (leaves !== this.leafCount) this.nodes.resize(leaves)
  }
}

/** Section 12.4.3.3: the ratchet_tree vector of a tree, in a buffer made for it: of a large tree a second one would be too much. */
export function encodeTree(tree: TreeStore | Overlay): Uint8Array<ArrayBuffer> {
  const last = lastNode(tree)
  let size = 0
  for (let node = 0; node <= last; node++) size += encodedSize(tree, node as NodeIndex)
  const writer = new Writer(lengthSize(size) + size)
  writer.length(size)
  for (let node = 0; node <= last; node++) {
    if ((node & 1) === 0) writeLeaf(writer, tree.leafAt((node / 2) as LeafIndex))
    else writeParent(writer, tree, node as NodeIndex)
  }
  return writer.bytes
}

const opaqueSize = (length: number): number => lengthSize(length) + length

function encodedSize(tree: TreeStore | Overlay, node: NodeIndex): number {
  const publicKey = tree.publicKeyAt(node)
  if (publicKey === undefined) return 1
  if ((node & 1) === 0) return 2 + tree.leafAt((node / 2) as LeafIndex)!.length
  const [parentHash, unmerged] = [tree.parentHashAt(node), tree.unmergedLeaves(node)]
  return 2 + opaqueSize(publicKey.length) + opaqueSize(parentHash.length) + opaqueSize(4 * unmerged.length)
}

/** copath-mls-12.4.3.3-02: no blank node is sent after it. */
function lastNode(tree: TreeStore | Overlay): number {
  let node = 2 * tree.leafCount - 2
  while (node >= 0 && tree.isBlank(node as NodeIndex)) node--
  return node
}

function writeLeaf(writer: Writer, leaf: Uint8Array | undefined): void {
  writer.uint8(leaf === undefined ? 0 : 1)
  if (leaf === undefined) return
  writer.uint8(NodeType.numbers.leaf)
  writer.raw(leaf)
}

function writeParent(writer: Writer, tree: TreeStore | Overlay, node: NodeIndex): void {
  const publicKey = tree.publicKeyAt(node)
  writer.uint8(publicKey === undefined ? 0 : 1)
  if (publicKey === undefined) return
  writer.uint8(NodeType.numbers.parent)
  writeParentNode(writer, tree, node, { publicKey, unmerged: tree.unmergedLeaves(node) })
}
