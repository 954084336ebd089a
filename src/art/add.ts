/** ART section 7, Add: a new member, who may be offline, gets a leaf from its prekey. */

import { ByteList } from '../base/byte-list.ts'
import { copyOf } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import { type Advance, stageAdvance } from './advance.ts'
import { exchangeMany, leafSecret, withWelcomeKey } from './key-exchange.ts'
import { authenticate } from './key-schedule.ts'
import { type Bytes, KEY, labeledContent } from './labels.ts'
import { followPath, publishPath } from './path.ts'
import { checkPreKeys } from './prekeys.ts'
import type { GroupState } from './state.ts'
import { checkHandshake, signerOf } from './update.ts'
import { type Add, AddTBM, type Identity, type SignedPreKey, type Welcome, WelcomeInfo, WelcomeTBS } from './wire.ts'

/** What the signature of a welcome covers starts with this. */
export const WELCOME_LABEL = 'Welcome'

function checkNewMember(state: GroupState, identity: Identity): void {
  if (identity.id.length === 0) throw new RejectedError('invalid-identity')
  if (state.members.indexOfId(identity.id) >= 0) throw new RejectedError('duplicate-member')
  if (!state.authenticate(identity)) throw new RejectedError('unknown-identity')
}

/** The leaf that a new member gets: the first that a removed one left, else a new one on the right. */
function freeLeaf(state: GroupState): number {
  const tombstone = state.members.firstTombstone()
  return tombstone >= 0 ? tombstone : state.tree.leaves
}

interface Invitation {
  readonly identity: Identity
  readonly prekey: SignedPreKey
  readonly leaf: number
  readonly suk: Bytes
}

function composeWelcome(state: GroupState, advance: Advance, invitation: Invitation, exchanged: Bytes): Welcome {
  const { suite, groupId, policy, own } = state
  const { prekey, leaf, suk } = invitation
  const info: WelcomeInfo = {
    groupId,
    kx: policy.kx,
    stage: state.stage + 1n,
    sender: own,
    leafIndex: leaf,
    members: advance.members.bytes,
    taint: Uint32Array.from({ length: advance.tree.leaves }, (_, i) => advance.taintOf(i)),
    prekeyId: prekey.prekeyId,
    prekey: prekey.key,
    suk,
    tree: advance.tree.toBytes(),
    confirmation: advance.confirmation,
  }
  const encryptedStageKey = withWelcomeKey(suite, exchanged, (key, nonce) =>
    suite.aead.seal(key, nonce, encode(WelcomeInfo, info), advance.messages.stageKey),
  )
  const tbs: WelcomeTBS = { info, encryptedStageKey }
  return { tbs, signature: state.member.signer.sign(labeledContent(WELCOME_LABEL, encode(WelcomeTBS, tbs))) }
}

/** A new member: what to tell the others, and what to tell it. */
export function composeAdd(
  state: GroupState,
  identity: Identity,
  prekey: SignedPreKey,
): { advance: Advance; add: Add; welcome: Welcome } {
  const { suite, groupId, stage, policy, own } = state
  checkNewMember(state, identity)
  checkX25519Key(identity.kxKey, {})
  checkPreKeys(suite, ByteList.of([identity.sigKey]), [prekey])
  const leaf = freeLeaf(state)
  const setupKey = randomBytes(suite.random, KEY)
  const secrets: Uint8Array[] = [setupKey]
  let path!: Bytes
  let advance: Advance | undefined
  try {
    const suk = suite.dh.publicKey(setupKey)
    const exchanged = exchangeMany(
      suite,
      { kx: policy.kx, identityKey: state.member.kxPrivate.bytes, setupKey },
      { identityKeys: ByteList.of([identity.kxKey]), prekeys: ByteList.of([prekey.key]) },
    )
    const secret = leafSecret(suite, exchanged, { groupId, index: leaf })
    secrets.push(exchanged, secret)
    advance = stageAdvance(state, staged => {
      staged.setMember({ leaf, identity })
      path = publishPath(state, staged, leaf, secret)
      staged.taint.set(leaf, own)
      staged.finish()
    })
    const tbm: AddTBM = {
      groupId,
      stage,
      sender: own,
      leafIndex: leaf,
      identity,
      suk,
      path,
      confirmation: advance.confirmation,
    }
    const proof = authenticate(suite, state.messages.stageKey, 'add', encode(AddTBM, tbm), signerOf(state))
    const welcome = composeWelcome(state, advance, { identity, prekey, leaf, suk }, exchanged)
    return { advance, add: { tbm, ...proof }, welcome }
  } catch (error) {
    advance?.discard()
    throw error
  } finally {
    wipe(...secrets)
  }
}

/** The step that another member's Add asks for. */
export function stageAdd(state: GroupState, { tbm, mac, signature }: Add): Advance {
  const { sender, leafIndex, identity } = tbm
  checkHandshake(state, tbm, { kind: 'add', tbm: encode(AddTBM, tbm), mac, signature })
  if (leafIndex !== freeLeaf(state)) throw new RejectedError('wrong-leaf', { leaf: leafIndex, sender })
  checkNewMember(state, identity)
  checkX25519Key(identity.kxKey, { leaf: leafIndex })
  checkX25519Key(tbm.suk, { leaf: leafIndex })
  return stageAdvance(state, advance => {
    advance.setMember({ leaf: leafIndex, identity: ownIdentity(identity) })
    followPath(state, advance, leafIndex, tbm.path)
    advance.taint.set(leafIndex, sender)
    advance.finish()
    advance.checkConfirmation(tbm.confirmation, sender)
  })
}

/** Decoded identities are views of a message that the caller owns. */
function ownIdentity({ id, sigKey, kxKey }: Identity): Identity {
  return { id: copyOf(id), sigKey: copyOf(sigKey), kxKey: copyOf(kxKey) }
}
