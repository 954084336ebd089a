/** RFC 9420 sections 11, 12.3, 12.4.1 and 12.4.3.3: how groups begin, what commits do in which order, and what is sent of it. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { RequiredCapabilities } from '../../src/mls/extension.ts'
import type { Group } from '../../src/mls/group.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import type { Proposal } from '../../src/mls/proposal.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { treeHash } from '../../src/mls/tree-hash.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import { coreOf, forgeCommit } from './forge-commit.ts'
import { CUSTOM_TYPE, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusedBy } from './rules.ts'

const suite = seededProvider(61).suite(1)
const client = (seed: number, capabilities = {}): TestClient =>
  new TestClient(suite, seed, { handshake: 'public' }, capabilities)
const world = (size: number, changes = {}): TestGroup =>
  TestGroup.of(
    Array.from({ length: size }, (_, i) => client(i + 1)),
    changes,
  )
const add = (seed: number, capabilities = {}): Proposal => ({
  proposalType: 'add',
  keyPackage: decode(KeyPackage, client(seed, capabilities).keyPackage()),
})
const remove = (removed: number): Proposal => ({ proposalType: 'remove', removed })
const extensions = (list: Extract<Proposal, { extensions: unknown }>['extensions']): Proposal => ({
  proposalType: 'group_context_extensions',
  extensions: list,
})

function decoded(message: Uint8Array): MLSMessage {
  return decode(MLSMessage, message)
}

describe('RFC 9420 section 11, a new group', () => {
  it('copath-mls-11-01: is of one member, in epoch 0, without a past, and with fresh secrets', () => {
    const [one, two] = [client(1), client(1)].map(each => each.create({ groupId: utf8('g') })) as [Group, Group]
    const info = decoded(one.groupInfo())
    if (info.wireFormat !== 'mls_group_info') throw new Error(info.wireFormat)
    const { groupContext } = info.groupInfo
    expect(groupContext).toMatchObject({ epoch: 0n, cipherSuite: 1, extensions: [], groupId: utf8('g') })
    expect(groupContext.confirmedTranscriptHash).toHaveLength(0)
    expect([one.memberCount, one.leaf, one.ratchetTree().length > 1]).toEqual([1, 0, true])
    expect(groupContext.treeHash).toEqual(treeHash(coreOf(one).tree.store, suite.hash))
    expect(toHex(one.epochAuthenticator())).not.toBe(toHex(two.epochAuthenticator()))
    expect(toHex(client(1).create().groupId)).not.toBe(toHex(client(1).create().groupId))
  })
})

describe('RFC 9420 section 12.3, the effects of a commit', () => {
  const required = {
    extensionType: ExtensionType.of.required_capabilities,
    extensionData: encode(RequiredCapabilities, {
      extensionTypes: [],
      proposalTypes: [CUSTOM_TYPE],
      credentialTypes: [],
    }),
  }

  it('copath-mls-12.3-01: what is proposed is held against the new extensions, wherever they are in the list', () => {
    const lacking = (): Proposal => add(50, { proposals: [] })
    for (const list of [() => [extensions([required]), lacking()], () => [lacking(), extensions([required])]]) {
      const [alice, bob] = world(3).groups as [Group, Group]
      const message = forgeCommit(alice, { proposals: list() })
      expect(refusedBy(bob, () => bob.process(message))).toMatchObject({ rule: 'copath-mls-12.2-11' })
    }
    for (const list of [() => [extensions([]), lacking()], () => [lacking(), extensions([])]]) {
      const [alice, bob] = world(3, { extensions: [required] }).groups as [Group, Group]
      const still = forgeCommit(alice, { proposals: [lacking()] })
      expect(refusedBy(bob, () => bob.process(still))).toMatchObject({ rule: 'copath-mls-12.2-11' })
      expect(bob.process(forgeCommit(alice, { proposals: list() }))).toMatchObject({ changes: { added: [3] } })
    }
  })

  it('copath-mls-12.3-02: members are removed before others are added, and these in their order, wherever they are in the list', () => {
    const [alice, bob] = world(4).groups as [Group, Group]
    const { keyPackage: first } = add(50) as Extract<Proposal, { proposalType: 'add' }>
    const { keyPackage: second } = add(51) as Extract<Proposal, { proposalType: 'add' }>
    const proposals: Proposal[] = [
      { proposalType: 'add', keyPackage: first },
      remove(3),
      { proposalType: 'add', keyPackage: second },
      remove(2),
      extensions([]),
    ]
    expect(bob.process(forgeCommit(alice, { proposals }))).toMatchObject({ changes: { added: [2, 3] } })
    expect([2, 3].map(leaf => bob.member(leaf)?.signatureKey)).toEqual(
      [first, second].map(({ leafNode }) => leafNode.signatureKey),
    )
  })

  it('copath-mls-12.1.1-01: the key package of an Add is valid', () => {
    const [alice, bob] = world(2).groups as [Group, Group]
    const { keyPackage } = add(50) as Extract<Proposal, { proposalType: 'add' }>
    const signature = keyPackage.signature.map(byte => byte ^ 1)
    const message = forgeCommit(alice, {
      proposals: [{ proposalType: 'add', keyPackage: { ...keyPackage, signature } }],
    })
    expect(refusedBy(bob, () => bob.process(message))).toMatchObject({ rule: 'copath-mls-10.1-05', proposal: 0 })
  })
})

describe('RFC 9420 section 12.4.1, what a committer makes', () => {
  const hasPath = (message: Uint8Array): boolean => {
    const it = decoded(message)
    const content = it.wireFormat === 'mls_public_message' ? it.publicMessage.content : undefined
    return content?.contentType === 'commit' && content.commit.path !== undefined
  }

  it('copath-mls-12.4.1-01: there is a path where one is required, whatever is asked for', () => {
    const [alice] = world(4).groups as [Group]
    const made = (requests: Parameters<Group['commit']>[0]): boolean => {
      const { commit } = alice.commit(requests, { path: false })
      alice.reject()
      return hasPath(commit)
    }
    expect(made([])).toBe(true)
    expect(made([{ type: 'remove', leaf: 2 }])).toBe(true)
    expect(made([{ type: 'extensions', extensions: [] }])).toBe(true)
    expect(made([client(50).add(), { type: 'remove', leaf: 2 }])).toBe(true)
    expect(made([client(50).add()])).toBe(false)
    expect(made([{ type: 'reinit', groupId: utf8('n'), cipherSuite: 1 }])).toBe(false)
  })

  it('copath-mls-12.4.1-02: the Welcome is for each member that is added', () => {
    const group = world(2)
    const [alice, bob] = group.groups as [Group, Group]
    const newcomers = [50, 51, 52].map(seed => client(seed))
    group.propose(bob, newcomers[0]!.add())
    const { welcome } = group.commit(
      alice,
      newcomers.slice(1).map(each => each.add()),
    )
    const it = decoded(welcome!)
    expect(it.wireFormat === 'mls_welcome' && it.welcome.secrets).toHaveLength(3)
    expect(newcomers.map(each => each.join(welcome!).epoch)).toEqual([alice.epoch, alice.epoch, alice.epoch])
  })

  it('copath-mls-12.4.3.3-02: a tree is sent without the blank nodes at its end', () => {
    const group = world(6)
    const [alice] = group.groups as [Group]
    for (const leaf of [1, 5]) group.commit(alice, [{ type: 'remove', leaf }])
    const nodes = decode(RatchetTree, alice.ratchetTree())
    // leaves 0 to 4 of eight
    expect(nodes).toHaveLength(9)
    expect(nodes.at(-1)).toBeDefined()
  })
})
