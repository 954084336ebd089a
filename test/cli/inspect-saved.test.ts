/** copath inspect of what is saved: all of it is named and counted, no secret of it is printed, damaged files get a sentence. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { isSavedSecret } from '../../src/cli/inspect/saved/places.ts'
import { takeApart } from '../../src/cli/inspect/saved/take-apart.ts'
import { SavedClient } from '../../src/client/saved-client.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { Reader } from '../../src/codec/reader.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { Client, PublicGroup } from '../../src/index.ts'
import { eachRecord, type SavedRecord } from '../../src/mls/saved/cursor.ts'
import { EpochPart, nodeKey, Place } from '../../src/mls/saved/keys.ts'
import { readDelta, readSnapshot, writeDelta, writeSnapshot } from '../../src/mls/saved/records.ts'
import * as structs from '../../src/mls/saved/structs.ts'
import { expectComplete } from '../codec/complete.ts'
import { NOW, seededProvider, TestClient, TestGroup } from '../mls/group-world.ts'
import { copath } from './captured-io.ts'

interface Stored {
  readonly what: string
  readonly suite: number
  readonly snapshot?: string
  readonly deltas: readonly string[]
}
const format = JSON.parse(readFileSync(new URL('../mls/saved/format.json', import.meta.url), 'utf8')) as {
  readonly groups: readonly Stored[]
  readonly client: { readonly saved: string }
}
const suite = defaultProvider().suite(1)
const EVERYTHING = { limit: 1e6, elements: 1e6, total: 1e6 }

let folder = ''
beforeAll(() => {
  vi.stubEnv('LC_ALL', 'C.UTF-8')
  folder = mkdtempSync(join(tmpdir(), 'copath-inspect-saved-'))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function look(bytes: Uint8Array, ...args: string[]) {
  const file = join(folder, 'file')
  writeFileSync(file, bytes)
  return copath(['inspect', file, ...args])
}

/** All secrets in a record, named one by one. */
function secretsOf({ key, value }: SavedRecord): (Uint8Array | undefined)[] {
  switch (key[0]) {
    case Place.epoch: {
      if (key[9] === EpochPart.core) return [...decode(structs.SavedEpoch, value).secrets]
      if (key[9] === EpochPart.subtree) return [value]
      if (key[9] === EpochPart.replaced) return []
      return Object.values(decode(structs.SavedRatchets, value)).flatMap(({ secret, kept }) => [
        secret,
        ...kept.flatMap(message => [message.key, message.nonce]),
      ])
    }
    case Place.heldKey:
      return [decode(structs.SavedKeyPair, value).privateKey]
    case Place.resumption:
      return [value]
    case Place.ownProposal:
      return [decode(structs.SavedOwnProposal, value).update?.pair.privateKey]
    case Place.pending: {
      const { newKeys, secrets } = decode(structs.SavedPending, value)
      return [...newKeys.map(({ pair }) => pair.privateKey), ...secrets]
    }
    default:
      return []
  }
}

// both suites have the same structs
const stored = format.groups.filter(({ what, suite: id }) => id === 1 || what.startsWith('a commit that waits'))
const groups = stored.flatMap(({ what, suite: id, snapshot, deltas }) => {
  const { hash } = defaultProvider().suite(id)
  return [...(snapshot === undefined ? [] : [snapshot]), ...deltas].map((saved, i) => {
    const bytes = fromHex(saved)
    const records = snapshot === undefined ? readDelta(hash, bytes).delta.puts : readSnapshot(hash, bytes).records
    return { title: `${what}, suite ${id}, file ${i}`, bytes, records: [...eachRecord(records)] }
  })
})

async function expectSilence(bytes: Uint8Array, secrets: readonly (Uint8Array | undefined)[]): Promise<void> {
  const known = secrets.filter(secret => secret !== undefined && secret.length > 0) as Uint8Array[]
  for (const args of [[], ['--full'], ['--full', '--json']]) {
    const { code, stdout, stderr } = await look(bytes, ...args)
    expect([code, stderr]).toEqual([0, ''])
    const digits = stdout.replace(/[^0-9a-f]/g, '')
    // also a part of a secret is one
    for (const secret of known) expect(digits).not.toContain(toHex(secret.subarray(0, 6)))
  }
}

