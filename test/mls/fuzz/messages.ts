/** Messages of an insider who signs, tags and encrypts as it should be done, over content that is not as it should be. */
import { concat, equalPublic } from '../../../src/base/bytes.ts'
import { decode, encode } from '../../../src/codec/codec.ts'
import { contentToBeSigned, PRIVATE_MESSAGE, signContent } from '../../../src/mls/content-signature.ts'
import type { Sender } from '../../../src/mls/framing.ts'
import { ContentType, FramedContent } from '../../../src/mls/framing.ts'
import { Group } from '../../../src/mls/group.ts'
import { signLeaf } from '../../../src/mls/leaf-signature.ts'
import { MLSMessage } from '../../../src/mls/message.ts'
import {
  PrivateContentAAD,
  type PrivateMessage,
  PrivateMessageContent,
  SenderData,
  SenderDataAAD,
} from '../../../src/mls/private-message.ts'
import type { Proposal } from '../../../src/mls/proposal.ts'
import { proposalRef } from '../../../src/mls/proposal-cache.ts'
import type { UpdatePath } from '../../../src/mls/update-path.ts'
import { coreOf, type Framing, forgeCommit, forgeContent, forgeProposal } from '../forge-commit.ts'
import { WRONG_PATHS } from '../forged-paths.ts'
import { NOW, TestClient } from '../group-world.ts'
import { aProposal, forgeLeaf } from './forgers.ts'
import type { Bench } from './judge.ts'
import { mutate, type Tape } from './mutate.ts'

export interface Forged {
  readonly message: Uint8Array
  readonly isPublic: boolean
  /** Whether it lies about something that everybody has to notice. */
  readonly isBad?: boolean
  /** What is wrong with its path, from the start. */
  readonly path?: string
}

const at = <T>(change: boolean, value: T): T | undefined => (change ? value : undefined)

/** Framing that says something else than the truth now and then. */
function aFraming(tape: Tape, { mallory }: Bench): Framing {
  const framing: { -readonly [Name in keyof Framing]: Framing[Name] } = {}
  const senders: readonly Sender[] = [
    { senderType: 'member', leafIndex: tape.below(9) },
    { senderType: 'external', senderIndex: tape.below(2) },
    { senderType: 'new_member_proposal' },
    { senderType: 'new_member_commit' },
  ]
  const sender = at(tape.chance(10), tape.pick(senders))
  if (sender !== undefined) framing.sender = sender
  if (tape.chance(25)) framing.epoch = mallory.epoch + tape.pick([1n, -1n, 2n ** 64n - 1n - mallory.epoch])
  if (tape.chance(25)) framing.groupId = mutate(tape, [mallory.groupId])[0]!
  if (tape.chance(10)) framing.authenticatedData = new Uint8Array(tape.below(70))
  if (tape.chance(8)) framing.membershipTag = new Uint8Array(tape.pick([0, 31, 32, 33]))
  if (sender === undefined && tape.chance(3)) framing.isPrivate = true
  return framing
}

/** A wrong tag, epoch or group is never taken in; nobody looks at a membership tag of those who are not members. */
function isBadly({ epoch, groupId, membershipTag, isPrivate, sender }: Framing, { mallory }: Bench): boolean {
  const isTagged = membershipTag !== undefined && isPrivate !== true && (sender?.senderType ?? 'member') === 'member'
  const isElsewhere = groupId !== undefined && !equalPublic(groupId, mallory.groupId)
  return isTagged || isElsewhere || (epoch !== undefined && epoch !== mallory.epoch)
}

export function forgedProposal(tape: Tape, bench: Bench): Forged {
  const framing = aFraming(tape, bench)
  const message = forgeProposal(bench.mallory, aProposal(tape, bench.mallory, 100 + tape.below(50)), framing)
  return { message, isPublic: framing.isPrivate !== true, isBad: isBadly(framing, bench) }
}

