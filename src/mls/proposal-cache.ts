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

/** Section 5.2, MakeProposalRef. */
export function proposalRef(suite: CipherSuite, { wireFormat, content, auth }: SignedContent): Uint8Array<ArrayBuffer> {
  return suite.labels.refHash('MLS 1.0 Proposal Reference', encode(AuthenticatedContent, { wireFormat, content, auth }))
}

/** The proposals of one epoch in the order in which they came. */
export class ProposalCache {
  readonly #limit: number
  readonly #byRef = new Map<string, CachedProposal>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#byRef.size
  }

  get(ref: Uint8Array): CachedProposal | undefined {
    return this.#byRef.get(toHex(ref))
  }

  values(): CachedProposal[] {
    return [...this.#byRef.values()]
  }

  /** Throws unless there is room for one more. */
  checkRoom(): void {
    if (this.#byRef.size >= this.#limit) throw new RejectedError('too-many-proposals', { limit: this.#limit })
  }

  /** Keeps a proposal that has been checked. One that is there already stays. */
  add(ref: Uint8Array<ArrayBuffer>, proposal: Proposal, sender: Sender): CachedProposal {
    const name = toHex(ref)
    const known = this.#byRef.get(name)
    if (known !== undefined) return known
    this.checkRoom()
    const cached = { ref, proposal, sender, checked: true }
    this.#byRef.set(name, cached)
    return cached
  }

  delete(ref: Uint8Array): boolean {
    return this.#byRef.delete(toHex(ref))
  }

  clear(): void {
    this.#byRef.clear()
  }
}
