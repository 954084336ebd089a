/** Known answers: of others, from an independent implementation in another language, and of the oracle beside this file. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { type Confirming, firstRoot, masterTag, pairKey } from '../../src/smmp/confirm.ts'
import {
  aggregate,
  initialKeys,
  maskOf,
  nextDigest,
  nextKeys,
  resyncKeys,
  resyncPrivateKey,
} from '../../src/smmp/historical-keys.ts'
import {
  fixedRules,
  historicalRules,
  maskedShares,
  masterKey,
  type PublicKeys,
  type ShareRules,
  sharedOrZero,
  transcriptOf,
} from '../../src/smmp/shares.ts'
import { createSmmpSuite, sharedSecrets, xor } from '../../src/smmp/suite.ts'
import { describeVectors } from '../vectors/locate.ts'
import { type OwnVectors, ownVectors } from './own-vectors.ts'

const suite = createSmmpSuite(createProvider())
const own = JSON.parse(readFileSync(new URL('own-vectors.json', import.meta.url), 'utf8')) as OwnVectors

interface PrivateKeys {
  readonly b: string
  readonly k: string
  readonly r: string
}
const pub = (key: string): Uint8Array => suite.dh.publicKey(fromHex(key))
const publicKeysOf = (keys: readonly PrivateKeys[]): PublicKeys[] =>
  keys.map(({ b, k, r }) => ({ b: pub(b), k: pub(k), r: pub(r) }))

/** Everybody's master key from what it receives. */
function masterKeys(
  rules: ShareRules,
  keys: readonly PrivateKeys[],
  from: { u: string; w: string },
  G: readonly string[],
) {
  const [u, w] = [pub(from.u), pub(from.w)]
  return keys.map(({ b, k, r }, index) =>
    toHex(masterKey(rules, { index, b: fromHex(b), k: fromHex(k), r: fromHex(r) }, { u, w, g: fromHex(G[index]!) })),
  )
}

/** Step 13 as it is printed. */
function literalMaster({ b, k, r }: PrivateKeys, from: { u: string; w: string }, g: string): string {
  const [u, w] = [pub(from.u), pub(from.w)]
  const shared = (key: string, theirs: Uint8Array): Uint8Array => suite.dh.shared(fromHex(key), theirs)
  const inner = xor(xor(shared(k, w), fromHex(g)), shared(r, w))
  const parts = [shared(k, u), shared(b, w), inner]
  return toHex(suite.hash.digest(Uint8Array.from(parts.flatMap(part => [...part]))))
}

interface SmmpVectors {
  readonly u: string
  readonly w: string
  readonly participants: readonly PrivateKeys[]
  readonly L: readonly string[]
  readonly G: readonly string[]
  readonly MK: string
  readonly literal_parse_gives_distinct_MK: number
  readonly state: Readonly<Record<'RK' | 'HK' | 'NHK' | 'mk' | 'v', string>>
  readonly message: {
    readonly m: string
    readonly r_new: string
    readonly conv_digest: string
    readonly masked_R: Readonly<Record<'1' | '2', string>>
    readonly aggregate: string
    readonly RK: string
    readonly HK: string
    readonly NHK: string
    readonly mk: string
  }
  readonly resync_historical: {
    readonly v_new: string
    readonly R: readonly string[]
    readonly aggregate: string
    readonly RK: string
    readonly mk: string
  }
}

