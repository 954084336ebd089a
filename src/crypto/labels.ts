/** RFC 9420 section 5: signatures, public-key encryption, key derivation and references, each bound to a label. */
import { ByteList, checkSameCount } from '../base/byte-list.ts'
import { checkBytes, concat, EMPTY, utf8 } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import type { Hpke, HpkeCiphertext, HpkeCiphertexts, ReceivedCiphertext } from './hpke.ts'
import type { KeyPair } from './kem.ts'
import type { Hash, InParts, Kdf, SignatureScheme, SignedMessages, Signer } from './provider.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What many recipients receive under one label. */
export interface EncryptManyWithLabel {
  readonly publicKeys: ByteList
  readonly label: string
  /** The same for all; it is hashed once. */
  readonly context: Uint8Array
  /** One for each recipient, or one for all. */
  readonly plaintexts: ByteList
}

/** RFC 9420 section 5 over one suite. Labels are given without the prefix "MLS 1.0 ", except to `refHash`. */
export interface Labels {
  /** Section 5.1.2, SignWithLabel. */
  signWithLabel(signer: Signer, label: string, content: Uint8Array): Bytes
  /** Section 5.1.2, VerifyWithLabel: false for anything that is not a valid signature. */
  verifyWithLabel(publicKey: Uint8Array, label: string, content: Uint8Array, signature: Uint8Array): boolean
  /** The indices of all invalid signatures, rising. `messages` are the contents. */
  verifyManyWithLabel(label: string, batch: SignedMessages): number[]
  /** Section 5.1.3, EncryptWithLabel. */
  encryptWithLabel(publicKey: Uint8Array, label: string, context: Uint8Array, plaintext: Uint8Array): HpkeCiphertext
  /** `encryptWithLabel` for many recipients, in bulk. */
  encryptManyWithLabel(batch: EncryptManyWithLabel): HpkeCiphertexts
  /** Section 5.1.3, DecryptWithLabel: throws `invalid-tag`, `low-order-point` or `invalid-public-key`. */
  decryptWithLabel(keyPair: KeyPair, label: string, context: Uint8Array, sealed: ReceivedCiphertext): Bytes
  /** Section 8, ExpandWithLabel. */
  expandWithLabel(secret: Uint8Array, label: string, context: Uint8Array, length: number): Bytes
  /** Item `i` is derived from `secrets[i]` and `contexts[i]`; one secret or one context serves for all where the list has one item. */
  expandManyWithLabel(secrets: ByteList, label: string, contexts: ByteList, length: number): Bytes
  /** Section 8, DeriveSecret. */
  deriveSecret(secret: Uint8Array, label: string): Bytes
  /** Section 9, DeriveTreeSecret. */
  deriveTreeSecret(secret: Uint8Array, label: string, generation: number, length: number): Bytes
  /** Section 5.2, RefHash. The label is taken as it is: "MLS 1.0 KeyPackage Reference". */
  refHash(label: string, value: Uint8Array): Bytes
}

/** What the labels of a suite are made of. */
export interface LabelParts {
  readonly hash: Hash
  readonly kdf: Kdf
  readonly signature: SignatureScheme
  readonly hpke: Hpke
}

const PREFIX = 'MLS 1.0 '
// an application may derive under labels of its own: forget all rather than grow without bound
const MAX_CACHED_LABELS = 256
// batches of four times as many are 8 % faster, and take 21 MB more, which WebAssembly never gives back
const SIGNATURES_AT_ONCE = 4096

/** Section 2.1.2: how many bytes the length of a vector takes. */
function lengthSize(length: number): number {
  if (length < 64) return 1
  if (length < 16384) return 2
  if (length < 1 << 30) return 4
  throw new UsageError('input-too-long', { length, limit: (1 << 30) - 1 })
}

/** Section 2.1.2: writes the length of a variable-size vector at `at` and returns where its content comes. */
function writeLength(out: Uint8Array, at: number, length: number): number {
  const size = lengthSize(length)
  for (let i = 0; i < size; i++) out[at + i] = length >>> (8 * (size - 1 - i))
  // the two upper bits tell the size: 0 for one byte, 1 for two, 2 for four
  out[at]! |= (size >> 1) << 6
  return at + size
}

/** Section 2.1.2: writes `content` as a variable-size vector at `at`. */
function writeVector(out: Uint8Array, at: number, content: Uint8Array): void {
  out.set(content, writeLength(out, at, content.length))
}

function vectorSize(content: Uint8Array): number {
  checkBytes(content)
  return lengthSize(content.length) + content.length
}

/** A text as a variable-size vector, kept for the next time. */
function vectorCache(prefix: string): (text: string) => Bytes {
  const known = new Map<string, Bytes>()
  return text => {
    let bytes = known.get(text)
    if (bytes === undefined) {
      if (typeof text !== 'string') throw new UsageError('wrong-argument', { expected: 'a label', got: typeof text })
      const content = utf8(prefix + text)
      bytes = new Uint8Array(vectorSize(content))
      writeVector(bytes, 0, content)
      if (known.size >= MAX_CACHED_LABELS) known.clear()
      known.set(text, bytes)
    }
    return bytes
  }
}

