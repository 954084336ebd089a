/** One client on the virtual network, with everything that is not the protocol's business: what waits, what was refused, what it cost. */
import { type CountingProvider, countOperations } from '../crypto/counting.ts'
import { createProvider } from '../crypto/index.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import type { Work } from './metrics.ts'
import type { Carried } from './network.ts'
import type { GroupEvent, MemberId, Step } from './protocol.ts'
import { seededRandom } from './random.ts'

/** What a driver notes about something under way. */
export interface Note {
  /** Its place in the sequence, where it has one. */
  readonly place: number | undefined
  /** How much of the sequence its sender had taken in. */
  readonly after: number
  /** How many packets led to it, itself included. */
  readonly round: number
  /** Set on what the ordering service tells the sender of a packet. */
  readonly verdict?: boolean
}

/** Packets kept that cannot be read yet; beyond that the oldest are given up. */
const MAX_UNREAD = 1000

/** A client and its post. */
export class Person<S> {
  readonly id: MemberId
  readonly provider: CountingProvider
  readonly state: S
  /** Everything that happened to it, in order. */
  readonly events: GroupEvent[] = []
  /** Packets that it refused and may be able to take later. */
  readonly unread: Carried<Note>[] = []
  /** Parts of the sequence that came before their turn, by place. */
  readonly early = new Map<number, Carried<Note>>()
  /** Whether it is in the group, as its events tell: to ask for all members with every packet would be quadratic. */
  isMember = false
  /** How many of its packets wait for the verdict of the ordering service. */
  undecided = 0
  /** How many parts of the sequence it has had. */
  taken = 0
  /** How much of the sequence it knows. */
  position = 0
  #ms = 0
  /** What of a call's time went to others' work. */
  #asideMs = 0

  constructor(id: MemberId, provider: CountingProvider, state: S) {
    this.id = id
    this.provider = provider
    this.state = state
  }

  /** Runs a call of the protocol and takes its time. */
  timed(call: () => Step): Step {
    const start = performance.now()
    const aside = this.#asideMs
    try {
      return call()
    } finally {
      // never zero, so that it shows who took part
      this.#ms += Math.max(performance.now() - start - (this.#asideMs - aside), Number.EPSILON)
    }
  }

  /** Runs what others would have done before, in the middle of this one's call: it is not on its clock. */
  aside<T>(call: () => T): T {
    const start = performance.now()
    const result = call()
    this.#asideMs += performance.now() - start
    return result
  }

  /** Notes what happened to it. */
  note(events: readonly GroupEvent[]): void {
    this.events.push(...events)
    for (const { kind } of events) if (kind !== 'message') this.isMember = kind === 'epoch'
  }

  /** What this client has done and received so far. */
  get work(): Work {
    return { counts: this.provider.counts(), ms: this.#ms }
  }

  /** Puts aside what was refused. */
  keepUnread(item: Carried<Note>): void {
    this.unread.push(item)
    if (this.unread.length > MAX_UNREAD) this.unread.shift()
  }

  /** What it has read so far. */
  get messages(): { readonly from: MemberId; readonly plaintext: Uint8Array }[] {
    return this.events.filter(event => event.kind === 'message')
  }
}

/** A provider for one client: counted, with randomness that depends on the seed and the client alone. */
export function personalProvider(base: CryptoProvider, seed: string): CountingProvider {
  const random = seededRandom(base.primitive('sha256'), seed)
  return countOperations({ random, primitive: id => base.primitive(id), choices: () => base.choices() })
}

/** What primitives come from where nothing else is said. */
export const plainProvider = (): CryptoProvider => createProvider()
