/** RFC 9420 sections 13.4 and 13.5: what is not known is ignored where it may be, and else supported by everybody. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { Group } from '../../src/mls/group.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import type { Capabilities } from '../../src/mls/leaf-node.ts'
import type { Proposal } from '../../src/mls/proposal.ts'
import { forgeCommit } from './forge-commit.ts'
import { forgeWelcome, refusedJoin } from './forge-welcome.ts'
import { CUSTOM_EXTENSION, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusedBy } from './rules.ts'

const suite = seededProvider(41).suite(1)
const client = (seed: number, capabilities: Partial<Capabilities> = {}): TestClient =>
  new TestClient(suite, seed, { handshake: 'public' }, capabilities)
const some = (extensionType: number) => ({ extensionType, extensionData: utf8('some') })
const UNKNOWN = 0xf777
const GREASE = 0x4a4a

describe('RFC 9420 section 13.4, extensions', () => {
  it('copath-mls-13.4-02: what a key package says and nobody knows is ignored', () => {
    const world = TestGroup.of([client(1), client(2)])
    const modern = client(3, {
      versions: [1, 99],
      cipherSuites: [1, 0x0a0a, UNKNOWN],
      extensions: [UNKNOWN, GREASE],
      proposals: [UNKNOWN, GREASE],
      credentials: [1, UNKNOWN, GREASE],
    })
    const keyPackage = modern.keyPackage({
      extensions: [some(GREASE), some(UNKNOWN)],
      leafExtensions: [some(UNKNOWN), some(GREASE)],
    })
    const result = world.commit(world.groups[0]!, [{ type: 'add', keyPackage }])
    world.join(modern, result)
    world.say(world.groups[2]!, 'from the future')
    expect(world.groups[1]!.member(2)?.extensions).toEqual([some(UNKNOWN), some(GREASE)])
  })

  it('copath-mls-13.4-03: so is what a group info says beside the group context', () => {
    const world = TestGroup.of([client(1), client(2)])
    const extensions = [some(GREASE), some(UNKNOWN)]
    world.commit(world.groups[0]!, [], [client(3)], { groupInfoExtensions: extensions })
    const { description, config } = client(4)
    const groupInfo = world.groups[0]!.groupInfo({ extensions })
    const { group, commit } = Group.externalJoin({ ...description, suite, config, groupInfo })
    world.deliver(commit)
    expect(group.epochAuthenticator()).toEqual(world.groups[2]!.epochAuthenticator())
  })

  const extensions = [some(CUSTOM_EXTENSION)]
  const unaware = client(50, { extensions: [] })

  it('copath-mls-13.4-04: nobody is added without support for what is in the group context', () => {
    const [alice, bob] = TestGroup.of([client(1), client(2)], { extensions }).groups as [Group, Group]
    const why = { code: 'missing-capability', rule: 'copath-mls-12.2-11', type: CUSTOM_EXTENSION }
    expect(refusedBy(alice, () => alice.commit([unaware.add()]))).toMatchObject(why)
    const keyPackage = decode(KeyPackage, unaware.keyPackage())
    const message = forgeCommit(alice, { proposals: [{ proposalType: 'add', keyPackage }] })
    expect(refusedBy(bob, () => bob.process(message))).toMatchObject(why)
  })

  it('copath-mls-13.4-05: nor joins', () => {
    const [alice] = TestGroup.of([client(1), client(2)]).groups as [Group]
    alice.commit([unaware.add()], { path: false })
    alice.accept()
    const welcome = forgeWelcome(alice, { joiner: unaware, info: { extensions } })
    const why = { code: 'missing-capability', list: 'extensions', type: CUSTOM_EXTENSION, leaf: 2 }
    expect(refusedJoin(unaware, welcome)).toMatchObject(why)
    const [host] = TestGroup.of([client(1), client(2)], { extensions }).groups as [Group]
    const request = { ...unaware.description, suite, config: unaware.config, groupInfo: host.groupInfo() }
    expect(refusedBy([unaware, host], () => Group.externalJoin(request))).toMatchObject(why)
  })

  it('copath-mls-13.4-01: no list that we make ourselves has two of one type', () => {
    const twice = [some(CUSTOM_EXTENSION), some(CUSTOM_EXTENSION)]
    const alice = client(1)
    const group = alice.create()
    const attempts = [
      () => alice.keyPackage({ extensions: twice }),
      () => alice.keyPackage({ leafExtensions: twice }),
      () => alice.create({ extensions: twice }),
      () => group.groupInfo({ extensions: twice }),
      () => group.commit([], { changes: { extensions: twice } }),
      () => group.commit([{ type: 'extensions', extensions: twice }]),
      () => group.propose({ type: 'update', changes: { extensions: twice } }),
    ]
    for (const attempt of attempts) {
      expect(refusedBy([alice, group], attempt)).toMatchObject({ code: 'repeated-extension' })
    }
  })
})

describe('RFC 9420 section 13.5, GREASE', () => {
  it('copath-mls-13.5-01: nobody supports what all list for others to ignore', () => {
    const lists = { extensions: [GREASE], proposals: [GREASE], credentials: [1, GREASE] }
    const world = TestGroup.of([client(1, lists), client(2, lists), client(3, lists)])
    const [alice, bob] = world.groups as [Group, Group]
    const refused = (proposal: Proposal) => {
      const message = forgeCommit(alice, { proposals: [proposal] })
      return refusedBy(bob, () => bob.process(message))
    }
    expect(refused({ proposalType: 'unknown', proposalTypeValue: GREASE, data: utf8('') })).toMatchObject({
      rule: 'copath-mls-12.2-10',
    })
    expect(refused({ proposalType: 'group_context_extensions', extensions: [some(GREASE)] })).toMatchObject({
      rule: 'copath-mls-12.1.7-01',
      type: GREASE,
    })
    const stranger = client(50, lists)
    const credential = { credentialType: 'unknown', credentialTypeValue: GREASE, content: utf8('') } as const
    const keyPackage = decode(KeyPackage, stranger.keyPackage({ credential }))
    expect(refused({ proposalType: 'add', keyPackage })).toMatchObject({
      code: 'unsupported-credential',
      rule: 'copath-mls-12.2-12',
    })
    const eve = client(60, lists)
    alice.commit([eve.add()], { path: false })
    alice.accept()
    const welcome = forgeWelcome(alice, { joiner: eve, info: { extensions: [some(GREASE)] } })
    expect(refusedJoin(eve, welcome)).toMatchObject({ code: 'missing-capability', type: GREASE })
    // the value between GREASE and what applications may use for themselves
    const ours = { extensions: [0xfafa] }
    const [host, guest] = TestGroup.of([client(1, ours), client(2, ours)]).groups as [Group, Group]
    const { commit } = host.commit([{ type: 'extensions', extensions: [some(0xfafa)] }])
    expect(guest.process(commit).kind).toBe('commit')
  })
})
