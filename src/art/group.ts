/** ART as an application sees it: one object for each group that a member is in. */
import { copyOf } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipingAfter } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import { root } from '../tree/math.ts'
import { composeAdd } from './add.ts'
import type { Advance } from './advance.ts'
import { confirmationOf, stageContext } from './key-schedule.ts'
import { type Bytes, KEY } from './labels.ts'
import { sealMessage } from './messages.ts'
import { type MergeProgress, mergeUpdates, type Received, receivePacket } from './receive.ts'
import { composeRemove, leavesTaintedBy } from './remove.ts'
import { loadState, saveState } from './save.ts'
import { type Invitee, processSetup, setupGroup } from './setup.ts'
import {
  DEFAULT_POLICY,
  type GroupState,
  type Party,
  type Pending,
  type Policy,
  UNTAINTED,
  wipeState,
} from './state.ts'
import { composeUpdate } from './update.ts'
import { processWelcome } from './welcome.ts'
import { ArtPacket, type Identity, type SignedPreKey, type Update } from './wire.ts'

/** What a group is created with. */
export interface CreateOptions extends Party {
  readonly groupId: Uint8Array
  readonly invitees: readonly Invitee[]
  readonly policy?: Partial<Policy>
}

/** What a member needs to join. The policy must be that of the group. */
export interface JoinOptions extends Party {
  readonly policy?: Partial<Policy>
}

/** A member whose leaf secret somebody else knows until it updates. */
export interface TaintedLeaf {
  readonly leaf: number
  readonly knownBy: number
}

/** One member's view of one group. Every call that throws leaves it exactly as it was. */
export class ArtGroup {
  #state: GroupState | undefined

  private constructor(state: GroupState) {
    this.#state = state
  }

  /** Makes a group with members who may all be offline; `setup` goes to every one of them. */
  static create({ groupId, invitees, policy, ...party }: CreateOptions): { group: ArtGroup; setup: Bytes } {
    const start = { groupId, policy: { ...DEFAULT_POLICY, ...policy } }
    const { state, setup } = setupGroup(party, start, invitees)
    return { group: new ArtGroup(state), setup: encode(ArtPacket, { type: 'setup', setup }) }
  }

  /** Joins by a setup or a welcome. The prekey that it names is erased. */
  static join({ policy, ...party }: JoinOptions, packet: Uint8Array): ArtGroup {
    const agreed = { ...DEFAULT_POLICY, ...policy }
    const decoded = decode(ArtPacket, packet)
    if (decoded.type === 'setup') return new ArtGroup(processSetup(party, agreed, decoded.setup))
    if (decoded.type === 'welcome') return new ArtGroup(processWelcome(party, agreed, decoded.welcome))
    throw new RejectedError('unexpected-packet', { type: decoded.type })
  }

  /** Restores what `save` returned. */
  static load(party: Party, bytes: Uint8Array): ArtGroup {
    return new ArtGroup(loadState(party, bytes))
  }

  /** Everything but the member's own keys and prekeys: secret, and the same bytes for the same state. */
  save(): Bytes {
    return saveState(this.#alive)
  }

  get #alive(): GroupState {
    if (this.#state === undefined) throw new UsageError('group-left')
    return this.#state
  }

  /** False after this member was removed, or `wipe`. */
  get active(): boolean {
    return this.#state !== undefined
  }

  /** The name of the group. */
  get groupId(): Uint8Array {
    return copyOf(this.#alive.groupId)
  }

  /** What the group was founded with. */
  get policy(): Policy {
    return this.#alive.policy
  }

  /** The number of the stage: one more after each change. */
  get stage(): bigint {
    return this.#alive.stage
  }

  /** This member's leaf. */
  get ownIndex(): number {
    return this.#alive.own
  }

  /** How many leaves there are, those of removed members included. */
  get size(): number {
    return this.#alive.tree.leaves
  }

  /** Who has that leaf now, if anybody. */
  member(index: number): Identity | undefined {
    const { members } = this.#alive
    return index >= 0 && index < members.count && !members.isTombstone(index) ? members.at(index) : undefined
  }

  /** The living members by leaf. */
  *members(): Generator<{ readonly index: number; readonly identity: Identity }> {
    const { members } = this.#alive
    for (let index = 0; index < members.count; index++) {
      if (!members.isTombstone(index)) yield { index, identity: members.at(index) }
    }
  }

  /** A public value that is equal for all who have the same stage key. */
  get confirmation(): Bytes {
    const { suite, groupId, stage, members, tree, messages } = this.#alive
    const treeHash = tree.hash(root(tree.leaves))
    const context = stageContext({ groupId, stage, membersHash: members.hash(suite), treeHash })
    return confirmationOf(suite, messages.stageKey, context)
  }

  /** The living members whose leaf secret somebody else knows. */
  taintedLeaves(): TaintedLeaf[] {
    const { taint, tree, members } = this.#alive
    const tainted: TaintedLeaf[] = []
    for (let leaf = 0; leaf < tree.leaves; leaf++) {
      if (taint[leaf] !== UNTAINTED && !members.isTombstone(leaf)) tainted.push({ leaf, knownBy: taint[leaf]! })
    }
    return tainted
  }

  /** The living members for whom `remove(index)` needs a fresh prekey each. */
  prekeysToRemove(index: number): number[] {
    const state = this.#alive
    return leavesTaintedBy(state, index).filter(leaf => leaf !== state.own && !state.members.isTombstone(leaf))
  }

  /** Whether this member should update soon, because somebody else knows its leaf secret. */
  get updateDue(): boolean {
    const { policy, taint, own } = this.#alive
    return policy.updateOnJoin && taint[own] !== UNTAINTED
  }

  /** What kind of change of this member's own waits for the delivery service. */
  get pending(): Pending['kind'] | undefined {
    return this.#alive.pending?.kind
  }

  /** The packet of the pending change, to be sent again. */
  get pendingPacket(): Bytes | undefined {
    return this.#alive.pending?.packet.slice()
  }

  #changeable(): GroupState {
    const state = this.#alive
    if (state.pending !== undefined) throw new UsageError('pending-change', { kind: state.pending.kind })
    if (state.batch !== undefined) throw new UsageError('pending-change', { kind: 'merge' })
    return state
  }

  #composeUpdate(state: GroupState): { advance: Advance; update: Update } {
    const secret = randomBytes(state.suite.random, KEY)
    return wipingAfter([secret], () => composeUpdate(state, state.own, secret))
  }

