/** SMMP, fixed profile: what it keeps secret, deniable and in one order. */
import { describe, expect, it } from 'vitest'
import { EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { loadFixed } from '../../src/smmp/fixed-state.ts'
import { createSmmpSuite, SmmpGroup } from '../../src/smmp/index.ts'
import { xor } from '../../src/smmp/suite.ts'
import { FixedContext, FixedMessage, Routed, route } from '../../src/smmp/wire.ts'
import { flipped, seededRandom } from '../pairwise/world.ts'
import { recordSecrets } from '../support/recorded-secrets.ts'
import { expectRefused, fixedGroups, read, runSetup, say, seededSuite } from './world.ts'

const expectSameState = (groups: readonly SmmpGroup[]): void => {
  expect(new Set(groups.map(g => `${g.seq} ${toHex(g.digest)}`)).size).toBe(1)
}

describe('properties', () => {
  const load = (group: SmmpGroup): SmmpGroup => SmmpGroup.load(seededSuite('thief'), group.save())

  it('S02, S28: forward secrecy: a stolen state reads nothing that was received before', () => {
    const groups = fixedGroups({ n: 3, seed: 'forward' })
    const old = say(groups, 0, 'old')
    const thief = load(groups[1]!)
    expect(() => thief.receive(old)).toThrow(expect.objectContaining({ code: 'stale-stage' }))
    // not even with the number of the old message: the key is gone
    const { packet } = decode(Routed, old)
    const renumbered = route('group_message', encode(FixedMessage, { ...decode(FixedMessage, packet), seq: 1n }))
    expect(() => thief.receive(renumbered)).toThrow(expect.objectContaining({ code: 'invalid-tag' }))
    expect(read(thief, say(groups, 0, 'next'))).toBe('next')
  })

  it('S02, S09, S28: unlike a hash ratchet it heals: a leaked member sends, another one sends, and the stolen state reads no further', () => {
    const groups = fixedGroups({ n: 4, seed: 'future' })
    say(groups, 0, 'one')
    const thief = load(groups[1]!)
    for (const sender of [0, 2, 3]) expect(read(thief, say(groups, sender, 'read'))).toBe('read')
    const own = groups[1]!.send(utf8('heals'))
    groups[1]!.accept()
    for (const i of [0, 2, 3]) read(groups[i]!, own)
    const after = say(groups, 2, 'after')
    expect(() => thief.receive(after)).toThrow(expect.objectContaining({ code: 'missing-stage' }))
    // what of it the thief could do with its ratchet key: open the leaked member's own box is not among it
    const { packet } = decode(Routed, after)
    const shifted = route('group_message', encode(FixedMessage, { ...decode(FixedMessage, packet), seq: thief.seq }))
    expect(() => thief.receive(shifted)).toThrow(expect.objectContaining({ code: 'invalid-tag' }))
  })

  it('S25, S30: an outsider with everything that was ever sent reads nothing: no packet repeats or contains what it hides', () => {
    const setup = runSetup({ n: 3, seed: 'outsider' })
    const groups = setup.participants.map(p => p.finish())
    const packets = Array.from({ length: 6 }, (_, i) => say(groups, i % 3, 'the same secret words'))
    for (const packet of packets) expect(toHex(packet)).not.toContain(toHex(utf8('secret')))
    const pieces = packets.map(p => toHex(decode(FixedMessage, decode(Routed, p).packet).ciphertext))
    expect(new Set(pieces).size).toBe(6)
    // somebody who ran the same setup with keys of its own is an outsider to this group
    const outsider = fixedGroups({ n: 3, seed: 'another outsider' })
    expectRefused(outsider[1]!, 'invalid-tag', () => outsider[1]!.receive(packets[0]!))
  })

  it('S27, S30: an insider cannot speak in the name of another', () => {
    const groups = fixedGroups({ n: 3, seed: 'forgery' })
    const honest = groups[2]!.send(utf8('mine'))
    const { packet } = decode(Routed, honest)
    const forged = route('group_message', encode(FixedMessage, { ...decode(FixedMessage, packet), sender: 0 }))
    expectRefused(groups[1]!, 'invalid-tag', () => groups[1]!.receive(forged))
    expectRefused(groups[0]!, 'own-message', () => groups[0]!.receive(forged))
    const stranger = route('group_message', encode(FixedMessage, { ...decode(FixedMessage, packet), sender: 3 }))
    expectRefused(groups[1]!, 'unknown-sender', () => groups[1]!.receive(stranger))
    expect(read(groups[1]!, honest)).toBe('mine')
  })

  it('smmp-cancel: the last sender cannot cancel the keys of the others: they are joined, not added up', () => {
    const groups = fixedGroups({ n: 2, seed: 'smmp-cancel' })
    const honest = seededSuite('insider')
    const before = loadFixed(groups[0]!.save())
    // among two, the key that cancels is the other's own; a way to send it without knowing its private key
    const cancelling = before.publicR.slice(0, 32)
    const insider = SmmpGroup.load({ ...honest, dh: { ...honest.dh, publicKey: () => cancelling } }, groups[1]!.save())
    expect(read(groups[0]!, insider.send(utf8('cancel')))).toBe('cancel')
    const after = loadFixed(groups[0]!.save())
    expect(xor(after.publicR.subarray(0, 32), after.publicR.subarray(32))).toEqual(new Uint8Array(32))
    // who has the root key before it and all that was said, and no ratchet key
    const nextRoot = (keys: Uint8Array): Uint8Array =>
      honest.labels.expand(honest.kdf.extract(before.root, keys), 'root', after.digest)
    const { packet } = decode(Routed, groups[0]!.send(utf8('after')))
    const { seq, salt, ciphertext } = decode(FixedMessage, packet)
    const bound = encode(FixedContext, { transcript: after.transcript, seq, sender: 0, salt })
    const opens = (root: Uint8Array): boolean => {
      const both = honest.labels.expand(root, 'body', bound, 32 + 12)
      try {
        return honest.aead.open(both.subarray(0, 32), both.subarray(32), bound, ciphertext).length > 0
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-tag' })
        return false
      }
    }
    const guesses = [before.root, ...[0, 32, 64].map(length => nextRoot(new Uint8Array(length)))]
    expect(guesses.map(opens)).toEqual([false, false, false, false])
    expect(opens(nextRoot(after.publicR))).toBe(true)
  })

  it('S29, S30: deniability before a judge: a receiver can make every message of another member by itself', () => {
    const groups = fixedGroups({ n: 2, seed: 'deniable' })
    const transcript = groups[1]!.save()
    // all that is secret to the pair is symmetric; the receiver takes a ratchet key of the accused that it made up
    const accused = forgeAs(transcript)
    const packet = accused.send(utf8('I never said that'))
    const judge = SmmpGroup.load(seededSuite('judge'), accusedReceiver(transcript, accused))
    expect(read(judge, packet)).toBe('I never said that')
  })

  /** From member 1's state of a group of two, a state of member 0 with a ratchet key that member 1 chose. */
  function forgeAs(saved: Uint8Array): SmmpGroup {
    const bytes = saved.slice()
    const at = offsets(bytes)
    const suite = seededSuite('accuser')
    const r = new Uint8Array(32).fill(9)
    bytes.set([0, 0], at.own)
    bytes.set(r, at.r)
    bytes.set(suite.dh.publicKey(r), at.publicR)
    bytes.copyWithin(at.pairKeys + 32, at.pairKeys, at.pairKeys + 32)
    return SmmpGroup.load(suite, bytes)
  }

  /** Member 1's state with the ratchet key of member 0 that it made up. */
  function accusedReceiver(saved: Uint8Array, _accused: SmmpGroup): Uint8Array {
    const bytes = saved.slice()
    bytes.set(seededSuite('accuser').dh.publicKey(new Uint8Array(32).fill(9)), offsets(bytes).publicR)
    return bytes
  }

  /** Where fields of a saved group of two start: format, group id, transcript, own, seq, root, digest, r, publicR, pairKeys. */
  function offsets(saved: Uint8Array) {
    const own = 1 + 1 + saved[1]! + 32
    const r = own + 2 + 8 + 32 + 32
    return { own, r, publicR: r + 32 + 2, pairKeys: r + 32 + 2 + 64 + 2 }
  }

  it('S31: the digest depends on the order of messages and on every one of them', () => {
    const digests = [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'a'],
      ['b', 'b'],
    ].map(texts => {
      const groups = fixedGroups({ n: 2, seed: 'chain' })
      for (const text of texts) say(groups, 0, text)
      expectSameState(groups)
      return toHex(groups[0]!.digest)
    })
    expect(new Set(digests).size).toBe(4)
  })

  it('S31: a member who has seen another conversation is found out by the next message', () => {
    const groups = fixedGroups({ n: 3, seed: 'split view' })
    for (let i = 0; i < 20; i++) say(groups, i % 3, `text ${i}`)
    const twin = SmmpGroup.load(seededSuite('twin'), groups[0]!.save())
    // the sender says one thing to one member and another to the other
    const [one, other] = [groups[0]!.send(utf8('yes')), twin.send(utf8('no'))]
    groups[0]!.accept()
    read(groups[1]!, one)
    read(groups[2]!, other)
    const next = groups[1]!.send(utf8('so it is yes'))
    expectRefused(groups[2]!, 'invalid-tag', () => groups[2]!.receive(next))
  })

  it('S31: in every 16th message the sender says which conversation it has seen', () => {
    const groups = fixedGroups({ n: 2, seed: 'said' })
    for (let i = 0; i < 16; i++) say(groups, i % 2, `text ${i}`)
    const saved = groups[0]!.save()
    const at = toHex(saved).indexOf(toHex(groups[0]!.digest)) / 2
    const liar = SmmpGroup.load(seededSuite('liar'), flipped(saved, at))
    const lie = liar.send(utf8('I saw something else'))
    expectRefused(groups[1]!, 'transcript-mismatch', () => groups[1]!.receive(lie))
    say(groups, 0, 'the truth')
  })

  it('no secret outlives the group, on errors neither', () => {
    const recorded = recordSecrets(createProvider({ random: seededRandom('recorded smmp') }))
    const suite = createSmmpSuite(recorded.provider)
    const setup = runSetup({ n: 3, suite })
    const groups = setup.participants.map(p => p.finish())
    for (let i = 0; i < 20; i++) {
      const packet = groups[i % 3]!.send(utf8(`text ${i}`))
      expect(() => groups[(i + 1) % 3]!.receive(flipped(packet, 40))).toThrow(RejectedError)
      if (i === 7) {
        groups[i % 3]!.discard()
        continue
      }
      for (const group of groups) {
        if (group === groups[i % 3]) group.accept()
        else group.receive(packet)
      }
    }
    groups[0]!.send(EMPTY)
    for (const group of groups) group.wipe()
    for (const { privateKey } of setup.identities) privateKey.wipe()
    // salts are public
    expect(recorded.remaining().filter(({ length }) => length !== 16)).toEqual([])
    expect(recorded.count).toBeGreaterThan(400)
  })
})
