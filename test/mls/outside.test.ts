/** Those who are not members yet, or never will be: proposals from outside, made and committed. */
import { describe, expect, it } from 'vitest'
import { decode, encode } from '../../src/codec/codec.ts'
import { ExternalSenders } from '../../src/mls/extension.ts'
import type { Group } from '../../src/mls/group.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { proposeFromOutside, proposeToJoin } from '../../src/mls/outside.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { expectAgreement, NOW, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { signerOf } from './leaves.ts'
import { refusal } from './rules.ts'

const suite = seededProvider(14).suite(3)
const client = (seed: number): TestClient => new TestClient(suite, seed)
const config = { clock: () => NOW }

describe('somebody asks to be added', () => {
  const eve = client(5)
  eve.keyPackage()
  const [keyPackage] = eve.keyPackages as [(typeof eve.keyPackages)[number]]
  const { signer } = eve

  it('and is', () => {
    const world = TestGroup.of([client(1), client(2)])
    const [alice, bob] = world.groups as [Group, Group]
    const { groupId, epoch } = alice
    world.deliver(proposeToJoin(suite, { groupId, epoch }, { signer, keyPackage, config }))
    const result = alice.commit([])
    world.deliver(result.commit)
    expectAgreement([alice, bob, world.join(eve, result)])
  })

  const to = { groupId: new Uint8Array(1), epoch: 0n }

  it('copath-mls-6.1-08: with the key that is in the key package', () => {
    const ask = () => proposeToJoin(suite, to, { signer: signerOf(suite, 6), keyPackage, config })
    expect(refusal(ask)).toMatchObject({ class: 'UsageError', code: 'wrong-argument' })
  })

  it('copath-mls-7.3-07: with a key package that has not run out', () => {
    const ask = (now: bigint) => refusal(() => proposeToJoin(suite, to, { signer, keyPackage, config: at(now) }))
    expect([ask(1_000n), ask(2_000n)]).toEqual([undefined, undefined])
    for (const now of [999n, 2_001n]) expect(ask(now)).toMatchObject({ code: 'outside-lifetime' })
  })

  it('copath-mls-7.3-07: and so does a service that asks for it, which takes care whom it adds', () => {
    const proposal = { proposalType: 'add', keyPackage: decode(KeyPackage, keyPackage.encoded) } as const
    const ask = (more: object) =>
      refusal(() => proposeFromOutside(suite, to, { signer: signerOf(suite, 50), senderIndex: 0, proposal, ...more }))
    expect(ask({ config })).toBeUndefined()
    expect(ask({ config: at(2_001n) })).toMatchObject({ code: 'outside-lifetime' })
    expect(ask({ config: { ...config, authentication: { isValid: () => false } } })).toMatchObject({
      rule: 'copath-mls-5.3.1-01',
    })
  })

  function at(now: bigint) {
    return { clock: () => now }
  }
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
