/** Sections 6, 12.4.2 and 12.4.3.2: messages and commits against the rules, correctly signed; refused, nothing changed. */
import { beforeEach, describe, expect, it } from 'vitest'
import { equalPublic, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { protect, signInEpoch } from '../../src/mls/commit-create.ts'
import { PRIVATE_MESSAGE } from '../../src/mls/content-signature.ts'
import { ExternalSenders } from '../../src/mls/extension.ts'
import { Group } from '../../src/mls/group.ts'
import type { GroupCore } from '../../src/mls/group-core.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import type { Proposal } from '../../src/mls/proposal.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { packedCiphertexts as packed, type UpdatePath } from '../../src/mls/update-path.ts'
import { coreOf, type Forgery, forgeCommit, forgeContent, forgeProposal } from './forge-commit.ts'
import { CUSTOM_EXTENSION, CUSTOM_TYPE, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { keyPairOf, signerOf } from './leaves.ts'
import { refusedBy } from './rules.ts'

const suite = seededProvider(8).suite(1)
const client = (seed: number, more = {}): TestClient => new TestClient(suite, seed, { handshake: 'public', ...more })

let world: TestGroup
let alice: Group
let bob: Group
let carol: Group

beforeEach(() => {
  world = TestGroup.of([client(1), client(2), client(3), client(4)])
  ;[alice, bob, carol] = world.groups as [Group, Group, Group]
})

function refused(message: Uint8Array, by: Group = bob): ReturnType<typeof refusedBy> {
  return refusedBy(by, () => by.process(message))
}

const commit = (proposals: Forgery['proposals'], more: Partial<Forgery> = {}) =>
  refused(forgeCommit(alice, { proposals, ...more }))
const remove = (leaf: number): Proposal => ({ proposalType: 'remove', removed: leaf })

describe('RFC 9420 section 6, messages', () => {
  it('copath-mls-6-01: handshake messages are for this group', () => {
    const groupId = utf8('another')
    expect(commit([], { groupId })).toMatchObject({ code: 'wrong-group', rule: 'copath-mls-6-01' })
    const stranger = client(9).create()
    const words = stranger.encrypt(utf8('hello'))
    expect(refused(words)).toMatchObject({ code: 'wrong-group', rule: 'copath-mls-6-01' })
  })

  it('copath-mls-6-02: and for its present epoch', () => {
    for (const epoch of [0n, 2n, 2n ** 64n - 1n]) {
      expect(commit([], { epoch })).toMatchObject({ code: 'wrong-epoch', rule: 'copath-mls-6-02' })
    }
    const late = forgeCommit(alice, { proposals: [] })
    world.commit(carol, [])
    expect(refused(late)).toMatchObject({ code: 'wrong-epoch', rule: 'copath-mls-6-02' })
  })

  it('copath-mls-6-03: application data is encrypted', () => {
    const message = forgeContent(
      coreOf(alice),
      {},
      { contentType: 'application', applicationData: utf8('in the clear') },
    )
    expect(refused(message)).toMatchObject({ code: 'unencrypted-application-message', rule: 'copath-mls-6-03' })
  })

  it('copath-mls-6.1-01: the sender is a member', () => {
    const sender = { senderType: 'member', leafIndex: 6 } as const
    expect(commit([], { sender })).toMatchObject({ code: 'unknown-sender', rule: 'copath-mls-6.1-01' })
    expect(commit([], { sender: { ...sender, leafIndex: 2 ** 32 - 1 } })).toMatchObject({ rule: 'copath-mls-6.1-01' })
  })

  it('copath-mls-6.1-02: the confirmation tag is right', () => {
    const confirmationTag = new Uint8Array(32)
    expect(commit([], { confirmationTag })).toMatchObject({
      code: 'invalid-confirmation-tag',
      rule: 'copath-mls-6.1-02',
    })
    const initSecret = new Uint8Array(32)
    expect(commit([], { initSecret })).toMatchObject({ rule: 'copath-mls-6.1-02' })
  })

  it('copath-mls-6.1-03: the sender has signed', () => {
    const signer = signerOf(suite, 66)
    expect(commit([], { signer })).toMatchObject({ code: 'invalid-signature', rule: 'copath-mls-6.1-03' })
  })

  it('copath-mls-6.2-01: the membership tag is right', () => {
    const membershipTag = new Uint8Array(32)
    expect(commit([], { membershipTag })).toMatchObject({ code: 'invalid-membership-tag', rule: 'copath-mls-6.2-01' })
  })

  it('replays, fragments and other kinds of messages change nothing', () => {
    const words = alice.encrypt(utf8('once'))
    expect(bob.process(words).kind).toBe('message')
    expect(refused(words)).toMatchObject({ code: 'generation-consumed' })
    expect(refused(words, alice)).toMatchObject({ code: 'own-data' })
    const { commit: message } = world.commit(alice, [])
    expect(refused(message)).toMatchObject({ code: 'wrong-epoch' })
    for (const end of [0, 3, 20, message.length - 1]) {
      expect(refused(message.subarray(0, end))).toMatchObject({ class: 'RejectedError' })
    }
    expect(refused(alice.groupInfo())).toMatchObject({ code: 'unexpected-message' })
  })

  it('a private commit that is refused does not use up its key', () => {
    const secretive = TestGroup.of([
      client(1, { handshake: 'private' }),
      client(2, { policy: { mayCommit: () => allowed } }),
      client(3),
    ])
    let allowed = true
    const [one, two] = secretive.groups as [Group, Group]
    const { commit: message } = one.commit([])
    allowed = false
    expect(refused(message, two)).toMatchObject({ code: 'forbidden', rule: 'copath-mls-12.4.2-07' })
    allowed = true
    expect(two.process(message).kind).toBe('commit')
  })
})

describe('RFC 9420 section 12.4.2, processing a commit', () => {
  it('copath-mls-12.4.2-01: references are to proposals that were received', () => {
    expect(commit([new Uint8Array(32)])).toMatchObject({ code: 'unknown-proposal', rule: 'copath-mls-12.4.2-01' })
  })

  it('copath-mls-12.4.2-02, copath-mls-7.3-10: the path renews the key of the leaf', () => {
    const { encryptionKey } = coreOf(alice).tree.leafNode(alice.leaf)!
    const core = coreOf(alice)
    const tamper = (path: UpdatePath): UpdatePath => ({ ...path, leafNode: { ...path.leafNode, encryptionKey } })
    expect(commit([], { tamper })).toMatchObject({ code: 'encryption-key-kept', rule: 'copath-mls-12.4.2-02' })
    expect(core.epoch.number).toBe(bob.epoch)
  })

  it('copath-mls-12.4.2-03, copath-mls-7.3-04: the leaf in the path is signed for its place', () => {
    const tamper = (path: UpdatePath): UpdatePath => ({
      ...path,
      leafNode: { ...path.leafNode, extensions: [{ extensionType: CUSTOM_EXTENSION, extensionData: utf8('late') }] },
    })
    expect(commit([], { tamper })).toMatchObject({ code: 'invalid-signature', rule: 'copath-mls-12.4.2-03' })
  })

  it('copath-mls-12.4.2-04, copath-mls-6.1-04: a commit is by a member, or by somebody who joins by it', () => {
    const sender = { senderType: 'external', senderIndex: 0 } as const
    // no external sender is known, so that is what refuses it
    expect(commit([], { sender })).toMatchObject({ code: 'unknown-sender' })
    const known = TestGroup.of([client(1), client(2)], { extensions: [externalSenders()] })
    const [one, two] = known.groups as [Group, Group]
    const message = forgeCommit(one, {
      proposals: [],
      sender,
      signer: signerOf(suite, 500),
      leafSigner: coreOf(one).signer,
    })
    expect(refused(message, two)).toMatchObject({ code: 'invalid-commit', rule: 'copath-mls-12.4.2-04' })
  })

  it('copath-mls-12.4.2-05: there is a path where one is required', () => {
    const custom = { proposalType: 'unknown', proposalTypeValue: CUSTOM_TYPE, data: utf8('') } as const
    const leaving = forgeProposal(carol, { proposalType: 'self_remove' })
    const [event] = world.deliver(leaving, carol).values()
    const ref = event!.kind === 'proposal' ? event!.ref : utf8('')
    const extensions = { proposalType: 'group_context_extensions', extensions: [] } as const
    const lists: Forgery['proposals'][] = [[], [remove(2)], [extensions], [custom], [ref]]
    for (const list of lists) {
      expect(commit(list, { path: false })).toMatchObject({ code: 'invalid-commit', rule: 'copath-mls-12.4.2-05' })
    }
  })

  it('copath-mls-12.4.2-06: pre-shared keys are known', () => {
    const psk = { psktype: 'external', pskId: utf8('unheard of'), pskNonce: new Uint8Array(32) } as const
    expect(commit([{ proposalType: 'psk', psk }])).toMatchObject({ code: 'unknown-psk', rule: 'copath-mls-12.4.2-06' })
  })

  it('copath-mls-12.4.2-07: the policy allows the commit', () => {
    const strict = TestGroup.of([
      client(1),
      client(2, { policy: { mayCommit: ({ proposals }: { proposals: unknown[] }) => proposals.length === 0 } }),
    ])
    const [one, two] = strict.groups as [Group, Group]
    expect(refused(forgeCommit(one, { proposals: [addOf(50)] }), two)).toMatchObject({ rule: 'copath-mls-12.4.2-07' })
    expect(two.process(forgeCommit(one, { proposals: [] })).kind).toBe('commit')
  })

  it('paths that do not fit the tree are refused', () => {
    const cut = (path: UpdatePath): UpdatePath => ({ ...path, nodes: path.nodes.slice(1) })
    expect(commit([], { tamper: cut })).toMatchObject({ code: 'wrong-path-length' })
    const swapped = (path: UpdatePath): UpdatePath => ({
      ...path,
      nodes: path.nodes.map(node => ({
        ...node,
        encryptionKey: keyPairOf(suite, 3000 + node.encryptionKey[0]!).publicKey,
      })),
    })
    expect(commit([], { tamper: swapped })).toMatchObject({ code: 'wrong-parent-hash' })
    const garbled = (path: UpdatePath): UpdatePath => ({
      ...path,
      nodes: path.nodes.map(node => ({
        ...node,
        encryptedPathSecret: packed(
          [...node.encryptedPathSecret].map(sealed => ({
            ...sealed,
            ciphertext: sealed.ciphertext.map(byte => byte ^ 1),
          })),
        ),
      })),
    })
    expect(commit([], { tamper: garbled })).toMatchObject({ code: 'invalid-tag' })
  })
})

function addOf(seed: number): Proposal {
  return { proposalType: 'add', keyPackage: decode(KeyPackage, client(seed).keyPackage()) }
}

function externalSenders() {
  const { credential } = client(500).description
  const list = [{ signatureKey: signerOf(suite, 500).publicKey, credential }]
  return { extensionType: ExtensionType.of.external_senders, extensionData: encode(ExternalSenders, list) }
}

describe('RFC 9420 section 12.4.3.2, external commits', () => {
  const sender = { senderType: 'new_member_commit' } as const
  const joiner = client(70)
  const init: Proposal = { proposalType: 'external_init', kemOutput: new Uint8Array(32) }

  /** An external commit with this list; the secrets do not matter, as it is refused before. */
  const external = (proposals: Forgery['proposals'], more: Partial<Forgery> = {}) =>
    commit(proposals, {
      sender,
      signer: joiner.signer,
      leaf: { ...joiner.description } as never,
      ...more,
    })

  it('copath-mls-12.2-20: there is one ExternalInit', () => {
    expect(external([])).toMatchObject({ rule: 'copath-mls-12.2-20' })
    expect(external([init, init])).toMatchObject({ rule: 'copath-mls-12.2-20' })
  })

  it('copath-mls-12.2-21: there is at most one Remove', () => {
    expect(external([init, remove(2), remove(3)])).toMatchObject({ rule: 'copath-mls-12.2-21' })
  })

  it('copath-mls-12.2-22: there is nothing else', () => {
    expect(external([init, addOf(51)])).toMatchObject({ rule: 'copath-mls-12.2-22' })
    const gce = { proposalType: 'group_context_extensions', extensions: [] } as const
    expect(external([init, gce])).toMatchObject({ rule: 'copath-mls-12.2-22' })
  })

  it('copath-mls-12.2-23: a former self gets a new key', () => {
    const former = coreOf(carol).tree.leafNode(carol.leaf)!
    const { credential, encryptionKey } = former
    const tamper = (path: UpdatePath): UpdatePath => ({ ...path, leafNode: { ...path.leafNode, encryptionKey } })
    const signer = coreOf(carol).signer
    const more = { signer, leaf: { credential }, tamper }
    expect(external([init, remove(2)], more)).toMatchObject({ rule: 'copath-mls-12.2-23' })
  })

  it('copath-mls-12.4.3.2-01: nothing is by reference but a SelfRemove', () => {
    const message = carol.propose({ type: 'remove', leaf: 3 })
    const event = bob.process(message)
    const ref = event.kind === 'proposal' ? event.ref : utf8('')
    expect(external([init, ref])).toMatchObject({ rule: 'copath-mls-12.4.3.2-01' })
  })

  it('copath-mls-5.3.1-01: the authentication service accepts who joins', () => {
    const isValid = ({ signatureKey }: { signatureKey: Uint8Array }): boolean =>
      !equalPublic(signatureKey, joiner.signer.publicKey)
    const [one, two] = TestGroup.of([client(1), client(2, { authentication: { isValid } })]).groups as [Group, Group]
    const request = { ...joiner.description, suite, config: joiner.config }
    const { commit: message } = Group.externalJoin({ ...request, groupInfo: one.groupInfo() })
    expect(refused(message, two)).toMatchObject({ code: 'invalid-credential', rule: 'copath-mls-5.3.1-01' })
    expect(one.process(message).kind).toBe('commit')
  })

  it('copath-mls-12.4.3.2-02: there is a path', () => {
    expect(external([init], { path: false })).toMatchObject({ code: 'invalid-commit', rule: 'copath-mls-12.4.3.2-02' })
  })

  it('copath-mls-12.4.3.2-03: the group info has the external key', () => {
    const request = { ...joiner.description, suite, config: joiner.config }
    const groupInfo = alice.groupInfo({ externalPub: false })
    expect(refusedBy([joiner, alice], () => Group.externalJoin({ ...request, groupInfo }))).toMatchObject({
      rule: 'copath-mls-12.4.3.2-03',
    })
  })

  it('copath-mls-12.4.3-03: the client is not in a group of that name', () => {
    const request = { ...joiner.description, suite, config: joiner.config, isKnown: () => true }
    const groupInfo = alice.groupInfo()
    expect(refusedBy([joiner, alice], () => Group.externalJoin({ ...request, groupInfo }))).toMatchObject({
      rule: 'copath-mls-12.4.3-03',
    })
  })

  it('copath-mls-12.4.3-02: the group info is of the suite', () => {
    const groupInfo = alice.groupInfo()
    const other = new TestClient(seededProvider(1).suite(3), 71)
    const request = { ...other.description, suite: other.suite, groupInfo, config: other.config }
    expect(refusedBy([other, alice], () => Group.externalJoin(request))).toMatchObject({
      code: 'wrong-suite',
      rule: 'copath-mls-12.4.3-02',
    })
  })

  it('copath-mls-12.4.3-01: the group info is signed by a member', () => {
    const decoded = decode(MLSMessage, alice.groupInfo())
    if (decoded.wireFormat !== 'mls_group_info') throw new Error(decoded.wireFormat)
    const request = { ...joiner.description, suite, config: joiner.config }
    for (const change of [{ signer: 1 }, { signer: 77 }, { confirmationTag: new Uint8Array(32) }]) {
      const groupInfo = encode(MLSMessage, { ...decoded, groupInfo: { ...decoded.groupInfo, ...change } })
      expect(refusedBy([joiner, alice], () => Group.externalJoin({ ...request, groupInfo }))).toMatchObject({
        rule: 'copath-mls-12.4.3-01',
      })
    }
  })

  it('SelfRemoves that wait are committed by those who join', () => {
    const leaving = carol.propose({ type: 'self_remove' })
    world.deliver(leaving, carol)
    const { group, commit: message } = Group.externalJoin({
      ...joiner.description,
      suite,
      config: joiner.config,
      groupInfo: alice.groupInfo(),
      selfRemoves: [leaving],
    })
    world.deliver(message)
    expect(carol.status).toBe('removed')
    expect(group.epochAuthenticator()).toEqual(bob.epochAuthenticator())
    expect(bob.member(2)?.credential).toEqual(joiner.description.credential)
  })

  it('a former self that has asked to leave is not removed twice by whoever joins again', () => {
    const leaving = [utf8('once'), utf8('twice')].map(authenticatedData =>
      forgeProposal(carol, { proposalType: 'self_remove' }, { authenticatedData }),
    )
    for (const message of leaving) world.deliver(message)
    const again = { ...client(3).description, suite, config: joiner.config, groupInfo: alice.groupInfo(), resync: 2 }
    const { group, commit: message } = Group.externalJoin({ ...again, selfRemoves: leaving })
    world.deliver(message)
    expect(carol.status).toBe('removed')
    expect(group.leaf).toBe(2)
    expect(group.epochAuthenticator()).toEqual(bob.epochAuthenticator())
  })

  it('copath-mls-12.1-01: SelfRemoves of another group or epoch are not committed by those who join', () => {
    const request = { ...joiner.description, suite, config: joiner.config, groupInfo: alice.groupInfo() }
    for (const [framing, rule] of [
      [{ groupId: utf8('another') }, 'copath-mls-6-01'],
      [{ epoch: 2n }, 'copath-mls-6-02'],
    ] as const) {
      const selfRemoves = [forgeProposal(carol, { proposalType: 'self_remove' }, framing)]
      expect(refusedBy([joiner, alice], () => Group.externalJoin({ ...request, selfRemoves }))).toMatchObject({ rule })
    }
  })

  it('copath-mls-self-remove-02: a SelfRemove is public', () => {
    const core = coreOf(alice)
    const proposal = { proposalType: 'self_remove' } as const
    expect(bob.process(forgeProposal(alice, proposal)).kind).toBe('proposal')
    expect(refused(privately(core, proposal), carol)).toMatchObject({ rule: 'copath-mls-self-remove-02' })
  })
})

/** A proposal in a private message. */
function privately(core: GroupCore, proposal: Proposal): Uint8Array {
  const { groupId, epoch } = core.epoch.context.context
  const content = {
    groupId,
    epoch,
    sender: { senderType: 'member', leafIndex: core.leaf },
    authenticatedData: new Uint8Array(0),
    contentType: 'proposal',
    proposal,
  } as const
  const { toBeSigned, signature } = signInEpoch(core.state, PRIVATE_MESSAGE, content)
  return protect(core.state, { wireFormat: PRIVATE_MESSAGE, content, auth: { signature } }, toBeSigned)
}
