/** ART section 5, SetupGroup and ProcessSetup. */
import { describe, expect, it } from 'vitest'
import { ArtGroup, type KxMode, PreKeys } from '../../src/art/index.ts'
import { MemberList } from '../../src/art/members.ts'
import { ArtPacket } from '../../src/art/wire.ts'
import { concat, equalPublic, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { forgeSetup, LOW_ORDER, NON_CANONICAL, withKey } from './forge.ts'
import { expectAgreement, type Person, person, seededSuite, updateBy, worldOf } from './world.ts'

const suite = seededSuite('setup')

/** Three members of whom only the first has a group yet. */
function invited(kx: KxMode = 'three_dh', n = 3) {
  const people = Array.from({ length: n }, (_, i) => person(suite, `person ${i}`))
  const invitees = people.slice(1).map(p => p.invite())
  const { group, setup } = ArtGroup.create({ ...people[0]!, groupId: utf8('g'), invitees, policy: { kx } })
  return { people, group, setup, invitees }
}

/** Checks that joining fails with this code and costs no prekey. */
function expectNoJoin(who: Person, code: string, setup: Uint8Array, policy = {}): void {
  const before = toHex(who.prekeys.save())
  expect(() => ArtGroup.join({ ...who, policy }, setup)).toThrow(expect.objectContaining({ code }))
  expect(toHex(who.prekeys.save())).toBe(before)
}

describe('setup', () => {
  it.each(['one_dh', 'three_dh', 'four_dh'] as const)('A07, A35: %s reaches members who are offline', kx => {
    const { people, group, setup } = invited(kx, 5)
    const groups = [group, ...people.slice(1).map(p => ArtGroup.join({ ...p, policy: { kx } }, setup))]
    expectAgreement(groups)
    expect(groups.map(g => g.ownIndex)).toEqual([0, 1, 2, 3, 4])
    expect([...group.members()].map(m => new TextDecoder().decode(m.identity.id))).toEqual(people.map(p => p.name))
  })

  it('A01, A12: members process setup at disjoint times and catch up with everything since', () => {
    const { people, group, setup } = invited('three_dh', 6)
    const log: Uint8Array[] = []
    const online = [group]
    for (const late of people.slice(1)) {
      // whoever is online acts while the next one is still away
      for (const active of online) {
        const packet = updateBy(online, active)
        const message = active.send(utf8(`from ${active.ownIndex} in ${active.stage}`))
        log.push(packet, message)
        for (const other of online) if (other !== active) other.receive(message)
      }
      const joined = ArtGroup.join(late, setup)
      expect(joined.stage).toBe(0n)
      const texts = log.map(packet => joined.receive(packet)).filter(r => r.kind === 'message')
      expect(texts.length).toBe(log.length / 2)
      online.push(joined)
      expectAgreement(online)
    }
  })

  it('asks new members to update, and updating ends it', () => {
    const { groups } = worldOf(3)
    expect(groups.map(g => g.updateDue)).toEqual([false, true, true])
    expect(groups[0]!.taintedLeaves()).toEqual([
      { leaf: 1, knownBy: 0 },
      { leaf: 2, knownBy: 0 },
    ])
    updateBy(groups, groups[2]!)
    expect(groups.map(g => g.updateDue)).toEqual([false, true, false])
    expect(worldOf(2, { updateOnJoin: false }).groups.map(g => g.updateDue)).toEqual([false, false])
  })

  it('erases the prekey that a setup used: the setup cannot be processed again', () => {
    const { people, setup } = invited()
    const before = people[1]!.prekeys.count
    ArtGroup.join(people[1]!, setup)
    expect(people[1]!.prekeys.count).toBe(before - 1)
    expectNoJoin(people[1]!, 'unknown-prekey', setup)
  })

  it('keeps prekeys over save and load', () => {
    const { people, group, setup } = invited()
    const prekeys = PreKeys.load(suite, people[1]!.prekeys.save())
    const joined = ArtGroup.join({ ...people[1]!, prekeys }, setup)
    expectAgreement([group, joined])
    expect(() => PreKeys.load(suite, people[1]!.prekeys.save().subarray(1))).toThrow()
  })

  it('A36: makes a message that survives a round trip and no change of any byte', () => {
    const { people, setup } = invited()
    expect(encode(ArtPacket, decode(ArtPacket, setup))).toEqual(setup)
    const who = people[1]!
    const before = toHex(who.prekeys.save())
    for (let at = 0; at < setup.length; at++) {
      const changed = setup.slice()
      changed[at]! ^= 1 << (at % 8)
      expect(() => ArtGroup.join(who, changed), `byte ${at}`).toThrow(RejectedError)
    }
    expect(toHex(who.prekeys.save())).toBe(before)
    expect(() => ArtGroup.join(who, setup)).not.toThrow()
  })

  it('A35: refuses an initiator whom the authentication service does not know', () => {
    const { people, setup } = invited()
    const initiator = people[0]!.member.identity
    const suspicious = { ...people[1]!, authenticate: (who: { id: Uint8Array }) => !equalPublic(who.id, initiator.id) }
    expectNoJoin(suspicious, 'unknown-identity', setup)
  })

  it('refuses what is not for this member, and lists that do not fit', () => {
    const { people, setup } = invited()
    const [initiator, who] = people as [Person, Person]
    expectNoJoin(person(suite, 'stranger'), 'not-a-member', setup)
    expectNoJoin(initiator, 'not-a-member', setup)
    const sameName = person(suite, who.name)
    expectNoJoin({ ...sameName, prekeys: who.prekeys }, 'not-a-member', setup)
    expectNoJoin(who, 'policy-mismatch', setup, { kx: 'one_dh' })
    const wrong: [string, Parameters<typeof forgeSetup>[2]][] = [
      ['inconsistent-lengths', tbs => ({ prekeyIds: tbs.prekeyIds.subarray(1) })],
      ['inconsistent-lengths', tbs => ({ prekeys: tbs.prekeys.subarray(1) })],
      ['inconsistent-lengths', tbs => ({ tree: tbs.tree.subarray(32) })],
      ['inconsistent-lengths', tbs => ({ members: new Uint8Array(0), tree: tbs.tree })],
      ['duplicate-member', tbs => ({ members: duplicated(tbs.members) })],
      ['invalid-identity', tbs => ({ members: nameless(tbs.members) })],
      ['unknown-prekey', tbs => ({ prekeyIds: Uint32Array.from(tbs.prekeyIds, id => id + 1) })],
      ['unknown-prekey', tbs => ({ prekeys: concat(tbs.prekeys.slice(32), tbs.prekeys.slice(0, 32)) })],
      ['tree-mismatch', tbs => ({ tree: withKey(tbs.tree, 3, tbs.suk) })],
    ]
    for (const [code, change] of wrong) expectNoJoin(who, code, forgeSetup(initiator, setup, change))
    expectNoJoin(
      who,
      'invalid-signature',
      forgeSetup(who, setup, () => ({})),
    )
  })

  it('A41: checks its own leaf and every key above it, which the proof of concept did not', () => {
    const { people, setup } = invited('three_dh', 5)
    const [initiator, who] = people as [Person, Person]
    // own leaf, its parent, and the node above four leaves
    for (const node of [2, 1, 3]) {
      const forged = forgeSetup(initiator, setup, ({ tree, suk }) => ({ tree: withKey(tree, node, suk) }))
      expectNoJoin(who, 'tree-mismatch', forged)
    }
    // a wrong key beside the path leads to another key above it
    for (const node of [0, 5]) {
      const forged = forgeSetup(initiator, setup, ({ tree, suk }) => ({ tree: withKey(tree, node, suk) }))
      expectNoJoin(who, 'tree-mismatch', forged)
    }
  })

  it('refuses useless keys wherever they stand', () => {
    const { people, setup, invitees } = invited()
    const [initiator, who] = people as [Person, Person]
    const cases = [
      ...LOW_ORDER.map(key => ['low-order-point', key] as const),
      ...NON_CANONICAL.map(key => ['invalid-public-key', key] as const),
    ]
    for (const [code, key] of cases) {
      expectNoJoin(
        who,
        code,
        forgeSetup(initiator, setup, () => ({ suk: key })),
      )
      expectNoJoin(
        who,
        code,
        forgeSetup(initiator, setup, ({ tree }) => ({ tree: withKey(tree, 0, key) })),
      )
      expectNoJoin(
        who,
        code,
        forgeSetup(initiator, setup, ({ tree }) => ({ tree: withKey(tree, 1, key) })),
      )
      expectNoJoin(
        who,
        code,
        forgeSetup(initiator, setup, ({ members }) => ({ members: withExchangeKey(members, key) })),
      )
      const signed = (prekeyKey: Uint8Array) => {
        const content = concat(utf8('ART 1.0 PreKey'), Uint8Array.of(0, 0, 0, 9), prekeyKey)
        return { prekeyId: 9, key: prekeyKey, signature: who.member.signer.sign(content) }
      }
      const create = (invitee: (typeof invitees)[number]) =>
        ArtGroup.create({ ...initiator, groupId: utf8('g'), invitees: [invitee] })
      expect(() => create({ identity: who.member.identity, prekey: signed(key) })).toThrow(
        expect.objectContaining({ code }),
      )
      const identity = { ...who.member.identity, kxKey: key }
      expect(() => create({ identity, prekey: signed(invitees[0]!.prekey.key) })).toThrow(
        expect.objectContaining({ code }),
      )
    }
  })

  it('makes no group of members whose prekeys others signed, or who are there twice', () => {
    const [a, b, c] = [0, 1, 2].map(i => person(suite, `p${i}`)) as [Person, Person, Person]
    const create = (invitees: Parameters<typeof ArtGroup.create>[0]['invitees']) => () =>
      ArtGroup.create({ ...a, groupId: utf8('g'), invitees })
    const refused = (code: string) => expect.objectContaining({ code })
    expect(create([{ identity: b.member.identity, prekey: c.prekey() }])).toThrow(refused('invalid-signature'))
    expect(create([b.invite(), b.invite()])).toThrow(refused('duplicate-member'))
    expect(create([a.invite()])).toThrow(refused('duplicate-member'))
    expect(create([])).toThrow(refused('wrong-argument'))
    const nobody = { ...b.invite(), identity: { ...b.member.identity, id: new Uint8Array(0) } }
    expect(create([nobody])).toThrow(refused('invalid-identity'))
  })
})

/** The list with its second entry once more in the place of the third. */
function duplicated(bytes: Uint8Array): Uint8Array {
  const list = MemberList.parse(bytes)
  return MemberList.of([list.at(0), list.at(1), list.at(1)]).bytes
}

function nameless(bytes: Uint8Array): Uint8Array {
  const list = MemberList.parse(bytes)
  return list.with(2, { ...list.at(2), id: new Uint8Array(0) }).bytes
}

function withExchangeKey(bytes: Uint8Array, kxKey: Uint8Array): Uint8Array {
  const list = MemberList.parse(bytes)
  return list.with(0, { ...list.at(0), kxKey }).bytes
}
