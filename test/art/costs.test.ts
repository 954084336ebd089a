/** ART section 9: counters against the cost formulas. */
import { describe, expect, it } from 'vitest'
import { ArtGroup, createArtSuite, type Invitee, type KxMode, Member, PreKeys } from '../../src/art/index.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { commonAncestor, depth, leafCount, leafIndex, nodeOfLeaf } from '../../src/tree/math.ts'
import { deliver, person, seededRandom, worldOf } from './world.ts'

const KX_TERMS: Readonly<Record<KxMode, number>> = { one_dh: 1, three_dh: 3, four_dh: 4 }
const SIZES = [2, 3, 4, 8, 16, 64, 256, 1000]
const plain = createProvider({ random: seededRandom('costs') })
const GROUP_ID = utf8('costs')

const depthOf = (leaf: number, n: number): number => depth(nodeOfLeaf(leafIndex(leaf, leafCount(n))), leafCount(n))

/** How many edges lie between the meeting point of two paths and the root. */
function meetingDepth(a: number, b: number, n: number): number {
  const count = leafCount(n)
  return depth(commonAncestor(nodeOfLeaf(leafIndex(a, count)), nodeOfLeaf(leafIndex(b, count))), count)
}

/** A group of which only some members exist in full; the others share one set of keys. */
function partlyReal(n: number, real: readonly number[]) {
  const counting = countOperations(plain)
  const suite = createArtSuite(counting)
  const partyOf = (name: string) => ({
    suite,
    member: Member.generate(suite, utf8(name)),
    prekeys: new PreKeys(suite),
    authenticate: () => true,
  })
  const others = partyOf('others')
  const parties = new Map([0, ...real].map(i => [i, partyOf(`member ${i}`)]))
  const filler = others.prekeys.publish(others.member.signer, 1)[0]!
  const invitees = Array.from({ length: n - 1 }, (_, at): Invitee => {
    const party = parties.get(at + 1)
    if (party === undefined)
      return { identity: { ...others.member.identity, id: utf8(`member ${at + 1}`) }, prekey: filler }
    return { identity: party.member.identity, prekey: party.prekeys.publish(party.member.signer, 1)[0]! }
  })
  return { counting, parties, invitees }
}

describe.each(SIZES)('A02, A11: costs of %i members', n => {
  const last = n - 1
  const middle = n >> 1
  const real = [...new Set([1, middle, last])].filter(i => i > 0)

  it.each(['one_dh', 'three_dh', 'four_dh'] as const)('setup, joining, updating and messages, %s', kx => {
    const k = KX_TERMS[kx]
    const { counting, parties, invitees } = partlyReal(n, real)
    let created!: ReturnType<typeof ArtGroup.create>
    const creating = counting.during(() => {
      created = ArtGroup.create({ ...parties.get(0)!, groupId: GROUP_ID, invitees, policy: { kx } })
    })
    expect(creating).toMatchObject({
      dh: k * (n - 1) + (n - 1),
      base: n + 1 + (n - 2),
      sign: 1,
      verify: n - 1,
      aead: 0,
      // one for each node, and the list of members
      hash: 2 * n - 1 + 1,
    })
    const ids = invitees.reduce((sum, { identity }) => sum + identity.id.length + 1, 'member 0'.length + 1)
    const content = 32 * (2 * n - 1) + 32 * (n - 1) + 4 * (n - 1) + 64 * n + ids + 32 + 64
    const framing = created.setup.length - content
    expect(framing).toBeGreaterThan(0)
    expect(framing).toBeLessThan(40)

    const joined = new Map([[0, created.group]])
    for (const i of real) {
      const d = depthOf(i, n)
      const joining = counting.during(() => {
        joined.set(i, ArtGroup.join({ ...parties.get(i)!, policy: { kx } }, created.setup))
      })
      expect(joining).toMatchObject({ dh: k + d, base: d, sign: 0, verify: 1, aead: 0 })
    }
    for (const [sender, group] of joined) {
      const d = depthOf(sender, n)
      let packet!: Uint8Array
      const updating = counting.during(() => {
        packet = group.update()
      })
      expect(updating).toMatchObject({ dh: d, base: d, sign: 1, verify: 0, aead: 0, hash: d + 1 })
      // type, group id, stage, leaf, path, confirmation, MAC, signature
      const pathHeader = 32 * d < 64 ? 1 : 2
      expect(packet.length).toBe(1 + 1 + GROUP_ID.length + 8 + 4 + pathHeader + 32 * d + 32 + 32 + 2 + 64)
      expect(counting.during(() => group.accept())).toMatchObject({ dh: 0, base: 0, kdf: 0, hash: 0 })
      for (const [receiver, other] of joined) {
        if (receiver === sender) continue
        const shared = meetingDepth(sender, receiver, n)
        const receiving = counting.during(() => other.receive(packet))
        expect(receiving).toMatchObject({ dh: shared + 1, base: shared, sign: 0, verify: 1, hash: d + 1 })
      }
    }
    let message!: Uint8Array
    const group = joined.get(last)!
    expect(
      counting.during(() => {
        message = group.send(new Uint8Array(32))
      }),
    ).toMatchObject({ dh: 0, base: 0, sign: 0, aead: 1, hash: 0 })
    expect(message.length).toBe(1 + 1 + GROUP_ID.length + 8 + 4 + 4 + 1 + 32 + 16)
    expect(counting.during(() => joined.get(0)!.receive(message))).toMatchObject({
      dh: 0,
      base: 0,
      verify: 0,
      aead: 1,
    })
  })
})

