/** RFC 9420 section 12.4.3.1, the committer: what is sent to those who are added, as often as it is needed while the commit waits. */
import { type SecretBytes, wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import type { FilteredPath } from '../tree/resolution.ts'
import { pathSecretFor } from './create-path.ts'
import type { Extension } from './extension.ts'
import { signGroupInfo } from './group-info-sign.ts'
import { encodeTree } from './group-tree.ts'
import { MLSMessage } from './message.ts'
import type { MemberState, Transition } from './transition.ts'
import { createWelcome } from './welcome-create.ts'

/** What a Welcome carries. */
export interface WelcomeContent {
  /** Whether the tree is in the Welcome, comes beside it, or is to be had elsewhere. */
  readonly ratchetTree: 'inside' | 'apart' | 'omitted'
  /** Of the group info. */
  readonly extensions: readonly Extension[]
}

/** What a Welcome is made of besides the commit: it is small, whereas a Welcome grows with the newcomers, and with the group by its tree. */
export interface Invitation extends WelcomeContent {
  readonly joinerSecret: SecretBytes
  readonly welcomeSecret: SecretBytes
  /** Where the commit has a path: from the bottom up, one after the other. */
  readonly pathSecrets: SecretBytes | undefined
  readonly path: FilteredPath | undefined
  /** Of the group info: the key and nonce that encrypt it do not change, so neither may it. */
  readonly signature: Uint8Array<ArrayBuffer>
}

/** What those who are added are sent. */
export interface Invited {
  readonly welcome: Uint8Array<ArrayBuffer>
  /** The tree, where it is to come beside the Welcome. */
  readonly ratchetTree: Uint8Array<ArrayBuffer> | undefined
}

/** An invitation that is not signed yet. */
export type InvitationDraft = Omit<Invitation, 'signature'> & Partial<Pick<Invitation, 'signature'>>

/** Forgets the secrets of an invitation. */
export function wipeInvitation(invitation: InvitationDraft | undefined): void {
  invitation?.joinerSecret.wipe()
  invitation?.welcomeSecret.wipe()
  invitation?.pathSecrets?.wipe()
}

/** Makes the Welcome for all whom a commit adds. Without a signature the group info is signed; it is returned. */
export function invite(
  state: Pick<MemberState, 'suite' | 'leaf' | 'signer'>,
  { staged, epoch, signer }: Pick<Transition, 'staged' | 'epoch' | 'signer'>,
  invitation: InvitationDraft,
): Invited & Pick<Invitation, 'signature'> {
  const { suite, leaf } = state
  const { path, pathSecrets, extensions, signature } = invitation
  const ratchetTree = invitation.ratchetTree === 'omitted' ? undefined : encodeTree(staged.tree.nodes)
  const groupInfo = signGroupInfo(suite, {
    context: epoch.context.context,
    confirmationTag: epoch.confirmationTag,
    leaf,
    signer: signer ?? state.signer,
    extensions,
    ratchetTree: invitation.ratchetTree === 'inside' ? ratchetTree : undefined,
    signature,
  })
  const secrets = path && staged.added.map(newLeaf => pathSecretFor(suite, path, pathSecrets!.bytes, newLeaf))
  const welcome = wipingAfter(secrets ?? [], () =>
    createWelcome(suite, {
      groupInfo,
      epoch: invitation,
      // copath-mls-12.4.1-02: everybody who is added
      joiners: staged.sorted.adds.map(({ keyPackage }) => keyPackage),
      pathSecrets: secrets,
      // copath-mls-8.4-03: those of the commit, in its order
      psks: staged.sorted.psks.map(({ id }) => id),
    }),
  )
  return {
    welcome: encode(MLSMessage, { wireFormat: 'mls_welcome', welcome }),
    ratchetTree: invitation.ratchetTree === 'apart' ? ratchetTree : undefined,
    signature: groupInfo.signature,
  }
}
