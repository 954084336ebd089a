/** Saved states as records under keys: all of them in a snapshot, those that changed in a delta. The formats are in docs/persistence.md. */
import { equalPublic } from '../../base/bytes.ts'
import { Reader } from '../../codec/reader.ts'
import { Writer } from '../../codec/writer.ts'
import type { Hash } from '../../crypto/provider.ts'
import { FileRecords, type RecordCursor, type SavedRecord } from './cursor.ts'
import { refuseSaved } from './refuse.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Where a state stands in its history: how many deltas it has seen, and what the next one has to follow. */
export interface Mark {
  readonly sequence: bigint
  readonly chain: Uint8Array
}

/** What has changed since the mark before. Prefixes are cleared first, then keys deleted, then records put. */
export interface Delta {
  readonly suite: number
  /** The mark that this delta follows. */
  readonly follows: Mark
  readonly clears: readonly Uint8Array[]
  readonly deletes: readonly Uint8Array[]
  readonly puts: readonly SavedRecord[]
}

/** A delta as it is read: its records lie in the bytes that it was read from. */
export interface ReadDelta extends Omit<Delta, 'puts'> {
  readonly puts: RecordCursor
}

/** A whole state. Its records come in the order of their keys, and once. */
export interface Snapshot {
  readonly suite: number
  readonly mark: Mark
  readonly records: RecordCursor
}

const MAGIC = Uint8Array.of(0x63, 0x70, 0x74, 0x68)
const VERSION = 1
const BESIDE_RECORDS = 1024
/** The length of the value that ties a delta to what it follows. */
export const CHAIN = 32

/** What a saved file holds. */
export const SavedKind = { snapshot: 1, delta: 2, client: 3, follower: 4 } as const
type Kind = (typeof SavedKind)[keyof typeof SavedKind]

/** Writes what every saved file starts with. */
export function openSaved(writer: Writer, kind: Kind, suite: number): void {
  writer.raw(MAGIC)
  writer.uint16(VERSION)
  writer.uint8(kind)
  writer.uint16(suite)
}

/** Ends a saved file with the digest of all of it, and wipes the writer. */
export function sealSaved(writer: Writer, hash: Hash): Bytes {
  writer.raw(hash.digest(writer.bytes.subarray(0, writer.at)))
  const sealed = writer.finish()
  writer.wipe()
  return sealed
}

/** The number of the suite that a saved file is for: to be read before anything else can be checked. */
export function suiteOfSaved(bytes: Uint8Array): number {
  return readHead(new Reader(bytes, 'saved state')).suite
}

function readHead(reader: Reader): { kind: number; suite: number } {
  if (!equalPublic(reader.fixed(MAGIC.length), MAGIC)) throw refuseSaved('not a saved state of copath')
  const version = reader.uint16()
  if (version !== VERSION) throw refuseSaved(`format ${version} of a later version of copath`)
  return { kind: reader.uint8(), suite: reader.uint16() }
}

/** Checks the digest and the head of a saved file; the reader stands behind the head, and its limit before the digest. */
export function openForReading(bytes: Uint8Array, kind: Kind, hash: Hash): Reader {
  const reader = new Reader(bytes, 'saved state')
  const head = readHead(reader)
  if (head.kind !== kind) throw refuseSaved('another kind of saved state than is wanted here')
  const end = bytes.length - hash.length
  if (end < reader.at) throw refuseSaved('it ends too early')
  if (!equalPublic(hash.digest(bytes.subarray(0, end)), bytes.subarray(end))) throw refuseSaved('it is damaged')
  reader.limit = end
  return reader
}

function writeMark(writer: Writer, { sequence, chain }: Mark): void {
  writer.uint64(sequence)
  writer.raw(chain)
}

const readMark = (reader: Reader): Mark => ({ sequence: reader.uint64(), chain: reader.fixed(CHAIN) })

function writeRecords(writer: Writer, records: Iterable<SavedRecord>): void {
  for (const { key, value } of records) {
    writer.opaque(key)
    writer.opaque(value)
  }
}

function writeKeys(writer: Writer, keys: readonly Uint8Array[]): void {
  const vector = writer.openVector()
  for (const key of keys) writer.opaque(key)
  writer.closeVector(vector)
}

function readKeys(reader: Reader): Uint8Array[] {
  const keys: Uint8Array[] = []
  const outer = reader.openVector()
  while (reader.at < reader.limit) keys.push(reader.opaque())
  reader.closeVector(outer)
  return keys
}

/** A snapshot to be written. */
export interface NewSnapshot extends Omit<Snapshot, 'records'> {
  /** In the order of their keys. */
  readonly records: Iterable<SavedRecord>
  /** About as many bytes as they take: a buffer that doubles leaves as much again behind. */
  readonly room?: number
}

/** Writes a snapshot. */
export function writeSnapshot(hash: Hash, { suite, mark, records, room = 0 }: NewSnapshot): Bytes {
  const writer = new Writer(room + BESIDE_RECORDS)
  openSaved(writer, SavedKind.snapshot, suite)
  writeMark(writer, mark)
  writeRecords(writer, records)
  return sealSaved(writer, hash)
}

/** Reads a snapshot. Its records are read, and refused, as the cursor comes to them. */
export function readSnapshot(hash: Hash, bytes: Uint8Array): Snapshot {
  const reader = openForReading(bytes, SavedKind.snapshot, hash)
  const mark = readMark(reader)
  return { suite: suiteOfSaved(bytes), mark, records: new FileRecords(reader, { isSorted: true }) }
}

/** Writes a delta; says where the state stands with it. */
export function writeDelta(hash: Hash, delta: Delta): { readonly bytes: Bytes; readonly mark: Mark } {
  const writer = new Writer()
  openSaved(writer, SavedKind.delta, delta.suite)
  writeMark(writer, delta.follows)
  writeKeys(writer, delta.clears)
  writeKeys(writer, delta.deletes)
  writeRecords(writer, delta.puts)
  const bytes = sealSaved(writer, hash)
  return { bytes, mark: markAfter(hash, bytes, delta.follows) }
}

/** The digest at the end of a delta ties the next one to it. */
function markAfter(hash: Hash, bytes: Uint8Array, { sequence }: Mark): Mark {
  const at = bytes.length - hash.length
  return { sequence: sequence + 1n, chain: bytes.slice(at, at + CHAIN) }
}

/** Reads a delta. Its records are read as the cursor comes to them, in the order that they were written in. */
export function readDelta(hash: Hash, bytes: Uint8Array): { readonly delta: ReadDelta; readonly mark: Mark } {
  const reader = openForReading(bytes, SavedKind.delta, hash)
  const follows = readMark(reader)
  const [clears, deletes] = [readKeys(reader), readKeys(reader)]
  const puts = new FileRecords(reader, { isSorted: false })
  return {
    delta: { suite: suiteOfSaved(bytes), follows, clears, deletes, puts },
    mark: markAfter(hash, bytes, follows),
  }
}
