/** ART section 5: messages of members to the group. Any member of a stage could have written any message of it. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import type { Bytes } from './labels.ts'
import type { MessageKeys } from './message-keys.ts'
import type { GroupState } from './state.ts'
import { type ArtMessage, MessageHeader } from './wire.ts'

/** A decrypted message. */
export interface ReceivedMessage {
  readonly stage: bigint
  readonly sender: number
  readonly generation: number
  readonly plaintext: Bytes
}

/** Encrypts under the keys of a stage. */
export function sealMessage(state: GroupState, keys: MessageKeys, plaintext: Uint8Array): ArtMessage {
  const { key, nonce, generation } = keys.next(state.own)
  return wipingAfter([key, nonce], () => {
    const header: MessageHeader = { groupId: state.groupId, stage: keys.stage, sender: state.own, generation }
    return { header, ciphertext: state.suite.aead.seal(key, nonce, encode(MessageHeader, header), plaintext) }
  })
}

/** The keys of the stage that a message names. */
export function keysFor(state: GroupState, { groupId, stage }: MessageHeader): MessageKeys {
  if (!equalPublic(groupId, state.groupId)) throw new RejectedError('wrong-group')
  if (stage === state.stage) return state.messages
  if (stage === state.previous?.stage) return state.previous
  const code = stage < state.stage ? 'stale-stage' : 'missing-stage'
  throw new RejectedError(code, { stage: Number(stage), current: Number(state.stage) })
}

/** Decrypts under the keys of a stage. A key is used up by success only. */
export function openMessage(state: GroupState, keys: MessageKeys, { header, ciphertext }: ArtMessage): ReceivedMessage {
  const { sender, generation, stage } = header
  if (sender === state.own) throw new RejectedError('own-message', { sender })
  const gone = stage === state.stage && sender < state.tree.leaves && state.members.isTombstone(sender)
  if (sender >= keys.leaves || gone) throw new RejectedError('unknown-sender', { sender })
  const attempt = keys.attempt(sender, generation)
  let plaintext: Bytes
  try {
    plaintext = state.suite.aead.open(attempt.key, attempt.nonce, encode(MessageHeader, header), ciphertext)
  } catch (error) {
    attempt.discard()
    throw error
  }
  attempt.accept()
  return { stage, sender, generation, plaintext }
}
