/** Trees to play with: small ones in which every member is simulated, and large ones of which only the public part is there. */
import { utf8 } from '../../base/bytes.ts'
import { encode } from '../../codec/codec.ts'
import { createProvider } from '../../crypto/default-provider.ts'
import type { Signer } from '../../crypto/provider.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { preparePath } from '../../mls/create-path.ts'
import { GroupTree } from '../../mls/group-tree.ts'
import type { LeafNode } from '../../mls/leaf-node.ts'
import { seededRandom } from '../../mls/study-inputs.ts'
import { StudyTree } from '../../mls/study-tree.ts'
import { pathRecipients } from '../../mls/treekem.ts'
import { UpdatePath } from '../../mls/update-path.ts'
import { drawTree } from '../../tree/draw.ts'
import {
  type LeafIndex,
  leafCount,
  leafIndex,
  type NodeIndex,
  nodeOfLeaf,
  right,
  subtreeStart,
} from '../../tree/math.ts'
import { type FilteredPath, filteredDirectPath, type TreeShape } from '../../tree/resolution.ts'

/** How a tree begins: every member has committed; or the founder has just added all the others; or nobody has committed. */
export const STARTS = ['full', 'new', 'blank'] as const
export type Start = (typeof STARTS)[number]

/** A commit by leaves. */
export interface Wish {
  readonly committer: LeafIndex
  readonly updates: readonly LeafIndex[]
  readonly removes: readonly LeafIndex[]
  readonly adds: readonly string[]
}

/** What a commit came to. */
export interface Played {
  readonly path: FilteredPath
  readonly recipients: readonly (readonly NodeIndex[])[]
  readonly added: readonly LeafIndex[]
  /** The encoded UpdatePath. */
  readonly message: Uint8Array
  /** How many members opened it, all with the same result; undefined where nobody is simulated. */
  readonly followers: number | undefined
}

/** A tree that commits can be played on. */
export interface Stage {
  readonly shape: TreeShape
  memberCount(): number
  /** What a member is called; empty where nobody has a name. */
  nameOf(leaf: LeafIndex): string
  play(wish: Wish): Played
  draw(highlight?: LeafIndex): string
}

/** Up to here everybody is simulated, and the whole tree is drawn. */
export const MOST_SIMULATED = 64

export interface StageOptions {
  readonly members: number
  readonly start: Start
  readonly seed: string
}

/** A tree of new members. */
export function makeStage(options: StageOptions): Stage {
  return options.members <= MOST_SIMULATED ? new StudyStage(options) : new SparseStage(options)
}

class StudyStage implements Stage {
  readonly #tree: StudyTree
  readonly shape: TreeShape

  constructor({ members, start, seed }: StageOptions) {
    const tree = StudyTree.build(members, { seed })
    this.#tree = tree
    this.shape = {
      get leafCount() {
        return tree.leafCount
      },
      isBlank: node => tree.isBlank(node),
      unmergedLeaves: node => tree.unmergedLeaves(node),
      nextLeaf: from => tree.members().find(leaf => leaf >= from),
    }
    // every inner node is above a leaf at an even place
    const committers = start === 'blank' ? 0 : start === 'new' ? 1 : members
    for (let leaf = 0; leaf < committers; leaf += 2) tree.commit(leaf)
  }

  memberCount(): number {
    return this.#tree.memberCount
  }

  nameOf(leaf: LeafIndex): string {
    return this.#tree.isBlank(nodeOfLeaf(leaf)) ? '' : this.#tree.nameOf(leaf)
  }

