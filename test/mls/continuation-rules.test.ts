/** RFC 9420 sections 11.2 and 11.3: groups that continue others, and Welcomes that only say so. */
import { beforeEach, describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { continueGroup } from '../../src/mls/continuation.ts'
import type { Group } from '../../src/mls/group.ts'
import { coreOf, forgeCommit } from './forge-commit.ts'
import { forgeWelcome, refusedJoin } from './forge-welcome.ts'
import { expectAgreement, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusedBy } from './rules.ts'

const provider = seededProvider(9)
const suite = provider.suite(1)
const client = (seed: number, more = {}): TestClient => new TestClient(suite, seed, more)

let world: TestGroup
let alice: Group
let dave: TestClient

beforeEach(() => {
  world = TestGroup.of([client(1), client(2), client(3)])
  alice = world.groups[0]!
  dave = client(4)
})

describe('RFC 9420 sections 11.2 and 11.3, groups that continue others', () => {
  const everybody = () => [...world.clients].slice(1)

  it('a group is reinitialized with another suite; copath-mls-12.4.2-10: nothing is sent in the old one', () => {
    const groupId = utf8('the next one')
    world.commit(alice, [{ type: 'reinit', groupId, cipherSuite: 3 }])
    for (const group of world.groups) {
      expect(group.status).toBe('reinitialized')
      const sending = [
        () => group.encrypt(utf8('x')),
        () => group.commit(),
        () => group.propose({ type: 'update' }),
        () => group.groupInfo(),
      ]
      for (const send of sending) expect(refusedBy(group, send)).toMatchObject({ code: 'group-inactive' })
    }
    const next = provider.suite(3)
    const fresh = everybody().map(([before, { seed }]) => ({ before, client: new TestClient(next, seed) }))
    const keyPackages = fresh.map(entry => entry.client.keyPackage())
    const founder = new TestClient(next, 1)
    const { group, welcome } = alice.reinitialize({
      ...founder.description,
      suite: next,
      keyPackages,
      config: founder.config,
    })
    const joined = fresh.map(entry => entry.client.join(welcome, { previous: entry.before }))
    expectAgreement([group, ...joined])
    expect([group.epoch, toHex(group.groupId)]).toEqual([1n, toHex(groupId)])
  })

  it('copath-mls-11.2-01: all members go along', () => {
    world.commit(alice, [{ type: 'reinit', groupId: utf8('n'), cipherSuite: 1 }])
    const [[, one]] = everybody() as [[Group, TestClient]]
    const request = { ...client(1).description, suite, keyPackages: [one.keyPackage()], config: one.config }
    expect(refusedBy(alice, () => alice.reinitialize(request))).toMatchObject({ rule: 'copath-mls-11.2-01' })
  })

  it('copath-mls-11.2-01: each device, and nobody else', () => {
    const { credential } = client(2).description
    const tablet = client(7)
    world.commit(alice, [{ type: 'add', keyPackage: tablet.keyPackage({ credential }) }])
    world.commit(alice, [{ type: 'reinit', groupId: utf8('n'), cipherSuite: 1 }])
    const { config, description } = client(1)
    const going = (...more: Uint8Array[]) => {
      const keyPackages = [client(2).keyPackage(), client(3).keyPackage(), ...more]
      return refusedBy(alice, () => alice.reinitialize({ ...description, suite, keyPackages, config }))
    }
    expect(going()).toMatchObject({ rule: 'copath-mls-11.2-01' })
    const tabletAgain = tablet.keyPackage({ credential })
    expect(going(tabletAgain, dave.keyPackage())).toMatchObject({ rule: 'copath-mls-11.2-01' })
    expect(going(tabletAgain)).toBeUndefined()
  })

  it('copath-mls-11.2-03: the new group is what the ReInit says', () => {
    world.commit(alice, [{ type: 'reinit', groupId: utf8('n'), cipherSuite: 1 }])
    const members = everybody()
    const core = coreOf(alice)
    core.reinit = { ...core.reinit!, groupId: utf8('another') }
    const keyPackages = members.map(([, member]) => member.keyPackage())
    const { config, description } = client(1)
    const { welcome } = alice.reinitialize({ ...description, suite, keyPackages, config })
    const [before, member] = members[0]!
    expect(refusedJoin(member, welcome, { previous: before })).toMatchObject({ rule: 'copath-mls-11.2-03' })
    expect(refusedJoin(member, welcome)).toMatchObject({ code: 'unknown-psk' })
  })

  it('copath-mls-11.2-03: of the version that the ReInit says', () => {
    const reinit = { proposalType: 'reinit', groupId: utf8('n'), version: 2, cipherSuite: 1, extensions: [] } as const
    const message = forgeCommit(alice, { proposals: [reinit] })
    const [bob, carol] = everybody() as [[Group, TestClient], [Group, TestClient]]
    for (const [group] of [bob, carol]) expect(group.process(message)).toMatchObject({ changes: { reinit } })
    const keyPackages = [client(1), bob[1]].map(each => each.keyPackage())
    const request = { ...carol[1].description, suite, keyPackages, config: carol[1].config }
    const [group] = carol
    expect(refusedBy(group, () => group.reinitialize(request))).toMatchObject({ code: 'wrong-argument', version: 2 })
    // somebody who does so all the same
    const core = coreOf(group)
    core.reinit = { ...core.reinit!, version: 1 }
    const { welcome } = group.reinitialize(request)
    expect(refusedJoin(bob[1], welcome, { previous: bob[0] })).toMatchObject({ rule: 'copath-mls-11.2-03' })
  })

  it('copath-mls-11.2-05: a group that is to continue another is tied to it', () => {
    world.commit(alice, [{ type: 'reinit', groupId: utf8('n'), cipherSuite: 1 }])
    const [before, bob] = everybody()[0]!
    const impostor = client(66).create({ groupId: utf8('n') })
    const { welcome } = impostor.commit([bob.add()])
    impostor.accept()
    expect(refusedJoin(bob, welcome!, { previous: before })).toMatchObject({ rule: 'copath-mls-11.2-05' })
    expect(bob.join(welcome!).memberCount).toBe(2)
  })

  it('some members branch off', () => {
    const [before, bob] = everybody()[0]!
    const { config, description } = client(1)
    const { group, welcome } = alice.branch({ ...description, keyPackages: [bob.keyPackage()], config })
    const joined = bob.join(welcome, { previous: before })
    expectAgreement([group, joined])
    expect(group.memberCount).toBe(2)
    const message = group.encrypt(utf8('just us'))
    expect(joined.process(message)).toMatchObject({ kind: 'message', data: utf8('just us') })
  })

  it('copath-mls-11.3-01: a branch has no other members', () => {
    const { config, description } = client(1)
    const request = { ...description, keyPackages: [client(66).keyPackage()], config }
    expect(refusedBy(alice, () => alice.branch(request))).toMatchObject({ rule: 'copath-mls-11.3-01' })
  })

  it('copath-mls-12.4.3.1-08: a branch is not called what its group is called, which goes on beside it', () => {
    const { groupId } = alice
    const { config, description } = client(1)
    const [before, bob] = everybody()[0]!
    const request = { ...description, groupId, keyPackages: [bob.keyPackage()], config }
    expect(refusedBy(alice, () => alice.branch(request))).toMatchObject({ rule: 'copath-mls-12.4.3.1-08' })
    // somebody who does so all the same
    const host = client(1).create({ groupId })
    host.commit([bob.add()], { path: false })
    host.accept()
    const secret = coreOf(before).resumption.at(before.epoch)!
    const pskNonce = new Uint8Array(32)
    const id = {
      psktype: 'resumption',
      usage: 'branch',
      pskGroupId: groupId,
      pskEpoch: before.epoch,
      pskNonce,
    } as const
    const welcome = forgeWelcome(host, { joiner: bob, psks: [{ id, secret }] })
    expect(refusedJoin(bob, welcome, { previous: before })).toMatchObject({ rule: 'copath-mls-12.4.3.1-08' })
  })

  /** A Welcome with a key of another group's, by an insider of both. */
  function tied(usage: 'reinit' | 'branch'): ReturnType<typeof refusedBy> {
    const previous = world.groups[1]!
    const core = coreOf(previous)
    const secret = core.resumption.at(previous.epoch)!
    const id = {
      psktype: 'resumption',
      usage,
      pskGroupId: previous.groupId,
      pskEpoch: previous.epoch,
      pskNonce: new Uint8Array(32),
    } as const
    const host = client(1).create()
    host.commit([])
    host.accept()
    host.commit([dave.add()], { path: false })
    host.accept()
    return refusedJoin(dave, forgeWelcome(host, { joiner: dave, psks: [{ id, secret }] }), { previous })
  }

  it('copath-mls-11.2-04: nobody is taken into the continuation of a group without that group', () => {
    const [, bob] = everybody()[0]!
    const trusting = client(bob.seed, { preSharedKey: () => coreOf(alice).resumption.at(alice.epoch) })
    const { config, description } = client(1)
    const { welcome } = alice.branch({ ...description, keyPackages: [trusting.keyPackage()], config })
    const stranger = client(9).create()
    for (const more of [{}, { previous: stranger }]) {
      const why = refusedJoin(trusting, welcome, more)
      expect(why).toMatchObject({ class: 'RejectedError', code: 'unknown-psk', rule: 'copath-mls-11.2-04' })
    }
    expect(trusting.join(welcome, { previous: alice }).memberCount).toBe(2)
  })

  it('copath-mls-11.2-02: a reinitialized group is new', () => {
    expect(tied('reinit')).toMatchObject({ rule: 'copath-mls-11.2-02' })
  })

  it('copath-mls-11.3-02: a branch is new', () => {
    expect(tied('branch')).toMatchObject({ rule: 'copath-mls-11.3-02' })
  })

  it('copath-mls-11.3-03: a branch has the suite of the group that it is of', () => {
    const other = provider.suite(3)
    const [before, { seed }] = everybody()[0]!
    const joiner = new TestClient(other, seed)
    const founder = new TestClient(other, 1)
    const { welcome } = continueGroup(coreOf(alice), 'branch', {
      ...founder.description,
      suite: other,
      keyPackages: [joiner.keyPackage()],
      config: founder.config,
    })
    expect(refusedJoin(joiner, welcome, { previous: before })).toMatchObject({ rule: 'copath-mls-11.3-03' })
  })
})