describeVectors<{ smmp: SmmpVectors }>('seed-protocols.json', ({ smmp }) => {
  const rules = historicalRules(suite)
  const participants = publicKeysOf(smmp.participants)

  it('S12: L and G of every participant', () => {
    const shares = participants.map(({ b, k }, i) => {
      const [u, w] = [fromHex(smmp.u), fromHex(smmp.w)]
      return toHex(
        rules.share(
          sharedSecrets(rules.shared, [
            [u, k],
            [w, b],
            [w, k],
          ]),
          i,
        ),
      )
    })
    expect(shares).toEqual(smmp.L)
    const masked = maskedShares(rules, { u: fromHex(smmp.u), w: fromHex(smmp.w) }, participants)
    expect(masked.map(toHex)).toEqual(smmp.G)
  })

  it('S13: one master key for all, the organizer included; the literal formula gives as many as there are members', () => {
    expect(masterKeys(rules, smmp.participants, smmp, smmp.G)).toEqual([smmp.MK, smmp.MK, smmp.MK])
    expect(toHex(aggregate(smmp.L.map(fromHex)))).toBe(smmp.MK)
    const literal = new Set(smmp.participants.map((keys, i) => literalMaster(keys, smmp, smmp.G[i]!)))
    expect(literal.size).toBe(smmp.literal_parse_gives_distinct_MK)
    expect(literal.size).toBe(3)
  })

  it('S14: RK, HK, NHK, mk and v', () => {
    const { root, headerKey, nextHeaderKey, messageKey, v } = initialKeys(suite, fromHex(smmp.MK))
    const { RK, HK, NHK, mk } = smmp.state
    expect([root, headerKey, nextHeaderKey, messageKey, v].map(toHex)).toEqual([RK, HK, NHK, mk, smmp.state.v])
  })

  it('S16, S18: digest, masked keys and the keys after the first message', () => {
    const { message } = smmp
    const digest = nextDigest(suite, new Uint8Array(32), utf8(message.m))
    expect(toHex(digest)).toBe(message.conv_digest)
    const r = fromHex(smmp.participants[0]!.r)
    for (const i of [1, 2] as const) {
      const mask = maskOf(suite, r, participants[i]!.r, digest)
      expect(toHex(xor(pub(message.r_new), mask))).toBe(message.masked_R[i])
    }
    const publicKeys = [pub(message.r_new), participants[1]!.r, participants[2]!.r]
    expect(toHex(aggregate(publicKeys))).toBe(message.aggregate)
    const before = initialKeys(suite, fromHex(smmp.MK))
    const after = nextKeys(suite, before, { v: before.v, publicKeys, rkMode: 'text' })
    expect(Object.values(after).map(toHex)).toEqual([message.RK, message.HK, message.NHK, message.mk])
  })

  it('S23, S24: a resynchronisation, all of whose private keys are constants', () => {
    const { resync_historical: resync } = smmp
    const publicKeys = [0, 1, 2].map(i => suite.dh.publicKey(resyncPrivateKey(suite, i)))
    expect(publicKeys.map(toHex)).toEqual(resync.R)
    expect(toHex(aggregate(publicKeys))).toBe(resync.aggregate)
    const { root, messageKey } = resyncKeys(suite, fromHex(resync.v_new), publicKeys)
    expect([root, messageKey].map(toHex)).toEqual([resync.RK, resync.mk])
  })
})

describe('known answers of the oracle', () => {
  it('are what the committed file has', () => {
    expect(ownVectors()).toEqual(own)
  })

  it.each(own)('S12, S13, S14: both profiles for $n members', vector => {
    const { n, keys, historical, fixed } = vector
    const participants = publicKeysOf(keys)
    const organizer = { u: fromHex(vector.u), w: fromHex(vector.w) }
    const old = historicalRules(suite)
    expect(maskedShares(old, organizer, participants).map(toHex)).toEqual(historical.G)
    expect(new Set(masterKeys(old, keys, vector, historical.G))).toEqual(new Set([historical.MK]))
    expect(keys.map((own, i) => literalMaster(own, vector, historical.G[i]!))).toEqual(historical.literal)
    expect(new Set(historical.literal).size).toBe(n)
    expect(Object.values(initialKeys(suite, fromHex(historical.MK))).map(toHex)).toEqual(historical.state)

    const [u, w] = [pub(vector.u), pub(vector.w)]
    const transcript = transcriptOf(suite, { groupId: fromHex(vector.groupId), u, w, n, participants })
    expect(toHex(transcript)).toBe(fixed.T)
    const rules = fixedRules(suite, transcript)
    expect(maskedShares(rules, organizer, participants).map(toHex)).toEqual(fixed.G)
    expect(new Set(masterKeys(rules, keys, vector, fixed.G))).toEqual(new Set([fixed.MK]))
    for (const [own, other] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { b, r } = keys[own]!
      const mine = { index: own, b: fromHex(b), r: fromHex(r) }
      expect(toHex(pairKey({ suite, transcript }, mine, { ...participants[other]!, index: other }))).toBe(fixed.pair01)
    }
    const confirming: Confirming = {
      suite,
      own: 0,
      transcript,
      master: fromHex(fixed.MK),
      pairKeys: new Uint8Array(32 * n),
    }
    expect(toHex(masterTag(confirming, 1))).toBe(fixed.tag1)
    expect(toHex(firstRoot(confirming, fixed.shares.map(fromHex)))).toBe(fixed.root)
  })

  it('the historical profile takes zero for a shared secret, the fixed one does not', () => {
    const zero = new Uint8Array(32)
    expect(sharedOrZero(suite, fromHex(own[0]!.u), zero)).toEqual(zero)
    expect(() => fixedRules(suite, zero).shared(fromHex(own[0]!.u), zero)).toThrow(
      expect.objectContaining({ code: 'low-order-point' }),
    )
  })
})
