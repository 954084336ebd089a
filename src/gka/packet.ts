/** mpENC section 5.2.3: greeting packets, record by record. */
import { concat, utf8 } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { type GreetFacts, greetTypeOf, type Operation, operationOf } from './greet-type.ts'
import { checkMembers, type MemberId, parseId } from './member-ids.ts'
import { RECORD, type Record, readRecords, writeRecords } from './records.ts'
import { type Bytes, KEY } from './suite.ts'

/** What the first packet of an operation says about those before it. */
export interface OrderReferences {
  /** The id of the final packet of the operation before. */
  readonly previousFinal: Uint8Array
  readonly chainHash: Uint8Array
  /** Messages that the initiator had seen last. */
  readonly latestMessages: readonly Uint8Array[]
}

/** The content of a greeting packet. */
export interface GreetingPacket {
  readonly operation: Operation
  readonly source: MemberId
  /** Whom it is for on the way up. */
  readonly destination: MemberId | undefined
  readonly members: readonly MemberId[]
  readonly points: readonly Uint8Array[]
  readonly nonces: readonly Uint8Array[]
  readonly keys: readonly Uint8Array[]
  readonly order: OrderReferences | undefined
  readonly sessionSignature: Uint8Array | undefined
}

/** A packet whose shape is right. Byte strings are views of it. */
export interface DecodedGreeting extends GreetingPacket {
  readonly facts: GreetFacts
  readonly signature: Uint8Array
  /** What the signature covers. */
  readonly signed: Bytes
}

const SIGNATURE = 64
const VERSION = 1
const GREETING = 2
const OTHER_MESSAGE_TYPES = [0, 1, 3, 4]
const LABEL = utf8('greetmsgsig')

/** What the records of a packet say about its stage. */
export function factsOf(packet: Omit<GreetingPacket, 'operation'>): GreetFacts {
  return {
    down: packet.destination === undefined,
    agreement: packet.points.length > 0,
    signatureKeys: packet.nonces.length > 0 || packet.sessionSignature !== undefined,
    initial: packet.order !== undefined,
  }
}

const uint16Bytes = (value: number): Bytes => Uint8Array.of(value >> 8, value)

/** The records after the signature. */
function recordsOf(packet: GreetingPacket): Record[] {
  const { order } = packet
  const all = (type: number, values: readonly Uint8Array[]): Record[] => values.map(value => ({ type, value }))
  return [
    { type: RECORD.protocolVersion, value: uint16Bytes(VERSION) },
    { type: RECORD.messageType, value: Uint8Array.of(GREETING) },
    { type: RECORD.greetType, value: uint16Bytes(greetTypeOf(packet.operation, factsOf(packet))) },
    { type: RECORD.source, value: utf8(packet.source) },
    ...all(RECORD.destination, packet.destination === undefined ? [] : [utf8(packet.destination)]),
    ...all(RECORD.member, packet.members.map(utf8)),
    ...all(RECORD.intermediateKey, packet.points),
    ...all(RECORD.nonce, packet.nonces),
    ...all(RECORD.publicKey, packet.keys),
    ...all(RECORD.previousFinal, order === undefined ? [] : [order.previousFinal]),
    ...all(RECORD.chainHash, order === undefined ? [] : [order.chainHash]),
    ...all(RECORD.latestMessage, order?.latestMessages ?? []),
    ...all(RECORD.sessionSignature, packet.sessionSignature === undefined ? [] : [packet.sessionSignature]),
  ]
}

/** A packet signed with the ephemeral key of its source. */
export function encodeGreeting(packet: GreetingPacket, sign: (content: Uint8Array) => Uint8Array): Bytes {
  const rest = writeRecords(recordsOf(packet))
  const value = sign(concat(LABEL, rest))
  return concat(writeRecords([{ type: RECORD.messageSignature, value }]), rest)
}

/** Takes records off the front of a list, in order. */
class Records {
  readonly #records: readonly Record[]
  #at = 0

  constructor(records: readonly Record[]) {
    this.#records = records
  }

