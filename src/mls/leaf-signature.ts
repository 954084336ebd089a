/** RFC 9420 sections 7.2 and 7.3: signing leaves, and verifying one or all of a tree. */
import { ByteList } from '../base/byte-list.ts'
import { EMPTY } from '../base/bytes.ts'
import { type ErrorDetails, RejectedError, UsageError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import { opaque } from '../codec/primitives.ts'
import { signContentHead } from '../crypto/labels.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { keptContent } from './crypto-objects.ts'
import { type LeafNode, LeafNodeSource, LeafNodeTBS } from './leaf-node.ts'
import { contentStart, LEAF_OFFSETS, leafField } from './tree-format.ts'
import { isDefaultFeature } from './tree-summary.ts'

const LABEL = 'LeafNodeTBS'
// batches of eight times as many are 12 % faster, and take 25 MB more, which WebAssembly never gives back
const LEAVES_AT_ONCE = 2048
// to begin with; longer ones find room as they come
const ROOM_FOR_MESSAGE = 250
const ROOM_FOR_SIGNATURE = 64

/** Where a leaf is: its signature covers that, once it has been changed in a group. */
export interface LeafPlace {
  readonly groupId: Uint8Array
  readonly leafIndex: number
}

type WithoutSignature<T> = T extends unknown ? Omit<T, 'signature'> : never
/** A leaf that is yet to be signed. */
export type LeafContent = WithoutSignature<LeafNode>

/** What the signature of a leaf covers, not to be written to. `place` is needed for all sources but `key_package`. */
export function leafNodeTbs(leaf: LeafContent | LeafNode, place?: LeafPlace): Uint8Array {
  if (leaf.leafNodeSource === 'key_package' && 'signature' in leaf) {
    const content = keptContent(leaf)
    if (content !== undefined) return content
  }
  const placed =
    leaf.leafNodeSource === 'key_package' || place === undefined
      ? {}
      : { groupId: place.groupId, leafIndex: place.leafIndex }
  return encode(LeafNodeTBS, { ...leaf, ...placed } as LeafNodeTBS)
}

/** Signs a leaf. */
export function signLeaf(suite: CipherSuite, signer: Signer, content: LeafContent, place?: LeafPlace): LeafNode {
  for (const list of ['extensions', 'proposals'] as const) {
    // copath-mls-7.2-01: what everybody supports is not listed
    if (content.capabilities[list].some(type => isDefaultFeature(list, type))) {
      throw new UsageError('wrong-argument', { expected: 'capabilities without what everybody supports', list })
    }
  }
  return { ...content, signature: suite.labels.signWithLabel(signer, LABEL, leafNodeTbs(content, place)) } as LeafNode
}

/** Refuses a leaf whose signature is not its own. */
export function checkLeafSignature(
  suite: CipherSuite,
  leaf: LeafNode,
  place?: LeafPlace,
  where: ErrorDetails = {},
): void {
  if (!suite.labels.verifyWithLabel(leaf.signatureKey, LABEL, leafNodeTbs(leaf, place), leaf.signature)) {
    throw new RejectedError('invalid-signature', where)
  }
}

const SIGNATURE_KEY = leafField('signatureKey')
const SOURCE = leafField('leafNodeSource')
const SIGNATURE = leafField('signature')
const KEY_PACKAGE = LeafNodeSource.numbers.key_package

/** Encoded leaves in one buffer. */
export interface LocatedLeaves {
  readonly bytes: Uint8Array
  /** `LEAF_OFFSETS` entries for each leaf, as `LeafNode.locate` writes them. */
  readonly offsets: Uint32Array
  /** The index in its tree of each leaf. */
  readonly indices: Uint32Array
}

/** Byte strings appended to one buffer, of which a `ByteList` is made; then it starts over. */
class Packer {
  readonly #offsets: Uint32Array
  #bytes: Uint8Array<ArrayBuffer>
  #items = 0
  #end = 0

  constructor(items: number, capacity: number) {
    this.#offsets = new Uint32Array(items + 1)
    this.#bytes = new Uint8Array(capacity)
  }

  append(part: Uint8Array, from = 0, to = part.length): void {
    const at = this.#end
    const end = at + to - from
    if (end > this.#bytes.length) {
      const old = this.#bytes
      this.#bytes = new Uint8Array(Math.max(end, 2 * old.length))
      this.#bytes.set(old)
    }
    // byte by byte: a view for each would be more than what it shows
    for (let i = from; i < to; i++) this.#bytes[at + i - from] = part[i]!
    this.#end = end
  }

  /** Ends the current item. */
  close(): void {
    this.#offsets[++this.#items] = this.#end
  }

  /** All items, until the next are appended. */
  list(): ByteList {
    const offsets = this.#offsets.subarray(0, this.#items + 1)
    this.#items = 0
    this.#end = 0
    return ByteList.packed(this.#bytes, offsets)
  }
}

/** Verifies the signatures of many leaves of one group at once; returns the tree indices of the leaves that fail, in their order. */
export function invalidLeafSignatures(suite: CipherSuite, leaves: LocatedLeaves, groupId: Uint8Array): number[] {
  const { bytes, offsets, indices } = leaves
  const place = encode(opaque, groupId)
  const index = new Uint8Array(4)
  const indexView = new DataView(index.buffer)
  let headFor = -1
  let head: Uint8Array = EMPTY
  const bad: number[] = []
  const most = Math.min(indices.length, LEAVES_AT_ONCE)
  const messages = new Packer(most, most * ROOM_FOR_MESSAGE)
  const publicKeys = new Packer(most, most * suite.signature.publicKeyLength)
  const signatures = new Packer(most, most * ROOM_FOR_SIGNATURE)
  for (let from = 0; from < indices.length; from += LEAVES_AT_ONCE) {
    const count = Math.min(indices.length - from, LEAVES_AT_ONCE)
    for (let i = from; i < from + count; i++) {
      const at = i * LEAF_OFFSETS
      const [start, signatureStart] = [offsets[at]!, offsets[at + SIGNATURE]!]
      const isPlaced = bytes[offsets[at + SOURCE]!] !== KEY_PACKAGE
      const length = signatureStart - start + (isPlaced ? place.length + index.length : 0)
      if (length !== headFor) {
        head = signContentHead(LABEL, length)
        headFor = length
      }
      messages.append(head)
      messages.append(bytes, start, signatureStart)
      if (isPlaced) {
        indexView.setUint32(0, indices[i]!)
        messages.append(place)
        messages.append(index)
      }
      messages.close()
      publicKeys.append(bytes, contentStart(bytes, offsets[at + SIGNATURE_KEY]!), offsets[at + SIGNATURE_KEY + 1]!)
      publicKeys.close()
      signatures.append(bytes, contentStart(bytes, signatureStart), offsets[at + SIGNATURE + 1]!)
      signatures.close()
    }
    const batch = { publicKeys: publicKeys.list(), messages: messages.list(), signatures: signatures.list() }
    for (const item of suite.signature.verifyMany(batch)) bad.push(indices[from + item]!)
  }
  return bad
}
