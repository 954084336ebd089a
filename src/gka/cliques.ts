/** mpENC section 5.2.1: CLIQUES, the group Diffie-Hellman agreement, without authentication. Safe against listeners only. */
import { copyOf, utf8 } from '../base/bytes.ts'
import { BugError, RejectedError, UsageError } from '../base/errors.ts'
import { SecretBytes, wipe } from '../base/secret.ts'
import { type ContributionKind, Contributions } from './contributions.ts'
import { checkMembers, DEFAULT_MAX_MEMBERS, type MemberId } from './member-ids.ts'
import { checkSuccessor, includedIn, remaining } from './membership.ts'
import { BASE_POINT, multiplyOthers } from './points.ts'
import { type Bytes, checkPoints, type GkaSuite, KEY } from './suite.ts'

/** Members in order and points: one for each member, lacking that member's contributions; on the way up a last one with all of them. */
export interface IntermediateKeys {
  readonly members: readonly MemberId[]
  readonly points: readonly Uint8Array[]
}

/** What goes on to the next member, or to everybody when all have taken part. */
export type Upflow = IntermediateKeys & { readonly complete: boolean }

/** How a member keeps its contributions. */
export interface CliquesOptions {
  /** How own contributions are kept; members with different choices understand each other. */
  readonly contributions?: ContributionKind
  readonly maxMembers?: number
}

/** What a member holds; for storage. */
export interface CliquesState {
  readonly members: readonly MemberId[]
  readonly points: readonly Uint8Array[]
  readonly contributions: readonly Uint8Array[]
  readonly renewals: readonly number[]
  readonly operations: number
  readonly groupKey: Uint8Array | undefined
}

/** The key of the group from the point that all contributions make. */
export function groupKeyOf({ kdf }: GkaSuite, secret: Uint8Array): Bytes {
  const extracted = kdf.extract(new Uint8Array(0), secret)
  try {
    return kdf.expand(extracted, utf8('mpenc group key'), KEY)
  } finally {
    wipe(extracted)
  }
}

/** One member of a CLIQUES group. A call that throws changes nothing. */
export class CliquesMember {
  readonly id: MemberId
  readonly maxMembers: number
  readonly #suite: GkaSuite
  #contributions: Contributions
  #members: readonly MemberId[] = []
  #points: readonly Uint8Array[] = []
  /** For each member, in which operation its contribution was last renewed, as far as this member knows. */
  #renewals: readonly number[] = []
  #operations = 0
  #groupKey: SecretBytes | undefined

  constructor(suite: GkaSuite, id: MemberId, options: CliquesOptions = {}) {
    this.id = id
    this.#suite = suite
    this.maxMembers = options.maxMembers ?? DEFAULT_MAX_MEMBERS
    this.#contributions = new Contributions(suite, options.contributions ?? 'condensed')
  }

  /** Who shares the key. */
  get members(): readonly MemberId[] {
    return this.#members
  }

  /** How many multiplications it takes this member to get at the group's secret. */
  get contributionCount(): number {
    return this.#contributions.count
  }

  /** The 32-byte key of the group; defined between operations. */
  get groupKey(): Uint8Array {
    if (this.#groupKey === undefined) throw new UsageError('not-in-session')
    return this.#groupKey.bytes
  }

  /** Whether an agreement is complete. */
  get ready(): boolean {
    return this.#groupKey !== undefined
  }

  /** Whose contribution is oldest, the first in order where several are: the one who should refresh next. */
  get oldestContribution(): MemberId {
    if (this.#members.length === 0) throw new UsageError('not-in-session')
    return this.#members[this.#renewals.indexOf(Math.min(...this.#renewals))]!
  }

  /** Draws a contribution and multiplies every point but the own one by it; calls `use` with the points and the last one of all. */
  #renew<T>(points: readonly Uint8Array[], own: number, use: (points: Bytes[], cardinal: Bytes) => T): T {
    const { all, result } = this.#contributions.renewed((fresh, contributions) => {
      const others = multiplyOthers(this.#suite, fresh, points, own)
      return use(others, contributions.apply(points[own]))
    })
    this.#contributions.wipe()
    this.#contributions = all
    return result
  }

