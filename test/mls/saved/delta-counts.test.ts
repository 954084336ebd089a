/** What a delta costs from a hundred to ten thousand members, counted: the height of the tree decides, never the number of members. */
import { describe, expect, it } from 'vitest'
import { GROUP_ID, TreeFixture } from '../../../bench/fixtures/trees.ts'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { createProvider } from '../../../src/crypto/index.ts'
import { Epoch } from '../../../src/mls/epoch.ts'
import { epochContext, readContextExtensions } from '../../../src/mls/epoch-context.ts'
import { settingsOf } from '../../../src/mls/group-config.ts'
import { GroupCore } from '../../../src/mls/group-core.ts'
import { receive } from '../../../src/mls/group-receive.ts'
import { commit, encrypt } from '../../../src/mls/group-send.ts'
import { deriveFromJoiner, zeroSecret } from '../../../src/mls/key-schedule.ts'
import { eachRecord } from '../../../src/mls/saved/cursor.ts'
import { deltaOfCore, loadCore, saveCore } from '../../../src/mls/saved/group-save.ts'
import { readDelta } from '../../../src/mls/saved/records.ts'
import type { LeafIndex } from '../../../src/tree/math.ts'
import { NOW } from '../group-world.ts'

const suite = createProvider().suite(1)
const config = { clock: () => NOW, handshake: 'private' } as const
const settings = settingsOf(config)

/** A member of a full tree whose epoch is made up, the same for all. */
function memberOf(fixture: TreeFixture, leaf: number): GroupCore {
  const context = epochContext(readContextExtensions(suite.id, []), {
    groupId: GROUP_ID,
    epoch: 9n,
    treeHash: fixture.tree.stage().treeHash(),
    confirmedTranscriptHash: new Uint8Array(32),
  })
  const inputs = { pskSecret: zeroSecret(suite), groupContext: context.encoded }
  const { secrets } = deriveFromJoiner(suite, new Uint8Array(32).fill(3), inputs)
  const fixed = new Uint8Array(32)
  const leaves = fixture.tree.leafCount
  const parts = { context, secrets, interimTranscriptHash: fixed, confirmationTag: fixed, leaves }
  const epoch = new Epoch(suite, parts, undefined)
  const place = { leaf: leaf as LeafIndex, held: fixture.heldBy(leaf), signer: fixture.signerOf(leaf) }
  return new GroupCore({ suite, settings, tree: fixture.tree, epoch, ...place })
}

function measured(core: GroupCore): { delta: Uint8Array; bytes: number; records: number } {
  const bytes = deltaOfCore(core)
  const { clears, deletes, puts } = readDelta(suite.hash, bytes).delta
  const changed = clears.length + deletes.length + [...eachRecord(puts)].length
  return { delta: bytes, bytes: bytes.length, records: changed }
}

describe.each([100, 1_000, 10_000])('%i members', members => {
  const height = Math.ceil(Math.log2(members))
  const [alice, bob] = [0, members - 1].map(leaf => memberOf(new TreeFixture(suite, members, 'full'), leaf)) as [
    GroupCore,
    GroupCore,
  ]
  // the first delta is everything
  const deltas: Uint8Array[] = [deltaOfCore(bob)]
  deltaOfCore(alice)

  it('writes O(log n) after a commit, at its maker and at those who follow', () => {
    const { commit: message } = commit(alice, [], {})
    const pending = measured(alice)
    // the commit, and the ratchet that it was encrypted with
    expect(pending.records).toBeLessThanOrEqual(4 + height)
    expect(pending.bytes).toBeLessThan(3_000 + 400 * height)
    receive(alice, message)
    const accepted = measured(alice)
    expect(accepted.records).toBeLessThan(20 + 3 * height)
    expect(accepted.bytes).toBeLessThan(3_000 + 400 * height)
    receive(bob, message)
    const followed = measured(bob)
    deltas.push(followed.delta)
    expect(followed.records).toBeLessThan(20 + 3 * height)
    expect(followed.bytes).toBeLessThan(3_000 + 300 * height)
  })

  it('writes O(log n) after the first message of a sender, and the same few bytes after each that follows', () => {
    const sent = Array.from({ length: 4 }, () => encrypt(alice, utf8('hello'), new Uint8Array(0)))
    expect(measured(alice).records).toBeLessThanOrEqual(3 + height)
    receive(bob, sent[0]!)
    const first = measured(bob)
    expect(first.records).toBeLessThanOrEqual(3 + height)
    receive(bob, sent[1]!)
    const next = measured(bob)
    expect(next.records).toBe(1)
    expect(next.bytes).toBeLessThan(300)
    // keys that were skipped over are kept with the ratchet
    receive(bob, sent[3]!)
    const ahead = measured(bob)
    receive(bob, sent[2]!)
    const late = measured(bob)
    expect([ahead.records, late.records]).toEqual([1, 1])
    expect(Math.max(ahead.bytes, late.bytes)).toBeLessThan(400)
    encrypt(alice, utf8('hello'), new Uint8Array(0))
    expect(measured(alice).records).toBe(1)
    deltas.push(first.delta, next.delta, ahead.delta, late.delta)
  })

  it('gives the state to the byte', () => {
    const loaded = loadCore({ suite, config, signer: bob.signer, deltas })
    expect(toHex(suite.hash.digest(saveCore(loaded)))).toBe(toHex(suite.hash.digest(saveCore(bob))))
    const { overhead, leafBytes } = loaded.tree.store.footprint
    const before = bob.tree.store.footprint
    expect(overhead + leafBytes).toBeLessThanOrEqual(1.25 * (before.overhead + before.leafBytes))
  })
})
