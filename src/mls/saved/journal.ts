/** What has changed in a group since it was last asked: the next delta costs what was touched, whatever the size of the group. */
import { fromHex, toHex, utf8 } from '../../base/bytes.ts'
import { wipe } from '../../base/secret.ts'
import { Writer } from '../../codec/writer.ts'
import type { NodeIndex } from '../../tree/math.ts'
import type { Epoch } from '../epoch.ts'
import type { GroupCore, PendingCommit } from '../group-core.ts'
import type { SavedRecord } from './cursor.ts'
import * as keys from './keys.ts'
import { Place } from './keys.ts'
import { CHAIN, type Mark, writeDelta } from './records.ts'
import * as write from './write.ts'

/** Where the history of a group's states begins: the same for every member's own. */
export function firstMark({ suite, groupId, leaf }: GroupCore): Mark {
  const writer = new Writer()
  writer.raw(utf8('copath saved state'))
  writer.opaque(groupId)
  writer.uint32(leaf)
  return { sequence: 0n, chain: suite.hash.digest(writer.finish()).slice(0, CHAIN) }
}

interface Gathered {
  readonly clears: Uint8Array[]
  readonly deletes: Uint8Array[]
  readonly puts: SavedRecord[]
}

/** Follows a group from a mark on. */
export class Journal {
  mark: Mark
  /** Digests of the records that are few, by key: whether one has changed is told by comparing. */
  readonly #few = new Map<string, string>()
  readonly #epochs = new Set<Epoch>()
  readonly #own = new Set<string>()
  #pending: PendingCommit | undefined
  #blank = true

  /** A journal of a state that nothing has been written of. */
  constructor(mark: Mark) {
    this.mark = mark
  }

  /** A journal of a state that has just been loaded: all of it is known. */
  static after(mark: Mark, core: GroupCore): Journal {
    const journal = new Journal(mark)
    journal.#blank = false
    for (const { epoch } of write.knownEpochs(core)) if (epoch.isReadable) journal.#watch(epoch)
    core.tree.store.changes = new Set()
    core.cache.changes = { cleared: false, orders: new Set() }
    journal.#pending = core.pending
    const known: Gathered = { clears: [], deletes: [], puts: [] }
    journal.#gatherFew(core, known)
    journal.#gatherOwn(core, known)
    for (const { value } of known.puts) wipe(value)
    return journal
  }

  /** The next delta: everything the first time, and after an error. */
  delta(core: GroupCore): Uint8Array<ArrayBuffer> {
    const gathered: Gathered = { clears: [], deletes: [], puts: [] }
    try {
      this.#gather(core, gathered)
      const { bytes, mark } = writeDelta(core.suite.hash, { suite: core.suite.id, follows: this.mark, ...gathered })
      this.mark = mark
      return bytes
    } catch (error) {
      this.#startOver(core)
      throw error
    } finally {
      for (const { value } of gathered.puts) wipe(value)
    }
  }

