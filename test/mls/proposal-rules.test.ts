/** Sections 12.1 and 12.2: every rule broken by a forgery that is correctly signed; refused by that rule, nothing changed. */
import { beforeEach, describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { type Extension, ExternalSenders, RequiredCapabilities } from '../../src/mls/extension.ts'
import type { Group } from '../../src/mls/group.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import type { LeafNode } from '../../src/mls/leaf-node.ts'
import { type LeafContent, signLeaf } from '../../src/mls/leaf-signature.ts'
import type { Proposal } from '../../src/mls/proposal.ts'
import type { PreSharedKeyID } from '../../src/mls/psk.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { coreOf, type Forgery, type Framing, forgeCommit, forgeProposal } from './forge-commit.ts'
import { CUSTOM_TYPE, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { keyPairOf, signerOf } from './leaves.ts'
import { refusedBy } from './rules.ts'

const suite = seededProvider(7).suite(1)
const OUTSIDER = 500
const client = (seed: number, more = {}): TestClient => new TestClient(suite, seed, { handshake: 'public', ...more })

let world: TestGroup
let alice: Group
let bob: Group
let carol: Group

beforeEach(() => {
  const extension = {
    extensionType: ExtensionType.of.external_senders,
    extensionData: encode(ExternalSenders, [
      { signatureKey: signerOf(suite, OUTSIDER).publicKey, credential: client(OUTSIDER).description.credential },
    ]),
  }
  world = TestGroup.of([client(1), client(2), client(3), client(4)], { extensions: [extension] })
  const groups = world.groups
  alice = groups[0]!
  bob = groups[1]!
  carol = groups[2]!
})

/** Bob refuses what Alice sends, stays as he was, and goes on afterwards. */
function refused(message: Uint8Array, by: Group = bob): ReturnType<typeof refusedBy> {
  const why = refusedBy(by, () => by.process(message))
  world.commit(carol, [])
  return why
}

const commit = (proposals: Forgery['proposals'], more: Partial<Forgery> = {}) =>
  refused(forgeCommit(alice, { proposals, ...more }))
const propose = (proposal: Proposal, framing: Framing = {}) => refused(forgeProposal(alice, proposal, framing))

const add = (seed: number, capabilities = {}): Proposal => ({
  proposalType: 'add',
  keyPackage: decode(KeyPackage, new TestClient(suite, seed, {}, capabilities).keyPackage()),
})
const remove = (leaf: number): Proposal => ({ proposalType: 'remove', removed: leaf })
const psk = (id: Partial<PreSharedKeyID>): Proposal => ({
  proposalType: 'psk',
  psk: { psktype: 'external', pskId: utf8('x'), pskNonce: new Uint8Array(32), ...id } as PreSharedKeyID,
})
const extensions = (list: readonly Extension[]): Proposal => ({
  proposalType: 'group_context_extensions',
  extensions: list,
})
const external: Framing = { sender: { senderType: 'external', senderIndex: 0 }, signer: signerOf(suite, OUTSIDER) }

/** A leaf for an Update of a member, signed by it. */
function updateLeaf(group: Group, changes: Partial<LeafContent> = {}, signer = coreOf(group).signer): LeafNode {
  const { signature: _, ...current } = coreOf(group).tree.leafNode(group.leaf)!
  const { encryptionKey: __, ...rest } = current
  const content = {
    ...rest,
    encryptionKey: keyPairOf(suite, 77).publicKey,
    leafNodeSource: 'update',
    lifetime: undefined,
    parentHash: undefined,
    ...changes,
  }
  return signLeaf(suite, signer, content as unknown as LeafContent, { groupId: group.groupId, leafIndex: group.leaf })
}

const update = (leafNode: LeafNode): Proposal => ({ proposalType: 'update', leafNode })

describe('RFC 9420 section 12.1, proposals by themselves', () => {
  it('copath-mls-5.3.1-01: the authentication service accepts the credential', () => {
    world = TestGroup.of([
      client(1),
      client(2, {
        authentication: {
          isValid: ({ signatureKey }: LeafNode) => signatureKey[0] !== undefined && !sameKey(signatureKey, 99),
        },
      }),
      client(3),
    ])
    ;[alice, bob, carol] = world.groups as [Group, Group, Group]
    expect(commit([add(99)], { path: false })).toMatchObject({
      code: 'invalid-credential',
      rule: 'copath-mls-5.3.1-01',
    })
  })

  it('copath-mls-5.3.1-02: a member keeps its credential unless the application accepts the new one', () => {
    const credential = client(9).description.credential
    const why = propose(update(updateLeaf(alice, { credential })))
    expect(why).toMatchObject({ code: 'invalid-credential', rule: 'copath-mls-5.3.1-02' })
    expect(commit([], { leaf: { credential } })).toMatchObject({ rule: 'copath-mls-5.3.1-02' })
  })

  it('copath-mls-5.3.1-03: external senders are who they say', () => {
    const isValid = ({ signatureKey }: LeafNode): boolean => !sameKey(signatureKey, 501)
    world = TestGroup.of([client(1), client(2, { authentication: { isValid } }), client(3)])
    ;[alice, bob, carol] = world.groups as [Group, Group, Group]
    const { credential, signer } = client(501).description
    const extensionData = encode(ExternalSenders, [{ signatureKey: signer.publicKey, credential }])
    const proposal = extensions([{ extensionType: ExtensionType.of.external_senders, extensionData }])
    expect(commit([proposal])).toMatchObject({ code: 'invalid-credential', rule: 'copath-mls-5.3.1-03' })
  })

  it('a credential that has expired since is good for what its owner goes on to do', () => {
    let expired = false
    world = TestGroup.of([client(1), client(2, { authentication: { isValid: () => !expired } }), client(3)])
    ;[alice, bob, carol] = world.groups as [Group, Group, Group]
    expired = true
    world.propose(alice, { type: 'update' })
    world.commit(carol, [])
    world.commit(alice, [])
    const signer = signerOf(suite, 901)
    expect(refused(forgeCommit(alice, { proposals: [], leafSigner: signer }))).toMatchObject({
      rule: 'copath-mls-5.3.1-01',
    })
  })

  it('copath-mls-12.1.2-01, copath-mls-7.3-09: the leaf of an Update was made for one', () => {
    const { leafNode } = decode(KeyPackage, client(1).keyPackage())
    expect(propose(update(leafNode))).toMatchObject({ code: 'wrong-leaf-source', rule: 'copath-mls-12.1.2-01' })
  })

  it('copath-mls-12.1.2-02, copath-mls-7.3-10: an Update changes the encryption key', () => {
    const { encryptionKey } = coreOf(alice).tree.leafNode(alice.leaf)!
    expect(propose(update(updateLeaf(alice, { encryptionKey })))).toMatchObject({
      code: 'encryption-key-kept',
      rule: 'copath-mls-12.1.2-02',
    })
  })

  it('copath-mls-12.1.2-03, copath-mls-7.3-04: the leaf of an Update is signed for its place', () => {
    expect(propose(update(updateLeaf(alice, {}, signerOf(suite, 66))))).toMatchObject({
      code: 'invalid-signature',
      rule: 'copath-mls-12.1.2-03',
    })
    const why = refused(forgeProposal(alice, update(updateLeaf(carol, {}, coreOf(alice).signer))))
    expect(why).toMatchObject({ rule: 'copath-mls-5.3.1-02' })
  })

  it('copath-mls-7.3-01: a leaf supports its own credential', () => {
    const { capabilities } = coreOf(alice).tree.leafNode(alice.leaf)!
    const leafNode = updateLeaf(alice, { capabilities: { ...capabilities, credentials: [2] } })
    expect(propose(update(leafNode))).toMatchObject({ code: 'missing-capability', rule: 'copath-mls-7.3-01' })
  })

  it('copath-mls-7.3-02: a leaf supports its own extensions', () => {
    const leafNode = updateLeaf(alice, { extensions: [{ extensionType: 0xf999, extensionData: utf8('') }] })
    expect(propose(update(leafNode))).toMatchObject({ code: 'missing-capability', rule: 'copath-mls-7.3-02' })
  })

  it('copath-mls-5.1.1-01: the keys in the leaf of an Update are keys', () => {
    const lowOrder = updateLeaf(alice, { encryptionKey: new Uint8Array(32) })
    expect(propose(update(lowOrder))).toMatchObject({ code: 'low-order-point' })
    expect(propose(update(updateLeaf(alice, { signatureKey: new Uint8Array(31) })))).toMatchObject({
      code: 'invalid-public-key',
    })
  })

  it('copath-mls-12.1.3-01: a Remove is of a member', () => {
    for (const leaf of [7, 9, 2 ** 32 - 1]) {
      expect(propose(remove(leaf))).toMatchObject({ code: 'invalid-proposal', rule: 'copath-mls-12.1.3-01' })
    }
    expect(commit([remove(9)])).toMatchObject({ rule: 'copath-mls-12.1.3-01' })
  })

  const resumption = { psktype: 'resumption', pskGroupId: utf8('g'), pskEpoch: 1n, pskId: undefined } as const
  it('copath-mls-12.1.4-01: no key of a reinitialization outside of one', () => {
    const proposal = psk({ ...resumption, usage: 'reinit' } as unknown as PreSharedKeyID)
    expect(propose(proposal)).toMatchObject({ rule: 'copath-mls-12.1.4-01' })
  })

  it('copath-mls-12.1.4-02: no key of a branch outside of one', () => {
    const proposal = psk({ ...resumption, usage: 'branch' } as unknown as PreSharedKeyID)
    expect(propose(proposal)).toMatchObject({ rule: 'copath-mls-12.1.4-02' })
  })

  it('copath-mls-12.1.4-03: the nonce of a pre-shared key has its length', () => {
    expect(propose(psk({ pskNonce: new Uint8Array(31) }))).toMatchObject({ rule: 'copath-mls-12.1.4-03' })
  })

  it('copath-mls-12.1.5-01: a ReInit does not go back in versions', () => {
    const proposal = { proposalType: 'reinit', groupId: utf8('n'), version: 0, cipherSuite: 1, extensions: [] } as const
    expect(propose(proposal)).toMatchObject({ rule: 'copath-mls-12.1.5-01' })
  })

  it('copath-mls-12.1.6-01: an ExternalInit is not proposed', () => {
    const proposal = { proposalType: 'external_init', kemOutput: new Uint8Array(32) } as const
    expect(propose(proposal)).toMatchObject({ rule: 'copath-mls-12.1.6-01' })
  })

  it('copath-mls-12.1.8-02, copath-mls-6.1-05: external senders propose what they may', () => {
    const notTheirs: Proposal[] = [
      update(updateLeaf(alice)),
      { proposalType: 'self_remove' },
      { proposalType: 'unknown', proposalTypeValue: CUSTOM_TYPE, data: utf8('') },
    ]
    for (const proposal of notTheirs) {
      expect(propose(proposal, external)).toMatchObject({ rule: 'copath-mls-12.1.8-02' })
    }
    expect(bob.process(forgeProposal(alice, add(50), external)).kind).toBe('proposal')
  })

  it('copath-mls-12.1.8-05, copath-mls-6.1-06: new members propose to add themselves', () => {
    const sender = { senderType: 'new_member_proposal' } as const
    // no key can be told for anything else, so that is what refuses it first
    expect(propose(remove(2), { sender })).toMatchObject({ rule: 'copath-mls-12.1.8-05' })
    const joiner = add(60)
    const signer = signerOf(suite, 60)
    expect(bob.process(forgeProposal(alice, joiner, { sender, signer }))).toMatchObject({ kind: 'proposal' })
  })

  it('copath-mls-12.1.8-04: external senders are those in the group context', () => {
    const framing = { ...external, sender: { senderType: 'external', senderIndex: 1 } } as const
    expect(propose(add(50), framing)).toMatchObject({ code: 'unknown-sender', rule: 'copath-mls-12.1.8-04' })
    expect(propose(add(50), { ...external, signer: signerOf(suite, 1) })).toMatchObject({ code: 'invalid-signature' })
  })

  it('copath-mls-12.1.8-05, copath-mls-6.1-06: those who join by a commit propose nothing', () => {
    const sender = { senderType: 'new_member_commit' } as const
    expect(propose(add(50), { sender })).toMatchObject({ code: 'unknown-sender', rule: 'copath-mls-12.1.8-05' })
  })
})

function sameKey(key: Uint8Array, seed: number): boolean {
  const other = signerOf(suite, seed).publicKey
  return key.every((byte, i) => byte === other[i])
}

describe('RFC 9420 section 12.2, proposal lists', () => {
  it('copath-mls-12.2-01: no Update of the committer', () => {
    expect(commit([update(updateLeaf(alice))])).toMatchObject({ rule: 'copath-mls-12.2-01', proposal: 0 })
  })

  it('copath-mls-12.2-02: the committer is not removed', () => {
    expect(commit([remove(0)])).toMatchObject({ rule: 'copath-mls-12.2-02' })
  })

  it('copath-mls-12.2-03: one Update or Remove for each leaf', () => {
    expect(commit([remove(2), remove(2)])).toMatchObject({ rule: 'copath-mls-12.2-03', leaf: 2 })
    const proposed = forgeProposal(carol, update(updateLeaf(carol)))
    const ref = [...world.deliver(proposed, carol).values()].map(event =>
      event.kind === 'proposal' ? event.ref : undefined,
    )[0]!
    expect(commit([ref, remove(carol.leaf)])).toMatchObject({ rule: 'copath-mls-12.2-03' })
  })

  it('copath-mls-12.2-04: no client is added twice', () => {
    const [one, two] = [add(50), add(50)]
    expect(commit([one, two], { path: false })).toMatchObject({ rule: 'copath-mls-12.2-04', proposal: 1 })
  })

  it('copath-mls-12.2-05: no client is added that is there, unless it is removed', () => {
    expect(commit([add(3)], { path: false })).toMatchObject({ rule: 'copath-mls-12.2-05', leaf: 2 })
    const again = forgeCommit(alice, { proposals: [remove(2), add(3)] })
    expect(bob.process(again)).toMatchObject({ kind: 'commit', changes: { added: [2] } })
  })

  it('copath-mls-7.3-03: no two members have a key in common', () => {
    const { encryptionKey } = coreOf(carol).tree.leafNode(carol.leaf)!
    const leafNode = updateLeaf(bob, { encryptionKey })
    const [event] = world.deliver(forgeProposal(bob, update(leafNode)), bob).values()
    const ref = event!.kind === 'proposal' ? event!.ref : undefined
    const message = forgeCommit(alice, {
      proposals: [ref!],
      referenced: [{ proposal: update(leafNode), sender: bob.leaf }],
    })
    const why = refusedBy(carol, () => carol.process(message))
    expect(why).toMatchObject({ code: 'duplicate-key', rule: 'copath-mls-7.3-03' })
    expect(commit([], { leafSigner: coreOf(carol).signer })).toMatchObject({ rule: 'copath-mls-7.3-03' })
  })

  it('copath-mls-12.2-06: each pre-shared key once', () => {
    expect(commit([psk({}), psk({})])).toMatchObject({ rule: 'copath-mls-12.2-06' })
  })

  it('copath-mls-8.4-01: pre-shared keys can be numbered', () => {
    const many = Array.from({ length: 65_536 }, () => psk({}))
    expect(commit(many)).toMatchObject({ rule: 'copath-mls-8.4-01' })
  })

  it('copath-mls-12.2-07: one GroupContextExtensions', () => {
    expect(commit([extensions([]), extensions([])])).toMatchObject({ rule: 'copath-mls-12.2-07' })
  })

  it('copath-mls-12.2-08: a ReInit stands alone', () => {
    const reinit = { proposalType: 'reinit', groupId: utf8('n'), version: 1, cipherSuite: 1, extensions: [] } as const
    expect(commit([reinit, remove(2)])).toMatchObject({ rule: 'copath-mls-12.2-08' })
    expect(commit([remove(2), reinit])).toMatchObject({ rule: 'copath-mls-12.2-08' })
  })

  it("copath-mls-12.2-09: no ExternalInit in a member's commit", () => {
    const proposal = { proposalType: 'external_init', kemOutput: new Uint8Array(32) } as const
    expect(commit([proposal])).toMatchObject({ rule: 'copath-mls-12.2-09' })
  })

  it('copath-mls-12.2-10: custom proposals are supported by all who stay', () => {
    const unknown = { proposalType: 'unknown', proposalTypeValue: 0x0a0a, data: utf8('') } as const
    expect(commit([unknown])).toMatchObject({ rule: 'copath-mls-12.2-10', type: 0x0a0a })
    const custom = { proposalType: 'unknown', proposalTypeValue: CUSTOM_TYPE, data: utf8('') } as const
    // a newcomer does not need to know it
    const newcomer = add(50, { proposals: [] })
    expect(bob.process(forgeCommit(alice, { proposals: [custom, newcomer] }))).toMatchObject({
      kind: 'commit',
      changes: { custom: [{ type: CUSTOM_TYPE }] },
    })
  })

  it('copath-mls-12.2-11, copath-mls-7.3-05: new leaves support what the group demands', () => {
    const required: Extension = {
      extensionType: ExtensionType.of.required_capabilities,
      extensionData: encode(RequiredCapabilities, {
        extensionTypes: [],
        proposalTypes: [CUSTOM_TYPE],
        credentialTypes: [],
      }),
    }
    const list = [extensions([required]), add(50, { proposals: [] })]
    expect(commit(list)).toMatchObject({ code: 'missing-capability', rule: 'copath-mls-12.2-11', proposal: 1 })
  })

  it("copath-mls-12.2-12, copath-mls-7.3-06: new leaves and the others support each other's credentials", () => {
    const stranger = new TestClient(suite, 50, {}, { credentials: [0xf001] })
    const x509 = {
      ...stranger.description,
      credential: { credentialType: 'unknown', credentialTypeValue: 0xf001, content: utf8('') },
    } as const
    const keyPackage = decode(KeyPackage, new TestClient(suite, 50).keyPackage(x509))
    expect(commit([{ proposalType: 'add', keyPackage }], { path: false })).toMatchObject({ rule: 'copath-mls-12.2-12' })
  })

  it('copath-mls-12.1.7-01: all members support new extensions', () => {
    const extension = { extensionType: 0xf111, extensionData: utf8('') }
    const why = commit([extensions([extension])])
    expect(why).toMatchObject({ code: 'missing-capability', type: 0xf111 })
    const required: Extension = {
      extensionType: ExtensionType.of.required_capabilities,
      extensionData: encode(RequiredCapabilities, { extensionTypes: [], proposalTypes: [], credentialTypes: [2] }),
    }
    const leaf = { capabilities: { ...coreOf(alice).tree.leafNode(0 as never)!.capabilities, credentials: [1, 2] } }
    expect(commit([extensions([required])], { leaf })).toMatchObject({
      rule: 'copath-mls-12.1.7-01',
      list: 'credentials',
    })
    expect(commit([extensions([extension, extension])])).toMatchObject({ code: 'repeated-extension' })
  })

  it('copath-mls-12.2-30: the policy allows each proposal', () => {
    world = TestGroup.of([
      client(1),
      client(2, { policy: { mayPropose: ({ proposalType }: Proposal) => proposalType !== 'remove' } }),
      client(3),
    ])
    ;[alice, bob, carol] = world.groups as [Group, Group, Group]
    expect(commit([remove(2)])).toMatchObject({ code: 'forbidden', rule: 'copath-mls-12.2-30' })
  })

  it('copath-mls-self-remove-01: a SelfRemove is committed by reference', () => {
    expect(commit([{ proposalType: 'self_remove' }])).toMatchObject({ rule: 'copath-mls-self-remove-01' })
  })
})
