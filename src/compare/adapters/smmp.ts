/** SMMP, both profiles: every change of members or keys is a key agreement of all, and every message has its place in one order. */
import { concat, EMPTY, equalConstantTime, equalPublic, utf8 } from '../../base/bytes.ts'
import { RejectedError, UsageError } from '../../base/errors.ts'
import { randomBytes } from '../../base/random.ts'
import { wipingAfter } from '../../base/secret.ts'
import { decode, encode, type ValueOf } from '../../codec/codec.ts'
import { enumeration } from '../../codec/enumerations.ts'
import { named, opaque, opaqueOf, optional, vector } from '../../codec/primitives.ts'
import { select } from '../../codec/select.ts'
import { struct } from '../../codec/struct.ts'
import { HistoricalGroup } from '../../smmp/historical.ts'
import { createSmmpSuite, SmmpGroup, SmmpIdentity, type SmmpSuite } from '../../smmp/index.ts'
import {
  type Environment,
  type GroupProtocol,
  type MemberId,
  NEW_EPOCH,
  NOTHING,
  type Packet,
  REMOVED,
  readFrom,
  type Step,
} from '../protocol.ts'
import { type Addressed, addressOf, SmmpSetup } from './smmp-setup.ts'

const KEY = 32
const GROUP_ID = 16
const Name = named('Name', opaque)
const LABEL = utf8('copath compare: SMMP invitation')
const GroupId = opaqueOf(GROUP_ID)

/** For one member: only the organizer and itself can have made it, which nobody else can be shown. */
const Invitation = struct('Invitation', { to: Name, tag: opaqueOf(KEY) })
const Announced = struct('Announced', { groupId: GroupId, previous: opaque, members: vector(Name), to: Name })
const FrameType = enumeration('FrameType', { start: 1, setup: 2, message: 3 })
const Frame = struct('SmmpFrame', {
  type: select(FrameType, {
    start: { groupId: GroupId, previous: opaque, members: vector(Name), invitations: vector(Invitation) },
    setup: { groupId: GroupId, packet: opaque },
    message: { packet: opaque },
  }),
})
const SavedClient = struct('SavedClient', {
  identity: opaqueOf(KEY),
  groupId: opaque,
  members: vector(Name),
  group: optional(named('SavedGroup', opaque)),
})

/** One client. */
export interface SmmpClient {
  readonly environment: Environment
  readonly suite: SmmpSuite
  readonly identity: SmmpIdentity
  readonly historical: boolean
  readonly identityKeys: Map<MemberId, Uint8Array>
  group: SmmpGroup | HistoricalGroup | undefined
  groupId: Uint8Array
  /** By their places in the group. */
  members: readonly MemberId[]
  /** An agreement of its own that has no place in the order yet. */
  proposed: SmmpSetup | undefined
  setup: SmmpSetup | undefined
  /** What it wants to say. The first of it may wait for its place. */
  readonly unsent: Uint8Array[]
  waiting: boolean
}

const nameOf = (bytes: Uint8Array): MemberId => new TextDecoder().decode(bytes)

function newClient(environment: Environment, historical: boolean, identity?: Uint8Array): SmmpClient {
  const suite = createSmmpSuite(environment.provider)
  const own = identity === undefined ? SmmpIdentity.generate(suite) : new SmmpIdentity(suite, identity)
  const known = { identityKeys: new Map([[environment.id, own.publicKey]]), unsent: [], waiting: false }
  const outside = { group: undefined, groupId: EMPTY, members: [], proposed: undefined, setup: undefined }
  return { environment, suite, identity: own, historical, ...known, ...outside }
}

function identityKeyOf({ environment, identityKeys }: SmmpClient, id: MemberId): Uint8Array {
  const key = identityKeys.get(id) ?? environment.fetch(id)
  identityKeys.set(id, key)
  return key
}

function newSetup(client: SmmpClient, members: readonly MemberId[], groupId: Uint8Array): SmmpSetup {
  const { environment, suite, identity, historical } = client
  const authenticate = (id: MemberId, b: Uint8Array): boolean => equalPublic(identityKeyOf(client, id), b)
  return new SmmpSetup({ suite, identity, historical, groupId, id: environment.id, members, authenticate })
}

function activeMembers({ group, members }: SmmpClient): readonly MemberId[] {
  if (group === undefined) throw new UsageError('group-left')
  return members
}

const frameOf = (value: ValueOf<typeof Frame>): Uint8Array => encode(Frame, value)

const handshakes = ({ groupId }: SmmpSetup, packets: readonly Addressed[]): Packet[] =>
  packets.map(({ to, packet }) => ({
    ...{ to, ordered: 'total', kind: 'handshake' },
    bytes: frameOf({ type: 'setup', groupId, packet }),
  }))

