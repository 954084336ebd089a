/** RFC 9420 sections 7.3 to 7.6, 7.9 and 12.4.2: commits that are wrong in one thing and right in all others, tags and tree hashes too. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import type { Group } from '../../src/mls/group.ts'
import { PublicGroup } from '../../src/mls/public-group.ts'
import { coreOf, type Forgery, forgeCommit, forgeExternalCommit } from './forge-commit.ts'
import { WRONG_PATHS } from './forged-paths.ts'
import { NOW, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusedBy } from './rules.ts'

const suite = seededProvider(21).suite(1)
const client = (seed: number): TestClient => new TestClient(suite, seed, { handshake: 'public' })
const config = { clock: () => NOW }

/** Six members with keys at all nodes; nobody accepts what is forged, so they stay as they are. */
const world = TestGroup.of([1, 2, 3, 4, 5, 6].map(client))
for (const group of world.groups.slice(1)) world.commit(group, [])
const [mallory, ...others] = world.groups as [Group, ...Group[]]
const follower = PublicGroup.follow({ suite, groupInfo: mallory.groupInfo(), config })

const external = (forgery: Partial<Forgery>): Uint8Array => forgeExternalCommit(mallory, client(70), forgery)

/** Everybody refuses it, a follower as well unless it takes a secret to see what is wrong. */
function expectRefused(message: Uint8Array, code: string, isSecret: boolean): void {
  for (const group of others) {
    expect(refusedBy(group, () => group.process(message))).toMatchObject({ class: 'RejectedError', code })
  }
  const before = follower.save()
  if (isSecret) expect(follower.check(message).event.kind).toBe('commit')
  else expect(refusedBy(follower, () => follower.check(message))).toMatchObject({ code })
  expect(follower.save()).toEqual(before)
}

// copath-mls-12.4.2-08: wrong-leaf-source; copath-mls-12.4.2-09: duplicate-key
describe('the path of a commit', () => {
  it.each(Object.entries(WRONG_PATHS))('with %s', (_, { forgery, code, isSecret = false }) => {
    expectRefused(forgeCommit(mallory, { proposals: [], pathForgery: forgery }), code, isSecret)
  })

  it.each(Object.entries(WRONG_PATHS))('of an external commit with %s', (_, { forgery, code, isSecret = false }) => {
    expectRefused(external({ pathForgery: forgery }), code, isSecret)
  })

  it('copath-mls-7.3-10: with the key that its leaf had', () => {
    const { encryptionKey } = coreOf(mallory).tree.leafNode(mallory.leaf)!
    const message = forgeCommit(mallory, {
      proposals: [],
      pathForgery: { content: leaf => ({ ...leaf, encryptionKey }) },
    })
    expectRefused(message, 'encryption-key-kept', false)
  })

  it('is believed where nothing is wrong, whoever made it', () => {
    const believed = (message: Uint8Array, by: readonly Group[]): void => {
      for (const group of by) expect(group.process(message).kind).toBe('commit')
      expect(follower.process(message).kind).toBe('commit')
      expect(new Set(by.map(group => toHex(group.epochAuthenticator()))).size).toBe(1)
      for (const group of by) expect(group.ratchetTree()).toEqual(follower.ratchetTree())
    }
    believed(external({}), world.groups)
    believed(forgeCommit(mallory, { proposals: [] }), others)
  })
})
