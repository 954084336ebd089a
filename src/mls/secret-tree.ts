/** RFC 9420 section 9: the secret tree. Keys are derived when first needed; whatever they were derived from is gone afterwards. */
import { ByteList } from '../base/byte-list.ts'
import { utf8 } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import type { CipherSuite } from '../crypto/suites.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** The two ratchets of a sender (section 9.1). */
export type RatchetKind = 'handshake' | 'application'

/** The key and nonce of one message. */
export interface MessageKey {
  readonly generation: number
  readonly key: Bytes
  readonly nonce: Bytes
}

/** A key to try on a received message: kept or given back, never both. */
export interface PendingKey extends MessageKey {
  /** The message was genuine: the key and all it came from are consumed. */
  accept(): void
  /** It was not: the tree is as it was. */
  discard(): void
}

/** How far a receiver follows a sender that seems ahead, and how many keys it keeps for messages that come late. */
export interface RatchetLimits {
  /** Generations skipped at once. A larger gap is refused, so that one message cannot cost unbounded work. */
  readonly maxForward: number
  /** Skipped keys kept for each ratchet; beyond that the oldest are forgotten. */
  readonly maxKept: number
}

export const DEFAULT_LIMITS: RatchetLimits = { maxForward: 1000, maxKept: 256 }

/** A chain of keys of one sender. */
export interface Ratchet {
  /** The secret of `generation`, the next one not yet derived. */
  secret: Bytes
  generation: number
  /** Keys that were skipped over and not used yet, in rising order of generation. */
  readonly kept: Map<number, MessageKey>
}

/** Both chains of a sender. */
export type Ratchets = Record<RatchetKind, Ratchet>

/** What has changed in a secret tree, by node and by leaf. */
export interface SecretTreeChanges {
  readonly nodes: Set<number>
  readonly leaves: Set<number>
}

/** The secrets of a tree: of subtrees that nobody has sent from, by node, and the ratchets of those who have, by leaf. */
export interface SecretTreeParts {
  readonly subtrees: ReadonlyMap<number, Uint8Array>
  readonly ratchets: ReadonlyMap<number, Ratchets>
}

const CHILDREN = ByteList.of([utf8('left'), utf8('right')])
const LAST_GENERATION = 0xffffffff
const KINDS: readonly RatchetKind[] = ['handshake', 'application']

/** The level of a node: how many one bits its index ends in. */
const levelOf = (node: number): number => 31 - Math.clz32(~node & (node + 1))

/**
 * The message keys of all members for one epoch. It holds a secret for each subtree that nobody has sent from yet, and two
 * ratchets for each member that has, so its size follows the senders and not the members.
 */
export class SecretTree {
  readonly #suite: CipherSuite
  readonly #leaves: number
  readonly #limits: RatchetLimits
  /** Secrets of nodes whose subtree is untouched; no node is an ancestor of another. */
  readonly #nodes = new Map<number, Bytes>()
  readonly #ratchets = new Map<number, Ratchets>()
  #wiped = false
  /** Where somebody wants to know: what has changed since it was last emptied. */
  changes: SecretTreeChanges | undefined

  /** A tree of `leaves` members (a power of two) from `encryption_secret`, which the caller wipes afterwards. */
  constructor(suite: CipherSuite, encryptionSecret: Uint8Array, leaves: number, limits = DEFAULT_LIMITS) {
    if (!(Number.isInteger(leaves) && leaves >= 1 && leaves <= 2 ** 30 && (leaves & (leaves - 1)) === 0)) {
      throw new UsageError('wrong-argument', { expected: 'a power of two', leaves })
    }
    this.#suite = suite
    this.#leaves = leaves
    this.#limits = limits
    this.#nodes.set(leaves - 1, encryptionSecret.slice() as Bytes)
  }

  /** A tree of which all parts are known; they become its own. */
  static restore(suite: CipherSuite, parts: SecretTreeParts, leaves: number, limits = DEFAULT_LIMITS): SecretTree {
    const tree = new SecretTree(suite, new Uint8Array(suite.kdf.length), leaves, limits)
    tree.#nodes.clear()
    for (const [node, secret] of parts.subtrees) tree.#nodes.set(node, secret as Bytes)
    for (const [leaf, ratchets] of parts.ratchets) tree.#ratchets.set(leaf, ratchets)
    return tree
  }

