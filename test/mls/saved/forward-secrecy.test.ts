/** What a group has forgotten is in no state that is saved later; what was stolen earlier does not read on. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../../src/base/bytes.ts'
import { decode } from '../../../src/codec/codec.ts'
import { Group } from '../../../src/mls/group.ts'
import { eachRecord } from '../../../src/mls/saved/cursor.ts'
import { EpochPart, Place } from '../../../src/mls/saved/keys.ts'
import { readSnapshot } from '../../../src/mls/saved/records.ts'
import { SavedEpoch, SavedKeyPair, SavedRatchets } from '../../../src/mls/saved/structs.ts'
import { seededProvider, TestClient, TestGroup } from '../group-world.ts'

const suite = seededProvider(5).suite(1)

/** Every secret of an epoch and every private key that a saved state holds. */
function secretsIn(snapshot: Uint8Array): Uint8Array[] {
  return [...eachRecord(readSnapshot(suite.hash, snapshot).records)].flatMap(({ key, value }) => {
    if (key[0] === Place.heldKey) return [decode(SavedKeyPair, value).privateKey]
    if (key[0] !== Place.epoch) return []
    if (key[9] === EpochPart.core) return decode(SavedEpoch, value).secrets.filter(secret => secret !== undefined)
    if (key[9] === EpochPart.subtree) return [value]
    if (key[9] !== EpochPart.ratchets) return []
    const { handshake, application } = decode(SavedRatchets, value)
    return [handshake, application].flatMap(({ secret, kept }) => [secret, ...kept.map(({ key: kept }) => kept)])
  })
}

const survivors = (secrets: readonly Uint8Array[], later: Uint8Array): number =>
  secrets.filter(secret => Buffer.from(later).includes(Buffer.from(secret))).length

describe('saved states', () => {
  it('hold every secret that counts, and none of an epoch that is over and not read any more', () => {
    const config = { pastEpochs: 0, resumptionEpochs: 0 }
    const clients = [0, 1, 2].map(seed => new TestClient(suite, seed, config))
    const world = TestGroup.of(clients)
    const [, bob] = world.groups as [Group, Group]
    const before = bob.save()
    const secrets = secretsIn(before)
    expect(secrets.length).toBeGreaterThan(8)
    expect(survivors(secrets, before)).toBe(secrets.length)
    // everybody makes new keys, so that no private key of before is left
    for (const group of world.groups) world.commit(group, [])
    expect(survivors(secrets, bob.save())).toBe(0)
    expect(survivors(secretsIn(bob.save()), bob.delta())).toBeGreaterThan(8)
  })

  it('do not read a message that was read before they were saved, and deltas do not hold its key', () => {
    const clients = [0, 1].map(seed => new TestClient(suite, seed))
    const world = TestGroup.of(clients)
    const [alice, bob] = world.groups as [Group, Group]
    bob.delta()
    const message = alice.encrypt(utf8('once'))
    const ahead = secretsIn(bob.save())
    bob.process(message)
    const delta = bob.delta()
    const thief = Group.load({ suite, signer: clients[1]!.signer, config: clients[1]!.config, snapshot: bob.save() })
    expect(() => thief.process(message)).toThrow(expect.objectContaining({ code: 'generation-consumed' }))
    // the secret of the whole tree was opened on the way to the sender: it is gone
    const root = ahead.find(secret => !secretsIn(bob.save()).some(other => Buffer.compare(other, secret) === 0))!
    expect(survivors([root], delta)).toBe(0)
  })

  it('do not follow after their owner has made new keys', () => {
    const clients = [0, 1, 2].map(seed => new TestClient(suite, seed))
    const world = TestGroup.of(clients)
    const [alice, bob] = world.groups as [Group, Group]
    const stolen = bob.save()
    const thief = () => Group.load({ suite, signer: clients[1]!.signer, config: clients[1]!.config, snapshot: stolen })
    const first = alice.encrypt(utf8('still readable'))
    expect(thief().process(first)).toMatchObject({ kind: 'message' })
    bob.process(first)
    const { commit } = world.commit(bob, [])
    const after = alice.encrypt(utf8('healed'))
    const follower = thief()
    expect(() => follower.process(commit)).toThrow(expect.objectContaining({ code: 'own-data' }))
    expect(() => follower.process(after)).toThrow(expect.objectContaining({ code: 'wrong-epoch' }))
  })
})
