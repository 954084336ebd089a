/** ART section 5: the next stage, staged over the current one until it is installed or dropped. */
import { copyOf, equalConstantTime } from '../base/bytes.ts'
import { BugError, RejectedError } from '../base/errors.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { type NodeIndex, root } from '../tree/math.ts'
import { confirmationOf, deriveStageKey, stageContext } from './key-schedule.ts'
import type { Bytes } from './labels.ts'
import type { MemberList } from './members.ts'
import { MessageKeys } from './message-keys.ts'
import { StagedTree } from './public-tree.ts'
import { type GroupState, type MemberChange, type Step, UNTAINTED } from './state.ts'

interface Finished {
  readonly messages: MessageKeys
  readonly confirmation: Bytes
}

/** One step from a stage to the next. It owns the secrets it holds; whoever makes it installs or discards it. */
export class Advance implements Step {
  readonly tree: StagedTree
  readonly taint = new Map<number, number>()
  /** Prekeys of this member that the step used up. */
  readonly usedPrekeys: number[] = []
  readonly #state: GroupState
  readonly #secrets = new Map<NodeIndex, Bytes>()
  #members: MemberList
  #change: MemberChange | undefined
  #finished: Finished | undefined

  constructor(state: GroupState) {
    this.#state = state
    this.tree = new StagedTree(state.suite, state.tree)
    this.#members = state.members
  }

  get members(): MemberList {
    return this.#members
  }

  get change(): MemberChange | undefined {
    return this.#change
  }

  get keys(): ReadonlyMap<NodeIndex, Uint8Array> {
    return this.tree.changed
  }

  get secrets(): ReadonlyMap<NodeIndex, Bytes> {
    return this.#secrets
  }

  get messages(): MessageKeys {
    return this.#done().messages
  }

  get confirmation(): Bytes {
    return this.#done().confirmation
  }

  #done(): Finished {
    if (this.#finished === undefined) throw new BugError('broken-invariant', { expected: 'a finished step' })
    return this.#finished
  }

  /** The secret of a node of this member's path after the step. */
  secret(x: NodeIndex): Uint8Array {
    const secret = this.#secrets.get(x) ?? this.#state.secrets.get(x)
    if (secret === undefined) throw new BugError('broken-invariant', { node: x })
    return secret
  }

  /** Copies a new secret of this member's path. */
  setSecret(x: NodeIndex, secret: Uint8Array): void {
    wipe(this.#secrets.get(x))
    this.#secrets.set(x, copyOf(secret))
  }

  /** Gives a leaf another owner, on the right end of the tree if there is no such leaf. */
  setMember(change: MemberChange): void {
    const n = this.tree.leaves
    if (change.leaf === n) {
      // the root of a full tree becomes an inner node, and everybody can tell its public key
      const top = root(n)
      if ((n & (n - 1)) === 0) this.tree.setKey(top, this.#state.suite.dh.publicKey(this.secret(top)))
      this.tree.grow()
    }
    this.#members = this.#members.with(change.leaf, change.identity)
    this.#change = change
  }

  /** Who besides its owner knows the secret of a leaf after the step. */
  taintOf(leaf: number): number {
    return this.taint.get(leaf) ?? (leaf < this.#state.tree.leaves ? this.#state.taint[leaf]! : UNTAINTED)
  }

  /** Derives the key of the new stage. */
  finish(): void {
    const { suite, groupId, stage, messages } = this.#state
    const next = stage + 1n
    const membersHash = this.#members.hash(suite)
    const context = stageContext({ groupId, stage: next, membersHash, treeHash: this.tree.rehash() })
    const treeKey = this.secret(root(this.tree.leaves))
    const stageKey = deriveStageKey(suite, messages.stageKey, treeKey, context)
    this.#finished = wipingAfter([stageKey], () => ({
      messages: new MessageKeys(suite, next, stageKey, this.tree.leaves),
      confirmation: confirmationOf(suite, stageKey, context),
    }))
  }

  /** Restores a finished step that was stored. */
  restore(finished: Finished): void {
    this.tree.rehash()
    this.#finished = finished
  }

  /** Refuses the step unless its sender arrived at the same stage key. */
  checkConfirmation(claimed: Uint8Array, sender: number): void {
    if (!equalConstantTime(this.confirmation, claimed)) throw new RejectedError('invalid-confirmation', { sender })
  }

  install(): void {
    const state = this.#state
    const { messages } = this.#done()
    this.tree.apply()
    for (const [x, secret] of this.#secrets) {
      wipe(state.secrets.get(x))
      state.secrets.set(x, secret)
    }
    if (state.taint.length < this.tree.leaves) {
      const grown = new Uint32Array(Math.ceil((this.tree.leaves * 9) / 8)).fill(UNTAINTED)
      grown.set(state.taint)
      state.taint = grown
    }
    for (const [leaf, by] of this.taint) state.taint[leaf] = by
    for (const id of this.usedPrekeys) state.prekeys.consume(id)
    state.members = this.#members
    state.previous?.wipe()
    state.previous = state.messages
    state.messages = messages
    state.stage = messages.stage
    if (state.pending !== undefined && state.pending.advance !== this) state.pending.advance.discard()
    state.pending = undefined
    state.batch = undefined
  }

  discard(): void {
    wipe(...this.#secrets.values())
    this.#secrets.clear()
    this.#finished?.messages.wipe()
  }
}

/** Makes a step; nothing of it remains where `build` throws. */
export function stageAdvance(state: GroupState, build: (advance: Advance) => void): Advance {
  const advance = new Advance(state)
  try {
    build(advance)
    return advance
  } catch (error) {
    advance.discard()
    throw error
  }
}
