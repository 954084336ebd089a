/** RFC 5116: AES-GCM and ChaCha20-Poly1305 in WebAssembly. Constant time, messages of any length in little memory. */
import { ByteList, checkListSize, checkSameCount } from '../../../base/byte-list.ts'
import { checkBytes, unshared } from '../../../base/bytes.ts'
import { RejectedError, UsageError } from '../../../base/errors.ts'
import type { Aead } from '../../provider.ts'
import { checkOwnLength, checkOwnLengths } from '../checks.ts'
import type { WasmInstance } from './instance.ts'
import { symmetric } from './symmetric.ts'

/** What assembly/aead.ts exports. */
interface AeadCalls {
  aeadStart(cipher: number, key: number, nonce: number): void
  aeadAssociate(at: number, length: number): void
  aeadAuthenticate(at: number, length: number): void
  aeadApplyStream(at: number, length: number): void
  aeadEncrypt(at: number, length: number): void
  aeadTag(out: number): void
  aeadVerify(tag: number): number
  aeadWipe(): void
  aeadSeal(cipher: number, at: number, aadLength: number, length: number): void
  aeadOpen(cipher: number, at: number, aadLength: number, length: number): number
  aeadSealMany(cipher: number, count: number, request: number): void
}

interface Message {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  readonly aad: Uint8Array
  /** Plaintext, or ciphertext without the tag. */
  readonly text: Uint8Array
}

interface Batch {
  readonly keys: ByteList
  readonly nonces: ByteList
  readonly aad: Uint8Array
  readonly plaintexts: ByteList
}

type Bytes = Uint8Array<ArrayBuffer>

/** The number by which assembly/aead.ts knows a cipher, and the longest text that its 32-bit block counter allows. */
const CIPHERS = {
  chacha20poly1305: { cipher: 0, keyLength: 32, limit: 64 * (2 ** 32 - 1) },
  aes128gcm: { cipher: 16, keyLength: 16, limit: 16 * (2 ** 32 - 2) },
  aes256gcm: { cipher: 32, keyLength: 32, limit: 16 * (2 ** 32 - 2) },
} as const

const NONCE = 12
const TAG = 16
// where a single message has its nonce and its associated data, from where its key is
const NONCE_AT = 32
const AAD_AT = 48
// bulk calls: the bytes of a request, and of the length of one text
const REQUEST = 28
const LENGTH = 4
/** Longer messages pass through in pieces, more messages in batches: a multiple of 16 that fits the memory a module starts with. */
const PIECE = 65536

const callsOf = (instance: WasmInstance): AeadCalls => instance.exports as unknown as AeadCalls

/** Runs `body` on a message laid out in one place, if it is small enough. */
function withWhole<T>(
  instance: WasmInstance,
  { key, nonce, aad, text }: Message,
  body: (at: number, textAt: number) => T,
): T {
  const textAt = AAD_AT + aad.length
  const size = textAt + text.length + TAG
  const at = size <= instance.ioSize ? instance.io : instance.reserve(size)
  const memory = instance.bytes()
  try {
    memory.set(key, at)
    memory.set(nonce, at + NONCE_AT)
    memory.set(aad, at + AAD_AT)
    memory.set(text, at + textAt)
    return body(at, at + textAt)
  } catch (error) {
    throw instance.abandoned(error)
  } finally {
    memory.fill(0, at, at + size)
  }
}

function sealWhole(instance: WasmInstance, cipher: number, message: Message): Bytes {
  const { aad, text } = message
  return withWhole(instance, message, (at, textAt) => {
    callsOf(instance).aeadSeal(cipher, at, aad.length, text.length)
    return instance.bytes().slice(textAt, textAt + text.length + TAG)
  })
}