const labelVector = vectorCache(PREFIX)
const referenceVector = vectorCache('')

/** What stands before a content of some length: a label and that length. */
function headOf(label: Uint8Array, length: number): Bytes {
  const head = new Uint8Array(label.length + lengthSize(length))
  head.set(label)
  writeLength(head, label.length, length)
  return head
}

/** Section 5.1.2: what stands in SignContent before a content of some length. */
export const signContentHead = (label: string, length: number): Bytes => headOf(labelVector(label), length)

/** SignContent, EncryptContext and RefHashInput: a label and one more vector, whose content is not copied. */
function inParts(label: Uint8Array, content: Uint8Array): InParts {
  checkBytes(content)
  return [headOf(label, content.length), content]
}

const labeled = (label: Uint8Array, content: Uint8Array): Bytes => concat(...inParts(label, content))

/** `labeled` for every item of a list. */
function labeledMany(label: Uint8Array, contents: ByteList): ByteList {
  const offsets = new Uint32Array(contents.count + 1)
  for (let i = 0; i < contents.count; i++) {
    const length = contents.lengthOf(i)
    offsets[i + 1] = offsets[i]! + label.length + lengthSize(length) + length
  }
  const bytes = new Uint8Array(offsets[contents.count]!)
  for (let i = 0; i < contents.count; i++) {
    bytes.set(label, offsets[i])
    const [from, length] = [contents.start(i), contents.lengthOf(i)]
    const to = writeLength(bytes, offsets[i]! + label.length, length)
    for (let k = 0; k < length; k++) bytes[to + k] = contents.bytes[from + k]!
  }
  return ByteList.packed(bytes, offsets)
}

/** The part of KDFLabel before the context: the length asked for and the label. */
function kdfLabelHead(label: string, length: number): Bytes {
  const vector = labelVector(label)
  const out = new Uint8Array(2 + vector.length)
  out[0] = length >> 8
  out[1] = length
  out.set(vector, 2)
  return out
}

/** The labelled operations of one suite. */
export function createLabels({ hash, kdf, signature, hpke }: LabelParts): Labels {
  const expand = (secret: Uint8Array, label: string, context: Uint8Array, length: number): Bytes => {
    const vector = labelVector(label)
    const info = new Uint8Array(2 + vector.length + vectorSize(context))
    info[0] = length >> 8
    info[1] = length
    info.set(vector, 2)
    writeVector(info, 2 + vector.length, context)
    return kdf.expand(secret, info, length)
  }
  return {
    signWithLabel: (signer, label, content) => signer.sign(labeled(labelVector(label), content)),
    verifyWithLabel(publicKey, label, content, tag) {
      const message = inParts(labelVector(label), content)
      if (signature.verifyParts !== undefined) return signature.verifyParts(publicKey, message, tag)
      return signature.verify(publicKey, concat(...message), tag)
    },
    verifyManyWithLabel(label, { publicKeys, messages, signatures }) {
      const count = checkSameCount(publicKeys, messages, signatures)
      const bad: number[] = []
      for (let from = 0; from < count; from += SIGNATURES_AT_ONCE) {
        const to = Math.min(count, from + SIGNATURES_AT_ONCE)
        const chunk = {
          publicKeys: publicKeys.slice(from, to),
          messages: labeledMany(labelVector(label), messages.slice(from, to)),
          signatures: signatures.slice(from, to),
        }
        for (const index of signature.verifyMany(chunk)) bad.push(from + index)
      }
      return bad
    },
    encryptWithLabel: (publicKey, label, context, plaintext) =>
      hpke.seal(publicKey, labeled(labelVector(label), context), EMPTY, plaintext),
    encryptManyWithLabel: ({ publicKeys, label, context, plaintexts }) =>
      hpke.sealMany({ publicKeys, info: labeled(labelVector(label), context), aad: EMPTY, plaintexts }),
    decryptWithLabel: (keyPair, label, context, sealed) =>
      hpke.open(keyPair, sealed, inParts(labelVector(label), context), EMPTY),
    expandWithLabel: expand,
    expandManyWithLabel(secrets, label, contexts, length) {
      return kdf.expandMany(secrets, labeledMany(kdfLabelHead(label, length), contexts), length)
    },
    deriveSecret: (secret, label) => expand(secret, label, EMPTY, kdf.length),
    deriveTreeSecret(secret, label, generation, length) {
      if (generation !== generation >>> 0) throw new UsageError('wrong-argument', { generation })
      const context = Uint8Array.of(generation >>> 24, generation >>> 16, generation >>> 8, generation)
      return expand(secret, label, context, length)
    },
    refHash: (label, value) => hash.digest(labeled(referenceVector(label), value)),
  }
}
