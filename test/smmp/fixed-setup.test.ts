/** SMMP, fixed profile: the agreement, and everything that can be wrong with it. */
import { describe, expect, it } from 'vitest'
import { EMPTY } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { createSmmpSuite, SmmpIdentity, SmmpOrganizer, SmmpParticipant } from '../../src/smmp/index.ts'
import {
  Confirm,
  MaskedShare,
  OrganizerHello,
  ParticipantKeys,
  RatchetKey,
  Routed,
  route,
} from '../../src/smmp/wire.ts'
import { flipped, LOW_ORDER, NON_CANONICAL, seededRandom } from '../pairwise/world.ts'
import { recordSecrets } from '../support/recorded-secrets.ts'
import { fixedGroups, type OnTheWay, runSetup, seededSuite } from './world.ts'

/** Changes packets of one type with one sender; `to` narrows it to one receiver. */
const tamper =
  (type: Routed['type'], change: (packet: Uint8Array, to: number) => Uint8Array | undefined): OnTheWay =>
  (bytes, _, to) => {
    const routed = decode(Routed, bytes)
    if (routed.type !== type) return bytes
    const packet = change(routed.packet, to)
    return packet && encode(Routed, { ...routed, packet })
  }

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
