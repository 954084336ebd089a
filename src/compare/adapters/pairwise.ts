/** A group that is nothing but pairwise Double Ratchet channels. */
import { RejectedError, UsageError } from '../../base/errors.ts'
import { type GroupProtocol, type MemberId, NEW_EPOCH, NOTHING, REMOVED, readFrom, type Step } from '../protocol.ts'
import { type Notice, nameOf, PairLinks } from './pair-links.ts'

const PURPOSE = 'compare pairwise'

/** One client. */
export interface PairwiseClient {
  readonly links: PairLinks
}

function apply({ links }: PairwiseClient, from: MemberId, notice: Notice): Step {
  links.checkMember(from)
  switch (notice.type) {
    case 'text':
      return readFrom(from, notice.content.slice())
    case 'added':
      links.members.add(nameOf(notice.who))
      return NEW_EPOCH
    case 'removed':
      return takeOff(links, nameOf(notice.who))
    case 'refreshed':
      return NEW_EPOCH
    default:
      throw new RejectedError('unexpected-packet', { type: notice.type })
  }
}

function takeOff(links: PairLinks, who: MemberId): Step {
  if (!links.members.has(who)) return NOTHING
  if (who === links.id) {
    links.members.clear()
    return REMOVED
  }
  links.members.delete(who)
  return NEW_EPOCH
}

function checkMember({ links }: PairwiseClient): void {
  if (!links.members.has(links.id)) throw new UsageError('not-a-member')
}

/** Pairwise channels as a group protocol. */
export const pairwise: GroupProtocol<PairwiseClient> = {
  name: 'pairwise',
  traits: {
    asynchronous: true,
    needsTotalOrder: false,
    forwardSecrecy: true,
    postCompromiseSecurity: true,
    deniable: true,
    rounds: () => 1,
    maxMembers: 1_000,
  },
  client: environment => ({ links: PairLinks.fresh(environment, PURPOSE) }),
  publish: ({ links }) => links.publish(),
  create({ links }, others) {
    const { roster, invitations } = links.sealFounding(others)
    for (const id of [links.id, ...others]) links.members.add(id)
    return { out: [roster, ...invitations], events: NEW_EPOCH.events, done: true }
  },
  join({ links }, from, packet) {
    const members = links.openInvitation(from, packet)
    if (members === undefined) return NOTHING
    for (const id of members) links.members.add(id)
    return NEW_EPOCH
  },
  // a fresh session with everybody: 4 multiplications each
  update(client) {
    checkMember(client)
    const { links } = client
    links.connect(links.others)
    return { out: links.seal(links.others, { type: 'refreshed' }, 'handshake'), events: NEW_EPOCH.events, done: true }
  },
  add({ links }, who) {
    const out = links.sealAdd(who)
    links.members.add(who)
    return { out, events: NEW_EPOCH.events, done: true }
  },
  remove({ links }, who) {
    const out = links.sealRemove(who)
    links.members.delete(who)
    return { out, events: NEW_EPOCH.events, done: true }
  },
  send(client, content) {
    checkMember(client)
    const { links } = client
    return { out: links.seal(links.others, { type: 'text', content }, 'message'), events: [], done: true }
  },
  receive: (client, from, packet) => client.links.open(from, packet, notice => apply(client, from, notice)),
  commitAccepted: () => NOTHING,
  epochId: ({ links }) => links.listDigest(),
  members: ({ links }) => [...links.members],
  storage: {
    save: ({ links }) => links.save(),
    load: (environment, bytes) => ({ links: PairLinks.load(environment, PURPOSE, bytes) }),
  },
}
