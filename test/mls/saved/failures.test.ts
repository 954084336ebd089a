/** When saving or loading fails: nothing that had changed is forgotten, and no secret stays behind. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { concat, copyOf, toHex, utf8 } from '../../../src/base/bytes.ts'
import { loadClient } from '../../../src/client/saved-client.ts'
import { Client } from '../../../src/index.ts'
import { Group } from '../../../src/mls/group.ts'
import { cores } from '../../../src/mls/group-core.ts'
import { ProposalCache } from '../../../src/mls/proposal-cache.ts'
import { eachRecord, type SavedRecord } from '../../../src/mls/saved/cursor.ts'
import { compactSaved } from '../../../src/mls/saved/group-save.ts'
import { Place } from '../../../src/mls/saved/keys.ts'
import { readSnapshot, writeSnapshot } from '../../../src/mls/saved/records.ts'
import { Taken } from '../../../src/mls/saved/taken.ts'
import type { LeafIndex } from '../../../src/tree/math.ts'
import { CUSTOM_TYPE, NOW, seededProvider, TestClient, TestGroup } from '../group-world.ts'
import { refusal } from '../rules.ts'

const suite = seededProvider(31).suite(1)
const config = { clock: () => NOW, handshake: 'private' } as const

/** A member with a past, messages that are missing, proposals of its own and of others, and a commit that waits. */
function busyWorld(): { world: TestGroup; alice: Group; signer: TestClient['signer'] } {
  const clients = [1, 2, 3].map(seed => new TestClient(suite, seed, config))
  const world = TestGroup.of(clients)
  const [alice, bob] = world.groups as [Group, Group]
  world.say(bob, 'something')
  world.commit(bob, [])
  bob.encrypt(utf8('lost'))
  world.say(bob, 'late')
  world.propose(alice, { type: 'update' })
  world.propose(bob, { type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('data') })
  alice.commit([])
  return { world, alice, signer: clients[0]!.signer }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a delta that fails', () => {
  it('at any step is followed by one that holds everything', () => {
    const { world, alice } = busyWorld()
    const deltas = [alice.delta()]
    alice.reject()
    const { hash } = alice.suite
    const digest = hash.digest.bind(hash)
    let failures = 0
    for (let failing = true; failing; failures++) {
      world.propose(world.groups[1]!, { type: 'update' })
      if (failures % 3 === 2) {
        world.commit(alice, [])
        world.say(alice, `message ${failures}`)
      }
      let calls = 0
      vi.spyOn(hash, 'digest').mockImplementation(bytes => {
        if (calls++ === failures) throw new RangeError('no memory')
        return digest(bytes)
      })
      try {
        deltas.push(alice.delta())
        failing = false
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
        vi.restoreAllMocks()
        deltas.push(alice.delta())
      }
      vi.restoreAllMocks()
      expect(toHex(compactSaved(alice.suite, { deltas }))).toBe(toHex(alice.save()))
    }
    expect(failures).toBeGreaterThan(10)
  })
})

