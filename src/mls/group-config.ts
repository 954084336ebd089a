/** RFC 9420 leaves to the application: who is who, who may do what, what time it is, how much to keep (sections 5.3.1, 12.2, 14, 15). */
import { checked, objectOf, yesOrNo } from '../base/arguments.ts'
import { equalPublic, toHex } from '../base/bytes.ts'
import { type ErrorDetails, RejectedError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import { Credential } from './credential.ts'
import { ExternalSender } from './extension.ts'
import type { Sender } from './framing.ts'
import type { LifetimePolicy } from './leaf-checks.ts'
import type { Lifetime } from './leaf-node.ts'
import { noPadding, type PaddingPolicy } from './padding.ts'
import type { Proposal } from './proposal.ts'
import type { PreSharedKeyID } from './psk.ts'
import type { RatchetLimits } from './secret-tree.ts'

/** A credential and the signature key that it vouches for. */
export type Identity = Pick<ExternalSender, 'credential' | 'signatureKey'>

/**
 * Section 5.3.1: knows whether credentials are valid. Answers must depend on their arguments only, so that members agree, and
 * are given at once: a promise is an error. What has to be looked up is looked up before the message is processed.
 */
export interface AuthenticationService {
  /** Whether the credential is valid for its signature key. */
  isValid(identity: Identity): boolean
  /** Whether a member may change from one credential to another. By default they must be the same. */
  isSuccessor?(before: Identity, after: Identity): boolean
}

/** What a policy sees of a commit. */
export interface CommitView {
  readonly committer: number
  readonly external: boolean
  readonly proposals: readonly { readonly proposal: Proposal; readonly sender: Sender }[]
}

/** Who may do what, beyond the rules of the RFC. All members must decide alike. */
export interface GroupPolicy {
  /** Whether this sender may propose this; where false, its message is refused. */
  mayPropose?(proposal: Proposal, sender: Sender): boolean
  /** Whether a commit with these proposals may take effect; where false, it is refused and the group stays as it was. */
  mayCommit?(commit: CommitView): boolean
}

/** What an application decides about a group. Everything has a default. */
export interface GroupConfig {
  /** By default every credential is taken at its word. */
  readonly authentication?: AuthenticationService
  readonly policy?: GroupPolicy
  /** Pre-shared keys that the group does not know itself. */
  readonly preSharedKey?: (id: PreSharedKeyID) => Uint8Array | undefined
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly clock?: () => bigint
  /** The longest lifetime of a key package that is accepted, in seconds. */
  readonly longestLifetime?: bigint
  /**
   * Whether a received key package must not have run out. Default: no, since members who come back at different times would not agree
   * about the commit that adds it. Those who send one are always checked.
   */
  readonly checkReceivedLifetimes?: boolean
  /** Whether leaves may leave the group's suite out of their capabilities, as MLSpp left out suite 7 until October 2023. Members must decide alike. */
  readonly unlistedSuite?: boolean
  /** How many epochs back application messages can still be read. */
  readonly pastEpochs?: number
  /** How many epochs back resumption keys are kept. */
  readonly resumptionEpochs?: number
  /** How many proposals of one epoch are kept. */
  readonly maxProposals?: number
  readonly ratchetLimits?: RatchetLimits
  readonly padding?: PaddingPolicy
  /** How proposals and commits of this member travel. */
  readonly handshake?: 'public' | 'private'
  /** The most leaves that a received tree may have. */
  readonly maxLeaves?: number
}

/** A configuration with its defaults filled in. */
export interface Settings extends Required<Omit<GroupConfig, 'maxLeaves' | 'ratchetLimits'>> {
  readonly maxLeaves: number | undefined
  readonly ratchetLimits: RatchetLimits | undefined
}

/** A lifetime that every other is shorter than. */
export const FOREVER = 2n ** 64n

/** A limit: compared with anything else, such as NaN, nothing would ever be too much, nor forgotten. */
function limit(value: number): number {
  return checked(value, value >= 0 && (Number.isInteger(value) || value === Infinity), 'a limit: an integer from 0 on')
}

function strictAuthentication(service: AuthenticationService): AuthenticationService {
  const { isSuccessor } = service
  return {
    isValid: identity => yesOrNo(service.isValid(identity)),
    ...(isSuccessor && { isSuccessor: (before, after) => yesOrNo(isSuccessor.call(service, before, after)) }),
  }
}

function strictPolicy(policy: GroupPolicy): GroupPolicy {
  const { mayPropose, mayCommit } = policy
  return {
    ...(mayPropose && { mayPropose: (proposal, sender) => yesOrNo(mayPropose.call(policy, proposal, sender)) }),
    ...(mayCommit && { mayCommit: commit => yesOrNo(mayCommit.call(policy, commit)) }),
  }
}

function limitsOf(limits: RatchetLimits | undefined): RatchetLimits | undefined {
  return limits && { maxForward: limit(limits.maxForward), maxKept: limit(limits.maxKept) }
}

const hostClock = (): bigint => BigInt(Math.floor(Date.now() / 1000))

/** Fills in the defaults, and refuses what would switch something off unnoticed. */
export function settingsOf(config: GroupConfig): Settings {
  const { clock = hostClock, handshake = 'private', longestLifetime = FOREVER, padding = noPadding } = objectOf(config)
  return {
    authentication: strictAuthentication(config.authentication ?? { isValid: () => true }),
    policy: strictPolicy(config.policy ?? {}),
    preSharedKey: config.preSharedKey ?? (() => undefined),
    clock() {
      const now = clock()
      return checked(now, typeof now === 'bigint', 'a bigint of seconds')
    },
    longestLifetime: checked(longestLifetime, typeof longestLifetime === 'bigint', 'a bigint of seconds'),
    checkReceivedLifetimes: yesOrNo(config.checkReceivedLifetimes ?? false),
    unlistedSuite: yesOrNo(config.unlistedSuite ?? false),
    pastEpochs: limit(config.pastEpochs ?? 3),
    resumptionEpochs: limit(config.resumptionEpochs ?? 8),
    maxProposals: limit(config.maxProposals ?? 10_000),
    ratchetLimits: limitsOf(config.ratchetLimits),
    padding(length) {
      const zeros = padding(length)
      return checked(zeros, Number.isSafeInteger(zeros) && zeros >= 0, 'a number of bytes')
    },
    handshake: checked(handshake, handshake === 'public' || handshake === 'private', 'public or private'),
    maxLeaves: config.maxLeaves === undefined ? undefined : limit(config.maxLeaves),
  }
}

/** The lifetimes that are acceptable now, or at any time. */
export function lifetimePolicy({ clock, longestLifetime: longest }: Settings, now: boolean): LifetimePolicy {
  return { now: now ? clock() : undefined, longest }
}

/** copath-mls-5.3.1-01: the authentication service finds the credential valid. */
export function checkIdentity({ authentication }: Settings, identity: Identity, where: ErrorDetails): void {
  if (!authentication.isValid(identity)) {
    throw new RejectedError('invalid-credential', { ...where, rule: 'copath-mls-5.3.1-01' })
  }
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return equalPublic(encode(ExternalSender, a), encode(ExternalSender, b))
}

const nameOf = (identity: Identity): string => toHex(encode(ExternalSender, identity))

/**
 * Section 5.3.1: what a member says of itself from now on. A credential that it had before is not asked about again: it may have
 * expired meanwhile, and the members would not agree about when.
 */
export function checkNewIdentity(settings: Settings, before: Identity, after: Identity, where: ErrorDetails): void {
  if (sameIdentity(before, after)) return
  checkIdentity(settings, after, where)
  const { isSuccessor } = settings.authentication
  const same = () => equalPublic(encode(Credential, before.credential), encode(Credential, after.credential))
  // copath-mls-5.3.1-02: a member may change to this credential
  if (!(isSuccessor === undefined ? same() : isSuccessor(before, after))) {
    throw new RejectedError('invalid-credential', { ...where, rule: 'copath-mls-5.3.1-02' })
  }
}

/** copath-mls-5.3.1-03: the authentication service finds the credentials of new external senders valid. */
export function checkExternalSenders(
  { authentication }: Settings,
  senders: readonly Identity[],
  { known, where }: { readonly known: readonly Identity[]; readonly where: ErrorDetails },
): void {
  const names = new Set(known.map(nameOf))
  senders.forEach((sender, external) => {
    if (names.has(nameOf(sender)) || authentication.isValid(sender)) return
    throw new RejectedError('invalid-credential', { ...where, rule: 'copath-mls-5.3.1-03', external })
  })
}

/**
 * The default lifetime of a key package: from an hour ago, for clocks that are behind, to three months from now, or as long as
 * `longest` allows.
 */
export function defaultLifetime(now: bigint, longest = FOREVER): Lifetime {
  const hour = 3_600n
  const early = longest < 2n * hour ? longest / 2n : hour
  const notBefore = now > early ? now - early : 0n
  const [wanted, latest] = [now + 90n * 24n * hour, notBefore + longest]
  return { notBefore, notAfter: wanted < latest ? wanted : latest }
}
