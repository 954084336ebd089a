/** Vectors of message protection: RFC 9420 sections 6.1 to 6.3, reading what is given and what is written here. */
import { utf8 } from '../../base/bytes.ts'
import { decode, encode } from '../../codec/codec.ts'
import type { Signer } from '../../crypto/provider.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { Commit } from '../../mls/commit.ts'
import {
  contentToBeSigned,
  PRIVATE_MESSAGE,
  PUBLIC_MESSAGE,
  type SignedContent,
  signContent,
} from '../../mls/content-signature.ts'
import { AuthenticatedContent, type FramedContent } from '../../mls/framing.ts'
import { GroupContext } from '../../mls/group-context.ts'
import { MLSMessage } from '../../mls/message.ts'
import { padToMultiple } from '../../mls/padding.ts'
import { protectPrivate, unprotectPrivate } from '../../mls/private-protection.ts'
import { Proposal } from '../../mls/proposal.ts'
import { protectPublic, unprotectPublic } from '../../mls/public-protection.ts'
import { SecretTree } from '../../mls/secret-tree.ts'
import { type Given, Mismatch } from './given.ts'
import { checkSigner } from './key-pairs.ts'
import { privateKeyOf, suiteOf, type VectorKind } from './kind.ts'

/** The sender, as the format says, of two members. */
const SENDER = 1
const MEMBERS = 2

export const messageProtection: VectorKind = {
  name: 'message-protection',
  fields: [
    'cipher_suite',
    'group_id',
    'epoch',
    'tree_hash',
    'confirmed_transcript_hash',
    'signature_priv',
    'signature_pub',
    'encryption_secret',
    'sender_data_secret',
    'membership_key',
    'proposal',
    'proposal_priv',
    'proposal_pub',
    'commit',
    'commit_priv',
    'commit_pub',
    'application',
    'application_priv',
  ],
  check(given, suites) {
    const suite = suiteOf(given, suites)
    const channel = new Channel(suite, given)
    for (const name of ['proposal', 'commit', 'application']) {
      const [expected, priv] = [given.at(name), given.at(`${name}_priv`)]
      channel.require(channel.read(priv, 'mls_private_message'), priv, expected)
      if (name === 'application') continue
      const pub = given.at(`${name}_pub`)
      channel.require(channel.read(pub, 'mls_public_message'), pub, expected)
    }
    const publicKey = given.at('signature_pub').bytes()
    const priv = given.at('signature_priv')
    const signer = suite.signature.signer(privateKeyOf(priv, suite.signature, publicKey))
    try {
      checkSigner(signer, publicKey, priv)
      checkWriting(channel, signer, given)
    } finally {
      signer.wipe()
    }
  },
}

/** What both sides have in common. */
class Channel {
  readonly suite: CipherSuite
  readonly groupContext: Uint8Array
  readonly #given: Given
  readonly #publicKey: Uint8Array

  constructor(suite: CipherSuite, given: Given) {
    this.suite = suite
    this.#given = given
    this.#publicKey = given.at('signature_pub').bytes()
    this.groupContext = encode(GroupContext, {
      cipherSuite: suite.id,
      groupId: given.at('group_id').bytes(),
      epoch: given.at('epoch').uint64(),
      treeHash: given.at('tree_hash').bytes(),
      confirmedTranscriptHash: given.at('confirmed_transcript_hash').bytes(),
      extensions: [],
    })
  }

