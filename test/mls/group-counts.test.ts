/** What commits cost from a hundred to ten thousand members, counted: the height of the tree decides, never the number of members. */
import { describe, expect, it } from 'vitest'
import { TreeFixture } from '../../bench/fixtures/trees.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { countOperations, createProvider } from '../../src/crypto/index.ts'
import type { GroupCore } from '../../src/mls/group-core.ts'
import { receive } from '../../src/mls/group-receive.ts'
import { commit, encrypt } from '../../src/mls/group-send.ts'
import type { ProposalRequest } from '../../src/mls/proposal-request.ts'
import { memberOf } from './full-group.ts'
import { LIFETIME, TestClient } from './group-world.ts'

describe.each([100, 1_000, 10_000])('%i members', members => {
  const counted = countOperations(createProvider())
  const suite = counted.suite(1)
  const [alice, bob] = [0, members - 1].map(leaf => memberOf(suite, new TreeFixture(suite, members, 'full'), leaf)) as [
    GroupCore,
    GroupCore,
  ]
  const height = Math.ceil(Math.log2(members))

  const newcomer = (seed: number): ProposalRequest => {
    const made = new TestClient(createProvider().suite(1), seed)
    return { type: 'add', keyPackage: made.keyPackage({ lifetime: LIFETIME }) }
  }

  /** Alice commits, Bob follows; both agree. Returns what each did. */
  function commitAndFollow(requests: readonly ProposalRequest[]) {
    let message: Uint8Array = new Uint8Array(0)
    const created = counted.during(() => {
      message = commit(alice, requests, { ratchetTree: 'omitted' }).commit
    })
    const touched = alice.pending!.created.transition.staged.tree.nodes.touchedCount
    const processed = counted.during(() => {
      receive(bob, message)
    })
    const accepted = counted.during(() => {
      receive(alice, message)
    })
    expect(toHex(bob.epoch.secrets.epochAuthenticator.bytes)).toBe(toHex(alice.epoch.secrets.epochAuthenticator.bytes))
    return { created, touched, processed, accepted }
  }

  it('a commit touches one path, encrypts once for each of its nodes and hashes in proportion to its height', () => {
    const { created, touched, processed, accepted } = commitAndFollow([])
    expect(touched).toBe(height + 1)
    // two signatures: of the leaf, and of the commit
    expect(created).toMatchObject({ sign: 2, dh: height })
    expect(created.hash).toBeLessThanOrEqual(3 * height + 8)
    // of the commit and of the leaf; and one path secret
    expect(processed).toMatchObject({ sign: 0, verify: 2, dh: 1 })
    expect(processed.hash).toBeLessThanOrEqual(3 * height + 8)
    expect(processed.aead).toBe(3)
    expect(accepted).toEqual({ dh: 0, base: 0, sign: 0, verify: 0, aead: 0, hash: 0, kdf: 0 })
  })

  it('so do commits that remove or add a member', () => {
    const removing = commitAndFollow([{ type: 'remove', leaf: members >> 1 }])
    expect(removing.touched).toBeLessThanOrEqual(2 * height + 2)
    // whoever was below a blanked node is encrypted to by itself
    expect(removing.created.dh).toBeLessThanOrEqual(2 * height)
    expect(removing.created.hash).toBeLessThanOrEqual(5 * height + 8)
    expect(removing.processed).toMatchObject({ sign: 0, verify: 2, dh: 1 })
    const adding = commitAndFollow([newcomer(members)])
    expect(adding.touched).toBeLessThanOrEqual(2 * height + 2)
    expect(adding.created.dh).toBeLessThanOrEqual(2 * height + 1)
    expect(adding.created.hash).toBeLessThanOrEqual(5 * height + 12)
    expect(adding.processed).toMatchObject({ sign: 0, verify: 4, dh: 1 })
    expect(adding.processed.hash).toBeLessThanOrEqual(5 * height + 8)
  })

  it('a message costs the way down the secret tree once, then nothing that grows', () => {
    const first = counted.during(() => {
      receive(bob, encrypt(alice, utf8('one'), new Uint8Array(0)))
    })
    const next = counted.during(() => {
      receive(bob, encrypt(alice, utf8('two'), new Uint8Array(0)))
    })
    expect(first).toMatchObject({ sign: 1, verify: 1, aead: 4, dh: 0, hash: 0 })
    expect(next).toMatchObject({ sign: 1, verify: 1, aead: 4, dh: 0, hash: 0 })
    expect(next.kdf).toBeLessThanOrEqual(12)
    expect(first.kdf - next.kdf).toBeLessThanOrEqual(2 * (2 * height + 2))
  })
})
