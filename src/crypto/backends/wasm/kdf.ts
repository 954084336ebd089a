/** HMAC (RFC 2104) and HKDF (RFC 5869) on the symmetric module. */
import type { ByteList } from '../../../base/byte-list.ts'
import { checkBytes } from '../../../base/bytes.ts'
import { wipe, wipingAfter } from '../../../base/secret.ts'
import type { Hash, InParts, Kdf } from '../../provider.ts'
import { checkExpandLength, itemOf, sharedCount } from '../checks.ts'
import { PADDING_ROOM } from './hash.ts'
import type { WasmInstance } from './instance.ts'
import { aligned, BATCH_SIZE, place, SPAN } from './spans.ts'
import { symmetric, taken } from './symmetric.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What assembly/hmac.ts and assembly/hkdf.ts export; see there for the layouts. */
interface KdfFunctions {
  hmac(kind: number, at: number, keyLength: number, messageLength: number): void
  expand(kind: number, at: number, length: number, keyLength: number, infoLength: number): void
  hmacMany(...parameters: [...head: [kind: number, count: number], ...number[]]): void
  fillSpans(spans: number, count: number, base: number, stride: number, length: number): void
}

interface KdfModule extends KdfFunctions {
  readonly wasm: WasmInstance
}

let loaded: KdfModule | undefined

function kdfModule(): KdfModule {
  if (loaded === undefined) {
    const wasm = symmetric()
    loaded = { ...(wasm.exports as unknown as KdfFunctions), wasm }
  }
  return loaded
}

// room that assembly/hkdf.ts asks for behind the info
const COUNTER_ROOM = 160
const NO_SUFFIX = -1

/** The arguments of a bulk call, each list with as many items as the call has, or with one for all. */
interface ManyMacs {
  readonly keys: ByteList
  readonly messages: ByteList
  /** A byte behind every message, or none. */
  readonly suffix: number
  /** How much of each MAC is wanted. */
  readonly length: number
  /** The same for one item that does not fit a batch. */
  single(i: number): Bytes
}

class WasmKdf implements Kdf {
  readonly id: Kdf['id']
  readonly length: number
  readonly #hash: Hash
  readonly #kind: number
  readonly #block: number

  constructor(id: Kdf['id'], kind: number, hash: Hash) {
    this.id = id
    this.length = hash.length
    this.#hash = hash
    this.#kind = kind
    this.#block = hash.blockLength
  }