  #checkReady(): void {
    if (!this.ready) throw new UsageError('not-in-session')
  }

  #ownIndex(members: readonly MemberId[]): number {
    const own = members.indexOf(this.id)
    if (own < 0) throw new RejectedError('not-a-member')
    return own
  }

  /** The group has `members` by an operation of `initiator`, which is over if `secret` is known; it is wiped. */
  #advance({ members, points }: IntermediateKeys, initiator: MemberId, secret: Bytes | undefined): void {
    const operation = this.#operations + 1
    this.#renewals = members.map(id => {
      const before = this.#members.indexOf(id)
      return before < 0 || id === initiator ? operation : this.#renewals[before]!
    })
    this.#members = members.slice()
    this.#points = points.map(point => copyOf(point))
    if (secret !== undefined) this.#operations = operation
    this.#groupKey?.wipe()
    this.#groupKey = secret === undefined ? undefined : new SecretBytes(groupKeyOf(this.#suite, secret))
    wipe(secret)
  }

  /** Starts a group with others: the first of the upflow. */
  start(others: readonly MemberId[]): Upflow {
    if (this.#members.length > 0) throw new UsageError('operation-running')
    const members = includedIn([this.id], others, this.maxMembers)
    return this.#renew([BASE_POINT], 0, (points, cardinal) => {
      const up = { members, points: [...points, cardinal] }
      this.#advance(up, this.id, undefined)
      return { ...up, complete: false }
    })
  }

  /** Includes others: the first of another upflow. Until it comes down again there is no key. */
  include(newcomers: readonly MemberId[]): Upflow {
    this.#checkReady()
    const members = includedIn(this.#members, newcomers, this.maxMembers)
    return this.#renew(this.#points, this.#ownIndex(this.#members), (points, cardinal) => {
      const up = { members, points: [...points, cardinal] }
      this.#advance(up, this.id, undefined)
      return { ...up, complete: false }
    })
  }

  /** Excludes others, or nobody: what comes down to those who stay. */
  exclude(excluded: readonly MemberId[]): IntermediateKeys {
    this.#checkReady()
    const members = remaining(this.#members, excluded, this.id)
    const kept = members.map(id => this.#points[this.#members.indexOf(id)]!)
    return this.#renew(kept, members.indexOf(this.id), (points, cardinal) => {
      this.#advance({ members, points }, this.id, cardinal)
      return { members, points }
    })
  }

  /** Renews the own contribution. */
  refresh(): IntermediateKeys {
    return this.exclude([])
  }

  /** Takes part in an upflow: the own turn comes when there are as many points as members up to this one. */
  joinUpflow({ members, points }: IntermediateKeys): Upflow {
    if (this.#members.length > 0) throw new UsageError('operation-running')
    checkMembers(members, this.maxMembers)
    const own = this.#ownIndex(members)
    if (own === 0 || points.length !== own + 1) {
      throw new RejectedError('wrong-point-count', { points: points.length, position: own })
    }
    checkPoints(this.#suite, points)
    return this.#renew(points, own, (renewed, cardinal) => {
      const complete = own === members.length - 1
      const up = { members, points: complete ? renewed : [...renewed, cardinal] }
      this.#advance(up, this.id, complete ? cardinal : undefined)
      return { ...up, complete }
    })
  }

  /** Takes what comes down, from an operation of `initiator`, and arrives at the group's key. */
  receive({ members, points }: IntermediateKeys, initiator: MemberId): void {
    checkMembers(members, this.maxMembers)
    const own = this.#ownIndex(members)
    // without a contribution the public point itself would be the secret
    if (this.#contributions.count === 0) throw new RejectedError('wrong-stage', { stage: 'not joined' })
    checkSuccessor(this.#members, members)
    if (points.length !== members.length) {
      throw new RejectedError('wrong-point-count', { points: points.length, members: members.length })
    }
    checkPoints(this.#suite, points)
    const secret = this.#contributions.apply(points[own])
    this.#advance({ members, points }, initiator, secret)
  }

  /** A second member object with secrets of its own, for work that may fail. */
  clone(): CliquesMember {
    const contributions = this.#contributions.kind
    return CliquesMember.restore(this.#suite, this.id, { contributions, maxMembers: this.maxMembers }, this.state())
  }

  /** Everything it holds, secrets included; views that live as long as the member. */
  state(): CliquesState {
    return {
      members: this.#members,
      points: this.#points,
      contributions: this.#contributions.keys,
      renewals: this.#renewals,
      operations: this.#operations,
      groupKey: this.#groupKey?.bytes,
    }
  }

  /** A member from what `state` returned. */
  static restore(suite: GkaSuite, id: MemberId, options: CliquesOptions, state: CliquesState): CliquesMember {
    const member = new CliquesMember(suite, id, options)
    const { kind } = member.#contributions
    if (kind === 'condensed' && state.contributions.length > 1) throw new BugError('broken-invariant')
    member.#contributions = new Contributions(suite, kind, state.contributions)
    member.#members = state.members.slice()
    member.#points = state.points.map(point => copyOf(point))
    member.#renewals = state.renewals.slice()
    member.#operations = state.operations
    member.#groupKey = state.groupKey === undefined ? undefined : new SecretBytes(copyOf(state.groupKey))
    return member
  }

  /** Forgets every secret. */
  wipe(): void {
    this.#contributions.wipe()
    this.#groupKey?.wipe()
    this.#groupKey = undefined
    this.#members = []
    this.#points = []
    this.#renewals = []
  }
}
