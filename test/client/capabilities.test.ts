/** What a client says that it supports: custom proposals, extensions and credentials through `Client` alone, stored with it. */
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { Client, type ClientOptions, type Credential, type Group } from '../../src/index.ts'
import { RequiredCapabilities } from '../../src/mls/extension.ts'
import { readKeyPackage } from '../../src/mls/proposal-request.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { refusal, refusedBy } from '../mls/rules.ts'

const PROPOSAL = 0xf0a1
const EXTENSION = 0xf0e1
const CREDENTIAL = 0xf0c1
const capabilities = {
  proposals: [PROPOSAL, 1],
  extensions: [EXTENSION, 1],
  credentials: [CREDENTIAL, 1],
  cipherSuites: [3],
}
const named: Credential = {
  credentialType: 'unknown',
  credentialTypeValue: CREDENTIAL,
  content: utf8('alice, by another scheme'),
}
const application = { extensionType: ExtensionType.of.application_id, extensionData: utf8('device 1') }
const marked = { extensionType: 0xf0e2, extensionData: utf8('of a leaf') }
const client = (identity: ClientOptions['identity'], more: Partial<ClientOptions> = {}): Client =>
  new Client({ identity, capabilities, leafExtensions: [application, marked], ...more })

/** All that a member says of itself. */
function expectDescribed(group: Group, leaf: number): void {
  const { capabilities: says, extensions } = group.member(leaf)!
  expect(says.proposals).toEqual([0x000a, PROPOSAL])
  expect(says.extensions).toEqual([0x000a, EXTENSION, marked.extensionType])
  expect(says.cipherSuites).toEqual([1, 3])
  expect(says.credentials).toContain(CREDENTIAL)
  expect(extensions).toEqual([application, marked])
}

describe('a client that supports more', () => {
  it('founds, is added, joins by itself and comes back as such, and all use what all support', () => {
    const required = encode(RequiredCapabilities, {
      extensionTypes: [EXTENSION],
      proposalTypes: [PROPOSAL],
      credentialTypes: [CREDENTIAL],
    })
    const extensions = [
      { extensionType: ExtensionType.of.required_capabilities, extensionData: required },
      { extensionType: EXTENSION, extensionData: utf8('of the group') },
    ]
    const [alice, bob] = [client(named), client('bob')]
    const restarted = Client.load(bob.save())
    const atAlice = alice.createGroup({ extensions })
    expect(refusedBy(atAlice, () => atAlice.add(new Client({ identity: 'plain' }).keyPackage()))).toMatchObject({
      rule: 'copath-mls-12.2-11',
    })
    const { welcome } = atAlice.add(restarted.keyPackage())
    atAlice.accept()
    const atBob = restarted.join(welcome!)
    const { group: atCarol, commit } = client('carol').externalJoin(atBob.groupInfo())
    for (const group of [atAlice, atBob]) group.process(commit)
    for (const leaf of [0, 1, 2]) expectDescribed(atCarol, leaf)
    const change = { type: 'custom', proposalType: PROPOSAL, data: utf8('a new topic') } as const
    const proposal = atBob.propose(change)
    for (const group of [atAlice, atCarol]) group.process(proposal)
    const { commit: changed } = atCarol.update()
    for (const group of [atAlice, atBob]) {
      expect(group.process(changed)).toMatchObject({
        changes: { custom: [{ type: PROPOSAL, data: utf8('a new topic') }] },
      })
    }
    expectDescribed(atBob, 2)
  })

  it('puts extensions into a key package, and says that it supports them', () => {
    const extensions = [{ extensionType: 0xf0e3, extensionData: utf8('of a key package') }]
    const published = client('bob').keyPackage({ extensions, lastResort: true })
    const { leafNode, extensions: there } = readKeyPackage(published)
    expect(there.map(each => each.extensionType)).toEqual([0xf0e3, 0x000a])
    expect(leafNode.capabilities.extensions).toEqual([0x000a, EXTENSION, marked.extensionType, 0xf0e3])
    const group = client('alice').createGroup()
    expect(() => group.add(published)).not.toThrow()
  })

  it('is stored with what it says; what is given when it is loaded takes the place of that', () => {
    const stored = client('bob').save()
    const [same, later] = [Client.load(stored), Client.load(stored, { capabilities: { proposals: [7, 0xf0a2] } })]
    expect(toHex(same.save())).toBe(toHex(stored))
    const says = (each: Client) => each.createGroup().member(0)!.capabilities
    expect(says(same).proposals).toEqual([0x000a, PROPOSAL])
    expect(says(later)).toMatchObject({ proposals: [0x000a, 0xf0a2], extensions: [0x000a, marked.extensionType] })
    for (let length = 1; length < 40; length++) {
      const cut = stored.subarray(0, stored.length - length)
      expect(refusal(() => Client.load(cut))).toMatchObject({ class: 'RejectedError' })
    }
  })

  it('keeps what it was given, whatever becomes of that', () => {
    const lists = { proposals: [PROPOSAL] }
    const lent = Buffer.from('device 1')
    const bob = new Client({
      identity: 'bob',
      capabilities: lists,
      leafExtensions: [{ ...application, extensionData: lent }],
    })
    lent.fill(0)
    lists.proposals.push(0xf0a9)
    const group = bob.createGroup()
    expect(group.member(0)).toMatchObject({
      capabilities: { proposals: [0x000a, PROPOSAL] },
      extensions: [application],
    })
  })
})

