/** What a tree to study is given from outside: a seed for its randomness, and leaves of members that are simulated nowhere. */
import { utf8 } from '../base/bytes.ts'
import type { RandomSource } from '../base/random.ts'
import { decode } from '../codec/codec.ts'
import { defaultProvider } from '../crypto/default-provider.ts'
import { checkKemPublicKey } from '../crypto/public-keys.ts'
import type { LeafIndex } from '../tree/math.ts'
import type { StagedTree } from './group-tree.ts'
import { checkUniqueKeys } from './leaf-checks.ts'
import { LeafNode } from './leaf-node.ts'

/** Bytes that depend on a text alone: hashes of it and a counter. For trees to study, never for secrets. */
export function seededRandom(seed: string): RandomSource {
  const { hash } = defaultProvider().suite(1)
  const block = new Uint8Array(hash.length + 8)
  block.set(hash.digest(utf8(seed)))
  const view = new DataView(block.buffer)
  let counter = 0n
  return out => {
    for (let at = 0; at < out.length; at += hash.length) {
      view.setBigUint64(hash.length, counter++)
      out.set(hash.digest(block).subarray(0, out.length - at), at)
    }
  }
}

/** Decodes a leaf that is to go to a blank place, or to the one of a member; its keys must be of the right form and new. */
export function decodeLeaf(staged: StagedTree, encoded: Uint8Array, place?: LeafIndex): LeafNode {
  const leafNode = decode(LeafNode, encoded.slice())
  checkKemPublicKey(staged.suite.kem, leafNode.encryptionKey)
  checkUniqueKeys(leafNode, {
    usesEncryptionKey: key => staged.usesEncryptionKey(key),
    usesSignatureKey: key => ![undefined, place].includes(staged.nodes.findSignatureKey(key)),
  })
  return leafNode
}
