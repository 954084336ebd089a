/** RFC 9420 section 12.1: proposals received in an epoch, kept by their reference until a commit uses them. */
import { toHex } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { SignedContent } from './content-signature.ts'
import { AuthenticatedContent, type Sender } from './framing.ts'
import type { Proposal } from './proposal.ts'
import type { ListedProposal } from './proposal-list.ts'

/** A proposal that waits to be committed. */
export interface CachedProposal extends ListedProposal {
  readonly ref: Uint8Array<ArrayBuffer>
}

/** A proposal as it is stored: with its place in the order of arrival. */
export interface StoredProposal {
  readonly cached: CachedProposal
  readonly order: number
  readonly setAside: boolean
}

/** What has changed in a cache: places in the order of arrival. */
export interface CacheChanges {
  cleared: boolean
  readonly orders: Set<number>
}

/** Section 5.2, MakeProposalRef. */
export function proposalRef(suite: CipherSuite, { wireFormat, content, auth }: SignedContent): Uint8Array<ArrayBuffer> {
  return suite.labels.refHash('MLS 1.0 Proposal Reference', encode(AuthenticatedContent, { wireFormat, content, auth }))
}

/**
 * The proposals of one epoch in the order in which they came. Those that this member does not want stay: others may commit
 * them, and a private message cannot be read twice.
 */
export class ProposalCache {
  readonly #limit: number
  readonly #byRef = new Map<string, CachedProposal>()
  readonly #unwanted = new Set<string>()
  /** By place in the order of arrival: names. */
  readonly #arrivals = new Map<number, string>()
  readonly #orders = new Map<string, number>()
  #next = 0
  /** Where somebody wants to know: what has changed since it was last emptied. */
  changes: CacheChanges | undefined

  constructor(limit: number, stored: readonly StoredProposal[] = []) {
    this.#limit = limit
    for (const { cached, order, setAside } of stored) {
      const name = toHex(cached.ref)
      this.#next = order
      this.#keep(name, cached)
      if (setAside) this.#unwanted.add(name)
    }
  }

  /** What is at a place in the order of arrival. */
  at(order: number): StoredProposal | undefined {
    const name = this.#arrivals.get(order)
    const cached = name === undefined ? undefined : this.#byRef.get(name)
    return cached && { cached, order, setAside: this.#unwanted.has(name!) }
  }

  /** All places in the order of arrival. */
  orders(): IterableIterator<number> {
    return this.#arrivals.keys()
  }

  #keep(name: string, cached: CachedProposal): void {
    const order = this.#next++
    this.#byRef.set(name, cached)
    this.#orders.set(name, order)
    this.#arrivals.set(order, name)
    this.changes?.orders.add(order)
  }

  #note(name: string): void {
    this.changes?.orders.add(this.#orders.get(name)!)
  }

  /** How many wait for a commit of this member. */
  get size(): number {
    return this.#byRef.size - this.#unwanted.size
  }

  get(ref: Uint8Array): CachedProposal | undefined {
    return this.#byRef.get(toHex(ref))
  }

  /** Those that a commit of this member would include. */
  values(): CachedProposal[] {
    return [...this.#byRef].filter(([name]) => !this.#unwanted.has(name)).map(([, cached]) => cached)
  }

  /** Throws unless there is room for one more, which one that was set aside may have to make. */
  checkRoom(): void {
    if (this.size >= this.#limit) throw new RejectedError('too-many-proposals', { limit: this.#limit })
  }

  /**
   * Keeps a proposal that has been checked. One that is there already stays, and counts again if it was set aside. Those that a
   * pending commit uses are not forgotten.
   */
  add(ref: Uint8Array<ArrayBuffer>, proposal: Proposal, sender: Sender, used?: ReadonlySet<string>): CachedProposal {
    const name = toHex(ref)
    const known = this.#byRef.get(name)
    if (this.#unwanted.delete(name)) this.#note(name)
    if (known !== undefined) return known
    this.checkRoom()
    if (this.#byRef.size >= this.#limit) this.#forgetUnwanted(used)
    const cached = { ref, proposal, sender, checked: true }
    this.#keep(name, cached)
    return cached
  }

  /** From now on a proposal is in no commit of this member. Whether it was before. */
  setAside(ref: Uint8Array): boolean {
    const name = toHex(ref)
    if (!this.#byRef.has(name) || this.#unwanted.has(name)) return false
    this.#unwanted.add(name)
    this.#note(name)
    return true
  }

  /** The first to have come: an order that a member which was saved and loaded knows as well. */
  #forgetUnwanted(used?: ReadonlySet<string>): void {
    for (const [order, name] of this.#arrivals) {
      if (used?.has(name) || !this.#unwanted.delete(name)) continue
      this.changes?.orders.add(order)
      this.#byRef.delete(name)
      this.#arrivals.delete(order)
      this.#orders.delete(name)
      return
    }
  }

  clear(): void {
    for (const map of [this.#byRef, this.#unwanted, this.#arrivals, this.#orders]) map.clear()
    this.#next = 0
    if (this.changes === undefined) return
    this.changes.cleared = true
    this.changes.orders.clear()
  }
}
