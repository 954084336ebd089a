/** RFC 9420 section 12.1.8, External Proposals: what those who are not members send to a group. */
import { decode, encode } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { contentToBeSigned, PUBLIC_MESSAGE, signContent } from './content-signature.ts'
import type { FramedContent, Sender } from './framing.ts'
import { KeyPackage } from './key-package.ts'
import type { OwnKeyPackage } from './key-package-create.ts'
import { MLSMessage } from './message.ts'
import type { Proposal } from './proposal.ts'
import { checkProposalSender } from './proposal-checks.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Where a proposal goes: it counts in one epoch of one group. */
export interface Addressee {
  readonly groupId: Uint8Array
  readonly epoch: bigint
}

const EMPTY = new Uint8Array(0)

function send(
  suite: CipherSuite,
  signer: Signer,
  { groupId, epoch }: Addressee,
  { sender, proposal }: { readonly sender: Sender; readonly proposal: Proposal },
): Bytes {
  checkProposalSender(proposal, sender, {})
  const content: FramedContent = { groupId, epoch, sender, authenticatedData: EMPTY, contentType: 'proposal', proposal }
  // what outsiders sign does not include the group context, which they may not know
  const signature = signContent(suite, signer, contentToBeSigned({ wireFormat: PUBLIC_MESSAGE, content }, EMPTY))
  return encode(MLSMessage, { wireFormat: 'mls_public_message', publicMessage: { content, auth: { signature } } })
}

/** Asks to be added to a group. Its members decide, and one of them sends the Welcome. */
export function proposeToJoin(
  suite: CipherSuite,
  to: Addressee,
  { signer, keyPackage }: { readonly signer: Signer; readonly keyPackage: OwnKeyPackage },
): Bytes {
  const proposal = { proposalType: 'add', keyPackage: decode(KeyPackage, keyPackage.encoded) } as const
  return send(suite, signer, to, { sender: { senderType: 'new_member_proposal' }, proposal })
}

/** Proposes something as one of the external senders in the group context, of which this is the one with the given index. */
export function proposeFromOutside(
  suite: CipherSuite,
  to: Addressee,
  {
    signer,
    senderIndex,
    proposal,
  }: { readonly signer: Signer; readonly senderIndex: number; readonly proposal: Proposal },
): Bytes {
  return send(suite, signer, to, { sender: { senderType: 'external', senderIndex }, proposal })
}
