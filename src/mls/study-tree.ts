/** RFC 9420 sections 4, 7 and 12.1 to look at: a ratchet tree whose members are all simulated, each with the keys it knows. */
import { EMPTY, equalPublic } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import { SecretBytes } from '../base/secret.ts'
import { createProvider, defaultProvider } from '../crypto/default-provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { drawTree } from '../tree/draw.ts'
import {
  copath,
  directPath,
  isLeaf,
  type LeafCount,
  type LeafIndex,
  leafIndex,
  leafOfNode,
  type NodeIndex,
  nodeIndex,
  nodeOfLeaf,
  root,
} from '../tree/math.ts'
import { type FilteredPath, filteredDirectPath, resolution } from '../tree/resolution.ts'
import { preparePath } from './create-path.ts'
import { GroupTree } from './group-tree.ts'
import type { LeafNode } from './leaf-node.ts'
import { readTree } from './load-tree.ts'
import { followCommit, type StudyCommit } from './study-commit.ts'
import { type Simulated, STUDY_GROUP, StudyDraft } from './study-draft.ts'
import { seededRandom } from './study-inputs.ts'
import { defaultName, printable } from './study-names.ts'

/** How a tree is made. */
export interface StudyOptions {
  /** Suite 1 of the default provider unless given. */
  readonly suite?: CipherSuite
}

/** How a tree is made of new members. */
export interface BuildOptions extends StudyOptions {
  /**
   * Makes all keys, then and later, depend on this text alone, so that every run is the same: by the default provider, for the
   * suite of the same number. Nothing is secret in such a tree.
   */
  readonly seed?: string
}

/** What a commit does besides its update path, applied in this order. */
export interface StudyProposals {
  readonly updates?: readonly number[]
  readonly removes?: readonly number[]
  /** Names of new members. */
  readonly adds?: readonly string[]
}

/** A key pair that a member knows. */
export interface KnownKey {
  readonly node: NodeIndex
  readonly publicKey: Uint8Array
  /** A copy: whoever asked owns it. */
  readonly privateKey: SecretBytes
}

/** A ratchet tree and its members. All of them run here, so it is for study, tests and cross-checks, not for a group. */
export class StudyTree {
  readonly suite: CipherSuite
  readonly #tree: GroupTree
  readonly #members = new Map<LeafIndex, Simulated>()
  #epoch = 0n

  private constructor(suite: CipherSuite, tree: GroupTree) {
    this.suite = suite
    this.#tree = tree
  }

