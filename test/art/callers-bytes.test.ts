/** Bytes that callers hand over stay theirs: they may be Buffers, and be overwritten as soon as the call is over. */
import { expect, it } from 'vitest'
import { ArtGroup, type Invitee, Member, PreKeys } from '../../src/art/index.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { lend, lendAll } from '../support/lend.ts'
import { expectAgreement, partyOf, person, seededSuite } from './world.ts'

const suite = seededSuite('callers')

function lentMember(name: string, fill: number): Member {
  const keys = new Uint8Array(32).fill(fill)
  return lendAll({ id: utf8(name), signature: keys, exchange: keys }, ({ id, ...keys }) => new Member(suite, id, keys))
}

function lentInvitee<T>({ identity, prekey }: Invitee, call: (lent: Invitee) => T): T {
  const { key, signature, prekeyId } = prekey
  return lendAll({ ...identity, key, signature }, ({ id, sigKey, kxKey, ...keys }) =>
    call({ identity: { id, sigKey, kxKey }, prekey: { prekeyId, ...keys } }),
  )
}

it('groups agree although everything they were given has been overwritten', () => {
  const [founder, bob, carol] = ['founder', 'bob', 'carol'].map((name, i) => ({
    ...person(suite, name),
    member: lentMember(name, i + 1),
  }))
  // prekeys are signed by these keys
  const invite = ({ member, prekeys }: typeof bob & {}): Invitee => {
    const [prekey] = prekeys.publish(member.signer, 1)
    return { identity: member.identity, prekey: prekey! }
  }
  const { group, setup } = lentInvitee(invite(bob!), invitee =>
    lend(utf8('group'), groupId => ArtGroup.create({ ...partyOf(founder!), groupId, invitees: [invitee] })),
  )
  const joined = lend(setup, packet => ArtGroup.join(partyOf(bob!), packet))
  const tell = (packet: Uint8Array, others: readonly ArtGroup[] = [joined]): void => {
    group.accept()
    for (const other of others) lend(packet, lent => other.receive(lent))
  }
  tell(group.update())
  const { add, welcome } = lentInvitee(invite(carol!), ({ identity, prekey }) => group.add(identity, prekey))
  tell(add)
  const third = lend(welcome, packet => ArtGroup.join(partyOf(carol!), packet))
  expectAgreement([group, joined, third])
  // members and trees are hashed again
  tell(group.update(), [joined, third])
  const loaded = lend(joined.save(), bytes =>
    lend(bob!.prekeys.save(), prekeys => ArtGroup.load({ ...bob!, prekeys: PreKeys.load(suite, prekeys) }, bytes)),
  )
  const early = group.send(utf8('early'))
  expect(lend(group.send(utf8('text')), lent => loaded.receive(lent))).toMatchObject({
    message: { plaintext: utf8('text') },
  })
  expect(lend(early, lent => loaded.receive(lent))).toMatchObject({ message: { plaintext: utf8('early') } })
  tell(group.update(), [loaded, third])
  expectAgreement([group, loaded, third])
  expect([...loaded.members()].map(({ identity }) => identity.id)).toEqual(['founder', 'bob', 'carol'].map(utf8))
  expect(loaded.groupId).toEqual(utf8('group'))
})
