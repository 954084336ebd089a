/** States of format version 1, written once: later versions of the library must read them. `node test/mls/saved/make-format.mjs` makes new ones. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8 } from '../../../src/base/bytes.ts'
import { Client } from '../../../src/client/client.ts'
import { Group } from '../../../src/mls/group.ts'
import { CUSTOM_TYPE, seededProvider, TestClient, TestGroup } from '../group-world.ts'

interface StoredState {
  readonly what: string
  readonly suite: number
  readonly snapshot?: string
  readonly deltas: string[]
  readonly status: string
  readonly epoch: string
  readonly authenticator: string
  /** A message of another member, and what it says, or which event it is. */
  readonly message: string
  readonly says: string
}

interface Format {
  readonly groups: StoredState[]
  readonly client: { readonly saved: string; readonly keyPackages: number; readonly signatureKey: string }
}

const file = new URL('format.json', import.meta.url)
const OWNER = 1

function makeGroups(suiteId: number): StoredState[] {
  const suite = seededProvider(77).suite(suiteId)
  const states: StoredState[] = []
  const make = (
    what: string,
    act: (world: TestGroup, bob: Group, alice: Group) => { message: Uint8Array; says: string },
  ) => {
    const world = TestGroup.of([0, OWNER, 2].map(seed => new TestClient(suite, seed)))
    const [alice, bob] = world.groups as [Group, Group]
    const first = bob.delta()
    const { message, says } = act(world, bob, alice)
    states.push({
      what,
      suite: suiteId,
      deltas: [toHex(first), toHex(bob.delta())],
      status: bob.status,
      epoch: String(bob.epoch),
      authenticator: bob.status === 'removed' ? '' : toHex(bob.epochAuthenticator()),
      message: toHex(message),
      says,
    })
    states.push({ ...states.at(-1)!, what: `${what}, whole`, snapshot: toHex(bob.save()), deltas: [] })
  }
  make('at rest', (_, __, alice) => ({ message: alice.encrypt(utf8('hello')), says: 'hello' }))
  make('a message skipped', (_, bob, alice) => {
    const late = alice.encrypt(utf8('late'))
    bob.process(alice.encrypt(utf8('early')))
    return { message: late, says: 'late' }
  })
  make('an epoch later', (world, _, alice) => {
    const late = alice.encrypt(utf8('of the epoch before'))
    world.commit(alice, [])
    return { message: late, says: 'of the epoch before' }
  })
  make('a commit that waits, with proposals of both', (world, bob, alice) => {
    world.propose(alice, { type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('data') })
    world.propose(bob, { type: 'update' })
    return { message: bob.commit([{ type: 'resumption_psk' }]).commit, says: 'commit' }
  })
  make('removed', (world, bob, alice) => {
    const late = alice.encrypt(utf8('before it left'))
    world.deliver(alice.commit([{ type: 'remove', leaf: bob.leaf }]).commit)
    return { message: late, says: 'before it left' }
  })
  return states
}

function make(): Format {
  const client = new Client({ identity: 'stored', provider: seededProvider(78) })
  client.keyPackage()
  client.keyPackage({ lastResort: true })
  return {
    groups: [1, 3].flatMap(makeGroups),
    client: { saved: toHex(client.save()), keyPackages: 2, signatureKey: toHex(client.signaturePublicKey) },
  }
}

if (process.env['COPATH_MAKE_FORMAT'] === 'yes') {
  writeFileSync(file, `${JSON.stringify(make(), undefined, 1)}\n`)
}
const { groups, client } = JSON.parse(readFileSync(file, 'utf8')) as Format

describe('states of format version 1', () => {
  it.each(groups)('suite $suite, $what', stored => {
    const suite = seededProvider(1).suite(stored.suite)
    const owner = new TestClient(suite, OWNER)
    const group = Group.load({
      suite,
      signer: owner.signer,
      config: owner.config,
      ...(stored.snapshot === undefined ? {} : { snapshot: fromHex(stored.snapshot) }),
      deltas: stored.deltas.map(fromHex),
    })
    expect(group.status).toBe(stored.status)
    expect(String(group.epoch)).toBe(stored.epoch)
    if (stored.status !== 'removed') expect(toHex(group.epochAuthenticator())).toBe(stored.authenticator)
    if (stored.snapshot !== undefined) expect(toHex(group.save())).toBe(stored.snapshot)
    const event = group.process(fromHex(stored.message))
    expect(event.kind === 'message' ? new TextDecoder().decode(event.data) : event.kind).toBe(stored.says)
  })

  it('a client', () => {
    const loaded = Client.load(fromHex(client.saved))
    expect(loaded.unusedKeyPackages).toBe(client.keyPackages)
    expect(toHex(loaded.signaturePublicKey)).toBe(client.signatureKey)
    expect(toHex(loaded.save())).toBe(client.saved)
  })
})
