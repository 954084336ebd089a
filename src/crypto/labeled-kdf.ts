/** RFC 9180 section 4: LabeledExtract and LabeledExpand, which bind every derivation to its suite and purpose. */
import { ByteList } from '../base/byte-list.ts'
import { concat, utf8 } from '../base/bytes.ts'
import { wipingAfter } from '../base/secret.ts'
import type { InParts, Kdf } from './provider.ts'

type Bytes = Uint8Array<ArrayBuffer>

const VERSION = utf8('HPKE-v1')

/** Up to here a copy is cheaper than calls for each part. */
const LONGEST_COPY = 65536

/** A KDF whose inputs carry the protocol version, the suite and a label. */
export interface LabeledKdf {
  extract(salt: Uint8Array, label: string, inputKey: Uint8Array | InParts): Bytes
  /** One salt or one input key serves for all where the list has one item. */
  extractMany(salts: ByteList, label: string, inputKeys: ByteList): Bytes
  expand(key: Uint8Array, label: string, info: Uint8Array, length: number): Bytes
  /** The same info for all keys. */
  expandMany(keys: ByteList, label: string, info: Uint8Array, length: number): Bytes
  /** An info of its own for each key. */
  expandEach(keys: ByteList, label: string, infos: ByteList, length: number): Bytes
}

/** Puts a prefix before every item of a list. */
function prefixed(prefix: Uint8Array, items: ByteList): ByteList {
  const stride = items.stride === 0 ? 0 : prefix.length + items.stride
  const offsets = new Uint32Array(items.count + 1)
  for (let i = 0; i < items.count; i++) offsets[i + 1] = offsets[i]! + prefix.length + items.lengthOf(i)
  const bytes = new Uint8Array(offsets[items.count]!)
  for (let i = 0; i < items.count; i++) {
    bytes.set(prefix, offsets[i])
    bytes.set(items.at(i), offsets[i]! + prefix.length)
  }
  return stride === 0 ? ByteList.packed(bytes, offsets) : ByteList.fixed(bytes, stride)
}

/** A KDF bound to a suite identifier of RFC 9180 (section 4.1 or 5.1). */
export function labeledKdf(kdf: Kdf, suiteId: Uint8Array): LabeledKdf {
  const prefixes = new Map<string, Bytes>()
  // the labels are a handful of constants, so the map stays small
  const prefix = (label: string): Bytes => {
    let bytes = prefixes.get(label)
    if (bytes === undefined) prefixes.set(label, (bytes = concat(VERSION, suiteId, utf8(label))))
    return bytes
  }
  const infoPrefix = (label: string, length: number): Bytes =>
    concat(Uint8Array.of(length >> 8, length & 0xff), prefix(label))
  return {
    extract(salt, label, inputKey) {
      const parts = [prefix(label), ...(inputKey instanceof Uint8Array ? [inputKey] : inputKey)]
      const last = parts[parts.length - 1]!
      if (last.length > LONGEST_COPY && kdf.extractParts !== undefined) return kdf.extractParts(salt, parts)
      const input = concat(...parts)
      return wipingAfter([input], () => kdf.extract(salt, input))
    },
    extractMany(salts, label, inputKeys) {
      const inputs = prefixed(prefix(label), inputKeys)
      return wipingAfter([inputs.bytes], () => kdf.extractMany(salts, inputs))
    },
    expand: (key, label, info, length) => kdf.expand(key, concat(infoPrefix(label, length), info), length),
    expandMany: (keys, label, info, length) =>
      kdf.expandMany(keys, ByteList.of([concat(infoPrefix(label, length), info)]), length),
    expandEach: (keys, label, infos, length) =>
      kdf.expandMany(keys, prefixed(infoPrefix(label, length), infos), length),
  }
}
