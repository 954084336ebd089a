/** RFC 9180, HPKE in base mode: single-shot encryption and secret export, to one recipient and to many at once. */
import { ByteList, checkListSize } from '../base/byte-list.ts'
import { concat, EMPTY } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import type { Kem, KeyPair } from './kem.ts'
import { labeledKdf } from './labeled-kdf.ts'
import type { Aead, InParts, Kdf } from './provider.ts'

/** What goes to a recipient: RFC 9420's HPKECiphertext. */
export interface HpkeCiphertext {
  readonly kemOutput: Uint8Array<ArrayBuffer>
  readonly ciphertext: Uint8Array<ArrayBuffer>
}

/** The same as it arrives. */
export type ReceivedCiphertext = { readonly [K in keyof HpkeCiphertext]: Uint8Array }

/** What goes to many recipients: item `i` of both lists belongs to the recipient of key `i`. */
export interface HpkeCiphertexts {
  readonly kemOutputs: ByteList
  readonly ciphertexts: ByteList
}

/** What many recipients receive. */
export interface SealMany {
  readonly publicKeys: ByteList
  /** The same for all; it is hashed once. */
  readonly info: Uint8Array
  readonly aad: Uint8Array
  /** One for each recipient, or one for all. */
  readonly plaintexts: ByteList
}

/** A secret agreed on by one message, and that message. */
export interface ExportedSecret {
  readonly kemOutput: Uint8Array<ArrayBuffer>
  readonly secret: Uint8Array<ArrayBuffer>
}

/** What both sides of an export must agree on. */
export interface ExportContext {
  readonly info: Uint8Array
  readonly context: Uint8Array
  readonly length: number
}

/** HPKE of one suite. Public keys that no honest party sends throw `low-order-point` or `invalid-public-key`. */
export interface Hpke {
  readonly kem: Kem
  /** RFC 9180 section 6.1, `SealBase`. */
  seal(publicKey: Uint8Array, info: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): HpkeCiphertext
  /** Errors name the first bad public key as `index`; nothing is returned then. */
  sealMany(batch: SealMany): HpkeCiphertexts
  /** Throws `invalid-tag` too. */
  open(
    keyPair: KeyPair,
    sealed: ReceivedCiphertext,
    info: Uint8Array | InParts,
    aad: Uint8Array,
  ): Uint8Array<ArrayBuffer>
  /** Section 5.3, sender: a fresh secret that only the holder of the private key can compute as well. */
  sendExport(publicKey: Uint8Array, what: ExportContext): ExportedSecret
  /** Section 5.3, receiver. */
  receiveExport(keyPair: KeyPair, kemOutput: Uint8Array, what: ExportContext): Uint8Array<ArrayBuffer>
}

/** What a suite of HPKE is made of; the identifiers are those of RFC 9180's registries. */
export interface HpkeParts {
  readonly kem: Kem
  readonly kdf: Kdf
  readonly kdfId: number
  readonly aead: Aead
  readonly aeadId: number
}

// Bounds the memory of working values (about 600 bytes for each recipient) and keeps them in the cache.
const RECIPIENTS_AT_ONCE = 1024

const MODE_BASE = Uint8Array.of(0)