  /** All secrets, as views: for those who store them. */
  get parts(): SecretTreeParts {
    return { subtrees: this.#nodes, ratchets: this.#ratchets }
  }

  /** The key for the next message that this member sends itself. copath-mls-9.1-01: it cannot be had twice. The caller wipes it. */
  next(leaf: number, kind: RatchetKind): MessageKey {
    const ratchet = this.#open(leaf)[kind]
    if (ratchet.generation > LAST_GENERATION) throw new UsageError('ratchet-exhausted', { leaf })
    const message = this.#keyOf(ratchet.secret, ratchet.generation)
    this.#advance(ratchet)
    this.changes?.leaves.add(leaf)
    return message
  }

  /**
   * The key for a received message. Nothing changes until `accept`: a forged message neither consumes a key nor moves a ratchet.
   * Throws `generation-consumed` for replays and for keys that were forgotten, `generation-too-far` beyond the limit.
   */
  receive(leaf: number, kind: RatchetKind, generation: number): PendingKey {
    this.#check(leaf)
    const ratchets = this.#ratchets.get(leaf)
    const ratchet = ratchets?.[kind]
    if (ratchet !== undefined && generation < ratchet.generation) return this.#receiveKept(ratchet, generation, leaf)
    const distance = generation - (ratchet?.generation ?? 0)
    if (distance > this.#limits.maxForward || generation > LAST_GENERATION) {
      throw new RejectedError('generation-too-far', { leaf, generation, limit: this.#limits.maxForward })
    }
    return this.#receiveAhead({ leaf, kind, generation, ratchets })
  }

  /** Wipes every secret. */
  wipe(): void {
    for (const secret of this.#nodes.values()) wipe(secret)
    for (const ratchets of this.#ratchets.values()) for (const kind of KINDS) wipeRatchet(ratchets[kind])
    this.#nodes.clear()
    this.#ratchets.clear()
    this.#wiped = true
  }

  #check(leaf: number): void {
    if (this.#wiped) throw new UsageError('wiped-secret')
    if (!(Number.isInteger(leaf) && leaf >= 0 && leaf < this.#leaves)) {
      throw new RejectedError('unknown-sender', { leaf, leaves: this.#leaves })
    }
  }

  #receiveKept(ratchet: Ratchet, generation: number, leaf: number): PendingKey {
    const kept = ratchet.kept.get(generation)
    if (kept === undefined) throw new RejectedError('generation-consumed', { leaf, generation })
    return {
      ...kept,
      accept: () => {
        ratchet.kept.delete(generation)
        wipe(kept.key, kept.nonce)
        this.changes?.leaves.add(leaf)
      },
      discard: () => {},
    }
  }

  /** Derives forward on copies; copath-mls-9.2-01: `accept` puts them in place of what they came from, which is gone. */
  #receiveAhead(at: {
    leaf: number
    kind: RatchetKind
    generation: number
    ratchets: Ratchets | undefined
  }): PendingKey {
    const { leaf, kind, generation } = at
    const opened = at.ratchets === undefined ? this.#derive(leaf) : undefined
    const ratchet = (at.ratchets ?? opened!.ratchets)[kind]
    const ahead: Ratchet = { secret: ratchet.secret.slice(), generation: ratchet.generation, kept: new Map() }
    const oldestKept = generation - this.#limits.maxKept
    while (ahead.generation < generation) {
      if (ahead.generation >= oldestKept) ahead.kept.set(ahead.generation, this.#keyOf(ahead.secret, ahead.generation))
      this.#advance(ahead)
    }
    const message = this.#keyOf(ahead.secret, generation)
    this.#advance(ahead)
    return {
      ...message,
      accept: () => {
        if (opened !== undefined) this.#install(leaf, opened)
        wipe(ratchet.secret, message.key, message.nonce)
        ratchet.secret = ahead.secret
        ratchet.generation = ahead.generation
        for (const [skipped, key] of ahead.kept) ratchet.kept.set(skipped, key)
        this.changes?.leaves.add(leaf)
        this.#forgetOldest(ratchet)
      },
      discard: () => {
        wipe(message.key, message.nonce)
        wipeRatchet(ahead)
        if (opened !== undefined) wipeOpened(opened)
      },
    }
  }

  #forgetOldest({ kept }: Ratchet): void {
    for (const [generation, { key, nonce }] of kept) {
      if (kept.size <= this.#limits.maxKept) return
      wipe(key, nonce)
      kept.delete(generation)
    }
  }

  /** The ratchets of a leaf, derived and put in place where they are not there yet. */
  #open(leaf: number): Ratchets {
    this.#check(leaf)
    const known = this.#ratchets.get(leaf)
    if (known !== undefined) return known
    const opened = this.#derive(leaf)
    this.#install(leaf, opened)
    return opened.ratchets
  }

  /** Walks down from the nearest ancestor that has a secret; changes nothing. */
  #derive(leaf: number): Opened {
    const { labels, kdf } = this.#suite
    const target = 2 * leaf
    let node = target
    while (!this.#nodes.has(node)) node = parentOf(node)
    const top = node
    const siblings: [number, Bytes][] = []
    let secret = this.#nodes.get(node)!.slice()
    while (node !== target) {
      const both = wipingAfter([secret], () =>
        labels.expandManyWithLabel(ByteList.fixed(secret, kdf.length), 'tree', CHILDREN, kdf.length),
      )
      const half = 1 << (levelOf(node) - 1)
      const right = target > node
      const [left, other] = [both.slice(0, kdf.length), both.slice(kdf.length)]
      wipe(both)
      siblings.push(right ? [node - half, left] : [node + half, other])
      secret = right ? other : left
      node += right ? half : -half
    }
    return wipingAfter([secret], () => {
      const start = (kind: RatchetKind): Ratchet => ({
        secret: labels.expandWithLabel(secret, kind, new Uint8Array(0), kdf.length),
        generation: 0,
        kept: new Map(),
      })
      return { top, siblings, ratchets: { handshake: start('handshake'), application: start('application') } }
    })
  }

  #install(leaf: number, { top, siblings, ratchets }: Opened): void {
    wipe(this.#nodes.get(top))
    this.#nodes.delete(top)
    for (const [node, secret] of siblings) this.#nodes.set(node, secret)
    this.#ratchets.set(leaf, ratchets)
    if (this.changes === undefined) return
    this.changes.leaves.add(leaf)
    for (const node of [top, ...siblings.map(([sibling]) => sibling)]) this.changes.nodes.add(node)
  }

  #keyOf(secret: Uint8Array, generation: number): MessageKey {
    const { labels, aead } = this.#suite
    return {
      generation,
      key: labels.deriveTreeSecret(secret, 'key', generation, aead.keyLength),
      nonce: labels.deriveTreeSecret(secret, 'nonce', generation, aead.nonceLength),
    }
  }

  #advance(ratchet: Ratchet): void {
    const { labels, kdf } = this.#suite
    const next = labels.deriveTreeSecret(ratchet.secret, 'secret', ratchet.generation, kdf.length)
    wipe(ratchet.secret)
    ratchet.secret = next
    ratchet.generation++
  }
}

/** What the way down to a leaf gives: what replaces the secret of `top`. */
interface Opened {
  readonly top: number
  readonly siblings: readonly (readonly [number, Bytes])[]
  readonly ratchets: Ratchets
}

function parentOf(node: number): number {
  const half = 1 << levelOf(node)
  return (node & (half << 1)) === 0 ? node + half : node - half
}

function wipeRatchet({ secret, kept }: Ratchet): void {
  wipe(secret)
  for (const { key, nonce } of kept.values()) wipe(key, nonce)
}

function wipeOpened({ siblings, ratchets }: Opened): void {
  for (const [, secret] of siblings) wipe(secret)
  for (const kind of KINDS) wipeRatchet(ratchets[kind])
}
