/** Vectors of whole groups: Welcomes, passive clients, protected messages, and every structure that travels. */
import { toHex, utf8 } from '../../../base/bytes.ts'
import { decode, encode } from '../../../codec/codec.ts'
import { Commit } from '../../../mls/commit.ts'
import { contentToBeSigned, PRIVATE_MESSAGE, PUBLIC_MESSAGE, signContent } from '../../../mls/content-signature.ts'
import type { FramedContent } from '../../../mls/framing.ts'
import type { Group } from '../../../mls/group.ts'
import { GroupContext } from '../../../mls/group-context.ts'
import { MLSMessage } from '../../../mls/message.ts'
import { padToMultiple } from '../../../mls/padding.ts'
import { protectPrivate } from '../../../mls/private-protection.ts'
import {
  Add,
  ExternalInit,
  GroupContextExtensions,
  PreSharedKey,
  Proposal,
  ReInit,
  Remove,
  Update,
} from '../../../mls/proposal.ts'
import { protectPublic } from '../../../mls/public-protection.ts'
import { SecretTree } from '../../../mls/secret-tree.ts'
import { GroupSecrets } from '../../../mls/welcome.ts'
import { GroupWorld } from './group-world.ts'
import { keyPackageHex, type Maker, type VectorCase } from './maker.ts'

/** What a case of a passive client lets happen. */
interface Plan {
  /** Members before the client is added. */
  readonly members: number
  /** Others that are added with it. */
  readonly beside: number
  readonly epochs: number
  readonly tree: 'inside' | 'apart'
  readonly path: boolean
  readonly psks: boolean
}

function passive(maker: Maker, plan: Plan): VectorCase {
  const world = new GroupWorld(maker)
  for (let members = 1; members < plan.members; members++) world.commit([], [world.newcomer()])
  const newcomer = world.newcomer()
  const beside = Array.from({ length: plan.beside }, () => world.newcomer())
  const requests = plan.psks ? world.requests(true).filter(({ type }) => type === 'external_psk') : []
  const { invitation } = world.commit(requests, [newcomer, ...beside], { ratchetTree: plan.tree, path: plan.path })
  world.listen(newcomer)
  const initial = toHex(world.passive.epochAuthenticator())
  world.takeProposals()
  const epochs = Array.from({ length: plan.epochs }, () => follow(world))
  const { own, client } = newcomer
  return {
    cipher_suite: maker.suite.id,
    external_psks: world.externalPsks(),
    key_package: keyPackageHex(own),
    signature_priv: toHex(client.signaturePrivateKey),
    encryption_priv: toHex(own.leafKeys.privateKey),
    init_priv: toHex(own.initKeys.privateKey),
    welcome: toHex(invitation!.welcome),
    ratchet_tree: invitation!.ratchetTree === undefined ? null : toHex(invitation!.ratchetTree),
    initial_epoch_authenticator: initial,
    epochs,
  }
}

/** One more epoch, as the client sees it. */
function follow(world: GroupWorld): VectorCase {
  const { draws } = world.maker
  const commit = draws.chance(0.2) ? world.joinFromOutside() : commitOf(world)
  return {
    proposals: world.takeProposals(),
    commit: toHex(commit),
    epoch_authenticator: toHex(world.passive.epochAuthenticator()),
  }
}

function commitOf(world: GroupWorld): Uint8Array {
  const { draws } = world.maker
  const adding = draws.chance(0.5)
  const waiting = world.propose(adding)
  const newcomers = adding && draws.chance(0.5) ? [...waiting, world.newcomer()] : waiting
  return world.commit(world.requests(adding), newcomers, { path: draws.chance(0.8) }).commit
}

export function passiveWelcome(maker: Maker): VectorCase[] {
  return ([1, 2, 5] as const).flatMap(members =>
    (['inside', 'apart'] as const).map((tree, i) =>
      passive(maker, { members, beside: members - 1, epochs: 0, tree, path: i === 0, psks: members > 1 }),
    ),
  )
}