describe('copath inspect of saved states', () => {
  it.each(groups)('names all records of a group, and prints no secret of it: $title', async ({ bytes, records }) => {
    const { root, places } = takeApart(bytes, EVERYTHING)
    expect([root.start, root.end]).toEqual([0, bytes.length])
    expectComplete(root)
    expect(places.map(({ place }) => place)).not.toContain('unknown places')
    expect(places.reduce((sum, place) => sum + place.records, 0)).toBe(records.length)
    const { stdout } = await look(bytes, '--full')
    for (const { place } of places) expect(stdout).toContain(`] ${place}`)
    await expectSilence(bytes, records.flatMap(secretsOf))
  })

  it('shows every struct of the format in some state, and in each the length of its secrets', async () => {
    let all = ''
    for (const { bytes } of groups) all += (await look(bytes, '--full')).stdout
    for (const name of ['State', 'Epoch', 'Ratchets', 'Node', 'KeyPair', 'Proposal', 'OwnProposal', 'Pending']) {
      expect(all).toMatch(new RegExp(`value +Saved${name}\\n`))
    }
    expect(all).toMatch(/sender_data +32 bytes, secret: not shown\n/)
    expect(all).toMatch(/private_key +32 bytes, secret: not shown\n/)
    expect(all).toMatch(/nonce +12 bytes, secret: not shown\n/)
    expect(all).toMatch(/LeafNode +§7\.2\n/)
    // a field that nobody has thought of is a secret
    expect(isSavedSecret('SavedEpoch', 'new_secret')).toBe(true)
    expect(isSavedSecret('LeafNode', 'signature')).toBe(false)
  })

  it('says what a group is in a few lines', async () => {
    const whole = format.groups.find(({ what }) => what === 'at rest, whole')!
    const { stdout } = await look(fromHex(whole.snapshot!), '--limit', '0')
    expect(stdout.split('\n').slice(0, 16)).toEqual([
      expect.stringMatching(/^.*: a snapshot of a group as copath saves it, [\d,]+ bytes$/),
      '  suite       MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (1)',
      expect.stringMatching(/^ {2}group {7}32 bytes {2}[0-9a-f]+…[0-9a-f]+$/),
      '  epoch       1',
      '  member      leaf 1, active',
      '  tree        3 members, 1 blank leaf',
      '              2 inner nodes with a key, 1 blank',
      '',
      '  records of               number  bytes',
      '  state                         1     21',
      '  epochs                        1    470',
      expect.stringMatching(/^ {2}secrets of subtrees {11}1 +\d+$/),
      expect.stringMatching(/^ {2}leaves of the tree {12}3 +\d+$/),
      expect.stringMatching(/^ {2}inner nodes of the tree {7}2 +\d+$/),
      expect.stringMatching(/^ {2}private keys of nodes {9}3 +\d+$/),
      expect.stringMatching(/^ {2}resumption keys {15}1 +\d+$/),
    ])
    const delta = await look(fromHex(format.groups[0]!.deltas[0]!))
    expect(delta.stdout).toContain('  takes away  9 prefixes of keys, 0 records\n')
    expect(delta.stdout).toMatch(/\[1\] every epoch +1 byte +02\n/)
  })

  it('takes clients and followers apart', async () => {
    const saved = fromHex(format.client.saved)
    const reader = new Reader(saved.subarray(0, -32), '')
    reader.at = 9
    const { signatureKey, keyPackages } = SavedClient.read(reader)
    const secrets = keyPackages.flatMap(({ initKey, leafKey }) => [initKey, leafKey])
    expect(secrets).toHaveLength(4)
    await expectSilence(saved, [signatureKey, ...secrets])
    expectComplete(takeApart(saved, EVERYTHING).root)
    const client = JSON.parse((await look(saved, '--json')).stdout)
    expect(client).toMatchObject({ type: 'SavedFile', kind: 'client', suite: 1, size: saved.length, places: [] })
    const parts = client.encoding.fields[1].fields
    expect(parts[0]).toMatchObject({ name: 'signature_key', size: 33, secret: true })
    expect(parts[0]).not.toHaveProperty('value')
    const more = new Client({ identity: 'bob', capabilities: { proposals: [0xf0a1] } })
    const described = takeApart(more.save(), EVERYTHING).root
    expectComplete(described)
    expect(described.children.map(({ name }) => name)).toEqual(['head', 'client', 'description', 'digest'])

    const config = { handshake: 'public', clock: () => NOW } as const
    const seeded = seededProvider(9).suite(1)
    const world = TestGroup.of([0, 1, 2].map(seed => new TestClient(seeded, seed, config)))
    const groupInfo = world.groups[0]!.groupInfo()
    const follower = PublicGroup.follow({
      suite: seededProvider(9).suite(1),
      groupInfo,
      config,
    })
    const { code, stdout } = await look(follower.save(), '--full')
    expect(code).toBe(0)
    expect(stdout).toContain('a follower of a group as copath saves it')
    expect(stdout).toMatch(/ratchet_tree +§12\.4\.3\.3/)
    expect(stdout).not.toContain('not shown')
  })

  it('counts what is large and shows a little of it', async () => {
    const records = Array.from({ length: 5_000 }, (_, i) => ({
      key: nodeKey(2 * i + 1),
      value: encode(structs.SavedNode, {
        kind: 'parent',
        encryptionKey: new Uint8Array(32).fill(i),
        parentHash: new Uint8Array(32),
        unmergedLeaves: [],
      }),
    }))
    const mark = { sequence: 7n, chain: new Uint8Array(32) }
    const bytes = writeSnapshot(suite.hash, { suite: 1, mark, records })
    for (const [limit, shown] of [
      [[], 3],
      [['--limit', '0'], 0],
      [['--limit', '40'], 40],
    ] as const) {
      const { code, stdout } = await look(bytes, ...limit)
      expect(code).toBe(0)
      expect(stdout).toMatch(/inner nodes of the tree +5,000 +\d{3},\d{3}\n/)
      expect(stdout.match(/SavedNode/g) ?? []).toHaveLength(shown)
      expect(stdout).toContain(`… ${(5_000 - shown).toLocaleString('en')} more, checked but not shown`)
    }
  })

  it('refuses wrong limits', async () => {
    for (const [args, sentence] of [
      [['--limit', '-1'], '--limit takes a whole number from 0'],
      [['--limit', 'all'], 'not "all"'],
      [['--limit', '5', '--full'], 'exclude each other'],
    ] as const) {
      const { code, stdout, stderr } = await look(fromHex(format.client.saved), ...args)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain(sentence)
    }
  })
})