  /** A tree of members added one after the other: how many, or their names. All inner nodes are blank. */
  static build(
    members: number | readonly string[],
    { suite = defaultProvider().suite(1), seed }: BuildOptions = {},
  ): StudyTree {
    const names = typeof members === 'number' ? Array.from({ length: members }, (_, i) => defaultName(i)) : members
    if (names.length === 0) throw new UsageError('wrong-argument', { expected: 'at least one member' })
    const used = seed === undefined ? suite : createProvider({ random: seededRandom(seed) }).suite(suite.id)
    const study = new StudyTree(used, new GroupTree(used))
    study.#change(draft => {
      for (const name of names) draft.join(name)
    })
    return study
  }

  /** A tree from its ratchet_tree encoding, checked as far as that goes without a group. Nobody's private keys are known. */
  static read(bytes: Uint8Array, { suite = defaultProvider().suite(1) }: StudyOptions = {}): StudyTree {
    return new StudyTree(suite, readTree(suite, bytes))
  }

  /** How many leaves there are, blank ones included: a power of two. */
  get leafCount(): LeafCount {
    return this.#tree.leafCount
  }

  /** How many leaves are not blank. */
  get memberCount(): number {
    return this.#tree.memberCount
  }

  /** The leaves with members, from left to right. */
  members(): LeafIndex[] {
    return [...this.#tree.leaves()]
  }

  /** What a member is called: the identity of its credential, in hexadecimal where that is not printable text. */
  nameOf(leaf: number): string {
    const { credential } = this.leafNode(leaf)
    if (credential.credentialType !== 'basic') return `(${credential.credentialType})`
    return printable(credential.identity)
  }

  /** A member's leaf node. */
  leafNode(leaf: number): LeafNode {
    const found = this.#tree.leafNode(leafIndex(leaf, this.leafCount))
    if (found === undefined) throw new UsageError('wrong-argument', { expected: 'a leaf with a member', leaf })
    return found
  }

  /** The ratchet_tree encoding. */
  encode(): Uint8Array<ArrayBuffer> {
    return this.#tree.encode()
  }

  /** The root of the tree. */
  root(): NodeIndex {
    return root(this.leafCount)
  }

  /** The ancestors of a leaf, from the bottom up. */
  directPath(leaf: number): NodeIndex[] {
    return directPath(this.#nodeOfLeaf(leaf), this.leafCount)
  }

  /** The siblings of a leaf and its ancestors, from the bottom up. */
  copath(leaf: number): NodeIndex[] {
    return copath(this.#nodeOfLeaf(leaf), this.leafCount)
  }

  /** Section 4.1.2: the direct path of a leaf without the nodes whose other side resolves to nobody. */
  filteredDirectPath(leaf: number): FilteredPath {
    return filteredDirectPath(this.#tree.store, leafIndex(leaf, this.leafCount))
  }

  /** Section 4.1.1: the nodes that together cover everybody below a node. */
  resolution(node: number): NodeIndex[] {
    return resolution(this.#tree.store, this.#node(node))
  }

  /** Whether a node has no key. */
  isBlank(node: number): boolean {
    return this.#tree.store.isBlank(this.#node(node))
  }

  /** A copy of the public key of a node; undefined where it is blank. */
  publicKey(node: number): Uint8Array | undefined {
    return this.#tree.store.publicKeyAt(this.#node(node))?.slice()
  }

  /** The leaves below a node whose members do not know its private key. */
  unmergedLeaves(node: number): number[] {
    return isLeaf(this.#node(node)) ? [] : [...this.#tree.store.unmergedLeaves(this.#node(node))]
  }

  /** The tree hash of a subtree, by default of the whole tree. */
  treeHash(node: number = this.root()): Uint8Array {
    return this.#tree.stage().treeHash(this.#node(node)).slice()
  }

  /** The parent hash that a node carries; empty where it has none. */
  parentHash(node: number): Uint8Array {
    const at = this.#node(node)
    if (!isLeaf(at)) return this.#tree.store.parentHashAt(at).slice()
    const leaf = this.#tree.leafNode(leafOfNode(at))
    return leaf?.leafNodeSource === 'commit' ? leaf.parentHash : EMPTY
  }

  /** The key pairs that a simulated member knows, from its leaf up. */
  knownKeys(leaf: number): KnownKey[] {
    const { held } = this.#simulated(leaf)
    return [this.#nodeOfLeaf(leaf), ...this.directPath(leaf)].flatMap(node => {
      const pair = held.at(node)
      if (pair === undefined) return []
      return [{ node, publicKey: pair.publicKey.slice(), privateKey: new SecretBytes(pair.privateKey.slice()) }]
    })
  }

  /** The simulated members that know the private key of a node. */
  knowersOf(node: number): LeafIndex[] {
    const at = this.#node(node)
    const current = this.#tree.store.publicKeyAt(at)
    if (current === undefined) return []
    const knows = ({ held }: Simulated): boolean => equalPublic(held.at(at)?.publicKey ?? EMPTY, current)
    return this.members().filter(leaf => this.#members.has(leaf) && knows(this.#members.get(leaf)!))
  }

  /** Section 12.1.1 by itself: adds a member without an update path. Returns its leaf. */
  add(name: string): LeafIndex {
    return this.#change(draft => draft.join(name))
  }

  /** The same for an encoded LeafNode from elsewhere, whose form and keys are checked, but not its signature. */
  addLeaf(leafNode: Uint8Array): LeafIndex {
    return this.#change(draft => draft.joinEncoded(leafNode))
  }

  /** Section 12.1.2 by itself: a member replaces its leaf. */
  update(leaf: number): void {
    this.#change(draft => draft.renew(leaf))
  }

  /** The same for an encoded LeafNode from elsewhere, as in `addLeaf`. Nobody is simulated at that leaf any more. */
  updateLeaf(leaf: number, leafNode: Uint8Array): void {
    this.#change(draft => draft.renewEncoded(leaf, leafNode))
  }

  /** Section 12.1.3 by itself: removes a member without an update path. */
  remove(leaf: number): void {
    if (this.memberCount === 1) throw new UsageError('wrong-argument', { expected: 'more than one member' })
    this.#change(draft => draft.leave(leaf))
  }

  /**
   * A commit with an update path: proposals, new keys for the committer's direct path, and every simulated member opens its
   * ciphertext, or what a Welcome would give it, and takes over what it learns. Nothing changes where anything fails.
   */
  commit(committer: number, { updates = [], removes = [], adds = [] }: StudyProposals = {}): StudyCommit {
    if (updates.includes(committer) || removes.includes(committer)) {
      throw new UsageError('wrong-argument', { expected: 'proposals about others than the committer', committer })
    }
    const sender = leafIndex(committer, this.leafCount)
    return this.#change(draft => {
      for (const leaf of updates) draft.renew(leaf)
      for (const leaf of removes) draft.leave(leaf)
      for (const name of adds) draft.join(name)
      const prepared = preparePath(this.suite, draft.staged, {
        leaf: sender,
        groupId: STUDY_GROUP,
        current: draft.staged.leafNode(sender) ?? this.leafNode(sender),
        signer: draft.simulated(sender).signer,
        added: new Set(draft.joined.keys()),
      })
      try {
        return followCommit(this.#tree, draft, prepared, this.#epoch + 1n)
      } finally {
        prepared.wipe()
      }
    })
  }

  /** The tree as text: see `drawTree`. Marks the direct path and the copath of `highlight`. */
  draw({ highlight, maxLeaves }: { readonly highlight?: number; readonly maxLeaves?: number } = {}): string {
    return drawTree(this.#tree.store, {
      label: leaf => this.nameOf(leaf),
      ...(highlight === undefined ? {} : { highlight: leafIndex(highlight, this.leafCount) }),
      ...(maxLeaves === undefined ? {} : { maxLeaves }),
    })
  }

  /** Runs `body` on a draft, which comes into force where it returns. */
  #change<T>(body: (draft: StudyDraft) => T): T {
    const draft = new StudyDraft(this.#tree, this.#members)
    let result: T
    try {
      result = body(draft)
    } catch (error) {
      draft.drop()
      throw error
    }
    draft.settle(this.#tree)
    this.#epoch++
    return result
  }

  #simulated(leaf: number): Simulated {
    const member = this.#members.get(leafIndex(leaf, this.leafCount))
    if (member === undefined) throw new UsageError('no-path-key', { leaf })
    return member
  }

  #node(node: number): NodeIndex {
    return nodeIndex(node, this.leafCount)
  }

  #nodeOfLeaf(leaf: number): NodeIndex {
    return nodeOfLeaf(leafIndex(leaf, this.leafCount))
  }
}