describe('mean costs', () => {
  it.each([
    [2, 1.0],
    [4, 1.33],
    [8, 1.57],
    [16, 1.73],
    [64, 1.91],
    [256, 1.97],
  ])('A02: a receiver of %i members computes %f shared secrets in the mean', (n, expected) => {
    let total = 0
    for (let s = 0; s < n; s++) for (let r = 0; r < n; r++) if (s !== r) total += meetingDepth(s, r, n) + 1
    expect(Math.abs(total / (n * (n - 1)) - expected)).toBeLessThan(0.006)
  })

  it('A11: one update of the whole group costs d + 2(n - 1) shared secrets at most, adding and removing cost as much', () => {
    const counting = countOperations(createProvider({ random: seededRandom('whole group') }))
    const suite = createArtSuite(counting)
    const n = 16
    const { groups } = worldOf(n, {}, 'whole group', suite)
    const d = 4
    const whole = counting.during(() => deliver(groups, groups[3]!, groups[3]!.update()))
    // 15 receivers: 8 at the root, 4 one lower, 2, 1
    expect(whole).toMatchObject({ dh: d + 8 + 4 * 2 + 2 * 3 + 4, base: d + 4 + 2 * 2 + 3 })
    expect(whole.dh).toBeLessThanOrEqual(d + 2 * (n - 1))
    const newcomer = person(suite, 'newcomer')
    const { identity, prekey } = newcomer.invite()
    let packets!: { add: Uint8Array; welcome: Uint8Array }
    const adding = counting.during(() => {
      packets = groups[0]!.add(identity, prekey)
    })
    // the new leaf hangs at the root of 17 members: one node above it; the old root gets a public key, the setup key too
    expect(adding).toMatchObject({ dh: 3 + 1, base: 1 + 1 + 1 })
    groups[0]!.accept()
    const receiving = counting.during(() => groups[1]!.receive(packets.add))
    expect(receiving).toMatchObject({ dh: 1, base: 1 })
    const joining = counting.during(() => groups.push(ArtGroup.join(newcomer, packets.welcome)))
    expect(joining).toMatchObject({ dh: 3 + 1, base: 1, aead: 1, verify: 1 })
    for (const group of groups.slice(2, n)) group.receive(packets.add)
    let removal!: Uint8Array
    const removing = counting.during(() => {
      removal = groups[5]!.remove(9)
    })
    expect(removing).toMatchObject({ dh: 5, base: 5 })
    expect(counting.during(() => groups[16]!.receive(removal))).toMatchObject({ dh: 1, base: 0 })
  })
})