  play({ committer, ...proposals }: Wish): Played {
    const { path, recipients, added, message } = this.#tree.commit(committer, proposals)
    return { path, recipients, added, message, followers: this.#tree.memberCount }
  }

  draw(highlight?: LeafIndex): string {
    return this.#tree.draw(highlight === undefined ? {} : { highlight })
  }
}

const GROUP = utf8('copath/tree')

/** The inner nodes that have keys in a tree whose members are at the left. */
function keyedNodes(tree: TreeShape, members: number, start: Start): NodeIndex[] {
  if (start === 'new') return [...filteredDirectPath(tree, 0 as LeafIndex).nodes]
  const nodes: NodeIndex[] = []
  for (let node = 1; node < 2 * tree.leafCount - 1; node += 2) {
    const isShared = subtreeStart(right(node as NodeIndex, tree.leafCount)) / 2 < members
    if (isShared) nodes.push(node as NodeIndex)
  }
  return nodes
}

/** Members without private keys: whoever commits gets a new signature key for it, and nobody is there to open what is encrypted. */
class SparseStage implements Stage {
  readonly #suite: CipherSuite
  readonly #tree: GroupTree
  readonly #signer: Signer
  readonly #names = new Map<LeafIndex, string>()
  #made = 0

  constructor({ members, start, seed }: StageOptions) {
    this.#suite = createProvider({ random: seededRandom(seed) }).suite(1)
    this.#tree = new GroupTree(this.#suite)
    this.#signer = this.#freshSigner()
    const staged = this.#tree.stage()
    staged.nodes.resize(leafCount(2 ** Math.ceil(Math.log2(members))))
    for (let leaf = 0; leaf < members; leaf++) staged.put(leaf as LeafIndex, this.#freshLeaf(''))
    for (const node of start === 'blank' ? [] : keyedNodes(staged, members, start)) {
      staged.nodes.setParent(node, this.#freshKey(), new Uint8Array(0))
    }
    staged.treeHash()
    staged.merge()
  }

  get shape(): TreeShape {
    return this.#tree.store
  }

  memberCount(): number {
    return this.#tree.memberCount
  }

  nameOf(leaf: LeafIndex): string {
    return this.#names.get(leaf) ?? ''
  }

  play({ committer, updates, removes, adds }: Wish): Played {
    const staged = this.#tree.stage()
    for (const leaf of updates) staged.update(leaf, this.#freshLeaf(this.nameOf(leaf)))
    for (const leaf of removes) staged.remove(leaf)
    const added = adds.map(name => staged.add(this.#freshLeaf(name)))
    const prepared = preparePath(this.#suite, staged, {
      leaf: leafIndex(committer, staged.leafCount),
      groupId: GROUP,
      current: staged.leafNode(committer)!,
      signer: this.#signer,
      added: new Set(added),
    })
    try {
      staged.treeHash()
      const { path } = prepared
      const sealed = prepared.seal(staged, GROUP)
      const recipients = pathRecipients(staged, path, new Set(added))
      staged.merge()
      for (const leaf of removes) this.#names.delete(leaf)
      added.forEach((leaf, i) => void this.#names.set(leaf, adds[i]!))
      return { path, recipients, added, message: encode(UpdatePath, sealed), followers: undefined }
    } finally {
      prepared.wipe()
    }
  }

  draw(highlight?: LeafIndex): string {
    const label = (leaf: LeafIndex): string => this.nameOf(leaf)
    return drawTree(this.#tree.store, highlight === undefined ? { label } : { label, highlight })
  }

  #freshSigner(): Signer {
    return this.#suite.signature.signer(this.#suite.generateSignatureKey())
  }

  /** Bytes that are a key as far as a tree looks at them. */
  #freshKey(): Uint8Array {
    const key = new Uint8Array(32).fill(9)
    new DataView(key.buffer).setUint32(0, this.#made++)
    return key
  }

  #freshLeaf(name: string): LeafNode {
    return {
      encryptionKey: this.#freshKey(),
      signatureKey: this.#freshKey(),
      credential: { credentialType: 'basic', identity: utf8(name || `member ${this.#made}`) },
      capabilities: { versions: [1], cipherSuites: [1], extensions: [], proposals: [], credentials: [1] },
      leafNodeSource: 'key_package',
      lifetime: { notBefore: 0n, notAfter: 0xffffffffffffffffn },
      extensions: [],
      signature: new Uint8Array(64),
    }
  }
}
