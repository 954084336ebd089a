/** ART section 7, Add: the new member's side. */
import { copyOf, equalConstantTime } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { wipe } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import { leafCount, leafIndex, root } from '../tree/math.ts'
import { WELCOME_LABEL } from './add.ts'
import { leafSecret, withWelcomeKey } from './key-exchange.ts'
import { confirmationOf, stageContext } from './key-schedule.ts'
import { KEY, labeledContent } from './labels.ts'
import { checkMemberList, MemberList } from './members.ts'
import { MessageKeys } from './message-keys.ts'
import { PublicTree } from './public-tree.ts'
import { checkTreeKeys, exchangeWithInviter, ownSecrets } from './setup.ts'
import { type GroupState, type Party, type Policy, UNTAINTED } from './state.ts'
import { type Welcome, WelcomeInfo, WelcomeTBS } from './wire.ts'

function checkTaint(taint: Uint32Array, members: number): void {
  if (taint.length !== members) throw new RejectedError('inconsistent-lengths', { members, taint: taint.length })
  taint.forEach((by, leaf) => {
    if (by !== UNTAINTED && by >= members) throw new RejectedError('unknown-sender', { sender: by, leaf })
  })
}

/** Joins a running group. Nothing changes on errors; on success the prekey is erased. */
export function processWelcome(party: Party, policy: Policy, { tbs, signature }: Welcome): GroupState {
  const { suite, member, prekeys } = party
  const { info, encryptedStageKey } = tbs
  const { groupId, stage, sender, leafIndex: index, kx, suk, prekeyId, prekey } = info
  const members = MemberList.parse(info.members)
  checkMemberList(members, 'allowed')
  checkTaint(info.taint, members.count)
  if (index !== members.indexOf(member.identity)) throw new RejectedError('not-a-member', { index })
  if (sender >= members.count || sender === index || members.isTombstone(sender)) {
    throw new RejectedError('unknown-sender', { sender })
  }
  const inviter = members.at(sender)
  if (!party.authenticate(inviter)) throw new RejectedError('unknown-identity', { index: sender })
  if (!suite.signature.verify(inviter.sigKey, labeledContent(WELCOME_LABEL, encode(WelcomeTBS, tbs)), signature)) {
    throw new RejectedError('invalid-signature', { sender })
  }
  if (kx !== policy.kx) throw new RejectedError('policy-mismatch', { kx })
  checkTreeKeys(info.tree, members.count)
  const own = leafIndex(index, leafCount(members.count))
  const tree = PublicTree.from(suite, info.tree)
  const owned: Uint8Array[] = []
  try {
    const exchanged = exchangeWithInviter(party, { kx, inviterKey: inviter.kxKey, suk, prekeyId, prekey })
    owned.push(exchanged)
    const secret = leafSecret(suite, exchanged, { groupId, index })
    owned.push(secret)
    const stageKey = withWelcomeKey(suite, exchanged, (key, nonce) =>
      suite.aead.open(key, nonce, encode(WelcomeInfo, info), encryptedStageKey),
    )
    owned.push(stageKey)
    if (stageKey.length !== KEY) throw new RejectedError('inconsistent-lengths', { stageKey: stageKey.length })
    const secrets = ownSecrets(suite, tree, own, secret)
    const treeHash = tree.hash(root(tree.leaves))
    const context = stageContext({ groupId, stage, membersHash: members.hash(suite), treeHash })
    if (!equalConstantTime(confirmationOf(suite, stageKey, context), info.confirmation)) {
      wipe(...secrets.values())
      throw new RejectedError('invalid-confirmation', { sender })
    }
    prekeys.consume(prekeyId)
    return {
      ...party,
      policy,
      groupId: copyOf(groupId),
      own,
      tree,
      stage,
      members,
      taint: info.taint.slice(),
      secrets,
      messages: new MessageKeys(suite, stage, stageKey, tree.leaves),
      previous: undefined,
      pending: undefined,
      batch: undefined,
    }
  } finally {
    wipe(...owned)
  }
}