export function passiveCommits(maker: Maker): VectorCase[] {
  return [3, 4, 6].map((members, i) =>
    passive(maker, { members, beside: 1, epochs: 2, tree: i === 1 ? 'apart' : 'inside', path: i !== 2, psks: false }),
  )
}

export function passiveRandom(maker: Maker): VectorCase[] {
  return [passive(maker, { members: 5, beside: 2, epochs: 20, tree: 'inside', path: true, psks: true })]
}

export function welcomes(maker: Maker): VectorCase[] {
  return [1, 4].map(members => {
    const world = new GroupWorld(maker)
    for (let count = 1; count < members; count++) world.commit([], [world.newcomer()])
    const [newcomer, other] = [world.newcomer(), world.newcomer()]
    const { invitation } = world.commit([], [other, newcomer])
    const { committer, welcome } = invitation!
    return {
      cipher_suite: maker.suite.id,
      init_priv: toHex(newcomer.own.initKeys.privateKey),
      signer_pub: toHex(committer.member(committer.leaf)!.signatureKey),
      key_package: keyPackageHex(newcomer.own),
      welcome: toHex(welcome),
    }
  })
}

const LEAF = 1

export function messageProtection(maker: Maker): VectorCase[] {
  const { suite, draws } = maker
  const [groupId, epoch] = [maker.bytes(draws.between(1, 40)), BigInt(draws.between(0, 2 ** 48))]
  const [treeHash, confirmedTranscriptHash] = [maker.bytes(suite.hash.length), maker.bytes(suite.hash.length)]
  const [membershipKey, senderDataSecret, encryptionSecret] = [maker.secret(), maker.secret(), maker.secret()]
  const context = { cipherSuite: suite.id, groupId, epoch, treeHash, confirmedTranscriptHash, extensions: [] }
  const groupContext = encode(GroupContext, context)
  const privateKey = suite.generateSignatureKey()
  const signer = suite.signature.signer(privateKey)
  const proposal: Proposal = { proposalType: 'remove', removed: draws.between(0, 99) }
  const commit: Commit = { proposals: [{ type: 'proposal', proposal }], path: undefined }
  const applicationData = maker.bytes(draws.between(0, 80))
  const own = {
    groupId,
    epoch,
    sender: { senderType: 'member', leafIndex: LEAF },
    authenticatedData: maker.bytes(draws.between(0, 20)),
  } as const
  const contents: FramedContent[] = [
    { ...own, contentType: 'proposal', proposal },
    { ...own, contentType: 'commit', commit },
    { ...own, contentType: 'application', applicationData },
  ]
  const signed = (content: FramedContent, wireFormat: number) => {
    const toBeSigned = contentToBeSigned({ wireFormat, content }, groupContext)
    const signature = signContent(suite, signer, toBeSigned)
    const confirmationTag = maker.bytes(suite.hash.length)
    const auth = content.contentType === 'commit' ? { signature, confirmationTag } : { signature }
    return { signed: { wireFormat, content, auth }, toBeSigned }
  }
  const messages = contents.flatMap(content => {
    const secretTree = new SecretTree(suite, encryptionSecret, 2)
    const protection = { suite, groupContext, senderDataSecret, secretTree }
    const options = { leaf: LEAF, padding: padToMultiple(32) }
    const privateMessage = protectPrivate(protection, signed(content, PRIVATE_MESSAGE).signed, options)
    const priv = encode(MLSMessage, { wireFormat: 'mls_private_message', privateMessage })
    const name = content.contentType
    if (name === 'application') return [[`${name}_priv`, toHex(priv)]]
    const pub = signed(content, PUBLIC_MESSAGE)
    const publicMessage = protectPublic({ suite, groupContext, membershipKey }, pub.signed, pub.toBeSigned)
    const encoded = encode(MLSMessage, { wireFormat: 'mls_public_message', publicMessage })
    return [
      [`${name}_priv`, toHex(priv)],
      [`${name}_pub`, toHex(encoded)],
    ]
  })
  return [
    {
      cipher_suite: suite.id,
      group_id: toHex(groupId),
      epoch: Number(epoch),
      tree_hash: toHex(treeHash),
      confirmed_transcript_hash: toHex(confirmedTranscriptHash),
      signature_priv: toHex(privateKey),
      signature_pub: toHex(signer.publicKey),
      encryption_secret: toHex(encryptionSecret),
      sender_data_secret: toHex(senderDataSecret),
      membership_key: toHex(membershipKey),
      proposal: toHex(encode(Proposal, proposal)),
      commit: toHex(encode(Commit, commit)),
      application: toHex(applicationData),
      ...Object.fromEntries(messages),
    },
  ]
}