/** A proposal that everybody has, with its reference, for commits to refer to. */
export function knownProposal(tape: Tape, bench: Bench): { message: Uint8Array; ref: Uint8Array; proposal: Proposal } {
  const proposal = aProposal(tape, bench.mallory, 200 + tape.below(50))
  const message = forgeProposal(bench.mallory, proposal)
  const decoded = decode(MLSMessage, message)
  if (decoded.wireFormat !== 'mls_public_message') throw new Error('a public message')
  const { content, auth } = decoded.publicMessage
  return { message, ref: proposalRef(bench.mallory.suite, { wireFormat: 1, content, auth }), proposal }
}

type Known = ReturnType<typeof knownProposal>

export function forgedCommit(tape: Tape, bench: Bench, known: readonly Known[]): Forged {
  const { mallory } = bench
  const framing = aFraming(tape, bench)
  const byValue = Array.from({ length: tape.below(4) }, () => aProposal(tape, mallory, 100 + tape.below(50)))
  const referenced = known.filter(() => tape.chance(2))
  const refs = referenced.map(({ ref }) => (tape.chance(12) ? mutate(tape, [ref])[0]! : ref))
  const hasPath = !tape.chance(5)
  const wrong = hasPath && tape.chance(2) ? tape.pick(Object.keys(WRONG_PATHS)) : undefined
  const { forgery: pathForgery, isSecret = false } = (wrong === undefined ? undefined : WRONG_PATHS[wrong]) ?? {}
  const needsPath = [...byValue, ...referenced.map(({ proposal }) => proposal)].every(
    ({ proposalType }) => proposalType !== 'add' && proposalType !== 'psk' && proposalType !== 'reinit',
  )
  const message = forgeCommit(mallory, {
    ...framing,
    proposals: [...byValue, ...refs],
    referenced: referenced.map(({ proposal }) => ({ proposal, sender: mallory.leaf })),
    path: hasPath,
    ...(pathForgery === undefined ? {} : { pathForgery }),
    ...(wrong === undefined && tape.chance(3) ? { tamper: (path: UpdatePath) => forgedPath(tape, bench, path) } : {}),
    ...(tape.chance(5) ? { leaf: mutate(tape, coreOf(mallory).tree.leafNode(mallory.leaf)!) } : {}),
    ...(tape.chance(20) ? { confirmationTag: new Uint8Array(tape.pick([0, 31, 32, 33])) } : {}),
  })
  // whoever is removed does not look at secrets
  const isWrong = wrong !== undefined && !isSecret
  const isBad = (needsPath && !hasPath) || isWrong || isBadly(framing, bench)
  return { message, isPublic: framing.isPrivate !== true, isBad, ...(wrong === undefined ? {} : { path: wrong }) }
}

/** An update path changed; half the time its leaf is signed again, parent hash and all. */
function forgedPath(tape: Tape, { mallory }: Bench, path: UpdatePath): UpdatePath {
  if (tape.chance(2)) return mutate(tape, path)
  const { suite, signer, groupId, leaf } = coreOf(mallory)
  if (tape.chance(2) && path.leafNode.leafNodeSource === 'commit') {
    const leafNode = { ...path.leafNode, parentHash: mutate(tape, [path.leafNode.parentHash])[0]! }
    return { ...path, leafNode: signLeaf(suite, signer, leafNode, { groupId, leafIndex: leaf }) }
  }
  return {
    ...path,
    leafNode: forgeLeaf(tape, suite, { leaf: path.leafNode, signer, place: { groupId, leafIndex: leaf } }),
  }
}

