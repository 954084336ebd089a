/** Somebody who has all public data, all traffic and some secrets, and tries every way to a stage key that there is. */
import { climb, secretAt } from '../../src/art/climb.ts'
import { deriveStageKey, NO_STAGE_KEY, stageContext } from '../../src/art/key-schedule.ts'
import type { Bytes } from '../../src/art/labels.ts'
import { MessageKeys } from '../../src/art/message-keys.ts'
import type { GroupState } from '../../src/art/state.ts'
import { ArtPacket, MessageHeader } from '../../src/art/wire.ts'
import { CopathError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { type NodeIndex, root, width } from '../../src/tree/math.ts'

/** Everything secret in a member's state, as 32-byte strings. */
export function secretsIn(state: GroupState): Uint8Array[] {
  const keys = [state.messages, ...(state.previous === undefined ? [] : [state.previous])]
  const chains = keys.flatMap(k => k.save().ratchets.map(({ chain }) => chain))
  const pending = state.pending?.advance
  const staged = pending === undefined ? [] : [...pending.secrets.values(), pending.messages.stageKey]
  return [...state.secrets.values(), ...keys.map(k => k.stageKey), ...chains, ...staged, state.member.kxPrivate.bytes]
}

/** Whether a stage key opens a message. */
function opens(view: GroupState, stageKey: Uint8Array, packet: Uint8Array): boolean {
  const decoded = decode(ArtPacket, packet)
  if (decoded.type !== 'message') throw new Error('not a message')
  const { header, ciphertext } = decoded.message
  const attempt = new MessageKeys(view.suite, view.stage, stageKey, view.tree.leaves).attempt(
    header.sender,
    header.generation,
  )
  try {
    view.suite.aead.open(attempt.key, attempt.nonce, encode(MessageHeader, header), ciphertext)
    return true
  } catch (error) {
    if (error instanceof CopathError && error.code === 'invalid-tag') return false
    throw error
  }
}

/** The stage keys that the secrets lead to: each taken as a stage key, and as the secret of every node of the tree. */
export function reachableStageKeys(view: GroupState, secrets: readonly Uint8Array[]): Bytes[] {
  const { suite, tree, groupId, stage, members } = view
  const n = tree.leaves
  const context = stageContext({ groupId, stage, membersHash: members.hash(suite), treeHash: tree.hash(root(n)) })
  const treeKeys: Uint8Array[] = [...secrets]
  for (const secret of secrets) {
    for (let x = 0; x < width(n); x++) {
      const climbed = climb(suite, tree, x as NodeIndex, secret)
      treeKeys.push(secretAt(climbed, climbed.nodes.length - 1))
    }
  }
  const keys = secrets.map(secret => secret.slice() as Bytes)
  for (const previous of [NO_STAGE_KEY, ...secrets]) {
    for (const treeKey of treeKeys) keys.push(deriveStageKey(suite, previous, treeKey, context))
  }
  return keys
}

/** Whether the secrets, and what can be computed from them and the public tree, open a message of the stage shown. */
export function canRead(view: GroupState, secrets: readonly Uint8Array[], packet: Uint8Array): boolean {
  return reachableStageKeys(view, secrets).some(key => opens(view, key, packet))
}
