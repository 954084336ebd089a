/** Those who are not members yet, or never will be: proposals from outside, made and committed. */
import { expect, it } from 'vitest'
import { encode } from '../../src/codec/codec.ts'
import { ExternalSenders } from '../../src/mls/extension.ts'
import type { Group } from '../../src/mls/group.ts'
import { proposeFromOutside, proposeToJoin } from '../../src/mls/outside.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { expectAgreement, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusal } from './rules.ts'

const suite = seededProvider(14).suite(3)
const client = (seed: number): TestClient => new TestClient(suite, seed)

it('somebody asks to be added', () => {
  const world = TestGroup.of([client(1), client(2)])
  const [alice, bob] = world.groups as [Group, Group]
  const eve = client(5)
  eve.keyPackage()
  const { groupId, epoch } = alice
  const asking = proposeToJoin(suite, { groupId, epoch }, { signer: eve.signer, keyPackage: eve.keyPackages[0]! })
  world.deliver(asking)
  const result = alice.commit([])
  world.deliver(result.commit)
  expectAgreement([alice, bob, world.join(eve, result)])
})

it('a service proposes to remove somebody', () => {
  const service = client(50)
  const { credential, signer } = service.description
  const senders = encode(ExternalSenders, [{ signatureKey: signer.publicKey, credential }])
  const extensions = [{ extensionType: ExtensionType.of.external_senders, extensionData: senders }]
  const world = TestGroup.of([client(1), client(2), client(3)], { extensions })
  const [alice] = world.groups as [Group]
  const to = { groupId: alice.groupId, epoch: alice.epoch }
  const proposal = { proposalType: 'remove', removed: 2 } as const
  world.deliver(proposeFromOutside(suite, to, { signer, senderIndex: 0, proposal }))
  world.commit(alice, [])
  expect(alice.memberCount).toBe(2)
  const leaving = { proposalType: 'self_remove' } as const
  expect(refusal(() => proposeFromOutside(suite, to, { signer, senderIndex: 0, proposal: leaving }))).toMatchObject({
    rule: 'copath-mls-12.1.8-02',
  })
})
