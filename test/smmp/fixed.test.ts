/** SMMP, fixed profile: setup, messages, order, leaks, and everything that can be wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { createSmmpSuite, SmmpGroup, SmmpIdentity, SmmpOrganizer, SmmpParticipant } from '../../src/smmp/index.ts'
import {
  Confirm,
  FixedMessage,
  MaskedShare,
  OrganizerHello,
  ParticipantKeys,
  RatchetKey,
  Routed,
  route,
} from '../../src/smmp/wire.ts'
import { flipped, LOW_ORDER, NON_CANONICAL, seededRandom } from '../pairwise/world.ts'
import { recordSecrets } from '../support/recorded-secrets.ts'
import { expectRefused, fixedGroups, type OnTheWay, read, runSetup, say, seededSuite } from './world.ts'

/** Changes packets of one type with one sender; `to` narrows it to one receiver. */
const tamper =
  (type: Routed['type'], change: (packet: Uint8Array, to: number) => Uint8Array | undefined): OnTheWay =>
  (bytes, _, to) => {
    const routed = decode(Routed, bytes)
    if (routed.type !== type) return bytes
    const packet = change(routed.packet, to)
    return packet && encode(Routed, { ...routed, packet })
  }

const expectSameState = (groups: readonly SmmpGroup[]): void => {
  expect(new Set(groups.map(g => `${g.seq} ${toHex(g.digest)}`)).size).toBe(1)
}

describe('groups', () => {
  it.each(Array.from({ length: 19 }, (_, i) => i + 2))(
    'S01, S32, S33: %i members talk in lock-step over a server without keys',
    n => {
      const groups = fixedGroups({ n, seed: `lock-step ${n}` })
      for (let i = 0; i < n + 2; i++) say(groups, (i * 7) % n, `text ${i}`)
      expectSameState(groups)
    },
  )

  it('any sequence of senders, with reloading, keeps all members in step', () => {
    let run = 0
    const action = fc.record({ who: fc.nat(), what: fc.constantFrom('say', 'say', 'reload', 'collide') })
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.array(action, { maxLength: 40 }), (n, actions) => {
        const suite = seededSuite(`history ${run++}`)
        const groups = fixedGroups({ n, suite })
        actions.forEach(({ who, what }, i) => {
          const at = who % n
          if (what === 'say') say(groups, at, `text ${i}`)
          else if (what === 'reload') groups[at] = SmmpGroup.load(suite, groups[at]!.save())
          else {
            // another one's message gets the place of the own one, which is then sent again
            groups[at]!.send(utf8('loses its place'))
            say(groups, (at + 1) % n, `text ${i}`)
            expect(groups[at]!.pending).toBe(false)
            say(groups, at, 'sent again')
          }
          expectSameState(groups)
        })
      }),
      { numRuns: 30, seed: 9 },
    )
  })

  it('S05: of two concurrent messages one gets its place; nothing is out of step', () => {
    const groups = fixedGroups({ n: 3, seed: 'concurrent' })
    const [first, second] = [groups[0]!.send(utf8('first')), groups[1]!.send(utf8('second'))]
    expect(read(groups[1]!, first)).toBe('first')
    expect(read(groups[2]!, first)).toBe('first')
    groups[0]!.accept()
    for (const group of [groups[0]!, groups[2]!]) expectRefused(group, 'stale-stage', () => group.receive(second))
    say(groups, 1, 'second again')
    expectSameState(groups)
  })

  it('S05: a dropped message is missed by name; a new agreement brings everybody back', () => {
    const options = { n: 3, seed: 'dropped' }
    const groups = fixedGroups(options)
    const dropped = groups[0]!.send(utf8('dropped'))
    groups[0]!.accept()
    read(groups[1]!, dropped)
    const next = groups[1]!.send(utf8('next'))
    groups[1]!.accept()
    expectRefused(groups[2]!, 'missing-stage', () => groups[2]!.receive(next))
    expect(read(groups[2]!, dropped)).toBe('dropped')
    expect(read(groups[2]!, next)).toBe('next')
    // had it been lost for good: the setup runs once more, under another name
    const again = runSetup({ ...options, groupId: utf8('group 2') }).participants.map((p, i) => p.finish(groups[i]))
    say(again, 2, 'together again')
    expect(() => groups[0]!.send(EMPTY)).toThrow(expect.objectContaining({ code: 'group-left' }))
  })

  it('S07, S22: who leaves erases its keys, and nobody sends before the group is set up anew; so with other changes', () => {
    const groups = fixedGroups({ n: 3, seed: 'leaving' })
    const packet = groups[1]!.leave()
    groups[1]!.accept()
    expect(() => groups[1]!.send(EMPTY)).toThrow(expect.objectContaining({ code: 'group-left' }))
    expect(() => groups[1]!.receive(packet)).toThrow(expect.objectContaining({ code: 'group-left' }))
    expect(groups[0]!.receive(packet)).toMatchObject({ kind: 'leave', sender: 1 })
    expect(groups[0]!.reinitRequired).toBe(true)
    expectRefused(groups[0]!, 'reinit-required', () => groups[0]!.send(EMPTY))
    // a member of the old state that speaks on is not heard
    const late = groups[2]!.send(utf8('late'))
    expectRefused(groups[0]!, 'stale-stage', () => groups[0]!.receive(late))
    const others = fixedGroups({ n: 3, seed: 'adding' })
    const request = others[0]!.requestReinit(utf8('a fourth, please'))
    others[0]!.accept()
    expect(others[2]!.receive(request)).toMatchObject({ kind: 'reinit', content: utf8('a fourth, please') })
    expect(others[2]!.reinitRequired && others[0]!.reinitRequired).toBe(true)
  })

  it('S08: another cipher serves as well', () => {
    const suite = createSmmpSuite(createProvider({ random: seededRandom('cipher') }), 'chacha20poly1305')
    const groups = fixedGroups({ n: 3, suite })
    say(groups, 0, 'text')
    expect(suite.aead.id).toBe('chacha20poly1305')
  })

  it('a message that is withdrawn and one sent instead share no key', () => {
    const groups = fixedGroups({ n: 2, seed: 'withdrawn' })
    const before = groups[0]!.save()
    const ciphertexts = [1, 2].map(() => {
      const { packet } = decode(Routed, groups[0]!.send(utf8('same text')))
      groups[0]!.discard()
      const { ciphertext, boxes } = decode(FixedMessage, packet)
      return [toHex(ciphertext), toHex(boxes)]
    })
    expect(new Set(ciphertexts.flat()).size).toBe(4)
    expect(groups[0]!.save()).toEqual(before)
    groups[0]!.send(EMPTY)
    expect(() => groups[0]!.send(EMPTY)).toThrow(expect.objectContaining({ code: 'pending-change' }))
    expect(() => groups[0]!.save()).toThrow(expect.objectContaining({ code: 'pending-change' }))
    groups[0]!.discard()
    for (const call of ['accept', 'discard'] as const)
      expect(() => groups[0]![call]()).toThrow(expect.objectContaining({ code: 'no-pending-change' }))
  })
})

