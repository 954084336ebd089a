/** Everything that happened on a virtual network, in order: equal bytes for equal runs. */
import { utf8 } from '../base/bytes.ts'
import { encode, type ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { opaque, uint64, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import type { MemberId } from './protocol.ts'

const Happening = enumeration('Happening', {
  sent: 1,
  delivered: 2,
  lost: 3,
  repeated: 4,
  rejected: 5,
  accepted: 6,
  refused: 7,
})
/** `repeated`: the network brings a packet again. `rejected`: by its receiver. `accepted` and `refused`: by the ordering service. */
export type Happening = ValueOf<typeof Happening>

const Entry = struct('Entry', { time: uint64, what: Happening, from: opaque, to: opaque, bytes: opaque })
const Entries = struct('Entries', { entries: vector(Entry) })

/** One line of a transcript. */
export interface TranscriptEntry {
  readonly time: number
  readonly what: Happening
  readonly from: MemberId
  /** Empty where nobody in particular is meant. */
  readonly to: MemberId
  readonly bytes: Uint8Array
}

/** Grows while a network runs. */
export class Transcript {
  readonly entries: TranscriptEntry[] = []

  /** Writes one more line. */
  add(entry: TranscriptEntry): void {
    this.entries.push(entry)
  }

  /** All of it as bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    const entries = this.entries.map(({ time, what, from, to, bytes }) => ({
      time: BigInt(time),
      what,
      from: utf8(from),
      to: utf8(to),
      bytes,
    }))
    return encode(Entries, { entries })
  }
}
