/** Those who only follow: in step with the members, without a secret, and as strict. */
import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { Group } from '../../src/mls/group.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { PublicGroup } from '../../src/mls/public-group.ts'
import { forgeCommit } from './forge-commit.ts'
import { NOW, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusedBy } from './rules.ts'

const suite = seededProvider(12).suite(1)
const client = (seed: number): TestClient => new TestClient(suite, seed, { handshake: 'public' })
const config = { clock: () => NOW }

function followed(): { world: TestGroup; alice: Group; bob: Group; follower: PublicGroup } {
  const world = TestGroup.of([1, 2, 3, 4].map(client))
  const [alice, bob] = world.groups as [Group, Group]
  const follower = PublicGroup.follow({ suite, groupInfo: alice.groupInfo(), config })
  return { world, alice, bob, follower }
}

it('stays in step with the members', () => {
  const { world, alice, bob, follower } = followed()
  const inStep = (): void => {
    expect([follower.epoch, follower.memberCount]).toEqual([alice.epoch, alice.memberCount])
    expect(toHex(follower.ratchetTree())).toBe(toHex(alice.ratchetTree()))
  }
  inStep()
  const eve = client(9)
  const adding = bob.propose(eve.add())
  world.deliver(adding, bob)
  expect(follower.process(adding)).toMatchObject({ kind: 'proposal' })
  const { commit } = world.commit(alice, [{ type: 'remove', leaf: 3 }])
  expect(follower.process(commit)).toMatchObject({ kind: 'commit', committer: 0, changes: { added: [3] } })
  inStep()
  const external = Group.externalJoin({ ...client(8).description, suite, config, groupInfo: bob.groupInfo() })
  world.deliver(external.commit)
  expect(follower.process(external.commit)).toMatchObject({ external: true })
  inStep()
  // a newcomer may have the tree from the follower
  const { welcome } = alice.commit([client(10).add()], { ratchetTree: 'omitted' })
  expect(welcome).toBeDefined()
  expect(follower.member(0)?.credential).toEqual(client(1).description.credential)
  expect([...follower.leaves()]).toEqual([...alice.members()].map(({ leaf }) => leaf))
})

it('gives the tree to those whose Welcome comes without it', () => {
  const { alice, follower } = followed()
  const eve = client(9)
  const { commit, welcome } = alice.commit([eve.add()], { ratchetTree: 'omitted' })
  follower.process(commit)
  // copath-mls-12.4.3.1-11
  expect(refusedBy(eve, () => eve.join(welcome!))).toMatchObject({ code: 'no-ratchet-tree' })
  expect(eve.join(welcome!, { ratchetTree: follower.ratchetTree() }).memberCount).toBe(5)
})

it('checks without doing, and refuses what members refuse', () => {
  const { alice, bob, follower } = followed()
  const { commit } = alice.commit([])
  const checked = follower.check(commit)
  expect(follower.epoch).toBe(bob.epoch)
  const tree = toHex(follower.ratchetTree())
  const bad = forgeCommit(bob, { proposals: [{ proposalType: 'remove', removed: bob.leaf }] })
  expect(refusedBy(follower, () => follower.process(bad))).toMatchObject({ rule: 'copath-mls-12.2-02' })
  expect(
    refusedBy(follower, () => follower.process(commit.map((byte, i) => (i === 40 ? byte ^ 1 : byte)))),
  ).toMatchObject({
    class: 'RejectedError',
  })
  const secretive = new TestClient(suite, 20, { handshake: 'private' }).create()
  expect(refusedBy(follower, () => follower.process(secretive.commit([]).commit))).toMatchObject({
    code: 'unexpected-message',
  })
  expect(refusedBy(follower, () => follower.process(bob.encrypt(utf8('x'))))).toMatchObject({
    code: 'unexpected-message',
  })
  expect([toHex(follower.ratchetTree()), follower.epoch]).toEqual([tree, bob.epoch])
  const late = follower.check(bob.propose({ type: 'update' }))
  checked.apply()
  expect(refusedBy(follower, () => late.apply())).toMatchObject({ code: 'stale-overlay' })
  expect(refusedBy(follower, () => checked.apply())).toMatchObject({ code: 'stale-overlay' })
  expect(follower.epoch).toBe(bob.epoch + 1n)
})

it('checks key packages', () => {
  const { follower } = followed()
  const good = decode(KeyPackage, client(30).keyPackage())
  follower.checkKeyPackages([good])
  const bad = { ...good, initKey: new Uint8Array(32).fill(9) }
  expect(refusedBy(follower, () => follower.checkKeyPackages([good, bad]))).toMatchObject({
    rule: 'copath-mls-10.1-05',
    index: 1,
  })
})

it('can not hold a secret: nothing that it imports knows of one', () => {
  const root = fileURLToPath(new URL('../../src', import.meta.url))
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/^import (?!type )[^;]*? from '(\.[^']+)'/gms)) {
      visit(resolve(dirname(file), specifier!))
    }
  }
  visit(resolve(root, 'mls/public-group.ts'))
  const files = [...seen].map(file => relative(root, file))
  expect(files).toContain('mls/commit-stage.ts')
  const secret = [
    'key-schedule',
    'secret-tree',
    'held-keys',
    'path-secrets',
    'process-path',
    'create-path',
    'epoch',
    'group-core',
    'transition',
  ]
  for (const name of secret) expect(files).not.toContain(`mls/${name}.ts`)
})