  /** Changes the own leaf secret. Nothing changes here until `accept`. */
  update(): Bytes {
    const state = this.#changeable()
    const { advance, update } = this.#composeUpdate(state)
    const packet = encode(ArtPacket, { type: 'update', update })
    state.pending = { kind: 'update', packet, advance }
    return copyOf(packet)
  }

  /** An update and a message under its keys, in one packet. Not for groups that merge: the message would be lost there. */
  updateWithMessage(plaintext: Uint8Array): Bytes {
    const state = this.#changeable()
    if (state.policy.concurrency === 'merging') throw new UsageError('wrong-argument', { concurrency: 'merging' })
    const { advance, update } = this.#composeUpdate(state)
    const message = sealMessage(state, advance.messages, plaintext)
    const packet = encode(ArtPacket, { type: 'update_and_message', update, message })
    state.pending = { kind: 'update', packet, advance }
    return copyOf(packet)
  }

  /** Adds a member by one of its prekeys. Send `welcome` to it once `add` was accepted. */
  add(identity: Identity, prekey: SignedPreKey): { add: Bytes; welcome: Bytes } {
    const state = this.#changeable()
    const { advance, add, welcome } = composeAdd(state, identity, prekey)
    const packet = encode(ArtPacket, { type: 'add', add })
    state.pending = { kind: 'add', packet, advance }
    return { add: copyOf(packet), welcome: encode(ArtPacket, { type: 'welcome', welcome }) }
  }

  /** Removes a member; `prekeys` has a fresh one for each leaf of `prekeysToRemove`, else this throws `tainted-leaf`. */
  remove(index: number, prekeys: ReadonlyMap<number, SignedPreKey> = new Map()): Bytes {
    const state = this.#changeable()
    const { advance, remove } = composeRemove(state, index, prekeys)
    const packet = encode(ArtPacket, { type: 'remove', remove })
    state.pending = { kind: 'remove', packet, advance }
    return copyOf(packet)
  }

  /** The delivery service put the pending change next: make it. */
  accept(): void {
    const { pending } = this.#alive
    if (pending === undefined) throw new UsageError('no-pending-change')
    pending.advance.install()
  }

  /** The pending change will not happen. */
  discard(): void {
    const state = this.#alive
    if (state.pending === undefined) throw new UsageError('no-pending-change')
    state.pending.advance.discard()
    state.pending = undefined
  }

  /** Encrypts a message to the group. */
  send(plaintext: Uint8Array): Bytes {
    const state = this.#alive
    return encode(ArtPacket, { type: 'message', message: sealMessage(state, state.messages, plaintext) })
  }

  /** Takes a packet of another member. A pending change of this member's own is discarded where another one comes first. */
  receive(packet: Uint8Array): Received {
    const received = receivePacket(this.#alive, packet)
    if (received.kind === 'removed' && received.self) this.wipe()
    return received
  }

  /** Merges updates that were made from this stage; the delivery service tells everybody the same set. It may have the own one. */
  merge(packets: readonly Uint8Array[]): MergeProgress {
    return mergeUpdates(this.#alive, packets)
  }

  /** Gives up a merge that does not get on, so that the updates can be made one by one. The own pending update stays. */
  abandonMerge(): void {
    const state = this.#alive
    if (state.batch === undefined) throw new UsageError('no-pending-change')
    state.batch = undefined
  }

  /** Erases the keys of the stage before: messages of it that are still under way cannot be read then. */
  forgetPreviousStage(): void {
    const state = this.#alive
    state.previous?.wipe()
    state.previous = undefined
  }

  /** Erases every secret. The group cannot be used any more. */
  wipe(): void {
    if (this.#state !== undefined) wipeState(this.#state)
    this.#state = undefined
  }
}