/** The content of an honest message changed anywhere, and signed again with the tags that it had. */
export function changedContent(tape: Tape, { mallory, others }: Bench): Forged {
  const outsider = new TestClient(mallory.suite, 300)
  const isExternal = tape.chance(3)
  let honest: Uint8Array
  if (isExternal) {
    const former = tape.chance(3) ? { resync: others[0]!.leaf } : {}
    const { description, suite } = outsider
    honest = Group.externalJoin({
      ...description,
      suite,
      config: { clock: () => NOW },
      groupInfo: mallory.groupInfo(),
      ...former,
    }).commit
  } else {
    honest = mallory.commit([outsider.add(), { type: 'remove', leaf: 4 }]).commit
    mallory.reject()
  }
  const decoded = decode(MLSMessage, honest)
  if (decoded.wireFormat !== 'mls_public_message') throw new Error('a public message')
  const { content, auth } = decoded.publicMessage
  const changed: FramedContent = decode(FramedContent, encode(FramedContent, mutate(tape, content)))
  const { sender, groupId, epoch, authenticatedData, ...body } = changed
  const signer = isExternal ? outsider.signer : coreOf(mallory).signer
  const framing = { sender, groupId, epoch, authenticatedData, signer }
  const { confirmationTag } = auth as { confirmationTag?: Uint8Array }
  const tag = changed.contentType === 'commit' ? () => confirmationTag! : undefined
  return { message: forgeContent(coreOf(mallory), framing, body, tag), isPublic: true }
}

/** A private message changed beneath its encryption: its padding, its content, where it says to come from. */
export function changedPrivate(tape: Tape, { mallory }: Bench): Forged {
  const core = coreOf(mallory)
  const { suite, groupId } = core
  const { groupContext, senderDataSecret, secretTree } = core.epoch.privateProtection
  const contentType = tape.pick(['application', 'application', 'proposal', 'commit'] as const)
  const sender = { senderType: 'member', leafIndex: core.leaf } as const
  const framed = { groupId, epoch: mallory.epoch, sender, authenticatedData: new Uint8Array(tape.below(3)) }
  const proposal = aProposal(tape, mallory, 400)
  const body = {
    application: { contentType: 'application', applicationData: new Uint8Array(tape.below(50)) },
    proposal: { contentType: 'proposal', proposal },
    commit: { contentType: 'commit', commit: { proposals: [{ type: 'proposal', proposal }], path: undefined } },
  } as const
  const content = { ...framed, ...body[contentType] } as FramedContent
  const signature = signContent(
    suite,
    core.signer,
    contentToBeSigned({ wireFormat: PRIVATE_MESSAGE, content }, groupContext),
  )
  const auth = contentType === 'commit' ? { signature, confirmationTag: new Uint8Array(32) } : { signature }
  const given = ContentType.is(contentType)
  const plaintext = encode(
    PrivateMessageContent,
    { ...content, auth, padding: tape.below(20) } as PrivateMessageContent,
    given,
  )
  const padded = tape.chance(3) ? concat(plaintext, Uint8Array.of(0, tape.below(2), 0)) : plaintext
  const { generation, key, nonce } = secretTree.next(
    core.leaf,
    contentType === 'application' ? 'application' : 'handshake',
  )
  const honest = { leafIndex: core.leaf, generation, reuseGuard: new Uint8Array(4) }
  const senderData = tape.chance(3) ? mutate(tape, honest) : honest
  const envelope = { ...framed, contentType }
  const ciphertext = suite.aead.seal(
    key,
    nonce,
    encode(PrivateContentAAD, envelope),
    tape.chance(3) ? mutate(tape, [padded])[0]! : padded,
  )
  const sample = ciphertext.subarray(0, suite.kdf.length)
  const derive = (label: string, length: number) =>
    suite.labels.expandWithLabel(senderDataSecret, label, sample, length)
  const encryptedSenderData = suite.aead.seal(
    derive('key', suite.aead.keyLength),
    derive('nonce', suite.aead.nonceLength),
    encode(SenderDataAAD, envelope),
    encode(SenderData, senderData),
  )
  const privateMessage: PrivateMessage = { ...envelope, encryptedSenderData, ciphertext }
  const message = tape.chance(6) ? mutate(tape, privateMessage) : privateMessage
  return {
    message: encode(MLSMessage, { wireFormat: 'mls_private_message', privateMessage: message }),
    isPublic: false,
  }
}
