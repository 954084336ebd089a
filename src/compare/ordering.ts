/** The ordering service of a delivery service: one sequence for a group, one commit for an epoch. Knows no protocol. */
import type { MemberId, Ordering } from './protocol.ts'

/** Something that wants a place in the sequence. */
export interface Submission {
  readonly from: MemberId
  readonly ordered: Exclude<Ordering, false>
  /** How much of the sequence its sender had taken in when it made this: the place of the first thing for it that it had not. */
  readonly position: number
  /** All who are to get it, the sender excluded. */
  readonly to: readonly MemberId[]
}

/** A sequence, and who is to get which part of it. */
export class OrderingService {
  #length = 0
  readonly #parts = new Map<MemberId, number[]>()

  /** How much is in the sequence. */
  get length(): number {
    return this.#length
  }

  /** The place in the sequence, or undefined for the loser of an epoch: something came first that its sender did not know. */
  submit({ from, ordered, position, to }: Submission): number | undefined {
    if (ordered === 'epoch' && position !== this.#length) return undefined
    const place = this.#length++
    for (const id of new Set([from, ...to])) {
      const part = this.#parts.get(id)
      if (part === undefined) this.#parts.set(id, [place])
      else part.push(place)
    }
    return place
  }

  /** The place of the `count`-th thing that somebody gets; undefined where there is none yet. */
  placeOf(id: MemberId, count: number): number | undefined {
    return this.#parts.get(id)?.[count]
  }
}
