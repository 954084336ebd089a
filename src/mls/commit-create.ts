/** RFC 9420 section 12.4.1, Creating a Commit: everything that it makes, and nothing in force yet. */
import { wipe } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import type { LeafIndex } from '../tree/math.ts'
import { changesOf } from './changes.ts'
import type { Commit } from './commit.ts'
import { checkCommitPolicy, checkCommitterLeaf, isPathRequired, nextContext } from './commit-stage.ts'
import {
  contentToBeSigned,
  PRIVATE_MESSAGE,
  PUBLIC_MESSAGE,
  type SignedContent,
  signContent,
} from './content-signature.ts'
import { type LeafChanges, type PreparedPath, preparePath } from './create-path.ts'
import { Epoch } from './epoch.ts'
import type { FramedContent, Sender } from './framing.ts'
import { NewKeys } from './held-keys.ts'
import { type Invitation, type Invited, invite, type WelcomeContent, wipeInvitation } from './invitation.ts'
import { confirmationTag, externalKeyPair, type NewEpoch, wipeEpoch, zeroSecret } from './key-schedule.ts'
import type { LeafNode } from './leaf-node.ts'
import { MLSMessage } from './message.ts'
import { protectPrivate } from './private-protection.ts'
import { checkNewTree, type StagedProposals, stageProposals } from './proposal-apply.ts'
import type { PublicState } from './proposal-checks.ts'
import { type ListedProposal, type SortedProposals, sortProposals } from './proposal-list.ts'
import { protectPublic } from './public-protection.ts'
import type { PskSource } from './resumption.ts'
import { confirmedTranscriptHash, interimTranscriptHash } from './transcript-hash.ts'
import { deriveNext, type MemberState, replacedKeys, type Transition } from './transition.ts'

/** What a commit is made from. */
export interface CommitRequest {
  readonly list: readonly ListedProposal[]
  /** Whether to make a path where none is required. */
  readonly path: boolean
  /** What the committer's leaf says from now on. */
  readonly changes?: LeafChanges
  /** The signature key of the committer from now on. */
  readonly newSigner?: Signer
  readonly authenticatedData: Uint8Array
  readonly framing: 'public' | 'private'
  readonly welcome: WelcomeContent
}

/** A commit that has been made. */
export interface CreatedCommit {
  readonly signed: SignedContent
  readonly message: Uint8Array<ArrayBuffer>
  readonly transition: Transition
  /** Where the commit adds somebody. */
  readonly invitation: Invitation | undefined
}

/** Whoever makes a commit: a member, or somebody who joins by it. */
export interface Committer extends PublicState {
  readonly leaf: LeafIndex
  readonly signer: Signer
  readonly findPsk: PskSource
}

/** Signs content in the present epoch. */
export function signInEpoch(
  state: PublicState & Pick<Committer, 'signer'>,
  wireFormat: number,
  content: FramedContent,
): { readonly toBeSigned: Uint8Array; readonly signature: Uint8Array<ArrayBuffer> } {
  const toBeSigned = contentToBeSigned({ wireFormat, content }, state.epoch.encoded)
  return { toBeSigned, signature: signContent(state.suite, state.signer, toBeSigned) }
}

/** Puts signed content into a message. */
export function protect(state: MemberState, signed: SignedContent, toBeSigned: Uint8Array): Uint8Array<ArrayBuffer> {
  const { secrets, settings, leaf } = state
  if (signed.wireFormat === PUBLIC_MESSAGE) {
    const publicMessage = protectPublic(secrets.publicProtection, signed, toBeSigned)
    return encode(MLSMessage, { wireFormat: 'mls_public_message', publicMessage })
  }
  const { padding } = settings
  const privateMessage = protectPrivate(secrets.privateProtection, signed, { leaf, padding })
  return encode(MLSMessage, { wireFormat: 'mls_private_message', privateMessage })
}

/** Puts a fresh path for the committer into the staged tree. */
export function prepareCommitPath(
  state: Committer,
  staged: StagedProposals,
  {
    current,
    changes,
    newSigner,
  }: { current: LeafNode; changes?: LeafChanges | undefined; newSigner?: Signer | undefined },
): PreparedPath {
  const signer = newSigner ?? state.signer
  return preparePath(state.suite, staged.tree, {
    leaf: state.leaf,
    groupId: state.epoch.context.groupId,
    current,
    changes: { ...changes, signatureKey: signer.publicKey },
    signer,
    added: new Set<number>(staged.added),
  })
}

/** By value where there is no reference. */
function proposalsOf(list: readonly ListedProposal[]): Commit['proposals'] {
  return list.map(({ proposal, ref }) =>
    ref === undefined ? { type: 'proposal', proposal } : { type: 'reference', reference: ref },
  )
}

/** Section 8.3: the public key that external commits to an epoch are made with. */
export function externalPublicKey({ suite }: PublicState, epoch: Epoch): Uint8Array {
  const { privateKey, publicKey } = externalKeyPair(suite, epoch.secrets.external.bytes)
  wipe(privateKey)
  return publicKey
}

/** A commit as content, signed, and the epoch that follows from it. The caller owns the secrets. */
export interface SignedCommit {
  readonly signed: SignedContent
  readonly toBeSigned: Uint8Array
  readonly epoch: Epoch
  readonly derived: NewEpoch
}

