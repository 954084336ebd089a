/** RFC 9420 sections 6.1 and 6.3: whose key signs, what makes nonces unique, and whose leaf a private message may name. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { contentToBeSigned, PRIVATE_MESSAGE, signContent } from '../../src/mls/content-signature.ts'
import type { Epoch } from '../../src/mls/epoch.ts'
import type { FramedContent } from '../../src/mls/framing.ts'
import { Group } from '../../src/mls/group.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { noPadding } from '../../src/mls/padding.ts'
import { PrivateContentAAD, type PrivateMessage, SenderData, SenderDataAAD } from '../../src/mls/private-message.ts'
import { protectPrivate, senderDataKey } from '../../src/mls/private-protection.ts'
import { coreOf, forgeCommit, forgeProposal } from './forge-commit.ts'
import { seededProvider, TestClient, TestGroup } from './group-world.ts'
import { signerOf } from './leaves.ts'
import { refusedBy } from './rules.ts'

const suite = seededProvider(27).suite(1)
const client = (seed: number) => new TestClient(suite, seed, { handshake: 'public' })

describe('copath-mls-6.1-07: those who are not members sign with the key that their message brings', () => {
  const [alice, bob] = TestGroup.of([client(1), client(2)]).groups as [Group, Group]
  const joiner = client(70)
  const wrong = { code: 'invalid-signature', rule: 'copath-mls-6.1-03' }

  it('in the key package of an Add', () => {
    const keyPackage = decode(KeyPackage, joiner.keyPackage())
    const ask = (signer: TestClient['signer']) =>
      forgeProposal(
        alice,
        { proposalType: 'add', keyPackage },
        { sender: { senderType: 'new_member_proposal' }, signer },
      )
    for (const seed of [1, 71]) {
      expect(refusedBy(bob, () => bob.process(ask(signerOf(suite, seed))))).toMatchObject(wrong)
    }
    expect(bob.process(ask(joiner.signer)).kind).toBe('proposal')
  })

  it('in the path of a commit', () => {
    const { credential, capabilities } = joiner.description
    const message = forgeCommit(alice, {
      proposals: [{ proposalType: 'external_init', kemOutput: new Uint8Array(32) }],
      sender: { senderType: 'new_member_commit' },
      signer: coreOf(alice).signer,
      leafSigner: joiner.signer,
      leaf: { credential, capabilities: capabilities!, extensions: [] },
    })
    expect(refusedBy(bob, () => bob.process(message))).toMatchObject(wrong)
  })
})

it('copath-mls-6.1-08: nobody joins with another key than that of its leaf', () => {
  const [alice] = TestGroup.of([client(1), client(2)]).groups as [Group]
  const dave = client(4)
  const { welcome } = alice.commit([dave.add()])
  const { keyPackages, config } = dave
  const join = (signer: TestClient['signer']) =>
    refusedBy(dave, () => Group.join({ suite, welcome: welcome!, keyPackages, signer, config }))
  expect(join(signerOf(suite, 5))).toMatchObject({ class: 'UsageError', code: 'wrong-argument' })
  expect(join(dave.signer)).toBeUndefined()
})

describe('a private message', () => {
  const clients = [1, 2, 3].map(client)
  const world = TestGroup.of(clients)
  const [alice, bob] = world.groups as [Group, Group, Group]

  function privateMessageIn(bytes: Uint8Array): PrivateMessage {
    const message = decode(MLSMessage, bytes)
    if (message.wireFormat !== 'mls_private_message') throw new Error(message.wireFormat)
    return message.privateMessage
  }

  it('copath-mls-6.3.1-02: has a nonce that is changed by a fresh guard, copath-mls-6.3.1-03: which it brings', () => {
    // a state that is lost and restored gives the same key twice
    const snapshot = alice.save()
    const again = () =>
      Group.load({ suite, snapshot, signer: clients[0]!.signer, config: clients[0]!.config }).encrypt(utf8('once'))
    const { aead } = suite
    const { senderDataSecret, secretTree } = coreOf(bob).epoch.privateProtection
    const { key, nonce } = secretTree.receive(alice.leaf, 'application', 0)
    const guards = [again(), again()].map(bytes => {
      const message = privateMessageIn(bytes)
      const sender = senderDataKey(suite, senderDataSecret, message.ciphertext)
      const plain = aead.open(sender.key, sender.nonce, encode(SenderDataAAD, message), message.encryptedSenderData)
      const { leafIndex, generation, reuseGuard } = decode(SenderData, plain)
      expect([leafIndex, generation]).toEqual([alice.leaf, 0])
      const open = (with_: Uint8Array) =>
        aead.open(key, with_, encode(PrivateContentAAD, message), message.ciphertext).length
      expect(open(nonce.map((byte, i) => byte ^ (reuseGuard[i] ?? 0)))).toBeGreaterThan(0)
      expect(() => open(nonce)).toThrow(expect.objectContaining({ code: 'invalid-tag' }))
      return reuseGuard
    })
    expect(guards[0]).not.toEqual(guards[1])
  })

  /** A message under the keys of a leaf, which every member knows, signed by whomever. */
  function from(leafIndex: number, epoch: Epoch, signer: TestClient['signer']): Uint8Array {
    const content: FramedContent = {
      groupId: alice.groupId,
      epoch: epoch.number,
      sender: { senderType: 'member', leafIndex },
      authenticatedData: new Uint8Array(0),
      contentType: 'application',
      applicationData: utf8('from nobody'),
    }
    const toBeSigned = contentToBeSigned({ wireFormat: PRIVATE_MESSAGE, content }, epoch.context.encoded)
    const signed = { wireFormat: PRIVATE_MESSAGE, content, auth: { signature: signContent(suite, signer, toBeSigned) } }
    const made = protectPrivate(epoch.privateProtection, signed, { leaf: leafIndex, padding: noPadding })
    return encode(MLSMessage, { wireFormat: 'mls_private_message', privateMessage: made })
  }

  it('copath-mls-6.3.2-01: is of a member that was there, now or in the epoch that it is from', () => {
    const core = coreOf(alice)
    const nobody = { code: 'unknown-sender', leaf: 3 }
    expect(refusedBy(bob, () => bob.process(from(3, core.epoch, core.signer)))).toMatchObject({
      ...nobody,
      rule: 'copath-mls-6.1-01',
    })
    world.commit(alice, [])
    const before = core.past.find(alice.epoch - 1n)!
    expect(refusedBy(bob, () => bob.process(from(3, before, core.signer)))).toMatchObject(nobody)
    const dave = client(4)
    world.commit(alice, [], [dave])
    expect(refusedBy(bob, () => bob.process(from(3, before, dave.signer)))).toMatchObject(nobody)
    expect(bob.process(from(3, core.epoch, dave.signer))).toMatchObject({ kind: 'message', sender: 3 })
  })
})
