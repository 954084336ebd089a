/** What happens to commits: pending, accepted, rejected, overtaken; messages that are late; members that leave. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import type { Group } from '../../src/mls/group.ts'
import type { ProposalRequest } from '../../src/mls/proposal-request.ts'
import { coreOf, fingerprint } from './forge-commit.ts'
import { CUSTOM_TYPE, expectAgreement, NOW, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusal, refusedBy } from './rules.ts'

const suite = seededProvider(11).suite(3)
const client = (seed: number, more = {}): TestClient => new TestClient(suite, seed, more)
const group = (size: number, more = {}): TestGroup =>
  TestGroup.of(Array.from({ length: size }, (_, i) => client(i + 1, more)))

describe('a commit', () => {
  it('is pending until its echo comes', () => {
    const world = group(3)
    const [alice] = world.groups as [Group]
    const before = alice.epoch
    const { commit } = alice.commit([])
    expect([alice.isPending, alice.epoch]).toEqual([true, before])
    expect(refusedBy(alice, () => alice.commit([]))).toMatchObject({ code: 'commit-pending' })
    // the old epoch goes on meanwhile
    world.say(alice, 'not yet')
    world.deliver(commit)
    expect([alice.isPending, alice.epoch]).toEqual([false, before + 1n])
    expectAgreement(world.groups)
  })

  it('copath-mls-14-01: changes nothing until it is accepted, without echo too; and can be rejected', () => {
    // a private commit would use up a key of its sender's ratchet for good
    const world = group(2, { handshake: 'public' })
    const [alice, bob] = world.groups as [Group, Group]
    const state = fingerprint(alice)
    alice.commit([{ type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('x') }])
    expect(alice.reject()).toEqual([{ type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('x') }])
    expect(fingerprint(alice)).toEqual(state)
    expect(alice.reject()).toEqual([])
    expect(refusedBy(alice, () => alice.accept())).toMatchObject({ code: 'no-pending-commit' })
    const { commit } = alice.commit([], { authenticatedData: utf8('seen') })
    expect(alice.accept()).toMatchObject({ kind: 'commit', own: true, committer: 0 })
    expect(bob.process(commit)).toMatchObject({ own: false, authenticatedData: utf8('seen') })
    expectAgreement([alice, bob])
    expect(refusedBy(alice, () => alice.process(commit))).toMatchObject({ code: 'wrong-epoch' })
  })

  it.each(['public', 'private'])('that is overtaken hands back what is left to do (%s)', handshake => {
    const world = group(4, { handshake })
    const [alice, bob, carol] = world.groups as [Group, Group, Group]
    world.propose(alice, { type: 'external_psk', pskId: utf8('unknown to all') })
    world.deliver(carol.propose({ type: 'remove', leaf: 3 }), carol)
    const eve = client(50)
    const adding = eve.add()
    const custom = { type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('x') } as const
    const { leftOut } = alice.commit([adding, custom, { type: 'remove', leaf: 3 }])
    // a key that nobody has keeps nobody from committing
    expect(leftOut).toHaveLength(2)
    const overtaking = bob.commit([adding])
    const event = alice.process(overtaking.commit)
    expect(event).toMatchObject({ kind: 'commit', own: false, committer: 1 })
    // the rest has happened by the commit that won
    expect(event.kind === 'commit' && event.proposeAgain).toEqual([
      custom,
      { type: 'external_psk', pskId: utf8('unknown to all') },
    ])
    expect(alice.isPending).toBe(false)
    bob.accept()
    carol.process(overtaking.commit)
    expectAgreement([alice, bob, carol])
  })

  it('keeps what it was asked for, whatever becomes of the buffers', () => {
    const world = group(3, { handshake: 'private' })
    const [alice, bob] = world.groups as [Group, Group]
    const keyPackage = client(50).keyPackage().slice()
    const original = keyPackage.slice()
    alice.commit([{ type: 'add', keyPackage }])
    keyPackage.fill(0xff)
    const { commit } = bob.commit([])
    expect(alice.process(commit)).toMatchObject({ proposeAgain: [{ type: 'add', keyPackage: original }] })
  })

  it('renews a member by its own Update, committed by another', () => {
    const world = group(4)
    const [alice, bob] = world.groups as [Group, Group]
    const key = toHex(coreOf(bob).tree.leafNode(bob.leaf)!.encryptionKey)
    world.propose(bob, { type: 'update' })
    world.commit(alice, [])
    expect(toHex(coreOf(bob).tree.leafNode(bob.leaf)!.encryptionKey)).not.toBe(key)
    world.commit(bob, [])
    world.say(bob, 'renewed')
    world.propose(bob, { type: 'update', signer: client(77).signer })
    world.commit(alice, [], [], { authenticatedData: utf8('for all to see') })
    world.say(bob, 'with another signature key')
    expect(bob.member(1)?.signatureKey).toEqual(client(77).signer.publicKey)
    // its own update is not in its own commit
    world.propose(bob, { type: 'update' })
    expect(bob.commit([]).leftOut).toHaveLength(1)
  })

  it('comes before application data', () => {
    const world = group(2)
    const [alice, bob] = world.groups as [Group, Group]
    world.propose(bob, { type: 'update' })
    const why = refusedBy(alice, () => alice.encrypt(utf8('x')))
    expect(why).toMatchObject({ code: 'proposals-pending', rule: 'copath-mls-12.4-01' })
    alice.dropProposal(alice.proposals[0]!.ref)
    alice.encrypt(utf8('x'))
    bob.commit([])
    bob.encrypt(utf8('while it is pending'))
  })

  it.each(['public', 'private'] as const)('of another may include what was set aside (%s)', handshake => {
    const world = group(3, { handshake })
    const [alice, bob, carol] = world.groups as [Group, Group, Group]
    world.propose(bob, { type: 'external_psk', pskId: utf8('x') })
    world.propose(alice, { type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('x') })
    for (const each of [alice, bob]) for (const { ref } of each.proposals.slice(-1)) each.dropProposal(ref)
    expect(alice.dropProposal(utf8('no reference'))).toBe(false)
    expect(alice.proposals).toHaveLength(1)
    expect(alice.commit([], {}).leftOut).toHaveLength(1)
    alice.reject()
    // both were set aside, yet the commit that includes one of them is understood
    const { commit } = carol.commit([])
    for (const each of [alice, bob]) expect(each.process(commit).kind).toBe('commit')
    carol.accept()
    expectAgreement(world.groups)
  })

  it.each(['public', 'private'] as const)('of its own is not read by itself once it was given up (%s)', handshake => {
    const world = group(3, { handshake })
    const [alice, bob] = world.groups as [Group, Group]
    const { commit } = alice.commit([])
    alice.reject()
    expect(refusedBy(alice, () => alice.process(commit))).toMatchObject({ class: 'RejectedError', code: 'own-data' })
    expect(bob.process(commit).kind).toBe('commit')
  })

  it('chooses among proposals that contradict each other', () => {
    const world = group(6, { handshake: 'public' })
    const [alice, bob, carol] = world.groups as [Group, Group, Group]
    const eve = client(60)
    world.propose(bob, { type: 'update' })
    world.propose(carol, { type: 'remove', leaf: 1 })
    world.propose(carol, { type: 'update' })
    world.propose(carol, { type: 'update' })
    world.propose(carol, { type: 'remove', leaf: 0 })
    world.propose(bob, eve.add())
    world.propose(carol, eve.add())
    world.propose(carol, { type: 'reinit', groupId: utf8('later'), cipherSuite: 1 })
    const { leftOut } = alice.commit([])
    expect(leftOut).toHaveLength(5)
    expect(alice.accept()).toMatchObject({ changes: { added: [1], updated: [2], reinit: undefined } })
  })
})

describe('callbacks and mistakes', () => {
  it('a callback cannot use the group that calls it', () => {
    let inside: Group | undefined
    const nosy = client(2, {
      policy: {
        mayCommit: () => {
          inside?.commit([])
          return true
        },
      },
    })
    const world = TestGroup.of([client(1), nosy])
    const [alice, bob] = world.groups as [Group, Group]
    inside = bob
    const { commit } = alice.commit([])
    expect(refusedBy(bob, () => bob.process(commit))).toMatchObject({ code: 'reentrant' })
    inside = undefined
    expect(bob.process(commit).kind).toBe('commit')
  })

  it('copath-mls-7.3-07: key packages that have run out are not added', () => {
    let now = NOW
    const world = TestGroup.of([client(1, { clock: () => now, checkReceivedLifetimes: false }), client(2)])
    const [alice] = world.groups as [Group]
    now += 1_000n
    expect(refusedBy(alice, () => alice.commit([client(3).add()]))).toMatchObject({ code: 'outside-lifetime' })
    expect(refusedBy(alice, () => alice.propose(client(3).add()))).toMatchObject({ code: 'outside-lifetime' })
    expect(alice.isPending).toBe(false)
  })

  it('leaves that do not list the suite of the group are taken where the application says so', () => {
    const unlisted = { cipherSuites: [1] }
    const strict = client(1).create()
    expect(refusedBy(strict, () => strict.commit([new TestClient(suite, 2, {}, unlisted).add()]))).toMatchObject({
      code: 'missing-capability',
      rule: 'copath-mls-12.2-11',
      list: 'cipher_suites',
    })
    const config = { unlistedSuite: true }
    const world = TestGroup.of([1, 2, 3].map(seed => new TestClient(suite, seed, config, seed === 2 ? unlisted : {})))
    world.commit(world.groups[1]!, [], [new TestClient(suite, 4, config, unlisted)])
    const five = client(5)
    const { welcome } = world.groups[0]!.commit([five.add()])
    expect(refusal(() => five.join(welcome!))).toMatchObject({ code: 'missing-capability', leaf: 1 })
  })

  it('not everything can be asked for', () => {
    const [alice] = group(2).groups as [Group]
    expect(refusedBy(alice, () => alice.commit([{ type: 'update' }]))).toMatchObject({ class: 'UsageError' })
    const nothing = { type: 'nothing' } as unknown as ProposalRequest
    expect(refusedBy(alice, () => alice.commit([nothing]))).toMatchObject({ code: 'wrong-argument' })
    expect(refusedBy(alice, () => alice.commit([{ type: 'remove', leaf: 5 }]))).toMatchObject({
      rule: 'copath-mls-12.1.3-01',
    })
    expect(refusedBy(alice, () => alice.propose({ type: 'custom', proposalType: 1, data: utf8('') }))).toMatchObject({
      class: 'UsageError',
    })
  })
})

it('what the own leaf is to say from now on takes a path, asked for or not', () => {
  const world = group(2)
  const [alice, bob] = world.groups as [Group, Group]
  const { capabilities } = alice.member(0)!
  const changes = { capabilities: { ...capabilities, extensions: [...capabilities.extensions, 0xf333] } }
  world.commit(alice, [client(3).add()], [], { path: false, changes })
  expect(bob.member(0)).toMatchObject(changes)
})

describe('messages that come late', () => {
  it('are read for a bounded number of epochs, with the key that their sender had then', () => {
    const world = group(3, { pastEpochs: 2 })
    const [alice, bob, carol] = world.groups as [Group, Group, Group]
    const carolsKey = alice.member(2)!.signatureKey.slice()
    const words = carol.encrypt(utf8('late'))
    const more = carol.encrypt(utf8('later'))
    const most = carol.encrypt(utf8('latest'))
    world.commit(carol, [], [], { signer: client(90).signer })
    expect(alice.process(words)).toMatchObject({ kind: 'message', sender: 2, data: utf8('late'), epoch: 1n })
    world.commit(alice, [{ type: 'remove', leaf: 2 }], [client(91)])
    // somebody else is at that place by now
    expect(bob.process(more)).toMatchObject({ sender: 2, signatureKey: carolsKey, data: utf8('later') })
    expect(bob.member(2)!.signatureKey).toEqual(client(91).signer.publicKey)
    expect(refusedBy(bob, () => bob.process(more))).toMatchObject({ code: 'generation-consumed' })
    world.commit(alice, [])
    expect(refusedBy(alice, () => alice.process(most))).toMatchObject({ code: 'wrong-epoch' })
    expect(coreOf(alice).past.count).toBe(2)
  })

  it('by those who were not members then are refused', () => {
    const world = group(2)
    const [alice, bob] = world.groups as [Group, Group]
    const words = alice.encrypt(utf8('before'))
    world.commit(alice, [], [client(3)])
    const carol = world.groups[2]!
    expect(refusedBy(carol, () => carol.process(words))).toMatchObject({ code: 'wrong-epoch' })
    expect(bob.process(words).kind).toBe('message')
  })

  it('come in any order', () => {
    const [alice, bob] = group(2).groups as [Group, Group]
    const messages = Array.from({ length: 9 }, (_, i) => alice.encrypt(utf8(`${i}`)))
    for (const i of [3, 0, 8, 1, 7, 2, 6, 4, 5]) expect(bob.process(messages[i]!)).toMatchObject({ data: utf8(`${i}`) })
  })
})

describe('those who leave', () => {
  it('know it, keep nothing and cannot go on', () => {
    const world = group(3)
    const [alice, , carol] = world.groups as [Group, Group, Group]
    const words = alice.encrypt(utf8('goodbye'))
    const { held } = coreOf(carol)
    world.commit(alice, [{ type: 'remove', leaf: 2 }])
    expect(carol.status).toBe('removed')
    expect(held.nodes()).toEqual([])
    for (const use of [() => carol.encrypt(utf8('x')), () => carol.commit(), () => carol.propose({ type: 'update' })]) {
      expect(refusedBy(carol, use)).toMatchObject({ code: 'group-inactive' })
    }
    expect(refusedBy(carol, () => carol.exportSecret('x', utf8(''), 32))).toMatchObject({ code: 'group-inactive' })
    expect(carol.process(words)).toMatchObject({ data: utf8('goodbye') })
    expect(refusedBy(carol, () => carol.process(alice.encrypt(utf8('later'))))).toMatchObject({ code: 'wrong-epoch' })
  })

  it('and close the group forget everything', () => {
    const [alice] = group(2).groups as [Group]
    const { held, epoch } = coreOf(alice)
    alice.commit([])
    alice.close()
    expect(held.nodes()).toEqual([])
    expect(Object.values(epoch.secrets).every(({ wiped }) => wiped)).toBe(true)
  })
})

it('a commit that adds somebody leaves out what others proposed of the keys that no newcomer can have', () => {
  const world = group(3)
  const [alice, bob] = world.groups as [Group, Group]
  world.propose(bob, { type: 'resumption_psk' })
  world.propose(bob, { type: 'update' })
  const { leftOut } = world.commit(alice, [], [client(9)])
  expect([leftOut.length, world.groups.length]).toEqual([1, 4])
  world.propose(bob, { type: 'resumption_psk' })
  expect(world.commit(alice, []).leftOut).toEqual([])
})

it('exports, resumption keys and members are the same for all', () => {
  const world = group(4)
  const [alice, bob] = world.groups as [Group, Group]
  world.commit(alice, [])
  world.commit(bob, [{ type: 'resumption_psk', epoch: 1n }])
  const exported = world.groups.map(each => toHex(each.exportSecret('app', utf8('context'), 24)))
  expect(new Set(exported).size).toBe(1)
  expect(toHex(alice.exportSecret('other', utf8('context'), 24))).not.toBe(exported[0])
  expect([...alice.members()]).toEqual([...bob.members()])
  expect(alice.member(4)).toBe(undefined)
  expect(refusedBy(alice, () => alice.commit([{ type: 'resumption_psk', epoch: 99n }]))).toMatchObject({
    code: 'unknown-psk',
  })
})
