/** A commit that waits is handed out again, with a Welcome that newcomers can join by, also after its group was stored. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { decode } from '../../../src/codec/codec.ts'
import { createProvider } from '../../../src/crypto/index.ts'
import { Group } from '../../../src/mls/group.ts'
import { cores } from '../../../src/mls/group-core.ts'
import type { CommitOptions } from '../../../src/mls/group-send.ts'
import { MLSMessage } from '../../../src/mls/message.ts'
import type { ProposalRequest } from '../../../src/mls/proposal-request.ts'
import { allSuites } from '../../crypto/curve-backends.ts'
import { CUSTOM_EXTENSION, expectAgreement, seededProvider, TestClient, TestGroup } from '../group-world.ts'
import { signerOf } from '../leaves.ts'
import { refusedBy } from '../rules.ts'

const plain = seededProvider(41).suite(1)
// its signatures are made with fresh randomness
const randomized = allSuites().suite(2)
const config = { preSharedKey: () => new Uint8Array(32).fill(3) }

/** The group info in a Welcome, encrypted: under one key and nonce there must be only one. */
function encryptedGroupInfo(welcome: Uint8Array): string {
  const decoded = decode(MLSMessage, welcome)
  if (decoded.wireFormat !== 'mls_welcome') throw new Error(decoded.wireFormat)
  return toHex(decoded.welcome.encryptedGroupInfo)
}

const CASES: readonly (readonly [string, CommitOptions, readonly ProposalRequest[]])[] = [
  ['with the tree inside', {}, []],
  ['without a path', { path: false }, []],
  [
    'with the tree apart and a pre-shared key',
    { ratchetTree: 'apart' },
    [{ type: 'external_psk', pskId: utf8('key') }],
  ],
  ['by another signature key', { signer: signerOf(plain, 70) }, []],
  [
    'with an extension of the group info',
    { groupInfoExtensions: [{ extensionType: CUSTOM_EXTENSION, extensionData: utf8('more') }] },
    [{ type: 'remove', leaf: 1 }],
  ],
]

describe('the pending commit', () => {
  it.each(CASES)('%s', (_, options, requests) => {
    for (const suite of options.signer === undefined ? [plain, randomized] : [plain]) {
      const clients = [1, 2, 3].map(seed => new TestClient(suite, seed, config))
      const world = TestGroup.of(clients)
      const [alice] = world.groups as [Group]
      const base = alice.delta()
      const newcomers = [4, 5, 6].map(seed => new TestClient(suite, seed, config))
      const made = alice.commit([...requests, ...newcomers.map(each => each.add())], options)
      const signer = [clients[0]!.signer, ...(options.signer === undefined ? [] : [options.signer])]
      const loaded = Group.load({ suite, signer, config: clients[0]!.config, deltas: [base, alice.delta()] })
      expect(toHex(loaded.save())).toBe(toHex(alice.save()))
      const again = [made, alice.pendingCommit()!, loaded.pendingCommit()!]
      for (const { commit, welcome, ratchetTree, leftOut } of again) {
        expect(commit).toEqual(made.commit)
        expect(ratchetTree).toEqual(made.ratchetTree)
        expect(encryptedGroupInfo(welcome!)).toBe(encryptedGroupInfo(made.welcome!))
        expect(leftOut).toEqual([])
      }
      const { commit } = again[2]!
      // the bytes are the caller's: a worker may have taken them away
      structuredClone(made.commit, { transfer: [made.commit.buffer] })
      world.deliver(commit)
      loaded.process(commit)
      const joined = newcomers.map((each, i) => world.join(each, again[i]!))
      expectAgreement([...world.groups, loaded, ...joined])
      for (const group of [alice, loaded]) expect(group.pendingCommit()).toBeUndefined()
      expect(toHex(loaded.save())).toBe(toHex(alice.save()))
    }
  })

  it('has no Welcome where nobody is added, and is gone when it is given up, with its secrets', () => {
    const suite = createProvider().suite(1)
    const world = TestGroup.of([1, 2].map(seed => new TestClient(suite, seed)))
    const [alice, bob] = world.groups as [Group, Group]
    const load = (...deltas: Uint8Array[]) =>
      Group.load({ suite, signer: new TestClient(suite, 1).signer, config: new TestClient(suite, 1).config, deltas })
    const base = alice.delta()
    const carol = new TestClient(suite, 3)
    alice.commit([carol.add()])
    const { invitation } = cores.get(alice)!.pending!.created
    const secrets = [invitation!.joinerSecret, invitation!.welcomeSecret, invitation!.pathSecrets!]
    const waiting = alice.delta()
    alice.reject()
    expect(secrets.every(secret => secret.wiped)).toBe(true)
    expect(alice.pendingCommit()).toBeUndefined()
    const made = alice.commit([], { ratchetTree: 'apart' })
    expect(made).toMatchObject({ welcome: undefined, ratchetTree: undefined })
    expect(alice.pendingCommit()).toEqual(made)
    const update = alice.delta()
    const loaded = load(base, waiting, update)
    expect(toHex(loaded.save())).toBe(toHex(alice.save()))
    expect(loaded.pendingCommit()).toEqual(made)
    // somebody else wins
    const { commit } = bob.commit([carol.add()])
    for (const group of [alice, loaded]) {
      group.process(commit)
      expect(group.pendingCommit()).toBeUndefined()
    }
    expect(toHex(load(base, waiting, update, alice.delta()).save())).toBe(toHex(alice.save()))
  })

  it.each(['public', 'private'] as const)('as are the proposals of this member (%s)', handshake => {
    const clients = [1, 2, 3].map(seed => new TestClient(plain, seed, { handshake }))
    const [, bob, carol] = TestGroup.of(clients).groups as [Group, Group, Group]
    const base = bob.delta()
    const made = [bob.propose({ type: 'update' }), bob.propose({ type: 'self_remove' })]
    const { signer, config: settings } = clients[1]!
    const loaded = Group.load({ suite: plain, signer, config: settings, deltas: [base, bob.delta()] })
    expect(toHex(loaded.save())).toBe(toHex(bob.save()))
    const byBytes = (messages: readonly Uint8Array[]) => messages.map(toHex).sort()
    for (const group of [bob, loaded]) {
      expect(byBytes(group.sentProposals())).toEqual(byBytes(made))
      for (const message of group.sentProposals()) expect(group.process(message)).toMatchObject({ own: true })
    }
    for (const message of loaded.sentProposals()) carol.process(message)
    const { commit } = carol.commit()
    expect(loaded.process(commit).kind).toBe('removed')
    expect(loaded.sentProposals()).toEqual([])
  })

  it('tells which proposals are left out, also those that have come since', () => {
    const world = TestGroup.of([1, 2].map(seed => new TestClient(plain, seed, config)))
    const [alice, bob] = world.groups as [Group, Group]
    world.propose(bob, { type: 'update' })
    alice.commit()
    world.propose(bob, { type: 'external_psk', pskId: utf8('later') })
    const later = alice.proposals.at(-1)!.ref
    expect(alice.pendingCommit()!.leftOut).toEqual([later])
    expect(refusedBy(alice, () => alice.commit())).toMatchObject({ code: 'commit-pending' })
  })
})
