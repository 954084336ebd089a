/** All that can be wrong with an update path in a commit that is right in everything else: only the check for it can refuse it. */
import { concat, utf8 } from '../../src/base/bytes.ts'
import type { ErrorCode } from '../../src/base/errors.ts'
import type { LeafContent } from '../../src/mls/leaf-signature.ts'
import { type HPKECiphertext, packedCiphertexts } from '../../src/mls/update-path.ts'
import { type LeafIndex, type NodeIndex, nodeOfLeaf } from '../../src/tree/math.ts'
import type { PathForgery } from './forge-path.ts'

export interface WrongPath {
  readonly forgery: PathForgery
  readonly code: ErrorCode
  /** Whether it takes a secret to see it: a follower believes it. */
  readonly isSecret?: boolean
}

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))
const content = (changes: Partial<LeafContent>): PathForgery => ({
  content: leaf => ({ ...leaf, ...changes }) as LeafContent,
})
const change = <T>(list: readonly T[], at: number, how: (item: T) => T): T[] =>
  list.map((item, i) => (i === (at + list.length) % list.length ? how(item) : item))
const withCiphertexts = (at: number, how: (list: HPKECiphertext[]) => HPKECiphertext[]): PathForgery => ({
  nodes: nodes =>
    change(nodes, at, node => ({
      ...node,
      encryptedPathSecret: packedCiphertexts(how([...node.encryptedPathSecret])),
    })),
})
const keyOf = (tree: Parameters<NonNullable<PathForgery['keys']>>[1], node: number): Uint8Array =>
  tree.publicKeyAt(node as NodeIndex)!
const OTHER_LEAF = nodeOfLeaf(3 as LeafIndex)
// the base point of curve 25519
const BASE = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i === 0 ? 9 : 0))

/** By name. All members but the forger see each of them, as they are about the leaf, the root's node, or the counts. */
export const WRONG_PATHS: Readonly<Record<string, WrongPath>> = {
  'copath-mls-7.9.2-02: a parent hash of something else': {
    forgery: {
      content: leaf => ({ ...leaf, parentHash: flip((leaf as { parentHash: Uint8Array }).parentHash) }) as LeafContent,
    },
    code: 'wrong-parent-hash',
  },
  'copath-mls-7.9.2-02: no parent hash': {
    forgery: content({ parentHash: new Uint8Array(0) } as Partial<LeafContent>),
    code: 'wrong-parent-hash',
  },
  'copath-mls-7.3-09: a leaf of an Update': {
    forgery: content({ leafNodeSource: 'update', parentHash: undefined } as unknown as Partial<LeafContent>),
    code: 'wrong-leaf-source',
  },
  'copath-mls-7.3-09: a leaf of a key package': {
    forgery: content({
      leafNodeSource: 'key_package',
      lifetime: { notBefore: 1_000n, notAfter: 2_000n },
      parentHash: undefined,
    } as unknown as Partial<LeafContent>),
    code: 'wrong-leaf-source',
  },
  'copath-mls-7.3-04: a leaf signed for another place': {
    forgery: { place: ({ groupId, leafIndex }) => ({ groupId, leafIndex: leafIndex + 1 }) },
    code: 'invalid-signature',
  },
  'copath-mls-7.3-04: a leaf signed for another group': {
    forgery: { place: ({ groupId, leafIndex }) => ({ groupId: flip(groupId), leafIndex }) },
    code: 'invalid-signature',
  },
  'copath-mls-7.3-04: a leaf signed by nobody': {
    forgery: { leafNode: leaf => ({ ...leaf, signature: flip(leaf.signature) }) },
    code: 'invalid-signature',
  },
  "copath-mls-7.3-03: a leaf with another member's encryption key": {
    forgery: { content: (leaf, tree) => ({ ...leaf, encryptionKey: keyOf(tree, OTHER_LEAF) }) },
    code: 'duplicate-key',
  },
  'copath-mls-5.1.1-01: a leaf with a key of low order': {
    forgery: { content: leaf => ({ ...leaf, encryptionKey: new Uint8Array(leaf.encryptionKey.length) }) },
    code: 'low-order-point',
  },
  'copath-mls-7.5-05: a leaf that does not know the suite': {
    forgery: { content: leaf => ({ ...leaf, capabilities: { ...leaf.capabilities, cipherSuites: [] } }) },
    code: 'missing-capability',
  },
  'copath-mls-7.3-01: a leaf that does not know its own credential': {
    forgery: { content: leaf => ({ ...leaf, capabilities: { ...leaf.capabilities, credentials: [] } }) },
    code: 'missing-capability',
  },
  'copath-mls-7.3-02: a leaf with an extension that it does not know': {
    forgery: content({ extensions: [{ extensionType: 0x0b0b, extensionData: utf8('') }] }),
    code: 'missing-capability',
  },
  'copath-mls-7.3-03: the key of another member at the root': {
    forgery: { keys: (keys, tree) => change(keys, -1, () => keyOf(tree, OTHER_LEAF)) },
    code: 'duplicate-key',
  },
  'copath-mls-7.3-03: one key at two nodes': {
    forgery: { keys: keys => change(keys, -1, () => keys.at(-2)!) },
    code: 'duplicate-key',
  },
  'copath-mls-5.1.1-01: a key of low order': {
    forgery: { keys: keys => change(keys, -1, key => new Uint8Array(key.length)) },
    code: 'low-order-point',
  },
  'copath-mls-7.5-02: a key that does not follow from the path secret': {
    forgery: { keys: keys => change(keys, -1, key => BASE(key.length)) },
    code: 'wrong-path-secret',
    isSecret: true,
  },
  'copath-mls-7.5-02: path secrets of another path': {
    forgery: {
      secret: secret => secret.map(byte => byte ^ 1),
    },
    code: 'wrong-path-secret',
    isSecret: true,
  },
  'copath-mls-7.6-02: a ciphertext too many': {
    forgery: withCiphertexts(-1, list => [...list, list[0]!]),
    code: 'wrong-ciphertext-count',
  },
  'copath-mls-7.6-02: a ciphertext too few': {
    forgery: withCiphertexts(0, list => list.slice(1)),
    code: 'wrong-ciphertext-count',
  },
  'copath-mls-7.6-01: a node too many': {
    forgery: { nodes: nodes => [...nodes, { ...nodes[0]!, encryptionKey: BASE(32) }] },
    code: 'wrong-path-length',
  },
  'copath-mls-7.6-03: ciphertexts that are too long': {
    forgery: { secret: secret => concat(secret, secret) },
    code: 'wrong-ciphertext-length',
  },
  'copath-mls-7.6-03: a KEM output that is too long': {
    forgery: withCiphertexts(0, list =>
      list.map(sealed => ({ ...sealed, kemOutput: concat(sealed.kemOutput, sealed.kemOutput) })),
    ),
    code: 'wrong-ciphertext-length',
  },
}