  get public() {
    const { suite, groupContext } = this
    return { suite, groupContext, membershipKey: this.#given.at('membership_key').bytes() }
  }

  /** With a secret tree of its own: each message is the first one. */
  get private() {
    const { suite, groupContext } = this
    const senderDataSecret = this.#given.at('sender_data_secret').bytes()
    const secretTree = new SecretTree(suite, this.#given.at('encryption_secret').bytes(), MEMBERS)
    return { suite, groupContext, senderDataSecret, secretTree }
  }

  keyOfSender = (): Uint8Array => this.#publicKey

  read(field: Given, format: MLSMessage['wireFormat']): SignedContent {
    const message = decode(MLSMessage, field.bytes())
    field.require(message.wireFormat === format, `should be an ${format}, not an ${message.wireFormat}`)
    return this.open(message, field)
  }

  open(message: MLSMessage, field: Given): SignedContent {
    if (message.wireFormat === 'mls_public_message') {
      return unprotectPublic(this.public, message.publicMessage, this.keyOfSender)
    }
    if (message.wireFormat === 'mls_private_message') {
      return unprotectPrivate(this.private, message.privateMessage, this.keyOfSender)
    }
    throw new Mismatch(field.where, `should be a public or private message, not an ${message.wireFormat}`)
  }

  require({ content }: SignedContent, field: Given, expected: Given): void {
    const { sender } = content
    const isSender = sender.senderType === 'member' && sender.leafIndex === SENDER
    field.require(isSender, `should be from leaf ${SENDER}`)
    expected.mustBe(bodyOf(content))
  }
}

function bodyOf(content: FramedContent): Uint8Array {
  if (content.contentType === 'application') return content.applicationData
  return content.contentType === 'proposal' ? encode(Proposal, content.proposal) : encode(Commit, content.commit)
}

/** Protects the raw values and takes them out again. */
function checkWriting(channel: Channel, signer: Signer, given: Given): void {
  const own = {
    groupId: given.at('group_id').bytes(),
    epoch: given.at('epoch').uint64(),
    sender: { senderType: 'member', leafIndex: SENDER },
    authenticatedData: utf8('authenticated'),
  } as const
  const contents: FramedContent[] = [
    { ...own, contentType: 'proposal', proposal: decode(Proposal, given.at('proposal').bytes()) },
    { ...own, contentType: 'commit', commit: decode(Commit, given.at('commit').bytes()) },
    { ...own, contentType: 'application', applicationData: given.at('application').bytes() },
  ]
  for (const content of contents) {
    const field = given.at(content.contentType)
    const sign = (wireFormat: number) => signedBy(channel, signer, { wireFormat, content })
    const priv = sign(PRIVATE_MESSAGE)
    const privateMessage = protectPrivate(channel.private, priv.signed, { leaf: SENDER, padding: padToMultiple(64) })
    requireSame(channel.open(sent({ wireFormat: 'mls_private_message', privateMessage }), field), priv.signed, field)
    const pub = sign(PUBLIC_MESSAGE)
    const writeAndRead = (): SignedContent => {
      const publicMessage = protectPublic(channel.public, pub.signed, pub.toBeSigned)
      return channel.open(sent({ wireFormat: 'mls_public_message', publicMessage }), field)
    }
    if (content.contentType === 'application') {
      field.mustBeRefused(writeAndRead, 'unencrypted-application-message', 'is accepted in a public message')
    } else requireSame(writeAndRead(), pub.signed, field)
  }
}

const sent = (message: MLSMessage): MLSMessage => decode(MLSMessage, encode(MLSMessage, message))

function signedBy(
  { suite, groupContext }: Channel,
  signer: Signer,
  { wireFormat, content }: Pick<SignedContent, 'wireFormat' | 'content'>,
) {
  const toBeSigned = contentToBeSigned({ wireFormat, content }, groupContext)
  const signature = signContent(suite, signer, toBeSigned)
  const confirmationTag = new Uint8Array(suite.hash.length)
  const auth = content.contentType === 'commit' ? { signature, confirmationTag } : { signature }
  return { signed: { wireFormat, content, auth }, toBeSigned }
}

function requireSame(read: SignedContent, written: SignedContent, field: Given): void {
  const [a, b] = [read, written].map(signed => encode(AuthenticatedContent, signed as AuthenticatedContent).join())
  field.require(a === b, 'is another after it was protected and taken out again')
}
