/** RFC 9420 section 12.4.3.2: who joins by an external commit, by which keys, and where. */
import { beforeEach, describe, expect, it } from 'vitest'
import { Group } from '../../src/mls/group.ts'
import { coreOf, type Forgery, forgeExternalCommit, forgeProposal } from './forge-commit.ts'
import { seededProvider, TestClient, TestGroup } from './group-world.ts'
import { signerOf } from './leaves.ts'
import { refusedBy } from './rules.ts'

const suite = seededProvider(51).suite(1)
const client = (seed: number, capabilities = {}): TestClient =>
  new TestClient(suite, seed, { handshake: 'public' }, capabilities)

let world: TestGroup
let alice: Group
let bob: Group
let carol: Group
let joiner: TestClient

beforeEach(() => {
  world = TestGroup.of([1, 2, 3, 4].map(seed => client(seed)))
  ;[alice, bob, carol] = world.groups as [Group, Group, Group]
  joiner = client(70)
})

const joining = (more = {}) => ({
  ...joiner.description,
  suite,
  config: joiner.config,
  groupInfo: alice.groupInfo(),
  ...more,
})

const forged = (forgery: Partial<Forgery> = {}): Uint8Array => forgeExternalCommit(alice, joiner, forgery)

describe('an external commit', () => {
  it('copath-mls-12.4.3.2-04: is signed by the key in its path', () => {
    const message = forged({ signer: signerOf(suite, 71), leafSigner: joiner.signer })
    expect(refusedBy(bob, () => bob.process(message))).toMatchObject({ code: 'invalid-signature' })
    expect(bob.process(forged()).kind).toBe('commit')
  })

  it('copath-mls-12.4.3.2-05: goes on from the secret that it brings, not from the init secret', () => {
    const message = forged({ initSecret: coreOf(alice).epoch.secrets.init.bytes })
    expect(refusedBy(bob, () => bob.process(message))).toMatchObject({ code: 'invalid-confirmation-tag' })
    for (const kemOutput of [new Uint8Array(32), new Uint8Array(31).fill(9)]) {
      const garbled = forged({ proposals: [{ proposalType: 'external_init', kemOutput }] })
      expect(refusedBy(bob, () => bob.process(garbled))).toMatchObject({ class: 'RejectedError' })
    }
    const { group, commit } = Group.externalJoin(joining())
    world.deliver(commit)
    expect(group.epochAuthenticator()).toEqual(bob.epochAuthenticator())
  })

  it('copath-mls-12.4.3.2-06: takes the leftmost leaf that is free after its proposals', () => {
    world.commit(alice, [{ type: 'remove', leaf: 2 }])
    const former = Group.externalJoin(joining())
    world.deliver(former.commit)
    expect([former.group.leaf, bob.member(2)?.credential]).toEqual([2, joiner.description.credential])
    const again = Group.externalJoin(joining({ resync: 2 }))
    world.deliver(again.commit)
    expect(again.group.leaf).toBe(2)
    joiner = client(72)
    const next = Group.externalJoin(joining())
    world.deliver(next.commit)
    expect([next.group.leaf, bob.memberCount]).toEqual([4, 5])
    expect(next.group.epochAuthenticator()).toEqual(bob.epochAuthenticator())
  })
})

it('who is to be removed does not escape by joining again: the removal is proposed again, of where it is now', () => {
  world.commit(alice, [{ type: 'remove', leaf: 1 }])
  const [, , dave] = world.groups as [Group, Group, Group]
  carol.commit([{ type: 'remove', leaf: 3 }])
  alice.propose({ type: 'remove', leaf: 3 })
  joiner = client(4)
  const { group, commit } = Group.externalJoin(joining({ resync: 3 }))
  expect(group.leaf).toBe(1)
  for (const member of [carol, alice]) {
    expect(member.process(commit)).toMatchObject({ external: true, proposeAgain: [{ type: 'remove', leaf: 1 }] })
  }
  expect(dave.process(commit).kind).toBe('removed')
  const made = carol.commit([{ type: 'remove', leaf: 1 }])
  expect(group.process(made.commit).kind).toBe('removed')
})

it('copath-mls-12.1-01: a SelfRemove that is committed by those who join is signed by who leaves', () => {
  const signer = signerOf(suite, 71)
  const selfRemoves = [forgeProposal(carol, { proposalType: 'self_remove' }, { signer })]
  const why = refusedBy([joiner, alice], () => Group.externalJoin(joining({ selfRemoves })))
  expect(why).toMatchObject({ code: 'invalid-signature' })
})
