/** Key derivation and signed content under the labels of one protocol: RFC 9420 section 8 with another prefix. */
import { concat, EMPTY, utf8 } from '../base/bytes.ts'
import { Writer } from '../codec/writer.ts'
import type { Kdf } from './provider.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What a protocol derives and signs, kept apart from every other protocol by its prefix. */
export interface ProtocolLabels {
  /** ExpandWithLabel: `length` bytes, by default as many as the hash has. */
  expand(secret: Uint8Array, label: string, context?: Uint8Array, length?: number): Bytes
  /** The `info` of that derivation, for bulk calls of the KDF. */
  info(label: string, context: Uint8Array, length: number): Bytes
  /** What a signature or a MAC under a label covers. */
  content(label: string, content: Uint8Array): Bytes
}

/** The labels of a protocol. `prefix` names it and its version and ends in a space: `Pairwise 1.0 `. */
export function protocolLabels(kdf: Kdf, prefix: string): ProtocolLabels {
  const withoutContext = new Map<string, Bytes>()
  const info = (label: string, context: Uint8Array, length: number): Bytes => {
    const writer = new Writer(48 + label.length + context.length)
    writer.uint16(length)
    writer.opaque(utf8(prefix + label))
    writer.opaque(context)
    return writer.finish()
  }
  // labels without context are few and fixed
  const fixedInfo = (label: string, length: number): Bytes => {
    const name = `${label} ${length}`
    let bytes = withoutContext.get(name)
    if (bytes === undefined) withoutContext.set(name, (bytes = info(label, EMPTY, length)))
    return bytes
  }
  return {
    info,
    expand: (secret, label, context = EMPTY, length = kdf.length) =>
      kdf.expand(secret, context.length === 0 ? fixedInfo(label, length) : info(label, context, length), length),
    content: (label, content) => concat(utf8(prefix + label), content),
  }
}
