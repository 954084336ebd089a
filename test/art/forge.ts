/** Wrong messages that are right in everything else: made by insiders, with valid MACs and signatures. */
import { composeAdd, WELCOME_LABEL } from '../../src/art/add.ts'
import type { ArtGroup } from '../../src/art/index.ts'
import { authenticate, type Handshake } from '../../src/art/key-schedule.ts'
import { labeledContent } from '../../src/art/labels.ts'
import { loadState } from '../../src/art/save.ts'
import type { GroupState } from '../../src/art/state.ts'
import { composeUpdate, signerOf } from '../../src/art/update.ts'
import {
  type Add,
  AddTBM,
  ArtPacket,
  type Remove,
  RemoveTBM,
  SetupTBS,
  UpdateTBM,
  WelcomeTBS,
} from '../../src/art/wire.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { type Person, partyOf, seededRandom } from './world.ts'

/** A copy of everything a member holds, open to inspection. */
export function stateOf(group: ArtGroup, owner: Person): GroupState {
  return loadState(partyOf(owner), group.save())
}

/** 32 bytes that depend on the label alone. */
export function secretOf(label: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(32)
  seededRandom(label)(out)
  return out
}

/** MAC and signature for whatever an insider wants to say. */
export function proofOf(state: GroupState, kind: Handshake, tbm: Uint8Array) {
  return authenticate(state.suite, state.messages.stageKey, kind, tbm, signerOf(state))
}

/** An update with something changed before it was authenticated. */
export function forgeUpdate(
  state: GroupState,
  change: (tbm: UpdateTBM) => Partial<UpdateTBM>,
  leaf: number = state.own,
): Uint8Array {
  const { advance, update } = composeUpdate(state, leaf, secretOf('forged leaf'))
  advance.discard()
  const tbm = { ...update.tbm, ...change(update.tbm) }
  return encode(ArtPacket, { type: 'update', update: { tbm, ...proofOf(state, 'update', encode(UpdateTBM, tbm)) } })
}

/** A setup with something changed before it was signed. */
export function forgeSetup(
  initiator: Person,
  setup: Uint8Array,
  change: (tbs: SetupTBS) => Partial<SetupTBS>,
): Uint8Array {
  const packet = decode(ArtPacket, setup)
  if (packet.type !== 'setup') throw new Error('not a setup')
  const tbs = { ...packet.setup.tbs, ...change(packet.setup.tbs) }
  const signature = initiator.member.signer.sign(labeledContent('Setup', encode(SetupTBS, tbs)))
  return encode(ArtPacket, { type: 'setup', setup: { tbs, signature } })
}

/** A welcome with something changed before it was signed. */
export function forgeWelcome(
  adder: Person,
  welcome: Uint8Array,
  change: (tbs: WelcomeTBS) => Partial<WelcomeTBS['info']>,
): Uint8Array {
  const packet = decode(ArtPacket, welcome)
  if (packet.type !== 'welcome') throw new Error('not a welcome')
  const { tbs: old } = packet.welcome
  const tbs = { ...old, info: { ...old.info, ...change(old) } }
  const signature = adder.member.signer.sign(labeledContent(WELCOME_LABEL, encode(WelcomeTBS, tbs)))
  return encode(ArtPacket, { type: 'welcome', welcome: { tbs, signature } })
}

/** An Add with something changed before it was authenticated. */
export function forgeAdd(
  state: GroupState,
  newcomer: Person,
  change: (tbm: Add['tbm']) => Partial<Add['tbm']>,
): Uint8Array {
  const { identity, prekey } = newcomer.invite()
  const { advance, add } = composeAdd(state, identity, prekey)
  advance.discard()
  const tbm = { ...add.tbm, ...change(add.tbm) }
  return encode(ArtPacket, { type: 'add', add: { tbm, ...proofOf(state, 'add', encode(AddTBM, tbm)) } })
}

/** A Remove with something changed before it was authenticated. */
export function forgeRemove(state: GroupState, remove: Remove, change: (tbm: Remove['tbm']) => Partial<Remove['tbm']>) {
  const tbm = { ...remove.tbm, ...change(remove.tbm) }
  return encode(ArtPacket, { type: 'remove', remove: { tbm, ...proofOf(state, 'remove', encode(RemoveTBM, tbm)) } })
}

/** Bytes with one key replaced. */
export function withKey(keys: Uint8Array, index: number, key: Uint8Array): Uint8Array {
  const out = keys.slice()
  out.set(key, 32 * index)
  return out
}

const P_MINUS_1 = `ec${'ff'.repeat(30)}7f`
/** Keys whose shared secret is zero with everybody, in every encoding. */
export const LOW_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  P_MINUS_1,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  `${'00'.repeat(31)}80`,
  `${P_MINUS_1.slice(0, 62)}ff`,
].map(fromHex)

/** Other encodings of keys that have a proper one: at or above 2^255 - 19, or with the top bit set. */
export const NON_CANONICAL = [`f0${'ff'.repeat(30)}7f`, `${'ff'.repeat(31)}7f`, `09${'00'.repeat(30)}80`].map(fromHex)

/** The coordinate of a point of large order on the twist: nobody has a private key for it. */
export const ON_TWIST = fromHex(`02${'00'.repeat(31)}`)
