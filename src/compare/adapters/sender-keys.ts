/** Sender keys over pairwise channels: one encryption a message, new keys for everybody when somebody goes. */
import { RejectedError, UsageError } from '../../base/errors.ts'
import { decode, encode, type ValueOf } from '../../codec/codec.ts'
import { enumeration } from '../../codec/enumerations.ts'
import { named, opaque, optional } from '../../codec/primitives.ts'
import { select } from '../../codec/select.ts'
import { struct } from '../../codec/struct.ts'
import { createSenderKeysSuite, SenderKeyGroup, type SenderKeysSuite } from '../../sender-keys/index.ts'
import {
  type GroupProtocol,
  type MemberId,
  NEW_EPOCH,
  NOTHING,
  type Packet,
  REMOVED,
  readFrom,
  type Step,
} from '../protocol.ts'
import { bytesOf, type Notice, nameOf, PairLinks } from './pair-links.ts'

const PURPOSE = 'compare sender keys'
const GROUP_ID = bytesOf('group')
const PacketType = enumeration('PacketType', { notice: 1, key: 2, message: 3, roster: 4 })
const Framed = struct('Framed', {
  type: select(PacketType, {
    notice: { packet: opaque },
    key: { packet: opaque },
    message: { packet: opaque },
    roster: { packet: opaque },
  }),
})
const SavedClient = struct('SavedClient', { links: opaque, group: optional(named('SavedGroup', opaque)) })

/** One client. */
export interface SenderKeysClient {
  readonly suite: SenderKeysSuite
  readonly links: PairLinks
  group: SenderKeyGroup | undefined
}

const framed = (type: ValueOf<typeof Framed>['type'], packet: Uint8Array): Uint8Array =>
  encode(Framed, { type, packet })

const asNotices = (packets: readonly Packet[]): Packet[] =>
  packets.map(packet => ({ ...packet, bytes: framed('notice', packet.bytes) }))

function activeGroup({ group }: SenderKeysClient): SenderKeyGroup {
  if (group === undefined) throw new UsageError('not-a-member')
  return group
}

function enter(client: SenderKeysClient, members: readonly MemberId[]): void {
  const { suite, links } = client
  const { channels, id } = links
  client.group = new SenderKeyGroup({
    ...{ suite, channels, own: bytesOf(id), groupId: GROUP_ID },
    members: members.map(bytesOf),
  })
  for (const member of members) links.members.add(member)
}

function leave(client: SenderKeysClient): Step {
  client.group?.wipe()
  client.group = undefined
  client.links.members.clear()
  return REMOVED
}

/** The own key, for all who lack it. */
function distribute(client: SenderKeysClient): Packet[] {
  const group = activeGroup(client)
  client.links.connectMissing(group.due.map(nameOf))
  return group.distribute().map(
    ({ to, packet }): Packet => ({
      to: [nameOf(to)],
      ordered: false,
      kind: 'handshake',
      bytes: framed('key', packet),
    }),
  )
}

function apply(client: SenderKeysClient, from: MemberId, notice: Notice): Step {
  const { links } = client
  links.checkMember(from)
  if (notice.type === 'added') {
    const who = nameOf(notice.who)
    if (links.members.has(who)) return NOTHING
    activeGroup(client).add(notice.who)
    links.members.add(who)
    return NEW_EPOCH
  }
  if (notice.type !== 'removed') throw new RejectedError('unexpected-packet', { type: notice.type })
  const who = nameOf(notice.who)
  if (who === links.id) return leave(client)
  if (!links.members.has(who)) return NOTHING
  activeGroup(client).remove(notice.who)
  links.members.delete(who)
  return NEW_EPOCH
}

/** Sender keys as a group protocol. */
export const senderKeys: GroupProtocol<SenderKeysClient> = {
  name: 'sender keys',
  traits: {
    asynchronous: true,
    needsTotalOrder: false,
    forwardSecrecy: true,
    // the keys of the others are as stolen as before, until each of them has changed its own
    postCompromiseSecurity: false,
    // signed, with keys that only the group knows; the signatures still bind what was said
    deniable: false,
    rounds: () => 1,
    maxMembers: 1_000,
  },
  client: environment => ({
    suite: createSenderKeysSuite(environment.provider),
    links: PairLinks.fresh(environment, PURPOSE),
    group: undefined,
  }),
  publish: ({ links }) => links.publish(),
  create(client, others) {
    const { roster, invitations } = client.links.sealFounding(others)
    enter(client, [client.links.id, ...others])
    const list: Packet = { ...roster, bytes: framed('roster', roster.bytes) }
    return { out: [list, ...asNotices(invitations)], events: NEW_EPOCH.events, done: true }
  },
  join(client, from, bytes) {
    const { type, packet } = decode(Framed, bytes)
    if (type !== 'notice' && type !== 'roster') throw new RejectedError('unexpected-packet', { type })
    const members = client.links.openInvitation(from, packet)
    if (members === undefined) return NOTHING
    enter(client, members)
    return NEW_EPOCH
  },
  // a new key of its own through new sessions: whoever has stolen the old ones does not get it
  update(client) {
    const group = activeGroup(client)
    client.links.connect(client.links.others)
    group.rotate()
    return { out: distribute(client), events: NEW_EPOCH.events, done: true }
  },
  add(client, who) {
    const group = activeGroup(client)
    const out = asNotices(client.links.sealAdd(who))
    group.add(bytesOf(who))
    client.links.members.add(who)
    return { out, events: NEW_EPOCH.events, done: true }
  },
  remove(client, who) {
    const group = activeGroup(client)
    const out = asNotices(client.links.sealRemove(who))
    group.remove(bytesOf(who))
    client.links.members.delete(who)
    return { out, events: NEW_EPOCH.events, done: true }
  },
  send(client, plaintext) {
    const out = distribute(client)
    const bytes = framed('message', activeGroup(client).send(plaintext))
    return { out: [...out, { to: 'all', ordered: false, kind: 'message', bytes }], events: [], done: true }
  },
  receive(client, from, bytes) {
    const group = activeGroup(client)
    const { type, packet } = decode(Framed, bytes)
    switch (type) {
      case 'notice':
        return client.links.open(from, packet, notice => apply(client, from, notice))
      case 'key':
        group.receiveKey(bytesOf(from), packet)
        return NEW_EPOCH
      case 'roster':
        throw new RejectedError('unexpected-packet', { type })
      default:
        return readFrom(from, group.receive(bytesOf(from), packet))
    }
  },
  commitAccepted: () => NOTHING,
  epochId: ({ links }) => links.listDigest(),
  members: ({ links }) => [...links.members],
  storage: {
    save: ({ links, group }) => encode(SavedClient, { links: links.save(), group: group?.save() }),
    load(environment, bytes) {
      const saved = decode(SavedClient, bytes)
      const suite = createSenderKeysSuite(environment.provider)
      const links = PairLinks.load(environment, PURPOSE, saved.links)
      const group = saved.group && SenderKeyGroup.load(suite, links.channels, saved.group.slice())
      return { suite, links, group }
    },
  },
}