  /** The values of the records of one type that come next, at most `max`, of one length where it is given. */
  take(type: number, { max, length }: { max: number; length?: number }): Uint8Array[] {
    const values: Uint8Array[] = []
    while (this.#records[this.#at]?.type === type) {
      const { value } = this.#records[this.#at++]!
      if (length !== undefined && value.length !== length) {
        throw new RejectedError('wrong-record-length', { type, expected: length, length: value.length })
      }
      if (values.push(value) > max) throw new RejectedError('unexpected-record', { type, at: this.#at - 1 })
    }
    return values
  }

  /** The value of a record that must be there. */
  one(type: number, length?: number): Uint8Array {
    const [value] = this.take(type, length === undefined ? { max: 1 } : { max: 1, length })
    if (value === undefined) throw new RejectedError('unexpected-record', { expected: type, at: this.#at })
    return value
  }

  end(): void {
    const extra = this.#records[this.#at]
    if (extra !== undefined) throw new RejectedError('unexpected-record', { type: extra.type, at: this.#at })
  }
}

/** The document has two bytes, the reference sends one. */
function checkVersion(value: Uint8Array): void {
  if (value.length !== 1 && value.length !== 2) {
    throw new RejectedError('wrong-record-length', { type: RECORD.protocolVersion, length: value.length })
  }
  const version = value.length === 1 ? value[0]! : (value[0]! << 8) | value[1]!
  if (version !== VERSION) throw new RejectedError('unknown-value', { version })
}

function checkMessageType(type: number): void {
  if (type === GREETING) return
  throw new RejectedError(OTHER_MESSAGE_TYPES.includes(type) ? 'unexpected-packet' : 'unknown-value', { type })
}

/** Refuses lists that do not have the lengths of the stage that the packet shows. */
function checkCounts(packet: GreetingPacket): void {
  const { members, points, nonces, keys, destination, sessionSignature, operation } = packet
  const counts = { members: members.length, points: points.length, nonces: nonces.length, keys: keys.length }
  if (keys.length !== nonces.length) throw new RejectedError('inconsistent-lengths', counts)
  const up = destination !== undefined
  const confirms = !up && (operation !== 'refresh' || sessionSignature !== undefined)
  if (confirms !== (sessionSignature !== undefined)) {
    throw new RejectedError('unexpected-record', { type: RECORD.sessionSignature })
  }
  if (up) {
    if (nonces.length === 0 || nonces.length >= members.length) throw new RejectedError('inconsistent-lengths', counts)
    if (points.length !== nonces.length + 1) throw new RejectedError('wrong-point-count', counts)
    return
  }
  const withKeys = points.length > 0 && operation !== 'refresh'
  if (nonces.length !== (withKeys ? members.length : 0)) throw new RejectedError('inconsistent-lengths', counts)
  if (points.length > 0 && points.length !== members.length) throw new RejectedError('wrong-point-count', counts)
}

/** The content of a packet, strictly: every record in its place, once or as often as the stage has it. Costs no curve operation. */
export function decodeGreeting(bytes: Uint8Array, maxMembers: number): DecodedGreeting {
  const records = new Records(readRecords(bytes))
  const signature = records.one(RECORD.messageSignature, SIGNATURE)
  checkVersion(records.one(RECORD.protocolVersion))
  checkMessageType(records.one(RECORD.messageType, 1)[0]!)
  const type = records.one(RECORD.greetType, 2)
  const source = parseId(records.one(RECORD.source))
  const [destination] = records.take(RECORD.destination, { max: 1 })
  const members = records.take(RECORD.member, { max: maxMembers }).map(parseId)
  if (members.length === 0) throw new RejectedError('unexpected-record', { expected: RECORD.member })
  checkMembers(members, maxMembers)
  const each = { max: maxMembers, length: KEY }
  const points = records.take(RECORD.intermediateKey, each)
  const nonces = records.take(RECORD.nonce, each)
  const keys = records.take(RECORD.publicKey, each)
  const [previousFinal] = records.take(RECORD.previousFinal, { max: 1, length: KEY })
  const order: OrderReferences | undefined = previousFinal && {
    previousFinal,
    chainHash: records.one(RECORD.chainHash, KEY),
    latestMessages: records.take(RECORD.latestMessage, each),
  }
  const [sessionSignature] = records.take(RECORD.sessionSignature, { max: 1, length: SIGNATURE })
  records.end()
  const shape = {
    source,
    destination: destination && parseId(destination),
    members,
    points,
    nonces,
    keys,
    order,
    sessionSignature,
  }
  const facts = factsOf(shape)
  const packet = { ...shape, operation: operationOf((type[0]! << 8) | type[1]!, facts) }
  checkCounts(packet)
  const signed = concat(LABEL, bytes.subarray(4 + SIGNATURE))
  return { ...packet, facts, signature, signed }
}