  hmac(key: Uint8Array, message: Uint8Array): Bytes {
    checkBytes(key)
    checkBytes(message)
    if (key.length > this.#block) return this.#withHashedKey(key, hashed => this.hmac(hashed, message))
    const { wasm, hmac } = kdfModule()
    const { io, ioSize } = wasm
    if (this.#block + message.length + PADDING_ROOM > ioSize) return this.#hmacOfParts(key, [message])
    const memory = wasm.bytes()
    try {
      memory.set(key, io)
      memory.set(message, io + this.#block)
      hmac(this.#kind, io, key.length, message.length)
      return taken(memory, io, this.length)
    } catch (error) {
      throw wasm.abandoned(error)
    }
  }

  extract(salt: Uint8Array, inputKey: Uint8Array): Bytes {
    return this.hmac(salt, inputKey)
  }

  extractParts(salt: Uint8Array, inputKey: InParts): Bytes {
    for (const bytes of [salt, ...inputKey]) checkBytes(bytes)
    if (salt.length > this.#block) return this.#withHashedKey(salt, hashed => this.#hmacOfParts(hashed, inputKey))
    return this.#hmacOfParts(salt, inputKey)
  }

  extractMany(salts: ByteList, inputKeys: ByteList): Bytes {
    const single = (i: number): Bytes => this.hmac(itemOf(salts, i), itemOf(inputKeys, i))
    return this.#many({ keys: salts, messages: inputKeys, suffix: NO_SUFFIX, length: this.length, single })
  }

  expand(key: Uint8Array, info: Uint8Array, length: number): Bytes {
    checkBytes(key)
    checkBytes(info)
    checkExpandLength(length, this.length)
    if (key.length > this.#block) return this.#withHashedKey(key, hashed => this.expand(hashed, info, length))
    const { wasm, expand } = kdfModule()
    const { io, ioSize } = wasm
    const keyAt = (io + length + 63) & ~63
    const infoAt = keyAt + this.#block + this.length
    if (infoAt + info.length + COUNTER_ROOM > io + ioSize) return this.#expandByParts(key, info, length)
    const memory = wasm.bytes()
    try {
      memory.set(key, keyAt)
      memory.set(info, infoAt)
      expand(this.#kind, io, length, key.length, info.length)
      return taken(memory, io, length)
    } catch (error) {
      throw wasm.abandoned(error)
    }
  }

  expandMany(keys: ByteList, infos: ByteList, length: number): Bytes {
    checkExpandLength(length, this.length)
    const single = (i: number): Bytes => this.expand(itemOf(keys, i), itemOf(infos, i), length)
    return this.#many({ keys, messages: infos, suffix: 1, length, single })
  }

  #withHashedKey(key: Uint8Array, body: (hashed: Bytes) => Bytes): Bytes {
    const hashed = this.#hash.digest(key)
    return wipingAfter([hashed], () => body(hashed))
  }

  /** HMAC of a message of any length in parts. */
  #hmacOfParts(key: Uint8Array, parts: InParts): Bytes {
    const inner = new Uint8Array(this.#block).fill(0x36)
    const outer = new Uint8Array(this.#block).fill(0x5c)
    const stream = this.#hash.stream()
    let digest: Bytes | undefined
    try {
      for (let i = 0; i < key.length; i++) {
        inner[i]! ^= key[i]!
        outer[i]! ^= key[i]!
      }
      stream.update(inner)
      for (const part of parts) stream.update(part)
      digest = stream.digest()
      return this.#hash.stream().update(outer).update(digest).digest()
    } finally {
      stream.wipe()
      wipe(inner, outer, digest)
    }
  }

  #expandByParts(key: Uint8Array, info: Uint8Array, length: number): Bytes {
    const out = new Uint8Array(length)
    let previous = new Uint8Array(0)
    try {
      for (let at = 0, i = 1; at < length; at += this.length, i++) {
        const next = this.#hmacOfParts(key, [previous, info, Uint8Array.of(i)])
        out.set(next.subarray(0, Math.min(this.length, length - at)), at)
        wipe(previous)
        previous = next
      }
      return out
    } catch (error) {
      wipe(out)
      throw error
    } finally {
      wipe(previous)
    }
  }

  #many(macs: ManyMacs): Bytes {
    const count = sharedCount(macs.keys, macs.messages)
    const out = new Uint8Array(count * macs.length)
    try {
      for (let from = 0; from < count; ) {
        const { to, work } = this.#batch(macs, from, count)
        if (to > from) this.#runBatch(macs, { from, to, work }, out)
        else {
          const one = macs.single(from)
          out.set(one, from * macs.length)
          wipe(one)
        }
        from = Math.max(to, from + 1)
      }
      return out
    } catch (error) {
      wipe(out)
      throw error
    }
  }

  /** The end of the batch that starts at `from`, empty where that item is not one for batches, and the working space it takes. */
  #batch({ keys, messages, length }: ManyMacs, from: number, count: number): { to: number; work: number } {
    let work = 2 * 256
    let to = from
    // more than one block of output takes more than one MAC
    for (; to < count && length <= this.length; to++) {
      const keyLength = keys.lengthOf(keys.count === 1 ? 0 : to)
      const messageLength = messages.lengthOf(messages.count === 1 ? 0 : to)
      const more = 120 + this.#block + messageLength
      if (keyLength > this.#block || work + more > BATCH_SIZE) break
      work += more
    }
    return { to, work }
  }

  #runBatch(
    { keys, messages, suffix, length }: ManyMacs,
    { from, to, work }: { from: number; to: number; work: number },
    out: Bytes,
  ): void {
    const { wasm, hmacMany, fillSpans } = kdfModule()
    const count = to - from
    const range = (items: ByteList) => (items.count === 1 ? { items, from: 0, to: 1 } : { items, from, to })
    const bytesOf = (items: ByteList) => {
      const { from: first, to: end } = range(items)
      return items.end(end - 1) - items.start(first)
    }
    // offsets of: spans of the keys, spans of the messages, MACs, keys, messages, working space
    const macs = aligned(2 * SPAN * count)
    const keysAt = macs + aligned(this.length * count)
    const messagesAt = keysAt + aligned(bytesOf(keys))
    const workAt = messagesAt + aligned(bytesOf(messages))
    const base = wasm.reserve(workAt + work)
    const memory = wasm.bytes()
    try {
      for (const [items, spans, at] of [
        [keys, base, base + keysAt],
        [messages, base + SPAN * count, base + messagesAt],
      ] as const) {
        place(memory, range(items), { at, spans })
        if (items.count === 1) fillSpans(spans, count, at, 0, items.lengthOf(0))
      }
      hmacMany(this.#kind, count, base, base + SPAN * count, suffix, length, base + workAt, base + macs)
      out.set(memory.subarray(base + macs, base + macs + length * count), from * length)
    } catch (error) {
      throw wasm.abandoned(error)
    } finally {
      memory.fill(0, base, base + workAt + work)
    }
  }
}

/** Key derivation on the shared instance of the symmetric module, which is made when one of them is first used. */
export function createWasmKdfs(hashes: Record<Hash['id'], Hash>): Record<Kdf['id'], Kdf> {
  return {
    'hkdf-sha256': new WasmKdf('hkdf-sha256', 0, hashes.sha256),
    'hkdf-sha384': new WasmKdf('hkdf-sha384', 1, hashes.sha384),
    'hkdf-sha512': new WasmKdf('hkdf-sha512', 2, hashes.sha512),
  }
}
