/** A ratchet tree of plain objects, written straight from RFC 9420 without a thought for speed: the oracle of the tests. */
import { equalPublic } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import type { LeafNode } from '../../src/mls/leaf-node.ts'
import type { ParentNode } from '../../src/mls/ratchet-tree.ts'
import { type Node, type RatchetTree, TreeHashInput } from '../../src/mls/tree-structs.ts'
import type { KemTree, PathChange } from '../../src/mls/treekem.ts'
import {
  directPath,
  type LeafCount,
  type LeafIndex,
  leafCount,
  left,
  level,
  type NodeIndex,
  nodeOfLeaf,
  right,
} from '../../src/tree/math.ts'

export class ObjectTree implements KemTree {
  readonly suite: CipherSuite
  nodes: (Node | undefined)[]

  constructor(suite: CipherSuite, nodes: RatchetTree = []) {
    this.suite = suite
    this.nodes = [...nodes]
    let width = 1
    while (width < nodes.length) width = 2 * width + 1
    this.nodes.length = width
  }

  clone(): ObjectTree {
    return new ObjectTree(this.suite, this.nodes)
  }

  get leafCount(): LeafCount {
    return leafCount((this.nodes.length + 1) / 2)
  }

  get root(): NodeIndex {
    return ((this.nodes.length - 1) / 2) as NodeIndex
  }

  /** The nodes as they are sent: nothing after the last one that is not blank. */
  get sent(): RatchetTree {
    return this.nodes.slice(0, this.nodes.findLastIndex(node => node !== undefined) + 1)
  }

  leaf(leaf: number): LeafNode | undefined {
    const node = this.nodes[2 * leaf]
    return node?.nodeType === 'leaf' ? node.leafNode : undefined
  }

  parent(node: number): ParentNode | undefined {
    const found = this.nodes[node]
    return found?.nodeType === 'parent' ? found.parentNode : undefined
  }

  members(): LeafIndex[] {
    return Array.from({ length: this.leafCount }, (_, i) => i as LeafIndex).filter(i => this.leaf(i) !== undefined)
  }

  isBlank(node: NodeIndex): boolean {
    return this.nodes[node] === undefined
  }

  unmergedLeaves(node: NodeIndex): readonly number[] {
    return this.parent(node)?.unmergedLeaves ?? []
  }

  nextLeaf(from: number): number | undefined {
    return this.members().find(leaf => leaf >= from)
  }

  publicKeyAt(node: NodeIndex): Uint8Array | undefined {
    return (this.parent(node) ?? this.leaf(node / 2))?.encryptionKey
  }

  usesEncryptionKey(key: Uint8Array): boolean {
    return this.nodes.some((_, x) => {
      const own = this.publicKeyAt(x as NodeIndex)
      return own !== undefined && equalPublic(own, key)
    })
  }

  /** Section 7.8; leaves in `without` are treated as if they were not there. */
  treeHash(node: NodeIndex, without: ReadonlySet<number> = new Set()): Uint8Array {
    const input = (): TreeHashInput => {
      if (level(node) === 0) {
        const leafIndex = node / 2
        return {
          nodeType: 'leaf',
          leafNode: { leafIndex, leafNode: without.has(leafIndex) ? undefined : this.leaf(leafIndex) },
        }
      }
      const own = this.parent(node)
      const parentNode = own && { ...own, unmergedLeaves: own.unmergedLeaves.filter(leaf => !without.has(leaf)) }
      const leftHash = this.treeHash(left(node), without)
      const rightHash = this.treeHash(right(node, this.leafCount), without)
      return { nodeType: 'parent', parentNode: { parentNode, leftHash, rightHash } }
    }
    return this.suite.hash.digest(encode(TreeHashInput, input()))
  }

  /** Section 4.1.1. */
  resolution(node: NodeIndex): number[] {
    if (!this.isBlank(node)) return [node, ...this.unmergedLeaves(node).map(leaf => 2 * leaf)]
    if (level(node) === 0) return []
    return [...this.resolution(left(node)), ...this.resolution(right(node, this.leafCount))]
  }

  private blankPath(leaf: LeafIndex): void {
    for (const node of directPath(nodeOfLeaf(leaf), this.leafCount)) this.nodes[node] = undefined
  }

  /** Section 12.1.1. */
  add(leafNode: LeafNode): LeafIndex {
    let leaf = 0
    while (this.leaf(leaf) !== undefined) leaf++
    while (leaf >= this.leafCount) this.nodes.length = 2 * this.nodes.length + 1
    for (const node of directPath(nodeOfLeaf(leaf as LeafIndex), this.leafCount)) {
      const parentNode = this.parent(node)
      if (parentNode === undefined) continue
      const unmergedLeaves = [...parentNode.unmergedLeaves, leaf].sort((a, b) => a - b)
      this.nodes[node] = { nodeType: 'parent', parentNode: { ...parentNode, unmergedLeaves } }
    }
    this.nodes[2 * leaf] = { nodeType: 'leaf', leafNode }
    return leaf as LeafIndex
  }

  /** Section 12.1.2. */
  update(leaf: LeafIndex, leafNode: LeafNode): void {
    this.nodes[2 * leaf] = { nodeType: 'leaf', leafNode }
    this.blankPath(leaf)
  }

  /** Section 12.1.3. */
  remove(leaf: LeafIndex): void {
    this.nodes[2 * leaf] = undefined
    this.blankPath(leaf)
    while (this.nodes.length > 1 && this.nodes.slice(this.root + 1).every(node => node === undefined)) {
      this.nodes.length = this.root
    }
  }

  /** Section 7.5. */
  applyPath({ path, leafNode, publicKeys, parentHashes }: PathChange): void {
    this.blankPath(path.leaf)
    path.nodes.forEach((node, i) => {
      const parentNode = { encryptionKey: publicKeys[i]!, parentHash: parentHashes[i]!, unmergedLeaves: [] }
      this.nodes[node] = { nodeType: 'parent', parentNode }
    })
    this.nodes[nodeOfLeaf(path.leaf)] = { nodeType: 'leaf', leafNode }
  }
}
