/** ART section 5, UpdateKey and ProcessUpdate. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import { type Advance, stageAdvance } from './advance.ts'
import { type Authentication, authenticate, checkAuthentication, type Handshake } from './key-schedule.ts'
import { followPath, publishPath } from './path.ts'
import { type GroupState, UNTAINTED } from './state.ts'
import { type Update, UpdateTBM } from './wire.ts'

/** Where a handshake message says it comes from. */
interface Header {
  readonly groupId: Uint8Array
  readonly stage: bigint
  readonly sender: number
}

/** Refuses what belongs elsewhere: another group, another stage, no other living member. */
export function checkHeader(state: GroupState, { groupId, stage, sender }: Header): void {
  if (!equalPublic(groupId, state.groupId)) throw new RejectedError('wrong-group')
  if (stage < state.stage) {
    throw new RejectedError('stale-stage', { stage: Number(stage), current: Number(state.stage) })
  }
  if (stage > state.stage) {
    throw new RejectedError('missing-stage', { stage: Number(stage), current: Number(state.stage) })
  }
  if (sender === state.own) throw new RejectedError('own-message', { sender })
  if (sender >= state.tree.leaves || state.members.isTombstone(sender)) {
    throw new RejectedError('unknown-sender', { sender })
  }
}

/** Header, MAC and signature of a received handshake message, in this order. */
export function checkHandshake(
  state: GroupState,
  header: Header,
  claimed: Authentication & { readonly kind: Handshake; readonly tbm: Uint8Array },
): void {
  checkHeader(state, header)
  const { sender } = header
  const sigKey = state.policy.authentication === 'signed' ? state.members.sigKey(sender) : undefined
  const { kind, tbm, mac, signature } = claimed
  checkAuthentication(state.suite, state.messages.stageKey, { kind, tbm, mac, signature, sender }, sigKey)
}

/** The signer, in groups that sign. */
export function signerOf(state: GroupState): Signer | undefined {
  return state.policy.authentication === 'signed' ? state.member.signer : undefined
}

/** The update of a leaf to a new secret, which stays the caller's to wipe. Honest members update their own leaf only. */
export function composeUpdate(
  state: GroupState,
  leaf: number,
  secret: Uint8Array,
): { advance: Advance; update: Update } {
  let path!: Uint8Array
  const advance = stageAdvance(state, staged => {
    path = publishPath(state, staged, leaf, secret)
    staged.taint.set(leaf, UNTAINTED)
    staged.finish()
  })
  const { groupId, stage } = state
  const tbm: UpdateTBM = { groupId, stage, leafIndex: leaf, path, confirmation: advance.confirmation }
  const proof = authenticate(state.suite, state.messages.stageKey, 'update', encode(UpdateTBM, tbm), signerOf(state))
  return { advance, update: { tbm, ...proof } }
}

/** The step that another member's update asks for. */
export function stageUpdate(state: GroupState, { tbm, mac, signature }: Update): Advance {
  const sender = tbm.leafIndex
  checkHandshake(
    state,
    { groupId: tbm.groupId, stage: tbm.stage, sender },
    { kind: 'update', tbm: encode(UpdateTBM, tbm), mac, signature },
  )
  return stageAdvance(state, advance => {
    followPath(state, advance, sender, tbm.path)
    advance.taint.set(sender, UNTAINTED)
    advance.finish()
    advance.checkConfirmation(tbm.confirmation, sender)
  })
}
