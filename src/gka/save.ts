/** mpENC section 6.3: a member's view of a session as bytes, secrets included. */
import { copyOf, utf8 } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { named, opaque, opaqueOf, optional, uint8, uint32, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { AskeMember } from './aske.ts'
import { CliquesMember } from './cliques.ts'
import type { Greeting } from './greeting.ts'
import { DEFAULT_MAX_MEMBERS, parseId } from './member-ids.ts'
import type { GkaOptions, GkaParty, Subsession } from './subsession.ts'
import { type Bytes, KEY } from './suite.ts'

const FORMAT = 1

const Kind = enumeration('ContributionKind', { list: 1, condensed: 2 })
const OperationName = enumeration('Operation', { start: 1, include: 2, exclude: 3, refresh: 4 })
const Stage = enumeration('Stage', { proposed: 1, up: 2, down: 3 })
const Name = named('Name', opaque)
const Value = named('Value', opaqueOf(KEY))
const OwnPacket = named('OwnPacket', opaque)

const SavedSubsession = struct('SavedSubsession', {
  members: vector(Name),
  points: vector(Value),
  contributions: vector(Value),
  renewals: vector(uint32),
  operations: uint32,
  groupKey: optional(Value),
  askeMembers: vector(Name),
  nonces: vector(Value),
  keys: vector(Value),
  seed: Value,
  last: Value,
  hash: Value,
})
const SavedGreeting = struct('SavedGreeting', {
  operation: OperationName,
  initiator: Name,
  before: vector(Name),
  members: vector(Name),
  stage: Stage,
  draft: SavedSubsession,
  awaited: vector(OwnPacket),
  confirmed: vector(Name),
})
const SavedSession = struct('SavedSession', {
  format: uint8,
  id: Name,
  contributions: Kind,
  confirmKey: uint8,
  maxMembers: uint32,
  current: optional(SavedSubsession),
  greeting: optional(SavedGreeting),
  usedSids: vector(Value),
  rejections: uint32,
})

/** What a session object holds. */
export interface SessionState {
  readonly current: Subsession | undefined
  readonly greeting: Greeting | undefined
  readonly usedSids: readonly Uint8Array[]
  /** Own proposals that others came before, in a row. */
  readonly rejections: number
}

function savedSubsession({ cliques, aske, head }: Subsession): ValueOf<typeof SavedSubsession> {
  const [agreement, exchange] = [cliques.state(), aske.state()]
  return {
    ...agreement,
    members: agreement.members.map(utf8),
    askeMembers: exchange.members.map(utf8),
    nonces: exchange.nonces,
    keys: exchange.keys,
    seed: exchange.seed,
    last: head.last,
    hash: head.hash,
  }
}

function savedGreeting(greeting: Greeting): ValueOf<typeof SavedGreeting> {
  return {
    ...greeting,
    initiator: utf8(greeting.initiator),
    before: greeting.before.map(utf8),
    members: greeting.members.map(utf8),
    confirmed: greeting.confirmed.map(utf8),
    draft: savedSubsession(greeting.draft),
  }
}

/** Everything but the identity key. The same state always gives the same bytes. */
export function saveSession({ id }: GkaParty, options: GkaOptions, state: SessionState): Bytes {
  return encode(SavedSession, {
    format: FORMAT,
    id: utf8(id),
    contributions: options.contributions ?? 'condensed',
    confirmKey: options.confirmKey === true ? 1 : 0,
    maxMembers: options.maxMembers ?? DEFAULT_MAX_MEMBERS,
    current: state.current && savedSubsession(state.current),
    greeting: state.greeting && savedGreeting(state.greeting),
    usedSids: state.usedSids,
    rejections: state.rejections,
  })
}

function loadSubsession(
  { suite, id }: GkaParty,
  options: GkaOptions,
  saved: ValueOf<typeof SavedSubsession>,
): Subsession {
  const { points, contributions, renewals, operations, groupKey, nonces, keys, seed } = saved
  const [members, askeMembers] = [saved.members.map(parseId), saved.askeMembers.map(parseId)]
  const condensed = options.contributions !== 'list'
  if (renewals.length !== members.length || keys.length !== nonces.length || (condensed && contributions.length > 1)) {
    throw new RejectedError('inconsistent-lengths', { members: members.length, renewals: renewals.length })
  }
  const agreement = { members, points, contributions, renewals, operations, groupKey }
  return {
    cliques: CliquesMember.restore(suite, id, options, agreement),
    aske: AskeMember.restore(suite, id, options, { members: askeMembers, nonces, keys, seed, sid: undefined }),
    head: { last: copyOf(saved.last), hash: copyOf(saved.hash) },
  }
}

function loadGreeting(party: GkaParty, options: GkaOptions, saved: ValueOf<typeof SavedGreeting>): Greeting {
  return {
    ...saved,
    initiator: parseId(saved.initiator),
    before: saved.before.map(parseId),
    members: saved.members.map(parseId),
    confirmed: saved.confirmed.map(parseId),
    awaited: saved.awaited.map(packet => copyOf(packet)),
    draft: loadSubsession(party, options, saved.draft),
  }
}

/** What was saved by the same member. */
export function loadSession(party: GkaParty, bytes: Uint8Array): { options: GkaOptions; state: SessionState } {
  const saved = decode(SavedSession, copyOf(bytes))
  if (saved.format !== FORMAT || saved.confirmKey > 1)
    throw new RejectedError('unknown-value', { format: saved.format })
  if (parseId(saved.id) !== party.id) throw new UsageError('not-a-member')
  const { contributions, maxMembers } = saved
  const options: GkaOptions = { contributions, maxMembers, confirmKey: saved.confirmKey === 1 }
  const state: SessionState = {
    current: saved.current && loadSubsession(party, options, saved.current),
    greeting: saved.greeting && loadGreeting(party, options, saved.greeting),
    usedSids: saved.usedSids.map(sid => copyOf(sid)),
    rejections: saved.rejections,
  }
  return { options, state }
}
