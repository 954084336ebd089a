/** Secrets that an operation made and did not keep are overwritten when it ends, also when it fails. */
import { describe, expect, it } from 'vitest'
import { ArtGroup, type ArtSuite } from '../../src/art/index.ts'
import { PublicTree } from '../../src/art/public-tree.ts'
import type { GroupState } from '../../src/art/state.ts'
import { composeUpdate, stageUpdate } from '../../src/art/update.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { randomBytes } from '../../src/base/random.ts'
import { root } from '../../src/tree/math.ts'
import { forgeUpdate, secretOf, stateOf } from './forge.ts'
import { deliver, person, seededSuite, type World, worldOf } from './world.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** A suite that remembers every secret it hands out. */
function remembering(suite: ArtSuite) {
  const made: Uint8Array[] = []
  const keep = <T extends Uint8Array>(bytes: T): T => {
    made.push(bytes)
    return bytes
  }
  const { dh, kdf, iota, random } = suite
  const spy: ArtSuite = {
    ...suite,
    random(out) {
      random(out)
      keep(out)
    },
    dh: {
      ...dh,
      shared: (a, b) => keep(dh.shared(a, b)),
      sharedMany: (a, b) => keep(dh.sharedMany(a, b)),
    },
    kdf: {
      ...kdf,
      extract: (a, b) => keep(kdf.extract(a, b)),
      extractMany: (a, b) => keep(kdf.extractMany(a, b)),
      expand: (a, b, c) => keep(kdf.expand(a, b, c)),
      expandMany: (a, b, c) => keep(kdf.expandMany(a, b, c)),
    },
    iota: { one: (z): Bytes => keep(iota.one(z)), many: (z): Bytes => keep(iota.many(z)) },
  }
  return { spy, made }
}

/** Runs something and checks that nothing secret is left but what the groups store. */
function expectClean(world: World, made: Uint8Array[], body: () => void): void {
  made.length = 0
  body()
  expect(made.length).toBeGreaterThan(0)
  const stored = world.groups
    .filter(group => group.active)
    .map(group => toHex(group.save()))
    .join(' ')
  const left = made.filter(bytes => bytes.some(byte => byte !== 0) && !stored.includes(toHex(bytes)))
  expect(left.map(toHex)).toEqual([])
}

describe('secrets', () => {
  it('of every operation are wiped or stored', () => {
    const { spy, made } = remembering(seededSuite('hygiene'))
    const world = worldOf(6, { concurrency: 'merging' }, '', spy)
    const { groups, people } = world
    const clean = (body: () => void): void => expectClean(world, made, body)
    clean(() => deliver(groups, groups[2]!, groups[2]!.update()))
    clean(() => {
      groups[1]!.update()
      groups[1]!.discard()
    })
    clean(() => {
      const packet = groups[0]!.send(utf8('text'))
      for (const group of groups.slice(1)) group.receive(packet)
    })
    const newcomer = person(spy, 'new')
    const { identity, prekey } = newcomer.invite()
    clean(() => {
      const { add, welcome } = groups[3]!.add(identity, prekey)
      deliver(groups, groups[3]!, add)
      groups.push(ArtGroup.join({ ...newcomer, policy: world.policy }, welcome))
    })
    clean(() => {
      const prekeys = new Map(groups[2]!.prekeysToRemove(0).map(leaf => [leaf, people[leaf]!.prekey()]))
      // prekeys are made by their owners, who keep them
      made.length = 0
      deliver(groups, groups[2]!, groups[2]!.remove(0, prekeys))
    })
    clean(() => {
      const updates = [1, 2].map(i => groups[i]!.update())
      const [first] = groups
        .slice(1)
        .map(group => group.merge(updates).announcement)
        .filter(a => a !== undefined)
      for (const i of [3, 4, 5, 6]) {
        try {
          groups[i]!.receive(first!)
        } catch (error) {
          expect(error).toMatchObject({ code: 'merge-mismatch' })
        }
      }
    })
    expect(new Set(groups.slice(1).map(g => toHex(g.confirmation))).size).toBe(1)
  })

  it('of creating a group are wiped or stored', () => {
    const { spy, made } = remembering(seededSuite('creating'))
    const people = [0, 1, 2, 3].map(i => person(spy, `p${i}`))
    const invitees = people.slice(1).map(p => p.invite())
    const world = { groups: [] as ArtGroup[] } as World
    expectClean(world, made, () => {
      const { group, setup } = ArtGroup.create({ ...people[0]!, groupId: utf8('g'), invitees })
      world.groups.push(group, ...people.slice(1).map(p => ArtGroup.join(p, setup)))
    })
  })

  it('of refused messages are wiped', () => {
    const { spy, made } = remembering(seededSuite('refused'))
    const world = worldOf(5, {}, '', spy)
    const { groups, people } = world
    const insider = stateOf(groups[0]!, people[0]!)
    const wrong = [
      forgeUpdate(insider, () => ({ confirmation: new Uint8Array(32) })),
      forgeUpdate(insider, ({ path }) => ({ path: Uint8Array.from(path, (b, i) => (i === 40 ? b ^ 1 : b)) })),
    ]
    for (const packet of wrong) {
      for (const group of groups.slice(1)) {
        expectClean(world, made, () => expect(() => group.receive(packet)).toThrow())
      }
    }
    const message = groups[0]!.send(utf8('text'))
    message[message.length - 1]! ^= 1
    expectClean(world, made, () => expect(() => groups[1]!.receive(message)).toThrow())
  })
})

describe('what an installed step replaces', () => {
  it('is wiped: path secrets, the keys of the stage before the last, used prekeys', () => {
    const world = worldOf(4)
    const [a, b] = [0, 1].map(i => stateOf(world.groups[i]!, world.people[i]!)) as [GroupState, GroupState]
    const step = (from: GroupState, to: GroupState, label: string): void => {
      const { advance, update } = composeUpdate(from, from.own, secretOf(label))
      advance.install()
      stageUpdate(to, update).install()
    }
    const replaced = [...a.secrets.values()]
    const first = a.messages
    step(a, b, 'first')
    expect(replaced.every(bytes => bytes.every(byte => byte === 0))).toBe(true)
    expect(first.stageKey.some(byte => byte !== 0)).toBe(true)
    const shared = a.secrets.get(root(a.tree.leaves))!
    step(b, a, 'second')
    expect(shared.every(byte => byte === 0)).toBe(true)
    expect(first.stageKey.every(byte => byte === 0)).toBe(true)
  })

  it('includes the prekey by which a removal told a member its new leaf secret', () => {
    const { groups, people } = worldOf(4)
    const prekeys = new Map([1, 3].map(leaf => [leaf, people[leaf]!.prekey()]))
    const packet = groups[2]!.remove(0, prekeys)
    const before = people[1]!.prekeys.count
    groups[1]!.receive(packet)
    expect(people[1]!.prekeys.count).toBe(before - 1)
    const { prekeyId, key } = prekeys.get(1)!
    expect(() => people[1]!.prekeys.find(prekeyId, key)).toThrow(expect.objectContaining({ code: 'unknown-prekey' }))
  })
})

describe('memory', () => {
  it('A02: the public tree of 100,000 members is two columns of 6.4 MB', () => {
    const suite = seededSuite('memory')
    const tree = PublicTree.from(suite, randomBytes(suite.random, 32 * 199_999))
    expect(tree.leaves).toBe(100_000)
    expect(tree.allocatedBytes).toBe(2 * 32 * 199_999)
  })
})
