/** A network that exists in one process: time, loss, delay, disorder and absence, all decided by a seed. Knows no protocol. */
import { UsageError } from '../base/errors.ts'
import type { MemberId } from './protocol.ts'
import type { Draws } from './random.ts'
import type { Transcript } from './transcript.ts'

/** What the network does to what it carries. */
export interface NetworkPolicy {
  /** The share of deliveries that do not arrive at the first attempt. */
  readonly drop: number
  /** The share of deliveries that arrive twice. */
  readonly duplicate: number
  /** How long a delivery takes, in ticks: from and to. */
  readonly delay: readonly [number, number]
  /** Whether packets between the same two overtake each other, where their delays differ. */
  readonly reorder: boolean
}

/** Nothing is lost, doubled or out of order, and everything takes one step. */
export const PERFECT: NetworkPolicy = { drop: 0, duplicate: 0, delay: [1, 1], reorder: false }

/** Ticks after which something that must arrive is sent again. */
export const RETRY = 50

/** Something on its way to one receiver. */
export interface Carried<T> {
  readonly from: MemberId
  readonly to: MemberId
  readonly bytes: Uint8Array
  /** Whether it is sent again until it arrives. */
  readonly mustArrive: boolean
  readonly content: T
}

interface Queued<T> {
  readonly time: number
  readonly order: number
  readonly item: Carried<T>
}

/** What a network is made from. */
export interface NetworkParts {
  readonly draws: Draws
  readonly transcript: Transcript
  readonly policy?: Partial<NetworkPolicy>
}

/** What went over the network so far. */
export interface Traffic {
  /** Attempts included that were lost. */
  deliveries: number
  deliveredBytes: number
}

const before = <T>(a: Queued<T>, b: Queued<T>): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)

/** Packets under way, by their time of arrival. What is for somebody offline waits. */
export class VirtualNetwork<T> {
  policy: NetworkPolicy
  now = 0
  readonly traffic: Traffic = { deliveries: 0, deliveredBytes: 0 }
  readonly #draws: Draws
  readonly #transcript: Transcript
  readonly #heap: Queued<T>[] = []
  readonly #waiting = new Map<MemberId, Carried<T>[]>()
  readonly #offline = new Set<MemberId>()
  readonly #latest = new Map<string, number>()
  #order = 0

  constructor({ draws, transcript, policy = {} }: NetworkParts) {
    this.#draws = draws
    this.#transcript = transcript
    this.policy = { ...PERFECT, ...policy }
  }

  /** Whether packets reach this client now. */
  isOnline(id: MemberId): boolean {
    return !this.#offline.has(id)
  }

  /** From now on everything for this one waits. */
  disconnect(id: MemberId): void {
    this.#offline.add(id)
  }

  /** Everything that waited for this one is on its way. */
  connect(id: MemberId): void {
    this.#offline.delete(id)
    const waiting = this.#waiting.get(id) ?? []
    this.#waiting.delete(id)
    for (const item of waiting) this.#push(this.now, item)
  }

  /** Takes something to carry. */
  post(item: Carried<T>): void {
    const { drop, duplicate, delay, reorder } = this.policy
    const { from, to, bytes, mustArrive } = item
    let start = this.now
    this.#count(item)
    while (this.#draws.chance(drop)) {
      this.#transcript.add({ time: start, what: 'lost', from, to, bytes })
      if (!mustArrive) return
      start += RETRY
      this.#count(item)
    }
    let time = start + this.#draws.between(...delay)
    if (!reorder) {
      const pair = `${from}\n${to}`
      time = Math.max(time, this.#latest.get(pair) ?? 0)
      this.#latest.set(pair, time)
    }
    this.#push(time, item)
    if (this.#draws.chance(duplicate)) {
      this.#count(item)
      this.#transcript.add({ time: this.now, what: 'repeated', from, to, bytes })
      this.#push(time + this.#draws.between(...delay), item)
    }
  }

  #count({ bytes }: Carried<T>): void {
    // what carries nothing is news of the service itself
    if (bytes.length === 0) return
    this.traffic.deliveries++
    this.traffic.deliveredBytes += bytes.length
  }

  /** The next thing that reaches somebody online; time goes on to then. */
  next(): Carried<T> | undefined {
    for (;;) {
      const found = this.#pop()
      if (found === undefined) return undefined
      this.now = Math.max(this.now, found.time)
      const { to } = found.item
      if (!this.#offline.has(to)) return found.item
      const waiting = this.#waiting.get(to)
      if (waiting === undefined) this.#waiting.set(to, [found.item])
      else waiting.push(found.item)
    }
  }

  #push(time: number, item: Carried<T>): void {
    if (!Number.isSafeInteger(time)) throw new UsageError('wrong-argument', { expected: 'delays in whole ticks' })
    const heap = this.#heap
    heap.push({ time, order: this.#order++, item })
    for (let at = heap.length - 1; at > 0; ) {
      const above = (at - 1) >> 1
      if (!before(heap[at]!, heap[above]!)) return
      this.#swap(at, above)
      at = above
    }
  }

  #pop(): Queued<T> | undefined {
    const heap = this.#heap
    if (heap.length < 2) return heap.pop()
    const first = heap[0]!
    heap[0] = heap.pop()!
    for (let at = 0; ; ) {
      let least = at
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (below < heap.length && before(heap[below]!, heap[least]!)) least = below
      }
      if (least === at) return first
      this.#swap(at, least)
      at = least
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const kept = heap[a]!
    heap[a] = heap[b]!
    heap[b] = kept
  }
}
