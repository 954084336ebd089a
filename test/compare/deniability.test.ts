/** Deniability: for every protocol that claims it, somebody makes a message of a member who never sent it, and it is believed. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ArtPacket, MessageHeader } from '../../src/art/wire.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { stateOf } from '../art/forge.ts'
import { messageKey } from '../art/oracle.ts'
import { worldOf } from '../art/world.ts'
import { PROTOCOLS } from './protocols.ts'
import { star } from './star.ts'

/** Where messages are made up; those of ART below. */
const SIMULATORS: Readonly<Record<string, readonly [file: string, title: string]>> = {
  ART: ['compare/deniability.test.ts', 'ART: whoever is in the stage makes messages of any other member'],
  pairwise: ['pairwise/leaks.test.ts', 'M03: deniability: whoever receives could have made the whole conversation'],
  SMMP: ['smmp/fixed-properties.test.ts', 'S29, S30: deniability before a judge'],
  'SMMP of 2014': ['smmp/historical-attacks.test.ts', 'S29: deniability: with what one member has'],
  star: ['compare/injection.test.ts', 'is believed: the toy has no keys to know it by'],
}

it('every protocol that claims it has such a test, and no other', () => {
  const claiming = PROTOCOLS.filter(({ traits }) => traits.deniable).map(({ name }) => name)
  expect(claiming.sort()).toEqual(Object.keys(SIMULATORS).sort())
  expect(claiming).toContain(star.name)
  for (const [file, title] of Object.values(SIMULATORS)) {
    expect(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).toContain(title)
  }
})

it('ART: whoever is in the stage makes messages of any other member, which a third one takes for genuine', () => {
  const world = worldOf(4)
  const forger = stateOf(world.groups[2]!, world.people[2]!)
  const accused = 1
  const header = { groupId: forger.groupId, stage: forger.stage, sender: accused, generation: 0 }
  const { key, nonce } = messageKey(forger.messages.stageKey, accused, 0)
  const context = encode(MessageHeader, header)
  const ciphertext = forger.suite.aead.seal(key, nonce, context, utf8('I never said that'))
  const packet = encode(ArtPacket, { type: 'message', message: { header, ciphertext } })
  const received = world.groups[3]!.receive(packet)
  expect(received).toMatchObject({ kind: 'message', message: { sender: accused } })
  expect(received.kind === 'message' && new TextDecoder().decode(received.message.plaintext)).toBe('I never said that')
})
