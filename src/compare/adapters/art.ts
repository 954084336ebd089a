/** Asynchronous Ratcheting Trees, in the ordered mode. */

import { ArtGroup, createArtSuite, type Invitee, Member, type Party, PreKeys, type Received } from '../../art/index.ts'
import { Identity, SignedPreKey } from '../../art/wire.ts'
import { utf8 } from '../../base/bytes.ts'
import { UsageError } from '../../base/errors.ts'
import { randomBytes } from '../../base/random.ts'
import { decode, encode, type ValueOf } from '../../codec/codec.ts'
import { named, opaque, opaqueOf, optional } from '../../codec/primitives.ts'
import { struct } from '../../codec/struct.ts'
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
  toAll,
} from '../protocol.ts'

const KEY = 32
const GROUP_ID = utf8('group')

/** What the directory hands out. */
const Published = struct('Published', { identity: Identity, prekey: SignedPreKey })
const SavedClient = struct('SavedClient', {
  signature: opaqueOf(KEY),
  exchange: opaqueOf(KEY),
  prekeys: opaque,
  group: optional(named('SavedGroup', opaque)),
  welcome: optional(struct('SavedWelcome', { to: opaque, bytes: opaque })),
})

interface PrivateKeys {
  readonly signature: Uint8Array
  readonly exchange: Uint8Array
}

/** One client. */
export interface ArtClient {
  readonly environment: Environment
  readonly party: Party
  readonly privateKeys: PrivateKeys
  group: ArtGroup | undefined
  /** For whom the pending change adds. */
  welcome: { readonly to: MemberId; readonly bytes: Uint8Array } | undefined
}

const nameOf = ({ id }: { readonly id: Uint8Array }): MemberId => new TextDecoder().decode(id)

function newClient(environment: Environment, privateKeys: PrivateKeys, savedPrekeys?: Uint8Array): ArtClient {
  const suite = createArtSuite(environment.provider)
  const member = new Member(suite, utf8(environment.id), privateKeys)
  const prekeys = savedPrekeys === undefined ? new PreKeys(suite) : PreKeys.load(suite, savedPrekeys)
  const party: Party = { suite, member, prekeys, authenticate: () => true }
  return { environment, party, privateKeys, group: undefined, welcome: undefined }
}

function activeGroup({ group }: ArtClient): ArtGroup {
  if (group === undefined) throw new UsageError('group-left')
  return group
}

const fetched = ({ environment }: ArtClient, who: MemberId): Invitee =>
  decode(Published, environment.fetch(who)) as ValueOf<typeof Published>

function indexOf(group: ArtGroup, who: MemberId): number {
  for (const { index, identity } of group.members()) if (nameOf(identity) === who) return index
  throw new UsageError('not-a-member')
}

function create(client: ArtClient, others: readonly MemberId[]): Step {
  const invitees = others.map(id => fetched(client, id))
  const { group, setup } = ArtGroup.create({ ...client.party, groupId: GROUP_ID, invitees })
  client.group = group
  const out: Packet[] = [{ to: others, ordered: false, kind: 'handshake', bytes: setup }]
  return { out, events: NEW_EPOCH.events, done: true }
}

function remove(client: ArtClient, who: MemberId): Step {
  const group = activeGroup(client)
  const index = indexOf(group, who)
  const prekeys = new Map(
    group.prekeysToRemove(index).map(leaf => [leaf, fetched(client, nameOf(group.member(leaf)!)).prekey] as const),
  )
  return toAll(group.remove(index, prekeys), 'epoch', 'handshake')
}

function stepOf(client: ArtClient, group: ArtGroup, received: Received): Step {
  switch (received.kind) {
    case 'message': {
      const { sender, plaintext } = received.message
      const from = group.member(sender)
      return readFrom(from === undefined ? '' : nameOf(from), plaintext)
    }
    case 'removed':
      if (!received.self) return NEW_EPOCH
      client.group = undefined
      return REMOVED
    default:
      return NEW_EPOCH
  }
}

/** ART as a group protocol: signed updates, three-way key exchange, one change after the other. */
export const art: GroupProtocol<ArtClient> = {
  name: 'ART',
  traits: {
    asynchronous: true,
    needsTotalOrder: true,
    forwardSecrecy: true,
    postCompromiseSecurity: true,
    // messages carry no signatures; setups and changes of keys do
    deniable: true,
    rounds: operation => (operation === 'add' ? 2 : 1),
    maxMembers: 100_000,
  },
  client(environment) {
    const { random } = environment.provider
    return newClient(environment, { signature: randomBytes(random, KEY), exchange: randomBytes(random, KEY) })
  },
  publish({ party: { member, prekeys } }) {
    return encode(Published, { identity: member.identity, prekey: prekeys.publish(member.signer, 1)[0]! })
  },
  create,
  join(client, _from, packet) {
    client.group = ArtGroup.join(client.party, packet)
    return NEW_EPOCH
  },
  update: client => toAll(activeGroup(client).update(), 'epoch', 'handshake'),
  add(client, who) {
    const { identity, prekey } = fetched(client, who)
    const { add, welcome } = activeGroup(client).add(identity, prekey)
    client.welcome = { to: who, bytes: welcome }
    return toAll(add, 'epoch', 'handshake')
  },
  remove,
  send: (client, plaintext) => toAll(activeGroup(client).send(plaintext), false, 'message'),
  receive(client, _from, packet) {
    const group = activeGroup(client)
    return stepOf(client, group, group.receive(packet))
  },
  commitAccepted(client, accepted) {
    const { group, welcome } = client
    // another change may have come first, or ended the membership
    client.welcome = undefined
    if (group?.pending === undefined) return NOTHING
    if (!accepted) {
      group.discard()
      return NOTHING
    }
    group.accept()
    const out: Packet[] =
      welcome === undefined ? [] : [{ to: [welcome.to], ordered: false, kind: 'handshake', bytes: welcome.bytes }]
    return { out, events: NEW_EPOCH.events, done: true }
  },
  epochId: client => activeGroup(client).confirmation,
  members: ({ group }) => (group === undefined ? [] : [...group.members()].map(({ identity }) => nameOf(identity))),
  storage: {
    save: ({ privateKeys, party, group, welcome }) =>
      encode(SavedClient, {
        ...privateKeys,
        prekeys: party.prekeys.save(),
        group: group?.save(),
        welcome: welcome && { to: utf8(welcome.to), bytes: welcome.bytes },
      }),
    load(environment, bytes) {
      const { signature, exchange, prekeys, group, welcome } = decode(SavedClient, bytes)
      const privateKeys = { signature: signature.slice(), exchange: exchange.slice() }
      const client = newClient(environment, privateKeys, prekeys)
      if (group !== undefined) client.group = ArtGroup.load(client.party, group)
      if (welcome !== undefined) {
        client.welcome = { to: new TextDecoder().decode(welcome.to), bytes: welcome.bytes.slice() }
      }
      return client
    },
  },
}
