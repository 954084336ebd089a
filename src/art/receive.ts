/** ART sections 5 to 7: what every kind of packet does to a member's state. */
import { copyOf, equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { decode, encode } from '../codec/codec.ts'
import { stageAdd } from './add.ts'
import type { Bytes } from './labels.ts'
import { checkBatch, composeMergeNodes, computeMerge, withMergeNodes } from './merge.ts'
import { keysFor, openMessage, type ReceivedMessage } from './messages.ts'
import { stageRemove } from './remove.ts'
import type { Batch, GroupState } from './state.ts'
import { stageUpdate } from './update.ts'
import { type ArtMessage, ArtPacket, type Identity, type Update } from './wire.ts'

/** What a received packet did. */
export type Received =
  | { readonly kind: 'message'; readonly message: ReceivedMessage }
  | { readonly kind: 'updated'; readonly sender: number; readonly message?: ReceivedMessage }
  | { readonly kind: 'added'; readonly sender: number; readonly leaf: number; readonly identity: Identity }
  | { readonly kind: 'removed'; readonly sender: number; readonly leaf: number; readonly self: boolean }
  | MergeProgress

/** How far a merge has come. */
export interface MergeProgress {
  readonly kind: 'merging' | 'merged'
  /** What this member can announce to the others; one of those who can should send it, such as the one with the lowest leaf. */
  readonly announcement?: Bytes
  /** How many merged nodes are still unknown here. */
  readonly missing: number
}

/** An update and the message that its sender wrote under the keys which the update makes: both or neither. */
function receiveUpdateAndMessage(state: GroupState, update: Update, message: ArtMessage): Received {
  const sender = update.tbm.leafIndex
  const advance = stageUpdate(state, update)
  try {
    const { header } = message
    if (header.sender !== sender) throw new RejectedError('unknown-sender', { sender: header.sender })
    if (header.stage !== advance.messages.stage || !equalPublic(header.groupId, state.groupId)) {
      throw new RejectedError('unexpected-packet', { type: 'message' })
    }
    const opened = openMessage(state, advance.messages, message)
    advance.install()
    return { kind: 'updated', sender, message: opened }
  } catch (error) {
    advance.discard()
    throw error
  }
}

function progress(state: GroupState, batch: Batch): MergeProgress {
  const merge = computeMerge(state, batch)
  const announcement =
    merge.unannounced.length === 0
      ? {}
      : { announcement: encode(ArtPacket, { type: 'merge_nodes', mergeNodes: composeMergeNodes(state, batch, merge) }) }
  if (merge.complete) {
    merge.advance.install()
    return { kind: 'merged', missing: 0, ...announcement }
  }
  merge.advance.discard()
  state.batch = batch
  return { kind: 'merging', missing: merge.missing.length, ...announcement }
}

/** Starts a merge, which is done at once where nothing is missing. */
export function mergeUpdates(state: GroupState, packets: readonly Uint8Array[]): MergeProgress {
  if (state.batch !== undefined) throw new UsageError('pending-change', { kind: 'merge' })
  const own = new Set<Update>()
  const updates = packets.map(packet => {
    // the batch outlives this call, and decoded values are views
    const decoded = decode(ArtPacket, copyOf(packet))
    if (decoded.type !== 'update') throw new RejectedError('unexpected-packet', { type: decoded.type })
    if (state.pending !== undefined && equalPublic(packet, state.pending.packet)) own.add(decoded.update)
    return decoded.update
  })
  return progress(
    state,
    checkBatch(state, updates, update => own.has(update)),
  )
}

/** Takes a packet of another member. Where this member is removed, the caller erases the state. */
export function receivePacket(state: GroupState, packet: Uint8Array): Received {
  const decoded = decode(ArtPacket, packet)
  switch (decoded.type) {
    case 'message': {
      const { message } = decoded
      return { kind: 'message', message: openMessage(state, keysFor(state, message.header), message) }
    }
    case 'update':
      stageUpdate(state, decoded.update).install()
      return { kind: 'updated', sender: decoded.update.tbm.leafIndex }
    case 'update_and_message':
      return receiveUpdateAndMessage(state, decoded.update, decoded.message)
    case 'add': {
      const { sender, leafIndex: leaf } = decoded.add.tbm
      stageAdd(state, decoded.add).install()
      return { kind: 'added', sender, leaf, identity: state.members.at(leaf) }
    }
    case 'remove': {
      const { sender, removed: leaf } = decoded.remove.tbm
      const advance = stageRemove(state, decoded.remove)
      advance?.install()
      return { kind: 'removed', sender, leaf, self: advance === undefined }
    }
    case 'merge_nodes': {
      const { mergeNodes } = decoded
      if (state.batch === undefined) throw new RejectedError('merge-mismatch', { sender: mergeNodes.tbm.sender })
      return progress(state, withMergeNodes(state, state.batch, mergeNodes))
    }
    default:
      throw new RejectedError('unexpected-packet', { type: decoded.type })
  }
}
