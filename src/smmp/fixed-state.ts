/** SMMP, fixed profile: what a member holds, and its bytes. */
import { copyOf } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { opaque, opaqueOf, uint8, uint16, uint64 } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { type Bytes, KEY } from './suite.ts'

const FORMAT = 1

const SavedGroup = struct('SavedGroup', {
  format: uint8,
  groupId: opaque,
  transcript: opaqueOf(KEY),
  own: uint16,
  seq: uint64,
  root: opaqueOf(KEY),
  digest: opaqueOf(KEY),
  r: opaqueOf(KEY),
  publicR: opaque,
  pairKeys: opaque,
  reinitRequired: uint8,
  left: uint8,
})

/** What a member holds. */
export interface FixedState {
  readonly groupId: Uint8Array
  readonly transcript: Bytes
  readonly own: number
  /** The number of the next message. */
  readonly seq: bigint
  readonly root: Bytes
  /** A hash chain over everything that was said. */
  readonly digest: Bytes
  readonly r: Bytes
  /** The ratchet keys of all members, by index. */
  readonly publicR: Bytes
  /** By index; that of the own index is unused. */
  readonly pairKeys: Bytes
  readonly reinitRequired: boolean
  readonly left: boolean
}

/** All of it, secrets included. */
export function saveFixed(state: FixedState): Bytes {
  return encode(SavedGroup, {
    ...state,
    format: FORMAT,
    reinitRequired: state.reinitRequired ? 1 : 0,
    left: state.left ? 1 : 0,
  })
}

/** The state that was saved, with byte strings of its own. */
export function loadFixed(bytes: Uint8Array): FixedState {
  const saved: ValueOf<typeof SavedGroup> = decode(SavedGroup, bytes)
  const { publicR, pairKeys, own, reinitRequired, left } = saved
  const copy = (value: Uint8Array): Bytes => copyOf(value)
  const sound = publicR.length % KEY === 0 && publicR.length === pairKeys.length && publicR.length >= 2 * KEY
  if (saved.format !== FORMAT || !sound || own >= publicR.length / KEY || reinitRequired > 1 || left > 1) {
    throw new RejectedError('unknown-value', { field: 'SavedGroup' })
  }
  return {
    groupId: copy(saved.groupId),
    transcript: copy(saved.transcript),
    own,
    seq: saved.seq,
    root: copy(saved.root),
    digest: copy(saved.digest),
    r: copy(saved.r),
    publicR: copy(publicR),
    pairKeys: copy(pairKeys),
    reinitRequired: reinitRequired === 1,
    left: left === 1,
  }
}
