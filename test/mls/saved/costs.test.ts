/** What a delta holds, counted, from a hundred to a hundred thousand members: the height of the tree decides, never the number of members. */
import { describe, expect, it } from 'vitest'
import { TreeFixture } from '../../../bench/fixtures/trees.ts'
import { equalPublic, utf8 } from '../../../src/base/bytes.ts'
import { createProvider } from '../../../src/crypto/index.ts'
import type { GroupCore } from '../../../src/mls/group-core.ts'
import { receive } from '../../../src/mls/group-receive.ts'
import { commit, encrypt, propose } from '../../../src/mls/group-send.ts'
import { eachRecord } from '../../../src/mls/saved/cursor.ts'
import { deltaOfCore, loadCore, saveCore } from '../../../src/mls/saved/group-save.ts'
import { Place } from '../../../src/mls/saved/keys.ts'
import { readDelta } from '../../../src/mls/saved/records.ts'
import { memberOf } from '../full-group.ts'
import { NOW, TestClient } from '../group-world.ts'

const suite = createProvider().suite(1)
const NOTHING = new Uint8Array(0)

interface Counted {
  readonly bytes: number
  readonly nodes: number
  readonly heldKeys: number
  readonly puts: number
  readonly deletes: number
  readonly clears: number
}

/** The next delta of a member, taken apart. */
function countDelta(core: GroupCore): Counted {
  const bytes = deltaOfCore(core)
  const { clears, deletes, puts: records } = readDelta(suite.hash, bytes).delta
  const puts = [...eachRecord(records)]
  const at = (place: number): number => puts.filter(({ key }) => key[0] === place).length
  return {
    bytes: bytes.length,
    nodes: at(Place.node),
    heldKeys: at(Place.heldKey),
    puts: puts.length,
    deletes: deletes.length,
    clears: clears.length,
  }
}

const SIZES = [128, 1_024, 4_096, 100_000]
const rows: Record<number, Record<string, Counted>> = {}

describe.each(SIZES)('%i members', members => {
  const height = Math.ceil(Math.log2(members))
  const fixture = new TreeFixture(suite, members, 'full')
  const alice = memberOf(suite, fixture, 0)
  const original = memberOf(suite, fixture, members - 1)
  const snapshot = saveCore(original)
  const bob = loadCore({ suite, signer: original.signer, config: { clock: () => NOW }, snapshot })
  deltaOfCore(alice)
  const row: Record<string, Counted> = (rows[members] = {})

  it('comes back from its bytes, which are those of its nodes and little more', () => {
    expect(equalPublic(saveCore(bob), snapshot)).toBe(true)
    expect(snapshot.length).toBeLessThan(members * 400 + 10_000)
    expect(countDelta(bob)).toMatchObject({ puts: 0, deletes: 0, clears: 0 })
  })

  it('a commit: one node and one key for each level', () => {
    const { commit: message } = commit(alice, [], { ratchetTree: 'omitted' })
    const waiting = (row['pending'] = countDelta(alice))
    // what waits, and the way to the ratchet that it was encrypted with
    expect(waiting).toMatchObject({ puts: 1 + height + 1, deletes: 1, nodes: 0 })
    receive(alice, message)
    receive(bob, message)
    const own = (row['own commit'] = countDelta(alice))
    const followed = (row['commit of another'] = countDelta(bob))
    // nodes of the path and the leaf; as many keys; the state, two epochs, what was replaced, a resumption key, the new secret tree
    expect(own).toMatchObject({ nodes: height + 1, heldKeys: height + 1, puts: 2 * (height + 1) + 6 })
    // at the other end of the tree only the root is shared; the way to the sender's ratchet is opened here
    expect(followed).toMatchObject({ nodes: height + 1, heldKeys: 1, puts: height + 2 + 6 + height + 1 })
  })

  it('a message: the way to a ratchet once, then one record of one size', () => {
    const first = encrypt(alice, utf8('first'), NOTHING)
    expect(countDelta(alice)).toMatchObject({ puts: height + 1, deletes: 1 })
    receive(bob, first)
    expect(countDelta(bob)).toMatchObject({ puts: height + 1, deletes: 1 })
    for (let i = 0; i < 3; i++) {
      const next = encrypt(alice, utf8('next'), NOTHING)
      row['send'] = countDelta(alice)
      receive(bob, next)
      row['receive'] = countDelta(bob)
      expect(row['send']).toMatchObject({ puts: 1, deletes: 0, clears: 0 })
      expect(row['receive']).toEqual(row['send'])
    }
  })

  it('a proposal: itself', () => {
    const message = propose(bob, { type: 'update' })
    // the proposal, that it is one's own, its message; and the way to the ratchet it was sent with
    row['own proposal'] = countDelta(bob)
    receive(alice, message)
    row['proposal'] = countDelta(alice)
    expect(row['own proposal']!.puts).toBeLessThanOrEqual(height + 4)
    expect(row['proposal']!.puts).toBeLessThanOrEqual(height + 2)
  })

  it('a commit that adds somebody: what its Welcome is made of, and not the Welcome with its tree', () => {
    commit(alice, [new TestClient(suite, members + 1).add()], { ratchetTree: 'omitted', proposals: false })
    const waiting = (row['pending add'] = countDelta(alice))
    expect(waiting).toMatchObject({ puts: 1 + 1 + 1, deletes: 0, nodes: 0 })
    alice.dropPending()
    expect(countDelta(alice)).toMatchObject({ puts: 0, deletes: 2 })
  })
})

describe('growth', () => {
  it.each(['pending', 'pending add', 'own commit', 'commit of another'])('%s: bytes are linear in the height', what => {
    const [small, , middle, large] = SIZES.map(members => ({
      height: Math.ceil(Math.log2(members)),
      bytes: rows[members]![what]!.bytes,
    }))
    const slope = (middle!.bytes - small!.bytes) / (middle!.height - small!.height)
    expect(slope).toBeGreaterThan(60)
    expect(slope).toBeLessThan(500)
    expect(large!.bytes).toBeLessThan(small!.bytes + (large!.height - small!.height) * slope * 1.1 + 200)
  })

  it.each(['send', 'receive'])('%s: bytes are the same at every size', what => {
    expect(new Set(SIZES.map(members => rows[members]![what]!.bytes)).size).toBe(1)
  })
})
