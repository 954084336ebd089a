/** Update paths made by somebody who means harm: what is wrong goes into the tree, so that hashes and tags made from it are right. */
import { randomBytes } from '../../src/base/random.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import type { PathRequest } from '../../src/mls/create-path.ts'
import type { LeafNode } from '../../src/mls/leaf-node.ts'
import { type LeafContent, type LeafPlace, signLeaf } from '../../src/mls/leaf-signature.ts'
import { derivePath } from '../../src/mls/path-secrets.ts'
import { type KemTree, pathParentHashes, pathRecipients } from '../../src/mls/treekem.ts'
import { packedCiphertexts, type UpdatePath } from '../../src/mls/update-path.ts'
import { filteredDirectPath } from '../../src/tree/resolution.ts'

/** What a forger changes on the way, each time before anything is made from it. */
export interface PathForgery {
  /** The keys that are announced for the nodes; the tree as it was tells which others there are. */
  readonly keys?: (publicKeys: readonly Uint8Array[], tree: KemTree) => readonly Uint8Array[]
  /** What the leaf says, before it is signed. */
  readonly content?: (leaf: LeafContent, tree: KemTree) => LeafContent
  /** Where the leaf says to be, as its signature has it. */
  readonly place?: (place: LeafPlace) => LeafPlace
  /** The leaf, after it was signed. */
  readonly leafNode?: (leaf: LeafNode) => LeafNode
  /** What is encrypted to the recipients of one node. */
  readonly secret?: (pathSecret: Uint8Array, place: number) => Uint8Array
  /** The nodes as they are sent. */
  readonly nodes?: (nodes: UpdatePath['nodes']) => UpdatePath['nodes']
}

/** A path that is in the tree. */
export interface ForgedPath {
  readonly commitSecret: Uint8Array
  /** Encrypts it, once the provisional group context is known. */
  seal(groupContext: Uint8Array): UpdatePath
}

/** Sections 7.4 to 7.6 and 7.9, without a second thought. */
export function forgePath(
  suite: CipherSuite,
  tree: KemTree,
  { leaf, groupId, current, changes, signer, added }: PathRequest,
  forgery: PathForgery = {},
): ForgedPath {
  const path = filteredDirectPath(tree, leaf)
  const recipients = pathRecipients(tree, path, added)
  const keysOfRecipients = recipients.map(nodes => nodes.map(node => tree.publicKeyAt(node)!))
  const { secrets, keyPairs, commitSecret } = derivePath(
    suite,
    randomBytes(suite.random, suite.kdf.length),
    path.nodes.length,
  )
  const derived = keyPairs.map(({ publicKey }) => publicKey)
  const publicKeys = forgery.keys?.(derived, tree) ?? derived
  const hashes = pathParentHashes(suite, tree, path, publicKeys)
  const { signatureKey, credential, capabilities, extensions } = { ...current, ...changes }
  const right: LeafContent = {
    encryptionKey: suite.kem.generateKeyPair().publicKey,
    signatureKey,
    credential,
    capabilities,
    leafNodeSource: 'commit',
    parentHash: hashes.leaf,
    extensions,
  }
  const place = { groupId, leafIndex: leaf }
  const signed = signLeaf(suite, signer, forgery.content?.(right, tree) ?? right, forgery.place?.(place) ?? place)
  const leafNode = forgery.leafNode?.(signed) ?? signed
  tree.applyPath({ path, leafNode, publicKeys, parentHashes: hashes.nodes })
  const secretAt = (i: number): Uint8Array => {
    const secret = secrets.bytes.slice(i * suite.kdf.length, (i + 1) * suite.kdf.length)
    return forgery.secret?.(secret, i) ?? secret
  }
  return {
    commitSecret: commitSecret.bytes,
    seal(groupContext) {
      const nodes = publicKeys.map((encryptionKey, i) => ({
        encryptionKey,
        encryptedPathSecret: packedCiphertexts(
          keysOfRecipients[i]!.map(key =>
            suite.labels.encryptWithLabel(key, 'UpdatePathNode', groupContext, secretAt(i)),
          ),
        ),
      }))
      return { leafNode, nodes: forgery.nodes?.(nodes) ?? nodes }
    },
  }
}
