/** SMMP section V: the state of the historical profile, and its bytes. */
import { copyOf } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { named, opaque, opaqueOf, uint8, uint16, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import type { ChainKeys } from './historical-keys.ts'
import { type Bytes, KEY } from './suite.ts'

const FORMAT = 1
/** Own ratchet keys kept for private messages: the newest of those that one was sent to or from. */
export const MAX_COPIES = 64

export const Copy = struct('Copy', { privateKey: opaqueOf(KEY), publicKey: opaqueOf(KEY) })
const SavedGroup = struct('SavedGroup', {
  format: uint8,
  root: opaqueOf(KEY),
  headerKey: opaqueOf(KEY),
  nextHeaderKey: opaqueOf(KEY),
  messageKey: opaqueOf(KEY),
  v: opaqueOf(KEY),
  digest: opaqueOf(KEY),
  r: opaqueOf(KEY),
  publicKeys: vector(named('Key', opaqueOf(KEY))),
  own: uint16,
  groupName: opaque,
  resyncRequired: uint8,
  reinitRequired: uint8,
  copies: vector(Copy),
})

export interface HistoricalState extends ChainKeys {
  readonly v: Bytes
  readonly digest: Bytes
  readonly r: Bytes
  readonly publicKeys: readonly Bytes[]
  readonly own: number
  readonly groupName: Bytes
  readonly resyncRequired: boolean
  readonly reinitRequired: boolean
  readonly copies: readonly ValueOf<typeof Copy>[]
}

/** All of it, secrets included. */
export function saveHistorical(whole: HistoricalState): Bytes {
  const { resyncRequired, reinitRequired, ...state } = whole
  return encode(SavedGroup, {
    ...state,
    format: FORMAT,
    resyncRequired: resyncRequired ? 1 : 0,
    reinitRequired: reinitRequired ? 1 : 0,
  })
}

/** The state that was saved, with byte strings of its own. */
export function loadHistorical(bytes: Uint8Array): HistoricalState {
  const saved: ValueOf<typeof SavedGroup> = decode(SavedGroup, bytes)
  const { format, own, publicKeys, resyncRequired, reinitRequired, copies } = saved
  const flags = resyncRequired <= 1 && reinitRequired <= 1
  if (format !== FORMAT || own >= publicKeys.length || !flags || copies.length > MAX_COPIES) {
    throw new RejectedError('unknown-value', { field: 'SavedGroup' })
  }
  return {
    root: copyOf(saved.root),
    headerKey: copyOf(saved.headerKey),
    nextHeaderKey: copyOf(saved.nextHeaderKey),
    messageKey: copyOf(saved.messageKey),
    v: copyOf(saved.v),
    digest: copyOf(saved.digest),
    r: copyOf(saved.r),
    publicKeys: publicKeys.map(copyOf),
    own,
    groupName: copyOf(saved.groupName),
    resyncRequired: resyncRequired === 1,
    reinitRequired: reinitRequired === 1,
    copies: copies.map(({ privateKey, publicKey }) => ({
      privateKey: copyOf(privateKey),
      publicKey: copyOf(publicKey),
    })),
  }
}