/** What shows a member that another one announces this agreement, in place of this group: one multiplication at either end. */
function invitationTag(client: SmmpClient, other: MemberId, announced: ValueOf<typeof Announced>): Uint8Array {
  const { suite, identity } = client
  const shared = suite.dh.shared(identity.privateKey.bytes, identityKeyOf(client, other))
  const key = wipingAfter([shared], () => suite.kdf.extract(LABEL, shared))
  return wipingAfter([key], () => suite.kdf.hmac(key, encode(Announced, announced)))
}

/** Proposes an agreement of these, the actor first. The first that the ordering service takes is the one that everybody joins. */
function start(client: SmmpClient, others: readonly MemberId[]): Step {
  if (client.proposed !== undefined || client.waiting) throw new UsageError('operation-running')
  const { id, provider } = client.environment
  const setup = newSetup(client, [id, ...others], randomBytes(provider.random, GROUP_ID))
  const to = [...new Set([...client.members, ...others])].filter(other => other !== id)
  const announced = { groupId: setup.groupId, previous: client.groupId, members: setup.members.map(utf8) }
  const invitations = to.map(other => {
    const tag = invitationTag(client, other, { ...announced, to: utf8(other) })
    return { to: utf8(other), tag: tag.slice() }
  })
  const bytes = frameOf({ type: 'start', ...announced, invitations })
  const announcement: Packet = { to, ordered: 'epoch', kind: 'handshake', bytes }
  client.proposed = setup
  return { out: [announcement, ...handshakes(setup, setup.hellos())], events: [], done: false }
}

function leave(client: SmmpClient): Step {
  client.setup?.wipe()
  client.setup = undefined
  client.group?.wipe()
  client.group = undefined
  client.members = []
  client.groupId = EMPTY
  client.unsent.length = 0
  return REMOVED
}

type Start = Extract<ValueOf<typeof Frame>, { type: 'start' }>

/** The later of two agreements counts: so that one which somebody left unfinished keeps nobody from another. */
function takeStart(client: SmmpClient, from: MemberId, start: Start): Step {
  const { group, environment, groupId } = client
  const members = start.members.map(nameOf)
  const sound = members[0] === from && members.length >= 2 && new Set(members).size === members.length
  if (!sound || from === environment.id) throw new RejectedError('wrong-member-list', { members: members.length })
  if (group !== undefined && !client.members.includes(from)) throw new RejectedError('unknown-sender')
  if (group !== undefined && !equalPublic(start.previous, groupId)) throw new RejectedError('wrong-group')
  const own = start.invitations.find(({ to }) => nameOf(to) === environment.id)
  if (own === undefined) throw new RejectedError('not-a-member')
  if (!equalConstantTime(own.tag, invitationTag(client, from, { ...start, to: own.to }))) {
    throw new RejectedError('invalid-mac')
  }
  if (!members.includes(environment.id)) {
    if (group === undefined) throw new RejectedError('not-a-member')
    return leave(client)
  }
  client.setup?.wipe()
  client.setup = newSetup(client, members, start.groupId.slice())
  return { ...NOTHING, done: false }
}

function takeSetup(client: SmmpClient, from: MemberId, groupId: Uint8Array, packet: Uint8Array): Step {
  const { setup } = client
  // of an agreement that came second, or was replaced
  if (setup === undefined || !equalPublic(setup.groupId, groupId)) return NOTHING
  return agreed(client, setup, setup.take(from, packet))
}

/** What is to be sent, and the new group once it is there. */
function agreed(client: SmmpClient, setup: SmmpSetup, packets: readonly Addressed[]): Step {
  const out = handshakes(setup, packets)
  if (!setup.finished) return { out, events: [], done: false }
  client.group = setup.finish(client.group)
  client.groupId = setup.groupId
  client.members = setup.members
  client.setup = undefined
  return { ...NEW_EPOCH, out: [...out, ...sendNext(client)] }
}

/** The next message, if there is one and none waits for its place. */
function sendNext(client: SmmpClient): Packet[] {
  const { group, unsent, waiting, proposed } = client
  const [next] = unsent
  if (!(group instanceof SmmpGroup) || next === undefined || waiting || proposed !== undefined) return []
  const bytes = frameOf({ type: 'message', packet: group.send(next) })
  client.waiting = true
  return [{ to: 'all', ordered: 'epoch', kind: 'message', bytes }]
}

function send(client: SmmpClient, plaintext: Uint8Array): Step {
  const members = activeMembers(client)
  const { group } = client
  if (!(group instanceof HistoricalGroup)) {
    client.unsent.push(plaintext.slice())
    return { out: sendNext(client), events: [], done: false }
  }
  const out = group.send(plaintext).map(
    (packet): Packet => ({
      ...{ to: [members[addressOf(packet)!]!], ordered: 'total', kind: 'message' },
      bytes: frameOf({ type: 'message', packet }),
    }),
  )
  return { out, events: [], done: true }
}

