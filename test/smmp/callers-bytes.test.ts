/** Bytes that callers hand over stay theirs: they may be Buffers, and be overwritten as soon as the call is over. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { HistoricalGroup } from '../../src/smmp/historical.ts'
import { SmmpGroup, SmmpIdentity } from '../../src/smmp/index.ts'
import { lend } from '../support/lend.ts'
import { addressee, runSetup, seededSuite } from './world.ts'

const suite = seededSuite('callers')
const N = 3

/** An agreement to which every packet comes in a Buffer that is overwritten when the next one comes. */
function lentSetup(historical: boolean) {
  let lent = Buffer.alloc(0)
  const onTheWay = (packet: Uint8Array): Uint8Array => {
    lent.fill(0xee)
    lent = Buffer.from(packet)
    return lent
  }
  const setup = lend(utf8('group'), groupId => runSetup({ n: N, suite, historical, onTheWay, groupId }))
  lent.fill(0xee)
  return setup.participants
}

describe('bytes of callers', () => {
  it('an identity keeps its key', () => {
    const identity = lend(new Uint8Array(32).fill(1), key => new SmmpIdentity(suite, key))
    expect(toHex(suite.dh.publicKey(identity.privateKey.bytes))).toBe(toHex(identity.publicKey))
  })

  it('groups agree although everything they were given has been overwritten', () => {
    const groups = lentSetup(false).map(participant => {
      const group = participant.finish()
      return lend(group.save(), saved => SmmpGroup.load(suite, saved))
    })
    for (let i = 0; i < 2 * N; i++) {
      const [sender, ...others] = [...groups.slice(i % N), ...groups.slice(0, i % N)]
      const packet = lend(utf8('text'), text => sender!.send(text))
      sender!.accept()
      for (const other of others) expect(lend(packet, lent => other.receive(lent)).content).toEqual(utf8('text'))
    }
    expect(new Set(groups.map(({ digest }) => toHex(digest))).size).toBe(1)
  })

  it('so do those of 2014', () => {
    const groups = lentSetup(true).map(participant => {
      const group = participant.finishHistorical()
      return lend(group.save(), saved => HistoricalGroup.load(suite, saved, { unsafeHistorical: true }))
    })
    for (let i = 0; i < 2 * N; i++) {
      for (const packet of lend(utf8('text'), text => groups[i % N]!.send(text))) {
        const event = lend(packet, lent => groups[addressee(packet)]!.receive(lent))
        expect(event).toMatchObject({ type: 'message', content: utf8('text') })
      }
    }
    expect(new Set(groups.map(({ digest }) => toHex(digest))).size).toBe(1)
  })
})
