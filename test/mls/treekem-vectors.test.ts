/** Vectors of the MLS working group: TreeKEM on the column tree, and trees on the oracle, which has to be right itself. */
import { expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { applyUpdatePath } from '../../src/mls/apply-path.ts'
import { preparePath } from '../../src/mls/create-path.ts'
import { GroupContext } from '../../src/mls/group-context.ts'
import { encodeTree, type StagedTree } from '../../src/mls/group-tree.ts'
import { HeldKeys, NewKeys } from '../../src/mls/held-keys.ts'
import { checkLeafSignature } from '../../src/mls/leaf-signature.ts'
import { loadTree, readTree } from '../../src/mls/load-tree.ts'
import { derivePath } from '../../src/mls/path-secrets.ts'
import { openUpdatePath } from '../../src/mls/process-path.ts'
import { Proposal } from '../../src/mls/proposal.ts'
import { RatchetTree } from '../../src/mls/ratchet-tree.ts'
import { UpdatePath } from '../../src/mls/update-path.ts'
import type { LeafIndex, NodeIndex } from '../../src/tree/math.ts'
import { filteredDirectPath, resolution } from '../../src/tree/resolution.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeVectors } from '../vectors/locate.ts'
import { privateKeyIn } from '../vectors/private-key.ts'
import { ObjectTree } from './object-tree.ts'

const provider = allSuites()
const NONE: ReadonlySet<number> = new Set()

type Validation = { cipher_suite: number; tree: string; resolutions: number[][]; tree_hashes: string[] }
describeVectors<Validation[]>('mls/tree-validation.json', cases => {
  it('resolutions, trees of all suites', () => {
    for (const { tree, resolutions } of cases) {
      const oracle = new ObjectTree(provider.suite(1), decode(RatchetTree, fromHex(tree)))
      resolutions.forEach((expected, x) => {
        expect(resolution(oracle, x as NodeIndex)).toEqual(expected)
        expect(oracle.resolution(x as NodeIndex)).toEqual(expected)
      })
    }
  })

  it.each(cases)('$#: tree hashes of the oracle, suite $cipher_suite', ({ cipher_suite, tree, tree_hashes }) => {
    const oracle = new ObjectTree(provider.suite(cipher_suite), decode(RatchetTree, fromHex(tree)))
    tree_hashes.forEach((expected, x) => {
      expect(toHex(oracle.treeHash(x as NodeIndex))).toBe(expected)
    })
  })
})

type Operation = {
  cipher_suite: number
  proposal: string
  proposal_sender: number
  tree_before: string
  tree_after: string
  tree_hash_after: string
}
describeVectors<Operation[]>('mls/tree-operations.json', cases => {
  it.each(cases)('$#: operations of the oracle', vector => {
    const tree = new ObjectTree(provider.suite(vector.cipher_suite), decode(RatchetTree, fromHex(vector.tree_before)))
    const proposal = decode(Proposal, fromHex(vector.proposal))
    if (proposal.proposalType === 'add') tree.add(proposal.keyPackage.leafNode)
    else if (proposal.proposalType === 'update') tree.update(vector.proposal_sender as LeafIndex, proposal.leafNode)
    else if (proposal.proposalType === 'remove') tree.remove(proposal.removed as LeafIndex)
    else throw new Error(proposal.proposalType)
    expect(toHex(encode(RatchetTree, tree.sent))).toBe(vector.tree_after)
    expect(toHex(tree.treeHash(tree.root))).toBe(vector.tree_hash_after)
  })
})

type PrivateLeaf = {
  index: number
  encryption_priv: string
  signature_priv: string
  path_secrets: { node: number; path_secret: string }[]
}
type PathVector = {
  sender: number
  update_path: string
  path_secrets: (string | null)[]
  commit_secret: string
  tree_hash_after: string
}
type TreeKem = {
  cipher_suite: number
  group_id: string
  epoch: number
  confirmed_transcript_hash: string
  ratchet_tree: string
  leaves_private: PrivateLeaf[]
  update_paths: PathVector[]
}

describeVectors<TreeKem[]>('mls/treekem.json', cases => {
  it.each(cases)('$#: update paths, suite $cipher_suite', vector => {
    const suite = provider.suite(vector.cipher_suite)
    const groupId = fromHex(vector.group_id)
    const bytes = fromHex(vector.ratchet_tree)
    const received = {
      suite,
      groupId,
      group: { version: 1, cipherSuite: suite.id, extensionTypes: [], required: undefined },
      treeHash: readTree(suite, bytes).stage().treeHash(),
    }
    const load = () => loadTree(bytes, received)
    // the leaves in this file say that they support suites 1 to 6: those of suite 7 would not be let into a group
    if (suite.id === 7) expect(load).toThrow(expect.objectContaining({ code: 'missing-capability' }))
    const before = suite.id === 7 ? readTree(suite, bytes) : load()
    const contextOf = (tree: StagedTree) =>
      encode(GroupContext, {
        cipherSuite: vector.cipher_suite,
        groupId,
        epoch: BigInt(vector.epoch),
        treeHash: tree.treeHash(),
        confirmedTranscriptHash: fromHex(vector.confirmed_transcript_hash),
        extensions: [],
      })
    const heldBy = ({ index, encryption_priv, path_secrets }: PrivateLeaf): HeldKeys => {
      const publicKey = before.leafNode(index as LeafIndex)!.encryptionKey as Uint8Array<ArrayBuffer>
      const held = new HeldKeys(index as LeafIndex, { privateKey: privateKeyIn(encryption_priv, suite.kem), publicKey })
      const pairs = path_secrets.map(({ node, path_secret }) => {
        const pair = derivePath(suite, fromHex(path_secret), 1).keyPairs[0]!
        expect(pair.publicKey).toEqual(before.store.publicKeyAt(node as NodeIndex))
        return [node as NodeIndex, pair] as const
      })
      held.adopt(new NewKeys(new Map(pairs)), before.store)
      expect(held.nodes()).toHaveLength(1 + path_secrets.length)
      return held
    }

    for (const { sender, update_path, path_secrets, commit_secret, tree_hash_after } of vector.update_paths) {
      const after = before.stage()
      const update = decode(UpdatePath, fromHex(update_path))
      checkLeafSignature(suite, update.leafNode, { groupId, leafIndex: sender })
      const applied = applyUpdatePath(suite, after, update, { sender: sender as LeafIndex, added: NONE })
      expect(toHex(after.treeHash())).toBe(tree_hash_after)
      const groupContext = contextOf(after)
      for (const leaf of vector.leaves_private) {
        if (leaf.index === sender) continue
        const held = heldBy(leaf)
        const secrets = openUpdatePath(suite, after, applied, { held, groupContext })
        expect(toHex(secrets.commitSecret.bytes)).toBe(commit_secret)
        const lowest = derivePath(suite, fromHex(path_secrets[leaf.index]!), 1).keyPairs[0]!
        expect([...secrets.newKeys.pairs.values()][0]).toEqual(lowest)
      }
    }

    for (const me of vector.leaves_private) {
      const staged = before.stage()
      const signer = suite.signature.signer(privateKeyIn(me.signature_priv, suite.signature))
      const leaf = me.index as LeafIndex
      const prepared = preparePath(suite, staged, {
        leaf,
        groupId,
        current: before.leafNode(leaf)!,
        signer,
        added: NONE,
      })
      const groupContext = contextOf(staged)
      const update = prepared.seal(staged, groupContext)
      expect(update.nodes).toHaveLength(filteredDirectPath(before.store, leaf).nodes.length)
      const after = before.stage()
      const received = decode(UpdatePath, encode(UpdatePath, update))
      const applied = applyUpdatePath(suite, after, received, { sender: leaf, added: NONE })
      expect(encodeTree(after.nodes)).toEqual(encodeTree(staged.nodes))
      for (const other of vector.leaves_private) {
        if (other.index === me.index) continue
        const secrets = openUpdatePath(suite, after, applied, { held: heldBy(other), groupContext })
        expect(secrets.commitSecret.bytes).toEqual(prepared.commitSecret.bytes)
      }
    }
  })
})
