/** CLIQUES with ASKE, as mpENC has them, and messages under the key that they agree on. */
import { concat, fromHex, toHex, utf8 } from '../../base/bytes.ts'
import { RejectedError, UsageError } from '../../base/errors.ts'
import { randomBytes } from '../../base/random.ts'
import { wipingAfter } from '../../base/secret.ts'
import { decode, encode } from '../../codec/codec.ts'
import { named, opaque, opaqueOf, vector } from '../../codec/primitives.ts'
import { struct } from '../../codec/struct.ts'
import type { Aead } from '../../crypto/provider.ts'
import { createGkaSuite, type GkaParty, GkaSession } from '../../gka/index.ts'
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
const NONCE = 12
const SIGNATURE = 64
const LABEL = utf8('copath compare: CLIQUES message')

const Content = struct('CliquesMessageContent', { nonce: opaqueOf(NONCE), ciphertext: opaque })
const Message = struct('CliquesMessage', { content: opaque, signature: opaqueOf(SIGNATURE) })
/** What a message is bound to beside its key. */
const Context = struct('CliquesMessageContext', { chainHash: opaqueOf(KEY), from: opaque })
const SavedClient = struct('SavedClient', {
  identity: opaqueOf(KEY),
  session: opaque,
  read: vector(named('Nonce', opaqueOf(NONCE))),
})

/** One client. */
export interface CliquesClient {
  readonly environment: Environment
  readonly party: GkaParty
  readonly identityKey: Uint8Array
  readonly aead: Aead
  readonly session: GkaSession
  /** The nonces of what was read under the present key: nothing is read twice. */
  readonly read: Set<string>
}

function partyOf(environment: Environment, identityKey: Uint8Array): GkaParty {
  const suite = createGkaSuite(environment.provider)
  const known = new Map<MemberId, Uint8Array>()
  const directory = (id: MemberId): Uint8Array => {
    const key = known.get(id) ?? environment.fetch(id)
    known.set(id, key)
    return key
  }
  return { suite, id: environment.id, identity: suite.signature.signer(identityKey), directory }
}

const handshake = (to: readonly MemberId[], bytes: Uint8Array): Packet => ({
  to,
  ordered: 'total',
  kind: 'handshake',
  bytes,
})

const proposed = (to: readonly MemberId[], bytes: Uint8Array): Step => ({
  out: [handshake(to, bytes)],
  events: [],
  done: false,
})

function takeGreeting(client: CliquesClient, from: MemberId, bytes: Uint8Array): Step {
  const { session } = client
  const before = session.operation?.members
  const { kind, send } = session.receive(from, bytes)
  switch (kind) {
    case 'ignored':
      return NOTHING
    case 'excluded':
      session.leave()
      return REMOVED
    default: {
      const members = session.operation?.members ?? before ?? session.members
      if (kind === 'completed') client.read.clear()
      const out = send.map(packet => handshake(members, packet))
      return { out, events: kind === 'completed' ? NEW_EPOCH.events : [], done: kind === 'completed' }
    }
  }
}

const contextOf = (session: GkaSession, from: MemberId): Uint8Array =>
  encode(Context, { chainHash: session.chainHash, from: utf8(from) })

function seal({ aead, session, environment }: CliquesClient, plaintext: Uint8Array): Uint8Array {
  const nonce = randomBytes(environment.provider.random, NONCE)
  const context = contextOf(session, session.id)
  const key = session.exportEncryptionKey()
  const ciphertext = wipingAfter([key], () => aead.seal(key, nonce, context, plaintext))
  const content = encode(Content, { nonce, ciphertext })
  return encode(Message, { content, signature: session.sign(concat(LABEL, context, content)) })
}

function open({ aead, session, party, read }: CliquesClient, from: MemberId, bytes: Uint8Array): Step {
  const { content, signature } = decode(Message, bytes)
  const { nonce, ciphertext } = decode(Content, content)
  if (!session.members.includes(from)) throw new RejectedError('unknown-sender')
  const context = contextOf(session, from)
  const signed = concat(LABEL, context, content)
  if (!party.suite.signature.verify(session.signatureKey(from), signed, signature)) {
    throw new RejectedError('invalid-signature')
  }
  const name = toHex(nonce)
  if (read.has(name)) throw new RejectedError('generation-consumed')
  const key = session.exportEncryptionKey()
  const plaintext = wipingAfter([key], () => aead.open(key, nonce, context, ciphertext))
  read.add(name)
  return readFrom(from, plaintext)
}

/** The first octet of a packet on the network tells messages and the packets of an operation apart. */
const GREETING = 1
const MESSAGE = 2
const framed = (type: number, step: Step): Step => ({
  ...step,
  out: step.out.map(packet => ({ ...packet, bytes: concat(Uint8Array.of(type), packet.bytes) })),
})

function active({ session }: CliquesClient): GkaSession {
  if (!session.active) throw new UsageError('not-in-session')
  return session
}

function receive(client: CliquesClient, from: MemberId, packet: Uint8Array): Step {
  const [type] = packet
  const content = packet.subarray(1)
  if (type === GREETING) return framed(GREETING, takeGreeting(client, from, content))
  if (type === MESSAGE && client.session.active) return open(client, from, content)
  throw new RejectedError('unexpected-packet')
}

/** CLIQUES as a group protocol: every operation goes through everybody. */
export const cliques: GroupProtocol<CliquesClient> = {
  name: 'CLIQUES',
  traits: {
    asynchronous: false,
    needsTotalOrder: true,
    // all messages between two operations are under one key
    forwardSecrecy: false,
    postCompromiseSecurity: true,
    deniable: false,
    rounds(operation, members) {
      if (operation === 'create') return members + 1
      return operation === 'add' ? 3 : operation === 'remove' ? 2 : 1
    },
    maxMembers: 512,
  },
  client(environment) {
    const identityKey = randomBytes(environment.provider.random, KEY)
    const party = partyOf(environment, identityKey)
    const aead = environment.provider.primitive('aes128gcm')
    return { environment, party, identityKey, aead, session: new GkaSession(party), read: new Set() }
  },
  publish: ({ party }) => party.identity.publicKey.slice(),
  create: ({ session }, others) => framed(GREETING, proposed(others, session.start(others))),
  join: receive,
  update(client) {
    const session = active(client)
    return framed(GREETING, proposed(session.members, session.refresh()))
  },
  add(client, who) {
    const session = active(client)
    return framed(GREETING, proposed([...session.members, who], session.include([who])))
  },
  remove(client, who) {
    const session = active(client)
    return framed(GREETING, proposed(session.members, session.exclude([who])))
  },
  send(client, plaintext) {
    active(client)
    return framed(MESSAGE, toAll(seal(client, plaintext), false, 'message'))
  },
  receive,
  commitAccepted: () => NOTHING,
  epochId: ({ session }) => session.chainHash.slice(),
  members: ({ session }) => (session.active ? session.members.slice() : []),
  storage: {
    save: ({ identityKey, session, read }) =>
      encode(SavedClient, { identity: identityKey, session: session.save(), read: [...read].map(fromHex) }),
    load(environment, bytes) {
      const { identity, session: saved, read } = decode(SavedClient, bytes.slice())
      const identityKey = identity.slice()
      const party = partyOf(environment, identityKey)
      const aead = environment.provider.primitive('aes128gcm')
      const session = GkaSession.load(party, saved)
      return { environment, party, identityKey, aead, session, read: new Set(read.map(toHex)) }
    },
  },
}