  /** Part of what had changed is not known any more. */
  #startOver({ tree, cache }: GroupCore): void {
    this.#blank = true
    for (const known of [this.#few, this.#epochs, this.#own]) known.clear()
    this.#pending = undefined
    tree.store.changes = undefined
    cache.changes = undefined
  }

  #gather(core: GroupCore, gathered: Gathered): void {
    if (this.#blank) gathered.clears.push(...keys.EVERY_PLACE)
    this.#gatherFew(core, gathered)
    this.#gatherEpochs(core, gathered)
    this.#gatherNodes(core, gathered)
    this.#gatherProposals(core, gathered)
    this.#gatherPending(core, gathered)
    this.#blank = false
  }

  /** The state, epochs without their secret trees, private keys of nodes, resumption keys: as many as the tree is high. */
  #gatherFew(core: GroupCore, { deletes, puts }: Gathered): void {
    const seen = new Set<string>()
    for (const record of fewRecords(core)) {
      const name = toHex(record.key)
      const digest = toHex(core.suite.hash.digest(record.value))
      seen.add(name)
      if (this.#few.get(name) === digest) wipe(record.value)
      else puts.push(record)
      this.#few.set(name, digest)
    }
    for (const { epoch, replaced } of write.knownEpochs(core)) {
      if (replaced === undefined) continue
      const name = toHex(keys.epochPartKey(epoch.number, keys.EpochPart.replaced))
      seen.add(name)
      if (this.#few.has(name)) continue
      puts.push(write.replacedRecord(epoch, replaced))
      this.#few.set(name, WRITTEN_ONCE)
    }
    for (const name of this.#few.keys()) {
      if (seen.has(name)) continue
      this.#few.delete(name)
      deletes.push(fromHex(name))
    }
  }

  #gatherEpochs(core: GroupCore, { clears, puts, deletes }: Gathered): void {
    const readable = new Set<Epoch>()
    for (const { epoch } of write.knownEpochs(core)) if (epoch.isReadable) readable.add(epoch)
    for (const epoch of this.#epochs) {
      if (readable.has(epoch)) continue
      this.#epochs.delete(epoch)
      for (const part of keys.SECRET_TREE_PARTS) clears.push(keys.epochPartKey(epoch.number, part))
    }
    for (const epoch of readable) {
      const { secretTree: tree, number } = epoch
      if (!this.#epochs.has(epoch)) {
        for (const record of write.secretTreeRecords(epoch)) puts.push(record)
        this.#watch(epoch)
        continue
      }
      const { nodes, leaves } = tree.changes!
      for (const node of nodes) {
        const secret = tree.parts.subtrees.get(node)
        if (secret === undefined) deletes.push(keys.epochPartKey(number, keys.EpochPart.subtree, node))
        else puts.push(write.subtreeRecord(number, node, secret))
      }
      for (const leaf of leaves) puts.push(write.ratchetsRecord(number, leaf, tree.parts.ratchets.get(leaf)!))
      nodes.clear()
      leaves.clear()
    }
  }

  #watch(epoch: Epoch): void {
    epoch.secretTree.changes = { nodes: new Set(), leaves: new Set() }
    this.#epochs.add(epoch)
  }

  #gatherNodes({ tree: { store } }: GroupCore, { deletes, puts }: Gathered): void {
    if (this.#blank) for (const record of write.nodeRecords(store)) puts.push(record)
    for (const node of store.changes ?? []) {
      const record = node < 2 * store.leafCount - 1 ? write.nodeRecord(store, node as NodeIndex) : undefined
      if (record === undefined) deletes.push(keys.nodeKey(node))
      else puts.push(record)
    }
    store.changes = new Set()
  }

  #gatherProposals(core: GroupCore, gathered: Gathered): void {
    const { clears, deletes, puts } = gathered
    const { cache } = core
    const places = cache.changes === undefined ? cache.orders() : cache.changes.orders
    if (cache.changes?.cleared) {
      for (const place of [Place.proposal, Place.ownProposal, Place.sentProposal]) clears.push(Uint8Array.of(place))
      this.#own.clear()
    }
    for (const order of places) {
      const stored = cache.at(order)
      if (stored === undefined) deletes.push(keys.proposalKey(order))
      else puts.push(write.proposalRecord(stored))
    }
    cache.changes = { cleared: false, orders: new Set() }
    this.#gatherOwn(core, gathered)
  }

  /** What this member proposed itself: it does not change until all proposals are gone. */
  #gatherOwn(core: GroupCore, { puts }: Gathered): void {
    if (core.own.size + core.sent.size === this.#own.size) return
    for (const record of write.ownRecords(core)) {
      const name = toHex(record.key)
      if (this.#own.has(name)) wipe(record.value)
      else puts.push(record)
      this.#own.add(name)
    }
  }

  #gatherPending(core: GroupCore, { deletes, puts }: Gathered): void {
    if (core.pending === this.#pending) return
    const wasInviting = this.#pending?.created.invitation !== undefined
    this.#pending = core.pending
    if (core.pending === undefined) deletes.push(keys.pendingKey())
    if (wasInviting && core.pending?.created.invitation === undefined) deletes.push(keys.invitationKey())
    puts.push(...write.pendingRecords(core))
  }
}

/** Changed signature keys may be many, and stay as they are. */
const WRITTEN_ONCE = ''

function* fewRecords(core: GroupCore): Generator<SavedRecord> {
  yield write.stateRecord(core)
  for (const { epoch } of write.knownEpochs(core)) yield write.epochRecord(epoch)
  yield* write.heldRecords(core)
  yield* write.resumptionRecords(core)
}