describe('key packages that wait', () => {
  const NOW = 1_000_000n
  let now = NOW
  const clock = { config: { clock: () => now } }
  const until = (notAfter: bigint) => ({ lifetime: { notBefore: 0n, notAfter } })

  it('are seen with their names and lifetimes, in their order, also after a restart', () => {
    now = NOW
    const bob = new Client({ identity: 'bob', ...clock })
    const published = [bob.keyPackage(until(NOW + 5n)), bob.keyPackage({ lastResort: true, ...until(NOW + 9n) })]
    for (const each of [bob, Client.load(bob.save(), clock)]) {
      expect(each.keyPackages.map(({ keyPackage }) => toHex(keyPackage))).toEqual(published.map(toHex))
      expect(each.keyPackages.map(({ lastResort, lifetime }) => [lastResort, lifetime.notAfter])).toEqual([
        [false, NOW + 5n],
        [true, NOW + 9n],
      ])
    }
    const group = new Client({ identity: 'alice', ...clock }).createGroup()
    const { welcome } = group.add(published[0]!)
    expect(toHex(welcome!)).toContain(toHex(bob.keyPackages[0]!.ref))
  })

  it('are withdrawn: as published, by a Welcome, or when they have expired', () => {
    now = NOW
    const bob = new Client({ identity: 'bob', ...clock })
    const [first, second, third] = [5n, 6n, 7n].map(after => bob.keyPackage(until(NOW + after))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const last = bob.keyPackage({ lastResort: true, ...until(NOW + 8n) })
    const invitation = (published: Uint8Array): Uint8Array => {
      const group = new Client({ identity: 'alice', ...clock }).createGroup()
      return group.add(published).welcome!
    }
    const [toFirst, toLast] = [invitation(first), invitation(last)]
    // the group was stored, the client was not: it still holds the key package that it has used
    const restarted = Client.load(bob.save(), clock)
    restarted.join(toFirst)
    expect(bob.withdraw(toFirst)).toBe(true)
    expect(toHex(bob.save())).toBe(toHex(restarted.save()))
    expect(bob.withdraw(toFirst)).toBe(false)
    expect(bob.withdraw(toLast)).toBe(false)
    expect(bob.withdraw(first)).toBe(false)
    expect(refusedBy(bob, () => bob.join(toFirst))).toMatchObject({ code: 'no-key-package' })
    expect(bob.withdraw(second)).toBe(true)
    expect(bob.withdrawExpired()).toBe(0)
    now = NOW + 7n
    expect(bob.withdrawExpired()).toBe(0)
    now = NOW + 8n
    expect(bob.withdrawExpired()).toBe(1)
    expect(bob.withdraw(third)).toBe(false)
    expect(bob.withdrawExpired(NOW + 9n)).toBe(1)
    expect(bob.keyPackages).toEqual([])
    expect(toHex(bob.save())).toBe(toHex(Client.load(bob.save()).save()))
  })

  it('stay where nothing comes of it', () => {
    const bob = new Client({ identity: 'bob', config: { clock: () => now as never } })
    now = NOW
    bob.keyPackage(until(NOW))
    now = 1_000 as never
    expect(refusedBy(bob, () => bob.withdrawExpired())).toMatchObject({ code: 'wrong-argument' })
    expect(refusedBy(bob, () => bob.withdraw(fromHex('0001')))).toMatchObject({ code: 'truncated' })
    const nested: Client = new Client({
      identity: 'dave',
      config: { clock: (): bigint => BigInt(nested.withdrawExpired()) },
    })
    expect(refusedBy(nested, () => nested.withdrawExpired())).toMatchObject({ code: 'reentrant' })
    expect(bob.unusedKeyPackages).toBe(1)
  })
})
