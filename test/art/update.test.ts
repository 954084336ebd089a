/** ART section 5, UpdateKey, ProcessUpdate and messages, with everything that can be wrong. */
import { describe, expect, it } from 'vitest'
import { ArtGroup } from '../../src/art/index.ts'
import { deriveStageKey, stageContext } from '../../src/art/key-schedule.ts'
import { ArtPacket, type Update } from '../../src/art/wire.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { forgeUpdate, LOW_ORDER, NON_CANONICAL, ON_TWIST, secretOf, stateOf, withKey } from './forge.ts'
import { deliver, expectAgreement, expectRefused, partyOf, updateBy, type World, worldOf } from './world.ts'

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const out = bytes.slice()
  out.set([out.at(at)! ^ 1], at < 0 ? out.length + at : at)
  return out
}

const stateIn = ({ groups, people }: World, i: number) => stateOf(groups[i]!, people[i]!)

describe('updates', () => {
  it('A13: number the stages and change nothing before they are accepted', () => {
    const { groups, people } = worldOf(5)
    const before = groups[2]!.confirmation
    const packet = groups[2]!.update()
    expect(groups[2]!.confirmation).toEqual(before)
    expect(groups[2]!.pending).toBe('update')
    expect(groups[2]!.pendingPacket).toEqual(packet)
    expect(() => groups[2]!.update()).toThrow(expect.objectContaining({ code: 'pending-change' }))
    const restored = ArtGroup.load(partyOf(people[2]!), groups[2]!.save())
    expect(restored.save()).toEqual(groups[2]!.save())
    deliver(groups, groups[2]!, packet)
    restored.accept()
    expect(groups.map(g => g.stage)).toEqual([1n, 1n, 1n, 1n, 1n])
    expectAgreement([...groups, restored])
    expect(() => groups[2]!.accept()).toThrow(expect.objectContaining({ code: 'no-pending-change' }))
    expect(() => groups[2]!.discard()).toThrow(expect.objectContaining({ code: 'no-pending-change' }))
  })

  it('discarding a pending change leaves no trace', () => {
    const { groups } = worldOf(3)
    const before = toHex(groups[1]!.save())
    groups[1]!.update()
    groups[1]!.discard()
    expect(toHex(groups[1]!.save())).toBe(before)
    updateBy(groups, groups[1]!)
    expectAgreement(groups)
  })

  it('mode A: of two updates from one stage the first wins, and the loser tries again', () => {
    const { groups } = worldOf(4)
    const [winner, loser] = [groups[1]!, groups[2]!]
    const [first, second] = [winner.update(), loser.update()]
    for (const group of groups) if (group !== winner) group.receive(first)
    winner.accept()
    expect(loser.pending).toBeUndefined()
    expectAgreement(groups)
    for (const group of groups) if (group !== loser) expectRefused(group, 'stale-stage', () => group.receive(second))
    updateBy(groups, loser)
    expectAgreement(groups)
  })

  it('A37: round trip; another stage, another key or any changed byte is refused and changes nothing', () => {
    const { groups } = worldOf(3)
    const packet = groups[1]!.update()
    expect(encode(ArtPacket, decode(ArtPacket, packet))).toEqual(packet)
    const receiver = groups[2]!
    const before = toHex(receiver.save())
    for (let at = 0; at < packet.length; at++)
      expect(() => receiver.receive(flipped(packet, at)), `byte ${at}`).toThrow(RejectedError)
    for (let end = 0; end < packet.length; end += 7)
      expect(() => receiver.receive(packet.subarray(0, end))).toThrow(RejectedError)
    expect(toHex(receiver.save())).toBe(before)
    expectRefused(receiver, 'invalid-mac', () => {
      const decoded = decode(ArtPacket, packet)
      if (decoded.type !== 'update') throw new Error('not an update')
      const { update } = decoded
      receiver.receive(encode(ArtPacket, { type: 'update', update: { ...update, mac: flipped(update.mac, 5) } }))
    })
    deliver(groups, groups[1]!, packet)
    expectRefused(receiver, 'stale-stage', () => receiver.receive(packet))
    const later = groups[0]!.update()
    const other = worldOf(3, {}, 'another world')
    expectRefused(other.groups[2]!, 'missing-stage', () => other.groups[2]!.receive(later))
    groups[0]!.discard()
  })

  it('A37: a MAC under the key of another stage is refused', () => {
    const world = worldOf(3)
    const stale = stateIn(world, 1)
    updateBy(world.groups, world.groups[0]!)
    // the insider claims the current stage but has the key of the one before
    stale.stage = 1n
    const packet = forgeUpdate(stale, () => ({ stage: 1n }))
    expectRefused(world.groups[2]!, 'invalid-mac', () => world.groups[2]!.receive(packet))
  })

  it('A38: the stage key depends on the stage before, the tree key, the members and the tree', () => {
    const { suite } = worldOf(2)
    const inputs = { previous: secretOf('previous'), treeKey: secretOf('tree key') }
    const about = { groupId: utf8('g'), stage: 3n, membersHash: secretOf('members'), treeHash: secretOf('tree') }
    const key = (changes: Partial<typeof inputs & typeof about>): string => {
      const { previous, treeKey, ...context } = { ...inputs, ...about, ...changes }
      return toHex(deriveStageKey(suite, previous, treeKey, stageContext(context)))
    }
    const other = secretOf('other')
    const keys = [
      key({}),
      key({ previous: other }),
      key({ treeKey: other }),
      key({ membersHash: other }),
      key({ treeHash: other }),
      key({ stage: 4n }),
      key({ groupId: utf8('h') }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('A40: every key that a receiver can compute is compared, and a lie changes nothing', () => {
    const world = worldOf(8)
    const { groups } = world
    const insider = stateIn(world, 0)
    const wrong = insider.suite.dh.publicKey(secretOf('wrong'))
    // path of leaf 0: leaf, node over 2, node over 4; member 1 checks both inner nodes, members 2 and 3 the upper one
    const lieAt = (position: number) => forgeUpdate(insider, ({ path }) => ({ path: withKey(path, position, wrong) }))
    for (const member of [1, 2, 3]) {
      expectRefused(groups[member]!, 'path-mismatch', () => groups[member]!.receive(lieAt(2)))
    }
    expectRefused(groups[1]!, 'path-mismatch', () => groups[1]!.receive(lieAt(1)))
    // member 1 computes from the leaf key and arrives elsewhere
    expectRefused(groups[1]!, 'path-mismatch', () => groups[1]!.receive(lieAt(0)))
    // whoever cannot compute the key that is wrong finds that the stage key is
    for (const member of [4, 7]) {
      for (const position of [0, 1, 2]) {
        expectRefused(groups[member]!, 'invalid-confirmation', () => groups[member]!.receive(lieAt(position)))
      }
    }
    const claim = forgeUpdate(insider, () => ({ confirmation: secretOf('claim') }))
    for (const group of groups.slice(1)) expectRefused(group, 'invalid-confirmation', () => group.receive(claim))
  })

  it('refuses paths of another length, of another leaf, with keys kept or useless', () => {
    const world = worldOf(5)
    const { groups } = world
    const insider = stateIn(world, 1)
    const receiver = groups[3]!
    const refused = (code: string, change: Parameters<typeof forgeUpdate>[1], leaf?: number) => {
      expectRefused(receiver, code, () => receiver.receive(forgeUpdate(insider, change, leaf)))
    }
    refused('wrong-path-length', ({ path }) => ({ path: path.subarray(0, -32) }))
    refused('wrong-path-length', ({ path }) => ({ path: new Uint8Array([...path, ...secretOf('more')]) }))
    refused('wrong-path-length', ({ path }) => ({ path: path.subarray(1) }))
    refused('repeated-path-key', ({ path }) => ({ path: withKey(path, 1, insider.tree.toBytes().subarray(32, 64)) }))
    refused('repeated-path-key', ({ path }) => ({ path: withKey(path, 0, insider.tree.toBytes().subarray(64, 96)) }))
    for (const key of LOW_ORDER) {
      for (const i of [0, 1, 2]) refused('low-order-point', ({ path }) => ({ path: withKey(path, i, key) }))
    }
    for (const key of NON_CANONICAL) {
      for (const i of [0, 1, 2]) refused('invalid-public-key', ({ path }) => ({ path: withKey(path, i, key) }))
    }
    // nobody can know the secret of a point on the twist, so nobody can go on from it
    for (const i of [0, 1, 2]) {
      const packet = forgeUpdate(insider, ({ path }) => ({ path: withKey(path, i, ON_TWIST) }))
      expectRefused(groups[0]!, 'path-mismatch', () => groups[0]!.receive(packet))
      expectRefused(groups[4]!, 'invalid-confirmation', () => groups[4]!.receive(packet))
    }
    refused('unknown-sender', () => ({ leafIndex: 5 }))
    refused('own-message', () => ({ leafIndex: 3 }))
    refused('wrong-group', () => ({ groupId: utf8('other') }))
  })

  it('A1: with MACs alone any insider can take over the leaf of another; signatures prevent it', () => {
    for (const authentication of ['mac-only', 'signed'] as const) {
      const world = worldOf(4, { authentication })
      const { groups } = world
      const packet = forgeUpdate(stateIn(world, 1), () => ({}), 2)
      if (authentication === 'signed') {
        expectRefused(groups[0]!, 'invalid-signature', () => groups[0]!.receive(packet))
        continue
      }
      expect(groups[0]!.receive(packet)).toEqual({ kind: 'updated', sender: 2 })
      groups[3]!.receive(packet)
      expectAgreement([groups[0]!, groups[3]!])
      // the victim is shut out: it does not know the secret of what is said to be its leaf
      expect(() => groups[2]!.receive(packet)).toThrow(expect.objectContaining({ code: 'own-message' }))
      expect(groups[2]!.confirmation).not.toEqual(groups[0]!.confirmation)
    }
  })

  it('takes signatures neither where there should be none nor in another form', () => {
    const macOnly = worldOf(3, { authentication: 'mac-only' })
    const signed = worldOf(3, {}, 'signed')
    const change = (packet: Uint8Array, signature: (old: Uint8Array) => Uint8Array): Uint8Array => {
      const decoded = decode(ArtPacket, packet)
      if (decoded.type !== 'update') throw new Error('not an update')
      const update: Update = { ...decoded.update, signature: signature(decoded.update.signature) }
      return encode(ArtPacket, { type: 'update', update })
    }
    const bare = macOnly.groups[1]!.update()
    const full = signed.groups[1]!.update()
    expectRefused(macOnly.groups[0]!, 'invalid-signature', () =>
      macOnly.groups[0]!.receive(change(bare, () => new Uint8Array(64))),
    )
    for (const broken of [
      () => new Uint8Array(0),
      (s: Uint8Array) => s.subarray(1),
      (s: Uint8Array) => flipped(s, 3),
    ]) {
      expectRefused(signed.groups[0]!, 'invalid-signature', () => signed.groups[0]!.receive(change(full, broken)))
    }
    expect(full.length - bare.length).toBe(65)
  })
})

describe('messages', () => {
  it('reach everybody once, in any order, late by one stage at most', () => {
    const { groups } = worldOf(3)
    const [a, b, c] = groups as [ArtGroup, ArtGroup, ArtGroup]
    const sent = ['one', 'two', 'three', 'four'].map(text => a.send(utf8(text)))
    for (const i of [2, 0, 3])
      expect(b.receive(sent[i]!)).toMatchObject({ kind: 'message', message: { generation: i } })
    expectRefused(b, 'generation-consumed', () => b.receive(sent[0]!))
    updateBy(groups, c)
    expect(b.receive(sent[1]!)).toMatchObject({ kind: 'message', message: { stage: 0n, sender: 0 } })
    c.receive(sent[3]!)
    updateBy(groups, c)
    expectRefused(c, 'stale-stage', () => c.receive(sent[0]!))
    const late = a.send(utf8('late'))
    updateBy(groups, b)
    c.forgetPreviousStage()
    expectRefused(c, 'stale-stage', () => c.receive(late))
    const next = a.update()
    a.accept()
    expectRefused(c, 'missing-stage', () => c.receive(a.send(utf8('ahead'))))
    c.receive(next)
  })

  it('are refused when changed, without using up a key', () => {
    const { groups } = worldOf(3)
    const [a, b] = groups as [ArtGroup, ArtGroup]
    const packet = a.send(utf8('text'))
    const before = toHex(b.save())
    for (let at = 0; at < packet.length; at++)
      expect(() => b.receive(flipped(packet, at)), `byte ${at}`).toThrow(RejectedError)
    expect(toHex(b.save())).toBe(before)
    expectRefused(b, 'invalid-tag', () => b.receive(flipped(packet, -1)))
    expectRefused(a, 'own-message', () => a.receive(packet))
    const far = decode(ArtPacket, packet)
    if (far.type !== 'message') throw new Error('not a message')
    const ahead = { ...far.message, header: { ...far.message.header, generation: 1001 } }
    expectRefused(b, 'generation-too-far', () => b.receive(encode(ArtPacket, { type: 'message', message: ahead })))
    const nobody = { ...far.message, header: { ...far.message.header, sender: 3 } }
    expectRefused(b, 'unknown-sender', () => b.receive(encode(ArtPacket, { type: 'message', message: nobody })))
    expect(b.receive(packet)).toMatchObject({ kind: 'message' })
  })

  it('travel with an update under its new keys, both or neither', () => {
    const { groups } = worldOf(4)
    const [a, b, c, d] = groups as [ArtGroup, ArtGroup, ArtGroup, ArtGroup]
    const packet = b.updateWithMessage(utf8('with it'))
    expectRefused(c, 'invalid-tag', () => c.receive(flipped(packet, -1)))
    for (const group of [a, c, d]) {
      expect(group.receive(packet)).toMatchObject({
        kind: 'updated',
        sender: 1,
        message: { sender: 1, stage: 1n, generation: 0, plaintext: utf8('with it') },
      })
    }
    b.accept()
    expectAgreement(groups)
    expect(c.receive(b.send(utf8('after')))).toMatchObject({ message: { generation: 1 } })
    const foreign = decode(ArtPacket, b.updateWithMessage(utf8('mine')))
    const theirs = decode(ArtPacket, c.updateWithMessage(utf8('theirs')))
    if (foreign.type !== 'update_and_message' || theirs.type !== 'update_and_message') throw new Error('wrong type')
    const mixed = encode(ArtPacket, { ...foreign, message: theirs.message })
    expectRefused(d, 'unknown-sender', () => d.receive(mixed))
    const plain = decode(ArtPacket, a.send(utf8('old keys')))
    if (plain.type !== 'message') throw new Error('wrong type')
    const header = { ...plain.message.header, sender: 1 }
    const stale = encode(ArtPacket, { ...foreign, message: { ...plain.message, header } })
    expectRefused(d, 'unexpected-packet', () => d.receive(stale))
  })
})
