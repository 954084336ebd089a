/**
 * A toy that shows how a protocol is added: everything is encrypted to the key of each receiver by itself. docs/compare.md follows it step by
 * step. Nobody knows who sent what, and whoever gets a key reads all that was ever sent to it: not to be used for anything.
 */
import { concat, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError, UsageError } from '../../src/base/errors.ts'
import { randomBytes } from '../../src/base/random.ts'
import { decode, encode, type ValueOf } from '../../src/codec/codec.ts'
import { enumeration } from '../../src/codec/enumerations.ts'
import { named, opaque, opaqueOf, vector } from '../../src/codec/primitives.ts'
import { select } from '../../src/codec/select.ts'
import { struct } from '../../src/codec/struct.ts'
import {
  type CostFormulas,
  type Environment,
  type GroupProtocol,
  type MemberId,
  NEW_EPOCH,
  NOTHING,
  type Packet,
  REMOVED,
  readFrom,
  type Step,
} from '../../src/compare/index.ts'

const KEY = 32
const Key = opaqueOf(KEY)
const Person = struct('Person', { name: opaque, key: Key })
const NoticeType = enumeration('NoticeType', { text: 1, roster: 2, added: 3, removed: 4, key: 5 })
const Notice = struct('Notice', {
  type: select(NoticeType, {
    text: { content: opaque },
    roster: { people: vector(Person) },
    added: { person: Person },
    removed: { name: opaque },
    key: { key: Key },
  }),
})
type Notice = ValueOf<typeof Notice>
const Sealed = struct('Sealed', { ephemeral: Key, ciphertext: opaque })
const Saved = struct('Saved', {
  keys: vector(named('OwnKey', Key)),
  people: vector(Person),
  read: vector(named('Ephemeral', Key)),
})

/** Step 1: what a client holds. */
export interface StarClient {
  readonly environment: Environment
  /** Own private keys, the present one first; the one before opens what was sent before others knew better. */
  readonly keys: Uint8Array[]
  /** The members' public keys, one's own too; empty outside of a group. */
  readonly people: Map<MemberId, Uint8Array>
  /** Packets that were read: nothing is read twice. */
  readonly read: Set<string>
}

const primitivesOf = ({ environment: { provider } }: StarClient) => ({
  dh: provider.primitive('x25519'),
  kdf: provider.primitive('hkdf-sha256'),
  aead: provider.primitive('aes128gcm'),
})

const nameOf = (bytes: Uint8Array): MemberId => new TextDecoder().decode(bytes)

function keyAndNonce(client: StarClient, shared: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const { kdf } = primitivesOf(client)
  const both = kdf.expand(kdf.extract(new Uint8Array(0), shared), utf8('star'), 28)
  return { key: both.subarray(0, 16), nonce: both.subarray(16) }
}

const pathOf = (from: MemberId, to: MemberId): Uint8Array => utf8(`${from} -> ${to}`)

function seal(client: StarClient, to: MemberId, theirs: Uint8Array, notice: Notice, kind: Packet['kind']): Packet {
  const { dh, aead } = primitivesOf(client)
  const secret = randomBytes(client.environment.provider.random, KEY)
  const { key, nonce } = keyAndNonce(client, dh.shared(secret, theirs))
  const ciphertext = aead.seal(key, nonce, pathOf(client.environment.id, to), encode(Notice, notice))
  const bytes = encode(Sealed, { ephemeral: dh.publicKey(secret), ciphertext })
  return { to: [to], ordered: false, kind, bytes }
}

function sealAll(client: StarClient, notice: Notice, kind: Packet['kind'] = 'handshake'): Packet[] {
  const { id } = client.environment
  return [...client.people].filter(([name]) => name !== id).map(([name, key]) => seal(client, name, key, notice, kind))
}

function open(client: StarClient, from: MemberId, bytes: Uint8Array): Notice {
  const { dh, aead } = primitivesOf(client)
  const { ephemeral, ciphertext } = decode(Sealed, bytes)
  if (client.read.has(toHex(ephemeral))) throw new RejectedError('generation-consumed')
  for (const own of client.keys) {
    const { key, nonce } = keyAndNonce(client, dh.shared(own, ephemeral))
    try {
      return decode(Notice, aead.open(key, nonce, pathOf(from, client.environment.id), ciphertext))
    } catch (error) {
      if (!(error instanceof RejectedError) || error.code !== 'invalid-tag') throw error
    }
  }
  throw new RejectedError('invalid-tag')
}

function ownKey(client: StarClient): Uint8Array {
  return primitivesOf(client).dh.publicKey(client.keys[0]!)
}

function checkMember({ people, environment }: StarClient): void {
  if (!people.has(environment.id)) throw new UsageError('not-a-member')
}

