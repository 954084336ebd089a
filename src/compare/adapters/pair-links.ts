/** What pairwise groups and sender keys share: a list of names, a channel to each of them, and notices about the list. */
import { equalPublic, utf8 } from '../../base/bytes.ts'
import { RejectedError, UsageError } from '../../base/errors.ts'
import { randomBytes } from '../../base/random.ts'
import { decode, encode, type ValueOf } from '../../codec/codec.ts'
import { enumeration } from '../../codec/enumerations.ts'
import { named, opaque, opaqueOf, optional, uint8, vector } from '../../codec/primitives.ts'
import { select } from '../../codec/select.ts'
import { struct } from '../../codec/struct.ts'
import {
  createPairwiseSuite,
  PairwiseChannels,
  PairwiseMember,
  type PairwiseParty,
  PairwisePreKeys,
  type PairwiseSuite,
  type SignedPreKey,
} from '../../pairwise/index.ts'
import { PreKeyBundle, SignedPreKey as SignedPreKeyCodec } from '../../pairwise/wire.ts'
import type { Environment, MemberId, Packet } from '../protocol.ts'

const KEY = 32
const DIGEST = 32
const NoticeType = enumeration('NoticeType', { text: 1, roster: 2, added: 3, removed: 4, refreshed: 5, founded: 6 })
const Name = named('Name', opaque)

/** Whom a new group has, told to all at once. What is from a channel begins with other types. */
const Roster = struct('Roster', { type: uint8, members: vector(Name) })
const ROSTER = 3
/** Rosters of groups to which no invitation has come yet. */
const MAX_ROSTERS = 4

/** What a channel carries. */
const Notice = struct('Notice', {
  type: select(NoticeType, {
    text: { content: opaque },
    roster: { members: vector(Name) },
    added: { who: opaque },
    removed: { who: opaque },
    refreshed: {},
    founded: { roster: opaqueOf(DIGEST) },
  }),
})
export type Notice = ValueOf<typeof Notice>

const SavedLinks = struct('SavedLinks', {
  signature: opaqueOf(KEY),
  exchange: opaqueOf(KEY),
  signedPrekey: SignedPreKeyCodec,
  prekeys: opaque,
  channels: opaque,
  members: vector(Name),
  rosters: vector(named('SavedRoster', opaque)),
  invited: optional(named('RosterDigest', opaqueOf(DIGEST))),
})

interface PrivateKeys {
  readonly signature: Uint8Array
  readonly exchange: Uint8Array
}

export const bytesOf = (id: MemberId): Uint8Array<ArrayBuffer> => utf8(id)
export const nameOf = (id: Uint8Array): MemberId => new TextDecoder().decode(id)

/** A member's channels, and whom it takes for members. Nobody makes sure that all take the same. */
export class PairLinks {
  readonly suite: PairwiseSuite
  readonly channels: PairwiseChannels
  readonly members = new Set<MemberId>()
  readonly #environment: Environment
  readonly #party: PairwiseParty
  readonly #privateKeys: PrivateKeys
  readonly #signedPrekey: SignedPreKey
  readonly #context: Uint8Array
  /** What may be the list of the group that this one is invited to, newest last. */
  readonly #rosters: Uint8Array[] = []
  /** The digest of that list, where the invitation came first. */
  #invited: Uint8Array | undefined

