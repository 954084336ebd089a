/** Groups that are saved and loaded in the middle of everything: the bytes say the same, and so do the members. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { Group } from '../../../src/mls/group.ts'
import { compactSaved } from '../../../src/mls/saved/group-save.ts'
import { CUSTOM_TYPE, expectAgreement, seededProvider, TestClient, TestGroup } from '../group-world.ts'

/** What an application has stored of a member. */
class Store {
  snapshot: Uint8Array | undefined
  deltas: Uint8Array[] = []

  parts(): { snapshot?: Uint8Array; deltas: Uint8Array[] } {
    return { ...(this.snapshot === undefined ? {} : { snapshot: this.snapshot }), deltas: this.deltas }
  }
}

class StoredWorld extends TestGroup {
  readonly stores = new Map<Group, Store>()

  storeOf(group: Group): Store {
    const store = this.stores.get(group) ?? new Store()
    this.stores.set(group, store)
    return store
  }

  /** Everybody stores what has changed; what is stored is what there is. */
  checkpoint(): void {
    for (const group of this.groups) {
      const store = this.storeOf(group)
      store.deltas.push(group.delta())
      const whole = group.save()
      expect(toHex(group.save())).toBe(toHex(whole))
      expect(toHex(compactSaved(group.suite, store.parts()))).toBe(toHex(whole))
    }
  }

  /** A member starts again from what it has stored. */
  reload(group: Group): Group {
    const client = this.clients.get(group)!
    const store = this.storeOf(group)
    const loaded = Group.load({
      suite: client.suite,
      signer: client.signer,
      config: client.config,
      ...store.parts(),
    })
    expect(toHex(loaded.save())).toBe(toHex(group.save()))
    this.clients.delete(group)
    this.clients.set(loaded, client)
    this.stores.delete(group)
    this.stores.set(loaded, store)
    group.close()
    return loaded
  }

  compact(group: Group): void {
    const store = this.storeOf(group)
    store.snapshot = compactSaved(group.suite, store.parts())
    store.deltas = []
  }
}

type Choice = readonly [what: number, who: number, other: number]
const choices: fc.Arbitrary<Choice[]> = fc.array(fc.tuple(fc.nat(11), fc.nat(63), fc.nat(63)), {
  minLength: 10,
  maxLength: 30,
})

/** One step of a history. `clients` are those who can still be added. */
function step(world: StoredWorld, [what, who, other]: Choice, spare: TestClient[]): void {
  const { groups } = world
  const actor = groups[who % groups.length]!
  const peer = groups[other % groups.length]!
  switch (what) {
    case 0:
    case 1: {
      const client = spare.pop()
      if (client !== undefined) world.commit(actor, [], [client])
      return
    }
    case 2:
      if (groups.length > 2 && peer !== actor) world.commit(actor, [{ type: 'remove', leaf: peer.leaf }])
      return
    case 3:
      world.propose(actor, { type: 'update' })
      return
    case 4:
      world.propose(actor, { type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('data') })
      return
    case 5:
      if (actor.proposals.length > 0) actor.dropProposal(actor.proposals[0]!.ref)
      return
    case 6:
      world.commit(actor, [{ type: 'resumption_psk' }])
      return
    case 7:
    case 8:
      if (actor.proposals.length === 0) world.say(actor, `message ${other}`)
      return
    case 9: {
      // messages that are lost leave keys behind
      if (actor.proposals.length > 0) return
      actor.encrypt(utf8('lost'))
      world.say(actor, 'after a loss')
      return
    }
    case 10: {
      // the commit that waits is stored, and its echo comes after a restart
      const { commit } = actor.commit([{ type: 'extensions', extensions: [] }])
      world.checkpoint()
      const again = world.reload(actor)
      expect(again.isPending).toBe(true)
      world.deliver(commit)
      expectAgreement(world.groups)
      return
    }
    default:
      world.compact(actor)
  }
}

describe('saved groups', () => {
  // suite 3 goes other ways only where messages are encrypted
  it.each([
    [1, 10],
    [3, 4],
  ])('suite %i: histories with restarts at every point', (suiteId, numRuns) => {
    fc.assert(
      fc.property(choices, fc.nat(1000), (history, seed) => {
        const provider = seededProvider(seed)
        const suite = provider.suite(suiteId)
        const clients = Array.from({ length: 9 }, (_, i) => new TestClient(suite, i))
        const world = new StoredWorld()
        world.clients.set(clients[0]!.create(), clients[0]!)
        const spare = clients.slice(3)
        world.commit(world.groups[0]!, [], clients.slice(1, 3))
        world.checkpoint()
        for (const choice of history) {
          step(world, choice, spare)
          world.checkpoint()
          world.reload(world.groups[choice[2] % world.groups.length]!)
          expectAgreement(world.groups)
        }
      }),
      { numRuns },
    )
  })
})