function enter({ people }: StarClient, roster: readonly ValueOf<typeof Person>[]): Step {
  for (const { name, key } of roster) people.set(nameOf(name), key.slice())
  return NEW_EPOCH
}

const rosterOf = ({ people }: StarClient): ValueOf<typeof Person>[] =>
  [...people].map(([name, key]) => ({ name: utf8(name), key }))

/** Everything that can fail comes before the first change. */
function receive(client: StarClient, from: MemberId, bytes: Uint8Array): Step {
  const { people, environment, read } = client
  const notice = open(client, from, bytes)
  if (people.size > 0 ? notice.type === 'roster' : notice.type !== 'roster') {
    throw new RejectedError('unexpected-packet', { type: notice.type })
  }
  if (people.size > 0 && !people.has(from)) throw new RejectedError('unknown-sender')
  read.add(toHex(decode(Sealed, bytes).ephemeral))
  switch (notice.type) {
    case 'text':
      return readFrom(from, notice.content.slice())
    case 'roster':
      return enter(client, notice.people)
    case 'added':
      return enter(client, [notice.person])
    case 'key':
      people.set(from, notice.key.slice())
      return NEW_EPOCH
    default: {
      const name = nameOf(notice.name)
      if (name === environment.id) people.clear()
      else people.delete(name)
      return name === environment.id ? REMOVED : NEW_EPOCH
    }
  }
}

const sent = (out: readonly Packet[], events: Step['events'] = NEW_EPOCH.events): Step => ({ out, events, done: true })

/** Steps 3 and 4: the interface, and what the protocol claims. */
export const star: GroupProtocol<StarClient> = {
  name: 'star',
  traits: {
    asynchronous: true,
    needsTotalOrder: false,
    forwardSecrecy: false,
    postCompromiseSecurity: true,
    deniable: true,
    rounds: () => 1,
    maxMembers: 1_000,
  },
  client: environment => ({
    environment,
    keys: [randomBytes(environment.provider.random, KEY)],
    people: new Map(),
    read: new Set(),
  }),
  publish: ownKey,
  create(client, others) {
    const { id, fetch } = client.environment
    const everybody = [id, ...others].map(name => ({
      name: utf8(name),
      key: name === id ? ownKey(client) : fetch(name),
    }))
    enter(client, everybody)
    return sent(sealAll(client, { type: 'roster', people: everybody }))
  },
  join: receive,
  update(client) {
    checkMember(client)
    client.keys.unshift(randomBytes(client.environment.provider.random, KEY))
    client.keys.length = Math.min(client.keys.length, 2)
    const key = ownKey(client)
    client.people.set(client.environment.id, key)
    return sent(sealAll(client, { type: 'key', key }))
  },
  add(client, who) {
    checkMember(client)
    const person = { name: utf8(who), key: client.environment.fetch(who) }
    const notices = sealAll(client, { type: 'added', person })
    enter(client, [person])
    return sent([seal(client, who, person.key, { type: 'roster', people: rosterOf(client) }, 'handshake'), ...notices])
  },
  remove(client, who) {
    checkMember(client)
    const out = sealAll(client, { type: 'removed', name: utf8(who) })
    client.people.delete(who)
    return sent(out)
  },
  send(client, content) {
    checkMember(client)
    return sent(sealAll(client, { type: 'text', content }, 'message'), [])
  },
  receive,
  commitAccepted: () => NOTHING,
  epochId(client) {
    const people = rosterOf(client).sort((a, b) => (nameOf(a.name) < nameOf(b.name) ? -1 : 1))
    const hash = client.environment.provider.primitive('sha256')
    return hash.digest(concat(...people.flatMap(({ name, key }) => [name, key])))
  },
  members: ({ people }) => [...people.keys()],
  storage: {
    save: client =>
      encode(Saved, {
        keys: client.keys,
        people: rosterOf(client),
        read: [...client.read].map(hex => Uint8Array.from(hex.match(/../g)!, pair => Number.parseInt(pair, 16))),
      }),
    load(environment, bytes) {
      const { keys, people, read } = decode(Saved, bytes.slice())
      const client: StarClient = { environment, keys: [...keys], people: new Map(), read: new Set(read.map(toHex)) }
      enter(client, people)
      return client
    },
  },
}

const boxes = (n: number) => ({ dh: n, base: n, aead: n, packets: n, receiverDh: 1 })

/** Step 7: what it costs, as counted. */
export const STAR_FORMULAS: CostFormulas = {
  create: n => ({ ...boxes(n - 1), base: n }),
  update: n => ({ ...boxes(n - 1), base: n }),
  add: n => boxes(n),
  remove: n => boxes(n),
  send: n => boxes(n - 1),
}
