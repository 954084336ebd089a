/** RFC 9420 section 7: how the ratchet tree's nodes sit in a tree of keys. */
import { decode } from '../codec/codec.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafIndex } from '../tree/math.ts'
import type { TreeFormat, TreeView } from '../tree/view.ts'
import { LeafNode } from './leaf-node.ts'

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

/** The format of the ratchet trees of a suite. Leaves are encoded LeafNodes. */
export function ratchetTreeFormat({ kem, hash }: CipherSuite): TreeFormat {
  return { keyLength: kem.publicKeyLength, hashLength: hash.length, signatureKey: signatureKeyOf }
}

/** A leaf, decoded; undefined where it is blank. Leaves are kept encoded, so ask once and keep the answer for as long as it serves. */
export function leafNodeAt(tree: TreeView, leaf: LeafIndex): LeafNode | undefined {
  const bytes = tree.leafAt(leaf)
  return bytes === undefined ? undefined : decode(LeafNode, bytes)
}
