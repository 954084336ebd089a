/** RFC 9420 sections 5.3.1, 7.2 and 7.3 where groups apply them: whose credentials are asked about, lifetimes, what a leaf lists. */
import { describe, expect, it } from 'vitest'
import { equalPublic } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { ExternalSenders } from '../../src/mls/extension.ts'
import { Group } from '../../src/mls/group.ts'
import type { GroupConfig, Identity } from '../../src/mls/group-config.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { PublicGroup } from '../../src/mls/public-group.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { coreOf, forgeCommit } from './forge-commit.ts'
import { refusedJoin } from './forge-welcome.ts'
import { NOW, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { signerOf } from './leaves.ts'
import { refusal, refusedBy } from './rules.ts'

const suite = seededProvider(26).suite(1)
const client = (seed: number, more: GroupConfig = {}) => new TestClient(suite, seed, { handshake: 'public', ...more })

/** An authentication service that knows everybody but one. */
function allBut(seed: number): GroupConfig {
  const stranger = signerOf(suite, seed).publicKey
  return { authentication: { isValid: ({ signatureKey }: Identity) => !equalPublic(signatureKey, stranger) } }
}

/** What those say who join by themselves, or follow, from a group's published state. */
function fromOutside(host: Group, config: GroupConfig): (Record<string, unknown> | undefined)[] {
  const joiner = client(90, config)
  const groupInfo = host.groupInfo()
  return [
    refusedBy([joiner, host], () =>
      Group.externalJoin({ ...joiner.description, suite, config: joiner.config, groupInfo }),
    ),
    refusal(() => PublicGroup.follow({ suite, groupInfo, config: joiner.config })),
  ]
}

describe('the authentication service', () => {
  it('copath-mls-5.3.1-04: is asked about key packages before they are used', () => {
    const [alice] = TestGroup.of([client(1, allBut(9)), client(2)]).groups as [Group]
    const rule = { code: 'invalid-credential', rule: 'copath-mls-5.3.1-01' }
    expect(refusedBy(alice, () => alice.commit([client(9).add()]))).toMatchObject(rule)
    expect(refusedBy(alice, () => alice.propose(client(9).add()))).toMatchObject(rule)
    expect(alice.commit([client(8).add()]).welcome).toBeDefined()
  })

  it('copath-mls-5.3.1-05: is asked about all who are in a group, by those who join it or follow it', () => {
    const world = TestGroup.of([client(1), client(2), client(3)])
    const [alice] = world.groups as [Group]
    const rule = { code: 'invalid-credential', rule: 'copath-mls-5.3.1-01', leaf: 1 }
    const dave = client(4, allBut(2))
    const { welcome } = alice.commit([dave.add()])
    expect(refusedJoin(dave, welcome!)).toMatchObject(rule)
    for (const why of fromOutside(alice, allBut(2))) expect(why).toMatchObject(rule)
    expect(fromOutside(alice, allBut(9))).toEqual([undefined, undefined])
  })

  it('copath-mls-5.3.1-03: is asked about the external senders of a group that is founded', () => {
    const { credential, signer } = client(77).description
    const extensionData = encode(ExternalSenders, [{ signatureKey: signer.publicKey, credential }])
    const extensions = [{ extensionType: ExtensionType.of.external_senders, extensionData }]
    expect(refusal(() => client(1, allBut(77)).create({ extensions }))).toMatchObject({
      code: 'invalid-credential',
      rule: 'copath-mls-5.3.1-03',
      external: 0,
    })
    expect(client(1, allBut(78)).create({ extensions }).memberCount).toBe(1)
  })
})

describe('copath-mls-7.3-06: credentials', () => {
  const OTHER = 0xf001
  const knowing = (seed: number, ...credentials: number[]) =>
    new TestClient(suite, seed, { handshake: 'public' }, { credentials })
  const other = { credentialType: 'unknown', credentialTypeValue: OTHER, content: new Uint8Array(1) } as const
  const why = (members: readonly TestClient[], added: TestClient) => {
    const [alice, bob] = TestGroup.of(members).groups as [Group, Group]
    const keyPackage = added.keyPackage({ ...added.description, credential: other })
    const proposal = { proposalType: 'add', keyPackage: decode(KeyPackage, keyPackage) } as const
    const message = forgeCommit(alice, { proposals: [proposal], path: false })
    return refusedBy(bob, () => bob.process(message))
  }

  it('of a new leaf are of a type that the others support', () => {
    const rule = { code: 'unsupported-credential', rule: 'copath-mls-12.2-12', type: OTHER }
    expect(why([knowing(1, 1), knowing(2, 1)], knowing(3, 1, OTHER))).toMatchObject(rule)
  })

  it('of the others are of types that it supports', () => {
    const rule = { code: 'missing-capability', rule: 'copath-mls-12.2-12', list: 'credentials', type: 1 }
    const both = [knowing(1, 1, OTHER), knowing(2, 1, OTHER)]
    expect(why(both, knowing(3, OTHER))).toMatchObject(rule)
    expect(why(both, knowing(3, 1, OTHER))).toBeUndefined()
  })
})

describe('the lifetime of a leaf', () => {
  it('copath-mls-7.2-03: is not longer than allowed, whether or not it is looked at whether it has passed', () => {
    const strict = { longestLifetime: 10_000n, checkReceivedLifetimes: false }
    const world = TestGroup.of([client(1), client(2, strict)])
    const [alice, bob] = world.groups as [Group, Group]
    const eve = client(5)
    const lasting = { notBefore: NOW, notAfter: NOW + 10_001n }
    const add = { type: 'add', keyPackage: eve.keyPackage({ lifetime: lasting }) } as const
    expect(refusedBy(bob, () => bob.commit([add]))).toMatchObject({ code: 'lifetime-too-long' })
    expect(refusedBy(bob, () => bob.process(alice.propose(add)))).toMatchObject({ code: 'lifetime-too-long' })
    const { commit } = alice.commit([])
    expect(refusedBy(bob, () => bob.process(commit))).toMatchObject({ code: 'unknown-proposal' })
    alice.accept()

    // whoever joins looks at all leaves
    const dave = client(4, strict)
    const { welcome } = alice.commit([dave.add()])
    expect(refusedJoin(dave, welcome!)).toMatchObject({ code: 'lifetime-too-long', leaf: 2 })
    alice.accept()
    for (const why of fromOutside(alice, strict)) expect(why).toMatchObject({ code: 'lifetime-too-long', leaf: 2 })
    expect(fromOutside(alice, { longestLifetime: 10_001n })).toEqual([undefined, undefined])
  })

  it('copath-mls-7.3-08: has not passed when a key package comes, where the application wants to know', () => {
    let now = NOW
    const clock = () => now
    const clients = [client(1), client(2, { clock, checkReceivedLifetimes: true }), client(3, { clock })]
    const [alice, bob, carol] = TestGroup.of(clients).groups as [Group, Group, Group]
    const { commit } = alice.commit([client(5).add()])
    for (now of [999n, 2_001n]) {
      expect(refusedBy(bob, () => bob.process(commit))).toMatchObject({ code: 'outside-lifetime' })
    }
    expect(carol.process(commit).kind).toBe('commit')
    now = NOW
    expect(bob.process(commit).kind).toBe('commit')
  })

  it('copath-mls-7.3-07: has not passed when a key package that came before is committed', () => {
    let now = NOW
    const [alice, bob] = TestGroup.of([client(1), client(2, { clock: () => now })]).groups as [Group, Group]
    bob.process(alice.propose(client(5).add()))
    now = 2_001n
    expect(bob.commit([]).leftOut).toHaveLength(1)
    bob.reject()
    now = NOW
    expect(bob.commit([]).leftOut).toEqual([])
  })
})

it('copath-mls-7.2-01: no leaf of a group lists what everybody supports', () => {
  const [alice] = TestGroup.of([client(1), client(2)]).groups as [Group]
  const own = coreOf(alice).tree.leafNode(alice.leaf)!.capabilities
  for (const list of ['extensions', 'proposals'] as const) {
    const changes = { capabilities: { ...own, [list]: [...own[list], 5] } }
    const mistake = { class: 'UsageError', code: 'wrong-argument', list }
    expect(refusedBy(alice, () => alice.commit([], { changes }))).toMatchObject(mistake)
    expect(refusedBy(alice, () => alice.propose({ type: 'update', changes }))).toMatchObject(mistake)
  }
})
