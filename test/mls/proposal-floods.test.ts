/** Proposals that cannot be committed: one keeps nobody from committing, and a flood of them costs little more than one. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { RequiredCapabilities } from '../../src/mls/extension.ts'
import type { Group } from '../../src/mls/group.ts'
import { KeyPackageTBS } from '../../src/mls/key-package.ts'
import { createKeyPackage } from '../../src/mls/key-package-create.ts'
import { signLeaf } from '../../src/mls/leaf-signature.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { forgeCommit, forgeProposal } from './forge-commit.ts'
import { CUSTOM_EXTENSION, LIFETIME, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusedBy } from './rules.ts'

const counting = countOperations(seededProvider(21))
const suite = counting.suite(1)
const client = (seed: number, capabilities = {}) => new TestClient(suite, seed, { handshake: 'public' }, capabilities)
const EMPTY = new Uint8Array(0)

const twice = { extensionType: CUSTOM_EXTENSION, extensionData: EMPTY }

describe('a proposal of extensions that nobody can read', () => {
  const [required_capabilities, external_senders] = [3, 5]

  it.each([
    ['repeated-extension', [twice, twice]],
    ['truncated', [{ extensionType: required_capabilities, extensionData: Uint8Array.of(9) }]],
    ['trailing-bytes', [{ extensionType: external_senders, extensionData: Uint8Array.of(0, 0) }]],
  ])('is refused when it comes (%s)', (code, extensions) => {
    const world = TestGroup.of([client(1), client(2)])
    const [alice, bob] = world.groups as [Group, Group]
    const message = forgeProposal(alice, { proposalType: 'group_context_extensions', extensions })
    expect(refusedBy(bob, () => bob.process(message))).toMatchObject({ code, rule: 'copath-mls-12.1.7-02' })
    // nothing waits that would keep anybody from committing or speaking
    world.say(bob, 'still here')
    world.commit(bob, [])
  })
})

it('copath-mls-13.4-01: a ReInit to extensions that no group can have is refused', () => {
  const world = TestGroup.of([client(1), client(2)])
  const [alice, bob] = world.groups as [Group, Group]
  const reinit = { proposalType: 'reinit', groupId: utf8('n'), version: 1, cipherSuite: 1 } as const
  for (const message of [
    forgeProposal(alice, { ...reinit, extensions: [twice, twice] }),
    forgeCommit(alice, { proposals: [{ ...reinit, extensions: [twice, twice] }], path: false }),
  ]) {
    expect(refusedBy(bob, () => bob.process(message))).toMatchObject({
      code: 'repeated-extension',
      rule: 'copath-mls-13.4-01',
    })
  }
  const garbled = { extensionType: ExtensionType.of.required_capabilities, extensionData: utf8('garbled') }
  const message = forgeCommit(alice, { proposals: [{ ...reinit, extensions: [garbled] }], path: false })
  expect(refusedBy(bob, () => bob.process(message))).toMatchObject({ proposal: 0, rule: 'copath-mls-12.1.7-02' })
  const later = forgeProposal(alice, { ...reinit, version: 2, extensions: [garbled] })
  expect(bob.process(later).kind).toBe('proposal')
})

describe('a flood of proposals that do not fit', () => {
  const FLOOD = 80
  const extensionData = encode(RequiredCapabilities, {
    extensionTypes: [CUSTOM_EXTENSION],
    proposalTypes: [],
    credentialTypes: [],
  })
  const required = { extensionType: ExtensionType.of.required_capabilities, extensionData }

  /** Bob commits after Alice has proposed; Carol has proposed something that fits. */
  function committed(make: (i: number) => Parameters<Group['propose']>[0]) {
    const world = TestGroup.of([client(1), client(2), client(3)], { extensions: [required] })
    const [alice, bob, carol] = world.groups as [Group, Group, Group]
    for (let i = 0; i < FLOOD; i++) world.propose(alice, make(i))
    world.propose(carol, client(400).add())
    let leftOut = 0
    const { sign } = counting.during(() => {
      leftOut = bob.commit().leftOut.length
    })
    bob.accept()
    return { leftOut, sign, members: bob.memberCount }
  }

  it.each([
    ['keys that nobody else has', (i: number) => ({ type: 'external_psk', pskId: utf8(`key ${i}`) }) as const],
    ['newcomers that lack what is required', (i: number) => client(100 + i, { extensions: [] }).add()],
  ])('%s: a commit is tried a few times, and brings what others have proposed', (_, make) => {
    const { leftOut, sign, members } = committed(make)
    expect(leftOut).toBe(FLOOD)
    expect(members).toBe(4)
    // a leaf and the commit each time, and the group info in the end
    expect(sign).toBeLessThanOrEqual(2 * 10 + 1)
  })
})

describe('a proposal that makes what the committer wants unfit', () => {
  const extensionData = encode(RequiredCapabilities, {
    extensionTypes: [CUSTOM_EXTENSION],
    proposalTypes: [],
    credentialTypes: [],
  })
  const demand = {
    proposalType: 'group_context_extensions',
    extensions: [{ extensionType: ExtensionType.of.required_capabilities, extensionData }],
  } as const

  it('demands what the committer cannot do, or whom it adds: it is left out, and others are not', () => {
    const world = TestGroup.of([client(1), client(2, { extensions: [] }), client(3)])
    const [alice, bob, carol] = world.groups as [Group, Group, Group]
    world.deliver(forgeProposal(alice, demand), alice)
    world.propose(carol, { type: 'remove', leaf: alice.leaf })
    expect(bob.commit().leftOut).toHaveLength(1)
    bob.reject()
    const lacking = client(4, { extensions: [] }).add()
    expect(carol.commit([lacking]).leftOut).toHaveLength(1)
    carol.reject()
    expect(() => carol.commit([lacking, { type: 'remove', leaf: 9 }])).toThrow(
      expect.objectContaining({ code: 'invalid-proposal' }),
    )
  })

  it('has taken the encryption key of whom the committer adds', () => {
    const world = TestGroup.of([client(1), client(2)])
    const [alice, bob] = world.groups as [Group, Group]
    const dave = client(4)
    const add = dave.add()
    const { encryptionKey } = dave.keyPackages[0]!.keyPackage.leafNode
    const mallory = client(5)
    const { keyPackage } = createKeyPackage(suite, { ...mallory.description, lifetime: LIFETIME })
    const leafNode = signLeaf(suite, mallory.signer, { ...keyPackage.leafNode, encryptionKey })
    const content = { ...keyPackage, leafNode }
    const signature = suite.labels.signWithLabel(mallory.signer, 'KeyPackageTBS', encode(KeyPackageTBS, content))
    const taken = { proposalType: 'add', keyPackage: { ...content, signature } } as const
    world.deliver(forgeProposal(alice, taken), alice)
    expect(bob.commit([add]).leftOut).toHaveLength(1)
    bob.accept()
    expect(bob.memberCount).toBe(3)
  })
})