describe('setup', () => {
  it('S06, S26: nobody gets in whom the callbacks do not know', () => {
    const suite = seededSuite('authentication')
    const identity = SmmpIdentity.generate(suite)
    const options = { suite, identity, groupId: EMPTY, authenticate: () => false, authenticateOrganizer: () => true }
    const organizer = new SmmpOrganizer({ suite, groupId: EMPTY, n: 2, authenticate: () => false })
    const [hello] = organizer.hellos()
    const doubting = new SmmpParticipant({ ...options, authenticateOrganizer: () => false })
    expect(() => doubting.receive(hello!)).toThrow(expect.objectContaining({ code: 'unknown-identity' }))
    const [keys] = new SmmpParticipant(options).receive(hello!)
    expect(() => organizer.receive(keys!)).toThrow(expect.objectContaining({ code: 'unknown-identity' }))
    expect(organizer.complete).toBe(false)
    expect(() => organizer.shares()).toThrow(expect.objectContaining({ code: 'setup-incomplete' }))
    const participant = new SmmpParticipant({ ...options, identity: SmmpIdentity.generate(suite) })
    participant.receive(organizer.hellos()[1]!)
    expect(() => participant.receive(keys!)).toThrow(expect.objectContaining({ code: 'unknown-identity' }))
    expect(() => participant.finish()).toThrow(expect.objectContaining({ code: 'setup-incomplete' }))
  })

  it('S03, S15: afterwards the organizer has no secret, and the participant that it is also is like the others', () => {
    const recorded = recordSecrets(createProvider({ random: seededRandom('organizer') }))
    const suite = createSmmpSuite(recorded.provider)
    const organizer = new SmmpOrganizer({ suite, groupId: EMPTY, n: 2, authenticate: () => true })
    const other = seededSuite('organizer, others')
    const participants = [0, 1].map(
      () =>
        new SmmpParticipant({
          suite: other,
          identity: SmmpIdentity.generate(other),
          groupId: EMPTY,
          authenticate: () => true,
          authenticateOrganizer: () => true,
        }),
    )
    const packets = participants.flatMap((p, i) => p.receive(organizer.hellos()[i]!))
    for (const packet of packets) organizer.receive(packet)
    expect(recorded.remaining()).toHaveLength(2)
    organizer.shares()
    expect(recorded.remaining()).toEqual([])
    expect(() => organizer.shares()).toThrow(expect.objectContaining({ code: 'setup-incomplete' }))
    expect(() => organizer.receive(packets[0]!)).toThrow(expect.objectContaining({ code: 'unexpected-packet' }))
    const groups = fixedGroups({ n: 3, seed: 'a peer' })
    expect(new Set(groups.map(g => g.save().length)).size).toBe(1)
  })

  const attacks: [string, OnTheWay][] = [
    ['a share with one bit changed', tamper('masked_share', (p, to) => (to === 1 ? flipped(p, -1) : p))],
    [
      'an organizer that gives two master keys',
      // G ^ d for one half of the group: MK ^ d there
      tamper('masked_share', (p, to) => (to > 1 ? flipped(p, 5) : p)),
    ],
    ['a ratchet key changed for one receiver', tamper('ratchet_key', (p, to) => (to === 2 ? flipped(p, 10) : p))],
    [
      'other keys of the organizer for one receiver',
      tamper('organizer_hello', (p, to) => {
        const hello = decode(OrganizerHello, p)
        return to === 0 ? encode(OrganizerHello, { ...hello, w: flipped(hello.w, 3) }) : p
      }),
    ],
  ]
  it.each(attacks)('S13: %s: no group comes of it', (_, onTheWay) => {
    expect(() => runSetup({ n: 4, seed: 'attacked', onTheWay })).toThrow(
      expect.objectContaining({ code: 'invalid-confirmation' }),
    )
  })

  it('a changed box or tag of a confirmation is refused', () => {
    for (const [at, code] of [
      [5, 'invalid-confirmation'],
      [-1, 'invalid-tag'],
    ] as const) {
      const onTheWay = tamper('confirm', (p, to) => (to === 3 ? flipped(p, at) : p))
      expect(() => runSetup({ n: 4, onTheWay })).toThrow(expect.objectContaining({ code }))
    }
    const short = tamper('confirm', p => {
      const confirm = decode(Confirm, p)
      return encode(Confirm, { ...confirm, boxes: confirm.boxes.subarray(1) })
    })
    expect(() => runSetup({ n: 3, onTheWay: short })).toThrow(expect.objectContaining({ code: 'wrong-member-count' }))
    const dropped = runSetup({ n: 3, onTheWay: tamper('confirm', (p, to) => (to === 1 ? undefined : p)) })
    expect(dropped.participants.map(p => p.ready)).toEqual([true, false, true])
  })

  it('a master key that leaks to a ghost does not open the first message: every member adds to the root key', () => {
    // two runs that differ in nothing but one confirmation end in different root keys
    const twice = ['a', 'b'].map(seed => {
      const inner = seededRandom('ghost')
      const random = seededRandom(seed)
      let calls = 0
      // the last draws are the shares
      const suite = seededSuite('', createProvider({ random: out => (++calls > 3 + 2 + 6 ? random(out) : inner(out)) }))
      return runSetup({ n: 3, suite })
        .participants.map(p => p.finish())[0]!
        .save()
    })
    expect(twice[0]).not.toEqual(twice[1])
  })

  it('S04, S11: keys are 32 bytes; low-order, doubled, other encodings and repeated ones are refused, codecs round-trip', () => {
    const suite = seededSuite('keys')
    const options = {
      suite,
      identity: SmmpIdentity.generate(suite),
      groupId: EMPTY,
      authenticate: () => true,
      authenticateOrganizer: () => true,
    }
    const organizer = new SmmpOrganizer({ suite, groupId: EMPTY, n: 3, authenticate: () => true })
    const { u, w } = decode(OrganizerHello, decode(Routed, organizer.hellos()[0]!).packet)
    expect([suite.dh.publicKeyLength, suite.dh.sharedLength, suite.hash.length]).toEqual([32, 32, 32])
    for (const bad of [...LOW_ORDER, ...NON_CANONICAL]) {
      const code = expect.objectContaining({ code: expect.stringMatching(/^(low-order-point|invalid-public-key)$/) })
      const attempt = (packet: Uint8Array) => () => new SmmpParticipant(options).receive(packet)
      const hello = (keys: { u: Uint8Array; w: Uint8Array }) =>
        route('organizer_hello', encode(OrganizerHello, { ...keys, n: 3, index: 0 }), 0)
      expect(attempt(hello({ u: bad, w }))).toThrow(code)
      expect(attempt(hello({ u, w: bad }))).toThrow(code)
      const keys = route('participant_keys', encode(ParticipantKeys, { index: 1, b: u, k: bad }))
      const ratchet = route('ratchet_key', encode(RatchetKey, { index: 1, r: bad }))
      for (const packet of [keys, ratchet]) {
        expect(() => organizer.receive(packet)).toThrow(code)
        const participant = new SmmpParticipant(options)
        participant.receive(hello({ u, w }))
        expect(() => participant.receive(packet)).toThrow(code)
      }
    }
    const participant = new SmmpParticipant(options)
    const own = participant.receive(organizer.hellos()[0]!)
    for (const packet of own) {
      const { type, packet: content } = decode(Routed, packet)
      const struct = type === 'participant_keys' ? ParticipantKeys : RatchetKey
      expect(encode(struct as typeof RatchetKey, decode(struct as typeof RatchetKey, content))).toEqual(content)
      expect(() => participant.receive(packet)).toThrow(expect.objectContaining({ code: 'own-message' }))
      organizer.receive(packet)
      expect(() => organizer.receive(packet)).toThrow(expect.objectContaining({ code: 'repeated-sender' }))
      const copied = type === 'ratchet_key' && route(type, encode(RatchetKey, { index: 1, r: content.subarray(2) }))
      if (copied) expect(() => organizer.receive(copied)).toThrow(expect.objectContaining({ code: 'duplicate-key' }))
    }
    const refusals: [Uint8Array, string][] = [
      [route('ratchet_key', encode(RatchetKey, { index: 3, r: u })), 'unknown-sender'],
      [route('masked_share', encode(MaskedShare, { index: 1, g: u })), 'unexpected-packet'],
      [route('masked_share', encode(MaskedShare, { index: 1, g: u }), 1), 'unexpected-packet'],
      [route('confirm', encode(Confirm, { index: 1, tag: u, boxes: EMPTY })), 'missing-stage'],
      [organizer.hellos()[0]!, 'unexpected-packet'],
      [route('group_message', EMPTY), 'unexpected-packet'],
    ]
    for (const [packet, code] of refusals)
      expect(() => participant.receive(packet)).toThrow(expect.objectContaining({ code }))
    const lost = route('organizer_hello', encode(OrganizerHello, { u, w, n: 3, index: 3 }), 0)
    expect(() => new SmmpParticipant(options).receive(lost)).toThrow(expect.objectContaining({ code: 'not-a-member' }))
    expect(() => new SmmpParticipant(options).receive(own[0]!)).toThrow(
      expect.objectContaining({ code: 'missing-stage' }),
    )
    expect(() => new SmmpOrganizer({ suite, groupId: EMPTY, n: 1, authenticate: () => true })).toThrow(
      expect.objectContaining({ code: 'wrong-argument' }),
    )
  })
})

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

