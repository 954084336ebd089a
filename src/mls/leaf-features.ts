/** RFC 9420 section 7.2: what a tree's summary counts of encoded leaves. Most say the same, so that it is decoded once for many. */
import { EMPTY } from '../base/bytes.ts'
import { decode } from '../codec/codec.ts'
import { Capabilities } from './leaf-node.ts'
import { leafField } from './tree-format.ts'
import type { LeafFeatures } from './tree-summary.ts'

const CREDENTIAL = leafField('credential')
const CAPABILITIES = leafField('capabilities')

function isAt(part: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (part.length !== end - start) return false
  for (let i = 0; i < part.length; i++) if (part[i] !== bytes[start + i]) return false
  return true
}

/** Features with all that the leaf says to support. */
export interface ReadFeatures extends LeafFeatures {
  readonly capabilities: Capabilities
}

/** Reads the features of one leaf after the other. Neighbours that say the same get the same object. */
export class FeatureReader {
  /** The last capabilities, encoded: a copy. */
  #encoded: Uint8Array = EMPTY
  #last: ReadFeatures | undefined

  /** Of a leaf in `bytes` whose fields are where `LeafNode.locate` has found them. */
  read(bytes: Uint8Array, offsets: Uint32Array, at = 0): ReadFeatures {
    const type = offsets[at + CREDENTIAL]!
    const credentialType = (bytes[type]! << 8) | bytes[type + 1]!
    const [start, end] = [offsets[at + CAPABILITIES]!, offsets[at + CAPABILITIES + 1]!]
    let last = this.#last
    if (last === undefined || !isAt(this.#encoded, bytes, start, end)) {
      this.#encoded = bytes.slice(start, end)
      this.#last = last = { credentialType, capabilities: decode(Capabilities, this.#encoded) }
    } else if (last.credentialType !== credentialType) this.#last = last = { ...last, credentialType }
    return last
  }
}
