/** mpENC section 5.2.2: ASKE, the exchange of ephemeral signature keys that makes the agreement authentic. */
import { copyOf, EMPTY, equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { SecretBytes } from '../base/secret.ts'
import type { Signer } from '../crypto/provider.ts'
import { checkMembers, DEFAULT_MAX_MEMBERS, type MemberId } from './member-ids.ts'
import { checkSuccessor, includedIn, remaining } from './membership.ts'
import { acknowledged, type SessionLists, sessionId } from './session-id.ts'
import { type Bytes, type GkaSuite, KEY } from './suite.ts'

/** Finds the public identity key of a member: the job of the application. */
export type Directory = (id: MemberId) => Uint8Array | undefined

export interface AskeOptions {
  readonly maxMembers?: number
}

/** What a member holds; for storage. */
export interface AskeState extends SessionLists {
  /** The private part of the own ephemeral key. */
  readonly seed: Uint8Array
  readonly sid: Uint8Array | undefined
}

/** One member of a signature key exchange. A call that throws changes nothing. */
export class AskeMember {
  readonly id: MemberId
  readonly maxMembers: number
  readonly #suite: GkaSuite
  readonly #seed: SecretBytes
  readonly #signer: Signer
  #lists: SessionLists = { members: [], nonces: [], keys: [] }
  #sid: Bytes | undefined

  constructor(suite: GkaSuite, id: MemberId, options: AskeOptions = {}, seed = randomBytes(suite.random, KEY)) {
    this.id = id
    this.maxMembers = options.maxMembers ?? DEFAULT_MAX_MEMBERS
    this.#suite = suite
    this.#seed = new SecretBytes(seed)
    this.#signer = suite.signature.signer(seed)
  }

  /** Who is in the session. */
  get members(): readonly MemberId[] {
    return this.#lists.members
  }

  /** The members with their nonces and ephemeral keys. */
  get lists(): SessionLists {
    return this.#lists
  }

  /** The id of the session, once all nonces are known. */
  get sid(): Bytes {
    if (this.#sid === undefined) throw new UsageError('not-in-session')
    return this.#sid
  }

  /** Whether an agreement is complete. */
  get ready(): boolean {
    return this.#sid !== undefined
  }

  /** Signs with the ephemeral key. */
  sign(content: Uint8Array): Bytes {
    return this.#signer.sign(content)
  }

  /** The ephemeral public key of a member, as far as it is known. */
  keyOf(id: MemberId): Uint8Array | undefined {
    return this.#lists.keys[this.#lists.members.indexOf(id)]
  }

  #own(): { readonly nonce: Bytes; readonly key: Bytes } {
    return { nonce: randomBytes(this.#suite.random, KEY), key: copyOf(this.#signer.publicKey) }
  }

  #set(lists: SessionLists): SessionLists {
    const { members } = lists
    const copied = (items: readonly Uint8Array[]) => items.map(item => copyOf(item))
    this.#lists = { members: members.slice(), nonces: copied(lists.nonces), keys: copied(lists.keys) }
    const complete = members.length > 0 && lists.nonces.length === members.length
    this.#sid = complete ? sessionId(this.#suite, lists) : undefined
    return this.#lists
  }

  /** Starts a session with others: the first of the upflow. */
  start(others: readonly MemberId[]): SessionLists {
    if (this.#lists.members.length > 0) throw new UsageError('operation-running')
    const { nonce, key } = this.#own()
    return this.#set({ members: includedIn([this.id], others, this.maxMembers), nonces: [nonce], keys: [key] })
  }

  /** Includes others, with another nonce of one's own. */
  include(newcomers: readonly MemberId[]): SessionLists {
    const { members, nonces, keys } = this.#lists
    const all = includedIn(members, newcomers, this.maxMembers)
    return this.#set({ members: all, nonces: nonces.with(members.indexOf(this.id), this.#own().nonce), keys })
  }

  /** Excludes others, with another nonce of one's own: the same members again must not be the same session again. */
  exclude(excluded: readonly MemberId[]): SessionLists {
    const { members, nonces, keys } = this.#lists
    const left = remaining(members, excluded, this.id)
    const places = left.map(id => members.indexOf(id))
    const kept = { members: left, nonces: places.map(i => nonces[i]!), keys: places.map(i => keys[i]!) }
    return this.#set({ ...kept, nonces: kept.nonces.with(left.indexOf(this.id), this.#own().nonce) })
  }

  /** Adds the own nonce and key to an upflow. */
  joinUpflow(lists: SessionLists): SessionLists {
    const { members, nonces, keys } = lists
    checkMembers(members, this.maxMembers)
    this.#checkGrowth(lists, undefined)
    const own = members.indexOf(this.id)
    if (own < 0) throw new RejectedError('not-a-member')
    if (own === 0 || nonces.length !== own || keys.length !== own) {
      throw new RejectedError('inconsistent-lengths', { nonces: nonces.length, keys: keys.length, position: own })
    }
    const { nonce, key } = this.#own()
    return this.#set({ members, nonces: [...nonces, nonce], keys: [...keys, key] })
  }

  /** Takes note of an upflow that is meant for another member. A member of the session lets `initiator` alone change its nonce. */
  observeUpflow(lists: SessionLists, initiator: MemberId): void {
    checkMembers(lists.members, this.maxMembers)
    if (lists.nonces.length !== lists.keys.length || lists.nonces.length >= lists.members.length) {
      throw new RejectedError('inconsistent-lengths', { nonces: lists.nonces.length, keys: lists.keys.length })
    }
    this.#checkGrowth(lists, initiator)
    this.#set(lists)
  }

  /** Takes complete lists. `initiator` is who may have changed its nonce, where no upflow has shown it before. */
  receive(lists: SessionLists, initiator: MemberId | undefined): void {
    const { members, nonces, keys } = lists
    checkMembers(members, this.maxMembers)
    if (!members.includes(this.id)) throw new RejectedError('not-a-member')
    if (nonces.length !== members.length || keys.length !== members.length) {
      throw new RejectedError('inconsistent-lengths', { nonces: nonces.length, keys: keys.length })
    }
    this.#checkGrowth(lists, initiator)
    this.#set(lists)
  }

  /** Refuses values of another length. */
  #checkLengths({ nonces, keys }: SessionLists): void {
    for (const value of [...nonces, ...keys]) {
      if (value.length !== KEY) throw new RejectedError('inconsistent-lengths', { expected: KEY, length: value.length })
    }
  }

  /** Refuses lists in which a value seen before is another now. */
  #checkGrowth(lists: SessionLists, initiator: MemberId | undefined): void {
    const { members, nonces, keys } = lists
    this.#checkLengths(lists)
    const known = this.#lists
    checkSuccessor(known.members, members)
    members.forEach((id, i) => {
      const before = known.members.indexOf(id)
      const knownKey = known.keys[before]
      const knownNonce = known.nonces[before]
      if (knownKey === undefined || knownNonce === undefined) return
      const nonceMayChange = id === initiator && id !== this.id
      const sameNonce = nonceMayChange || equalPublic(nonces[i] ?? EMPTY, knownNonce)
      if (sameNonce && equalPublic(keys[i] ?? EMPTY, knownKey)) return
      throw new RejectedError(id === this.id ? 'own-values-altered' : 'altered-values', { index: i })
    })
  }

  /** Confirms the session with the identity key. */
  acknowledge(identity: Signer, confirmation?: Uint8Array): Bytes {
    const own = this.#lists.members.indexOf(this.id)
    return identity.sign(acknowledged(this.#lists, own, this.sid, confirmation))
  }

  /** Refuses a confirmation that another member has not given to this session. */
  checkAcknowledgement(
    from: MemberId,
    signature: Uint8Array,
    { directory, confirmation }: { directory: Directory; confirmation?: Uint8Array | undefined },
  ): void {
    const index = this.#lists.members.indexOf(from)
    if (index < 0) throw new RejectedError('unknown-sender')
    const identityKey = directory(from)
    if (identityKey === undefined) throw new RejectedError('unknown-identity', { index })
    const content = acknowledged(this.#lists, index, this.sid, confirmation)
    if (!this.#suite.signature.verify(identityKey, content, signature)) {
      throw new RejectedError('invalid-session-signature', { index })
    }
  }

  /** A second member object with secrets of its own, for work that may fail. */
  clone(): AskeMember {
    return AskeMember.restore(this.#suite, this.id, { maxMembers: this.maxMembers }, this.state())
  }

  /** Everything it holds, secrets included; views that live as long as the member. */
  state(): AskeState {
    return { ...this.#lists, seed: this.#seed.bytes, sid: this.#sid }
  }

  /** A member from what `state` returned. */
  static restore(suite: GkaSuite, id: MemberId, options: AskeOptions, state: AskeState): AskeMember {
    const member = new AskeMember(suite, id, options, copyOf(state.seed))
    member.#set(state)
    return member
  }

  /** Forgets every secret. */
  wipe(): void {
    this.#seed.wipe()
    this.#signer.wipe()
  }
}