function takeMessage({ group, members, environment }: SmmpClient, from: MemberId, packet: Uint8Array): Step {
  if (group === undefined) throw new RejectedError('unexpected-packet', { type: 'message' })
  if (group instanceof SmmpGroup) {
    const { sender, content } = group.receive(packet)
    return readFrom(members[sender]!, content)
  }
  // what it sent itself comes back from the ordering service
  if (from === environment.id) return NOTHING
  const event = group.receive(packet)
  return event.type === 'message' ? readFrom(members[event.sender]!, event.content) : NOTHING
}

function receive(client: SmmpClient, from: MemberId, bytes: Uint8Array): Step {
  const frame = decode(Frame, bytes)
  switch (frame.type) {
    case 'start':
      return takeStart(client, from, frame)
    case 'setup':
      return takeSetup(client, from, frame.groupId, frame.packet)
    default:
      return takeMessage(client, from, frame.packet)
  }
}

function commitAccepted(client: SmmpClient, accepted: boolean): Step {
  const { proposed, group } = client
  if (proposed !== undefined) {
    client.proposed = undefined
    if (accepted) {
      client.setup?.wipe()
      client.setup = proposed
      return agreed(client, proposed, proposed.begin())
    }
    proposed.wipe()
    return { ...NOTHING, out: sendNext(client) }
  }
  client.waiting = false
  if (group instanceof SmmpGroup && group.pending) {
    if (accepted) {
      group.accept()
      client.unsent.shift()
    } else group.discard()
  }
  // a message that got no place is sent again, under the keys of now
  return { ...NOTHING, out: sendNext(client) }
}

function save({ identity, groupId, members, group, setup, proposed, waiting }: SmmpClient): Uint8Array {
  // an agreement lives in memory only: without this member the others cannot end it
  if (setup !== undefined || proposed !== undefined || waiting) throw new UsageError('operation-running')
  return encode(SavedClient, {
    ...{ identity: identity.privateKey.bytes, groupId, members: members.map(utf8) },
    group: group?.save(),
  })
}

function load(environment: Environment, bytes: Uint8Array, historical: boolean): SmmpClient {
  const { identity, groupId, members, group } = decode(SavedClient, bytes.slice())
  const client = newClient(environment, historical, identity)
  if (group !== undefined) {
    client.group = historical
      ? HistoricalGroup.load(client.suite, group, { unsafeHistorical: true })
      : SmmpGroup.load(client.suite, group)
  }
  client.groupId = groupId
  client.members = members.map(nameOf)
  return client
}

/** What members have in common: in the fixed profile, all that was ever said in the group. */
function epochId({ group, groupId, suite }: SmmpClient): Uint8Array {
  if (group === undefined) throw new UsageError('group-left')
  return suite.hash.digest(concat(groupId, group.digest))
}

function profile(name: string, historical: boolean): GroupProtocol<SmmpClient> {
  return {
    name,
    traits: {
      asynchronous: false,
      needsTotalOrder: true,
      forwardSecrecy: true,
      postCompromiseSecurity: true,
      deniable: true,
      rounds: operation => (operation === 'send' ? 1 : historical ? 3 : 4),
      maxMembers: 20,
    },
    client: environment => newClient(environment, historical),
    publish: ({ identity }) => identity.publicKey.slice(),
    create(client, others) {
      if (client.group !== undefined) throw new UsageError('wrong-argument', { expected: 'a client in no group' })
      return start(client, others)
    },
    join: receive,
    update: client => start(client, othersOf(client)),
    add(client, who) {
      const others = othersOf(client)
      if (client.members.includes(who)) throw new UsageError('duplicate-member')
      return start(client, [...others, who])
    },
    remove(client, who) {
      const others = othersOf(client)
      if (!others.includes(who)) throw new UsageError('not-a-member')
      return start(
        client,
        others.filter(id => id !== who),
      )
    },
    send,
    receive,
    commitAccepted,
    epochId,
    members: ({ members }) => [...members],
    storage: { save, load: (environment, bytes) => load(environment, bytes, historical) },
  }
}

const othersOf = (client: SmmpClient): MemberId[] => activeMembers(client).filter(id => id !== client.environment.id)

/** SMMP with its faults mended. */
export const smmp: GroupProtocol<SmmpClient> = profile('SMMP', false)

/** SMMP as it was in 2014, for measurements and attacks: one lost packet makes its keys public. */
export function historicalSmmp(options: { readonly unsafeHistorical: true }): GroupProtocol<SmmpClient> {
  if (options.unsafeHistorical !== true) throw new UsageError('unsafe-historical')
  return profile('SMMP of 2014', true)
}
