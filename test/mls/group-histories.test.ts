/** Random histories of groups: all operations, both framings; all members agree after every epoch and read every message. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { Group } from '../../src/mls/group.ts'
import type { PreSharedKeyID } from '../../src/mls/psk.ts'
import { CUSTOM_EXTENSION, CUSTOM_TYPE, expectAgreement, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { signerOf } from './leaves.ts'

const MOST = 32

/** Small random numbers. */
function dice(seed: number): (sides: number) => number {
  let state = seed + 1
  return sides => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % sides
  }
}

const secret = (id: PreSharedKeyID): Uint8Array | undefined =>
  id.psktype === 'external' ? utf8(`secret of ${new TextDecoder().decode(id.pskId)}`) : undefined

class History {
  readonly world: TestGroup
  readonly roll: (sides: number) => number
  readonly suite
  readonly seen = new Set<string>()
  #clients = 0

  constructor(seed: number, suiteId: number) {
    this.roll = dice(seed)
    this.suite = seededProvider(seed).suite(suiteId)
    this.world = TestGroup.found(this.#client())
    this.world.commit(this.#one(), [], [this.#client()])
  }

  #client(): TestClient {
    const handshake = this.roll(2) === 0 ? 'public' : 'private'
    return new TestClient(this.suite, 1000 * this.#clients++ + this.roll(1000), { handshake, preSharedKey: secret })
  }

  #one(not?: Group): Group {
    const groups = this.world.groups.filter(group => group !== not)
    return groups[this.roll(groups.length)]!
  }

  /** One thing that happens. */
  step(): void {
    const { world } = this
    const sender = this.#one()
    const kinds = [
      'add',
      'add',
      'remove',
      'update',
      'psk',
      'extensions',
      'custom',
      'empty',
      'external',
      'resync',
      'leave',
      'signer',
    ]
    const kind = kinds[this.roll(kinds.length)]!
    const count = world.groups.length
    this.seen.add(kind)
    switch (kind) {
      case 'add': {
        const newcomers = Array.from({ length: Math.min(1 + this.roll(4), MOST - count) }, () => this.#client())
        world.commit(sender, [], newcomers, {
          path: this.roll(2) === 0,
          ratchetTree: this.roll(2) === 0 ? 'inside' : 'apart',
        })
        break
      }
      case 'remove':
        if (count > 2) world.commit(sender, [{ type: 'remove', leaf: this.#one(sender).leaf }])
        break
      case 'update': {
        const other = this.#one(sender)
        world.propose(other, { type: 'update' })
        if (this.roll(2) === 0) world.propose(this.#one(), { type: 'external_psk', pskId: utf8('proposed') })
        world.commit(sender, [])
        break
      }
      case 'psk':
        world.commit(sender, [{ type: 'external_psk', pskId: utf8('one') }], [], { path: this.roll(2) === 0 })
        break
      case 'extensions':
        world.commit(sender, [
          {
            type: 'extensions',
            extensions: [{ extensionType: CUSTOM_EXTENSION, extensionData: utf8(`${this.roll(99)}`) }],
          },
        ])
        break
      case 'custom':
        world.commit(sender, [{ type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('anything') }])
        break
      case 'empty':
        world.commit(sender, [])
        break
      case 'external':
        if (count < MOST) this.#external(sender)
        break
      case 'resync':
        if (count > 2) this.#external(sender, this.#one(sender))
        break
      case 'leave': {
        if (count <= 2) break
        const leaver = this.#one(sender)
        world.propose(leaver, { type: 'self_remove' })
        world.commit(sender, [])
        expect(leaver.status).toBe('removed')
        break
      }
      case 'signer':
        world.commit(sender, [], [], { signer: signerOf(this.suite, 1_000_000 + this.#clients++) })
    }
    const speaker = this.#one()
    world.say(speaker, `${kind} at ${speaker.epoch}`)
  }

  #external(sender: Group, former?: Group): void {
    const { world } = this
    const client = former === undefined ? this.#client() : world.clients.get(former)!
    // a former self joins with the key that it has now, whatever it had at first
    const description = former === undefined ? client.description : { ...client.description, signer: client.signer }
    if (former !== undefined) world.clients.delete(former)
    const { group, commit } = Group.externalJoin({
      ...description,
      suite: this.suite,
      groupInfo: sender.groupInfo(),
      config: client.config,
      ...(former === undefined ? {} : { resync: former.leaf }),
    })
    world.deliver(commit)
    world.clients.set(group, client)
    expectAgreement(world.groups)
    if (former !== undefined) expect(former.process(commit).kind).toBe('removed')
  }
}

// suite 3 goes other ways only where messages are encrypted
describe.each([
  { suite: 1, seeds: [1, 2, 3, 4] },
  { suite: 3, seeds: [1, 2] },
])('histories of suite $suite', ({ suite, seeds }) => {
  it.each(seeds)('seed %i', seed => {
    const history = new History(seed * 10 + suite, suite)
    for (let i = 0; i < 40; i++) history.step()
    expect(history.seen.size).toBeGreaterThan(8)
  })
})
