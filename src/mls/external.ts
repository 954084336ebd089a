/** RFC 9420 section 12.4.3.2, Joining via External Commits: in by one's own commit, made from a group info. */
import { copyOf } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { wipingAfter } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import type { LeafIndex } from '../tree/math.ts'
import { nodeOfLeaf } from '../tree/math.ts'
import { type Committer, checkOwnCommit, prepareCommitPath, signCommit } from './commit-create.ts'
import { checkEpoch, memberKey } from './commit-stage.ts'
import { ExternalPub, findExtension } from './extension.ts'
import type { GroupInfo } from './group-info.ts'
import type { GroupTree } from './group-tree.ts'
import { HeldKeys } from './held-keys.ts'
import type { JoinedGroup, WelcomeParts } from './join.ts'
import { type ClientDescription, defaultCapabilities } from './key-package-create.ts'
import { externalInitContext } from './key-schedule.ts'
import type { LeafNode } from './leaf-node.ts'
import { loadGroup, readGroupInfo } from './load-group.ts'
import { MLSMessage } from './message.ts'
import { stageProposals } from './proposal-apply.ts'
import { proposalRef } from './proposal-cache.ts'
import type { PublicState } from './proposal-checks.ts'
import { type ListedProposal, sortExternalProposals } from './proposal-list.ts'
import { freshPskId } from './proposal-request.ts'
import type { PreSharedKeyID } from './psk.ts'
import { protectPublic, unprotectPublic } from './public-protection.ts'
import { ExtensionType } from './registries.ts'
import { interimTranscriptHash } from './transcript-hash.ts'

/** What a client needs to join by an external commit. */
export interface ExternalParts
  extends Pick<WelcomeParts, 'suite' | 'settings' | 'ratchetTree' | 'findPsk' | 'isKnown'> {
  readonly client: ClientDescription
  /** The leaf of a former self that the commit removes. */
  readonly resync: LeafIndex | undefined
  readonly psks: readonly PreSharedKeyID[]
  /** Public messages in which members of this epoch remove themselves: the commit has to include them. */
  readonly selfRemoves: readonly Uint8Array[]
  readonly authenticatedData: Uint8Array
}

/** A newcomer's first state, to come into force when its commit is accepted. */
export interface ExternalJoin extends Omit<JoinedGroup, 'keyPackage' | 'secrets'> {
  readonly message: Uint8Array<ArrayBuffer>
}

/** A SelfRemove of the epoch by its leaf. Whoever is outside cannot check its membership tag, only its signature. */
function readSelfRemove(state: PublicState, bytes: Uint8Array): [number, ListedProposal] {
  const decoded = decode(MLSMessage, copyOf(bytes))
  const content = decoded.wireFormat === 'mls_public_message' ? decoded.publicMessage.content : undefined
  if (
    decoded.wireFormat !== 'mls_public_message' ||
    content?.contentType !== 'proposal' ||
    content.proposal.proposalType !== 'self_remove' ||
    content.sender.senderType !== 'member'
  ) {
    throw new RejectedError('unexpected-message', { expected: 'a public SelfRemove of a member' })
  }
  // copath-mls-12.1-01: it is of this epoch
  checkEpoch(state, content)
  const { leafIndex } = content.sender
  const protection = { suite: state.suite, groupContext: state.epoch.encoded, membershipKey: undefined }
  const signed = unprotectPublic(protection, decoded.publicMessage, () => memberKey(state, leafIndex))
  return [leafIndex, { proposal: content.proposal, sender: content.sender, ref: proposalRef(state.suite, signed) }]
}

/** The leaf of a newcomer, as far as it decides about it; the path signs it with everything else. */
function descriptionOf({ suite, client }: ExternalParts): LeafNode {
  const { credential, signer, leafExtensions = [] } = client
  const capabilities = client.capabilities ?? defaultCapabilities(suite, credential)
  return {
    encryptionKey: new Uint8Array(0),
    signatureKey: signer.publicKey,
    credential,
    capabilities,
    leafNodeSource: 'update',
    extensions: leafExtensions,
    signature: new Uint8Array(0),
  }
}

