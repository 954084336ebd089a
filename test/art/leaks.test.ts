/** What a stolen state can and cannot read. Every "cannot" stands beside a "can" that shows the attacker works. */
import { describe, expect, it } from 'vitest'
import type { ArtGroup, ArtSuite } from '../../src/art/index.ts'
import { leafSecret } from '../../src/art/key-exchange.ts'
import type { GroupState } from '../../src/art/state.ts'
import { parentSecret } from '../../src/art/suite.ts'
import { ArtPacket } from '../../src/art/wire.ts'
import { concat, EMPTY, toHex, utf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { isLowOrderX25519 } from '../../src/crypto/public-keys.ts'
import { canRead, secretsIn } from './attacker.ts'
import { forgeUpdate, LOW_ORDER, secretOf, stateOf } from './forge.ts'
import { deliver, expectAgreement, expectRefused, steal, updateBy, type World, worldOf } from './world.ts'

const N = 5
const stateIn = ({ groups, people }: World, i: number): GroupState => stateOf(groups[i]!, people[i]!)

/** A message of the current stage, and what everybody can see of that stage. */
function sample(world: World, sender = 0): { view: GroupState; packet: Uint8Array } {
  const packet = world.groups[sender]!.send(utf8('secret'))
  return { view: stateIn(world, sender), packet }
}

describe('leaks', () => {
  it('A04: a state that leaks reads nothing of the stages before the last', () => {
    const world = worldOf(N)
    const { groups } = world
    const samples = [sample(world)]
    const leaks = [secretsIn(stateIn(world, 2))]
    for (const updater of [1, 2, 3]) {
      updateBy(groups, groups[updater]!)
      samples.push(sample(world))
      leaks.push(secretsIn(stateIn(world, 2)))
    }
    // stages 0 to 3; the leak of each stage reads its own stage
    samples.forEach(({ view, packet }, stage) => {
      expect(canRead(view, leaks[stage]!, packet), `stage ${stage}`).toBe(true)
    })
    for (const [leak, past] of [
      [2, 0],
      [3, 0],
      [3, 1],
    ] as const) {
      expect(canRead(samples[past]!.view, leaks[leak]!, samples[past]!.packet)).toBe(false)
    }
  })

  it('A04: the stage before the last can be read until it is forgotten', () => {
    const world = worldOf(N)
    updateBy(world.groups, world.groups[2]!)
    const before = sample(world)
    updateBy(world.groups, world.groups[1]!)
    expect(canRead(before.view, secretsIn(stateIn(world, 2)), before.packet)).toBe(true)
    world.groups[2]!.forgetPreviousStage()
    expect(canRead(before.view, secretsIn(stateIn(world, 2)), before.packet)).toBe(false)
  })

  it("A04: forward secrecy begins with a member's own first update: its first leaf secret leads to stage 0", () => {
    const world = worldOf(N)
    const { groups } = world
    const first = sample(world)
    for (const updater of [1, 0, 3, 1]) updateBy(groups, groups[updater]!)
    // members 2 and 4 never updated; what they hold opens stage 0, and through it every stage since
    expect(canRead(first.view, secretsIn(stateIn(world, 2)), first.packet)).toBe(true)
    expect(groups.map(g => g.updateDue)).toEqual([false, false, true, false, true])
    updateBy(groups, groups[2]!)
    expect(canRead(first.view, secretsIn(stateIn(world, 4)), first.packet)).toBe(true)
    expect(canRead(first.view, secretsIn(stateIn(world, 2)), first.packet)).toBe(false)
  })

  it('within a stage there is no forward secrecy: the stage key gives all its message keys', () => {
    const world = worldOf(N)
    const old = sample(world)
    world.groups[2]!.receive(old.packet)
    expect(canRead(old.view, secretsIn(stateIn(world, 2)), old.packet)).toBe(true)
  })

  it('A04, A05, A11: after one update of the victim that nobody touches, the stolen state reads nothing', () => {
    const world = worldOf(N)
    const { groups, people } = world
    updateBy(groups, groups[0]!)
    const victim = 2
    const stolen = secretsIn(stateIn(world, victim))
    const spy = steal(groups[victim]!, people[victim]!)
    expect(canRead(sample(world).view, stolen, sample(world).packet)).toBe(true)
    // updates of others do not help: the thief follows them like the victim does
    const others = updateBy(groups, groups[1]!)
    spy.receive(others)
    const followed = secretsIn(stateOf(spy, people[victim]!))
    const next = sample(world)
    expect(spy.receive(next.packet)).toMatchObject({ kind: 'message', message: { plaintext: utf8('secret') } })
    expect(canRead(next.view, followed, next.packet)).toBe(true)
    // the victim need not know anything
    const healing = updateBy(groups, groups[victim]!)
    expect(() => spy.receive(healing)).toThrow(expect.objectContaining({ code: 'own-message' }))
    const healed = sample(world)
    expect(canRead(healed.view, [...stolen, ...followed], healed.packet)).toBe(false)
    updateBy(groups, groups[3]!)
    const later = sample(world)
    expect(canRead(later.view, [...stolen, ...followed], later.packet)).toBe(false)
  })

  it('A05: a thief who stays active heals himself instead, unless updates are signed', () => {
    for (const authentication of ['mac-only', 'signed'] as const) {
      const world = worldOf(4, { authentication })
      const { groups } = world
      const thief = stateIn(world, 2)
      // the thief has the state, not the signing key of the victim
      const packet = forgeUpdate({ ...thief, member: world.people[3]!.member }, () => ({}))
      if (authentication === 'signed') {
        expectRefused(groups[0]!, 'invalid-signature', () => groups[0]!.receive(packet))
      } else {
        groups[0]!.receive(packet)
        const after = sample(world)
        expect(canRead(after.view, [...secretsIn(thief), secretOf('forged leaf')], after.packet)).toBe(true)
      }
    }
  })

  it('A25: all public keys and no leaf secret open nothing; any one leaf secret opens the stage', () => {
    const world = worldOf(N)
    const { view, packet } = sample(world)
    const strangers = Array.from({ length: 8 }, (_, i) => secretOf(`stranger ${i}`))
    const publicData = Array.from({ length: 2 * N - 1 }, (_, x) => view.tree.toBytes().subarray(32 * x, 32 * x + 32))
    expect(canRead(view, [...strangers, ...publicData], packet)).toBe(false)
    for (let i = 0; i < N; i++) {
      const state = stateIn(world, i)
      expect(canRead(view, [state.secrets.get((2 * i) as never)!], packet)).toBe(true)
    }
  })

  it.each(['one_dh', 'three_dh', 'four_dh'] as const)(
    'A9: %s: who stole the exchange key of a member opens nothing, though the term of two long-term keys would be his',
    kx => {
      const { groups, people, setup } = worldOf(3, { kx }, `stolen ${kx}`)
      const [inviter, victim] = [people[0]!.member, people[2]!.member]
      const sent = decode(ArtPacket, setup)
      if (sent.type !== 'setup') throw new Error('not a setup')
      const { suk } = sent.setup.tbs
      const { dh, kdf } = people[0]!.suite
      const stolen = victim.kxPrivate.bytes
      // what the thief computes: the static term, and the one with the setup key
      expect(dh.shared(stolen, inviter.identity.kxKey)).toEqual(
        dh.shared(inviter.kxPrivate.bytes, victim.identity.kxKey),
      )
      const known = [dh.shared(stolen, inviter.identity.kxKey), dh.shared(stolen, suk)]
      const view = stateOf(groups[0]!, people[0]!)
      const packet = groups[0]!.send(utf8('secret'))
      const unknown = new Uint8Array(32)
      const joined = {
        one_dh: [unknown],
        three_dh: [unknown, known[1]!, unknown],
        four_dh: [...known, unknown, unknown],
      }
      const guesses = [...known, concat(...known), concat(...joined[kx])].map(terms =>
        leafSecret(people[0]!.suite, kdf.extract(EMPTY, terms), { groupId: view.groupId, index: 2 }),
      )
      expect(canRead(view, [stolen, ...known, ...guesses], packet)).toBe(false)
      const leaf = stateOf(groups[2]!, people[2]!).secrets.get(4 as never)!
      expect(canRead(view, [leaf], packet)).toBe(true)
    },
  )

  it('attack: without the check for zero a low-order key makes the secret above it public', () => {
    const { suite } = worldOf(2)
    const careless: ArtSuite = {
      ...suite,
      dh: {
        ...suite.dh,
        shared: (own, key) => (isLowOrderX25519(key) ? new Uint8Array(32) : suite.dh.shared(own, key)),
      },
    }
    const outsider = suite.iota.one(new Uint8Array(32))
    for (const key of LOW_ORDER) {
      for (const own of [secretOf('one'), secretOf('two')]) {
        expect(parentSecret(careless, own, key)).toEqual(outsider)
        expect(() => parentSecret(suite, own, key)).toThrow(expect.objectContaining({ code: 'low-order-point' }))
      }
    }
  })

  it('old leaf and path secrets are gone from the stored state, and wiped where they were', () => {
    const world = worldOf(N)
    const { groups } = world
    const before = stateIn(world, 2)
    updateBy(groups, groups[2]!)
    updateBy(groups, groups[3]!)
    const stored = toHex(groups[2]!.save())
    for (const secret of before.secrets.values()) expect(stored).not.toContain(toHex(secret))
    expect(stored).not.toContain(toHex(before.messages.stageKey))
    const last = stateIn(world, 2)
    const kept = [...last.secrets.values()]
    expect(stored).toContain(toHex(kept[0]!))
    groups[2]!.wipe()
    expect(() => groups[2]!.save()).toThrow(expect.objectContaining({ code: 'group-left' }))
  })

  it('who knows a secret of the tree is below its node, in every stage', () => {
    const world = worldOf(7)
    const { groups } = world
    const check = (): void => {
      const states = groups.map((_, i) => stateIn(world, i))
      for (const { own, secrets, tree } of states) {
        for (const [node, secret] of secrets) {
          expect(
            toHex(states[0]!.suite.dh.publicKey(secret)) === toHex(tree.key(node)) || isTop(node, tree.leaves),
          ).toBe(true)
          const holders = states.filter(s => [...s.secrets.values()].some(v => toHex(v) === toHex(secret)))
          for (const holder of holders) expect(holder.secrets.has(node), `node ${node}, leaf ${own}`).toBe(true)
        }
        expect(secrets.size).toBeLessThanOrEqual(4)
      }
    }
    check()
    const order: ArtGroup[] = [3, 6, 0, 5].map(i => groups[i]!)
    for (const group of order) {
      deliver(groups, group, group.update())
      check()
    }
    expectAgreement(groups)
  })
})

const isTop = (node: number, leaves: number): boolean => node === 2 ** Math.floor(Math.log2(2 * leaves - 1)) - 1
