/** The workload of ART's proof of concept, at sizes that a test can run. */
import { describe, expect, it } from 'vitest'
import {
  art,
  MONTH_BYTES,
  messagesWithin,
  PUBLISHED,
  pairwise,
  runWorkload,
  treeKem,
  UPDATE_BYTES,
  WORKLOAD_SIZES,
} from '../../src/compare/index.ts'
import { defaultProvider } from '../../src/crypto/index.ts'

const provider = defaultProvider()
const MESSAGES = 12

describe('A14: the workload of the proof of concept', () => {
  it('its sizes are 2 times powers of 1.5, up to 875', () => {
    expect(WORKLOAD_SIZES).toEqual([2, 3, 4, 6, 10, 15, 22, 34, 51, 76, 115, 172, 259, 389, 583, 875])
  })

  it.each([art, treeKem, pairwise].flatMap(protocol => WORKLOAD_SIZES.slice(0, 5).map(n => [protocol, n] as const)))(
    '$name: everybody reads everything, and nobody speaks twice in a row (%#)',
    (protocol, members) => {
      const report = runWorkload(protocol as typeof art, { members, messages: MESSAGES, provider })
      expect(report.senders).toHaveLength(MESSAGES)
      report.senders.forEach((sender, i) => {
        expect(sender).not.toBe(report.senders[i - 1])
      })
      expect(report.readings).toBe(MESSAGES * (members - 1))
      if (protocol.name === 'pairwise') expect(report.bytesReceived).toBe(report.bytesSent)
      else expect(report.bytesReceived).toBe(report.bytesSent * (members - 1))
      // the same seed, the same bytes
      const again = runWorkload(protocol as typeof art, { members, messages: MESSAGES, provider })
      expect(again).toMatchObject({ bytesSent: report.bytesSent, senders: report.senders })
    },
  )

  it('in bytes ART is dearer than pairwise channels for two, and cheaper from ten on; what was published is near', () => {
    const perMessage = (protocol: typeof art | typeof pairwise, members: number): number =>
      runWorkload(protocol as typeof art, { members, messages: 60, provider }).bytesSent / 60
    expect(perMessage(art, 2)).toBeGreaterThan(perMessage(pairwise, 2))
    const [tree, channels] = [perMessage(art, 10), perMessage(pairwise, 10)]
    expect(tree).toBeLessThan(channels)
    // signatures and longer headers are ours; the members who are not as deep as the first send a key less
    const message = 41 + 32
    expect(tree).toBeLessThanOrEqual(UPDATE_BYTES['ART']!(10) + message)
    expect(tree).toBeGreaterThan(UPDATE_BYTES['ART']!(10) - 32 + message - 2)
    expect(Math.abs(tree - PUBLISHED.ART.get(10)!)).toBeLessThan(64)
    // the first packets of a session carry its prekeys as well
    expect(channels).toBeGreaterThanOrEqual(PUBLISHED.pairwise.get(10)!)
    expect(channels).toBeLessThan(2 * PUBLISHED.pairwise.get(10)!)
  })

  it('A09: what a message costs, as messages in the data of a month', () => {
    expect(messagesWithin(MONTH_BYTES, PUBLISHED.pairwise.get(1000)!)).toBe(2552)
    expect(messagesWithin(MONTH_BYTES, PUBLISHED.ART.get(1000)!)).toBe(423_588)
  })
})
