/** All that can be wrong with the tree of an invitation; what it needs besides is made to fit. */
import type { LeafContent } from '../../../src/mls/leaf-signature.ts'
import type { ParentNode } from '../../../src/mls/ratchet-tree.ts'
import type { Node } from '../../../src/mls/tree-structs.ts'
import { keyPairOf, signerOf } from '../leaves.ts'
import { ObjectTree } from '../object-tree.ts'
import type { Draft } from './invitation.ts'
import { altered, mutate, type Tape } from './mutate.ts'

export interface Change {
  /** Who must refuse it, where nothing else is changed: those who join by the Welcome, or whoever looks at the group info as well. */
  readonly refusedBy?: 'newcomer' | 'everybody'
  make(tape: Tape, draft: Draft): void
}

export const members = ({ tree }: Draft): number[] => tree.members()
const parents = ({ tree }: Draft): number[] => tree.nodes.flatMap((_, x) => (tree.parent(x) === undefined ? [] : [x]))

function setParent({ tree }: Draft, node: number, changes: Partial<ParentNode>): void {
  tree.nodes[node] = { nodeType: 'parent', parentNode: { ...tree.parent(node)!, ...changes } }
}

/** Other nodes in the tree; as wide as they need. */
function setNodes(draft: Draft, nodes: readonly (Node | undefined)[]): void {
  draft.tree = new ObjectTree(draft.suite, [...nodes])
  draft.isUntied = true
}

/** What can be wrong with the tree. */
export const TREE_CHANGES: Readonly<Record<string, Change>> = {
  'leaf content': {
    make(tape, draft) {
      const leaf = tape.pick(members(draft))
      const { signature: _, ...content } = draft.tree.leaf(leaf)!
      draft.resign(leaf, mutate(tape, content) as Partial<LeafContent>)
      draft.isUntied = true
    },
  },
  'leaf source': {
    make(tape, draft) {
      const sources = [
        { leafNodeSource: 'update', lifetime: undefined, parentHash: undefined },
        { leafNodeSource: 'key_package', lifetime: { notBefore: 1n, notAfter: 2n ** 40n }, parentHash: undefined },
        { leafNodeSource: 'commit', lifetime: undefined, parentHash: new Uint8Array(tape.pick([0, 32])) },
      ]
      draft.resign(tape.pick(members(draft)), tape.pick(sources) as unknown as Partial<LeafContent>)
      draft.isUntied = true
    },
  },
  'leaf signature': {
    refusedBy: 'everybody',
    make(tape, draft) {
      draft.resign(tape.pick(members(draft)))
      draft.isUntied = true
      draft.hooks.leaf = leafNode => ({ ...leafNode, signature: altered(tape, leafNode.signature) })
    },
  },
  'leaf of another place': {
    refusedBy: 'everybody',
    make(tape, draft) {
      const placed = members(draft).filter(leaf => draft.tree.leaf(leaf)!.leafNodeSource !== 'key_package')
      draft.resign(tape.pick(placed))
      draft.isUntied = true
      const inGroup = tape.chance(2)
      draft.hooks.place = ({ groupId, leafIndex }) =>
        inGroup ? { groupId, leafIndex: leafIndex ^ 1 } : { groupId: altered(tape, groupId), leafIndex }
    },
  },
  'leaf of another member': {
    make(tape, draft) {
      const [leaf, other] = [tape.pick(members(draft)), tape.pick(members(draft))]
      const { encryptionKey, signatureKey } = draft.tree.leaf(other)!
      draft.resign(leaf, (tape.chance(2) ? { encryptionKey } : { signatureKey }) as Partial<LeafContent>)
      draft.isUntied = true
    },
  },
  'own leaf': {
    refusedBy: 'newcomer',
    make(tape, draft) {
      const leaf = draft.opened.ownLeaf
      if (tape.chance(3)) draft.tree.nodes[2 * leaf] = undefined
      else draft.resign(leaf, { encryptionKey: keyPairOf(draft.suite, 9_000 + tape.below(9)).publicKey })
      draft.isUntied = true
    },
  },
  'parent content': {
    make(tape, draft) {
      const node = tape.pick(parents(draft))
      setParent(draft, node, mutate(tape, draft.tree.parent(node)!))
      draft.isUntied = true
    },
  },
  'parent key': {
    make(tape, draft) {
      const encryptionKey = keyPairOf(draft.suite, 9_100 + tape.below(9)).publicKey
      setParent(draft, tape.pick(parents(draft)), { encryptionKey })
      draft.isUntied = true
    },
  },
  'parent hash': {
    refusedBy: 'everybody',
    make(tape, draft) {
      const node = tape.pick(parents(draft))
      draft.isUntied = true
      draft.hooks.bend = (parentHash, from) => (from === node ? altered(tape, parentHash) : parentHash)
    },
  },
  'unmerged leaves': {
    make(tape, draft) {
      const node = tape.pick(parents(draft))
      const now = [...draft.tree.parent(node)!.unmergedLeaves]
      const added = tape.pick([tape.below(16), tape.below(16), 2 ** 32 - 1])
      const lists = [
        [],
        now.slice(1),
        now.toReversed(),
        [...now, added],
        [...now, added].sort((a, b) => a - b),
        [...now, ...now],
      ]
      setParent(draft, node, { unmergedLeaves: tape.pick(lists) })
      draft.isUntied = true
    },
  },
  'blank node': {
    make(tape, draft) {
      const there = [...parents(draft), ...members(draft).map(leaf => 2 * leaf)]
      draft.tree.nodes[tape.pick(there)] = undefined
      draft.isUntied = true
    },
  },
  'nodes moved': {
    make(tape, draft) {
      const nodes = [...draft.tree.nodes]
      const [a, b] = [tape.below(nodes.length), tape.below(nodes.length)]
      const how = tape.pick(['copy', 'cut', 'swap'])
      if (how === 'copy') nodes[b] = nodes[a]
      else if (how === 'cut') nodes.splice(a, 1 + tape.below(3))
      else [nodes[a], nodes[b]] = [nodes[b], nodes[a]]
      setNodes(draft, nodes)
      for (const leaf of members(draft)) if (tape.chance(2)) draft.resign(leaf)
    },
  },
  'nodes added': {
    make(tape, draft) {
      const { nodes } = draft.tree
      const leaf = draft.tree.leaf(tape.pick(members(draft)))!
      const added = { nodeType: 'leaf', leafNode: leaf } as const
      setNodes(draft, [...nodes, ...Array.from({ length: 1 + tape.below(20) }, () => undefined), added])
      const last = members(draft).at(-1)!
      const signer = signerOf(draft.suite, 7_020)
      const changes = { encryptionKey: keyPairOf(draft.suite, 9_200).publicKey, signatureKey: signer.publicKey }
      draft.resign(last, changes as Partial<LeafContent>)
    },
  },
  'tree encoding': {
    refusedBy: 'everybody',
    make(tape, draft) {
      draft.hooks.treeBytes = bytes => altered(tape, bytes)
    },
  },
  'tree hash': {
    refusedBy: 'everybody',
    make(tape, draft) {
      draft.hooks.treeHash = hash => altered(tape, hash)
    },
  },
  'tree beside': {
    make(tape, draft) {
      draft.beside = true
      draft.inside = tape.chance(2)
    },
  },
  'no tree': {
    refusedBy: 'everybody',
    make(_, draft) {
      draft.inside = false
      draft.beside = false
    },
  },
}
