/** Vectors of trees and of TreeKEM: trees that grew by commits, with blanks and unmerged leaves, and what their members know. */
import { equalPublic, toHex } from '../../../base/bytes.ts'
import { encode } from '../../../codec/codec.ts'
import { preparePath } from '../../../mls/create-path.ts'
import { GroupContext } from '../../../mls/group-context.ts'
import { encodeTree, GroupTree, type StagedTree } from '../../../mls/group-tree.ts'
import { signLeaf } from '../../../mls/leaf-signature.ts'
import { derivePath } from '../../../mls/path-secrets.ts'
import { Proposal } from '../../../mls/proposal.ts'
import { UpdatePath } from '../../../mls/update-path.ts'
import { type LeafIndex, type NodeIndex, nodeOfLeaf, width } from '../../../tree/math.ts'
import { resolution } from '../../../tree/resolution.ts'
import type { Maker, VectorCase, VectorClient } from './maker.ts'

type Bytes = Uint8Array<ArrayBuffer>

interface PathSecret {
  readonly secret: Bytes
  readonly publicKey: Bytes
}

interface Member {
  readonly client: VectorClient
  encryptionPrivateKey: Bytes
  /** By node; some may have been blanked or replaced since. */
  readonly secrets: Map<NodeIndex, PathSecret>
}

const NONE: ReadonlySet<number> = new Set()

/** A tree, and everything that its members know. */
class World {
  readonly maker: Maker
  readonly groupId: Bytes
  readonly tree: GroupTree
  readonly members = new Map<LeafIndex, Member>()

  constructor(maker: Maker) {
    this.maker = maker
    this.groupId = maker.bytes(16)
    this.tree = new GroupTree(maker.suite)
    const staged = this.tree.stage()
    this.#enter(staged)
    staged.merge()
  }

  #enter(staged: StagedTree): LeafIndex {
    const client = this.maker.client()
    const { keyPackage, leafKeys } = this.maker.keyPackage(client)
    const leaf = staged.add(keyPackage.leafNode)
    this.members.set(leaf, { client, encryptionPrivateKey: leafKeys.privateKey, secrets: new Map() })
    return leaf
  }

  /** One commit: members leave, others join, and its sender has a new path unless it is left out. */
  commit(sender: number, { adds = 0, removes = [] as readonly number[], path = true } = {}): void {
    const staged = this.tree.stage()
    for (const leaf of removes as readonly LeafIndex[]) {
      staged.remove(leaf)
      this.members.delete(leaf)
    }
    const added = new Set(Array.from({ length: adds }, () => this.#enter(staged)))
    if (path) this.#renew(staged, sender as LeafIndex, added)
    staged.merge()
  }

  prepare(staged: StagedTree, leaf: LeafIndex, added: ReadonlySet<number>) {
    const { signer } = this.members.get(leaf)!.client.description
    const current = staged.leafNode(leaf)!
    return preparePath(this.maker.suite, staged, { leaf, groupId: this.groupId, current, signer, added })
  }

  #renew(staged: StagedTree, sender: LeafIndex, added: ReadonlySet<number>): void {
    const { suite } = this.maker
    const prepared = this.prepare(staged, sender, added)
    const { nodes } = prepared.path
    const learn = (member: Member, lowest: Bytes): void => {
      const count = this.#countFrom(lowest, nodes, staged)
      const { secrets, keyPairs } = derivePath(suite, lowest, count)
      const size = suite.kdf.length
      nodes.slice(nodes.length - count).forEach((node, i) => {
        const secret = secrets.bytes.slice(i * size, (i + 1) * size)
        member.secrets.set(node, { secret, publicKey: keyPairs[i]!.publicKey })
      })
    }
    const others = [...this.members.keys()].filter(leaf => leaf !== sender)
    const received = others.map(leaf => [leaf, prepared.pathSecretFor(leaf)] as const)
    for (const [leaf, secret] of received) learn(this.members.get(leaf)!, secret)
    const me = this.members.get(sender)!
    // the sender knows what the nearest of the others learns
    const known = received.map(([, secret]) => secret)
    const lowest = known.find(secret => this.#countFrom(secret, nodes, staged) === nodes.length)
    if (lowest !== undefined) learn(me, lowest)
    me.encryptionPrivateKey = prepared.newKeys().pairs.get(nodeOfLeaf(sender))!.privateKey
  }

  /** How many nodes of a path follow from a secret: it gives the key of one of them, and of all above. */
  #countFrom(secret: Bytes, nodes: readonly NodeIndex[], staged: StagedTree): number {
    const { publicKey } = derivePath(this.maker.suite, secret, 1).keyPairs[0]!
    return nodes.length - nodes.findIndex(node => equalPublic(staged.publicKeyAt(node)!, publicKey))
  }

  update(leaf: LeafIndex) {
    const { maker, groupId } = this
    const { capabilities, credential, signatureKey, extensions } = this.tree.leafNode(leaf)!
    const { publicKey: encryptionKey } = maker.suite.kem.generateKeyPair()
    const content = { encryptionKey, signatureKey, credential, capabilities, extensions } as const
    const { signer } = this.members.get(leaf)!.client.description
    return signLeaf(maker.suite, signer, { ...content, leafNodeSource: 'update' }, { groupId, leafIndex: leaf })
  }

  /** What a member knows of the tree as it is. */
  knownBy(leaf: LeafIndex): { node: NodeIndex; path_secret: string }[] {
    const { store } = this.tree
    return [...this.members.get(leaf)!.secrets].flatMap(([node, { secret, publicKey }]) => {
      const current = node < width(store.leafCount) ? store.publicKeyAt(node) : undefined
      return current !== undefined && equalPublic(current, publicKey) ? [{ node, path_secret: toHex(secret) }] : []
    })
  }
}

