/** RFC 9420 sections 7.5 and 12.4.2, everybody but the committer: learning the secrets of an update path that has been applied. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { type SecretBytes, wipingAfter } from '../base/secret.ts'
import type { KeyPair } from '../crypto/kem.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { isInSubtree, type LeafIndex, type NodeIndex, nodeOfLeaf } from '../tree/math.ts'
import { filteredDirectPath } from '../tree/resolution.ts'
import type { AppliedPath } from './apply-path.ts'
import { type HeldKeys, NewKeys, type PublicKeys } from './held-keys.ts'
import { type DerivedPath, derivePath, wipeDerivedPath } from './path-secrets.ts'
import type { KemTree } from './treekem.ts'
import type { HPKECiphertext } from './update-path.ts'

/** What a member learns from an update path. The caller owns both and wipes what it does not keep. */
export interface LearntSecrets {
  readonly commitSecret: SecretBytes
  readonly newKeys: NewKeys
}

interface OwnCiphertext {
  /** The place in the filtered direct path of the node whose secret it is. */
  readonly place: number
  readonly pair: KeyPair
  readonly ciphertext: HPKECiphertext
}

/** The one ciphertext that a member opens: of the lowest node it shares with the sender, for a node whose key it holds. */
function findOwn({ path, update, recipients }: AppliedPath, held: HeldKeys): OwnCiphertext {
  const own = nodeOfLeaf(held.leaf)
  const place = path.copath.findIndex(node => isInSubtree(own, node))
  const nodes = recipients[place] ?? []
  for (let k = 0; k < nodes.length; k++) {
    const node = nodes[k]!
    const pair = isInSubtree(own, node) ? held.at(node) : undefined
    if (pair !== undefined) return { place, pair, ciphertext: update.nodes[place]!.encryptedPathSecret.at(k)! }
  }
  throw new UsageError('no-path-key', { leaf: held.leaf })
}

/** copath-mls-7.5-02: derives the rest of a path from one of its secrets and compares the keys with those that were announced. */
function deriveAndCheck(
  suite: CipherSuite,
  secret: Uint8Array,
  nodes: readonly NodeIndex[],
  tree: PublicKeys,
): DerivedPath {
  if (secret.length !== suite.kdf.length) throw new RejectedError('wrong-path-secret', { length: secret.length })
  const derived = derivePath(suite, secret, nodes.length)
  const wrong = nodes.find((node, i) => {
    const announced = tree.publicKeyAt(node)
    return announced === undefined || !equalPublic(announced, derived.keyPairs[i]!.publicKey)
  })
  if (wrong === undefined) return derived
  wipeDerivedPath(derived)
  throw new RejectedError('wrong-path-secret', { node: wrong })
}

function learnt(nodes: readonly NodeIndex[], derived: DerivedPath): LearntSecrets {
  derived.secrets.wipe()
  const pairs = new Map(nodes.map((node, i) => [node, derived.keyPairs[i]!] as const))
  return { commitSecret: derived.commitSecret, newKeys: new NewKeys(pairs) }
}

/**
 * Decrypts the one path secret that is meant for this member and derives what follows. `tree` has the path applied, and
 * `groupContext` is the provisional one, encoded. `held` stays as it is.
 */
export function openUpdatePath(
  suite: CipherSuite,
  tree: PublicKeys,
  applied: AppliedPath,
  { held, groupContext }: { readonly held: HeldKeys; readonly groupContext: Uint8Array },
): LearntSecrets {
  const { place, pair, ciphertext } = findOwn(applied, held)
  const secret = suite.labels.decryptWithLabel(pair, 'UpdatePathNode', groupContext, ciphertext)
  const nodes = applied.path.nodes.slice(place)
  return wipingAfter([secret], () => learnt(nodes, deriveAndCheck(suite, secret, nodes, tree)))
}

/**
 * Section 12.4.3.1: what a new member derives from the path secret in its welcome message, given the tree that it joins.
 * The commit secret is wiped: the key schedule of a new member starts after it.
 */
export function keysFromWelcome(
  suite: CipherSuite,
  tree: KemTree,
  {
    leaf,
    committer,
    pathSecret,
  }: { readonly leaf: LeafIndex; readonly committer: LeafIndex; readonly pathSecret: Uint8Array },
): NewKeys {
  const path = filteredDirectPath(tree, committer)
  const place = path.copath.findIndex(node => isInSubtree(nodeOfLeaf(leaf), node))
  if (place < 0) throw new UsageError('wrong-argument', { expected: 'a leaf other than the committer', leaf })
  const nodes = path.nodes.slice(place)
  const { commitSecret, newKeys } = learnt(nodes, deriveAndCheck(suite, pathSecret, nodes, tree))
  commitSecret.wipe()
  return newKeys
}
