/** Which place a public key is at: a hash table in typed arrays, keyed so that nobody can choose keys that collide. */
import { equalPublic } from '../base/bytes.ts'
import { type HashSeed, seededHash } from './seeded-hash.ts'

const FIRST_SLOTS = 16
const EMPTY_SLOT = 0

/** The key at a place now, or undefined where there is none any more. */
export type KeyAt = (place: number) => Uint8Array | undefined

/**
 * Places by the key they hold. The keys themselves are read where they are. An entry counts only while its place still holds
 * the key it was made for, so that a table may be behind the tree it speaks of.
 *
 * Invariant: at most seven eighths of the slots are in use; an entry lies in a run of used slots that starts at its hash.
 */
export class KeyIndex {
  readonly #seed: HashSeed
  readonly #keyAt: KeyAt
  /** Place + 1, or 0 for an empty slot. */
  #places = new Uint32Array(FIRST_SLOTS)
  #hashes = new Uint32Array(FIRST_SLOTS)
  #used = 0

  constructor(seed: HashSeed, keyAt: KeyAt) {
    this.#seed = seed
    this.#keyAt = keyAt
  }

  /** Bytes allocated. */
  get allocatedBytes(): number {
    return this.#places.byteLength + this.#hashes.byteLength
  }

  /** A place for which `accept` holds and whose key is `key`. */
  find(key: Uint8Array, accept: (place: number) => boolean): number | undefined {
    const hash = this.#hash(key)
    const mask = this.#places.length - 1
    for (let slot = hash & mask; this.#places[slot] !== EMPTY_SLOT; slot = (slot + 1) & mask) {
      if (this.#hashes[slot] !== hash) continue
      const place = this.#places[slot]! - 1
      const current = this.#keyAt(place)
      if (current !== undefined && equalPublic(current, key) && accept(place)) return place
    }
    return undefined
  }

  /** Notes that a place holds a key. */
  insert(key: Uint8Array, place: number): void {
    if (8 * (this.#used + 1) > 7 * this.#places.length) this.#resize(2 * this.#places.length)
    this.#put(this.#hash(key), place + 1)
    this.#used++
  }

  /** Forgets that a place held a key. */
  delete(key: Uint8Array, place: number): void {
    const hash = this.#hash(key)
    const mask = this.#places.length - 1
    for (let slot = hash & mask; this.#places[slot] !== EMPTY_SLOT; slot = (slot + 1) & mask) {
      if (this.#hashes[slot] === hash && this.#places[slot] === place + 1) {
        this.#close(slot)
        this.#used--
        return
      }
    }
  }

  /** Makes room for this many entries at once. */
  reserve(entries: number): void {
    let slots = this.#places.length
    while (8 * entries > 7 * slots) slots *= 2
    if (slots > this.#places.length) this.#resize(slots)
  }

  #hash(key: Uint8Array): number {
    return seededHash(this.#seed, key, 0, key.length)
  }

  #put(hash: number, value: number): void {
    const mask = this.#places.length - 1
    let slot = hash & mask
    while (this.#places[slot] !== EMPTY_SLOT) slot = (slot + 1) & mask
    this.#places[slot] = value
    this.#hashes[slot] = hash
  }

  /** Empties a slot and moves later entries of its run back, so that none is cut off from where its search starts. */
  #close(slot: number): void {
    const mask = this.#places.length - 1
    let gap = slot
    for (let next = (gap + 1) & mask; this.#places[next] !== EMPTY_SLOT; next = (next + 1) & mask) {
      const home = this.#hashes[next]! & mask
      if (((next - home) & mask) < ((next - gap) & mask)) continue
      this.#places[gap] = this.#places[next]!
      this.#hashes[gap] = this.#hashes[next]!
      gap = next
    }
    this.#places[gap] = EMPTY_SLOT
  }

  #resize(slots: number): void {
    const [places, hashes] = [this.#places, this.#hashes]
    this.#places = new Uint32Array(slots)
    this.#hashes = new Uint32Array(slots)
    for (let i = 0; i < places.length; i++) if (places[i] !== EMPTY_SLOT) this.#put(hashes[i]!, places[i]!)
  }
}