function openWhole(instance: WasmInstance, cipher: number, message: Message, tag: Uint8Array): Bytes | undefined {
  const { aad, text } = message
  return withWhole(instance, message, (at, textAt) => {
    const memory = instance.bytes()
    memory.set(tag, textAt + text.length)
    if (callsOf(instance).aeadOpen(cipher, at, aad.length, text.length) === 0) return undefined
    return memory.slice(textAt, textAt + text.length)
  })
}

/** Carries `bytes` piece by piece through the arena, and the result of `turn` into `out`. */
function throughArena(
  instance: WasmInstance,
  bytes: Uint8Array,
  turn: (at: number, length: number) => void,
  out?: Bytes,
): void {
  const at = instance.reserve(PIECE)
  const memory = instance.bytes()
  for (let from = 0; from < bytes.length; from += PIECE) {
    const piece = bytes.subarray(from, from + PIECE)
    memory.set(piece, at)
    turn(at, piece.length)
    out?.set(memory.subarray(at, at + piece.length), from)
  }
}

/** Runs `body` on a message begun, its associated data absorbed; wipes whatever is left of it in the module. */
function withBegun<T>(instance: WasmInstance, cipher: number, { key, nonce, aad }: Message, body: () => T): T {
  const calls = callsOf(instance)
  const arena = instance.reserve(PIECE)
  const { io } = instance
  try {
    instance.bytes().set(key, io)
    instance.bytes().set(nonce, io + NONCE_AT)
    calls.aeadStart(cipher, io, io + NONCE_AT)
    throughArena(instance, aad, calls.aeadAssociate)
    const result = body()
    calls.aeadWipe()
    return result
  } catch (error) {
    throw instance.abandoned(error)
  } finally {
    instance.bytes().fill(0, io, io + AAD_AT)
    instance.bytes().fill(0, arena, arena + PIECE)
  }
}

function sealInPieces(instance: WasmInstance, cipher: number, message: Message): Bytes {
  const calls = callsOf(instance)
  const out = new Uint8Array(message.text.length + TAG)
  return withBegun(instance, cipher, message, () => {
    throughArena(instance, message.text, calls.aeadEncrypt, out)
    calls.aeadTag(instance.io)
    out.set(instance.bytes().subarray(instance.io, instance.io + TAG), message.text.length)
    return out
  })
}

/** Goes over the ciphertext twice, so that nothing is decrypted before all of it is authenticated. */
function openInPieces(instance: WasmInstance, cipher: number, message: Message, tag: Uint8Array): Bytes | undefined {
  const calls = callsOf(instance)
  const text = unshared(message.text)
  return withBegun(instance, cipher, message, () => {
    throughArena(instance, text, calls.aeadAuthenticate)
    instance.bytes().set(tag, instance.io)
    if (calls.aeadVerify(instance.io) === 0) return undefined
    const out = new Uint8Array(text.length)
    throughArena(instance, text, calls.aeadApplyStream, out)
    return out
  })
}

const fitsWhole = ({ aad, text }: Message): boolean => AAD_AT + aad.length + text.length + TAG <= PIECE

/** The bytes of all items of a list, which follow each other. */
const allBytes = (list: ByteList): Uint8Array => list.bytes.subarray(list.start(0), list.end(list.count - 1))

/** Seals a batch that fits the arena, in one call. */
function sealBatch(instance: WasmInstance, cipher: number, { keys, nonces, aad, plaintexts }: Batch, out: Bytes): void {
  const { count } = plaintexts
  const texts = allBytes(plaintexts)
  const lengthsAt = instance.reserve(PIECE)
  const keysAt = lengthsAt + LENGTH * count
  const noncesAt = keysAt + keys.lengthOf(0) * count
  const aadAt = noncesAt + NONCE * count
  const textsAt = aadAt + aad.length
  const outAt = textsAt + texts.length
  const memory = instance.bytes()
  try {
    const lengths = new Uint32Array(memory.buffer, lengthsAt, count)
    for (let i = 0; i < count; i++) lengths[i] = plaintexts.lengthOf(i)
    memory.set(allBytes(keys), keysAt)
    memory.set(allBytes(nonces), noncesAt)
    memory.set(aad, aadAt)
    memory.set(texts, textsAt)
    const request = [keysAt, noncesAt, aadAt, aad.length, lengthsAt, textsAt, outAt]
    new Uint32Array(memory.buffer, instance.io, request.length).set(request)
    callsOf(instance).aeadSealMany(cipher, count, instance.io)
    out.set(memory.subarray(outAt, outAt + out.length))
  } catch (error) {
    throw instance.abandoned(error)
  } finally {
    memory.fill(0, instance.io, instance.io + REQUEST)
    memory.fill(0, lengthsAt, outAt + out.length)
  }
}

