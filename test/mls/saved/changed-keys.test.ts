/** Members that are changing their signature key when they are saved: both signers are needed to load them, and the right one signs. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { Group } from '../../../src/mls/group.ts'
import { seededProvider, TestClient, TestGroup } from '../group-world.ts'
import { signerOf } from '../leaves.ts'
import { refusal } from '../rules.ts'

const suite = seededProvider(41).suite(3)

function twoMembers(): { world: TestGroup; alice: Group; bob: Group; client: TestClient } {
  const clients = [1, 2].map(seed => new TestClient(suite, seed))
  const world = TestGroup.of(clients)
  const [alice, bob] = world.groups as [Group, Group]
  return { world, alice, bob, client: clients[1]! }
}

/** Bob goes on from what he has saved; the other signers are not asked for. */
function restart(world: TestGroup, bob: Group, client: TestClient, fresh: TestClient['signer']): Group {
  const request = { suite, config: client.config, snapshot: bob.save() }
  for (const signer of [client.signer, fresh, [], [signerOf(suite, 99), fresh]])
    expect(refusal(() => Group.load({ ...request, signer }))).toMatchObject({ code: 'missing-signer' })
  const loaded = Group.load({ ...request, signer: [signerOf(suite, 99), fresh, client.signer] })
  expect(toHex(loaded.save())).toBe(toHex(request.snapshot))
  world.clients.delete(bob)
  world.clients.set(loaded, client)
  bob.close()
  return loaded
}

describe('copath-mls-6.1-08: a member that is changing its signature key', () => {
  it('by an Update that waits: it signs with the old key until the commit, and then with the new one', () => {
    const { world, alice, bob, client } = twoMembers()
    const fresh = signerOf(suite, 1001)
    world.propose(bob, { type: 'update', signer: fresh })
    const loaded = restart(world, bob, client, fresh)
    world.propose(loaded, { type: 'self_remove' })
    expect(alice.proposals).toHaveLength(2)
    alice.dropProposal(alice.proposals[1]!.ref)
    world.commit(alice, [])
    expect(loaded.member(loaded.leaf)!.signatureKey).toEqual(fresh.publicKey)
    world.say(loaded, 'signed with the new key')
    const alone = Group.load({ suite, config: client.config, snapshot: loaded.save(), signer: fresh })
    expect(toHex(alone.save())).toBe(toHex(loaded.save()))
  })

  it('by an Update that is not committed: it is handed back with its signer, and the old key stays', () => {
    const { world, alice, bob, client } = twoMembers()
    const fresh = signerOf(suite, 1002)
    world.propose(bob, { type: 'update', signer: fresh })
    const loaded = restart(world, bob, client, fresh)
    const { commit } = alice.commit([], { proposals: false })
    const event = loaded.process(commit)
    expect(event).toMatchObject({ kind: 'commit', proposeAgain: [{ type: 'update', signer: fresh }] })
    alice.accept()
    expect(loaded.member(loaded.leaf)!.signatureKey).toEqual(client.signer.publicKey)
    world.say(loaded, 'signed with the old key')
  })

  it('by a commit of its own that waits, whether it wins or loses', () => {
    for (const wins of [true, false]) {
      const { world, alice, bob, client } = twoMembers()
      const fresh = signerOf(suite, 1003)
      const { commit } = bob.commit([], { signer: fresh })
      const loaded = restart(world, bob, client, fresh)
      if (wins) world.deliver(commit)
      else world.commit(alice, [])
      expect(loaded.isPending).toBe(false)
      const signer = wins ? fresh : client.signer
      expect(loaded.member(loaded.leaf)!.signatureKey).toEqual(signer.publicKey)
      world.say(loaded, 'after the commit')
      world.commit(loaded, [])
    }
  })
})