describe('damaged files', () => {
  const good = fromHex(format.groups[0]!.deltas[0]!)
  const secrets = groups[0]!.records.flatMap(secretsOf).filter(secret => secret !== undefined)

  it('get a sentence, exit code 2, and nothing of what is in them', async () => {
    const damage = fc.oneof(
      fc.tuple(fc.nat(good.length - 5), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
        const bytes = good.slice()
        bytes[at + 4]! ^= by
        return bytes
      }),
      fc.integer({ min: 5, max: good.length - 1 }).map(length => good.slice(0, length)),
      fc.uint8Array({ minLength: 1, maxLength: 40 }).map(more => Uint8Array.of(...good, ...more)),
    )
    await fc.assert(
      fc.asyncProperty(damage, async bytes => {
        const { code, stdout, stderr } = await look(bytes, '--full')
        expect([code, stdout]).toEqual([2, ''])
        expect(stderr).toMatch(/^.*: [A-Z].*\.\n(Its head says: .*\.\n)?$/)
        for (const secret of secrets) expect(stderr).not.toContain(toHex(secret.subarray(0, 6)))
      }),
      { numRuns: 60 },
    )
  })

  it('say what is wrong', async () => {
    const changed = (at: number, byte: number): Uint8Array => Uint8Array.from(good, (old, i) => (i === at ? byte : old))
    for (const [bytes, sentence] of [
      [good.subarray(0, 6), 'It ends within its head.'],
      [changed(5, 2), 'format 2; this version of copath reads format 1.'],
      [changed(6, 9), 'of a kind that this version does not know.'],
      [changed(8, 99), 'Suite 99 is not supported here'],
      [changed(60, 0xff), 'It is damaged'],
    ] as const) {
      const { code, stderr } = await look(bytes)
      expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)])
    }
  })

  it('whose digest is right are held against the format all the same', async () => {
    const mark = { sequence: 0n, chain: new Uint8Array(32) }
    const node = { key: nodeKey(4), value: utf8('no node at all: a secret perhaps') }
    const unreadable = await look(
      writeDelta(suite.hash, { suite: 1, follows: mark, clears: [], deletes: [], puts: [node] }).bytes,
    )
    expect([unreadable.code, unreadable.stdout]).toEqual([2, ''])
    expect(unreadable.stderr).toContain('record 0 (leaves of the tree, leaf 2) does not decode')
    const nowhere = { key: Uint8Array.of(200, 1), value: utf8('of a later version') }
    const strange = await look(writeSnapshot(suite.hash, { suite: 1, mark, records: [nowhere] }))
    expect(strange.code).toBe(1)
    expect(strange.stdout).toContain('✗ every record has a place: 1 have none')
    expect(strange.stdout).toMatch(/value +18 bytes, secret: not shown/)
    const disordered = await look(
      writeSnapshot(suite.hash, { suite: 1, mark, records: [nowhere, { ...nowhere, key: Uint8Array.of(7, 1) }] }),
    )
    expect([disordered.code, disordered.stdout]).toEqual([2, ''])
    expect(disordered.stderr).toContain('Record 1 of the snapshot is not behind the one before it')
  })

  it('a type that is asked for is what is tried, also for what starts as a saved file', async () => {
    const { code, stderr } = await look(good, '--type', 'KeyPackage')
    expect(code).toBe(1)
    expect(stderr).toContain('It does not decode')
  })
})
