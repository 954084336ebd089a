/** draft-ietf-mls-extensions, SelfRemove: a member that wants to leave is gone with the next commit, whoever makes it, and nobody is stuck. */
import { beforeEach, describe, expect, it } from 'vitest'
import { equalPublic, utf8 } from '../../src/base/bytes.ts'
import { Group } from '../../src/mls/group.ts'
import type { Proposal } from '../../src/mls/proposal.ts'
import { coreOf, type Forgery, forgeCommit, forgeProposal } from './forge-commit.ts'
import { expectAgreement, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusedBy } from './rules.ts'

const suite = seededProvider(31).suite(1)
const client = (seed: number, more = {}): TestClient => new TestClient(suite, seed, { handshake: 'public', ...more })
const LEAVE: Proposal = { proposalType: 'self_remove' }

let world: TestGroup
let alice: Group
let bob: Group
let carol: Group
let dave: Group

beforeEach(() => {
  world = TestGroup.of([client(1), client(2), client(3), client(4)])
  ;[alice, bob, carol, dave] = world.groups as [Group, Group, Group, Group]
})

/** Everybody receives a proposal; returns its reference. */
function receivedByAll(message: Uint8Array, sender?: Group): Uint8Array {
  world.deliver(message, sender)
  return alice.proposals.at(-1)!.ref
}

/** Two SelfRemoves of Carol that differ. */
const twice = (): Uint8Array[] =>
  ['once', 'twice'].map(text => receivedByAll(forgeProposal(carol, LEAVE, { authenticatedData: utf8(text) })))

/** What Bob says to a commit of Alice with these. */
function refused(proposals: Forgery['proposals'], senders: readonly (readonly [Proposal, number])[]) {
  const referenced = senders.map(([proposal, sender]) => ({ proposal, sender }))
  const message = forgeCommit(alice, { proposals, referenced })
  return refusedBy(bob, () => bob.process(message))
}

describe('SelfRemove', () => {
  it('copath-mls-self-remove-03: is once in a commit, and not beside a Remove or an Update of the same member', () => {
    const rule = 'copath-mls-self-remove-03'
    const [first, second] = twice() as [Uint8Array, Uint8Array]
    expect(
      refused(
        [first, second],
        [
          [LEAVE, 2],
          [LEAVE, 2],
        ],
      ),
    ).toMatchObject({ rule, leaf: 2 })
    expect(
      refused(
        [first, first],
        [
          [LEAVE, 2],
          [LEAVE, 2],
        ],
      ),
    ).toMatchObject({ rule, leaf: 2 })
    const remove: Proposal = { proposalType: 'remove', removed: 2 }
    expect(refused([first, remove], [[LEAVE, 2]])).toMatchObject({ rule, leaf: 2 })
    expect(refused([remove, first], [[LEAVE, 2]])).toMatchObject({ rule, leaf: 2 })
    const update = receivedByAll(carol.propose({ type: 'update' }), carol)
    const updated = alice.proposals.at(-1)!.proposal
    expect(
      refused(
        [update, first],
        [
          [updated, 2],
          [LEAVE, 2],
        ],
      ),
    ).toMatchObject({ rule, leaf: 2 })
    world.deliver(alice.commit().commit)
    expect(carol.status).toBe('removed')
    expectAgreement([alice, bob, dave])
  })

  it('is not committed by the member itself', () => {
    const leaving = receivedByAll(forgeProposal(alice, LEAVE))
    expect(refused([leaving], [[LEAVE, 0]])).toMatchObject({ rule: 'copath-mls-12.2-02' })
  })

  it('copath-mls-self-remove-04: is sent once in an epoch, also by a member that was stored meanwhile', () => {
    receivedByAll(carol.propose({ type: 'self_remove' }), carol)
    const { signer, config } = client(3)
    const again = Group.load({ suite, signer, config, snapshot: carol.save() })
    for (const group of [carol, again]) {
      expect(refusedBy(group, () => group.propose({ type: 'self_remove' }, utf8('again')))).toMatchObject({
        class: 'UsageError',
        code: 'self-remove-pending',
        rule: 'copath-mls-self-remove-04',
      })
    }
    // an epoch in which nobody took it in
    const { commit } = bob.commit([], { proposals: false })
    expect(carol.process(commit)).toMatchObject({ proposeAgain: [{ type: 'self_remove' }] })
    expect(() => carol.propose({ type: 'self_remove' })).not.toThrow()
  })

  it('copath-mls-self-remove-05: is sent where all members support it', () => {
    world.commit(alice, [], [new TestClient(suite, 5, { handshake: 'public' }, { proposals: [] })])
    const refusal = { class: 'UsageError', rule: 'copath-mls-self-remove-05' }
    expect(refusedBy(carol, () => carol.propose({ type: 'self_remove' }))).toMatchObject(refusal)
    // nobody commits one that comes all the same, and nobody is kept from committing
    const leaving = receivedByAll(forgeProposal(carol, LEAVE))
    expect(refused([leaving], [[LEAVE, 2]])).toMatchObject({ rule: 'copath-mls-12.2-10' })
    const { commit, leftOut } = alice.commit()
    expect(leftOut).toEqual([leaving])
    world.deliver(commit)
    expect(carol.status).toBe('active')
  })

  it('that comes twice is kept twice, so that all can follow whichever is committed', () => {
    const message = (text: string) => forgeProposal(carol, LEAVE, { authenticatedData: utf8(text) })
    for (const text of ['once', 'twice']) for (const group of [alice, dave]) group.process(message(text))
    for (const text of ['twice', 'once']) bob.process(message(text))
    const { commit, leftOut } = bob.commit()
    expect(leftOut).toHaveLength(1)
    for (const group of [alice, bob, dave]) group.process(commit)
    expectAgreement([alice, bob, dave])
    expect(alice.member(2)).toBeUndefined()
  })

  it('prevails over a Remove of the same member, received or asked for', () => {
    const leaving = receivedByAll(carol.propose({ type: 'self_remove' }), carol)
    const removal = receivedByAll(dave.propose({ type: 'remove', leaf: 2 }), dave)
    const { commit, leftOut } = alice.commit([
      { type: 'remove', leaf: 2 },
      { type: 'remove', leaf: 3 },
    ])
    expect(leftOut).toEqual([removal])
    const event = bob.process(commit)
    expect(event).toMatchObject({ changes: { removed: [{ leaf: 2 }, { leaf: 3 }] } })
    expect(coreOf(alice).pending!.refs.size).toBe(1)
    expect(alice.proposals.some(({ ref }) => equalPublic(ref, leaving))).toBe(true)
    expect(alice.reject()).toEqual([
      { type: 'remove', leaf: 2 },
      { type: 'remove', leaf: 3 },
    ])
    // where received proposals are not wanted, the removal is the committer's own
    expect(
      refusedBy(dave, () => dave.process(alice.commit([{ type: 'remove', leaf: 2 }], { proposals: false }).commit)),
    ).toBe(undefined)
  })

  it('of whoever floods the group with misfits is committed, and so is the removal that was asked for', () => {
    receivedByAll(forgeProposal(carol, LEAVE))
    for (let i = 0; i < 12; i++) {
      receivedByAll(carol.propose({ type: 'external_psk', pskId: utf8(`nobody has ${i}`) }), carol)
    }
    const { commit, leftOut } = alice.commit([{ type: 'remove', leaf: 2 }])
    expect(leftOut).toHaveLength(12)
    expect(bob.process(commit)).toMatchObject({ changes: { removed: [{ leaf: 2 }] } })
  })
})
