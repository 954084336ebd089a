/** Sender keys: the two ends of one key. The owner's end signs and moves on; a holder's end opens what it is told the index of. */
import { copyOf } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import type { ValueOf } from '../codec/codec.ts'
import { opaqueOf, uint32, uint64, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import type { Signer } from '../crypto/provider.ts'
import { type Bytes, KEY, NONCE, type SenderKeysSuite } from './suite.ts'
import type { SenderKey } from './wire.ts'

/** Messages that a receiver skips at once. */
export const MAX_FORWARD = 1000
/** Skipped keys kept for one sender key; beyond that the oldest are forgotten. */
export const MAX_KEPT = 256
const LAST_INDEX = 0xffffffff

const messageKey = ({ labels }: SenderKeysSuite, chain: Uint8Array): Bytes =>
  labels.expand(chain, 'message', undefined, KEY + NONCE)
const nextChain = ({ labels }: SenderKeysSuite, chain: Uint8Array): Bytes => labels.expand(chain, 'chain')

// an index may be one more than the last that can be used
export const SavedOwnKey = struct('SavedOwnKey', {
  keyId: uint32,
  index: uint64,
  chain: opaqueOf(KEY),
  seed: opaqueOf(KEY),
})
const SavedKept = struct('SavedKept', { index: uint32, key: opaqueOf(KEY + NONCE) })
export const SavedHeldKey = struct('SavedHeldKey', {
  keyId: uint32,
  index: uint64,
  chain: opaqueOf(KEY),
  sigKey: opaqueOf(KEY),
  kept: vector(SavedKept),
})

function indexOf(saved: bigint): number {
  if (saved > 0x100000000n) throw new RejectedError('unknown-value', { field: 'index' })
  return Number(saved)
}

/** The key of this member's own messages. */
export class OwnKey {
  readonly keyId: number
  readonly #suite: SenderKeysSuite
  readonly #seed: Bytes
  readonly #signer: Signer
  #chain: Bytes
  #index: number

  private constructor(suite: SenderKeysSuite, saved: ValueOf<typeof SavedOwnKey>) {
    this.#suite = suite
    this.keyId = saved.keyId
    this.#seed = copyOf(saved.seed)
    this.#chain = copyOf(saved.chain)
    this.#index = indexOf(saved.index)
    this.#signer = suite.signature.signer(saved.seed)
  }

  static generate(suite: SenderKeysSuite): OwnKey {
    const random = randomBytes(suite.random, 4 + 2 * KEY)
    return wipingAfter([random], () => {
      const keyId = new DataView(random.buffer).getUint32(0)
      const saved = { keyId, index: 0n, chain: random.subarray(4, 4 + KEY), seed: random.subarray(4 + KEY) }
      return new OwnKey(suite, saved)
    })
  }

  static load(suite: SenderKeysSuite, saved: ValueOf<typeof SavedOwnKey>): OwnKey {
    return new OwnKey(suite, saved)
  }

  /** What holders get: the key from the next message on. Its chain is the one in use: for one encoding, not to be kept. */
  share(): SenderKey {
    if (this.#index > LAST_INDEX) throw new UsageError('ratchet-exhausted')
    return { keyId: this.keyId, index: this.#index, chain: this.#chain, sigKey: this.#signer.publicKey }
  }

  /** Encrypts the next message; `contextOf` says what it is bound to. */
  seal(plaintext: Uint8Array, contextOf: (index: number) => Uint8Array): { index: number; ciphertext: Bytes } {
    const index = this.#index
    if (index > LAST_INDEX) throw new UsageError('ratchet-exhausted')
    const mk = messageKey(this.#suite, this.#chain)
    const ciphertext = wipingAfter([mk], () =>
      this.#suite.aead.seal(mk.subarray(0, KEY), mk.subarray(KEY), contextOf(index), plaintext),
    )
    const next = nextChain(this.#suite, this.#chain)
    wipe(this.#chain)
    this.#chain = next
    this.#index = index + 1
    return { index, ciphertext }
  }

  sign(content: Uint8Array): Bytes {
    return this.#signer.sign(content)
  }

  save(): ValueOf<typeof SavedOwnKey> {
    return { keyId: this.keyId, index: BigInt(this.#index), chain: this.#chain, seed: this.#seed }
  }

  wipe(): void {
    wipe(this.#seed, this.#chain)
    this.#signer.wipe()
  }
}

interface Kept {
  readonly index: number
  readonly key: Bytes
}

/** The key of another member's messages. */
export class HeldKey {
  readonly keyId: number
  readonly sigKey: Bytes
  readonly #suite: SenderKeysSuite
  #chain: Bytes
  #index: number
  /** Oldest first. */
  #kept: readonly Kept[] = []

  constructor(suite: SenderKeysSuite, { keyId, index, chain, sigKey }: SenderKey) {
    this.#suite = suite
    this.keyId = keyId
    this.sigKey = copyOf(sigKey)
    this.#chain = copyOf(chain)
    this.#index = index
  }

  static load(suite: SenderKeysSuite, saved: ValueOf<typeof SavedHeldKey>): HeldKey {
    if (saved.kept.length > MAX_KEPT) throw new RejectedError('unknown-value', { field: 'SavedHeldKey.kept' })
    const held = new HeldKey(suite, { ...saved, index: indexOf(saved.index) })
    held.#kept = saved.kept.map(({ index, key }) => ({ index, key: copyOf(key) }))
    return held
  }

  /** Decrypts message `index`. Nothing changes on errors. */
  open(index: number, ciphertext: Uint8Array, context: Uint8Array): Bytes {
    const decrypt = (mk: Uint8Array): Bytes =>
      this.#suite.aead.open(mk.subarray(0, KEY), mk.subarray(KEY), context, ciphertext)
    if (index < this.#index) {
      const found = this.#kept.find(kept => kept.index === index)
      if (found === undefined) throw new RejectedError('generation-consumed', { index })
      const plaintext = decrypt(found.key)
      wipe(found.key)
      this.#kept = this.#kept.filter(kept => kept !== found)
      return plaintext
    }
    if (index - this.#index > MAX_FORWARD) throw new RejectedError('generation-too-far', { index, limit: MAX_FORWARD })
    const skipped: Kept[] = []
    let chain = copyOf(this.#chain)
    const step = (): void => {
      const next = nextChain(this.#suite, chain)
      wipe(chain)
      chain = next
    }
    for (let i = this.#index; i < index; i++, step()) {
      if (index - i <= MAX_KEPT) skipped.push({ index: i, key: messageKey(this.#suite, chain) })
    }
    const mk = messageKey(this.#suite, chain)
    try {
      const plaintext = decrypt(mk)
      step()
      this.#advance(chain, index + 1, skipped)
      return plaintext
    } catch (error) {
      wipe(chain, ...skipped.map(({ key }) => key))
      throw error
    } finally {
      wipe(mk)
    }
  }

  #advance(chain: Bytes, index: number, skipped: readonly Kept[]): void {
    const all = [...this.#kept, ...skipped]
    const forgotten = Math.max(0, all.length - MAX_KEPT)
    wipe(this.#chain, ...all.slice(0, forgotten).map(({ key }) => key))
    this.#kept = all.slice(forgotten)
    this.#chain = chain
    this.#index = index
  }

  save(): ValueOf<typeof SavedHeldKey> {
    const { keyId, sigKey } = this
    return { keyId, sigKey, index: BigInt(this.#index), chain: this.#chain, kept: this.#kept }
  }

  wipe(): void {
    wipe(this.#chain, ...this.#kept.map(({ key }) => key))
    this.#kept = []
  }
}
