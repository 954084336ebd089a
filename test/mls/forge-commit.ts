/** Handshake messages against the rules, made by an insider: signatures, tags and secrets are right, only the content is not. */
import { concat, toHex } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import type { Signer } from '../../src/crypto/provider.ts'
import type { Commit } from '../../src/mls/commit.ts'
import { nextContext } from '../../src/mls/commit-stage.ts'
import { contentToBeSigned, PRIVATE_MESSAGE, PUBLIC_MESSAGE, signContent } from '../../src/mls/content-signature.ts'
import type { ContextExtensions } from '../../src/mls/epoch-context.ts'
import { ContentType, type FramedContent, FramedContentAuthData, type Sender } from '../../src/mls/framing.ts'
import type { Group } from '../../src/mls/group.ts'
import { cores, type GroupCore } from '../../src/mls/group-core.ts'
import type { StagedTree } from '../../src/mls/group-tree.ts'
import {
  confirmationTag,
  deriveEpoch,
  externalInitContext,
  externalKeyPair,
  zeroSecret,
} from '../../src/mls/key-schedule.ts'
import type { LeafNode } from '../../src/mls/leaf-node.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { protectPrivate } from '../../src/mls/private-protection.ts'
import type { Proposal } from '../../src/mls/proposal.ts'
import { mixPsks } from '../../src/mls/resumption.ts'
import { confirmedTranscriptHash } from '../../src/mls/transcript-hash.ts'
import type { UpdatePath } from '../../src/mls/update-path.ts'
import type { LeafIndex } from '../../src/tree/math.ts'
import { forgePath, type PathForgery } from './forge-path.ts'
import type { TestClient } from './group-world.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** The state behind a group. */
export function coreOf(group: Group): GroupCore {
  return cores.get(group)!
}

/** What a forger may choose about a message. */
export interface Framing {
  readonly sender?: Sender
  readonly signer?: Signer
  readonly groupId?: Uint8Array
  readonly epoch?: bigint
  readonly membershipTag?: Uint8Array
  readonly authenticatedData?: Uint8Array
  /** Encrypted by the keys of the forger's leaf. */
  readonly isPrivate?: boolean
}

function frame(core: GroupCore, framing: Framing, content: Pick<FramedContent, never>): FramedContent {
  const { context } = core.epoch.context
  return {
    groupId: framing.groupId ?? context.groupId,
    epoch: framing.epoch ?? context.epoch,
    sender: framing.sender ?? { senderType: 'member', leafIndex: core.leaf },
    authenticatedData: framing.authenticatedData ?? new Uint8Array(0),
    ...content,
  } as FramedContent
}

/** Signs content and puts it into a message; `tag` makes the confirmation tag from the signature. */
export function forgeContent(
  core: GroupCore,
  framing: Framing,
  body: object,
  tag?: (content: FramedContent, signature: Uint8Array) => Uint8Array,
): Bytes {
  const content = frame(core, framing, body as Pick<FramedContent, never>)
  const wireFormat = framing.isPrivate === true ? PRIVATE_MESSAGE : PUBLIC_MESSAGE
  const toBeSigned = contentToBeSigned({ wireFormat, content }, core.epoch.context.encoded)
  const signature = signContent(core.suite, framing.signer ?? core.signer, toBeSigned)
  const auth: FramedContentAuthData =
    tag === undefined ? { signature } : { signature, confirmationTag: tag(content, signature) }
  if (wireFormat === PRIVATE_MESSAGE) {
    const { leaf, settings } = core
    const signed = { wireFormat, content, auth }
    const privateMessage = protectPrivate(core.epoch.privateProtection, signed, { leaf, padding: settings.padding })
    return encode(MLSMessage, { wireFormat: 'mls_private_message', privateMessage })
  }
  const isMember = content.sender.senderType === 'member'
  const tbm = concat(toBeSigned, encode(FramedContentAuthData, auth, ContentType.is(content.contentType)))
  const right = isMember ? core.suite.kdf.hmac(core.epoch.secrets.membershipKey.bytes, tbm) : undefined
  const membershipTag = framing.membershipTag ?? right
  const publicMessage = { content, auth, ...(membershipTag === undefined ? {} : { membershipTag }) }
  return encode(MLSMessage, { wireFormat: 'mls_public_message', publicMessage })
}

/** A proposal as it would arrive. */
export function forgeProposal(group: Group, proposal: Proposal, framing: Framing = {}): Bytes {
  return forgeContent(coreOf(group), framing, { contentType: 'proposal', proposal })
}

/** What a forger may choose about a commit. */
export interface Forgery extends Framing {
  /** Proposals by value, or references. */
  readonly proposals: readonly (Proposal | Uint8Array)[]
  /** Those that references stand for, with who sent them, so that the forger's tree is right. */
  readonly referenced?: readonly { readonly proposal: Proposal; readonly sender: number }[]
  readonly path?: boolean
  readonly leaf?: Partial<LeafNode>
  readonly leafSigner?: Signer
  /** Changes the path when it is made: tree hashes and tags are made from it as it is. */
  readonly pathForgery?: PathForgery
  /** Changes the path after all has been made from it. */
  readonly tamper?: (path: UpdatePath) => UpdatePath
  readonly confirmationTag?: Uint8Array
  readonly initSecret?: Uint8Array
}

