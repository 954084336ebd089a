/** ART section 7, Remove: the leaf gets a secret that nobody keeps, and so does every leaf whose secret the removed member knows. */
import { ByteList } from '../base/byte-list.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import { type Advance, stageAdvance } from './advance.ts'
import { exchangeInvited, exchangeMany, leafSecret } from './key-exchange.ts'
import { authenticate } from './key-schedule.ts'
import { type Bytes, KEY } from './labels.ts'
import { TOMBSTONE } from './members.ts'
import { followOwnPath, followPath, publishPath } from './path.ts'
import { checkPreKeys } from './prekeys.ts'
import { type GroupState, UNTAINTED } from './state.ts'
import { checkHandshake, signerOf } from './update.ts'
import { type LeafExchange, type Rekeyed, type Remove, RemoveTBM, type SignedPreKey } from './wire.ts'

/** The leaves whose secret this member knows besides their owners, by rising index, without its own. */
export function leavesTaintedBy(state: GroupState, member: number): number[] {
  const leaves: number[] = []
  for (let i = 0; i < state.tree.leaves; i++) if (state.taint[i] === member && i !== member) leaves.push(i)
  return leaves
}

/** Whether somebody has to be told the new secret of a leaf: a living member other than the one who re-keys it. */
function needsExchange(state: GroupState, leaf: number, rekeyer: number): boolean {
  return leaf !== rekeyer && !state.members.isTombstone(leaf)
}

/** A new secret for the leaf of a living member, from its identity key and a fresh prekey of its own. */
function exchangeFor(state: GroupState, leaf: number, prekey: SignedPreKey): { exchange: LeafExchange; secret: Bytes } {
  const { suite, groupId, policy, members } = state
  checkPreKeys(suite, ByteList.of([members.sigKey(leaf)]), [prekey])
  const setupKey = randomBytes(suite.random, KEY)
  return wipingAfter([setupKey], () => {
    const suk = suite.dh.publicKey(setupKey)
    const exchanged = exchangeMany(
      suite,
      { kx: policy.kx, identityKey: state.member.kxPrivate.bytes, setupKey },
      { identityKeys: ByteList.of([members.kxKey(leaf)]), prekeys: ByteList.of([prekey.key]) },
    )
    return wipingAfter([exchanged], () => ({
      exchange: { prekeyId: prekey.prekeyId, prekey: prekey.key, suk },
      secret: leafSecret(suite, exchanged, { groupId, index: leaf }),
    }))
  })
}

function rekey(state: GroupState, advance: Advance, leaf: number, prekey: SignedPreKey | undefined): Rekeyed {
  const { exchange, secret } =
    prekey === undefined
      ? { exchange: undefined, secret: randomBytes(state.suite.random, KEY) }
      : exchangeFor(state, leaf, prekey)
  return wipingAfter([secret], () => {
    const path = publishPath(state, advance, leaf, secret)
    advance.taint.set(leaf, leaf === state.own ? UNTAINTED : state.own)
    return { leafIndex: leaf, exchange, path }
  })
}

/**
 * Removes a member. Every living member whose leaf secret it knows needs a fresh prekey in `prekeys`, by leaf: without one
 * the removed member could go on reading, so this throws `tainted-leaf` and names those that are missing.
 */
export function composeRemove(
  state: GroupState,
  removed: number,
  prekeys: ReadonlyMap<number, SignedPreKey>,
): { advance: Advance; remove: Remove } {
  const { groupId, stage, own, tree, members } = state
  if (removed === own || !(removed >= 0 && removed < tree.leaves) || members.isTombstone(removed)) {
    throw new UsageError('wrong-argument', { expected: 'another living member', removed })
  }
  const tainted = leavesTaintedBy(state, removed)
  const missing = tainted.filter(leaf => needsExchange(state, leaf, own) && !prekeys.has(leaf))
  if (missing.length > 0) throw new UsageError('tainted-leaf', { removed, leaves: missing })
  let path!: Uint8Array
  let rekeyed: Rekeyed[] = []
  const advance = stageAdvance(state, staged => {
    staged.setMember({ leaf: removed, identity: TOMBSTONE })
    path = rekey(state, staged, removed, undefined).path
    rekeyed = tainted.map(leaf =>
      rekey(state, staged, leaf, needsExchange(state, leaf, own) ? prekeys.get(leaf) : undefined),
    )
    staged.finish()
  })
  const tbm: RemoveTBM = { groupId, stage, sender: own, removed, path, rekeyed, confirmation: advance.confirmation }
  const proof = authenticate(state.suite, state.messages.stageKey, 'remove', encode(RemoveTBM, tbm), signerOf(state))
  return { advance, remove: { tbm, ...proof } }
}

function followRekeyed(state: GroupState, advance: Advance, sender: number, entry: Rekeyed): void {
  const { leafIndex: leaf, exchange, path } = entry
  if (exchange !== undefined) checkX25519Key(exchange.suk, { leaf })
  if (leaf !== state.own) {
    followPath(state, advance, leaf, path)
  } else {
    const { prekeyId, prekey, suk } = exchange!
    const exchanged = exchangeInvited(
      state.suite,
      {
        kx: state.policy.kx,
        identityKey: state.member.kxPrivate.bytes,
        prekey: state.prekeys.find(prekeyId, prekey),
      },
      { identityKey: state.members.kxKey(sender), setupKey: suk },
    )
    const secret = wipingAfter([exchanged], () =>
      leafSecret(state.suite, exchanged, { groupId: state.groupId, index: leaf }),
    )
    try {
      followOwnPath(state, advance, secret, path)
    } finally {
      wipe(secret)
    }
    advance.usedPrekeys.push(prekeyId)
  }
  advance.taint.set(leaf, leaf === sender ? UNTAINTED : sender)
}

/** Refuses a removal that leaves the removed member a leaf secret, or re-keys leaves for no reason. */
function checkRekeyed(state: GroupState, { sender, removed, rekeyed }: RemoveTBM): void {
  const expected = leavesTaintedBy(state, removed)
  const matches = (entry: Rekeyed | undefined, leaf: number | undefined): boolean =>
    entry !== undefined &&
    entry.leafIndex === leaf &&
    (entry.exchange !== undefined) === needsExchange(state, leaf, sender)
  const count = Math.max(expected.length, rekeyed.length)
  for (let i = 0; i < count; i++) {
    if (!matches(rekeyed[i], expected[i])) {
      throw new RejectedError('tainted-leaf', { removed, leaf: expected[i] ?? rekeyed[i]!.leafIndex })
    }
  }
}

/** The step that another member's Remove asks for; undefined where it is this member who is removed. */
export function stageRemove(state: GroupState, { tbm, mac, signature }: Remove): Advance | undefined {
  const { sender, removed, path, rekeyed } = tbm
  checkHandshake(state, tbm, { kind: 'remove', tbm: encode(RemoveTBM, tbm), mac, signature })
  if (removed >= state.tree.leaves || removed === sender || state.members.isTombstone(removed)) {
    throw new RejectedError('wrong-leaf', { leaf: removed, sender })
  }
  checkRekeyed(state, tbm)
  if (removed === state.own) return undefined
  return stageAdvance(state, advance => {
    advance.setMember({ leaf: removed, identity: TOMBSTONE })
    followPath(state, advance, removed, path)
    advance.taint.set(removed, sender)
    for (const entry of rekeyed) followRekeyed(state, advance, sender, entry)
    advance.finish()
    advance.checkConfirmation(tbm.confirmation, sender)
  })
}
