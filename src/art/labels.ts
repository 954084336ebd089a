/** ART section 1: key derivation and signatures under labels of this protocol. */
import { EMPTY, utf8 } from '../base/bytes.ts'
import { Writer } from '../codec/writer.ts'
import type { Kdf } from '../crypto/provider.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** The length of keys, secrets, hashes and MACs. */
export const KEY = 32
/** What every label of this protocol starts with. */
const PREFIX = 'ART 1.0 '

/** KDFLabel of RFC 9420 section 8 with this protocol's prefix. */
export function kdfLabel(label: string, context: Uint8Array, length: number): Bytes {
  const writer = new Writer(48 + label.length + context.length)
  writer.uint16(length)
  writer.opaque(utf8(PREFIX + label))
  writer.opaque(context)
  return writer.finish()
}

const contextFree = new Map<string, Bytes>()

/** `E(secret, label, context, length)`: ExpandWithLabel with this protocol's prefix. */
export function expandLabel(kdf: Kdf, secret: Uint8Array, label: string, context: Uint8Array, length = KEY): Bytes {
  if (context.length > 0) return kdf.expand(secret, kdfLabel(label, context, length), length)
  // labels without context are few and fixed
  const name = `${label} ${length}`
  let info = contextFree.get(name)
  if (info === undefined) contextFree.set(name, (info = kdfLabel(label, EMPTY, length)))
  return kdf.expand(secret, info, length)
}

/** What a signature covers: a label of this protocol, then the content. */
export function labeledContent(label: string, content: Uint8Array): Bytes {
  const prefix = utf8(PREFIX + label)
  const out = new Uint8Array(prefix.length + content.length)
  out.set(prefix)
  out.set(content, prefix.length)
  return out
}
