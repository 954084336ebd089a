/** ART section 5, message keys: one ratchet for each sender of a stage, made when first needed. */

import { copyOf, EMPTY } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { wipe } from '../base/secret.ts'
import type { ValueOf } from '../codec/codec.ts'
import { opaqueOf, uint32, uint64, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { type Bytes, expandLabel, KEY } from './labels.ts'
import type { ArtSuite } from './suite.ts'

/** Generations that a receiver skips at once: one message must not cost unbounded work. */
export const MAX_FORWARD = 1000
/** Skipped keys kept for each sender; beyond that the oldest are forgotten. */
export const MAX_KEPT = 256
const LAST_GENERATION = 0xffffffff

const AEAD_KEY = 16
const NONCE = 12

const SavedKey = struct('SavedKey', { generation: uint32, key: opaqueOf(AEAD_KEY), nonce: opaqueOf(NONCE) })
const SavedRatchet = struct('SavedRatchet', {
  sender: uint32,
  // may be one more than the last generation
  generation: uint64,
  chain: opaqueOf(KEY),
  kept: vector(SavedKey),
})
/** The message keys of one stage, as they are stored. */
export const SavedMessageKeys = struct('SavedMessageKeys', {
  stage: uint64,
  stageKey: opaqueOf(KEY),
  leaves: uint32,
  ratchets: vector(SavedRatchet),
})
export type SavedMessageKeys = ValueOf<typeof SavedMessageKeys>

interface MessageKey {
  readonly key: Bytes
  readonly nonce: Bytes
}

interface Ratchet {
  /** The secret of `generation`, the next one not yet derived. */
  readonly chain: Bytes
  readonly generation: number
  /** Keys that were skipped and not used yet, by generation, rising. */
  readonly kept: ReadonlyMap<number, MessageKey>
}

/** A key to try: it counts as used when `accept` is called and not before. Wiped by either call. */
export interface Attempt extends MessageKey {
  accept(): void
  discard(): void
}

const uint32Bytes = (value: number): Bytes => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)

/** Stage key and sender ratchets of one stage. Its owner wipes it when the stage is forgotten. */
export class MessageKeys {
  readonly stage: bigint
  readonly leaves: number
  readonly #suite: ArtSuite
  readonly #stageKey: Bytes
  readonly #ratchets = new Map<number, Ratchet>()

  /** Copies the stage key. */
  constructor(suite: ArtSuite, stage: bigint, stageKey: Uint8Array, leaves: number) {
    this.#suite = suite
    this.stage = stage
    this.leaves = leaves
    this.#stageKey = copyOf(stageKey)
  }

  /** The stage key itself: for one computation, not to be kept. */
  get stageKey(): Uint8Array {
    return this.#stageKey
  }

  /** The key of this member's next message; it cannot be had twice. The caller wipes it. */
  next(sender: number): MessageKey & { readonly generation: number } {
    const ratchet = this.#ratchets.get(sender) ?? this.#start(sender)
    const { generation } = ratchet
    if (generation > LAST_GENERATION) throw new UsageError('ratchet-exhausted', { sender })
    const message = this.#keyOf(ratchet.chain)
    this.#ratchets.set(sender, { ...ratchet, chain: this.#nextChain(ratchet.chain), generation: generation + 1 })
    wipe(ratchet.chain)
    return { ...message, generation }
  }

  /** The key of a received message. Nothing changes until it is accepted. */
  attempt(sender: number, generation: number): Attempt {
    const current = this.#ratchets.get(sender)
    if (current !== undefined && generation < current.generation) return this.#attemptKept(current, sender, generation)
    if (generation - (current?.generation ?? 0) > MAX_FORWARD) {
      throw new RejectedError('generation-too-far', { sender, generation, limit: MAX_FORWARD })
    }
    const start = current ?? this.#start(sender)
    const skipped = new Map<number, MessageKey>()
    let chain = copyOf(start.chain)
    const step = (): void => {
      const next = this.#nextChain(chain)
      wipe(chain)
      chain = next
    }
    for (let g = start.generation; g < generation; g++, step()) {
      if (generation - g <= MAX_KEPT) skipped.set(g, this.#keyOf(chain))
    }
    const message = this.#keyOf(chain)
    step()
    return {
      ...message,
      accept: () => {
        wipe(message.key, message.nonce, start.chain)
        this.#ratchets.set(sender, { chain, generation: generation + 1, kept: newest(start.kept, skipped) })
      },
      discard: () => {
        wipe(message.key, message.nonce, chain)
        for (const { key, nonce } of skipped.values()) wipe(key, nonce)
        if (current === undefined) wipe(start.chain)
      },
    }
  }

  #attemptKept(ratchet: Ratchet, sender: number, generation: number): Attempt {
    const found = ratchet.kept.get(generation)
    if (found === undefined) throw new RejectedError('generation-consumed', { sender, generation })
    return {
      ...found,
      accept: () => {
        wipe(found.key, found.nonce)
        const kept = new Map(ratchet.kept)
        kept.delete(generation)
        this.#ratchets.set(sender, { ...ratchet, kept })
      },
      discard: () => {},
    }
  }

  #start(sender: number): Ratchet {
    const chain = expandLabel(this.#suite.kdf, this.#stageKey, 'sender', uint32Bytes(sender))
    return { chain, generation: 0, kept: new Map() }
  }

  #keyOf(chain: Uint8Array): MessageKey {
    const { kdf } = this.#suite
    return {
      key: expandLabel(kdf, chain, 'key', EMPTY, AEAD_KEY),
      nonce: expandLabel(kdf, chain, 'nonce', EMPTY, NONCE),
    }
  }

  #nextChain(chain: Uint8Array): Bytes {
    return expandLabel(this.#suite.kdf, chain, 'next', EMPTY)
  }

  /** Everything, secrets included, in an order that depends on nothing but the content. */
  save(): SavedMessageKeys {
    const ratchets = [...this.#ratchets]
      .sort(([a], [b]) => a - b)
      .map(([sender, { chain, generation, kept }]) => ({
        sender,
        generation: BigInt(generation),
        chain,
        kept: [...kept].map(([g, { key, nonce }]) => ({ generation: g, key, nonce })),
      }))
    return { stage: this.stage, stageKey: this.#stageKey, leaves: this.leaves, ratchets }
  }

  static load(suite: ArtSuite, { stage, stageKey, leaves, ratchets }: SavedMessageKeys): MessageKeys {
    const loaded = new MessageKeys(suite, stage, stageKey, leaves)
    for (const { sender, chain, generation, kept } of ratchets) {
      const copies = kept.map(
        ({ generation: g, key, nonce }) => [g, { key: copyOf(key), nonce: copyOf(nonce) }] as const,
      )
      loaded.#ratchets.set(sender, {
        chain: copyOf(chain),
        generation: Number(generation),
        kept: new Map(copies),
      })
    }
    return loaded
  }

  wipe(): void {
    wipe(this.#stageKey)
    for (const { chain, kept } of this.#ratchets.values()) {
      wipe(chain)
      for (const { key, nonce } of kept.values()) wipe(key, nonce)
    }
    this.#ratchets.clear()
  }
}

/** Kept keys and skipped ones together; the oldest beyond the limit are wiped and left out. */
function newest(
  kept: ReadonlyMap<number, MessageKey>,
  skipped: ReadonlyMap<number, MessageKey>,
): Map<number, MessageKey> {
  const all = [...kept, ...skipped]
  const dropped = all.slice(0, Math.max(0, all.length - MAX_KEPT))
  for (const [, { key, nonce }] of dropped) wipe(key, nonce)
  return new Map(all.slice(dropped.length))
}