/** A member for each commit, as in the trees that the working group describes: leaf i adds leaf i + 1. */
function grown(maker: Maker, members: number): World {
  const world = new World(maker)
  for (let leaf = 0; leaf + 1 < members; leaf++) world.commit(leaf, { adds: 1 })
  return world
}

/** Shapes of trees: full, with blanks at the end and inside, with unmerged leaves, freshly filled, and shrunk. */
const SHAPES: readonly ((maker: Maker) => World)[] = [
  maker => grown(maker, 2),
  maker => grown(maker, 3),
  maker => grown(maker, 5),
  maker => grown(maker, 8),
  maker => {
    const world = grown(maker, 8)
    world.commit(0, { removes: [2, 3], adds: 1 })
    return world
  },
  maker => {
    const world = grown(maker, 8)
    world.commit(0, { removes: [1, 2, 3] })
    return world
  },
  maker => {
    const world = grown(maker, 6)
    world.commit(0, { adds: 1, path: false })
    world.commit(4, { adds: 1, path: false })
    return world
  },
  maker => {
    const world = new World(maker)
    world.commit(0, { adds: maker.draws.between(8, 12) })
    world.commit(3, { removes: [1] })
    world.commit(5, { removes: [4], path: false })
    return world
  },
  maker => {
    const world = grown(maker, 9)
    world.commit(1, { removes: [8, 7] })
    world.commit(2, { adds: 2, path: false })
    return world
  },
]

export function treeValidation(maker: Maker): VectorCase[] {
  return SHAPES.map(shape => {
    const { tree, groupId } = shape(maker)
    const staged = tree.stage()
    staged.treeHash()
    const nodes = Array.from({ length: width(tree.leafCount) }, (_, node) => node as NodeIndex)
    return {
      cipher_suite: maker.suite.id,
      tree: toHex(tree.encode()),
      group_id: toHex(groupId),
      tree_hashes: nodes.map(node => toHex(staged.nodes.treeHashAt(node)!)),
      resolutions: nodes.map(node => [...resolution(tree.store, node)]),
    }
  })
}

export function treeOperations(maker: Maker): VectorCase[] {
  return SHAPES.flatMap(shape => {
    const world = shape(maker)
    const leaves = [...world.members.keys()].sort((a, b) => a - b)
    const [first, last] = [leaves[0]!, leaves.at(-1)!]
    const middle = leaves[leaves.length >> 1]!
    const { keyPackage } = maker.keyPackage(maker.client())
    const proposals: [Proposal, LeafIndex][] = [
      [{ proposalType: 'add', keyPackage }, first],
      [{ proposalType: 'update', leafNode: world.update(middle) }, middle],
      [{ proposalType: 'remove', removed: last }, first],
      [{ proposalType: 'remove', removed: first }, last],
    ]
    return proposals.map(([proposal, sender]) => {
      const staged = world.tree.stage()
      const before = toHex(staged.treeHash())
      if (proposal.proposalType === 'add') staged.add(proposal.keyPackage.leafNode)
      else if (proposal.proposalType === 'update') staged.update(sender, proposal.leafNode)
      else if (proposal.proposalType === 'remove') staged.remove(proposal.removed as LeafIndex)
      return {
        cipher_suite: maker.suite.id,
        tree_before: toHex(world.tree.encode()),
        proposal: toHex(encode(Proposal, proposal)),
        proposal_sender: sender,
        tree_hash_before: before,
        tree_after: toHex(encodeTree(staged.nodes)),
        tree_hash_after: toHex(staged.treeHash()),
      }
    })
  })
}

export function treekem(maker: Maker): VectorCase[] {
  const { suite } = maker
  return SHAPES.map(shape => {
    const world = shape(maker)
    const context = { cipherSuite: suite.id, groupId: world.groupId, epoch: BigInt(maker.draws.between(0, 2 ** 40)) }
    const confirmedTranscriptHash = maker.bytes(suite.hash.length)
    const paths = [...world.members.keys()].map(sender => {
      const staged = world.tree.stage()
      const prepared = world.prepare(staged, sender, NONE)
      const treeHash = staged.treeHash()
      const groupContext = encode(GroupContext, { ...context, treeHash, confirmedTranscriptHash, extensions: [] })
      const secretFor = (leaf: LeafIndex): string | null =>
        leaf !== sender && world.members.has(leaf) ? toHex(prepared.pathSecretFor(leaf)) : null
      return {
        sender,
        update_path: toHex(encode(UpdatePath, prepared.seal(staged, groupContext))),
        path_secrets: Array.from({ length: world.tree.leafCount }, (_, leaf) => secretFor(leaf as LeafIndex)),
        commit_secret: toHex(prepared.commitSecret.bytes),
        tree_hash_after: toHex(treeHash),
      }
    })
    return {
      cipher_suite: suite.id,
      group_id: toHex(world.groupId),
      epoch: Number(context.epoch),
      confirmed_transcript_hash: toHex(confirmedTranscriptHash),
      ratchet_tree: toHex(world.tree.encode()),
      leaves_private: [...world.members].map(([index, { client, encryptionPrivateKey }]) => ({
        index,
        encryption_priv: toHex(encryptionPrivateKey),
        signature_priv: toHex(client.signaturePrivateKey),
        path_secrets: world.knownBy(index),
      })),
      update_paths: paths,
    }
  })
}