export function messages(maker: Maker): VectorCase[] {
  return [2, 5].map(members => messagesOf(maker, members))
}

function messagesOf(maker: Maker, members: number): VectorCase {
  const { suite, draws } = maker
  const world = new GroupWorld(maker, ['public'])
  for (let count = 1; count < members; count++) world.commit([], [world.newcomer()])
  const newcomer = world.newcomer()
  const { commit, invitation } = world.commit(world.requests(true), [newcomer])
  const group: Group = world.one()
  const reading = decode(MLSMessage, commit)
  if (reading.wireFormat !== 'mls_public_message' || reading.publicMessage.content.contentType !== 'commit') {
    throw new Error('a commit of a public group is a public message')
  }
  const { content } = reading.publicMessage
  const updating = world.one()
  const update = updating.propose({ type: 'update' })
  const { proposal } = updating.proposals[0]!
  if (proposal.proposalType !== 'update') throw new Error('an update is what was proposed')
  const psk = {
    psktype: 'resumption',
    usage: draws.pick(['application', 'reinit', 'branch'] as const),
    pskGroupId: maker.bytes(draws.between(0, 20)),
    pskEpoch: BigInt(draws.between(0, 2 ** 40)),
    pskNonce: maker.secret(),
  } as const
  const { groupId, epoch } = group
  const application = {
    content: {
      groupId,
      epoch,
      sender: { senderType: 'member', leafIndex: group.leaf },
      authenticatedData: utf8('in the clear'),
      contentType: 'application',
      applicationData: maker.bytes(draws.between(0, 40)),
    },
    auth: { signature: maker.bytes(64) },
    membershipTag: maker.secret(),
  } as const
  const message = encode(MLSMessage, { wireFormat: 'mls_public_message', publicMessage: application })
  const pathSecret = draws.chance(0.5) ? { pathSecret: maker.secret() } : undefined
  const speaker = world.groups.find(other => other.proposals.length === 0)!
  return {
    mls_welcome: toHex(invitation!.welcome),
    mls_group_info: toHex(group.groupInfo()),
    mls_key_package: keyPackageHex(newcomer.own),
    ratchet_tree: toHex(group.ratchetTree()),
    group_secrets: toHex(encode(GroupSecrets, { joinerSecret: maker.secret(), pathSecret, psks: [psk] })),
    add_proposal: toHex(encode(Add, { keyPackage: newcomer.own.keyPackage })),
    update_proposal: toHex(encode(Update, { leafNode: proposal.leafNode })),
    remove_proposal: toHex(encode(Remove, { removed: draws.between(0, 2 ** 31) })),
    pre_shared_key_proposal: toHex(encode(PreSharedKey, { psk })),
    re_init_proposal: toHex(
      encode(ReInit, { groupId, version: 1, cipherSuite: suite.id, extensions: [maker.extension()] }),
    ),
    external_init_proposal: toHex(encode(ExternalInit, { kemOutput: maker.bytes(suite.kem.publicKeyLength) })),
    group_context_extensions_proposal: toHex(encode(GroupContextExtensions, { extensions: group.extensions })),
    commit: toHex(encode(Commit, content.commit)),
    public_message_application: toHex(message),
    public_message_proposal: toHex(update),
    public_message_commit: toHex(commit),
    private_message: toHex(speaker.encrypt(maker.bytes(draws.between(0, 40)))),
  }
}