/** HPKE from its parts. */
export function createHpke({ kem, kdf, kdfId, aead, aeadId }: HpkeParts): Hpke {
  const identifier = [kem.id, kdfId, aeadId].flatMap(id => [id >> 8, id & 0xff])
  const labeled = labeledKdf(kdf, Uint8Array.of(0x48, 0x50, 0x4b, 0x45, ...identifier))
  const pskIdHash = labeled.extract(EMPTY, 'psk_id_hash', EMPTY)

  const scheduleContext = (info: Uint8Array | InParts): Uint8Array =>
    concat(MODE_BASE, pskIdHash, labeled.extract(EMPTY, 'info_hash', info))

  /** Section 5.1, KeySchedule in base mode, as far as one message needs it. */
  const withMessageKey = <T>(
    sharedSecret: Uint8Array,
    info: Uint8Array | InParts,
    use: (key: Uint8Array, nonce: Uint8Array) => T,
  ): T => {
    const secret = wipingAfter([sharedSecret], () => labeled.extract(sharedSecret, 'secret', EMPTY))
    return wipingAfter([secret], () => {
      const context = scheduleContext(info)
      const key = labeled.expand(secret, 'key', context, aead.keyLength)
      return wipingAfter([key], () => {
        const nonce = labeled.expand(secret, 'base_nonce', context, aead.nonceLength)
        return wipingAfter([nonce], () => use(key, nonce))
      })
    })
  }
  const exported = (sharedSecret: Uint8Array, { info, context, length }: ExportContext): Uint8Array<ArrayBuffer> => {
    const secret = wipingAfter([sharedSecret], () => labeled.extract(sharedSecret, 'secret', EMPTY))
    const exporter = wipingAfter([secret], () => labeled.expand(secret, 'exp', scheduleContext(info), kdf.length))
    return wipingAfter([exporter], () => labeled.expand(exporter, 'sec', context, length))
  }

  /** Seals to recipients that fit in one bulk call. */
  const sealChunk = (publicKeys: ByteList, context: Uint8Array, aad: Uint8Array, plaintexts: ByteList) => {
    const secrets: Uint8Array[] = []
    const keep = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
      secrets.push(bytes)
      return bytes
    }
    try {
      const { kemOutput, sharedSecret } = kem.encapsulateMany(publicKeys)
      const shared = ByteList.fixed(keep(sharedSecret), kem.secretLength)
      const secret = ByteList.fixed(keep(labeled.extractMany(shared, 'secret', ByteList.of([EMPTY]))), kdf.length)
      const keys = keep(labeled.expandMany(secret, 'key', context, aead.keyLength))
      const nonces = keep(labeled.expandMany(secret, 'base_nonce', context, aead.nonceLength))
      const sealed = aead.sealMany(
        ByteList.fixed(keys, aead.keyLength),
        ByteList.fixed(nonces, aead.nonceLength),
        aad,
        plaintexts,
      )
      return { kemOutput, sealed }
    } finally {
      wipe(...secrets)
    }
  }

  return {
    kem,
    seal(publicKey, info, aad, plaintext) {
      const { kemOutput, sharedSecret } = kem.encapsulate(publicKey)
      const ciphertext = withMessageKey(sharedSecret, info, (key, nonce) => aead.seal(key, nonce, aad, plaintext))
      return { kemOutput, ciphertext }
    },
    sealMany({ publicKeys, info, aad, plaintexts }) {
      const count = publicKeys.count
      if (plaintexts.count !== count && plaintexts.count !== 1) {
        throw new UsageError('wrong-argument', { expected: 'one plaintext for all or for each', got: plaintexts.count })
      }
      const one = plaintexts.count === 1
      const offsets = new Uint32Array(count + 1)
      let total = 0
      for (let i = 0; i < count; i++) {
        total += plaintexts.lengthOf(one ? 0 : i) + aead.tagLength
        offsets[i + 1] = total
      }
      checkListSize(total)
      const kemOutputs = new Uint8Array(count * kem.outputLength)
      const ciphertexts = new Uint8Array(offsets[count]!)
      const context = scheduleContext(info)
      for (let from = 0; from < count; from += RECIPIENTS_AT_ONCE) {
        const to = Math.min(count, from + RECIPIENTS_AT_ONCE)
        const messages = one ? repeated(plaintexts.at(0), to - from) : plaintexts.slice(from, to)
        try {
          const { kemOutput, sealed } = sealChunk(publicKeys.slice(from, to), context, aad, messages)
          kemOutputs.set(kemOutput, from * kem.outputLength)
          ciphertexts.set(sealed.bytes.subarray(sealed.start(0), sealed.end(to - from - 1)), offsets[from])
        } catch (error) {
          throw shifted(error, from)
        } finally {
          if (one) wipe(messages.bytes)
        }
      }
      return {
        kemOutputs: ByteList.fixed(kemOutputs, kem.outputLength),
        ciphertexts: ByteList.packed(ciphertexts, offsets),
      }
    },
    open(keyPair, { kemOutput, ciphertext }, info, aad) {
      const sharedSecret = kem.decapsulate(keyPair, kemOutput)
      return withMessageKey(sharedSecret, info, (key, nonce) => aead.open(key, nonce, aad, ciphertext))
    },
    sendExport(publicKey, what) {
      const { kemOutput, sharedSecret } = kem.encapsulate(publicKey)
      return { kemOutput, secret: exported(sharedSecret, what) }
    },
    receiveExport: (keyPair, kemOutput, what) => exported(kem.decapsulate(keyPair, kemOutput), what),
  }
}

/** `count` copies of one message. */
function repeated(message: Uint8Array, count: number): ByteList {
  const bytes = new Uint8Array(message.length * count)
  const offsets = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) {
    bytes.set(message, i * message.length)
    offsets[i + 1] = (i + 1) * message.length
  }
  return ByteList.packed(bytes, offsets)
}

/** The same rejection with its index counted from the start of the whole batch. */
function shifted(error: unknown, from: number): unknown {
  if (!(error instanceof RejectedError)) return error
  const index = error.details['index']
  return typeof index === 'number' ? new RejectedError(error.code, { ...error.details, index: index + from }) : error
}
