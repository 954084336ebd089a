/** Lists made to be expensive: what is said twice in them is found in time that follows their length, not its square. */
import { expect, it } from 'vitest'
import { encode } from '../../src/codec/codec.ts'
import { type Extension, ExternalSenders, RequiredCapabilities } from '../../src/mls/extension.ts'
import type { Group } from '../../src/mls/group.ts'
import { createKeyPackage } from '../../src/mls/key-package-create.ts'
import { readKeyPackage } from '../../src/mls/proposal-request.ts'
import { PublicGroup } from '../../src/mls/public-group.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { forgeCommit, forgeProposal } from './forge-commit.ts'
import { LIFETIME, seededProvider, TestClient, TestGroup } from './group-world.ts'

const suite = seededProvider(22).suite(1)
const client = (seed: number, more = {}): TestClient => new TestClient(suite, seed, { handshake: 'public' }, more)
const EMPTY = new Uint8Array(0)
// each of these took five seconds and more when all pairs were compared
const SOON = 2000

function timeOf(body: () => void): number {
  const start = performance.now()
  body()
  return performance.now() - start
}

// as many types as there are, without those that have a meaning
const types = Array.from({ length: 0xffff - 32 }, (_, i) => i + 32)
const extensions: Extension[] = types.map(extensionType => ({ extensionType, extensionData: EMPTY }))

it('a group info with every extension there can be', () => {
  const groupInfo = client(1).create().groupInfo({ extensions })
  expect(groupInfo.length).toBeLessThan(300_000)
  expect(timeOf(() => PublicGroup.follow({ suite, groupInfo }))).toBeLessThan(SOON)
})

it('a key package with every extension there can be, all of which its leaf supports', () => {
  const mallory = client(2, { extensions: types })
  const time = timeOf(() => {
    const own = createKeyPackage(suite, { ...mallory.description, lifetime: LIFETIME, extensions })
    PublicGroup.follow({ suite, groupInfo: client(1).create().groupInfo(), config: mallory.config }).checkKeyPackages([
      own.keyPackage,
    ])
  })
  expect(time).toBeLessThan(SOON)
})

it('external senders that take the place of as many others', () => {
  const senders = (tag: number): Extension => ({
    extensionType: ExtensionType.of.external_senders,
    extensionData: encode(
      ExternalSenders,
      Array.from({ length: 4000 }, (_, i) => ({
        signatureKey: Uint8Array.of(tag, i >> 8, i),
        credential: { credentialType: 'basic' as const, identity: EMPTY },
      })),
    ),
  })
  const world = TestGroup.of([client(1), client(2)], { extensions: [senders(1)] })
  const [alice, bob] = world.groups as [Group, Group]
  const commit = forgeCommit(alice, {
    proposals: [{ proposalType: 'group_context_extensions', extensions: [senders(2)] }],
    path: true,
  })
  expect(commit.length).toBeLessThan(40_000)
  expect(timeOf(() => void bob.process(commit))).toBeLessThan(SOON)
  expect(bob.extensions).toEqual([senders(2)])
})

it('newcomers of whom the same is demanded again and again', () => {
  const required = { extensionTypes: new Array<number>(400_000).fill(1), proposalTypes: [], credentialTypes: [] }
  const extensionData = encode(RequiredCapabilities, required)
  const demand = { extensionType: ExtensionType.of.required_capabilities, extensionData }
  const world = TestGroup.of([client(1), client(2)])
  const [alice, bob] = world.groups as [Group, Group]
  const adds = Array.from({ length: 150 }, (_, i) => {
    return { proposalType: 'add', keyPackage: readKeyPackage(client(100 + i).keyPackage()) } as const
  })
  const commit = forgeCommit(alice, {
    proposals: [{ proposalType: 'group_context_extensions', extensions: [demand] }, ...adds],
    path: true,
  })
  expect(timeOf(() => void bob.process(commit))).toBeLessThan(SOON)
  expect(bob.memberCount).toBe(152)
})

it('values of a byte each, of which objects would take a hundred times as much', () => {
  const world = TestGroup.of([client(1), client(2)])
  const [alice, bob] = world.groups as [Group, Group]
  const certificates = new Array(1_000_000).fill({ certData: EMPTY })
  const { keyPackage } = createKeyPackage(suite, { ...client(3).description, lifetime: LIFETIME })
  const leafNode = { ...keyPackage.leafNode, credential: { credentialType: 'x509', certificates } } as const
  const message = forgeProposal(alice, { proposalType: 'add', keyPackage: { ...keyPackage, leafNode } })
  expect(
    timeOf(() => expect(() => bob.process(message)).toThrow(expect.objectContaining({ code: 'too-many-values' }))),
  ).toBeLessThan(SOON)
})