describe('a load', () => {
  /** Everything that a load has copied because of the secrets in it. */
  function copies(): Uint8Array[] {
    const made: Uint8Array[] = []
    const { copy } = Taken.prototype
    vi.spyOn(Taken.prototype, 'copy').mockImplementation(function (this: Taken, bytes) {
      const copied = copy.call(this, bytes)
      made.push(copied)
      return copied
    })
    return made
  }

  const { alice, signer } = busyWorld()
  const snapshot = alice.save()
  const { mark, records: cursor } = readSnapshot(suite.hash, snapshot)
  const records = [...eachRecord(cursor)]

  it('that is refused, at whatever record, leaves no secret behind', () => {
    let refused = 0
    for (let at = 0; at < records.length; at++) {
      const changed = records.map(({ key, value }, i) => ({
        key,
        value: i === at ? concat(value, utf8('more')) : value,
      }))
      const bad = writeSnapshot(suite.hash, { suite: suite.id, mark, records: changed })
      const made = copies()
      const found = refusal(() => Group.load({ suite, signer, config, snapshot: bad }))
      expect(found, `record ${at}`).toMatchObject({ class: 'RejectedError' })
      expect(made.every(copy => copy.every(byte => byte === 0))).toBe(true)
      refused += made.length > 0 ? 1 : 0
      vi.restoreAllMocks()
    }
    expect(refused).toBeGreaterThan(records.length / 2)
  })

  it('of a client that is refused leaves no secret behind', () => {
    const client = new Client({ identity: 'alice', provider: seededProvider(5) })
    for (let i = 0; i < 3; i++) client.keyPackage()
    const saved = client.save()
    const made = copies()
    expect(loadClient(suite, saved).keyPackages).toHaveLength(3)
    expect(made).toHaveLength(7)
    expect(made.every(copy => copy.some(byte => byte !== 0))).toBe(true)
    made.length = 0
    const { secret } = Taken.prototype
    const spy = vi.spyOn(Taken.prototype, 'secret').mockImplementation(function (this: Taken, bytes, length) {
      if (spy.mock.calls.length === 6) throw new RangeError('no memory')
      return secret.call(this, bytes, length)
    })
    expect(() => loadClient(suite, saved)).toThrow(RangeError)
    expect(made).toHaveLength(5)
    expect(made.every(copy => copy.every(byte => byte === 0))).toBe(true)
  })

  it('keeps nothing of the bytes that it was given, and no second copy of a secret', () => {
    const given = copyOf(snapshot)
    const made = copies()
    const loaded = Group.load({ suite, signer, config, snapshot: given })
    given.fill(0)
    expect(toHex(loaded.save())).toBe(toHex(snapshot))
    const core = cores.get(loaded)!
    const owned: Uint8Array[] = [core.epoch.secrets.exporter.bytes, core.held.at(0 as never)!.privateKey]
    for (const { privateKey } of core.pending!.created.transition.newKeys!.pairs.values()) owned.push(privateKey)
    for (const { update } of core.own.values()) if (update !== undefined) owned.push(update.pair.privateKey)
    expect(owned.length).toBeGreaterThan(4)
    for (const secret of owned) {
      const holding = made.filter(copy => toHex(copy).includes(toHex(secret)))
      expect(holding).toHaveLength(1)
      expect(holding[0]).toBe(secret)
    }
    loaded.accept()
    expect(loaded.epoch).toBe(alice.epoch + 1n)
  })

  it('refuses secrets of another length, and private keys that belong to no node above the own leaf', () => {
    const load = (changed: readonly SavedRecord[]) => {
      const bad = writeSnapshot(suite.hash, { suite: suite.id, mark, records: changed })
      return refusal(() => Group.load({ suite, signer, config, snapshot: bad }))
    }
    expect(load(records)).toBeUndefined()
    const shorter = records.map(({ key, value }) => {
      return { key, value: key[0] === Place.resumption ? value.subarray(1) : value }
    })
    expect(load(shorter)).toMatchObject({ class: 'RejectedError', why: 'a secret has the wrong length' })
    const own = records.find(({ key }) => key[0] === Place.heldKey && key[4] === 0)!
    // another leaf, a node that is not above, one outside of the tree
    for (const node of [2, 5, 1000]) {
      const key = Uint8Array.of(Place.heldKey, 0, 0, node >> 8, node & 255)
      const moved = [...records.filter(record => record !== own), { key, value: own.value }]
      expect(load(moved.sort((a, b) => Buffer.compare(a.key, b.key)))).toMatchObject({
        why: 'a private key is not of a node above the own leaf',
      })
    }
  })
})

describe('proposals that were set aside', () => {
  const proposal = { proposalType: 'remove', removed: 1 } as never
  const sender = { senderType: 'member', leafIndex: 0 as LeafIndex } as never

  it('make room in the order in which they came, which a saved cache knows too', () => {
    const refs = [1, 2, 3, 4, 5, 6].map(i => new Uint8Array(32).fill(i))
    const cache = new ProposalCache(4)
    for (const ref of refs.slice(0, 4)) cache.add(ref, proposal, sender)
    for (const i of [2, 0, 1]) cache.setAside(refs[i]!)
    const stored = [...cache.orders()].map(order => cache.at(order)!)
    for (const each of [cache, new ProposalCache(4, stored)]) {
      each.add(refs[4]!, proposal, sender)
      each.add(refs[5]!, proposal, sender)
      expect(refs.map(ref => each.get(ref) !== undefined)).toEqual([false, false, true, true, true, true])
      expect([...each.orders()]).toEqual([2, 3, 4, 5])
    }
  })
})

it('a commit that waits is loaded though what it brings was set aside meanwhile, to make room for something else', () => {
  const clients = [1, 2].map(seed => new TestClient(suite, seed, { ...config, maxProposals: 2 }))
  const world = TestGroup.of(clients)
  const [alice, bob] = world.groups as [Group, Group]
  const propose = (name: string) =>
    world.propose(alice, { type: 'custom', proposalType: CUSTOM_TYPE, data: utf8(name) })
  propose('first')
  propose('second')
  const { commit } = bob.commit([])
  for (const each of world.groups) each.dropProposal(each.proposals[0]!.ref)
  propose('third')
  const loaded = Group.load({ suite, snapshot: bob.save(), signer: clients[1]!.signer, config })
  expect(loaded.process(commit)).toMatchObject({ kind: 'commit', own: true, changes: { custom: [{}, {}] } })
})

it('secrets of a state that is refused are wiped however many there are', () => {
  const taken = new Taken()
  const copies = Array.from({ length: 200_000 }, () => taken.copy(Uint8Array.of(7)))
  taken.wipe()
  expect(copies.findIndex(([byte]) => byte !== 0)).toBe(-1)
})
