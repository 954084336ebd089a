import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMPTY, fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { encode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import {
  contentToBeSigned,
  PRIVATE_MESSAGE,
  PUBLIC_MESSAGE,
  type SignedContent,
  signContent,
} from '../../src/mls/content-signature.ts'
import type { FramedContent } from '../../src/mls/framing.ts'
import { GroupContext } from '../../src/mls/group-context.ts'
import { noPadding, padme, padToMultiple, padToPowerOfTwo } from '../../src/mls/padding.ts'
import { type PrivateProtection, protectPrivate, unprotectPrivate } from '../../src/mls/private-protection.ts'
import { protectPublic, unprotectPublic } from '../../src/mls/public-protection.ts'
import { SecretTree } from '../../src/mls/secret-tree.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeKind } from '../vectors/check.ts'

const provider = allSuites()

describeKind('message-protection', provider)

describe('message protection (RFC 9420 sections 6.2 and 6.3)', () => {
  const suite: CipherSuite = provider.suite(1)
  const groupContext = encode(GroupContext, {
    cipherSuite: 1,
    groupId: utf8('group'),
    epoch: 7n,
    treeHash: new Uint8Array(32),
    confirmedTranscriptHash: new Uint8Array(32),
    extensions: [],
  })
  const signer = suite.signature.signer(fromHex('11'.repeat(32)))
  const membershipKey = fromHex('22'.repeat(32))
  const protection = (): PrivateProtection => ({
    suite,
    groupContext,
    senderDataSecret: fromHex('33'.repeat(32)),
    secretTree: new SecretTree(suite, fromHex('44'.repeat(32)), 4),
  })
  const signedMessage = (
    wireFormat: number,
    content: Partial<FramedContent> = {},
  ): SignedContent & { toBeSigned: Uint8Array } => {
    const whole = {
      groupId: utf8('group'),
      epoch: 7n,
      sender: { senderType: 'member', leafIndex: 2 },
      authenticatedData: EMPTY,
      contentType: 'application',
      applicationData: utf8('hello'),
      ...content,
    } as FramedContent
    const toBeSigned = contentToBeSigned({ wireFormat, content: whole }, groupContext)
    return { wireFormat, content: whole, auth: { signature: signContent(suite, signer, toBeSigned) }, toBeSigned }
  }
  const key = (leaf: number): Uint8Array => {
    if (leaf !== 2) throw new RejectedError('unknown-sender', { leaf })
    return signer.publicKey
  }
  const removal = { contentType: 'proposal', proposal: { proposalType: 'remove', removed: 1 } } as const

  it('gives no two equal private messages, and reads each once', () => {
    const [sender, receiver] = [protection(), protection()]
    const messages = [0, 1, 2].map(() =>
      protectPrivate(sender, signedMessage(PRIVATE_MESSAGE), { leaf: 2, padding: noPadding }),
    )
    expect(new Set(messages.map(m => toHex(m.ciphertext))).size).toBe(3)
    for (const message of messages.reverse()) {
      const { content } = unprotectPrivate(receiver, message, key)
      expect(content.contentType === 'application' && content.applicationData).toEqual(utf8('hello'))
    }
    for (const message of messages) {
      expect(() => unprotectPrivate(receiver, message, key)).toThrow(
        expect.objectContaining({ code: 'generation-consumed' }),
      )
    }
  })

  it('refuses a private message with any byte changed, and still reads the genuine one afterwards', () => {
    const receiver = protection()
    const message = protectPrivate(protection(), signedMessage(PRIVATE_MESSAGE), { leaf: 2, padding: noPadding })
    for (const field of ['ciphertext', 'encryptedSenderData'] as const) {
      for (let i = 0; i < message[field].length; i++) {
        const forged = message[field].slice()
        forged[i]! ^= 1
        expect(() => unprotectPrivate(receiver, { ...message, [field]: forged }, key)).toThrow(RejectedError)
      }
    }
    for (const change of [{ groupId: utf8('other') }, { epoch: 8n }, { authenticatedData: utf8('x') }] as const) {
      expect(() => unprotectPrivate(receiver, { ...message, ...change }, key)).toThrow(RejectedError)
    }
    expect(unprotectPrivate(receiver, message, key).content.contentType).toBe('application')
  })

  it('copath-mls-6.3.1-04: refuses a private message whose signature is not its sender’s, without consuming the key', () => {
    const receiver = protection()
    const stranger = suite.signature.signer(fromHex('99'.repeat(32)))
    const honest = signedMessage(PRIVATE_MESSAGE)
    const forged = { ...honest, auth: { signature: signContent(suite, stranger, honest.toBeSigned) } }
    const message = protectPrivate(protection(), forged, { leaf: 2, padding: noPadding })
    expect(() => unprotectPrivate(receiver, message, key)).toThrow(
      expect.objectContaining({ code: 'invalid-signature' }),
    )
    const genuine = protectPrivate(protection(), honest, { leaf: 2, padding: noPadding })
    unprotectPrivate(receiver, genuine, key)
  })

  it('copath-mls-6.3.1-01: refuses padding that is not zero', () => {
    const sender = protection()
    const { content, auth } = signedMessage(PRIVATE_MESSAGE)
    const padded = protectPrivate(sender, { wireFormat: PRIVATE_MESSAGE, content, auth }, { leaf: 2, padding: () => 3 })
    expect(unprotectPrivate(protection(), padded, key).content).toEqual(content)
    // the same plaintext with a one in the padding, encrypted correctly by a hostile member
    const plain = sender.secretTree.next(2, 'application')
    expect(plain.generation).toBe(1)
    const real = suite.aead.seal
    const hostile: CipherSuite = {
      ...suite,
      aead: {
        ...suite.aead,
        seal: (k, n, aad, text) => {
          const changed = text.slice()
          if (text.length > 60) changed[changed.length - 1] = 1
          return real.call(suite.aead, k, n, aad, changed)
        },
      },
    }
    const message = protectPrivate({ ...protection(), suite: hostile }, signedMessage(PRIVATE_MESSAGE), {
      leaf: 2,
      padding: () => 3,
    })
    expect(() => unprotectPrivate(protection(), message, key)).toThrow(
      expect.objectContaining({ code: 'malformed-content' }),
    )
  })

  it('checks the membership tag and the signature of public messages', () => {
    const publicProtection = { suite, groupContext, membershipKey }
    const { toBeSigned, ...signed } = signedMessage(PUBLIC_MESSAGE, removal as Partial<FramedContent>)
    delete (signed.content as { applicationData?: unknown }).applicationData
    const message = protectPublic(publicProtection, signed, toBeSigned)
    const accept = (m: typeof message) => unprotectPublic(publicProtection, m, () => signer.publicKey)
    expect(accept(message)).toEqual(signed)
    const tag = message.membershipTag!.slice()
    tag[31]! ^= 128
    expect(() => accept({ ...message, membershipTag: tag })).toThrow(
      expect.objectContaining({ code: 'invalid-membership-tag' }),
    )
    const signature = message.auth.signature.slice()
    signature[0]! ^= 1
    const resealed = protectPublic(publicProtection, { ...signed, auth: { signature } }, toBeSigned)
    expect(() => accept(resealed)).toThrow(expect.objectContaining({ code: 'invalid-signature' }))
  })

  it('refuses application messages in the clear', () => {
    const publicProtection = { suite, groupContext, membershipKey }
    const { toBeSigned, ...signed } = signedMessage(PUBLIC_MESSAGE)
    const message = protectPublic(publicProtection, signed, toBeSigned)
    expect(() => unprotectPublic(publicProtection, message, () => signer.publicKey)).toThrow(
      expect.objectContaining({ code: 'unencrypted-application-message' }),
    )
  })
})

describe('padding policies', () => {
  it('fill up to their buckets and never cut', () => {
    fc.assert(
      fc.property(fc.nat(1 << 20), fc.integer({ min: 1, max: 4096 }), (length, size) => {
        expect((length + padToMultiple(size)(length)) % size).toBe(0)
        const bucket = (length + padToPowerOfTwo(size)(length)) / size
        expect(Math.log2(bucket) % 1).toBe(0)
        const grown = length + padme(length)
        expect(grown).toBeGreaterThanOrEqual(length)
        expect(grown).toBeLessThanOrEqual(Math.max(1, length) * 1.12)
        expect(noPadding(length)).toBe(0)
      }),
    )
  })
})
