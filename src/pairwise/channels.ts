/** A member's channels to its peers: which session serves, and state that changes as a whole or not at all. */
import { EMPTY, equalPublic, toHex } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { wipe } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import { uint8, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import type { PairwisePreKeys } from './prekeys.ts'
import { ratchetOpen, ratchetSeal, wipeRatchet } from './ratchet.ts'
import {
  answerSession,
  clonedIdentity,
  contextOf,
  type Ends,
  loadedSession,
  openSession,
  SavedSession,
  type Session,
  savedSession,
} from './session.ts'
import type { Bytes } from './suite.ts'
import { Identity, type Opening, PairwisePacket, type PreKeyBundle } from './wire.ts'
import { sessionIdOf } from './x3dh.ts'

/** Sessions kept for one peer; beyond that the least preferred are forgotten. */
export const MAX_SESSIONS = 4
const FORMAT = 1

const SavedPeer = struct('SavedPeer', { identity: Identity, sessions: vector(SavedSession) })
const SavedChannels = struct('SavedChannels', { format: uint8, peers: vector(SavedPeer) })

/** What a member has besides the channels. */
export interface PairwiseParty extends Ends {
  readonly prekeys: PairwisePreKeys
  /** Asks the authentication service whether a name and its keys belong together. */
  readonly authenticate: (identity: Identity) => boolean
}

interface Peer {
  readonly identity: Identity
  /** The first one is used for sending. */
  readonly sessions: readonly Session[]
}

/** One message for one peer. */
export interface Outgoing {
  readonly to: Uint8Array
  readonly plaintext: Uint8Array
}

/** The session that a packet belongs to, among those with its sender. */
interface Found extends Peer {
  readonly session: Session
  /** Given where the packet starts the session. */
  readonly opening: Opening | undefined
}

/** Runs `body`, and `undo` where it throws. */
function attempt<T>(body: () => T, undo: () => void): T {
  try {
    return body()
  } catch (error) {
    undo()
    throw error
  }
}

const sameId = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && equalPublic(a, b)

function isSmaller(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at >= 0 && a[at]! < b[at]!
}

/** Double Ratchet channels to any number of peers, each known by its name. */
export class PairwiseChannels {
  readonly #party: PairwiseParty
  #peers = new Map<string, Peer>()

  constructor(party: PairwiseParty) {
    this.#party = party
  }

  /** The identity of this end. */
  get identity(): Identity {
    return this.#party.member.identity
  }

  /** The identities of all peers that there are sessions with. */
  get peers(): Identity[] {
    return [...this.#peers.values()].map(({ identity }) => identity)
  }

  /** Whether there is a session with that name. */
  hasSession(id: Uint8Array): boolean {
    return this.#peers.has(toHex(id))
  }

  /** Opens a session with the owner of a bundle; with a known peer, a fresh one that replaces the others for sending. */
  connect(bundle: PreKeyBundle): void {
    const known = this.#recognise(bundle.identity)
    const session = openSession(this.#party, bundle, known?.sessions[0]?.id)
    const identity = known?.identity ?? clonedIdentity(bundle.identity)
    this.#install(identity, [session, ...(known?.sessions ?? [])])
  }

  /** The peer of that identity where it is known; refuses strangers that nobody vouches for and other keys of a known name. */
  #recognise(identity: Identity): Peer | undefined {
    const { id, sigKey, kxKey } = identity
    if (id.length === 0) throw new RejectedError('invalid-identity')
    if (equalPublic(id, this.identity.id)) throw new RejectedError('own-message')
    const known = this.#peers.get(toHex(id))
    const same = known && equalPublic(known.identity.sigKey, sigKey) && equalPublic(known.identity.kxKey, kxKey)
    if (same === false || !this.#party.authenticate(identity)) throw new RejectedError('unknown-identity')
    return known
  }

  /** Encrypts for one peer. `context` is not sent: the other end must name the same. */
  send(to: Uint8Array, plaintext: Uint8Array, context: Uint8Array = EMPTY): Bytes {
    return this.sealMany([{ to, plaintext }], context)[0]!
  }

  /** Encrypts for several peers: all packets, or an error and no change. */
  sealMany(items: readonly Outgoing[], context: Uint8Array = EMPTY): Bytes[] {
    const { suite } = this.#party
    const staged = new Map<string, Session>()
    const packets: Bytes[] = []
    try {
      for (const { to, plaintext } of items) {
        const name = toHex(to)
        const session = staged.get(name) ?? this.#peers.get(name)?.sessions[0]
        if (session === undefined) throw new UsageError('no-session')
        const sealed = ratchetSeal(suite, session.ratchet, { plaintext, context: contextOf(session, context) })
        if (staged.has(name)) wipeRatchet(session.ratchet, sealed.state)
        staged.set(name, { ...session, ratchet: sealed.state })
        const { id: sessionId, opening } = session
        const body = { header: sealed.header, ciphertext: sealed.output }
        packets.push(
          encode(
            PairwisePacket,
            opening === undefined ? { type: 'message', sessionId, ...body } : { type: 'opening', opening, ...body },
          ),
        )
      }
    } catch (error) {
      for (const [name, { ratchet }] of staged) wipeRatchet(ratchet, this.#peers.get(name)!.sessions[0]!.ratchet)
      throw error
    }
    for (const [name, session] of staged) {
      const { identity, sessions } = this.#peers.get(name)!
      this.#install(identity, [session, ...sessions.slice(1)])
    }
    return packets
  }

  /** Decrypts a packet of a peer. */
  receive(from: Uint8Array, packet: Uint8Array, context: Uint8Array = EMPTY): Bytes {
    return this.open(from, packet, context, plaintext => plaintext)
  }

  /** As `receive`, and gives the plaintext to `use`: where that throws, the packet counts as not received. */
  open<T>(from: Uint8Array, packet: Uint8Array, context: Uint8Array, use: (plaintext: Bytes) => T): T {
    const decoded = decode(PairwisePacket, packet)
    const { header, ciphertext } = decoded
    const found = decoded.type === 'opening' ? this.#opened(from, decoded.opening) : this.#find(from, decoded.sessionId)
    const { session, opening } = found
    try {
      const message = { header, ciphertext, context: contextOf(session, context) }
      const { state, output } = ratchetOpen(this.#party.suite, session.ratchet, message)
      const result = attempt(
        () => use(output),
        () => {
          wipe(output)
          wipeRatchet(state, session.ratchet)
        },
      )
      const after: Session = { ...session, opening: undefined, ratchet: state }
      if (opening === undefined) {
        this.#install(
          found.identity,
          found.sessions.map(other => (other.id === session.id ? after : other)),
        )
      } else {
        wipeRatchet(session.ratchet, state)
        this.#party.prekeys.consume(opening, session.id)
        this.#install(found.identity, this.#withFresh(found, after))
      }
      return result
    } catch (error) {
      if (opening !== undefined) wipeRatchet(session.ratchet)
      throw error
    }
  }

  #find(from: Uint8Array, sessionId: Uint8Array): Found {
    const peer = this.#peers.get(toHex(from))
    const session = peer?.sessions.find(({ id }) => equalPublic(id, sessionId))
    if (peer === undefined || session === undefined) throw new RejectedError('unknown-session')
    return { identity: peer.identity, sessions: peer.sessions, session, opening: undefined }
  }

  /** The session that an opening starts, or started with an earlier packet. */
  #opened(from: Uint8Array, opening: Opening): Found {
    const { suite, member, prekeys } = this.#party
    if (!equalPublic(opening.identity.id, from)) throw new RejectedError('unknown-identity')
    const known = this.#recognise(opening.identity)
    const sessionId = sessionIdOf(suite, opening, member.identity)
    const session = known?.sessions.find(({ id }) => equalPublic(id, sessionId))
    if (known !== undefined && session !== undefined) return { ...known, session, opening: undefined }
    const answered = answerSession(this.#party, opening, prekeys.find(opening, sessionId))
    const identity = known?.identity ?? clonedIdentity(opening.identity)
    return { identity, sessions: known?.sessions ?? [], session: answered, opening }
  }

  /** A session is preferred to the one that it was to replace. Of two opened at the same time, both ends prefer that of the smaller key. */
  #withFresh({ identity, sessions }: Found, fresh: Session): Session[] {
    const [first, ...rest] = sessions
    if (first === undefined) return [fresh]
    const isLate = sameId(first.after, fresh.id)
    const isNext = sameId(fresh.after, first.id)
    // an end that has lost its sessions names none: it must be answered in what it has
    const haveCrossed = first.isOwn && (sameId(first.after, fresh.after) || first.opening !== undefined)
    const isOursBetter = haveCrossed && isSmaller(this.identity.kxKey, identity.kxKey)
    return isLate || (!isNext && isOursBetter) ? [first, fresh, ...rest] : [fresh, ...sessions]
  }

  #install(identity: Identity, sessions: readonly Session[]): void {
    const name = toHex(identity.id)
    const kept = sessions.slice(0, MAX_SESSIONS)
    const before = this.#peers.get(name)?.sessions ?? []
    for (const old of before) {
      const survivor = kept.find(({ id }) => id === old.id)
      wipeRatchet(old.ratchet, survivor?.ratchet)
    }
    this.#peers.set(name, { identity, sessions: kept })
  }

  /** Forgets a peer and all sessions with it. */
  forget(id: Uint8Array): void {
    for (const { ratchet } of this.#peers.get(toHex(id))?.sessions ?? []) wipeRatchet(ratchet)
    this.#peers.delete(toHex(id))
  }

  /** All sessions, secrets included; the member's own keys and prekeys are not part of it. */
  save(): Bytes {
    const peers = [...this.#peers.values()].map(({ identity, sessions }) => ({
      identity,
      sessions: sessions.map(savedSession),
    }))
    return encode(SavedChannels, { format: FORMAT, peers })
  }

  /** What `save` returned comes back to life. */
  static load(party: PairwiseParty, bytes: Uint8Array): PairwiseChannels {
    const { format, peers } = decode(SavedChannels, bytes)
    if (format !== FORMAT) throw new RejectedError('unknown-value', { field: 'SavedChannels.format' })
    const channels = new PairwiseChannels(party)
    for (const { identity, sessions } of peers) {
      const name = toHex(identity.id)
      if (channels.#peers.has(name) || sessions.length === 0 || sessions.length > MAX_SESSIONS) {
        throw new RejectedError('unknown-value', { field: 'SavedChannels.peers' })
      }
      channels.#peers.set(name, { identity: clonedIdentity(identity), sessions: sessions.map(loadedSession) })
    }
    return channels
  }

  /** Wipes all sessions. */
  wipe(): void {
    for (const { identity } of [...this.#peers.values()]) this.forget(identity.id)
  }
}