describe('bad input', () => {
  it('a changed byte or a missing one is refused and changes nothing', () => {
    const groups = fixedGroups({ n: 3, seed: 'bytes' })
    const packet = groups[0]!.send(utf8('m'))
    const receiver = groups[2]!
    const before = toHex(receiver.save())
    for (let at = 0; at < packet.length; at++) {
      // the box of the other receiver is not this one's business
      const own = packet.length - 48
      if (at >= own - 48 && at < own) continue
      expect(() => receiver.receive(flipped(packet, at)), `byte ${at}`).toThrow(RejectedError)
    }
    for (let end = 0; end < packet.length; end++)
      expect(() => receiver.receive(packet.subarray(0, end))).toThrow(RejectedError)
    expect(toHex(receiver.save())).toBe(before)
    expect(read(receiver, packet)).toBe('m')
    expectRefused(receiver, 'stale-stage', () => receiver.receive(packet))
  })

  it('decoders are total', () => {
    const suite = seededSuite('fuzz')
    const groups = fixedGroups({ n: 3, suite })
    const setup = runSetup({ n: 3, seed: 'fuzz setup' })
    const samples = [groups[0]!.send(utf8('m')), groups[1]!.save(), ...setup.traffic]
    const mutated = fc
      .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat())
      .map(([sample, edits, cut]) => {
        const out = sample.slice(0, cut % 3 === 0 ? cut % (sample.length + 1) : sample.length)
        for (const [at, value] of edits) if (out.length > 0) out[at % out.length] = value
        return out
      })
    const total = (body: () => unknown): void => {
      try {
        body()
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error
      }
    }
    const organizer = new SmmpOrganizer({ suite, groupId: EMPTY, n: 3, authenticate: () => true })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), bytes => {
        const participant = new SmmpParticipant({
          suite,
          identity: setup.identities[0]!,
          groupId: EMPTY,
          authenticate: () => true,
          authenticateOrganizer: () => true,
        })
        total(() => participant.receive(organizer.hellos()[0]!))
        total(() => participant.receive(bytes))
        total(() => organizer.receive(bytes))
        total(() => groups[2]!.receive(bytes))
        total(() => SmmpGroup.load(suite, bytes))
      }),
      { numRuns: 500, seed: 13 },
    )
    expect(concat(...samples).length).toBeGreaterThan(0)
  })
})