function sealMany(cipher: number, batch: Batch, sealAlone: (message: Message) => Bytes): ByteList {
  const { keys, nonces, aad, plaintexts } = batch
  const { count } = plaintexts
  const keyLength = count === 0 ? 0 : keys.lengthOf(0)
  const offsets = new Uint32Array(count + 1)
  let total = 0
  for (let i = 0; i < count; i++) offsets[i + 1] = total += plaintexts.lengthOf(i) + TAG
  checkListSize(total)
  const out = new Uint8Array(total)
  const beside = LENGTH + keyLength + NONCE + TAG
  for (let from = 0, to = 0; from < count; from = to) {
    let size = aad.length
    for (; to < count; to++) {
      size += beside + 2 * plaintexts.lengthOf(to)
      if (size > PIECE) break
    }
    if (to === from) {
      const message = { key: keys.at(from), nonce: nonces.at(from), aad, text: plaintexts.at(from) }
      out.set(sealAlone(message), offsets[from])
      to++
    } else {
      const part = {
        keys: keys.slice(from, to),
        nonces: nonces.slice(from, to),
        aad,
        plaintexts: plaintexts.slice(from, to),
      }
      sealBatch(symmetric(), cipher, part, out.subarray(offsets[from], offsets[to]))
    }
  }
  return plaintexts.stride > 0 ? ByteList.fixed(out, plaintexts.stride + TAG) : ByteList.packed(out, offsets)
}

/** One AEAD of the symmetric module. Throws `no-webassembly` on first use where the runtime forbids WebAssembly. */
export function wasmAead(id: Aead['id']): Aead {
  const { cipher, keyLength, limit } = CIPHERS[id]
  const check = ({ key, nonce, aad, text }: Message): void => {
    checkOwnLength(key, keyLength)
    checkOwnLength(nonce, NONCE)
    checkBytes(aad)
    checkBytes(text)
    if (text.length > limit) throw new UsageError('input-too-long', { length: text.length, limit })
  }
  const seal = (message: Message): Bytes => {
    check(message)
    return (fitsWhole(message) ? sealWhole : sealInPieces)(symmetric(), cipher, message)
  }
  return {
    id,
    keyLength,
    nonceLength: NONCE,
    tagLength: TAG,
    seal: (key, nonce, aad, plaintext) => seal({ key, nonce, aad, text: plaintext }),
    open(key, nonce, aad, ciphertext) {
      checkBytes(ciphertext)
      const length = Math.max(0, ciphertext.length - TAG)
      const message = { key, nonce, aad, text: ciphertext.subarray(0, length) }
      check(message)
      const tag = ciphertext.subarray(length)
      const open = fitsWhole(message) ? openWhole : openInPieces
      const plaintext = tag.length === TAG ? open(symmetric(), cipher, message, tag) : undefined
      if (plaintext === undefined) throw new RejectedError('invalid-tag')
      return plaintext
    },
    sealMany(keys, nonces, aad, plaintexts) {
      checkSameCount(keys, nonces, plaintexts)
      checkOwnLengths(keys, keyLength)
      checkOwnLengths(nonces, NONCE)
      checkBytes(aad)
      return sealMany(cipher, { keys, nonces, aad, plaintexts }, seal)
    },
  }
}
