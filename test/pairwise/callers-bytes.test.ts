/** Bytes that callers hand over stay theirs: they may be Buffers, and be overwritten as soon as the call is over. */
import { expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import {
  createPairwiseSuite,
  PairwiseChannels,
  PairwiseGroup,
  PairwiseMember,
  PairwisePreKeys,
  type PreKeyBundle,
} from '../../src/pairwise/index.ts'
import { lend, lendAll } from '../support/lend.ts'
import { seededProvider } from './world.ts'

const suite = createPairwiseSuite(seededProvider('callers'))

function lentPerson(name: string, fill: number) {
  const keys = new Uint8Array(32).fill(fill)
  const member = lendAll(
    { id: utf8(name), signature: keys, exchange: keys },
    ({ id, ...keys }) => new PairwiseMember(suite, id, keys),
  )
  const prekeys = new PairwisePreKeys(suite, member)
  const party = { suite, member, prekeys, authenticate: () => true }
  return { party, channels: new PairwiseChannels(party) }
}

function lentBundle({ party: { member, prekeys } }: ReturnType<typeof lentPerson>, use: (b: PreKeyBundle) => void) {
  const signed = prekeys.rotate()
  const [oneTime] = prekeys.publish(1)
  const { key, signature, prekeyId } = signed
  lendAll({ ...member.identity, key, signature, once: oneTime!.key }, ({ id, sigKey, kxKey, key, signature, once }) =>
    use({
      identity: { id, sigKey, kxKey },
      signedPrekey: { prekeyId, key, signature },
      oneTimePrekey: { prekeyId: oneTime!.prekeyId, key: once },
    }),
  )
}

it('channels and groups agree although everything they were given has been overwritten', () => {
  const [alice, bob] = [lentPerson('alice', 1), lentPerson('bob', 2)]
  lentBundle(bob, bundle => alice.channels.connect(bundle))
  const members = { alice: utf8('alice'), bob: utf8('bob') }
  const groupOf = (channels: PairwiseChannels): PairwiseGroup =>
    lendAll({ ...members, groupId: utf8('group') }, ({ alice, bob, groupId }) => {
      return new PairwiseGroup({ channels, groupId, members: [alice, bob] })
    })
  const [mine, theirs] = [groupOf(alice.channels), groupOf(bob.channels)]
  lend(utf8('carol'), carol => mine.add(carol))
  lend(utf8('carol'), carol => mine.remove(carol))
  const say = (from: PairwiseGroup, name: Uint8Array, to: PairwiseGroup, text: string): void => {
    const { packet } = lend(utf8(text), plaintext => from.send(plaintext))[0]!
    expect(lendAll({ name, packet }, lent => to.receive(lent.name, lent.packet))).toEqual(utf8(text))
  }
  for (let turn = 0; turn < 2; turn++) {
    say(mine, members.alice, theirs, 'one way')
    say(theirs, members.bob, mine, 'and back')
  }
  const channels = lend(bob.channels.save(), channels =>
    lend(bob.party.prekeys.save(), prekeys =>
      PairwiseChannels.load(
        { ...bob.party, prekeys: PairwisePreKeys.load(suite, bob.party.member, prekeys) },
        channels,
      ),
    ),
  )
  const loaded = lend(theirs.save(), saved => PairwiseGroup.load(channels, saved))
  say(mine, members.alice, loaded, 'after loading')
  say(loaded, members.bob, mine, 'and back')
  expect(loaded.members).toEqual([utf8('alice'), utf8('bob')])
  expect(mine.groupId).toEqual(utf8('group'))
  expect(channels.peers).toEqual([alice.party.member.identity])
})
