/** What a group keeps for long is its own, not a view that keeps a whole message, with a tree in it, in memory. */
import { expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import type { Epoch } from '../../src/mls/epoch.ts'
import { Group } from '../../src/mls/group.ts'
import { coreOf } from './forge-commit.ts'
import { CUSTOM_EXTENSION, seededProvider, TestClient, TestGroup } from './group-world.ts'

const suite = seededProvider(24).suite(1)
const client = (seed: number): TestClient => new TestClient(suite, seed, { handshake: 'public' })

/** The byte strings of an epoch that are views of something much longer. */
function largeViews({ context, confirmationTag, interimTranscriptHash }: Epoch): string[] {
  const { groupId, treeHash, confirmedTranscriptHash } = context.context
  const extensions = context.extensions.map(({ extensionData }) => extensionData)
  const kept = {
    groupId,
    treeHash,
    confirmedTranscriptHash,
    confirmationTag,
    interimTranscriptHash,
    ...Object.fromEntries(extensions.entries()),
  }
  return Object.entries(kept).flatMap(([name, bytes]) => (bytes.buffer.byteLength > 512 ? [name] : []))
}

it('an epoch, of those who join by Welcome and by themselves, or follow a commit', () => {
  const extension = { extensionType: CUSTOM_EXTENSION, extensionData: utf8('x') }
  const many = Array.from({ length: 20 }, (_, i) => client(i + 1))
  const world = TestGroup.of(many.slice(0, 19), { extensions: [extension] })
  const [alice, bob] = world.groups as [Group, Group]
  expect(alice.groupInfo().length).toBeGreaterThan(3000)
  expect(largeViews(coreOf(bob).epoch)).toEqual([])
  const { commit } = alice.commit([{ type: 'extensions', extensions: [{ ...extension, extensionData: utf8('y') }] }])
  world.deliver(commit)
  expect(largeViews(coreOf(bob).epoch)).toEqual([])
  const dave = many[19]!
  const { description, config } = dave
  const { group } = Group.externalJoin({ ...description, suite, config, groupInfo: alice.groupInfo() })
  expect(largeViews(coreOf(group).epoch)).toEqual([])
})

it('the echo of a private proposal says what was said with it', () => {
  const world = TestGroup.of([new TestClient(suite, 1), new TestClient(suite, 2)])
  const [alice] = world.groups as [Group]
  const message = alice.propose({ type: 'update' }, utf8('why'))
  expect(alice.process(message)).toMatchObject({ kind: 'proposal', own: true, authenticatedData: utf8('why') })
})
