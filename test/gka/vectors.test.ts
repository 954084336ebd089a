/** Known answers of others, from an independent implementation in another language. */
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { createProvider } from '../../src/crypto/index.ts'
import {
  CliquesMember,
  chained,
  createGkaSuite,
  genesis,
  groupKeyOf,
  historicalSessionId,
  type IntermediateKeys,
  packetId,
  sessionId,
} from '../../src/gka/index.ts'
import { describeVectors } from '../vectors/locate.ts'
import { agree, exclude, expectOneKey, include, scriptedSuite } from './world.ts'

interface CliquesVectors {
  contributions: string[][]
  upflow: string[][]
  downflow: string[]
  cardinal: string
  group_key: string
  include_p5_by_p1: {
    new_contribution_p1: string
    contribution_p5: string
    upflow: string[]
    downflow: string[]
    group_key: string
  }
  exclude_p3_by_p2: { new_contribution_p2: string; downflow: string[]; group_key: string }
  refresh_by_p4: { new_contribution_p4: string; downflow: string[]; group_key: string }
  condensed: Record<string, string>
  group_key_kat: { ikm: string; okm: string }
}

interface MpencVectors {
  members: string[]
  nonces: string[]
  sid_historical: string
  sid: string
  genesis_pf: string
  chain: string[]
  packet_ids: string[]
}

const suite = createGkaSuite(createProvider())
const hexes = ({ points }: IntermediateKeys): string[] => points.map(toHex)

describeVectors<{ cliques: CliquesVectors; mpenc: MpencVectors }>('seed-protocols.json', ({ cliques, mpenc }) => {
  // the generator writes the base point as an empty string, as the reference implementation sends it
  const sentAs = (points: readonly string[]): string[] => points.map(point => point || `09${'00'.repeat(31)}`)

  describe.each(['list', 'condensed'] as const)('%s contributions', contributions => {
    const { include_p5_by_p1: included, exclude_p3_by_p2: excluded, refresh_by_p4: refreshed } = cliques
    const draws = [
      [...cliques.contributions[0]!, included.new_contribution_p1],
      [...cliques.contributions[1]!, excluded.new_contribution_p2],
      cliques.contributions[2]!,
      [...cliques.contributions[3]!, refreshed.new_contribution_p4],
      [included.contribution_p5],
    ]
    const members = draws.map(
      (values, i) => new CliquesMember(scriptedSuite(values.map(fromHex)), `p${i + 1}`, { contributions }),
    )
    const [p1, p2, p3, p4, p5] = members as [CliquesMember, CliquesMember, CliquesMember, CliquesMember, CliquesMember]

    it('E080, E083, E084, E085, E087: agreement, inclusion, exclusion, refresh and what is kept of contributions', () => {
      const first = agree([p1, p2, p3, p4])
      expect(first.up.map(hexes)).toEqual(cliques.upflow.map(sentAs))
      expect(hexes(first.down)).toEqual(cliques.downflow)
      expectOneKey([p1, p2, p3, p4])
      expect(toHex(p1.groupKey)).toBe(cliques.group_key)
      expect(toHex(groupKeyOf(suite, fromHex(cliques.cardinal)))).toBe(cliques.group_key)

      const second = include([p1, p2, p3, p4], p1, [p5])
      expect(second.up.map(hexes)).toEqual([included.upflow])
      expect(hexes(second.down)).toEqual(included.downflow)
      expectOneKey(members)
      expect(toHex(p5.groupKey)).toBe(included.group_key)

      const third = exclude(members, p2, [p3])
      expect(hexes(third.down)).toEqual(excluded.downflow)
      expectOneKey(third.left)
      expect(toHex(p4.groupKey)).toBe(excluded.group_key)

      const fourth = exclude(third.left, p4, [])
      expect(hexes(fourth.down)).toEqual(refreshed.downflow)
      expectOneKey(fourth.left)
      expect(toHex(p1.groupKey)).toBe(refreshed.group_key)

      const kept = third.left.map(member => member.state().contributions.map(toHex))
      const all = [draws[0], draws[1], draws[3], draws[4]]
      if (contributions === 'list') expect(kept).toEqual(all)
      else {
        // one contribution alone stays as it was drawn: the clamped form is what the generator prints
        const clamp = (key: string): string => {
          const bytes = fromHex(key)
          bytes[0]! &= 248
          bytes[31] = (bytes[31]! & 127) | 64
          return toHex(bytes)
        }
        expect(kept.map(([key]) => clamp(key!))).toEqual(['1', '2', '4', '5'].map(i => cliques.condensed[i]))
        for (const keys of kept) expect(keys.length).toBe(1)
      }
    })
  })

  it('E100: the key of the group is HKDF-SHA-256 with this label, as the reference implementation publishes it', () => {
    const { ikm, okm } = cliques.group_key_kat
    expect(toHex(groupKeyOf(suite, fromHex(ikm)))).toBe(okm)
    expect(okm.slice(0, 8)).toBe('c9cc6b03')
  })

  it('E089: session ids, with and without lengths', () => {
    const lists = { members: mpenc.members, nonces: mpenc.nonces.map(fromHex) }
    expect(toHex(sessionId(suite, lists))).toBe(mpenc.sid)
    expect(toHex(historicalSessionId(suite, lists))).toBe(mpenc.sid_historical)
  })

  it('E043, E119: packet ids and the chain over the packets of operations, initial 1 and final 2', () => {
    const head = genesis(suite, fromHex(mpenc.genesis_pf))
    const people = ['alice@x', 'carol@x', 'bob@x']
    const first = packetId(suite, { sender: 'alice@x', concerned: people, packet: utf8('initial packet') })
    const last = packetId(suite, { sender: 'bob@x', concerned: people, packet: utf8('final packet') })
    expect([first, last].map(toHex)).toEqual(mpenc.packet_ids)
    const after = chained(suite, head, first, 'initial')
    const heads = [head, after, chained(suite, after, last, 'final')]
    expect(heads.map(({ hash }) => toHex(hash))).toEqual(mpenc.chain)
  })
})
