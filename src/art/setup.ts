/** ART section 5, SetupGroup and ProcessSetup: a group of members who are all offline but one. */
import { ByteList } from '../base/byte-list.ts'
import { concat, copyOf, equalConstantTime, equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import { type LeafIndex, leafCount, leafIndex, type NodeIndex, nodeOfLeaf, root, width } from '../tree/math.ts'
import { buildTree } from './build.ts'
import { climb, publicKeysOf, secretAt } from './climb.ts'
import { exchangeInvited, exchangeMany, leafSecret, leafSecrets } from './key-exchange.ts'
import { deriveStageKey, NO_STAGE_KEY, stageContext } from './key-schedule.ts'
import { type Bytes, KEY, labeledContent } from './labels.ts'
import { checkMemberList, MemberList } from './members.ts'
import { MessageKeys } from './message-keys.ts'
import { checkPreKeys } from './prekeys.ts'
import { PublicTree } from './public-tree.ts'
import { type GroupState, type Party, type Policy, UNTAINTED } from './state.ts'
import type { ArtSuite } from './suite.ts'
import { type Identity, type KxMode, type Setup, SetupTBS, type SignedPreKey } from './wire.ts'

const SETUP_LABEL = 'Setup'
const INITIATOR = 0

/** A member to invite, as the delivery service knows it. */
export interface Invitee {
  readonly identity: Identity
  readonly prekey: SignedPreKey
}

/** What a group starts with. */
export interface GroupStart {
  readonly groupId: Uint8Array
  readonly policy: Policy
}

interface FirstStage {
  readonly own: LeafIndex
  readonly tree: PublicTree
  readonly members: MemberList
  readonly secrets: ReadonlyMap<NodeIndex, Bytes>
}

/** The state at stage 0. */
function firstState(party: Party, { groupId, policy }: GroupStart, first: FirstStage): GroupState {
  const { own, tree, members, secrets } = first
  const treeHash = tree.hash(root(tree.leaves))
  const context = stageContext({ groupId, stage: 0n, membersHash: members.hash(party.suite), treeHash })
  const stageKey = deriveStageKey(party.suite, NO_STAGE_KEY, secrets.get(root(tree.leaves))!, context)
  const taint = new Uint32Array(tree.leaves).fill(INITIATOR)
  taint[INITIATOR] = UNTAINTED
  return {
    ...party,
    policy,
    groupId: copyOf(groupId),
    own,
    tree,
    stage: 0n,
    members,
    taint,
    secrets: new Map(secrets),
    messages: wipingAfter([stageKey], () => new MessageKeys(party.suite, 0n, stageKey, tree.leaves)),
    previous: undefined,
    pending: undefined,
    batch: undefined,
  }
}

/** The initiator's side: one message to all. */
export function setupGroup(
  party: Party,
  start: GroupStart,
  invitees: readonly Invitee[],
): { state: GroupState; setup: Setup } {
  const { suite, member } = party
  const { groupId, policy } = start
  if (invitees.length === 0) throw new UsageError('wrong-argument', { expected: 'at least one other member' })
  const members = MemberList.of([member.identity, ...invitees.map(({ identity }) => identity)])
  checkMemberList(members, 'refused')
  const prekeys = invitees.map(({ prekey }) => prekey)
  checkPreKeys(suite, ByteList.of(invitees.map(({ identity }) => identity.sigKey)), prekeys)
  invitees.forEach(({ identity }, i) => {
    checkX25519Key(identity.kxKey, { member: i + 1 })
  })
  const prekeyList = ByteList.of(prekeys.map(({ key }) => key))
  const setupKey = randomBytes(suite.random, KEY)
  const secrets: Uint8Array[] = [setupKey]
  try {
    const suk = suite.dh.publicKey(setupKey)
    const exchanged = exchangeMany(
      suite,
      { kx: policy.kx, identityKey: member.kxPrivate.bytes, setupKey },
      {
        identityKeys: ByteList.of(invitees.map(({ identity }) => identity.kxKey)),
        prekeys: prekeyList,
      },
    )
    const [own, others] = [randomBytes(suite.random, KEY), leafSecrets(suite, exchanged, groupId, 1)]
    const leaves = concat(own, others)
    secrets.push(exchanged, own, others, leaves)
    const built = buildTree(suite, leaves)
    const tbs: SetupTBS = {
      groupId,
      kx: policy.kx,
      members: members.bytes,
      prekeyIds: Uint32Array.from(prekeys, ({ prekeyId }) => prekeyId),
      prekeys: prekeyList.bytes,
      suk,
      tree: built.keys,
    }
    const tree = PublicTree.from(suite, built.keys)
    const own0 = leafIndex(INITIATOR, tree.leaves)
    const state = firstState(party, start, { own: own0, tree, members, secrets: built.secrets })
    const signature = member.signer.sign(labeledContent(SETUP_LABEL, encode(SetupTBS, tbs)))
    return { state, setup: { tbs, signature } }
  } finally {
    wipe(...secrets)
  }
}

/** Refuses a tree of another size, with something in the place of the root, or with useless keys. */
export function checkTreeKeys(tree: Uint8Array, members: number): void {
  if (members < 2 || tree.length !== KEY * (2 * members - 1)) {
    throw new RejectedError('inconsistent-lengths', { members, tree: tree.length })
  }
  const n = leafCount(members)
  for (let x = 0; x < width(n); x++) {
    const key = tree.subarray(KEY * x, KEY * (x + 1))
    if (x !== root(n)) checkX25519Key(key, { node: x })
    else if (!equalPublic(key, NO_STAGE_KEY)) throw new RejectedError('tree-mismatch', { node: x })
  }
}

/** What an invited member needs to find its place in a tree. */
interface Invited {
  readonly kx: KxMode
  readonly inviterKey: Uint8Array
  readonly suk: Uint8Array
  readonly prekeyId: number
  readonly prekey: Uint8Array
}

/** `Extract("", D)` on the invited side; the caller wipes it. */
export function exchangeWithInviter({ suite, member, prekeys }: Party, invited: Invited): Bytes {
  checkX25519Key(invited.suk, {})
  checkX25519Key(invited.inviterKey, {})
  const prekey = prekeys.find(invited.prekeyId, invited.prekey)
  return exchangeInvited(
    suite,
    { kx: invited.kx, identityKey: member.kxPrivate.bytes, prekey },
    { identityKey: invited.inviterKey, setupKey: invited.suk },
  )
}

/** The secrets from one's leaf to the root; every public key on the way must be the one in the tree. */
export function ownSecrets(
  suite: ArtSuite,
  tree: PublicTree,
  own: LeafIndex,
  secret: Uint8Array,
): Map<NodeIndex, Bytes> {
  const climbed = climb(suite, tree, nodeOfLeaf(own), secret)
  return wipingAfter([climbed.secrets], () => {
    const derived = publicKeysOf(suite, climbed)
    for (let i = 0; KEY * i < derived.length; i++) {
      const node = climbed.nodes[i]!
      if (!equalConstantTime(derived.subarray(KEY * i, KEY * (i + 1)), tree.key(node))) {
        throw new RejectedError('tree-mismatch', { node })
      }
    }
    return new Map(climbed.nodes.map((x, i) => [x, secretAt(climbed, i).slice() as Bytes]))
  })
}

/** An invited member's side. Nothing changes on errors; on success the prekey is erased. */
export function processSetup(party: Party, policy: Policy, { tbs, signature }: Setup): GroupState {
  const { suite, member, prekeys } = party
  const members = MemberList.parse(tbs.members)
  const count = members.count
  if (count < 2 || tbs.prekeyIds.length !== count - 1 || tbs.prekeys.length !== KEY * (count - 1)) {
    throw new RejectedError('inconsistent-lengths', { members: count, prekeys: tbs.prekeyIds.length })
  }
  checkMemberList(members, 'refused')
  const index = members.indexOf(member.identity)
  if (index <= INITIATOR) throw new RejectedError('not-a-member', { index })
  const initiator = members.at(INITIATOR)
  if (!party.authenticate(initiator)) throw new RejectedError('unknown-identity', { index: INITIATOR })
  if (!suite.signature.verify(initiator.sigKey, labeledContent(SETUP_LABEL, encode(SetupTBS, tbs)), signature)) {
    throw new RejectedError('invalid-signature', { sender: INITIATOR })
  }
  if (tbs.kx !== policy.kx) throw new RejectedError('policy-mismatch', { kx: tbs.kx })
  checkTreeKeys(tbs.tree, count)
  const own = leafIndex(index, leafCount(count))
  const { groupId, kx, suk } = tbs
  const prekeyId = tbs.prekeyIds[index - 1]!
  const prekey = tbs.prekeys.subarray(KEY * (index - 1), KEY * index)
  const tree = PublicTree.from(suite, tbs.tree)
  const exchanged = exchangeWithInviter(party, { kx, inviterKey: initiator.kxKey, suk, prekeyId, prekey })
  const secret = wipingAfter([exchanged], () => leafSecret(suite, exchanged, { groupId, index }))
  const secrets = wipingAfter([secret], () => ownSecrets(suite, tree, own, secret))
  const state = firstState(party, { groupId, policy }, { own, tree, members, secrets })
  prekeys.consume(prekeyId)
  return state
}
