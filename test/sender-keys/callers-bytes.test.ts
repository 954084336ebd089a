/** Bytes that callers hand over stay theirs: they may be Buffers, and be overwritten as soon as the call is over. */
import { expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { createSenderKeysSuite, SenderKeyGroup } from '../../src/sender-keys/index.ts'
import { person, seededProvider } from '../pairwise/world.ts'
import { lend, lendAll } from '../support/lend.ts'

it('groups agree although everything they were given has been overwritten', () => {
  const provider = seededProvider('callers')
  const suite = createSenderKeysSuite(provider)
  const [alice, bob] = [person('alice', provider), person('bob', provider)]
  alice.channels.connect(bob.bundle())
  const groupOf = ({ channels }: typeof alice, name: string): SenderKeyGroup =>
    lendAll({ own: utf8(name), groupId: utf8('group'), a: utf8('alice'), b: utf8('bob') }, ({ a, b, ...rest }) => {
      return new SenderKeyGroup({ suite, channels, ...rest, members: [a, b] })
    })
  const [mine, theirs] = [groupOf(alice, 'alice'), groupOf(bob, 'bob')]
  lend(utf8('carol'), carol => mine.add(carol))
  expect(mine.members).toEqual(['alice', 'bob', 'carol'].map(utf8))
  expect(mine.due).toEqual(['bob', 'carol'].map(utf8))
  lend(utf8('carol'), carol => mine.remove(carol))
  const from = utf8('alice')
  const { packet } = mine.distribute()[0]!
  lendAll({ from, packet }, lent => theirs.receiveKey(lent.from, lent.packet))
  const early = mine.send(utf8('early'))
  const read = (group: SenderKeyGroup, packet: Uint8Array): Uint8Array =>
    lendAll({ from, packet }, lent => group.receive(lent.from, lent.packet))
  expect(read(theirs, mine.send(utf8('text')))).toEqual(utf8('text'))
  const loaded = lend(theirs.save(), saved => SenderKeyGroup.load(suite, bob.channels, saved))
  expect(read(loaded, early)).toEqual(utf8('early'))
  const again = lend(mine.save(), saved => SenderKeyGroup.load(suite, alice.channels, saved))
  expect(read(loaded, again.send(utf8('after loading')))).toEqual(utf8('after loading'))
  expect([again.own, again.groupId]).toEqual(['alice', 'group'].map(utf8))
})