  private constructor(environment: Environment, purpose: string, saved?: ValueOf<typeof SavedLinks>) {
    const { provider, id } = environment
    const suite = createPairwiseSuite(provider)
    const privateKeys = {
      signature: saved?.signature.slice() ?? randomBytes(provider.random, KEY),
      exchange: saved?.exchange.slice() ?? randomBytes(provider.random, KEY),
    }
    const member = new PairwiseMember(suite, bytesOf(id), privateKeys)
    const prekeys =
      saved === undefined ? new PairwisePreKeys(suite, member) : PairwisePreKeys.load(suite, member, saved.prekeys)
    this.suite = suite
    this.#environment = environment
    this.#privateKeys = privateKeys
    this.#party = { suite, member, prekeys, authenticate: () => true }
    this.#signedPrekey = saved?.signedPrekey ?? prekeys.rotate()
    this.#context = utf8(purpose)
    this.channels =
      saved === undefined ? new PairwiseChannels(this.#party) : PairwiseChannels.load(this.#party, saved.channels)
    for (const name of saved?.members ?? []) this.members.add(nameOf(name))
    this.#rosters.push(...(saved?.rosters ?? []))
    this.#invited = saved?.invited
  }

  static fresh(environment: Environment, purpose: string): PairLinks {
    return new PairLinks(environment, purpose)
  }

  static load(environment: Environment, purpose: string, bytes: Uint8Array): PairLinks {
    return new PairLinks(environment, purpose, decode(SavedLinks, bytes.slice()))
  }

  save(): Uint8Array<ArrayBuffer> {
    return encode(SavedLinks, {
      ...this.#privateKeys,
      signedPrekey: this.#signedPrekey,
      prekeys: this.#party.prekeys.save(),
      channels: this.channels.save(),
      members: [...this.members].map(bytesOf),
      rosters: this.#rosters,
      invited: this.#invited,
    })
  }

  get id(): MemberId {
    return this.#environment.id
  }

  /** All members but this one. */
  get others(): MemberId[] {
    return [...this.members].filter(id => id !== this.id)
  }

  publish(): Uint8Array {
    const { member, prekeys } = this.#party
    const [oneTimePrekey] = prekeys.publish(1)
    return encode(PreKeyBundle, { identity: member.identity, signedPrekey: this.#signedPrekey, oneTimePrekey })
  }

  /** Opens sessions; with those who have one, another. */
  connect(ids: readonly MemberId[]): void {
    const bundles = ids.map(id => decode(PreKeyBundle, this.#environment.fetch(id)))
    for (const bundle of bundles) this.channels.connect(bundle)
  }

  /** Opens sessions with those of these who have none. */
  connectMissing(ids: readonly MemberId[]): void {
    this.connect(ids.filter(id => !this.channels.hasSession(bytesOf(id))))
  }

  /** The same notice to some members, one encryption each; or an error and nothing. */
  seal(ids: readonly MemberId[], notice: Notice, kind: Packet['kind']): Packet[] {
    this.connectMissing(ids)
    const plaintext = encode(Notice, notice)
    const packets = this.channels.sealMany(
      ids.map(id => ({ to: bytesOf(id), plaintext })),
      this.#context,
    )
    return ids.map((id, i) => ({ to: [id], ordered: false, kind, bytes: packets[i]! }))
  }

  /** What a packet says; where `use` refuses it, the packet counts as not received. */
  open<T>(from: MemberId, packet: Uint8Array, use: (notice: Notice) => T): T {
    return this.channels.open(bytesOf(from), packet, this.#context, plaintext => use(decode(Notice, plaintext.slice())))
  }

  /** The notices by which a new member and the others learn of each other. */
  sealAdd(who: MemberId): Packet[] {
    if (!this.members.has(this.id)) throw new UsageError('not-a-member')
    if (this.members.has(who)) throw new UsageError('duplicate-member')
    const roster = [...this.members, who].map(bytesOf)
    const invitation = this.seal([who], { type: 'roster', members: roster }, 'handshake')
    return [...invitation, ...this.seal(this.others, { type: 'added', who: bytesOf(who) }, 'handshake')]
  }

  /** The notices of a removal, to the one removed as well. */
  sealRemove(who: MemberId): Packet[] {
    if (!this.members.has(who)) throw new UsageError('not-a-member')
    if (who === this.id) throw new UsageError('wrong-argument', { expected: 'another member' })
    return this.seal(this.others, { type: 'removed', who: bytesOf(who) }, 'handshake')
  }

  /**
   * What founds a group: its list once for all, and through each channel what the list's digest is. A list in every channel would be the
   * square of it.
   */
  sealFounding(others: readonly MemberId[]): { readonly roster: Packet; readonly invitations: readonly Packet[] } {
    const bytes = encode(Roster, { type: ROSTER, members: [this.id, ...others].map(bytesOf) })
    const invitations = this.seal(others, { type: 'founded', roster: this.suite.hash.digest(bytes) }, 'handshake')
    return { roster: { to: others, ordered: false, kind: 'handshake', bytes }, invitations }
  }

  /** The names of the group that this one is in from now on, once both the list and the invitation to it are there. */
  openInvitation(from: MemberId, packet: Uint8Array): MemberId[] | undefined {
    if (packet[0] === ROSTER) {
      const names = this.#namesOf(packet)
      if (this.#invited === undefined || !this.#isList(packet, this.#invited)) {
        this.#rosters.push(packet.slice())
        this.#rosters.splice(0, this.#rosters.length - MAX_ROSTERS)
        return undefined
      }
      return this.#entered(names)
    }
    return this.open(from, packet, notice => {
      if (notice.type === 'roster') return this.#entered(this.#checked(notice.members))
      if (notice.type !== 'founded') throw new RejectedError('unexpected-packet', { type: notice.type })
      const found = this.#rosters.find(roster => this.#isList(roster, notice.roster))
      if (found !== undefined) return this.#entered(this.#namesOf(found))
      this.#invited = notice.roster
      return undefined
    })
  }

  #isList(roster: Uint8Array, digest: Uint8Array): boolean {
    return equalPublic(this.suite.hash.digest(roster), digest)
  }

  #namesOf(roster: Uint8Array): MemberId[] {
    return this.#checked(decode(Roster, roster.slice()).members)
  }

  #checked(members: readonly Uint8Array[]): MemberId[] {
    const names = members.map(nameOf)
    const isList = names.includes(this.id) && !names.includes('') && new Set(names).size === names.length
    if (!isList) throw new RejectedError('wrong-member-list', { members: names.length })
    return names
  }

  #entered(names: MemberId[]): MemberId[] {
    this.#rosters.length = 0
    this.#invited = undefined
    return names
  }

  checkMember(from: MemberId): void {
    if (!this.members.has(from)) throw new RejectedError('unknown-sender')
  }

  /** What two members have in common: their lists. */
  listDigest(): Uint8Array {
    const names = [...this.members].sort().map(bytesOf)
    return this.suite.hash.digest(encode(Notice, { type: 'roster', members: names }))
  }
}
