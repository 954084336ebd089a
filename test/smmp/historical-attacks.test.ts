/** SMMP of 2014: every attack on it. The tests of the fixed profile show the same attacks failing. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { HistoricalGroup } from '../../src/smmp/historical.ts'
import {
  aggregate,
  historicalKdf,
  maskOf,
  nextKeys,
  openBox,
  resyncKeys,
  resyncPrivateKey,
  sealBox,
} from '../../src/smmp/historical-keys.ts'
import { xor } from '../../src/smmp/suite.ts'
import { Boxes, GroupMessage, Header, Housekeeping, Routed, route } from '../../src/smmp/wire.ts'
import { flipped } from '../pairwise/world.ts'
import { mutated, total } from '../support/hostile-bytes.ts'
import { fieldOf, opensBody, publicKeysOf, steal, suite } from './thief.ts'
import {
  addressee,
  expectRefused,
  fixedGroups,
  historicalGroups,
  readHistorical,
  runSetup,
  say,
  sayHistorical,
} from './world.ts'

describe('attacks', () => {
  it('S24: smmp-resync: who knows v alone reads every message after a resynchronisation until all have sent', () => {
    const n = 5
    const groups = historicalGroups({ n, seed: 'smmp-resync' })
    const leakedV = fieldOf(groups[3]!, 'v')
    // v has not changed, and will not
    for (let i = 0; i < 7; i++) sayHistorical(groups, i % n, `text ${i}`)
    expect(fieldOf(groups[0]!, 'v')).toEqual(leakedV)
    // one dropped packet, and one more message by whom it was meant for
    const lost = groups[0]!.send(utf8('lost'))
    for (const packet of lost) if (addressee(packet) !== 1) readHistorical(groups[addressee(packet)]!, packet)
    for (const packet of groups[1]!.send(utf8('?'))) readHistorical(groups[addressee(packet)]!, packet)
    const resync = groups[2]!.resync()
    groups.forEach((group, i) => void (i !== 2 && group.receive(resync)))

    const { box } = decode(Housekeeping, decode(Routed, resync).packet)
    const v = openBox(suite, leakedV, box).slice(1)
    const constants = groups.map((_, i) => resyncPrivateKey(suite, i))
    let publicKeys = constants.map(key => suite.dh.publicKey(key))
    let keys = resyncKeys(suite, v, publicKeys)
    let digest: Uint8Array = new Uint8Array(32)
    const silent = new Set(groups.map((_, i) => i))
    const outcomes: [sender: number, read: boolean][] = []
    for (const [i, sender] of [1, 2, 1, 3, 1, 2, 0, 4, 1, 2, 3, 0].entries()) {
      const packets = sayHistorical(groups, sender, `secret ${i}`)
      const victim = packets.find(p => silent.has(addressee(p)))
      const packet = victim ?? packets[0]!
      const { header, body } = decode(GroupMessage, decode(Routed, packet).packet)
      const readable = opensBody(keys.messageKey, packet)
      if (readable && victim !== undefined) {
        const message = openBox(suite, keys.messageKey, body)
        digest = xor(digest, suite.hash.digest(message))
        const { maskedR } = decode(Header, openBox(suite, keys.headerKey, header))
        const mask = maskOf(suite, constants[addressee(victim)]!, publicKeys[sender]!, digest)
        publicKeys = publicKeys.with(sender, xor(maskedR, mask))
        keys = nextKeys(suite, keys, { v, publicKeys, rkMode: 'text' })
      }
      silent.delete(sender)
      outcomes.push([sender, readable])
    }
    // member 4 sends last of all: that message is still read, and none after it
    expect(outcomes.map(([, read]) => read)).toEqual([...Array(8).fill(true), ...Array(4).fill(false)])
  })

  it('S24: the fixed profile has no v and no resynchronisation: a leaked pair of states opens nothing more by a dropped packet', () => {
    const groups = fixedGroups({ n: 3, seed: 'no resync' })
    const lost = groups[0]!.send(utf8('lost'))
    groups[0]!.accept()
    groups[1]!.receive(lost)
    const next = groups[1]!.send(utf8('next'))
    expectRefused(groups[2]!, 'missing-stage', () => groups[2]!.receive(next))
    const housekeeping = route(
      'housekeeping',
      encode(Housekeeping, { box: sealBox(suite, new Uint8Array(32), EMPTY), mac: new Uint8Array(32) }),
    )
    expectRefused(groups[2]!, 'unexpected-packet', () => groups[2]!.receive(housekeeping))
  })

  it('S27: an insider speaks in the name of another, and the victims fall out of step', () => {
    const groups = historicalGroups({ n: 3, seed: 'insider' })
    const insider = groups[2]!
    const [v, headerKey, messageKey] = (['v', 'headerKey', 'messageKey'] as const).map(f => fieldOf(insider, f))
    const boxes = {
      header: sealBox(suite, headerKey!, encode(Header, { sender: 0, maskedR: new Uint8Array(32).fill(5) })),
      body: sealBox(suite, messageKey!, utf8('this is member 0')),
    }
    const forged = route(
      'group_message',
      encode(GroupMessage, { ...boxes, mac: suite.kdf.hmac(v!, encode(Boxes, boxes)) }),
      1,
    )
    expect(groups[1]!.receive(forged)).toMatchObject({ type: 'message', sender: 0, content: utf8('this is member 0') })
    const honest = groups[0]!.send(utf8('honest')).find(p => addressee(p) === 1)!
    expect(readHistorical(groups[1]!, honest)).toBe('(undecryptable)')
  })

  it('smmp-cancel: the last sender chooses a key that cancels everybody else: the next root key depends on no secret but the last', () => {
    const n = 3
    const groups = historicalGroups({ n, seed: 'smmp-cancel' })
    const insider = groups[2]!
    const known = publicKeysOf(insider, n)
    const r = fieldOf(insider, 'r')
    const root = fieldOf(insider, 'root')
    const cancelling = xor(known[0]!, known[1]!)
    expect(aggregate([known[0]!, known[1]!, cancelling])).toEqual(new Uint8Array(32))
    const message = utf8('cancel')
    const digest = suite.hash.digest(message)
    const [v, headerKey, messageKey] = (['v', 'headerKey', 'messageKey'] as const).map(f => fieldOf(insider, f))
    for (const i of [0, 1]) {
      const maskedR = xor(cancelling, maskOf(suite, r, known[i]!, digest))
      const boxes = {
        header: sealBox(suite, headerKey!, encode(Header, { sender: 2, maskedR })),
        body: sealBox(suite, messageKey!, message),
      }
      const mac = suite.kdf.hmac(v!, encode(Boxes, boxes))
      expect(readHistorical(groups[i]!, route('group_message', encode(GroupMessage, { ...boxes, mac }), i))).toBe(
        'cancel',
      )
    }
    // without v and without any ratchet key
    const predicted = suite.hash.digest(concat(root, new Uint8Array(32)))
    expect(fieldOf(groups[0]!, 'root')).toEqual(predicted)
    expect(opensBody(historicalKdf(suite, predicted, 3), groups[0]!.send(utf8('after'))[0]!)).toBe(true)
  })

  it('S31: the digest ignores order, cancels pairs, and 257 chosen messages always have a part that leaves no trace', () => {
    const run = (texts: string[]): string => {
      const groups = historicalGroups({ n: 2, seed: 'digest' })
      for (const text of texts) sayHistorical(groups, 0, text)
      return toHex(groups[1]!.digest)
    }
    expect(run(['yes', 'no'])).toBe(run(['no', 'yes']))
    expect(run(['kill', 'kill'])).toBe('00'.repeat(32))
    const subset = vanishing(Array.from({ length: 257 }, (_, i) => suite.hash.digest(utf8(`message ${i}`))))
    expect(subset.length).toBeGreaterThan(0)
    expect(subset.length).toBeLessThanOrEqual(257)
    expect(run(subset.map(i => `message ${i}`))).toBe('00'.repeat(32))
  })

  /** Gauss over the bits: which of the digests add up to zero. */
  function vanishing(digests: readonly Uint8Array[]): number[] {
    const basis = new Map<number, { value: bigint; of: bigint }>()
    for (const [i, digest] of digests.entries()) {
      let value = BigInt(`0x${toHex(digest)}`)
      let of = 1n << BigInt(i)
      while (value !== 0n) {
        const top = value.toString(2).length
        const other = basis.get(top)
        if (other === undefined) {
          basis.set(top, { value, of })
          break
        }
        value ^= other.value
        of ^= other.of
      }
      if (value === 0n) return digests.flatMap((_, j) => ((of >> BigInt(j)) & 1n ? [j] : []))
    }
    return []
  }

  it('S26: a flipped bit of a share is not noticed in setup: the victim never understands a message', () => {
    const onTheWay = (packet: Uint8Array, _: number, to: number): Uint8Array =>
      decode(Routed, packet).type === 'masked_share' && to === 1 ? flipped(packet, -1) : packet
    const { participants } = runSetup({ n: 3, historical: true, onTheWay })
    expect(participants.every(p => p.ready)).toBe(true)
    const groups = participants.map(p => p.finishHistorical())
    const packets = groups[0]!.send(utf8('hello'))
    expect(readHistorical(groups[2]!, packets.find(p => addressee(p) === 2)!)).toBe('hello')
    expectRefused(groups[1]!, 'invalid-mac', () => groups[1]!.receive(packets.find(p => addressee(p) === 1)!))
  })

  it('S26: an organizer splits the group in two that each believe to be whole, and reads both', () => {
    const onTheWay = (packet: Uint8Array, _: number, to: number): Uint8Array =>
      decode(Routed, packet).type === 'masked_share' && to >= 2 ? flipped(packet, -1) : packet
    const { participants } = runSetup({ n: 4, historical: true, onTheWay })
    const groups = participants.map(p => p.finishHistorical())
    const roots = groups.map(g => toHex(fieldOf(g, 'root')))
    expect(roots[0]).toBe(roots[1])
    expect(roots[2]).toBe(roots[3])
    expect(roots[0]).not.toBe(roots[2])
    const packets = groups[2]!.send(utf8('to all'))
    expect(readHistorical(groups[3]!, packets.find(p => addressee(p) === 3)!)).toBe('to all')
    expectRefused(groups[0]!, 'invalid-mac', () => groups[0]!.receive(packets.find(p => addressee(p) === 0)!))
  })

  it('S26: an organizer hides one more member from all the others: its share in the sum is seen by nobody', () => {
    // what a ghost and the organizer agreed on, added to the sum that everybody gets
    const ghost = (packet: Uint8Array): Uint8Array =>
      decode(Routed, packet).type === 'masked_share' ? flipped(packet, -1) : packet
    const [alone, haunted] = [undefined, ghost].map(onTheWay =>
      historicalGroups({ n: 3, seed: 'ghost', ...(onTheWay && { onTheWay }) }),
    )
    expect(new Set(haunted!.map(g => toHex(fieldOf(g, 'root')))).size).toBe(1)
    expect(fieldOf(haunted![0]!, 'root')).not.toEqual(fieldOf(alone![0]!, 'root'))
    for (let i = 0; i < 4; i++) sayHistorical(haunted!, i % 3, `text ${i}`)
  })

  it('concurrent senders: whoever is second is not understood', () => {
    const groups = historicalGroups({ n: 3, seed: 'concurrent' })
    const a = groups[0]!.send(utf8('a'))
    const b = groups[1]!.send(utf8('b'))
    const to = (packets: Uint8Array[], i: number): Uint8Array => packets.find(p => addressee(p) === i)!
    expect(readHistorical(groups[2]!, to(a, 2))).toBe('a')
    expect(readHistorical(groups[2]!, to(b, 2))).toBe('(undecryptable)')
    expect(readHistorical(groups[1]!, to(a, 1))).toBe('(undecryptable)')
    // and both bodies are under one key: only random nonces keep that from being fatal
    const nonces = [...a, ...b].flatMap(packet => {
      const { header, body } = decode(GroupMessage, decode(Routed, packet).packet)
      return [header.nonce, body.nonce].map(toHex)
    })
    expect(new Set(nonces).size).toBe(nonces.length)
  })

  it('S02, S28: forward secrecy holds for message keys; a leaked member heals only after it and another have sent', () => {
    const groups = historicalGroups({ n: 3, seed: 'leaks' })
    const old = sayHistorical(groups, 0, 'old')
    const thief = steal(groups[1]!)
    expect(opensBody(fieldOf(thief, 'messageKey'), old.find(p => addressee(p) === 1)!)).toBe(false)
    const read = (packets: Uint8Array[]): string => readHistorical(thief, packets.find(p => addressee(p) === 1)!)
    for (const sender of [0, 2, 0]) expect(read(sayHistorical(groups, sender, 'read'))).toBe('read')
    // v alone reads what it protects: housekeeping, for ever
    const own = sayHistorical(groups, 1, 'heals')
    const { header, body } = decode(GroupMessage, decode(Routed, own[0]!).packet)
    expect(opensBody(fieldOf(thief, 'messageKey'), own[0]!)).toBe(true)
    const { maskedR } = decode(Header, openBox(suite, fieldOf(thief, 'headerKey'), header))
    const message = openBox(suite, fieldOf(thief, 'messageKey'), body)
    const digest = xor(thief.digest, suite.hash.digest(message))
    // the thief has the leaked member's private key, and so learns its next public key
    const publicKeys = publicKeysOf(thief, 3)
    const next = xor(maskedR, maskOf(suite, fieldOf(thief, 'r'), publicKeys[addressee(own[0]!)]!, digest))
    const state = { root: fieldOf(thief, 'root'), headerKey: fieldOf(thief, 'headerKey') }
    const stolen = {
      ...state,
      nextHeaderKey: historicalKdf(suite, state.root, 2),
      messageKey: fieldOf(thief, 'messageKey'),
    }
    const keys = nextKeys(suite, stolen as Parameters<typeof nextKeys>[1], {
      v: fieldOf(thief, 'v'),
      publicKeys: publicKeys.with(1, next),
      rkMode: 'text',
    })
    const second = sayHistorical(groups, 0, 'the other one')
    expect(opensBody(keys.messageKey, second[0]!)).toBe(true)
    // that message brought a key under a ratchet key of the victim which the thief does not have
    const third = sayHistorical(groups, 2, 'closed')
    const guesses = [
      keys.messageKey,
      nextKeys(suite, keys, { v: fieldOf(thief, 'v'), publicKeys: publicKeys.with(1, next), rkMode: 'text' })
        .messageKey,
    ]
    expect(guesses.some(key => opensBody(key, third[0]!))).toBe(false)
  })

  it('S29: deniability: with what one member has, a message of any other can be made', () => {
    // the same as the insider's forgery: what anybody can make proves nothing about anybody
    const groups = historicalGroups({ n: 2, seed: 'deniable' })
    const simulated = steal(groups[1]!)
    const [v, headerKey, messageKey] = (['v', 'headerKey', 'messageKey'] as const).map(f => fieldOf(simulated, f))
    const boxes = {
      header: sealBox(suite, headerKey!, encode(Header, { sender: 0, maskedR: new Uint8Array(32) })),
      body: sealBox(suite, messageKey!, utf8('never said')),
    }
    const packet = route(
      'group_message',
      encode(GroupMessage, { ...boxes, mac: suite.kdf.hmac(v!, encode(Boxes, boxes)) }),
      1,
    )
    expect(readHistorical(simulated, packet)).toBe('never said')
  })

  it('decoders are total', () => {
    const groups = historicalGroups({ n: 3, seed: 'fuzz' })
    const samples = [groups[0]!.send(utf8('m'))[0]!, groups[0]!.save(), groups[0]!.sendPrivate(1, utf8('p'))]
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated(samples)), bytes => {
        total(() => steal(groups[1]!).receive(bytes))
        total(() => HistoricalGroup.load(suite, bytes, { unsafeHistorical: true }))
      }),
      { numRuns: 500, seed: 19 },
    )
    say(fixedGroups({ n: 2 }), 0, 'the fixed profile is not concerned')
  })
})