/** Applies proposals as an honest member would, without asking whether it may. */
function applyNaively(
  core: GroupCore,
  tree: StagedTree,
  { proposals, referenced = [] }: Forgery,
): ContextExtensions & { added: Set<number> } {
  const all = [
    ...proposals
      .filter(entry => !(entry instanceof Uint8Array))
      .map(proposal => ({ proposal: proposal as Proposal, sender: core.leaf as number })),
    ...referenced,
  ]
  let meaning: ContextExtensions = core.epoch.context
  const added = new Set<number>()
  const ofType = (type: Proposal['proposalType']) => all.filter(({ proposal }) => proposal.proposalType === type)
  for (const { proposal } of ofType('group_context_extensions')) {
    if ('extensions' in proposal) meaning = { ...meaning, extensions: proposal.extensions }
  }
  const isThere = (leaf: number): boolean => tree.leafNode(leaf as LeafIndex) !== undefined
  for (const { proposal, sender } of ofType('update')) {
    if (proposal.proposalType === 'update' && isThere(sender)) tree.update(sender as LeafIndex, proposal.leafNode)
  }
  for (const { proposal } of ofType('remove')) {
    if (proposal.proposalType === 'remove' && isThere(proposal.removed)) tree.remove(proposal.removed as LeafIndex)
  }
  for (const { proposal } of ofType('add')) {
    if (proposal.proposalType === 'add') added.add(tree.add(proposal.keyPackage.leafNode))
  }
  return { ...meaning, added }
}

/** The pre-shared keys of a commit by value; as if there were none where one of them is not known. */
function pskSecretOf({ suite, state }: GroupCore, { proposals }: Forgery): Uint8Array {
  const ids = proposals.flatMap(entry =>
    !(entry instanceof Uint8Array) && entry.proposalType === 'psk' ? [entry.psk] : [],
  )
  try {
    return mixPsks(suite, ids, state.findPsk)
  } catch {
    return zeroSecret(suite)
  }
}

/** A commit as it would arrive, everything in it consistent but for what was chosen. */
export function forgeCommit(group: Group, forgery: Forgery): Bytes {
  const core = coreOf(group)
  const { suite, state } = core
  const tree = core.tree.stage()
  const meaning = applyNaively(core, tree, forgery)
  const committer = forgery.sender?.senderType === 'new_member_commit' ? tree.makeRoom() : core.leaf
  const withPath = forgery.path ?? true
  const signer = forgery.leafSigner ?? forgery.signer ?? core.signer
  const current = tree.leafNode(core.leaf) ?? core.tree.leafNode(core.leaf)!
  const prepared = withPath
    ? forgePath(
        suite,
        tree,
        {
          leaf: committer,
          groupId: core.groupId,
          current: { ...current, ...forgery.leaf } as LeafNode,
          changes: { signatureKey: signer.publicKey },
          signer,
          added: meaning.added,
        },
        forgery.pathForgery,
      )
    : undefined
  const staged = { tree, meaning }
  const provisional = nextContext(state, staged, core.epoch.context.context.confirmedTranscriptHash).encoded
  const sealed = prepared?.seal(provisional)
  const path = sealed && (forgery.tamper ?? (same => same))(sealed)
  const proposals = forgery.proposals.map(entry =>
    entry instanceof Uint8Array ? { type: 'reference', reference: entry } : { type: 'proposal', proposal: entry },
  ) as Commit['proposals']
  const commit: Commit = { proposals, path }
  return forgeContent(core, forgery, { contentType: 'commit', commit }, (content, signature) => {
    if (forgery.confirmationTag !== undefined) return forgery.confirmationTag
    const wireFormat = forgery.isPrivate === true ? PRIVATE_MESSAGE : PUBLIC_MESSAGE
    const transcribed = { wireFormat, content, signature }
    const confirmed = confirmedTranscriptHash(suite, core.epoch.interimTranscriptHash, transcribed)
    const { secrets } = deriveEpoch(suite, {
      initSecret: forgery.initSecret ?? core.epoch.secrets.init.bytes,
      commitSecret: prepared?.commitSecret ?? zeroSecret(suite),
      pskSecret: pskSecretOf(core, forgery),
      groupContext: nextContext(state, staged, confirmed).encoded,
    })
    return confirmationTag(suite, secrets, confirmed)
  })
}

/** Everything of a state, to the byte: equal before and after whatever is refused. */
export function fingerprint(group: Group): string {
  return toHex(group.save())
}

/** An external commit whose secrets are right unless others are given, so that all of its checks are met. */
export function forgeExternalCommit(group: Group, joiner: TestClient, forgery: Partial<Forgery> = {}): Bytes {
  const { suite, epoch } = coreOf(group)
  const { publicKey } = externalKeyPair(suite, epoch.secrets.external.bytes)
  const { kemOutput, secret } = suite.hpke.sendExport(publicKey, externalInitContext(suite))
  const { credential, capabilities } = joiner.description
  return forgeCommit(group, {
    proposals: [{ proposalType: 'external_init', kemOutput }],
    sender: { senderType: 'new_member_commit' },
    signer: joiner.signer,
    leaf: { credential, capabilities: capabilities!, extensions: [] },
    initSecret: secret,
    ...forgery,
  })
}