/** Signs the commit of staged proposals and a path that is in the tree with them. */
export function signCommit(
  state: Committer,
  staged: StagedProposals,
  parts: {
    readonly prepared: PreparedPath | undefined
    readonly sender: Sender
    readonly framing: CommitRequest['framing']
    readonly authenticatedData: Uint8Array
    readonly initSecret: Uint8Array
  },
): SignedCommit {
  const { suite, settings } = state
  const { prepared, sender, authenticatedData, initSecret } = parts
  const { groupId, epoch: number, confirmedTranscriptHash: before } = state.epoch.context
  const path = prepared?.seal(staged.tree, nextContext(state, staged, before).encoded)
  const commit = { proposals: proposalsOf(staged.sorted.list), path }
  const content: FramedContent = { groupId, epoch: number, sender, authenticatedData, contentType: 'commit', commit }
  const wireFormat = parts.framing === 'public' ? PUBLIC_MESSAGE : PRIVATE_MESSAGE
  const { toBeSigned, signature } = signInEpoch(state, wireFormat, content)
  const confirmed = confirmedTranscriptHash(suite, state.interimTranscriptHash, { wireFormat, content, signature })
  const next = nextContext(state, staged, confirmed)
  const psks = staged.sorted.psks.map(({ id }) => id)
  const commitSecret = prepared?.commitSecret.bytes ?? zeroSecret(suite)
  const derived = deriveNext(state, next, { psks, commitSecret, initSecret })
  const tag = confirmationTag(suite, derived.secrets, confirmed)
  const epochParts = {
    context: next,
    secrets: derived.secrets,
    interimTranscriptHash: interimTranscriptHash(suite, confirmed, tag),
    confirmationTag: tag,
    leaves: staged.tree.leafCount,
  }
  const epoch = new Epoch(suite, epochParts, settings.ratchetLimits)
  return { signed: { wireFormat, content, auth: { signature, confirmationTag: tag } }, toBeSigned, epoch, derived }
}

/** The rules that hold for the committer's own commit as for those of others. */
export function checkOwnCommit(
  state: Committer,
  staged: StagedProposals,
  { prepared, external }: { prepared: PreparedPath | undefined; external: boolean },
): void {
  const by = { committer: state.leaf, external }
  if (prepared !== undefined) {
    const { leafNode } = prepared
    checkCommitterLeaf(state, staged, { leafNode, nodes: [] }, by)
    checkNewTree(staged, { leafNode, where: { leaf: state.leaf } })
  } else checkNewTree(staged, undefined)
  checkCommitPolicy(state, staged, by)
}

/** Makes a commit, and the Welcome for those whom it adds. The tree that it is staged on is dropped if the commit is. */
export function createCommit(
  state: MemberState,
  request: CommitRequest,
): { readonly created: CreatedCommit; readonly invited: Invited | undefined } {
  const sorted: SortedProposals = sortProposals(request.list, state.leaf)
  const staged = stageProposals(state, sorted, true)
  const { changes, newSigner } = request
  // copath-mls-12.4.1-01: with a path where one is required, whatever was asked for
  const withPath = request.path || (changes ?? newSigner) !== undefined || isPathRequired(request.list)
  const current = staged.tree.leafNode(state.leaf)!
  const prepared = withPath ? prepareCommitPath(state, staged, { current, changes, newSigner }) : undefined
  try {
    checkOwnCommit(state, staged, { prepared, external: false })
    const { framing, authenticatedData } = request
    const sender = { senderType: 'member', leafIndex: state.leaf } as const
    const initSecret = state.secrets.secrets.init.bytes
    const { signed, toBeSigned, epoch, derived } = signCommit(state, staged, {
      prepared,
      sender,
      framing,
      authenticatedData,
      initSecret,
    })
    const { joinerSecret, welcomeSecret } = derived
    const draft = {
      ...request.welcome,
      joinerSecret,
      welcomeSecret,
      path: prepared?.path,
      pathSecrets: prepared?.pathSecrets(),
    }
    try {
      const signer = request.newSigner
      const invited = staged.added.length > 0 ? invite(state, { staged, epoch, signer }, draft) : undefined
      const message = protect(state, signed, toBeSigned)
      const invitation = invited && { ...draft, signature: invited.signature }
      if (invitation === undefined) wipeInvitation(draft)
      const transition = transitionOf(state, staged, epoch, { prepared, request })
      return { created: { signed, message, transition, invitation }, invited }
    } catch (error) {
      wipeEpoch(derived.secrets)
      wipeInvitation(draft)
      throw error
    }
  } finally {
    prepared?.wipe()
  }
}

function transitionOf(
  state: MemberState,
  staged: StagedProposals,
  epoch: Epoch,
  { prepared, request }: { prepared: PreparedPath | undefined; request: CommitRequest },
): Transition {
  const committer: LeafIndex = state.leaf
  return {
    staged,
    authenticatedData: request.authenticatedData,
    committer,
    changes: changesOf(state, staged),
    replaced: replacedKeys(state, staged, committer),
    epoch,
    newKeys: prepared?.newKeys() ?? new NewKeys(new Map()),
    signer: request.newSigner,
  }
}
