/** What the application answers and sets: nothing that types forbid switches a check off unnoticed. */
import { describe, expect, it } from 'vitest'
import { Group } from '../../src/mls/group.ts'
import type { GroupConfig } from '../../src/mls/group-config.ts'
import { PublicGroup } from '../../src/mls/public-group.ts'
import { seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusal, refusedBy } from './rules.ts'

const suite = seededProvider(23).suite(1)
const client = (seed: number, more: GroupConfig = {}) => new TestClient(suite, seed, { handshake: 'public', ...more })

/** Code without types can pass whatever it likes. */
const untyped = (config: object): GroupConfig => config as GroupConfig
const notAnAnswer = { class: 'UsageError', code: 'wrong-argument', expected: 'a boolean, not a promise of one' }

describe('an answer that is a promise', () => {
  const later = async () => false

  it.each([
    ['isValid', { authentication: { isValid: later } }],
    ['mayPropose', { policy: { mayPropose: later } }],
    ['mayCommit', { policy: { mayCommit: later } }],
    ['isValid', { authentication: { isValid: () => undefined } }],
  ])('is no yes (%s)', (_, config) => {
    const host = client(1).create()
    const strict = client(2, untyped(config))
    const { welcome } = host.commit([strict.add()])
    host.accept()
    if ('authentication' in config) {
      expect(refusedBy(strict, () => strict.join(welcome!))).toMatchObject(notAnAnswer)
      const groupInfo = host.groupInfo()
      const follow = () => PublicGroup.follow({ suite, groupInfo, config: strict.config })
      expect(refusal(follow)).toMatchObject(notAnAnswer)
      return
    }
    const group = strict.join(welcome!)
    const { commit } = host.commit([client(3).add()])
    expect(refusedBy(group, () => group.process(commit))).toMatchObject(notAnAnswer)
    expect(refusedBy(group, () => group.commit([{ type: 'remove', leaf: 0 }]))).toMatchObject(notAnAnswer)
  })

  it('is no yes about a successor', () => {
    const isSuccessor = later as unknown as () => boolean
    const world = TestGroup.of([client(1), client(2, { authentication: { isValid: () => true, isSuccessor } })])
    const [alice, bob] = world.groups as [Group, Group]
    const { credential } = client(9).description
    const open = Group.load({
      suite,
      snapshot: alice.save(),
      signer: client(1).signer,
      config: { ...client(1).config, authentication: { isValid: () => true, isSuccessor: () => true } },
    })
    const { commit } = open.commit([], { changes: { credential } })
    expect(refusedBy(bob, () => bob.process(commit))).toMatchObject(notAnAnswer)
  })

  it('says nothing about whether a group is known', () => {
    const host = client(1).create()
    const bob = client(2)
    const { welcome } = host.commit([bob.add()])
    host.accept()
    const { keyPackages, signer, config } = bob
    const isKnown = later as unknown as () => boolean
    const join = () => Group.join({ suite, welcome: welcome!, keyPackages, signer, config, isKnown })
    expect(refusedBy(bob, join)).toMatchObject(notAnAnswer)
    const externalJoin = () =>
      Group.externalJoin({ ...bob.description, suite, groupInfo: host.groupInfo(), config, isKnown })
    expect(refusal(externalJoin)).toMatchObject(notAnAnswer)
  })
})

describe('a setting that is none', () => {
  it.each([
    { pastEpochs: Number.NaN },
    { pastEpochs: -1 },
    { resumptionEpochs: 1.5 },
    { maxProposals: Number.NaN },
    { maxLeaves: Number.NaN },
    { ratchetLimits: { maxForward: Number.NaN, maxKept: 10 } },
    { ratchetLimits: { maxForward: 10 } },
    { longestLifetime: 1e6 },
    { checkReceivedLifetimes: 'no' },
    { unlistedSuite: 1 },
    { handshake: 'Public' },
    { clock: () => 1_500 },
    { clock: async () => 1_500n },
  ])('is refused: %o', config => {
    const found = () => client(1, untyped(config)).create()
    expect(refusal(found)).toMatchObject({ class: 'UsageError', code: 'wrong-argument' })
  })

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '16'])('there are no %s bytes of padding', length => {
    const padding = () => length as number
    const alice = client(1, { padding }).create()
    expect(refusedBy(alice, () => alice.encrypt(new Uint8Array(1)))).toMatchObject({ code: 'wrong-argument' })
  })

  it('there may be no limit, and no room at all', () => {
    const none = { pastEpochs: 0, resumptionEpochs: 0, ratchetLimits: { maxForward: 0, maxKept: 0 } }
    const all = { maxProposals: Number.POSITIVE_INFINITY, pastEpochs: Number.POSITIVE_INFINITY }
    const world = TestGroup.of([client(1, none), client(2, all)])
    const [alice] = world.groups as [Group]
    world.say(alice, 'hello')
    world.commit(alice, [])
  })
})

describe('a callback in the middle of a commit', () => {
  it.each([
    ['close', (group: Group) => group.close()],
    [
      'branch',
      (group: Group) => group.branch({ ...client(2).description, keyPackages: [client(1).keyPackage()], config: {} }),
    ],
  ])('cannot use the group (%s)', (_, use) => {
    let inside: Group | undefined
    const preSharedKey = (): Uint8Array => {
      if (inside !== undefined) use(inside)
      return new Uint8Array(32)
    }
    const world = TestGroup.of([client(1, { preSharedKey }), client(2, { preSharedKey })])
    const [alice, bob] = world.groups as [Group, Group]
    const { commit } = alice.commit([{ type: 'external_psk', pskId: new Uint8Array(1) }])
    inside = bob
    expect(refusedBy(bob, () => bob.process(commit))).toMatchObject({ code: 'reentrant' })
    inside = undefined
    world.deliver(commit)
    expect(bob.status).toBe('active')
    expect(bob.epochAuthenticator()).toEqual(alice.epochAuthenticator())
  })
})
