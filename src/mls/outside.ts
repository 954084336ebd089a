/** RFC 9420 section 12.1.8, External Proposals: what those who are not members send to a group. */
import { equalPublic } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import { decode, encode } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { contentToBeSigned, PUBLIC_MESSAGE, signContent } from './content-signature.ts'
import type { FramedContent, Sender } from './framing.ts'
import { type GroupConfig, settingsOf } from './group-config.ts'
import { KeyPackage } from './key-package.ts'
import { checkKeyPackages } from './key-package-checks.ts'
import type { OwnKeyPackage } from './key-package-create.ts'
import { MLSMessage } from './message.ts'
import type { Proposal } from './proposal.ts'
import { checkProposalSender, keyPackageRules } from './proposal-checks.ts'
import { freshPskId } from './proposal-request.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Where a proposal goes: it counts in one epoch of one group. */
export interface Addressee {
  readonly groupId: Uint8Array
  readonly epoch: bigint
}

/** Who proposes something from outside. */
export interface OutsideSender {
  readonly signer: Signer
  /** What time it is and who is who, for key packages that are sent. */
  readonly config?: GroupConfig
}

const EMPTY = new Uint8Array(0)

function send(
  suite: CipherSuite,
  { groupId, epoch }: Addressee,
  { signer, config = {}, sender, proposal }: OutsideSender & { readonly sender: Sender; readonly proposal: Proposal },
): Bytes {
  checkProposalSender(proposal, sender, {})
  // copath-mls-7.3-07: whoever sends a key package checks it
  if (proposal.proposalType === 'add') {
    checkKeyPackages(suite, [proposal.keyPackage], keyPackageRules(settingsOf(config), true))
  }
  const content: FramedContent = { groupId, epoch, sender, authenticatedData: EMPTY, contentType: 'proposal', proposal }
  // what outsiders sign does not include the group context, which they may not know
  const signature = signContent(suite, signer, contentToBeSigned({ wireFormat: PUBLIC_MESSAGE, content }, EMPTY))
  return encode(MLSMessage, { wireFormat: 'mls_public_message', publicMessage: { content, auth: { signature } } })
}

/** Asks to be added to a group. Its members decide, and one of them sends the Welcome. */
export function proposeToJoin(
  suite: CipherSuite,
  to: Addressee,
  { keyPackage, ...by }: OutsideSender & { readonly keyPackage: OwnKeyPackage },
): Bytes {
  // copath-mls-6.1-08: by the key that the group will find in the key package
  if (!equalPublic(by.signer.publicKey, keyPackage.keyPackage.leafNode.signatureKey)) {
    throw new UsageError('wrong-argument', { expected: 'the signer of the key package' })
  }
  const proposal = { proposalType: 'add', keyPackage: decode(KeyPackage, keyPackage.encoded) } as const
  return send(suite, to, { ...by, sender: { senderType: 'new_member_proposal' }, proposal })
}

/**
 * Proposes something as one of the external senders in the group context, of which this is the one with the given index. The nonce
 * of a pre-shared key is made anew.
 */
export function proposeFromOutside(
  suite: CipherSuite,
  to: Addressee,
  { senderIndex, proposal, ...by }: OutsideSender & { readonly senderIndex: number; readonly proposal: Proposal },
): Bytes {
  const sender = { senderType: 'external', senderIndex } as const
  if (proposal.proposalType !== 'psk') return send(suite, to, { ...by, sender, proposal })
  return send(suite, to, { ...by, sender, proposal: { ...proposal, psk: freshPskId(suite, proposal.psk) } })
}
