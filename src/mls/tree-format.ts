/** RFC 9420 section 7: how the ratchet tree's nodes sit in a tree of keys. */
import { EMPTY } from '../base/bytes.ts'
import { decodeKnown } from '../codec/codec.ts'
import { Reader } from '../codec/reader.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafIndex } from '../tree/math.ts'
import type { TreeFormat, TreeView } from '../tree/view.ts'
import { LeafNode, LeafNodeSource } from './leaf-node.ts'

/** Skips a variable-size vector of an encoding that has been checked; returns where its content starts and ends. */
function vectorAt(bytes: Uint8Array, at: number): { start: number; end: number } {
  const size = 1 << (bytes[at]! >> 6)
  let length = bytes[at]! & 0x3f
  for (let i = 1; i < size; i++) length = length * 256 + bytes[at + i]!
  return { start: at + size, end: at + size + length }
}

/** LeafNode starts with the encryption key, then comes the signature key. */
function signatureKeyOf(leaf: Uint8Array): Uint8Array {
  const { start, end } = vectorAt(leaf, vectorAt(leaf, 0).end)
  return leaf.subarray(start, end)
}

/** How many offsets `LeafNode.locate` writes: one per field and the end. */
export const LEAF_OFFSETS = LeafNode.fields.length + 1

/** The place of a field in what `LeafNode.locate` writes. */
export function leafField(name: keyof LeafNode): number {
  return LeafNode.fields.findIndex(({ key }) => key === name)
}

/** Where the content starts of a byte string whose variable-size length starts at `start`. */
export function contentStart(bytes: Uint8Array, start: number): number {
  return start + (1 << (bytes[start]! >> 6))
}

/** The content of a byte string whose variable-size length starts at `start`. */
export function contentOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return bytes.subarray(contentStart(bytes, start), end)
}

const SOURCE = leafField('leafNodeSource')
const located = new Uint32Array(LEAF_OFFSETS)

/** The parent hash in an encoded leaf, without decoding the rest; empty where the leaf does not come from a commit. */
export function parentHashOfLeaf(leaf: Uint8Array): Uint8Array {
  LeafNode.locate(new Reader(leaf, 'LeafNode'), located, 0)
  const source = located[SOURCE]!
  return leaf[source] === LeafNodeSource.numbers.commit ? contentOf(leaf, source + 1, located[SOURCE + 1]!) : EMPTY
}

/** The format of the ratchet trees of a suite. Leaves are encoded LeafNodes. */
export function ratchetTreeFormat({ kem, hash }: CipherSuite): TreeFormat {
  return { keyLength: kem.publicKeyLength, hashLength: hash.length, signatureKey: signatureKeyOf }
}

/** A leaf, decoded; undefined where it is blank. Leaves are kept encoded, so ask once and keep the answer for as long as it serves. */
export function leafNodeAt(tree: TreeView, leaf: LeafIndex): LeafNode | undefined {
  const bytes = tree.leafAt(leaf)
  return bytes === undefined ? undefined : decodeKnown(LeafNode, bytes)
}
