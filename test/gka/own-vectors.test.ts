/** The known answers of this repository, made by an oracle that computes with exponents. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { type ChainKind, CliquesMember, chained, createGkaSuite, packetId, sessionId } from '../../src/gka/index.ts'
import { acknowledged } from '../../src/gka/session-id.ts'
import { type OwnVectors, ownVectors } from './own-vectors.ts'
import { agree, exclude, expectOneKey, include, scriptedSuite } from './world.ts'

const vectors = JSON.parse(readFileSync(new URL('own-vectors.json', import.meta.url), 'utf8')) as OwnVectors
const suite = createGkaSuite(createProvider())
const hexes = (sent: { readonly points: readonly Uint8Array[] }): string[] => sent.points.map(toHex)

describe('known answers of the oracle', () => {
  it('are what the committed file has', () => {
    expect(ownVectors()).toEqual(vectors)
  })

  describe.each(['list', 'condensed', 'both'] as const)('contributions: %s', kind => {
    it.each(vectors.histories)('E080, E083, E084, E085: a history that begins with $n members', history => {
      const members = Object.entries(history.draws).map(([name, draws], i) => {
        const contributions = kind === 'both' ? (i % 2 === 0 ? 'list' : 'condensed') : kind
        return new CliquesMember(scriptedSuite(draws.map(fromHex)), name, { contributions })
      })
      const founders = members.slice(0, history.n)
      const newcomers = members.slice(history.n)
      const started = agree(founders)
      expect({ upflow: started.up.map(hexes), downflow: hexes(started.down) }).toMatchObject({
        upflow: history.started.upflow,
        downflow: history.started.downflow,
      })
      expectOneKey(founders)
      expect(toHex(founders[0]!.groupKey)).toBe(history.started.groupKey)
      const included = include(founders, founders[1]!, newcomers)
      expect(included.up.map(hexes)).toEqual(history.included.upflow)
      expect(hexes(included.down)).toEqual(history.included.downflow)
      expectOneKey(members)
      expect(toHex(founders[0]!.groupKey)).toBe(history.included.groupKey)
      const excluded = exclude(members, newcomers[1]!, [founders[0]!])
      expect(hexes(excluded.down)).toEqual(history.excluded.downflow)
      expectOneKey(excluded.left)
      expect(toHex(newcomers[0]!.groupKey)).toBe(history.excluded.groupKey)
      const refreshed = exclude(excluded.left, founders[1]!, [])
      expect(hexes(refreshed.down)).toEqual(history.refreshed.downflow)
      expectOneKey(refreshed.left)
      expect(toHex(newcomers[0]!.groupKey)).toBe(history.refreshed.groupKey)
    })
  })

  it.each(vectors.sessions)('E089: the session id and what $members.length members sign', vector => {
    const lists = {
      members: vector.members.map(({ name }) => name),
      nonces: vector.members.map(({ nonce }) => fromHex(nonce)),
      keys: vector.members.map(({ key }) => fromHex(key)),
    }
    const sid = sessionId(suite, lists)
    expect(toHex(sid)).toBe(vector.sid)
    expect(vector.members.map((_, i) => toHex(acknowledged(lists, i, sid)))).toEqual(vector.acknowledged)
  })

  it('E043: the packet id and every kind of link of the chain', () => {
    const { packet } = vectors
    const id = packetId(suite, { ...packet, packet: fromHex(packet.packet) })
    expect(toHex(id)).toBe(packet.id)
    for (const { kind, hash } of packet.chain) {
      const head = { last: id, hash: fromHex(packet.before) }
      expect(toHex(chained(suite, head, id, kind as ChainKind).hash)).toBe(hash)
    }
  })
})