/** The proposals of the commit, in the order of the list. */
function listOf(state: PublicState, parts: ExternalParts, kemOutput: Uint8Array): ListedProposal[] {
  const sender = { senderType: 'new_member_commit' } as const
  const list: ListedProposal[] = [{ proposal: { proposalType: 'external_init', kemOutput }, sender }]
  const leaving = new Map(parts.selfRemoves.map(bytes => readSelfRemove(state, bytes)))
  // no Remove is valid beside the wish to leave
  if (parts.resync !== undefined && !leaving.has(parts.resync)) {
    list.push({ proposal: { proposalType: 'remove', removed: parts.resync }, sender })
  }
  for (const id of parts.psks) {
    list.push({ proposal: { proposalType: 'psk', psk: freshPskId(state.suite, id) }, sender })
  }
  return [...list, ...leaving.values()]
}

function commitTo(tree: GroupTree, state: PublicState, parts: ExternalParts, info: GroupInfo): ExternalJoin {
  const { suite, client, findPsk, authenticatedData } = parts
  const external = findExtension(info.extensions, ExtensionType.of.external_pub, ExternalPub)
  // copath-mls-12.4.3.2-03: only with the external key can one join by oneself
  if (external === undefined) throw new RejectedError('invalid-group-info', { rule: 'copath-mls-12.4.3.2-03' })
  // copath-mls-12.4.3.2-05: the new epoch goes on from this secret
  const { kemOutput, secret } = suite.hpke.sendExport(external.externalPub, externalInitContext(suite))
  return wipingAfter([secret], () => {
    const sorted = sortExternalProposals(listOf(state, parts, kemOutput))
    const staged = stageProposals(state, sorted, true)
    const leaf = staged.tree.makeRoom()
    const committer: Committer = { ...state, leaf, signer: client.signer, findPsk }
    const prepared = prepareCommitPath(committer, staged, { current: descriptionOf(parts) })
    try {
      checkOwnCommit(committer, staged, { prepared, external: true })
      const { signed, toBeSigned, epoch, derived } = signCommit(committer, staged, {
        prepared,
        sender: { senderType: 'new_member_commit' },
        framing: 'public',
        authenticatedData,
        initSecret: secret,
      })
      derived.joinerSecret.wipe()
      derived.welcomeSecret.wipe()
      const protection = { suite, groupContext: state.epoch.encoded, membershipKey: undefined }
      const publicMessage = protectPublic(protection, signed, toBeSigned)
      const message = encode(MLSMessage, { wireFormat: 'mls_public_message', publicMessage })
      const newKeys = prepared.newKeys()
      const held = new HeldKeys(leaf, newKeys.pairs.get(nodeOfLeaf(leaf))!)
      staged.tree.merge()
      held.adopt(newKeys, tree.store)
      return { tree, leaf, held, epoch, message }
    } finally {
      prepared.wipe()
    }
  })
}

/** Makes an external commit. The group is as it will be once the commit is accepted; if it is not, the state is dropped. */
export function joinByExternalCommit(message: Uint8Array, parts: ExternalParts): ExternalJoin {
  const { suite, settings } = parts
  const info = readGroupInfo(message)
  // copath-mls-12.4.3-03: the client is not in a group of that name
  if (parts.isKnown(info.groupContext.groupId)) {
    throw new RejectedError('invalid-group-info', { rule: 'copath-mls-12.4.3-03' })
  }
  const { tree, context } = loadGroup(parts, info, parts.ratchetTree)
  const { confirmedTranscriptHash } = info.groupContext
  const interim = interimTranscriptHash(suite, confirmedTranscriptHash, info.confirmationTag)
  const state: PublicState = { suite, tree, epoch: context, interimTranscriptHash: interim, settings }
  return commitTo(tree, state, parts, info)
}
