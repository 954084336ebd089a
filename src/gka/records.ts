/** mpENC section 5.4: packets are sequences of typed records, here in the TLS presentation language, and their form as text. */
import { RejectedError } from '../base/errors.ts'
import type { Codec, ValueOf } from '../codec/codec.ts'
import { uint16 } from '../codec/primitives.ts'
import { Reader } from '../codec/reader.ts'
import { struct } from '../codec/struct.ts'
import { Writer } from '../codec/writer.ts'
import type { Bytes } from './suite.ts'

/** `opaque x<0..2^16-1>`: a byte string after a length of two bytes. */
export const opaque16: Codec<Uint8Array> = {
  syntax: { before: 'opaque', after: '<0..2^16-1>' },
  minLength: 2,
  read: reader => reader.fixed(reader.uint16()),
  skip: reader => void reader.step(reader.uint16()),
  write(writer, value) {
    if (!(value instanceof Uint8Array)) throw writer.unfit('bytes')
    writer.uint16(value.length)
    writer.raw(value)
  },
}

/** The types of the records of a greeting. */
export const RECORD = {
  protocolVersion: 0x0001,
  messageType: 0x0002,
  messageSignature: 0x0003,
  source: 0x0100,
  destination: 0x0101,
  member: 0x0102,
  intermediateKey: 0x0103,
  nonce: 0x0104,
  publicKey: 0x0105,
  sessionSignature: 0x0106,
  greetType: 0x01ff,
  previousFinal: 0x0301,
  chainHash: 0x0302,
  latestMessage: 0x0303,
} as const

export const Record = struct('Record', { type: uint16, value: opaque16 })
export type Record = ValueOf<typeof Record>

/** All records of a packet; byte strings are views of it. */
export function readRecords(packet: Uint8Array): Record[] {
  const reader = new Reader(packet, 'Record')
  const records: Record[] = []
  while (reader.at < reader.limit) records.push(Record.read(reader))
  return records
}

/** Records as they travel. */
export function writeRecords(records: readonly Record[]): Bytes {
  const writer = new Writer()
  for (const record of records) Record.write(writer, record)
  return writer.finish()
}

const TEXT_START = '?mpENC:'
const TEXT_END = '.'

/** A packet as text, for transports that carry nothing else. */
export function packetToText(packet: Uint8Array): string {
  let characters = ''
  for (const byte of packet) characters += String.fromCharCode(byte)
  return `${TEXT_START}${btoa(characters)}${TEXT_END}`
}

/** The packet that a text stands for. No two texts stand for one packet. */
export function packetFromText(text: string): Bytes {
  if (!text.startsWith(TEXT_START) || !text.endsWith(TEXT_END)) throw new RejectedError('malformed-text')
  let characters: string
  try {
    characters = atob(text.slice(TEXT_START.length, -TEXT_END.length))
  } catch {
    throw new RejectedError('malformed-text')
  }
  const packet = Uint8Array.from(characters, character => character.charCodeAt(0))
  if (packetToText(packet) !== text) throw new RejectedError('malformed-text')
  return packet
}
